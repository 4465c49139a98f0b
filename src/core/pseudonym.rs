//! Pseudonyms: a directory's values made unrecognisable, and still useful for finding a fault.
//!
//! Equal values stay equal, and values that differ in ASCII case differ in ASCII case. What the mapping judges by stays
//! too: nothing or something, an address or not, its domain, too long or not, letters beyond ASCII, white space around,
//! control characters. Each pseudonym is a keyed hash (SHA-256 over the salt and the value), so that without the salt
//! nobody can try addresses until one fits.
//!
//! Never: lets a letter of a value through, except values the settings list (states, scope groups by number).

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};

use super::mapping::is_email;
use super::model::DirectoryUser;

/// What is kept as it is, or under a number, since the settings name it.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// Attributes that hold the state, and the values they may hold; both compared ASCII-case-insensitively.
    pub active_attributes: Vec<String>,
    pub active_values: Vec<String>,
    /// The n-th becomes `verified-n.example`.
    pub verified_domains: Vec<String>,
    /// The n-th becomes `scope-group-n`.
    pub scope_groups: Vec<String>,
    /// Names that `[mapping]` uses; keys within objects stay only if they are among them.
    pub names: BTreeSet<String>,
}

/// Makes pseudonyms under one salt.
pub struct Pseudonyms {
    salt: Vec<u8>,
    keep: Keep,
}

/// How long a local part or a name may be before the mapping refuses it, in bytes.
const LOCAL_MAX: usize = 64;
const NAME_MAX: usize = 256;
/// The longest name of an attribute that is shown, in bytes.
const KEY_MAX: usize = 64;
/// Letters of a pseudonym: 60 bits, so that two of two million people share one with a probability of one in 500,000.
const LETTERS: usize = 12;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl Pseudonyms {
    /// `salt`: at least 16 bytes that nobody can guess.
    pub fn new(salt: &[u8], keep: Keep) -> Self {
        Self { salt: salt.to_vec(), keep }
    }

    /// The entry with everything in it replaced.
    pub fn user(&self, mut user: DirectoryUser) -> DirectoryUser {
        user.id.id = self.text(&user.id.id);
        user.groups = user.groups.iter().map(|group| self.group(group)).collect();
        user.attributes = user.attributes.into_iter().map(|(name, value)| self.attribute(name, value)).collect();
        user.active_because = String::new();
        user.place = String::new();
        user
    }

    fn attribute(&self, name: String, value: Value) -> (String, Value) {
        let is_state =
            self.keep.active_attributes.iter().any(|state| state.eq_ignore_ascii_case(&name)) && self.is_state(&value);
        let value = if is_state { value } else { self.value(value) };
        // A name is the directory's schema; one that looks like a value is not believed.
        let is_schema = name.len() <= KEY_MAX && !name.contains('@') && !name.chars().any(char::is_control);
        (if is_schema || self.keep.names.contains(&name) { name } else { self.text(&name) }, value)
    }

    fn is_state(&self, value: &Value) -> bool {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return false,
        };
        self.keep.active_values.iter().any(|listed| listed.eq_ignore_ascii_case(&text))
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::Null => Value::Null,
            Value::String(text) => Value::String(self.text(&text)),
            Value::Number(number) => Value::Number(self.number(&number)),
            // A text like any other. Which of two values it is can still be guessed by how frequent each is.
            Value::Bool(flag) => Value::String(self.text(&flag.to_string())),
            Value::Array(values) => Value::Array(values.into_iter().map(|value| self.value(value)).collect()),
            Value::Object(fields) => Value::Object(self.object(fields)),
        }
    }

    fn object(&self, fields: Map<String, Value>) -> Map<String, Value> {
        let key = |key: String| if self.keep.names.contains(&key) { key } else { self.text(&key) };
        fields.into_iter().map(|(name, value)| (key(name), self.value(value))).collect()
    }

    /// Another whole number for a whole number, another fraction for a fraction.
    fn number(&self, number: &Number) -> Number {
        let hash = self.hash("number", &number.to_string());
        let whole = u64::from_le_bytes(hash[..8].try_into().expect("a hash has 32 bytes")) >> 14;
        match number.is_f64() {
            false => Number::from(whole),
            true => Number::from_f64(whole as f64 / 4.0 + 0.125).unwrap_or_else(|| Number::from(whole)),
        }
    }

    fn group(&self, name: &str) -> String {
        let wanted = self.keep.scope_groups.iter().position(|group| group.eq_ignore_ascii_case(name.trim()));
        match wanted {
            Some(at) => in_case_of(name, &format!("scope-group-{}", at + 1), &self.hash("case", name)),
            None => self.text(name),
        }
    }

    /// The pseudonym of one text.
    pub fn text(&self, text: &str) -> String {
        let core = text.trim();
        if core.is_empty() {
            return if text.is_empty() { String::new() } else { " ".into() };
        }
        let around = |side: bool| if side { " " } else { "" };
        let made = if is_email(core) { self.address(core) } else { self.word("text", core, NAME_MAX) };
        format!(
            "{}{made}{}",
            around(text.starts_with(char::is_whitespace)),
            around(text.ends_with(char::is_whitespace))
        )
    }

    /// An address stays one; whose it is and where is replaced. One that is none loses its `@`.
    fn address(&self, address: &str) -> String {
        let (local, domain) = address.split_once('@').unwrap_or((address, ""));
        format!("{}@{}", self.word("text", local, LOCAL_MAX), self.domain(domain))
    }

    fn domain(&self, domain: &str) -> String {
        let verified = self.keep.verified_domains.iter().position(|verified| verified.eq_ignore_ascii_case(domain));
        let made = match verified {
            Some(at) => format!("verified-{}.example", at + 1),
            None => format!("{}.example", self.word("domain", &domain.to_ascii_lowercase(), usize::MAX)),
        };
        in_case_of(domain, &made, &self.hash("case", domain))
    }

    /// Letters for a word, in its case. `long`: bytes beyond which it stays longer than that.
    fn word(&self, kind: &str, word: &str, long: usize) -> String {
        let hash = self.hash(kind, &word.to_ascii_lowercase());
        // Begins with a letter, so that it never looks like a number or a formula.
        let mut made: String =
            hash.iter().take(LETTERS).map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
        made.insert(0, 'x');
        if word.len() > long {
            made.push_str(&"x".repeat(long));
        }
        let mut made = in_case_of(word, &made, &self.hash("case", word));
        if !word.is_ascii() {
            made.push('é');
        }
        if word.chars().any(char::is_control) {
            made.push('\u{1}');
        }
        made
    }

    fn hash(&self, kind: &str, text: &str) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in [self.salt.as_slice(), kind.as_bytes(), text.as_bytes()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}

/// `made` (in lower case) with the capitals of `original`: none, the first, all, or, for any other mixture, those that
/// the hash of exactly that spelling says, with the first letter small and the second a capital.
fn in_case_of(original: &str, made: &str, hash: &[u8; 32]) -> String {
    let letters = || original.chars().filter(char::is_ascii_alphabetic);
    let capitals = letters().filter(char::is_ascii_uppercase).count();
    let first = letters().next().is_some_and(|c| c.is_ascii_uppercase());
    let all = letters().count();
    if capitals == 0 {
        return made.to_owned();
    }
    if capitals == all && all > 1 {
        return made.to_ascii_uppercase();
    }
    let mut nth = 0;
    let mut cased = |c: char| {
        if !c.is_ascii_alphabetic() {
            return c;
        }
        nth += 1;
        let capital = match (nth, first && capitals == 1) {
            (1, true) => true,
            (_, true) | (1, false) => false,
            (2, false) => true,
            (n, false) => hash[n % 32] & 1 == 1,
        };
        if capital { c.to_ascii_uppercase() } else { c }
    };
    made.chars().map(&mut cased).collect()
}

#[cfg(test)]
mod tests;
