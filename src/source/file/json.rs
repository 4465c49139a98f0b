//! JSON (one list of objects) and JSON Lines. The text is cut into objects without being understood, and serde_json
//! then judges each one: memory stays that of one object, and every error has its line.
//!
//! Never: holds more than one object, or takes the later of two equal keys.

use super::bytes::{Bytes, Whole};
use crate::source::SourceError;
use crate::source::records::{Entry, json_lines, object, push};

/// The objects of one list.
pub struct JsonArray {
    bytes: Bytes,
    text: Vec<u8>,
    first: bool,
    closed: bool,
}

impl JsonArray {
    /// Reads the opening bracket.
    pub fn open(mut bytes: Bytes) -> Result<Self, SourceError> {
        match next_significant(&mut bytes)? {
            Some(b'[') => Ok(Self { bytes, text: Vec::new(), first: true, closed: false }),
            _ => Err(bytes.place().malformed(
                bytes.line(),
                "not a list of objects, [{...}, {...}]; export a list, or set format = \"jsonl\" for one object a line",
            )),
        }
    }

    /// The next object; none behind the closing bracket, when nothing follows it.
    pub fn next(&mut self) -> Result<Option<Entry>, SourceError> {
        let line = if self.closed { None } else { self.cut_object()? };
        let Some(line) = line else { return self.nothing_follows().map(|()| None) };
        object(&self.text, line, self.bytes.place()).map(Some)
    }

    pub fn finish(self) -> Result<Whole, SourceError> {
        self.bytes.finish()
    }

    /// Moves what stands before the next comma or closing bracket of the list into `text`; returns the line it
    /// begins on, or none for an empty list.
    fn cut_object(&mut self) -> Result<Option<u64>, SourceError> {
        self.text.clear();
        let mut next = next_significant(&mut self.bytes)?;
        let line = self.bytes.line();
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        loop {
            let byte = next.ok_or_else(|| self.cut_off(line))?;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' => depth += 1,
                b',' if depth == 0 => break,
                b']' if depth == 0 => {
                    self.closed = true;
                    break;
                }
                // One too many makes an object that serde_json refuses.
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            push(&mut self.text, byte, line, self.bytes.place())?;
            next = self.bytes.next()?;
        }
        let empty_list = self.closed && self.first && self.text.is_empty();
        self.first = false;
        Ok((!empty_list).then_some(line))
    }

    fn nothing_follows(&mut self) -> Result<(), SourceError> {
        match next_significant(&mut self.bytes)? {
            None => Ok(()),
            Some(_) => {
                let reason = "something follows the end of the list; the file holds two exports, or is damaged";
                Err(self.bytes.place().malformed(self.bytes.line(), reason))
            }
        }
    }

    fn cut_off(&self, line: u64) -> SourceError {
        let reason = "the list is not closed behind this: the file is half-written; export it again";
        self.bytes.place().malformed(line, reason)
    }
}

/// One object a line.
pub struct JsonLines {
    bytes: Bytes,
    lines: json_lines::JsonLines,
}

impl JsonLines {
    pub fn new(bytes: Bytes) -> Self {
        let lines = json_lines::JsonLines::new(bytes.place().clone());
        Self { bytes, lines }
    }

    /// What the end line counted, once it was read and found right.
    pub fn end_count(&self) -> Option<u64> {
        self.lines.end_count()
    }

    /// The next object; none at the end of the file.
    pub fn next(&mut self) -> Result<Option<Entry>, SourceError> {
        while let Some(byte) = self.bytes.next()? {
            if let Some(entry) = self.lines.push(byte)? {
                return Ok(Some(entry));
            }
        }
        self.lines.close()
    }

    pub fn finish(self) -> Result<Whole, SourceError> {
        self.bytes.finish()
    }
}

/// The next byte that is not white space (RFC 8259 §2); it never ends a line, so `line` is still its own.
fn next_significant(bytes: &mut Bytes) -> Result<Option<u8>, SourceError> {
    loop {
        match bytes.next()? {
            Some(b' ' | b'\t' | b'\r' | b'\n') => {}
            other => return Ok(other),
        }
    }
}
