//! History: what cycles did, what became of each change, who approved what. Read from the audit chain in its order,
//! the last entries kept.
//!
//! Never: opens the store, keeps more entries than asked for, or shows text from outside that is not cleaned.

mod approvals;
mod changes;
mod covered;
mod cycles;
mod record;
#[cfg(test)]
mod tests;
mod text;

use std::collections::VecDeque;

use serde::Serialize;

pub use approvals::{ApprovalEntry, Approvals};
pub use changes::{ChangeEntry, Changes, Outcome, Wanted};
pub use cycles::CycleEntry;
pub use record::{groups_called, ids_with};
pub use text::history_text;

use super::json::{document, json_line};
use super::status::Audit;

/// One list of the history, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what", content = "entries")]
pub enum Entries {
    Cycles(Vec<CycleEntry>),
    Changes(Vec<ChangeEntry>),
    Approvals(Vec<ApprovalEntry>),
}

impl Entries {
    pub fn len(&self) -> usize {
        match self {
            Entries::Cycles(entries) => entries.len(),
            Entries::Changes(entries) => entries.len(),
            Entries::Approvals(entries) => entries.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Everything `history` shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    #[serde(flatten)]
    pub entries: Entries,
    /// Older entries that fit the question and are not shown.
    pub earlier: u64,
    /// Records that are not as this version writes them.
    pub unreadable: u64,
    /// The directory ids that have had the address, or of groups the name, asked for, as `source:id`.
    pub ids: Vec<String>,
    pub audit: Audit,
}

/// `{"format": 1, "document": "history", "what": "changes", "entries": [...], "earlier": 0, ...}`.
pub fn history_json(history: &History) -> String {
    document("history", history)
}

/// One entry a line, without a head: for `jq` and `grep`.
pub fn history_lines(history: &History) -> String {
    match &history.entries {
        Entries::Cycles(entries) => entries.iter().map(json_line).collect(),
        Entries::Changes(entries) => entries.iter().map(json_line).collect(),
        Entries::Approvals(entries) => entries.iter().map(json_line).collect(),
    }
}

/// The last so many of what is pushed.
#[derive(Clone, Debug)]
pub struct Last<T> {
    kept: VecDeque<T>,
    limit: usize,
    earlier: u64,
}

impl<T> Last<T> {
    pub fn new(limit: usize) -> Self {
        Self { kept: VecDeque::new(), limit, earlier: 0 }
    }

    pub fn push(&mut self, entry: T) {
        self.kept.push_back(entry);
        if self.kept.len() > self.limit {
            self.kept.pop_front();
            self.earlier += 1;
        }
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.kept.iter_mut()
    }

    /// The entries, and how many came before them.
    pub fn finish(self) -> (Vec<T>, u64) {
        (self.kept.into(), self.earlier)
    }
}
