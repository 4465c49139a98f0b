//! Where in which file or program's output something is, and the errors that say so.
//!
//! Never: the folder a file lies in, or a value of an entry.

use std::path::Path;

use crate::source::SourceError;

/// The longest piece of the export's own text that a message repeats, in characters.
const SHOWN: usize = 64;

/// A file or a program, by its name.
#[derive(Clone)]
pub struct Place {
    name: String,
}

impl Place {
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self { name: printable(&name.to_string_lossy()) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// `people.csv line 12`.
    pub fn line(&self, line: u64) -> String {
        format!("{} line {line}", self.name)
    }

    /// A line that is not what it should be.
    pub fn malformed(&self, line: u64, reason: impl Into<String>) -> SourceError {
        SourceError::Malformed { place: self.line(line), reason: reason.into() }
    }

    /// The export as a whole is not what it should be.
    pub fn refused(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Malformed { place: self.name.clone(), reason: reason.into() }
    }

    /// Nothing of it could be read.
    pub fn unreachable(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Unreachable { place: self.name.clone(), reason: reason.into() }
    }
}

/// Text of the export as a message may show it: without control characters, cut to 64 characters.
pub fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}
