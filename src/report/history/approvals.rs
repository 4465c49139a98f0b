//! Approvals: who said yes to which plan, and how much of it was used.
//!
//! Never: counts a change as used before it had its effect, or an adoption before it was stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Last;
use super::covered::Covered;
use super::record::{Approved, Begun, Ending, Settled, detail};
use crate::core::groups::KnownGroup;
use crate::core::plan::Change;
use crate::core::snapshot::Known;
use crate::store::{AuditRow, Ended};

/// One yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApprovalEntry {
    /// Its record in the audit chain.
    pub record: i64,
    pub at_unix_s: i64,
    pub plan_id: String,
    pub by: String,
    /// Changes and adoptions it covers.
    pub changes: u64,
    /// Those among them that had their effect under this approval; of an adoption that is its row.
    pub used: u64,
    pub expires_unix_s: i64,
    /// Ended before that: a later approval was given under other settings, or covers the same changes.
    pub replaced: bool,
}

/// The chain so far.
pub struct Approvals {
    since_unix_s: Option<i64>,
    entries: Last<ApprovalEntry>,
    /// Each approval by the number of its record.
    unused: Covered<i64>,
    /// Requests that were begun under an approval and have no end yet.
    open: BTreeMap<i64, Change>,
    pub unreadable: u64,
}

impl Approvals {
    pub fn new(since_unix_s: Option<i64>, limit: usize) -> Self {
        let (unused, open) = (Covered::default(), BTreeMap::new());
        Self { since_unix_s, entries: Last::new(limit), unused, open, unreadable: 0 }
    }

    /// The next record of the chain.
    pub fn push(&mut self, row: &AuditRow) {
        let read = match row.kind.as_str() {
            "approve" => self.approve(row),
            "begin" => detail(row).map(|Begun { op, change, approved, .. }| {
                if approved {
                    self.open.insert(op, change);
                }
            }),
            "done" | "rejected" | "not_sent" => self.end(row),
            "settled" => detail(row).map(|Settled { op, happened }| {
                if let Some(change) = self.open.remove(&op).filter(|_| happened) {
                    self.use_up(&change);
                }
            }),
            "known" => detail(row).map(|known: Known| {
                let record = self.unused.take_adoption(row, &known);
                self.count(record);
            }),
            "group" => detail(row).map(|group: KnownGroup| {
                let record = self.unused.take_group_adoption(row, &group);
                self.count(record);
            }),
            _ => Some(()),
        };
        if read.is_none() {
            self.unreadable += 1;
        }
    }

    /// The last approvals, and how many came before them.
    pub fn finish(self) -> (Vec<ApprovalEntry>, u64) {
        self.entries.finish()
    }

    fn approve(&mut self, row: &AuditRow) -> Option<()> {
        let approved: Approved = detail(row)?;
        let ended = self.unused.approve(row, &approved, &row.seq);
        self.replace(&ended.into_iter().collect());
        if self.since_unix_s.is_none_or(|since| row.at_unix_s >= since) {
            self.entries.push(ApprovalEntry {
                record: row.seq,
                at_unix_s: row.at_unix_s,
                plan_id: row.subject.clone(),
                by: approved.by,
                changes: approved.keys.len() as u64,
                used: 0,
                expires_unix_s: approved.expires_unix_s,
                replaced: false,
            });
        }
        Some(())
    }

    fn end(&mut self, row: &AuditRow) -> Option<()> {
        let ending: Ending = detail(row)?;
        self.open.remove(&ending.op);
        if ending.approved && ending.ended == Ended::Done {
            self.use_up(&ending.change);
        }
        Some(())
    }

    fn use_up(&mut self, change: &Change) {
        for key in change.keys() {
            let record = self.unused.take(&key.0);
            self.count(record);
        }
    }

    fn count(&mut self, record: Option<i64>) {
        let Some(record) = record else { return };
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.record == record) {
            entry.used += 1;
        }
    }

    fn replace(&mut self, records: &BTreeSet<i64>) {
        for entry in self.entries.iter_mut().filter(|entry| records.contains(&entry.record)) {
            entry.replaced = true;
        }
    }
}
