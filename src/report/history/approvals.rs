//! Approvals: who said yes to which plan, and how much of it was used.
//!
//! Never: counts a change as used before it had its effect.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Last;
use super::record::{Approved, Begun, Ending, Settled, detail};
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
    /// Changes among them that had their effect under this approval. An adoption sends nothing and uses nothing up.
    pub used: u64,
    pub expires_unix_s: i64,
    /// Ended before that: a later approval was given under other settings, or covers the same changes.
    pub replaced: bool,
}

/// The chain so far.
pub struct Approvals {
    since_unix_s: Option<i64>,
    entries: Last<ApprovalEntry>,
    /// Which approval each unused key is under, by the number of its record.
    unused: BTreeMap<String, i64>,
    /// Requests that were begun under an approval and have no end yet.
    open: BTreeMap<i64, String>,
    under: Option<String>,
    pub unreadable: u64,
}

impl Approvals {
    pub fn new(since_unix_s: Option<i64>, limit: usize) -> Self {
        let (unused, open) = (BTreeMap::new(), BTreeMap::new());
        Self { since_unix_s, entries: Last::new(limit), unused, open, under: None, unreadable: 0 }
    }

    /// The next record of the chain.
    pub fn push(&mut self, row: &AuditRow) {
        let read = match row.kind.as_str() {
            "approve" => self.approve(row),
            "begin" => detail(row).map(|Begun { op, key, approved, .. }| {
                if approved {
                    self.open.insert(op, key);
                }
            }),
            "done" | "rejected" | "not_sent" => self.end(row),
            "settled" => detail(row).map(|Settled { op, happened }| {
                if let Some(key) = self.open.remove(&op).filter(|_| happened) {
                    self.use_up(&key);
                }
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
        if self.under.as_ref().is_some_and(|under| *under != approved.under) {
            let ended: Vec<i64> = std::mem::take(&mut self.unused).into_values().collect();
            self.replace(&ended);
        }
        let changes = approved.keys.len() as u64;
        let earlier = approved.keys.into_iter().filter_map(|key| self.unused.insert(key, row.seq)).collect::<Vec<_>>();
        self.replace(&earlier);
        self.under = Some(approved.under);
        if self.since_unix_s.is_none_or(|since| row.at_unix_s >= since) {
            self.entries.push(ApprovalEntry {
                record: row.seq,
                at_unix_s: row.at_unix_s,
                plan_id: row.subject.clone(),
                by: approved.by,
                changes,
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
            self.use_up(&ending.key);
        }
        Some(())
    }

    fn use_up(&mut self, key: &str) {
        let Some(record) = self.unused.remove(key) else { return };
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.record == record) {
            entry.used += 1;
        }
    }

    fn replace(&mut self, records: &[i64]) {
        for entry in self.entries.iter_mut().filter(|entry| records.contains(&entry.record)) {
            entry.replaced = true;
        }
    }
}
