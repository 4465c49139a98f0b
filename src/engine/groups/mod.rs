//! Requests about groups: sent, read back, settled. A change of members has ended when the group was read after it.
//!
//! Never: sends a list of members in place of another one, or believes what the answer to a PATCH shows of them.

mod read_back;
mod send;
mod settle;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

pub use read_back::{Unread, read_back};
pub use send::{attempt, failed};
pub use settle::settle;

use crate::core::backoff::{hold_again, hold_for_good};
use crate::core::groups::{GroupChange, GroupId, KnownGroup, TeamGroup};
use crate::core::model::{ScimId, SourceId};
use crate::core::plan::Change;
use crate::core::snapshot::{Fact, Hold, HoldReason, Known, Origin, Standing};
use crate::core::time::Moment;
use crate::store::{Ended, Store, StoreError};

use super::send::Sent;

/// A row for a group that comes under management.
pub fn bound(id: &GroupId, group: &TeamGroup, origin: Origin) -> KnownGroup {
    let (scim_id, name) = (group.scim_id.clone(), group.name.clone());
    KnownGroup { id: id.clone(), scim_id, name, origin, absent: None, undone: 0 }
}

/// What follows from an adoption: the group is managed, and whoever of the managed people is in it is remembered so.
pub fn adopted(store: &Store, id: &GroupId, group: &TeamGroup) -> Result<Vec<Fact>, StoreError> {
    let members = group.members.as_deref().unwrap_or_default();
    let managed = store.known_by_scim_ids(members)?.into_iter().filter(Known::is_active);
    let joined = managed.map(|known| known.scim_id).collect();
    let row = Fact::Group(bound(id, group, Origin::Adopted));
    Ok(vec![row, Fact::Members { group: id.clone(), joined, left: Vec::new() }])
}

/// What a group that was read says of a change of its members.
struct Effect {
    /// The memberships that are as they were asked for.
    fact: Fact,
    /// How many are not.
    missed: usize,
}

fn effect(change: &GroupChange, accounts: &[ScimId], members: &[ScimId]) -> Effect {
    let members: HashSet<&ScimId> = members.iter().collect();
    let (inside, outside): (Vec<ScimId>, Vec<ScimId>) = accounts.iter().cloned().partition(|id| members.contains(id));
    let group = change.id().clone();
    match change {
        GroupChange::AddMembers { .. } => {
            Effect { fact: Fact::Members { group, joined: inside, left: Vec::new() }, missed: outside.len() }
        }
        _ => Effect { fact: Fact::Members { group, joined: Vec::new(), left: outside }, missed: inside.len() },
    }
}

/// How a change of members ended, by the group as it is shown afterwards; `None`: the team has it no more.
fn judged(
    change: &GroupChange,
    accounts: &[ScimId],
    shown: Option<&TeamGroup>,
    hold: Option<&Hold>,
    now: Moment,
) -> Sent {
    let Some(group) = shown else { return gone(change, now) };
    let Some(members) = &group.members else {
        let detail = "answered with success, and the group does not say who is in it".to_owned();
        return Sent::ended(Ended::Unknown { detail }, Vec::new());
    };
    let Effect { fact, missed } = effect(change, accounts, members);
    if missed == 0 {
        return Sent::ended(Ended::Done, vec![fact, Fact::Release(change.id().subject().clone())]);
    }
    let word = kind_word(change);
    let detail =
        format!("Postman answered with success, and the {word} had no effect for {missed} of {}", accounts.len());
    let mut sent = refused(change, hold, now, detail, |detail| HoldReason::Refused { detail });
    sent.facts.push(fact);
    // The next listing may show why.
    Sent { wants_refresh: true, ..sent }
}

/// Somebody deleted the group at Postman.
fn gone(change: &GroupChange, now: Moment) -> Sent {
    let hold = hold_for_good(HoldReason::RemovedByHand, now);
    let facts = vec![Fact::Hold(change.id().subject().clone(), hold)];
    Sent::ended(Ended::Rejected { detail: "the group is not in the team any more".into() }, facts)
}

fn refused(
    change: &GroupChange,
    hold: Option<&Hold>,
    now: Moment,
    detail: String,
    reason: impl FnOnce(String) -> HoldReason,
) -> Sent {
    let hold = hold_again(hold, reason(detail.clone()), now);
    Sent::ended(Ended::Rejected { detail }, vec![Fact::Hold(change.id().subject().clone(), hold)])
}

fn kind_word(change: &GroupChange) -> &'static str {
    Change::Group(change.clone()).kind().as_str()
}

/// The accounts of those people of a change who are in the team now; the others are in no group.
fn accounts<'a>(change: &GroupChange, row: impl Fn(&SourceId) -> Option<&'a Known>) -> Vec<ScimId> {
    let rows = change.people().iter().filter_map(|person| row(&person.id));
    rows.filter(|known| known.standing == Standing::Active).map(|known| known.scim_id.clone()).collect()
}
