//! One hash over every setting a plan depends on. An approval holds for one fingerprint only.
//!
//! Never: covers paths, keys, schedules or the order in which lists and tables were written; order of sources counts.

use sha2::{Digest, Sha256};

use super::schema::{self, Kind, Reach};
use super::settings::Settings;
use super::values::Setting;

/// SHA-256 in hexadecimal.
pub(super) fn fingerprint<'s>(root: &'s Settings, tables: impl Iterator<Item = &'s Settings>) -> String {
    let mut hash = Sha256::new();
    for settings in std::iter::once(root).chain(tables) {
        for (path, setting) in settings.all() {
            let Some(key) = schema::key(path).filter(|key| key.reach == Reach::Plan) else { continue };
            hash.update(format!("{}={}\n", settings.place(path), canonical(key.kind, setting)));
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON, so that no value can look like a line of its own; lists that are sets are sorted.
fn canonical(kind: Kind, setting: &Setting) -> String {
    let mut setting = setting.clone();
    if let (Kind::Texts | Kind::Patterns | Kind::Domains, Setting::Texts(texts)) = (kind, &mut setting) {
        texts.sort();
        texts.dedup();
    }
    serde_json::to_string(&setting).expect("texts, numbers and pairs of them always serialize")
}
