//! Every secret of a test is a canary: after the program has run it is in its own file, and nowhere else, in no form. Every lab
//! looks for its own at its end, and in all that the program said.
//!
//! Never: holds a real secret.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use memchr::memmem;

/// Files of a lab that hold a secret, and nothing that may be shown.
const SECRET_FILES: [&str; 4] = ["key", "password", "secret", "token"];
/// Shorter words of such a file are no secrets: the first line of a PEM file.
const SHORTEST: usize = 12;

/// How the sandbox's own key ends, which its program prints.
const NO_SECRET: &str = "not-a-secret";

/// The secret as it is, in base64 at each of the three places in a longer text, in hex, and as in a URL.
pub fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    for shift in 0..3 {
        let text = BASE64_STANDARD.encode([&b"xx"[..shift], secret.as_bytes()].concat());
        // What the neighbours share a letter with may differ.
        forms.push(text[4..text.len() - 4].to_owned());
    }
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.extend([hex.to_uppercase(), hex]);
    forms.push(secret.replace('%', "%25").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"));
    forms.push(secret.replace('%', "%25"));
    forms.sort();
    forms.dedup();
    forms
}

/// The secrets of one folder.
pub struct Canaries {
    forms: Vec<String>,
}

impl Canaries {
    pub fn of(folder: &Path) -> Self {
        let secrets = files(folder).into_iter().filter(|path| is_secret(path)).filter_map(|path| secret(&path));
        let words = |text: String| {
            let words = text.split_whitespace().filter(|word| word.len() >= SHORTEST && !word.starts_with('-'));
            let words = words.filter(|word| !word.ends_with(NO_SECRET));
            words.map(str::to_owned).collect::<Vec<_>>()
        };
        Self { forms: secrets.flat_map(words).flat_map(|secret| forms(&secret)).collect() }
    }

    /// The form in which one of them is in this.
    pub fn find(&self, content: &[u8]) -> Option<&str> {
        self.forms.iter().map(String::as_str).find(|form| memmem::find(content, form.as_bytes()).is_some())
    }

    /// Asserts that this holds none of them.
    #[track_caller]
    pub fn clean(&self, place: &str, content: &[u8]) {
        if let Some(form) = self.find(content) {
            panic!("{place} holds a secret as {form}:\n{}", String::from_utf8_lossy(content));
        }
    }

    /// Every file of the folder but those of the secrets. Returns how many.
    #[track_caller]
    pub fn sweep(&self, folder: &Path) -> usize {
        let kept: Vec<PathBuf> = files(folder).into_iter().filter(|path| !is_secret(path)).collect();
        for path in &kept {
            // A test may have made it unreadable, or a server beside be taking it away.
            let Ok(content) = fs::read(path) else { continue };
            self.clean(&path.display().to_string(), &content);
        }
        kept.len()
    }
}

/// What the file keeps: a service account's key file says besides who it is.
fn secret(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(serde_json::Value::Object(parts)) => parts.get("private_key")?.as_str().map(str::to_owned),
        _ => Some(text),
    }
}

fn is_secret(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    SECRET_FILES.contains(&kind) || path.ends_with("google.json")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let inside = |path: PathBuf| if path.is_dir() && !path.is_symlink() { files(&path) } else { vec![path] };
    entries.flat_map(inside).filter(|path| path.is_file()).collect()
}

#[test]
fn the_search_finds_what_it_searches() {
    const CANARY: &str = "PMAK-canary/6f1d+0c27=must%not-be-found";
    let folder = tempfile::TempDir::new().unwrap();
    fs::write(folder.path().join("scim.key"), format!("{CANARY}\n")).unwrap();
    let canaries = Canaries::of(folder.path());
    canaries.clean("nothing", b"PMAK-canary");
    let basic = |before: &str| BASE64_STANDARD.encode(format!("{before}{CANARY}, and more"));
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02X}")).collect();
    let url: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
    for hidden in [CANARY.to_owned(), basic(""), basic("a"), basic("ab"), basic("Bearer "), hex, url] {
        let text = format!("x{hidden}y");
        let found = std::panic::catch_unwind(|| canaries.clean("a text", text.as_bytes()));
        assert!(found.is_err(), "{text}");
        fs::write(folder.path().join("state.db"), &text).unwrap();
        assert!(std::panic::catch_unwind(|| canaries.sweep(folder.path())).is_err(), "{text}");
    }
}
