//! The guard: how much of a plan may be applied without a person's yes. Each class of change is judged alone;
//! a class over its limit is held whole, the others proceed.
//!
//! Never: switched off. An approval is a set of change keys, and lifts the limit for exactly those.

mod class;
mod limits;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::groups::{GroupAdoption, GroupChange, GroupId};
use super::model::{SourceId, UserName};
use super::plan::{Adoption, Change, ChangeKey, Plan, PlannedChange};
use super::policy::{FirstSync, Policy};
use crate::planted::Bug;
pub use class::{Class, Pool};
pub use limits::{Limit, Limits, Share, Window};

/// A part of the plan that is not applied, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "held")]
pub enum Held {
    /// The first plan for a team waits for a person (`safety.first_sync = "approve"`).
    FirstSync { changes: u64, adoptions: u64 },
    /// Nobody is deactivated while `postman.protected` is empty; no approval lifts this.
    NoProtectedAccounts { class: Class, changes: u64 },
    /// More of one class that nobody approved than its limit. `changes` are counted as approvals are: one for each membership.
    OverLimit { class: Class, changes: u64, approved: u64, window: Window, limit: u64, used: u64 },
    /// Changes that wait for a held change: of the same person or group, or one that frees their address.
    Dependent { changes: u64 },
}

/// A change that may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedChange {
    pub planned: PlannedChange,
    /// How many of its keys no person approved: what it charges to its budget.
    pub unapproved: u64,
}

/// What may be applied. Only `approve` makes one, so an unsafe plan cannot reach `engine::apply`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovedPlan {
    changes: Vec<ApprovedChange>,
    adoptions: Vec<Adoption>,
    group_adoptions: Vec<GroupAdoption>,
}

impl ApprovedPlan {
    /// In the order in which they are applied.
    pub fn changes(&self) -> &[ApprovedChange] {
        &self.changes
    }
    pub fn adoptions(&self) -> &[Adoption] {
        &self.adoptions
    }
    pub fn group_adoptions(&self) -> &[GroupAdoption] {
        &self.group_adoptions
    }
}

/// What was charged in the last 24 h and 7 d.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    pub day: u64,
    pub week: u64,
}

/// What the guard remembers of earlier cycles.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Deactivations charged.
    pub people: Spent,
    /// Removals from groups charged.
    pub memberships: Spent,
    /// Keys that are approved, unused and not expired.
    pub approved: BTreeSet<ChangeKey>,
    pub first_sync_done: bool,
}

/// How many more deactivations need no approval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLeft {
    pub cycle: u64,
    pub day: u64,
    pub week: u64,
}

/// The guard's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub approved: ApprovedPlan,
    pub held: Vec<Held>,
    /// Before this plan is applied.
    pub budget: BudgetLeft,
}

/// Splits a plan into what may be applied and what is held.
pub fn approve(plan: &Plan, policy: &Policy, ledger: &Ledger) -> Verdict {
    let budget = BudgetLeft::of(plan.managed_active, &policy.limits.deactivations, ledger);
    if waits_for_first_approval(plan, policy, ledger) {
        let adoptions = (plan.adoptions.len() + plan.group_adoptions.len()) as u64;
        let changes = plan.changes.iter().map(|planned| planned.change.keys().len() as u64).sum();
        let held = Held::FirstSync { changes, adoptions };
        return Verdict { approved: ApprovedPlan::default(), held: vec![held], budget };
    }
    let mut held = Vec::new();
    let mut held_classes = BTreeSet::new();
    let mut passed = Passed::default();
    for class in Class::ALL {
        match judge(class, plan, policy, ledger, &passed) {
            Ok(unapproved) => passed.add(class, unapproved),
            Err(reason) => {
                held.push(reason);
                held_classes.insert(class);
            }
        }
    }
    let (let_through, dependent) = without_held(plan, &held_classes);
    if dependent > 0 {
        held.push(Held::Dependent { changes: dependent });
    }
    let changes = let_through
        .map(|planned| ApprovedChange { planned: planned.clone(), unapproved: unapproved(&planned.change, ledger) })
        .collect();
    Verdict {
        approved: ApprovedPlan {
            changes,
            adoptions: plan.adoptions.clone(),
            group_adoptions: plan.group_adoptions.clone(),
        },
        held,
        budget,
    }
}

/// The keys (`Change::key`) of what is held, as the guard's answer says it: of whole classes, and of changes that wait for those.
pub fn held_keys(plan: &Plan, held: &[Held]) -> BTreeSet<ChangeKey> {
    let mut classes = BTreeSet::new();
    for held in held {
        match held {
            Held::FirstSync { .. } => {
                let changes = plan.changes.iter().map(|planned| planned.change.key());
                return plan.keys().into_iter().chain(changes).collect();
            }
            Held::NoProtectedAccounts { class, .. } | Held::OverLimit { class, .. } => classes.extend([*class]),
            Held::Dependent { .. } => {}
        }
    }
    let free: BTreeSet<ChangeKey> = without_held(plan, &classes).0.map(|planned| planned.change.key()).collect();
    plan.changes.iter().map(|planned| planned.change.key()).filter(|key| !free.contains(key)).collect()
}

/// Until a person has approved something of a first plan, nothing of it is applied. From then on the limits
/// decide about the rest.
fn waits_for_first_approval(plan: &Plan, policy: &Policy, ledger: &Ledger) -> bool {
    let approved_some = plan.keys().iter().any(|key| ledger.approved.contains(key));
    policy.first_sync == FirstSync::Approve && !ledger.first_sync_done && !plan.is_empty() && !approved_some
}

/// What nobody approved of the classes judged before, which share the day's and the week's limit.
#[derive(Default)]
struct Passed {
    people: u64,
    memberships: u64,
}

impl Passed {
    fn add(&mut self, class: Class, unapproved: u64) {
        match class.pool() {
            Some(Pool::People) => self.people += unapproved,
            Some(Pool::Memberships) => self.memberships += unapproved,
            None => {}
        }
    }
}

/// The number of unapproved keys of a class, or why the class is held.
fn judge(class: Class, plan: &Plan, policy: &Policy, ledger: &Ledger, passed: &Passed) -> Result<u64, Held> {
    let of_class = plan.changes.iter().filter(|planned| Class::of(&planned.change) == class);
    let (changes, rest) = of_class.fold((0, 0), |(all, rest), planned| {
        (all + planned.change.keys().len() as u64, rest + unapproved(&planned.change, ledger))
    });
    let approved = changes - rest;
    if class.takes_access_away() && policy.protected.is_empty() && changes > 0 && !Bug::AsksForNoProtected.is_planted()
    {
        return Err(Held::NoProtectedAccounts { class, changes });
    }
    let limit = class.limit(&policy.limits);
    for window in [Window::Cycle, Window::Day, Window::Week] {
        let (spent, passed) = match class.pool() {
            Some(Pool::People) => (ledger.people, passed.people),
            Some(Pool::Memberships) => (ledger.memberships, passed.memberships),
            None => (Spent::default(), 0),
        };
        let used = match window {
            Window::Cycle => 0,
            Window::Day => spent.day + passed,
            Window::Week => spent.week + passed,
        };
        let Some(most) = limit.most(window, class.whole(plan), used, class.takes_access_away()) else { continue };
        if rest > 0 && used + rest > most && (window == Window::Cycle || !Bug::LimitsCyclesOnly.is_planted()) {
            return Err(Held::OverLimit { class, changes, approved, window, limit: most, used });
        }
    }
    Ok(rest)
}

/// The changes of classes that are not held, without those that wait for a held one, and how many wait.
fn without_held<'p>(plan: &'p Plan, held_classes: &BTreeSet<Class>) -> (impl Iterator<Item = &'p PlannedChange>, u64) {
    let is_held = |planned: &&PlannedChange| held_classes.contains(&Class::of(&planned.change));
    let held: Vec<&Change> = plan.changes.iter().filter(is_held).map(|planned| &planned.change).collect();
    let awaited = Awaited::of(&held);
    let open = plan.changes.iter().filter(|planned| !held_classes.contains(&Class::of(&planned.change)));
    let (free, waiting): (Vec<_>, Vec<_>) = open.partition(|planned| !awaited.by(&planned.change));
    (free.into_iter(), waiting.len() as u64)
}

/// What is held and something else may wait for.
#[derive(Default)]
struct Awaited<'p> {
    people: BTreeSet<&'p SourceId>,
    addresses: BTreeSet<&'p UserName>,
    created: BTreeSet<&'p GroupId>,
    emptied: BTreeSet<&'p GroupId>,
}

impl<'p> Awaited<'p> {
    fn of(held: &[&'p Change]) -> Self {
        let mut awaited = Self::default();
        for change in held {
            match change {
                Change::Group(GroupChange::CreateGroup { id, .. }) => _ = awaited.created.insert(id),
                Change::Group(GroupChange::RemoveMembers { id, .. }) => _ = awaited.emptied.insert(id),
                Change::Group(_) => {}
                person => _ = awaited.people.insert(person.id()),
            }
            if let Change::Readdress { from, .. } = change {
                awaited.addresses.insert(from);
            }
        }
        awaited
    }

    fn by(&self, change: &Change) -> bool {
        match change {
            // A deactivation waits for nobody.
            Change::Deactivate { .. } => false,
            Change::Create { id, account } => self.people.contains(id) || self.addresses.contains(&account.user_name),
            Change::Group(GroupChange::AddMembers { id, people, .. }) => {
                self.created.contains(id) || people.iter().all(|person| self.people.contains(&person.id))
            }
            Change::Group(GroupChange::DeleteGroup { id, .. }) => self.emptied.contains(id),
            Change::Group(_) => false,
            person => self.people.contains(person.id()),
        }
    }
}

fn unapproved(change: &Change, ledger: &Ledger) -> u64 {
    let is_any_approved = Bug::ApprovesTheRest.is_planted() && !ledger.approved.is_empty();
    let is_approved = |key| is_any_approved || ledger.approved.contains(key);
    let unapproved = change.keys().iter().filter(|key| !is_approved(key)).count() as u64;
    if Bug::CountsRequests.is_planted() { unapproved.min(1) } else { unapproved }
}

impl BudgetLeft {
    /// What is left of the limits, for a team of that size.
    pub fn of(managed_active: u64, limit: &Limit, ledger: &Ledger) -> Self {
        let left = |window, used: u64| {
            limit.most(window, managed_active, used, true).map_or(u64::MAX, |most| most.saturating_sub(used))
        };
        let day = left(Window::Day, ledger.people.day);
        let week = left(Window::Week, ledger.people.week);
        Self { cycle: left(Window::Cycle, 0).min(day).min(week), day, week }
    }
}
