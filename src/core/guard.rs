//! The guard: how much of a plan may be applied without a person's yes. Each class of change is judged alone;
//! a class over its limit is held whole, the others proceed.
//!
//! Never: switched off. An approval is a set of change keys, and lifts the limit for exactly those.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::groups::{GroupAdoption, GroupChange, Removal};
use super::plan::{Adoption, Cause, Change, ChangeKey, Kind, Plan, PlannedChange};
use super::policy::{FirstSync, Policy};

/// A part of the team, or a number of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Share {
    Percent(u8),
    People(u64),
}

/// The limits of one class. `None`: no limit of that window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub cycle: Option<Share>,
    pub day: Option<Share>,
    pub week: Option<Share>,
    /// What a team may always do in one cycle, however small it is.
    pub at_least: u64,
}

/// All limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Explicit and absent are judged apart in a cycle, and share the day's and the week's.
    pub deactivations: Limit,
    /// Also the limit of reactivations, which are counted apart.
    pub creates: Limit,
    pub renames: Limit,
    pub readdresses: Limit,
    /// In memberships, of all memberships of managed groups. Day and week count what emptied groups lost, too.
    pub member_removals: Limit,
    pub member_adds: Limit,
    /// In groups, of all managed ones.
    pub group_creates: Limit,
    pub group_renames: Limit,
    pub group_deletes: Limit,
}

#[cfg(test)]
impl Limits {
    /// The same for every class.
    pub fn all(limit: Limit) -> Self {
        Self {
            deactivations: limit,
            creates: limit,
            renames: limit,
            readdresses: limit,
            member_removals: limit,
            member_adds: limit,
            group_creates: limit,
            group_renames: limit,
            group_deletes: limit,
        }
    }
}

/// The classes that are judged apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    DeactivateExplicit,
    DeactivateAbsent,
    Readdress,
    Reactivate,
    Create,
    Rename,
    RemoveMembers,
    /// `Removal::Emptied`: no share of anything lifts it, only an approval.
    EmptyGroup,
    RenameGroup,
    CreateGroup,
    AddMembers,
    DeleteGroup,
}

impl Class {
    pub const ALL: [Class; 12] = [
        Class::DeactivateExplicit,
        Class::DeactivateAbsent,
        Class::Readdress,
        Class::Reactivate,
        Class::Create,
        Class::Rename,
        Class::RemoveMembers,
        Class::EmptyGroup,
        Class::RenameGroup,
        Class::CreateGroup,
        Class::AddMembers,
        Class::DeleteGroup,
    ];

    pub fn of(change: &Change) -> Class {
        match change {
            Change::Deactivate { cause: Cause::Explicit, .. } => Class::DeactivateExplicit,
            Change::Deactivate { cause: Cause::Absent, .. } => Class::DeactivateAbsent,
            Change::Readdress { .. } => Class::Readdress,
            Change::Reactivate { .. } => Class::Reactivate,
            Change::Create { .. } => Class::Create,
            Change::Rename { .. } => Class::Rename,
            Change::Group(GroupChange::RemoveMembers { cause: Removal::Left, .. }) => Class::RemoveMembers,
            Change::Group(GroupChange::RemoveMembers { cause: Removal::Emptied, .. }) => Class::EmptyGroup,
            Change::Group(GroupChange::RenameGroup { .. }) => Class::RenameGroup,
            Change::Group(GroupChange::CreateGroup { .. }) => Class::CreateGroup,
            Change::Group(GroupChange::AddMembers { .. }) => Class::AddMembers,
            Change::Group(GroupChange::DeleteGroup { .. }) => Class::DeleteGroup,
        }
    }

    pub fn takes_access_away(self) -> bool {
        matches!(self, Class::DeactivateExplicit | Class::DeactivateAbsent)
    }

    fn limit(self, limits: &Limits) -> Limit {
        match self {
            Class::DeactivateExplicit | Class::DeactivateAbsent => limits.deactivations,
            Class::Readdress => limits.readdresses,
            Class::Reactivate | Class::Create => limits.creates,
            Class::Rename => limits.renames,
            Class::RemoveMembers => limits.member_removals,
            Class::EmptyGroup => Limit::NONE_UNAPPROVED,
            Class::RenameGroup => limits.group_renames,
            Class::CreateGroup => limits.group_creates,
            Class::AddMembers => limits.member_adds,
            Class::DeleteGroup => limits.group_deletes,
        }
    }
}

/// The time over which a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Cycle,
    Day,
    Week,
}

/// A part of the plan that is not applied, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "held")]
pub enum Held {
    /// The first plan for a team waits for a person (`safety.first_sync = "approve"`).
    FirstSync { changes: u64, adoptions: u64 },
    /// Nobody is deactivated while `postman.protected` is empty; no approval lifts this.
    NoProtectedAccounts { class: Class, changes: u64 },
    /// More unapproved changes of one class than its limit.
    OverLimit { class: Class, changes: u64, approved: u64, window: Window, limit: u64, used: u64 },
    /// Changes that wait for a held change: of the same person, or one that frees their address.
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
        let held = Held::FirstSync { changes: plan.changes.len() as u64, adoptions: plan.adoptions.len() as u64 };
        return Verdict { approved: ApprovedPlan::default(), held: vec![held], budget };
    }
    let mut held = Vec::new();
    let mut held_classes = BTreeSet::new();
    let mut deactivating = 0;
    for class in Class::ALL {
        match judge(class, plan, policy, ledger, deactivating) {
            Ok(unapproved) if class.takes_access_away() => deactivating += unapproved,
            Ok(_) => {}
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

/// The keys of what is held, as the guard's answer says it: of whole classes, and of changes that wait for those.
pub fn held_keys(plan: &Plan, held: &[Held]) -> BTreeSet<ChangeKey> {
    let mut classes = BTreeSet::new();
    for held in held {
        match held {
            Held::FirstSync { .. } => return plan.keys().into_iter().collect(),
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

/// The number of unapproved changes of a class, or why the class is held. `deactivating`: unapproved
/// deactivations of the classes judged before, which share the day's and the week's limit.
fn judge(class: Class, plan: &Plan, policy: &Policy, ledger: &Ledger, deactivating: u64) -> Result<u64, Held> {
    let of_class = plan.changes.iter().filter(|planned| Class::of(&planned.change) == class);
    let (approved, rest): (Vec<_>, Vec<_>) =
        of_class.partition(|planned| ledger.approved.contains(&planned.change.key()));
    let (approved, rest) = (approved.len() as u64, rest.len() as u64);
    let changes = approved + rest;
    if class.takes_access_away() && policy.protected.is_empty() && changes > 0 {
        return Err(Held::NoProtectedAccounts { class, changes });
    }
    let limit = class.limit(&policy.limits);
    for window in [Window::Cycle, Window::Day, Window::Week] {
        let used = match window {
            Window::Cycle => 0,
            _ if !class.takes_access_away() => 0,
            Window::Day => ledger.people.day + deactivating,
            Window::Week => ledger.people.week + deactivating,
        };
        let Some(most) = limit.most(window, plan.managed_active, used, class.takes_access_away()) else { continue };
        if rest > 0 && used + rest > most {
            return Err(Held::OverLimit { class, changes, approved, window, limit: most, used });
        }
    }
    Ok(rest)
}

/// The changes of classes that are not held, without those that wait for a held one, and how many wait.
fn without_held<'p>(plan: &'p Plan, held_classes: &BTreeSet<Class>) -> (impl Iterator<Item = &'p PlannedChange>, u64) {
    let is_held = |planned: &&PlannedChange| held_classes.contains(&Class::of(&planned.change));
    let held: Vec<&Change> = plan.changes.iter().filter(is_held).map(|planned| &planned.change).collect();
    let people: BTreeSet<_> = held.iter().map(|change| change.id().clone()).collect();
    let addresses: BTreeSet<_> = held
        .iter()
        .filter(|change| matches!(change, Change::Readdress { .. }))
        .filter_map(|c| c.user_name().cloned())
        .collect();
    let open = plan.changes.iter().filter(|planned| !held_classes.contains(&Class::of(&planned.change)));
    let (free, waiting): (Vec<_>, Vec<_>) = open.partition(|planned| {
        let change = &planned.change;
        let takes_held_address =
            matches!(change, Change::Create { account, .. } if addresses.contains(&account.user_name));
        // A deactivation waits for nobody.
        change.kind() == Kind::Deactivate || !(people.contains(change.id()) || takes_held_address)
    });
    (free.into_iter(), waiting.len() as u64)
}

fn unapproved(change: &Change, ledger: &Ledger) -> u64 {
    change.keys().iter().filter(|key| !ledger.approved.contains(key)).count() as u64
}

impl Limit {
    const NONE_UNAPPROVED: Limit = Limit { cycle: Some(Share::Percent(0)), day: None, week: None, at_least: 0 };

    /// The most changes of a window, those already `used` in it included; `None` without a limit.
    /// The team's size at the beginning of the window is what is active now and what was taken away since.
    fn most(&self, window: Window, managed_active: u64, used: u64, takes_access_away: bool) -> Option<u64> {
        let (share, at_least) = match window {
            Window::Cycle => (self.cycle, self.at_least),
            Window::Day => (self.day, scaled(self.at_least, 5)),
            Window::Week => (self.week, scaled(self.at_least, 10)),
        };
        let most = match share? {
            Share::People(people) => return Some(people),
            Share::Percent(0) => return Some(0),
            Share::Percent(100..) => return None,
            Share::Percent(percent) => at_least.max((managed_active + used) * u64::from(percent) / 100),
        };
        if !takes_access_away || window != Window::Cycle {
            return Some(most);
        }
        let small_team = if managed_active < SMALL_TEAM { SMALL_TEAM_MOST } else { MOST_A_CYCLE };
        Some(most.min(small_team))
    }
}

/// Below this many managed active people a percentage says nothing.
const SMALL_TEAM: u64 = 20;
const SMALL_TEAM_MOST: u64 = 2;
/// However large the team is.
const MOST_A_CYCLE: u64 = 500;

/// `at_least` is meant for a cycle; a day allows 5/3 of it and a week 10/3 (3, 5 and 10 by default).
fn scaled(at_least: u64, thirds: u64) -> u64 {
    (at_least * thirds).div_ceil(3)
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

#[cfg(test)]
mod tests;
