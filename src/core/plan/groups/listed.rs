//! What a listing of the team's groups shows: managed ones that somebody changed by hand, and those of one side only.
//!
//! Never: takes a group under management, or makes one anew that somebody deleted.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::groups::{DesiredGroup, GroupNote, KnownGroup, Mode, TeamGroup};
use crate::core::model::ScimId;
use crate::core::plan::Note;
use crate::core::plan::drift::UNDONE_MAX;
use crate::core::plan::planner::Draft;
use crate::core::snapshot::HoldReason;

impl Draft<'_> {
    /// Takes on the names that managed groups have now, and that one is gone. Groups in doubt are read by themselves.
    pub(super) fn absorb_listed_groups(&mut self) {
        let Some(listed) = self.inputs.team_groups else { return };
        let listed: BTreeMap<&ScimId, &TeamGroup> = listed.iter().map(|group| (&group.scim_id, group)).collect();
        for known in self.inputs.snapshot.groups.values() {
            if self.after.in_doubt(known.id.subject()).is_some() {
                continue;
            }
            match listed.get(&known.scim_id) {
                Some(group) => self.absorb_group(known, group),
                None => self.hold_for_good(known.id.subject(), HoldReason::RemovedByHand),
            }
        }
    }

    fn absorb_group(&mut self, known: &KnownGroup, group: &TeamGroup) {
        let subject = known.id.subject();
        if self.after.holds.get(subject).is_some_and(|hold| hold.reason == HoldReason::RemovedByHand) {
            self.after.holds.remove(subject);
        }
        let Some(row) = self.after.groups.get_mut(&known.id).filter(|row| row.name != group.name) else { return };
        row.name = group.name.clone();
        let is_same = |name: &str| name.eq_ignore_ascii_case(&group.name);
        let wanted = self.desired_group(&known.id).map(|desired| desired.name.as_str());
        let is_wanted = wanted.is_none_or(is_same);
        let is_held = self.after.holds.get(subject).is_some_and(|hold| hold.holds_at(self.inputs.now));
        let is_ours = self.inputs.policy.groups.switches.rename_groups;
        if !is_same(&known.name) && !is_wanted && !is_held && is_ours {
            self.renamed_by_hand(known, &group.name);
        }
    }

    fn renamed_by_hand(&mut self, known: &KnownGroup, to: &str) {
        let Some(row) = self.after.groups.get_mut(&known.id) else { return };
        row.undone += 1;
        if row.undone >= UNDONE_MAX {
            return self.hold_for_good(known.id.subject(), HoldReason::Undone);
        }
        let (id, name) = (known.id.clone(), known.name.clone());
        let what = format!("renamed to {to:?} by hand; the directory's name is put back");
        self.notes.push(Note::Group(GroupNote::GroupDrift { id, name, what }));
    }

    /// Groups that only one side has.
    pub(super) fn name_one_sided_groups(&mut self) {
        let Some(listed) = self.inputs.team_groups else { return };
        let rules = &self.inputs.policy.groups.rules;
        // Of rules that were not answered nobody can say which groups they want.
        if rules.iter().all(|rule| self.is_told_whole(&rule.from)) {
            self.name_groups_at_postman(listed);
        }
        if self.inputs.policy.groups.mode == Mode::ReadBack {
            self.name_groups_at_the_directory(listed);
        }
    }

    fn name_groups_at_postman(&mut self, listed: &[TeamGroup]) {
        let reading = &self.inputs.reading.groups;
        let is_pushed = self.inputs.policy.groups.mode == Mode::Push;
        let wanted: BTreeSet<String> = reading.desired.iter().map(|desired| lower(&desired.name)).collect();
        let is_followed = |known: &&KnownGroup| is_pushed || self.desired_group(&known.id).is_some();
        let followed: BTreeSet<ScimId> =
            self.after.groups.values().filter(is_followed).map(|known| known.scim_id.clone()).collect();
        let is_asked_for =
            |group: &TeamGroup| followed.contains(&group.scim_id) || wanted.contains(&lower(&group.name));
        for group in listed.iter().filter(|group| !is_asked_for(group)) {
            let members = group.members.as_ref().map(|members| members.len() as u64);
            self.notes.push(Note::Group(GroupNote::GroupOnlyAtPostman { name: group.name.clone(), members }));
        }
    }

    fn name_groups_at_the_directory(&mut self, listed: &[TeamGroup]) {
        let names: BTreeSet<String> = listed.iter().map(|group| lower(&group.name)).collect();
        let ids: BTreeSet<&ScimId> = listed.iter().map(|group| &group.scim_id).collect();
        let is_missing = |desired: &&DesiredGroup| {
            let known = self.after.groups.get(&desired.id);
            let is_there = known.is_some_and(|known| ids.contains(&known.scim_id));
            self.is_read(desired.id.source()) && !names.contains(&lower(&desired.name)) && !is_there
        };
        let missing: Vec<&DesiredGroup> = self.inputs.reading.groups.desired.iter().filter(is_missing).collect();
        self.notes.extend(missing.into_iter().map(|desired| {
            let (id, name, members) = (desired.id.clone(), desired.name.clone(), desired.members);
            Note::Group(GroupNote::GroupOnlyAtDirectory { id, name, members })
        }));
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}
