//! The SCIM key: where it is read, how it travels, and how a new one is noticed.
//!
//! Never: prints it, or sends something that cannot be a key.

use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use crate::config::secret::SecretError;
use crate::config::{Auth, KeySource};

/// Shorter than any key; blotting out a letter would spoil answers.
const BLOTTED_FROM: usize = 8;

/// The key, and where to look for a new one.
pub struct Credentials {
    source: KeySource,
    auth: Auth,
    current: Mutex<SecretString>,
}

impl Credentials {
    /// Reads the key.
    pub fn new(source: KeySource, auth: Auth) -> Result<Self, SecretError> {
        let current = Mutex::new(source.read()?);
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

    /// Blots the key out of an answer: some proxies show in their error pages what they were sent, and texts of
    /// answers go into reports and the state.
    pub(super) fn blot(key: &SecretString, body: &mut [u8]) {
        let key = key.expose_secret().as_bytes();
        if key.len() < BLOTTED_FROM {
            return;
        }
        let mut at = 0;
        let is_key = |window: &[u8]| window[0] == key[0] && window == key;
        while let Some(found) = body[at..].windows(key.len()).position(is_key) {
            body[at + found..at + found + key.len()].fill(b'*');
            at += found + key.len();
        }
    }

    /// After `refused` was answered 401: whether there is another key now. Another request may have read it already.
    pub(super) fn renew(&self, refused: &SecretString) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.expose_secret() != refused.expose_secret() {
            return true;
        }
        match self.source.read() {
            Ok(key) if key.expose_secret() != refused.expose_secret() => {
                *current = key;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_blotted_out_wherever_it_stands() {
        let key = SecretString::from("PMAK-false");
        for (text, expected) in [
            ("PMAK-false", "**********"),
            ("PMAK-PMAK-falsePMAK-false PMAK-fals", "PMAK-******************** PMAK-fals"),
            ("", ""),
            ("PMAK", "PMAK"),
        ] {
            let mut body = text.as_bytes().to_vec();
            Credentials::blot(&key, &mut body);
            assert_eq!(String::from_utf8_lossy(&body), expected);
        }
        let mut body = b"an apple".to_vec();
        Credentials::blot(&SecretString::from("a"), &mut body);
        assert_eq!(body, b"an apple", "too short to be a key");
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
