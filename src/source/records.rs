//! What the sources that read records share: a record from its text, what it says about a person, and the errors that
//! name its place. A file's rows and a program's lines are understood by the same code.
//!
//! Never: knows where the text comes from, or when it is whole.

pub mod columns;
mod groups;
pub mod json_lines;
pub mod people;
pub mod place;
pub mod strict;

use serde_json::{Map, Value};

use super::SourceError;
use place::Place;

/// The longest row or object, in bytes.
pub const MAX_ENTRY: usize = 1 << 20;
/// The longest single value, in bytes.
pub const MAX_VALUE: usize = 64 << 10;

/// One row or object, before it is understood.
pub struct Entry {
    /// Where it begins, from 1.
    pub line: u64,
    pub attributes: Map<String, Value>,
}

/// One object out of its text.
pub fn object(text: &[u8], line: u64, place: &Place) -> Result<Entry, SourceError> {
    let text = utf8(text).map_err(|reason| place.malformed(line, reason))?;
    match strict::parse(text) {
        Ok(Value::Object(attributes)) => Ok(Entry { line, attributes }),
        Ok(_) => Err(place.malformed(line, "not an object; each entry is one, {\"id\": \"17\", ...}")),
        Err(error) => {
            let within = u64::try_from(error.line().saturating_sub(1)).unwrap_or(0);
            Err(place.malformed(line + within, format!("{}; export it again", strict::explain(&error))))
        }
    }
}

/// One value or object as text.
pub fn utf8(bytes: &[u8]) -> Result<&str, &'static str> {
    if bytes.contains(&0) {
        return Err("a NUL byte: this is UTF-16 without its mark, or damaged; export UTF-8, whole");
    }
    std::str::from_utf8(bytes).map_err(|_| "not UTF-8; let the export be UTF-8 (Excel: \"CSV UTF-8\")")
}

/// Adds a byte to an object's text, unless it is too long.
pub fn push(text: &mut Vec<u8>, byte: u8, line: u64, place: &Place) -> Result<(), SourceError> {
    if text.len() == MAX_ENTRY {
        return Err(place.malformed(line, "an object longer than 1 MiB begins here; export fewer attributes"));
    }
    text.push(byte);
    Ok(())
}
