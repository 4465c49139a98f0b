//! Members: who may join and leave groups once this plan is applied, in requests of a bounded size.
//!
//! Never: counts on an account that this plan takes away, or touches a protected one.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::groups::{
    DesiredGroup, GroupChange, GroupId, GroupNote, KnownGroup, MEMBERS_A_REQUEST, Person, Removal,
};
use crate::core::model::{SourceId, UserName};
use crate::core::plan::planner::Draft;
use crate::core::plan::{Change, Kind, Note};
use crate::core::snapshot::Standing;

/// More than so many who leave a group at once, and more than half of it, are a group that was emptied.
const LEAVE_AT_ONCE: usize = 10;

/// People whose place in the team changes with this plan, or may have changed already.
pub(super) struct Roll {
    arriving: BTreeMap<SourceId, UserName>,
    leaving: BTreeSet<SourceId>,
    in_doubt: BTreeSet<SourceId>,
}

/// Whether somebody can be put into a group.
enum Join {
    Now(Person),
    /// Invited, and not yet there.
    Pending(UserName),
    NotYet,
}

impl Roll {
    pub(super) fn of(draft: &Draft<'_>) -> Self {
        let of_kind = |kinds: &'static [Kind]| {
            draft.changes.iter().map(|planned| &planned.change).filter(|change| kinds.contains(&change.kind()))
        };
        let named = |change: &Change| Some((change.id().clone(), change.user_name()?.clone()));
        let adopted = draft.adoptions.iter().filter(|adoption| adoption.member.active);
        let adopted = adopted.map(|adoption| (adoption.id.clone(), adoption.member.account.user_name.clone()));
        Self {
            arriving: of_kind(&[Kind::Create, Kind::Reactivate]).filter_map(named).chain(adopted).collect(),
            leaving: of_kind(&[Kind::Deactivate]).map(|change| change.id().clone()).collect(),
            in_doubt: draft.after.doubts.values().map(|doubt| doubt.change.id().clone()).collect(),
        }
    }
}

impl Draft<'_> {
    fn join(&self, id: &SourceId, roll: &Roll) -> Join {
        if self.protected.contains(id) || roll.leaving.contains(id) || roll.in_doubt.contains(id) {
            return Join::NotYet;
        }
        if let Some(user_name) = roll.arriving.get(id) {
            return Join::Now(Person { id: id.clone(), user_name: user_name.clone() });
        }
        let Some(known) = self.after.known.get(id) else { return Join::NotYet };
        let user_name = known.account.user_name.clone();
        match known.standing {
            Standing::Active => Join::Now(Person { id: id.clone(), user_name }),
            Standing::Invited => Join::Pending(user_name),
            Standing::Inactive | Standing::Gone => Join::NotYet,
        }
    }

    /// Whoever of the directory's group can be in it now.
    pub(super) fn joiners_now(&self, desired: &DesiredGroup, roll: &Roll) -> Vec<Person> {
        let now = |id| match self.join(id, roll) {
            Join::Now(person) => Some(person),
            Join::Pending(_) | Join::NotYet => None,
        };
        desired.joins.iter().filter_map(now).collect()
    }

    /// Those of them who are in the team, stay in it, and may be touched.
    pub(super) fn leavers(&self, ids: &[SourceId], roll: &Roll) -> Vec<Person> {
        let stays = |id: &&SourceId| {
            !self.protected.contains(*id) && !roll.leaving.contains(*id) && !roll.in_doubt.contains(*id)
        };
        let rows = ids.iter().filter(stays).filter_map(|id| self.after.known.get(id));
        let person = |id: &SourceId, user_name: &UserName| Person { id: id.clone(), user_name: user_name.clone() };
        rows.filter(|known| known.is_active()).map(|known| person(&known.id, &known.account.user_name)).collect()
    }

    pub(super) fn remove_leavers(&mut self, known: &KnownGroup, desired: &DesiredGroup, roll: &Roll) {
        let left = desired.leaves.len();
        // A single member may leave; of several, all at once are perhaps a source that names its groups otherwise by now.
        let nobody_stays = left > 1 && desired.stays == 0;
        let (cause, why) = if desired.members == 0 || nobody_stays {
            (Removal::Emptied, format!("the directory shows nobody of them in {} any more", desired.directory_name))
        } else if left > LEAVE_AT_ONCE && 2 * left as u64 > desired.applied {
            let (all, group) = (desired.applied, &desired.directory_name);
            (
                Removal::Emptied,
                format!("{left} of {all} are not in the directory's group {group} any more, all at once"),
            )
        } else {
            (Removal::Left, format!("not in the directory's group {} any more", desired.directory_name))
        };
        self.remove_members(known, self.leavers(&desired.leaves, roll), cause, &why);
    }

    pub(super) fn remove_members(&mut self, known: &KnownGroup, people: Vec<Person>, cause: Removal, why: &str) {
        for (part, people) in self.requests(&known.id, people) {
            let (id, name) = (known.id.clone(), known.name.clone());
            let change = GroupChange::RemoveMembers { id, name, part, people, cause };
            self.change(Change::Group(change), why.to_owned());
        }
    }

    /// `name`: as Postman has it before this plan.
    pub(super) fn add_joiners(&mut self, name: &str, desired: &DesiredGroup, roll: &Roll) {
        let (mut people, mut pending) = (Vec::new(), Vec::new());
        for id in &desired.joins {
            match self.join(id, roll) {
                Join::Now(person) => people.push(person),
                Join::Pending(user_name) => pending.push(user_name),
                Join::NotYet => {}
            }
        }
        let (id, name) = (&desired.id, name.to_owned());
        for (part, people) in self.requests(id, people) {
            let change = GroupChange::AddMembers { id: id.clone(), name: name.clone(), part, people };
            self.change(Change::Group(change), format!("in the directory's group {}", desired.directory_name));
        }
        if !pending.is_empty() {
            self.notes.push(Note::Group(GroupNote::MembersPending { id: id.clone(), name, people: pending }));
        }
    }

    /// Smaller ones after each failure, so that one person whom Postman refuses does not stand in the way of all others.
    fn requests(&self, id: &GroupId, mut people: Vec<Person>) -> Vec<(u32, Vec<Person>)> {
        people.sort();
        let tries = self.after.holds.get(id.subject()).map_or(0, |hold| hold.tries);
        let most = (MEMBERS_A_REQUEST >> tries.saturating_mul(2).min(6)).max(1);
        (0..).zip(people.chunks(most).map(<[Person]>::to_vec)).collect()
    }
}
