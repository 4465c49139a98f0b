//! JSON Lines: one object a line, and a last line `{"end":true,"count":N}` that shows that nothing is missing. Bytes are
//! pushed as they arrive, from a file or from a program.
//!
//! Never: holds more than one line, or passes over what follows the end line.

use serde_json::{Map, Value};

use super::place::Place;
use super::{Entry, object, push};
use crate::source::SourceError;

/// The lines so far.
pub struct JsonLines {
    place: Place,
    text: Vec<u8>,
    /// The line of the next byte, from 1, and that on which `text` begins.
    line: u64,
    begins: u64,
    last: u8,
    entries: u64,
    end: Option<u64>,
}

impl JsonLines {
    pub fn new(place: Place) -> Self {
        Self { place, text: Vec::new(), line: 1, begins: 1, last: 0, entries: 0, end: None }
    }

    /// What the end line counted, once it was read and found right.
    pub fn end_count(&self) -> Option<u64> {
        self.end
    }

    /// How many entries there were so far.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The entry that this byte ends, if it ends one. CRLF, LF and a lone CR each end one line.
    pub fn push(&mut self, byte: u8) -> Result<Option<Entry>, SourceError> {
        let lf_of_crlf = byte == b'\n' && self.last == b'\r';
        self.last = byte;
        match byte {
            b'\n' | b'\r' => {
                self.line += u64::from(!lf_of_crlf);
                self.take()
            }
            b' ' | b'\t' if self.text.is_empty() => Ok(None),
            _ => {
                if self.text.is_empty() {
                    self.begins = self.line;
                }
                push(&mut self.text, byte, self.begins, &self.place).map(|()| None)
            }
        }
    }

    /// The last line, if it has no newline.
    pub fn close(&mut self) -> Result<Option<Entry>, SourceError> {
        self.take()
    }

    fn take(&mut self) -> Result<Option<Entry>, SourceError> {
        if self.text.is_empty() {
            return Ok(None);
        }
        if self.end.is_some() {
            let reason = "something follows the end line; the export holds two, or is damaged";
            return Err(self.place.malformed(self.begins, reason));
        }
        let entry = object(&self.text, self.begins, &self.place)?;
        self.text.clear();
        if !is_end(&entry.attributes) {
            self.entries += 1;
            return Ok(Some(entry));
        }
        self.end = entry.attributes.get("count").and_then(Value::as_u64).filter(|count| *count == self.entries);
        if self.end.is_some() {
            return Ok(None);
        }
        let reason = format!(
            "the end line does not count the {} entries before it: the export is not whole; export it again",
            self.entries
        );
        Err(self.place.malformed(entry.line, reason))
    }
}

/// `{"end":true,"count":N}` and nothing else, so that a person may have an attribute `end`.
fn is_end(attributes: &Map<String, Value>) -> bool {
    attributes.get("end") == Some(&Value::Bool(true)) && attributes.keys().all(|key| key == "end" || key == "count")
}
