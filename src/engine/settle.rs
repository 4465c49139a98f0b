//! Settle: a request whose answer was lost is read back, and what became of it is taken as a fact. Read, never
//! replayed (safety invariant I7).
//!
//! Never: writes, or guesses: what cannot be told yet stays in doubt.

use crate::core::backoff::hold_again;
use crate::core::groups::KnownGroup;
use crate::core::model::{Member, SourceId};
use crate::core::plan::Change;
use crate::core::snapshot::{Doubt, Fact, HoldReason, Known, Origin, Snapshot, Standing};
use crate::core::time::Moment;
use crate::http::Transport;
use crate::planted::Bug;
use crate::postman::{Blast, PostmanError, Reader};
use crate::store::{Store, StoreError};

use super::groups;

/// From so many doubts on, one listing costs less than one look-up each.
const LIST_FROM: usize = 10;

/// Reads back every doubt of `snapshot`. `wait_s`: how long a lost request may still take effect.
pub async fn settle<T: Transport>(
    reader: &Reader<T>,
    snapshot: &Snapshot,
    wait_s: i64,
    now: Moment,
) -> Result<Vec<Fact>, PostmanError> {
    let doubts = snapshot.doubts.values().filter(|doubt| !matches!(doubt.change, Change::Group(_)));
    let doubts: Vec<&Doubt> = doubts.collect();
    let mut listed = None;
    if doubts.len() >= LIST_FROM {
        let mut members = Vec::new();
        reader
            .list(&mut |member| {
                if doubts.iter().any(|d| is_about(d, &member)) {
                    members.push(member)
                }
            })
            .await?;
        listed = Some(members);
    }
    let mut facts = Vec::new();
    for doubt in doubts {
        let member = match &listed {
            Some(members) => Ok(members.iter().find(|member| is_about(doubt, member)).cloned()),
            None => look_up(reader, doubt).await,
        };
        match member {
            Ok(member) => facts.extend(settled(doubt, member.as_ref(), snapshot, wait_s, now)),
            // One account that cannot be read stays in doubt, and stops nobody else's cycle.
            Err(error) if error.blast() == Blast::User => {}
            Err(error) => return Err(error),
        }
    }
    facts.extend(groups::settle(reader, snapshot, wait_s, now).await);
    Ok(facts)
}

async fn look_up<T: Transport>(reader: &Reader<T>, doubt: &Doubt) -> Result<Option<Member>, PostmanError> {
    match (&doubt.change, doubt.change.scim_id()) {
        (_, Some(scim_id)) => reader.get(scim_id).await,
        (change, None) => match change.user_name() {
            Some(user_name) => reader.find(user_name).await,
            None => Ok(None),
        },
    }
}

fn is_about(doubt: &Doubt, member: &Member) -> bool {
    match &doubt.change {
        Change::Create { account, .. } => account.user_name == member.account.user_name,
        change => change.scim_id() == Some(&member.scim_id),
    }
}

/// What one doubt's member shows. No facts: it cannot be told yet.
fn settled(doubt: &Doubt, member: Option<&Member>, snapshot: &Snapshot, wait_s: i64, now: Moment) -> Vec<Fact> {
    let id = doubt.change.id();
    let happened = match (member, &doubt.change) {
        (Some(member), change) => shows(member, change),
        // Whoever is not in the team any more needs no deactivation.
        (None, Change::Deactivate { .. }) => true,
        (None, _) => false,
    };
    if happened {
        let mut facts = effects(&doubt.change, member, snapshot.known.get(id));
        facts.push(Fact::Settled { op: doubt.op, happened });
        // Somebody else's account at that address: the planner says whose.
        let taken = |known: &Known| member.is_some_and(|m| known.scim_id == m.scim_id) && known.id != *id;
        if snapshot.known.values().any(taken) {
            return vec![Fact::Settled { op: doubt.op, happened }];
        }
        return facts;
    }
    if now.since(doubt.began) < wait_s && !Bug::LostIsNotDone.is_planted() {
        return Vec::new();
    }
    let mut facts = vec![Fact::Settled { op: doubt.op, happened }];
    if matches!(doubt.change, Change::Create { .. }) {
        facts.push(never_appeared(id, snapshot, now));
    }
    facts
}

/// Leaves out rows that would bind an account to a second person, or a group to a second one: Postman brought back
/// somebody else's account at a new userName. The next listing shows them as they are, and the planner says whose it is.
pub fn without_others_accounts(facts: Vec<Fact>, store: &Store) -> Result<Vec<Fact>, StoreError> {
    let mut own = Vec::with_capacity(facts.len());
    for fact in facts {
        if let Fact::Known(known) = &fact {
            let holders = store.known_by_scim_ids(std::slice::from_ref(&known.scim_id))?;
            if holders.iter().any(|holder| holder.id != known.id) {
                continue;
            }
        }
        if let Fact::Group(group) = &fact {
            let is_anothers = |known: &KnownGroup| known.scim_id == group.scim_id && known.id != group.id;
            if store.groups()?.values().any(is_anothers) {
                continue;
            }
        }
        own.push(fact);
    }
    Ok(own)
}

/// A create whose answer was lost and whose member never appeared may have sent an invitation. It is sent once
/// more, and after that the person waits longer each time: nobody should get an invitation a quarter of an hour.
fn never_appeared(id: &SourceId, snapshot: &Snapshot, now: Moment) -> Fact {
    let before = snapshot.holds.get(id);
    let mut hold = hold_again(before, HoldReason::Invited, now);
    if hold.tries == 1 {
        hold.until_unix_s = Some(now.unix_s);
    }
    Fact::Hold(id.clone(), hold)
}

/// Whether a member is as the change would make them.
pub fn shows(member: &Member, change: &Change) -> bool {
    match change {
        Change::Deactivate { .. } => !member.active,
        Change::Reactivate { .. } => member.active,
        Change::Readdress { to, .. } => member.account.user_name == *to,
        Change::Rename { to, .. } => member.account.name == *to,
        Change::Create { account, .. } => member.account.user_name == account.user_name,
        Change::Group(_) => false,
    }
}

/// The facts that follow when a change has had its effect, and only those: what else the answer shows was
/// somebody else's doing, and a refresh finds it.
pub fn effects(change: &Change, member: Option<&Member>, known: Option<&Known>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let (Change::Create { id, .. }, Some(member)) = (change, member) {
        facts.push(Fact::Known(bound(id, member, Origin::Created)));
    }
    if let Some(known) = known.filter(|_| !matches!(change, Change::Create { .. })) {
        let mut row = known.clone();
        match change {
            Change::Deactivate { .. } => {
                row.standing = if member.is_some() { Standing::Inactive } else { Standing::Gone };
                row.absent = None;
            }
            Change::Reactivate { .. } => row.standing = Standing::Active,
            Change::Readdress { to, .. } => {
                row.account.user_name = member.map_or(to, |member| &member.account.user_name).clone();
            }
            Change::Rename { to, .. } => row.account.name = to.clone(),
            Change::Create { .. } | Change::Group(_) => {}
        }
        facts.push(Fact::Known(row));
    }
    facts.push(Fact::Release(change.id().clone()));
    facts
}

/// A snapshot row for a member that comes under management.
pub fn bound(id: &SourceId, member: &Member, origin: Origin) -> Known {
    Known {
        id: id.clone(),
        scim_id: member.scim_id.clone(),
        account: member.account.clone(),
        standing: if member.active { Standing::Active } else { Standing::Inactive },
        origin,
        absent: None,
        undone: 0,
    }
}

#[cfg(test)]
mod tests;
