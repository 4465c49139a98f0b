//! The SCIM key: where it is read, how it travels, and how a new one is noticed.
//!
//! Never: prints it, or sends something that cannot be a key.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use crate::config::{Auth, KeySource};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot read the SCIM key file {}: {reason}; check postman.api_key_file", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("the SCIM key is {reason}; put the key that Postman showed there, and nothing else")]
    Unusable { reason: &'static str },
}

/// The key, and where to look for a new one.
pub struct Credentials {
    source: KeySource,
    auth: Auth,
    current: Mutex<SecretString>,
}

impl Credentials {
    /// Reads the key.
    pub fn new(source: KeySource, auth: Auth) -> Result<Self, KeyError> {
        let current = Mutex::new(read(&source)?);
        Ok(Self { source, auth, current })
    }

    /// The key in use.
    pub(super) fn key(&self) -> SecretString {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The value of `Authorization` for a key. Postman takes it with and without the scheme.
    pub(super) fn authorization(&self, key: &SecretString) -> SecretString {
        match self.auth {
            Auth::Bearer => SecretString::from(format!("Bearer {}", key.expose_secret())),
            Auth::Header => key.clone(),
        }
    }

    /// After `refused` was answered 401: whether there is another key now. Another request may have read it already.
    pub(super) fn renew(&self, refused: &SecretString) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.expose_secret() != refused.expose_secret() {
            return true;
        }
        match read(&self.source) {
            Ok(key) if key.expose_secret() != refused.expose_secret() => {
                *current = key;
                true
            }
            _ => false,
        }
    }
}

fn read(source: &KeySource) -> Result<SecretString, KeyError> {
    match source {
        KeySource::Environment(key) => checked(key.expose_secret()),
        KeySource::File(path) => {
            let text = read_file(path)
                .map_err(|error| KeyError::Unreadable { path: path.clone(), reason: error.to_string() })?;
            checked(&text)
        }
    }
}

fn read_file(path: &Path) -> std::io::Result<String> {
    const BYTES_MAX: u64 = 64 * 1024;
    let mut text = String::new();
    std::fs::File::open(path)?.take(BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// A key is opaque, but it stands in a header.
fn checked(text: &str) -> Result<SecretString, KeyError> {
    let key = text.strip_suffix('\n').unwrap_or(text);
    let key = key.strip_suffix('\r').unwrap_or(key);
    let reason = if key.trim().is_empty() {
        "empty"
    } else if key.eq_ignore_ascii_case("changeme") {
        "a placeholder"
    } else if !key.bytes().all(|b| b.is_ascii_graphic()) {
        "not one word of printable ASCII"
    } else {
        return Ok(SecretString::from(key));
    };
    Err(KeyError::Unusable { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        checked(text).ok().map(|key| key.expose_secret().to_owned())
    }

    #[test]
    fn one_line_end_is_taken_off_and_nothing_else() {
        for text in ["PMAK-not-a-key", "PMAK-not-a-key\n", "PMAK-not-a-key\r\n"] {
            assert_eq!(shown(text).as_deref(), Some("PMAK-not-a-key"));
        }
        for text in
            ["", "\n", "  \n", "changeme", "CHANGEME\n", "PMAK-a\n\n", "Bearer PMAK-a", "PMAK-\u{e9}", "a\r\nX: y"]
        {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_error_names_the_file_and_never_the_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scim.key");
        let missing = Credentials::new(KeySource::File(path.clone()), Auth::Bearer).err().unwrap().to_string();
        assert!(missing.contains("scim.key"), "{missing}");
        std::fs::write(&path, "PMAK-false secret").unwrap();
        let unusable = Credentials::new(KeySource::File(path), Auth::Bearer).err().unwrap();
        assert!(!format!("{unusable} {unusable:?}").contains("PMAK"));
    }

    #[test]
    fn the_scheme_is_a_setting() {
        let source = KeySource::Environment(SecretString::from("PMAK-false"));
        for (auth, expected) in [(Auth::Bearer, "Bearer PMAK-false"), (Auth::Header, "PMAK-false")] {
            let credentials = Credentials::new(source.clone(), auth).unwrap();
            assert_eq!(credentials.authorization(&credentials.key()).expose_secret(), expected);
            assert!(!credentials.renew(&credentials.key()), "an environment variable does not change");
        }
    }
}
