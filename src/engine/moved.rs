//! A plan that a person said yes to, and the plan as it is now: whether that is still the same, and if not, what
//! appeared and what is no longer there.
//!
//! Never: lets anything through; it only says why nothing was.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cycle::Approval;
use super::outcome::Stop;
use crate::core::groups::GroupAdoption;
use crate::core::plan::{Adoption, Cause, Change, ChangeKey, Entries, Plan};

/// Why an approval was for another plan, and in what that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moved {
    #[serde(flatten)]
    pub stop: Stop,
    /// In the plan now, and not in the one that was approved.
    pub appeared: Entries,
    /// In the plan that was approved, and no longer.
    pub gone: Entries,
}

/// `None`: `now` is the plan that was approved. `stored`: the plan of that id, if the state has it.
pub fn moved(approval: &Approval, stored: Option<&Plan>, now: &Plan) -> Option<Moved> {
    let (approved, id) = (&approval.plan_id, now.id());
    if *approved != id {
        let shown = approval.shown.as_deref().or(stored);
        let (gone, appeared) = shown.map(|shown| (beyond(shown, now), beyond(now, shown))).unwrap_or_default();
        let same = shown.is_some() && gone.is_empty() && appeared.is_empty();
        return Some(Moved { stop: stop(approved, &id, same, now.is_empty()), appeared, gone });
    }
    // The id says what is sent to whom. What a person read beside it, the names, has to be the same too.
    let shown = approval.shown.as_deref()?;
    let (gone, appeared) = (unlike(shown, now), unlike(now, shown));
    if gone.is_empty() && appeared.is_empty() {
        return None;
    }
    let reason = format!("plan {approved} was approved, and what it says of its people is not what is so now");
    Some(Moved { stop: Stop { reason, advice: Some(again(&id)) }, appeared, gone })
}

fn stop(approved: &str, now: &str, same: bool, is_empty: bool) -> Stop {
    if is_empty {
        return Stop {
            reason: format!("plan {approved} is not the plan now: there is nothing left to do"),
            advice: None,
        };
    }
    let what = if same {
        "the changes are the same, and the settings or the team are others"
    } else {
        "the directory, the team or the settings changed"
    };
    Stop {
        reason: format!("plan {approved} was approved, and the plan is now {now}: {what}"),
        advice: Some(again(now)),
    }
}

fn again(now: &str) -> String {
    format!("look at the plan again, then `sync --approve {now}`")
}

/// What `plan` has and `other` has not, by key.
fn beyond(plan: &Plan, other: &Plan) -> Entries {
    let others = other.keys();
    let others: BTreeSet<&ChangeKey> = others.iter().collect();
    Entries {
        changes: plan
            .changes
            .iter()
            .filter(|planned| planned.change.keys().iter().any(|key| !others.contains(key)))
            .cloned()
            .collect(),
        adoptions: plan.adoptions.iter().filter(|adoption| !others.contains(&adoption.key())).cloned().collect(),
        group_adoptions: plan.group_adoptions.iter().filter(|group| !others.contains(&group.key())).cloned().collect(),
    }
}

/// What `plan` has and `other` has not, by all that a person reads of a change; the reasons may be others.
fn unlike(plan: &Plan, other: &Plan) -> Entries {
    let changes: BTreeMap<ChangeKey, Change> =
        other.changes.iter().map(|planned| (planned.change.key(), read(&planned.change))).collect();
    let adoptions: BTreeMap<ChangeKey, &Adoption> =
        other.adoptions.iter().map(|adoption| (adoption.key(), adoption)).collect();
    let keys: BTreeSet<ChangeKey> = other.keys().into_iter().collect();
    let same_change = |change: &Change| match change {
        // However the memberships are shared out over requests.
        Change::Group(group) if !group.people().is_empty() => change.keys().iter().all(|key| keys.contains(key)),
        _ => changes.get(&change.key()) == Some(&read(change)),
    };
    let same_group = |adoption: &GroupAdoption| other.group_adoptions.contains(adoption);
    let same_adoption = |adoption: &Adoption| adoptions.get(&adoption.key()) == Some(&adoption);
    Entries {
        changes: plan.changes.iter().filter(|planned| !same_change(&planned.change)).cloned().collect(),
        adoptions: plan.adoptions.iter().filter(|adoption| !same_adoption(adoption)).cloned().collect(),
        group_adoptions: plan.group_adoptions.iter().filter(|adoption| !same_group(adoption)).cloned().collect(),
    }
}

/// Without the cause and the order: somebody approved as gone and now marked inactive leaves all the same.
fn read(change: &Change) -> Change {
    let mut change = change.clone();
    match &mut change {
        Change::Deactivate { cause, .. } => *cause = Cause::Explicit,
        Change::Readdress { depth, .. } => *depth = 0,
        Change::Reactivate { .. } | Change::Create { .. } | Change::Rename { .. } | Change::Group(_) => {}
    }
    change
}
