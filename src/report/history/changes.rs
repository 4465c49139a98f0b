//! Changes, one entry each, from the records of its beginning, its end and what settled it; adoptions beside them.
//!
//! Never: takes a request for done whose answer nobody knows.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Serialize;

use super::super::change::change_words;
use super::Last;
use super::covered::Covered;
use super::record::{Approved, Approver, Begun, Decree, Ending, Settled, detail, subject};
use crate::core::groups::{GroupChange, KnownGroup};
use crate::core::model::{ScimId, SourceId, UserName};
use crate::core::plan::Change;
use crate::core::snapshot::{Fact, Hold, Known, Origin, id_hash};
use crate::store::{AuditRow, CycleId, Ended};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// People, or groups, as `source:id`; `None` is everybody. With it, holds and releases are entries too, and of a group's
    /// change of members, those who are asked for stand there.
    pub people: Option<BTreeSet<String>>,
    pub cycle: Option<CycleId>,
    /// Seconds since 1970 UTC.
    pub since_unix_s: Option<i64>,
}

/// One change, or something else that happened to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeEntry {
    /// When it ended; when it was settled, for a lost answer. When the answer was lost, or when it began, as long as it
    /// is unknown.
    pub at_unix_s: i64,
    /// The cycle that began it; none for what a person decided by `adopt`.
    pub cycle: Option<CycleId>,
    /// `deactivate`, `readdress`, `reactivate`, `create`, `rename`, the five of groups, `adopt`, `adopt_group`, `forget`, `hold`,
    /// `release`, `seen_in_group`, `seen_out_of_group`.
    pub kind: String,
    pub id: SourceId,
    pub user_name: Option<UserName>,
    /// What was sent, for a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    pub outcome: Outcome,
    /// Why it was rejected, not sent or set aside.
    pub reason: Option<String>,
    pub approved_by: Option<String>,
    /// The plan that was approved.
    pub approved_plan: Option<String>,
}

/// `members`: what was seen of a group.
#[derive(serde::Deserialize)]
struct Seen {
    joined: Vec<ScimId>,
    left: Vec<ScimId>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Rejected,
    NotSent,
    /// Asked for, and nothing is known of the answer yet.
    NoAnswer,
    /// The answer was lost, and a later read showed that it had happened.
    SettledDone,
    /// The answer was lost, and a later read showed that it had not.
    SettledNotDone,
}

/// The chain so far.
pub struct Changes {
    wanted: Wanted,
    entries: Last<ChangeEntry>,
    /// Begun, and not ended or settled: as many as the state has marks.
    open: BTreeMap<i64, ChangeEntry>,
    /// People who were managed at some time, by hash: the first row that is none of our creates is an adoption.
    known: BTreeSet<u128>,
    /// People who are set aside: a release is recorded for others too.
    held: BTreeSet<u128>,
    decree: Option<Decree>,
    /// Who approved the adoptions of a plan.
    approved: Covered<Rc<Approver>>,
    pub unreadable: u64,
}

impl Changes {
    pub fn new(wanted: Wanted, limit: usize) -> Self {
        let (open, known, held) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let (decree, approved) = (None, Covered::default());
        Self { wanted, entries: Last::new(limit), open, known, held, decree, approved, unreadable: 0 }
    }

    /// The next record of the chain.
    pub fn push(&mut self, row: &AuditRow) {
        let read = match row.kind.as_str() {
            "begin" => self.begin(row),
            "done" | "rejected" | "not_sent" | "unknown" => self.end(row),
            "settled" => self.settle(row),
            "known" => self.known(row),
            "group" => self.group(row),
            "forget_group" => subject(row).map(|id| {
                self.known.remove(&id_hash(&id));
                self.happened(row, "forget", id, None);
            }),
            "members" => self.members(row),
            "forget" => subject(row).map(|id| {
                self.known.remove(&id_hash(&id));
                self.happened(row, "forget", id, None);
            }),
            "hold" => self.hold(row),
            "release" => subject(row).map(|id| {
                if self.held.remove(&id_hash(&id)) {
                    self.happened(row, "release", id, None);
                }
            }),
            "approve" => detail(row).map(|approved: Approved| {
                let approver = Approver { plan: Some(row.subject.clone()), by: approved.by.clone() };
                self.approved.approve(row, &approved, &Rc::new(approver));
            }),
            "decree" => detail(row).map(|decree| self.decree = Some(decree)),
            _ => Some(()),
        };
        if read.is_none() {
            self.unreadable += 1;
        }
        self.spend_decree(row);
    }

    /// The last entries, and how many came before them. Requests without an answer come last.
    pub fn finish(mut self) -> (Vec<ChangeEntry>, u64) {
        for entry in std::mem::take(&mut self.open).into_values() {
            self.emit(entry);
        }
        self.entries.finish()
    }

    fn begin(&mut self, row: &AuditRow) -> Option<()> {
        let Begun { op, change, approval, .. } = detail(row)?;
        self.open.insert(op, of_change(row, change, Outcome::NoAnswer, approval));
        Some(())
    }

    fn end(&mut self, row: &AuditRow) -> Option<()> {
        let Ending { op, change, ended, facts, approval, .. } = detail(row)?;
        let (outcome, reason) = match ended {
            Ended::Done => (Outcome::Done, None),
            Ended::Rejected { detail } => (Outcome::Rejected, Some(detail)),
            Ended::NotSent { detail } => (Outcome::NotSent, Some(detail)),
            Ended::Unknown { detail } => (Outcome::NoAnswer, Some(detail)),
        };
        facts.iter().for_each(|fact| self.absorb(fact));
        let begun = self.open.remove(&op);
        let entry = ChangeEntry { reason, ..of_change(row, change, outcome, approval) };
        let (approved_by, approved_plan) = match begun {
            Some(begun) if entry.approved_by.is_none() => (begun.approved_by, begun.approved_plan),
            _ => (entry.approved_by.clone(), entry.approved_plan.clone()),
        };
        let entry = ChangeEntry { approved_by, approved_plan, ..entry };
        if outcome == Outcome::NoAnswer {
            self.open.insert(op, entry);
        } else {
            self.emit(entry);
        }
        Some(())
    }

    /// What followed from a request is told by its end, and remembered here.
    fn absorb(&mut self, fact: &Fact) {
        match fact {
            Fact::Known(known) => self.known.insert(id_hash(&known.id)),
            Fact::Forget(id) => self.known.remove(&id_hash(id)),
            Fact::Hold(id, _) => self.held.insert(id_hash(id)),
            Fact::Release(id) => self.held.remove(&id_hash(id)),
            Fact::Group(group) => self.known.insert(id_hash(group.id.subject())),
            Fact::ForgetGroup(id) => self.known.remove(&id_hash(id.subject())),
            Fact::Settled { .. }
            | Fact::Rebound { .. }
            | Fact::Joined { .. }
            | Fact::Apart(_)
            | Fact::Members { .. }
            | Fact::Missing { .. } => false,
        };
    }

    fn settle(&mut self, row: &AuditRow) -> Option<()> {
        let Settled { op, happened } = detail(row)?;
        let outcome = if happened { Outcome::SettledDone } else { Outcome::SettledNotDone };
        if let Some(entry) = self.open.remove(&op) {
            self.emit(ChangeEntry { at_unix_s: row.at_unix_s, outcome, ..entry });
        }
        Some(())
    }

    /// A row that was not there before: an adoption, unless it follows from a create of ours.
    fn known(&mut self, row: &AuditRow) -> Option<()> {
        let known: Known = detail(row)?;
        let approval = self.approved.take_adoption(row, &known);
        if self.known.insert(id_hash(&known.id)) && known.origin == Origin::Adopted {
            let approval = approval.as_deref().cloned().or_else(|| self.decree_of(row));
            self.emit(ChangeEntry {
                user_name: Some(known.account.user_name),
                ..entry(row, "adopt", known.id, approval)
            });
        }
        Some(())
    }

    /// A group that was not there before: an adoption, unless it follows from a create of ours.
    fn group(&mut self, row: &AuditRow) -> Option<()> {
        let group: KnownGroup = detail(row)?;
        let id = group.id.subject().clone();
        let approval = self.approved.take_group_adoption(row, &group);
        if self.known.insert(id_hash(&id)) && group.origin == Origin::Adopted {
            let approval = approval.as_deref().cloned().or_else(|| self.decree_of(row));
            self.emit(ChangeEntry { reason: Some(group.name), ..entry(row, "adopt_group", id, approval) });
        }
        Some(())
    }

    /// Memberships that were seen to be, or not to be, where no request of ours made them so.
    fn members(&mut self, row: &AuditRow) -> Option<()> {
        let Seen { joined, left } = detail(row)?;
        let id = subject(row)?;
        for (kind, members) in [("seen_in_group", joined), ("seen_out_of_group", left)] {
            if !members.is_empty() {
                let ids: Vec<&str> = members.iter().map(|id| id.0.as_str()).collect();
                self.happened(row, kind, id.clone(), Some(format!("SCIM ids {}", ids.join(", "))));
            }
        }
        Some(())
    }

    fn hold(&mut self, row: &AuditRow) -> Option<()> {
        let hold: Hold = detail(row)?;
        let reason = serde_json::to_value(&hold.reason).ok()?;
        let reason = [reason["reason"].as_str(), reason["detail"].as_str()];
        let reason = reason.into_iter().flatten().collect::<Vec<_>>().join(": ").replace('_', " ");
        let id = subject(row)?;
        self.held.insert(id_hash(&id));
        self.happened(row, "hold", id, Some(reason));
        Some(())
    }

    /// Told only in one person's story.
    fn happened(&mut self, row: &AuditRow, kind: &str, id: SourceId, reason: Option<String>) {
        if self.wanted.people.is_some() {
            let approval = self.decree_of(row);
            self.emit(ChangeEntry { reason, ..entry(row, kind, id, approval) });
        }
    }

    /// Whose decision a record beside the cycles is part of; no plan stands behind it.
    fn decree_of(&self, row: &AuditRow) -> Option<Approver> {
        let decree = self.decree.as_ref().filter(|_| row.cycle.is_none());
        decree.map(|decree| Approver { by: decree.by.clone(), plan: None })
    }

    /// The records of a decree follow it at once.
    fn spend_decree(&mut self, row: &AuditRow) {
        if row.kind == "decree" {
            return;
        }
        self.decree = self
            .decree
            .take()
            .filter(|decree| decree.facts > 1)
            .map(|decree| Decree { facts: decree.facts - 1, ..decree });
    }

    fn emit(&mut self, mut entry: ChangeEntry) {
        let Wanted { people, cycle, since_unix_s } = &self.wanted;
        let theirs =
            people.as_ref().is_none_or(|people| people.contains(&entry.id.to_string()) || narrow(&mut entry, people));
        let in_cycle = cycle.is_none_or(|cycle| entry.cycle == Some(cycle));
        let late_enough = since_unix_s.is_none_or(|since| entry.at_unix_s >= since);
        if theirs && in_cycle && late_enough {
            self.entries.push(entry);
        }
    }
}

/// Of a group's change of members, leaves those who are asked for; false if there is none of them.
fn narrow(entry: &mut ChangeEntry, wanted: &BTreeSet<String>) -> bool {
    match &mut entry.change {
        Some(Change::Group(GroupChange::AddMembers { people, .. } | GroupChange::RemoveMembers { people, .. })) => {
            people.retain(|person| wanted.contains(&person.id.to_string()));
            !people.is_empty()
        }
        _ => false,
    }
}

fn of_change(row: &AuditRow, change: Change, outcome: Outcome, approval: Option<Approver>) -> ChangeEntry {
    let user_name = change.user_name().cloned();
    let entry = entry(row, change.kind().as_str(), change.id().clone(), approval);
    ChangeEntry { user_name, change: Some(change), outcome, ..entry }
}

fn entry(row: &AuditRow, kind: &str, id: SourceId, approval: Option<Approver>) -> ChangeEntry {
    let (by, plan) = approval.map(|approver| (approver.by, approver.plan)).unzip();
    ChangeEntry {
        at_unix_s: row.at_unix_s,
        cycle: row.cycle,
        kind: kind.into(),
        id,
        user_name: None,
        change: None,
        outcome: Outcome::Done,
        reason: None,
        approved_by: by,
        approved_plan: plan.flatten(),
    }
}

impl ChangeEntry {
    /// Who, and from what to what, for people.
    pub fn words(&self) -> String {
        match (&self.change, &self.user_name) {
            (Some(change), _) => change_words(change),
            (None, Some(user_name)) => super::super::clean(user_name.as_str()),
            (None, None) => String::new(),
        }
    }
}
