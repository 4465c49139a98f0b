//! Line numbers: where in the file each key stands.
//!
//! Never: keeps the text of the file.

use std::collections::BTreeMap;
use std::ops::Range;

/// Lines by the key's path as people see it (`source[1].path`), from 1.
#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<String, usize>);

impl Lines {
    pub(super) fn add(&mut self, path: &str, line: usize) {
        self.0.insert(path.into(), line);
    }

    /// The line of the key itself, else of the nearest table around it.
    pub(super) fn nearest(&self, path: &str) -> Option<usize> {
        let mut path = path;
        loop {
            if let Some(line) = self.0.get(path) {
                return Some(*line);
            }
            path = path.rsplit_once('.')?.0;
        }
    }
}

/// The line in which a span begins.
pub(super) fn line_of(text: &str, span: Range<usize>) -> usize {
    let before = text.as_bytes().get(..span.start).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
