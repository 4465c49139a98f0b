//! The team's groups: every one of them, and the members of managed ones compared at once with the memberships that are
//! remembered; only what differs is kept. What names mean is the planner's to say.
//!
//! Never: stores anything; a dry run lists too. Or believes what is shown of a group about which a request is open.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::groups::{GroupId, GroupNote, GroupReading, KnownGroup, Mode, TeamGroup};
use crate::core::model::{ScimId, SourceId};
use crate::core::plan::Note;
use crate::core::snapshot::{Fact, HoldReason, Known, Snapshot, scim_hash};
use crate::core::time::Moment;
use crate::http::Transport;
use crate::postman::{Cause, PostmanError, Reader};
use crate::store::{self, Membership, Store};

use super::fold::Listing;
use super::refresh::LookError;

/// What the team's groups show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedGroups {
    /// All of them, if they were listed. Where groups are pushed, the members of a managed one are those whom nobody manages.
    pub groups: Option<Vec<TeamGroup>>,
    /// Memberships that somebody else made or ended.
    pub moved: Vec<Moved>,
    pub notes: Vec<Note>,
    /// They were to be listed, and could not be: the next cycle asks for them again.
    pub is_unread: bool,
}

/// One managed group's people whose membership is not as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub group: GroupId,
    pub joined: Vec<(SourceId, ScimId)>,
    pub left: Vec<(SourceId, ScimId)>,
}

impl ListedGroups {
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        let ids = |people: &[(SourceId, ScimId)]| people.iter().map(|(_, scim_id)| scim_id.clone()).collect();
        self.moved.iter().map(move |moved| Fact::Members {
            group: moved.group.clone(),
            joined: ids(&moved.joined),
            left: ids(&moved.left),
        })
    }
}

/// The memberships that settling has just moved.
pub fn settled_moves(store: &Store, settled: &[Fact]) -> store::Result<Vec<Moved>> {
    let people = |ids: &[ScimId]| {
        let known = store.known_by_scim_ids(ids)?;
        Ok(known.into_iter().map(|known| (known.id, known.scim_id)).collect())
    };
    let mut moved = Vec::new();
    for fact in settled {
        if let Fact::Members { group, joined, left } = fact {
            moved.push(Moved { group: group.clone(), joined: people(joined)?, left: people(left)? });
        }
    }
    Ok(moved)
}

/// The reading compared with what is by now: nobody is added who is in, or taken out who is not.
pub fn overlay(moved: &[Moved], reading: &mut GroupReading) {
    for Moved { group, joined, left } in moved {
        let is_among = |people: &[(SourceId, ScimId)], id: &SourceId| people.iter().any(|(person, _)| person == id);
        if let Some(desired) = reading.desired.iter_mut().find(|desired| desired.id == *group) {
            desired.joins.retain(|id| !is_among(joined, id));
            desired.leaves.retain(|id| !is_among(left, id));
            desired.applied = (desired.applied + joined.len() as u64).saturating_sub(left.len() as u64);
        }
        if let Some((_, people)) = reading.unwanted.iter_mut().find(|(unwanted, _)| unwanted == group) {
            people.retain(|id| !is_among(left, id));
        }
    }
}

/// Whether a group is wanted that is perhaps at Postman already, and of which nothing is open.
fn wants_groups(reading: &GroupReading, snapshot: &Snapshot, now: Moment) -> bool {
    reading.desired.iter().any(|desired| {
        let subject = desired.id.subject();
        let is_held = snapshot.holds.get(subject).is_some_and(|hold| hold.holds_at(now));
        let is_known = snapshot.groups.contains_key(&desired.id);
        !is_known && desired.members > 0 && !is_held && snapshot.in_doubt(subject).is_none()
    })
}

/// Whether the groups are listed because one is wanted that nobody knows, or the team is listed too. `snapshot` has all groups,
/// holds and doubts.
pub fn is_due(mode: Mode, listing: Listing, reading: &GroupReading, snapshot: &Snapshot, now: Moment) -> bool {
    match mode {
        Mode::Off => false,
        Mode::ReadBack => listing == Listing::Planned,
        Mode::Push => listing == Listing::Planned || wants_groups(reading, snapshot, now),
    }
}

/// Lists the groups. `snapshot`: as it is after `settled`.
pub async fn list_groups<T: Transport>(
    reader: &Reader<T>,
    store: &Store,
    mode: Mode,
    snapshot: &Snapshot,
    settled: &[Fact],
) -> Result<ListedGroups, LookError> {
    let mut compared = if mode == Mode::Push { Some(Compared::with(store, snapshot)?) } else { None };
    let mut groups = Vec::new();
    let mut take = |group| {
        groups.push(match &mut compared {
            Some(compared) => compared.take(group),
            None => group,
        });
    };
    match read_groups(reader, left_out(snapshot), &mut take).await {
        Ok(()) => {}
        Err(error) if matches!(error.cause, Cause::Stopping | Cause::KeyRefused) => return Err(error.into()),
        // Groups that cannot be read are no reason to keep a leaver in the team; what is wrong with the team itself shows
        // in its own listing, and in every request.
        Err(error) => {
            let (source, asked) = ("postman".to_owned(), "all groups of the team".to_owned());
            let note = GroupNote::GroupUnread { source, asked, why: error.to_string() };
            return Ok(ListedGroups { notes: vec![Note::Group(note)], is_unread: true, ..ListedGroups::default() });
        }
    }
    groups.sort_by(|a, b| a.scim_id.cmp(&b.scim_id));
    let mut listed = ListedGroups { groups: Some(groups), ..ListedGroups::default() };
    if let Some(compared) = compared {
        listed.notes = compared.strangers();
        listed.moved = compared.moved(store, settled)?;
    }
    Ok(listed)
}

/// Managed groups that a list may not leave out unasked: all but those that settling reads, or that are known to be gone.
fn left_out(snapshot: &Snapshot) -> BTreeSet<&ScimId> {
    let is_told = |id: &SourceId| {
        let is_gone = snapshot.holds.get(id).is_some_and(|hold| hold.reason == HoldReason::RemovedByHand);
        is_gone || snapshot.in_doubt(id).is_some()
    };
    snapshot.groups.values().filter(|group| !is_told(group.id.subject())).map(|group| &group.scim_id).collect()
}

/// Hands over every group of the list, and each of `left_out` that it has not and that is there when it is asked for by itself:
/// a list that is short once must not stop a group.
async fn read_groups<T: Transport>(
    reader: &Reader<T>,
    mut left_out: BTreeSet<&ScimId>,
    take: &mut (dyn FnMut(TeamGroup) + Send),
) -> Result<(), PostmanError> {
    let mut shown = |group: TeamGroup| {
        left_out.remove(&group.scim_id);
        take(group);
    };
    reader.list_groups(&mut shown).await?;
    for id in left_out {
        if let Some(group) = reader.group(id).await? {
            take(group);
        }
    }
    Ok(())
}

/// The comparison of one listing.
struct Compared<'a> {
    /// Managed groups by their SCIM id, with their row; none that was settled just now or is in doubt.
    known: BTreeMap<&'a ScimId, (&'a KnownGroup, Option<i64>)>,
    /// Accounts that are managed: `scim_hash` and row, sorted.
    accounts: Vec<(u128, i64)>,
    /// Sorted by group, then by person.
    memberships: Vec<Membership>,
    /// Rows of people, by group.
    differ: Vec<Differ<'a>>,
    strangers: BTreeMap<&'a GroupId, (&'a str, u64)>,
}

struct Differ<'a> {
    group: &'a GroupId,
    joined: Vec<i64>,
    left: Vec<i64>,
}

/// Settling learned something of the group, which is newer than what is remembered of its members.
fn concerns_group(settled: &[Fact], id: &GroupId) -> bool {
    settled.iter().any(|fact| match fact {
        Fact::Group(group) => group.id == *id,
        Fact::Members { group, .. } | Fact::ForgetGroup(group) => group == id,
        _ => false,
    })
}

impl<'a> Compared<'a> {
    fn with(store: &Store, snapshot: &'a Snapshot) -> store::Result<Self> {
        let stored = store.group_rows()?;
        let rows: BTreeMap<&GroupId, i64> = stored.iter().map(|(row, group)| (&group.id, *row)).collect();
        let known = snapshot.groups.values().map(|group| {
            let is_open = snapshot.in_doubt(group.id.subject()).is_some();
            (&group.scim_id, (group, rows.get(&group.id).copied().filter(|_| !is_open)))
        });
        let mut accounts: Vec<(u128, i64)> =
            store.scim_index()?.into_iter().map(|(scim_hash, _, row)| (scim_hash, row)).collect();
        accounts.sort_unstable();
        let mut memberships = store.membership_index()?;
        memberships.sort_unstable_by_key(|membership| (membership.group, membership.row));
        let known = known.collect();
        Ok(Self { known, accounts, memberships, differ: Vec::new(), strangers: BTreeMap::new() })
    }

    fn row_of(&self, scim_id: &ScimId) -> Option<i64> {
        let hash = scim_hash(scim_id);
        self.accounts.binary_search_by_key(&hash, |account| account.0).ok().map(|at| self.accounts[at].1)
    }

    fn remembered(&self, group: i64) -> impl Iterator<Item = i64> {
        let start = self.memberships.partition_point(|membership| membership.group < group);
        self.memberships[start..].iter().take_while(move |membership| membership.group == group).map(|m| m.row)
    }

    /// Compares one group; what goes on of a managed one names only members whom nobody manages.
    fn take(&mut self, group: TeamGroup) -> TeamGroup {
        let Some(&(known, row)) = self.known.get(&group.scim_id) else { return group };
        let Some(members) = group.members else { return group };
        let (mut shown, mut strangers) = (BTreeSet::new(), Vec::new());
        for member in members {
            match self.row_of(&member) {
                Some(row) => _ = shown.insert(row),
                None => strangers.push(member),
            }
        }
        if let Some(row) = row {
            let remembered: BTreeSet<i64> = self.remembered(row).collect();
            let joined = shown.difference(&remembered).copied().collect();
            let left = remembered.difference(&shown).copied().collect();
            self.differ.push(Differ { group: &known.id, joined, left });
        }
        if !strangers.is_empty() {
            self.strangers.insert(&known.id, (&known.name, strangers.len() as u64));
        }
        TeamGroup { members: Some(strangers), ..group }
    }

    fn strangers(&self) -> Vec<Note> {
        let note = |(id, (name, members)): (&&GroupId, &(&str, u64))| {
            let (id, name, members) = ((*id).clone(), (*name).to_owned(), *members);
            Note::Group(GroupNote::GroupStrangers { id, name, members })
        };
        self.strangers.iter().map(note).collect()
    }

    fn moved(self, store: &Store, settled: &[Fact]) -> store::Result<Vec<Moved>> {
        let differ = || self.differ.iter().filter(|differ| !concerns_group(settled, differ.group));
        let rows: BTreeSet<i64> =
            differ().flat_map(|differ| differ.joined.iter().chain(&differ.left)).copied().collect();
        let found = store.known_by_rows(&rows.into_iter().collect::<Vec<_>>())?;
        let people: BTreeMap<i64, Known> =
            found.into_iter().filter_map(|known| Some((self.row_of(&known.scim_id)?, known))).collect();
        let person = |row: &i64| people.get(row).map(|known| (known.id.clone(), known.scim_id.clone()));
        let is_settled =
            |known: &Known| settled.iter().any(|fact| matches!(fact, Fact::Known(row) if row.id == known.id));
        // Whoever is out of the team is in no group, whatever is shown; and who was settled just now may be out.
        let may_join = |row: &&i64| people.get(*row).is_some_and(|known| known.is_in_team() && !is_settled(known));
        let moved = differ().map(|differ| Moved {
            group: differ.group.clone(),
            joined: differ.joined.iter().filter(may_join).filter_map(person).collect(),
            left: differ.left.iter().filter_map(person).collect(),
        });
        Ok(moved.filter(|moved| !moved.joined.is_empty() || !moved.left.is_empty()).collect())
    }
}

#[cfg(test)]
mod tests;
