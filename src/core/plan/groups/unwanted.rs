//! Groups that no rule asks for any more, or that the directory deleted: when they are emptied, and when they go.
//!
//! Never: deletes a group that has members, or believes one reading that a group is gone.

use std::collections::BTreeMap;

use super::members::Roll;
use crate::core::groups::{GroupChange, GroupId, GroupNote, KnownGroup, Removal};
use crate::core::model::SourceId;
use crate::core::plan::planner::Draft;
use crate::core::plan::{Change, Note};
use crate::core::snapshot::{Absence, HoldReason};

/// Absence needs so many real cycles.
const CYCLES_NEEDED: u32 = 2;

const WHY: &str = "no [[group]] asks for it any more, or the directory does not have it";

impl<'a> Draft<'a> {
    /// Managed groups that are surely not wanted, with everybody in them who is managed.
    pub(super) fn unwanted_groups(&self) -> BTreeMap<&'a GroupId, &'a [SourceId]> {
        let unwanted = self.inputs.reading.groups.unwanted.iter();
        let told = unwanted.filter(|(id, _)| self.is_told_whole(id.source()) && self.desired_group(id).is_none());
        told.map(|(id, people)| (id, people.as_slice())).collect()
    }

    pub(super) fn end_group(&mut self, id: &GroupId, people: &[SourceId], set_aside: bool, roll: &Roll) {
        let Some(known) = self.after.groups.get(id).cloned() else { return };
        if !self.inputs.policy.groups.switches.delete_groups {
            // Nothing is waited for.
            self.be_absent(id, None);
            return if set_aside { self.forget_removed(&known) } else { self.delete_group(&known) };
        }
        let now = self.inputs.now;
        let before = known.absent;
        let absence = Absence {
            first: before.map_or(now, |absence| absence.first),
            cycles: before.map_or(1, |absence| (absence.cycles + 1).min(CYCLES_NEEDED)),
        };
        self.be_absent(id, Some(absence));
        let (wait_s, grace_s) = (self.inputs.policy.absence_wait_s, self.inputs.policy.grace_s);
        let waited = now.surely_since(absence.first) >= wait_s && now.since(absence.first) >= grace_s;
        if !waited || absence.cycles < CYCLES_NEEDED {
            self.note_due(&known, absence.due_unix_s(wait_s.max(grace_s), now));
        } else if set_aside {
            self.forget_removed(&known);
        } else if people.is_empty() {
            self.delete_empty(&known);
        } else {
            self.empty_group(&known, people, roll);
        }
    }

    fn be_absent(&mut self, id: &GroupId, absent: Option<Absence>) {
        if let Some(row) = self.after.groups.get_mut(id) {
            row.absent = absent;
        }
    }

    fn note_due(&mut self, known: &KnownGroup, due_unix_s: i64) {
        let (id, name) = (known.id.clone(), known.name.clone());
        self.notes.push(Note::Group(GroupNote::GroupDue { id, name, due_unix_s }));
    }

    /// What somebody deleted at Postman and nobody wants is nothing to keep waiting for a person.
    fn forget_removed(&mut self, known: &KnownGroup) {
        let hold = self.after.holds.get(known.id.subject());
        if hold.is_some_and(|hold| hold.reason == HoldReason::RemovedByHand) {
            self.after.groups.remove(&known.id);
            self.after.holds.remove(known.id.subject());
        }
    }

    fn empty_group(&mut self, known: &KnownGroup, people: &[SourceId], roll: &Roll) {
        let leavers = self.leavers(people, roll);
        if leavers.is_empty() {
            // Somebody protected is in it, or somebody about whom a request is open.
            return self.note_due(known, self.inputs.now.unix_s);
        }
        self.remove_members(known, leavers, Removal::Emptied, WHY);
    }

    fn delete_empty(&mut self, known: &KnownGroup) {
        let mut listed = self.inputs.team_groups.unwrap_or_default().iter();
        let shown = listed.find(|group| group.scim_id == known.scim_id);
        // Only a listing tells whether others are in it, and then theirs is the group to keep.
        match shown.and_then(|group| group.members.as_ref()) {
            Some(members) if members.is_empty() => self.delete_group(known),
            _ => self.note_due(known, self.inputs.now.unix_s),
        }
    }

    fn delete_group(&mut self, known: &KnownGroup) {
        let (id, name) = (known.id.clone(), known.name.clone());
        self.change(Change::Group(GroupChange::DeleteGroup { id, name }), WHY.to_owned());
    }
}
