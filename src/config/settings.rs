//! Checked values by key, for the root and for each `[[source]]` and `[[group]]`.
//!
//! A value that is wrong is a finding and leaves an empty one here, so that every other rule is still tried.
//! Never: decides anything by an empty value; loading ends with the findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Value, ValueKind};

use super::findings::Findings;
use super::products;
use super::schema::{KEYS, Key, Kind, SOURCE_TYPES, Unset};
use super::secret::{Keeper, SecretFile};
use super::values::{self, Setting};
use crate::core::guard::Share;

/// Values by the schema's path.
#[derive(Debug)]
pub(super) struct Settings {
    values: BTreeMap<&'static str, Setting>,
    /// The place people see instead of `source` or `group`.
    place: Option<String>,
    /// `$CREDENTIALS_DIRECTORY` (systemd.exec(5)).
    credentials: Option<PathBuf>,
    /// Keys that somebody wrote.
    given: BTreeSet<&'static str>,
}

impl Settings {
    /// Every key outside `[[source]]`.
    pub(super) fn root(merged: &Value, findings: &mut Findings) -> Self {
        let mut settings = Self { values: BTreeMap::new(), place: None, credentials: None, given: BTreeSet::new() };
        for key in KEYS.iter().filter(|key| !key.is_of_list() && key.kind != Kind::Secret) {
            settings.read(key, at(merged, key.path), findings);
        }
        settings
    }

    /// One `[[source]]`; `type` decides which keys it has.
    pub(super) fn source(table: &Value, place: String, credentials: Option<&Path>, findings: &mut Findings) -> Self {
        let mut settings = Self {
            values: BTreeMap::new(),
            place: Some(place),
            credentials: credentials.map(Path::to_owned),
            given: BTreeSet::new(),
        };
        let keys = || KEYS.iter().filter(|key| key.section() == "source");
        let is_common = |key: &&Key| key.types.is_empty();
        keys().filter(is_common).for_each(|key| settings.read(key, at(table, key.name()), findings));
        let kind = settings.text("source.type");
        if SOURCE_TYPES.contains(&kind.as_str()) {
            for key in keys().filter(|key| !is_common(key)) {
                match at(table, key.name()) {
                    value if key.types.contains(&kind.as_str()) => settings.read(key, value, findings),
                    Some(_) => settings.misplaced(key, findings),
                    None => {}
                }
            }
        }
        settings
    }

    /// One `[[group]]`.
    pub(super) fn group(table: &Value, place: String, findings: &mut Findings) -> Self {
        let mut settings =
            Self { values: BTreeMap::new(), place: Some(place), credentials: None, given: BTreeSet::new() };
        for key in KEYS.iter().filter(|key| key.section() == "group") {
            settings.read(key, at(table, key.name()), findings);
        }
        settings
    }

    /// The key is one of another type of source.
    fn misplaced(&self, key: &Key, findings: &mut Findings) {
        let types: Vec<String> = key.types.iter().map(|kind| format!("\"{kind}\"")).collect();
        let message = format!("belongs to type = {}", types.join(" or "));
        findings.wrong(&self.place(key.path), message, Some("remove it, or correct the type".into()));
    }

    fn read(&mut self, key: &'static Key, value: Option<&Value>, findings: &mut Findings) {
        let default = match key.unset {
            Unset::Default(text) if value.is_none() => Some(Value::new(None, text)),
            _ => None,
        };
        match value.or(default.as_ref()).map(|value| values::read(key.kind, value)) {
            Some(Ok(setting)) => {
                self.values.insert(key.path, setting);
                self.given.extend(value.map(|_| key.path));
            }
            Some(Err(wrong)) => {
                let name = value.and_then(|value| value.clone().into_string().ok());
                let product = name.filter(|_| key.path == "source.type").and_then(|name| products::instead(&name));
                findings.wrong(&self.place(key.path), wrong.message, product.or(wrong.advice));
            }
            None if self.is_needed(key) => {
                findings.wrong(&self.place(key.path), format!("is missing ({})", key.meaning), None);
            }
            None => {}
        }
    }

    fn is_needed(&self, key: &Key) -> bool {
        match key.unset {
            Unset::Problem => true,
            Unset::Needed { but } => !but.contains(&self.text("source.type").as_str()),
            Unset::Nothing | Unset::Default(_) => false,
        }
    }

    /// The key as people see it.
    pub(super) fn place(&self, path: &str) -> String {
        match (&self.place, path.split_once('.')) {
            (Some(place), Some((_, rest))) => format!("{place}.{rest}"),
            _ => path.into(),
        }
    }

    pub(super) fn all(&self) -> &BTreeMap<&'static str, Setting> {
        &self.values
    }

    pub(super) fn optional(&self, path: &str) -> Option<String> {
        match self.values.get(path) {
            Some(Setting::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn text(&self, path: &str) -> String {
        self.optional(path).unwrap_or_default()
    }

    pub(super) fn texts(&self, path: &str) -> Vec<String> {
        match self.values.get(path) {
            Some(Setting::Texts(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    /// The texts that somebody wrote; nothing where the default holds, which may be another one for each type of source.
    pub(super) fn given_texts(&self, path: &str) -> Option<Vec<String>> {
        self.given.contains(path).then(|| self.texts(path))
    }

    pub(super) fn names(&self, path: &str) -> Vec<(String, String)> {
        match self.values.get(path) {
            Some(Setting::Names(names)) => names.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn flag(&self, path: &str) -> bool {
        matches!(self.values.get(path), Some(Setting::Flag(true)))
    }

    pub(super) fn number(&self, path: &str) -> Option<u64> {
        match self.values.get(path) {
            Some(Setting::Whole(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn seconds(&self, path: &str) -> i64 {
        match self.values.get(path) {
            Some(Setting::Seconds(seconds)) => *seconds,
            _ => 0,
        }
    }

    /// `source.timeout`, which has to be some time.
    pub(super) fn timeout(&self, findings: &mut Findings) -> Option<Duration> {
        let seconds = u64::try_from(self.seconds("source.timeout")).ok().filter(|&seconds| seconds > 0);
        if seconds.is_none() {
            findings.missing(&self.place("source.timeout"), "gives the reading no time at all", "write \"10m\"");
        }
        seconds.map(Duration::from_secs)
    }

    /// A secret at that path; what lies in systemd's folder for credentials has a mode of its own.
    pub(super) fn secret(&self, path: PathBuf) -> SecretFile {
        SecretFile { keeper: Keeper::of(&path, self.credentials.as_deref()), path }
    }

    pub(super) fn share(&self, path: &str) -> Option<Share> {
        match self.values.get(path) {
            Some(Setting::Share(share)) => Some(*share),
            _ => None,
        }
    }
}

/// The value below `root` at a path without subscripts.
pub(super) fn at<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(root, |value, name| match &value.kind {
        ValueKind::Table(table) => table.get(name),
        _ => None,
    })
}
