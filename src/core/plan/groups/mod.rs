//! Groups: what each managed or wanted one needs, once it is known who is in the team.
//!
//! Never: changes a group without evidence for it, one that is not managed, or anybody's place in the team.

mod compared;
mod listed;
mod members;
mod names;
mod unwanted;

use std::collections::BTreeSet;

use super::planner::Draft;
use super::{Change, Note};
use crate::core::groups::{DesiredGroup, GroupAdoption, GroupChange, GroupId, GroupNote, KnownGroup, Mode, TeamGroup};
use crate::core::snapshot::Hold;
use members::Roll;
use names::{Name, Names};

impl<'a> Draft<'a> {
    pub(super) fn plan_groups(&mut self) {
        match self.inputs.policy.groups.mode {
            Mode::Off => {}
            Mode::ReadBack => {
                self.name_unread_groups();
                self.compare_groups();
                self.name_one_sided_groups();
            }
            Mode::Push => {
                self.name_unread_groups();
                self.push_groups();
                self.name_one_sided_groups();
                self.end_idle_group_holds();
            }
        }
    }

    /// Rules that were not answered, and managed groups that nobody reads any more.
    fn name_unread_groups(&mut self) {
        let reading = self.inputs.reading;
        for (source, asked, why) in reading.groups.failed.clone() {
            self.notes.push(Note::Group(GroupNote::GroupUnread { source, asked, why }));
        }
        let is_configured = |id: &GroupId| reading.sources.iter().any(|read| read.source == id.source());
        for known in self.inputs.snapshot.groups.values().filter(|known| !is_configured(&known.id)) {
            let (source, asked) = (known.id.source().to_owned(), known.name.clone());
            let why = "no [[source]] has that name, so the group stays as it is".to_owned();
            self.notes.push(Note::Group(GroupNote::GroupUnread { source, asked, why }));
        }
    }

    fn push_groups(&mut self) {
        let reading = &self.inputs.reading.groups;
        self.absorb_listed_groups();
        let set_aside = self.groups_set_aside();
        let unwanted = self.unwanted_groups();
        // Whatever is wanted, or not known to be unwanted, starts its wait over.
        for known in self.after.groups.values_mut().filter(|known| !unwanted.contains_key(&known.id)) {
            known.absent = None;
        }
        let roll = Roll::of(self);
        let names = Names::of(self, &set_aside);
        for desired in &reading.desired {
            if self.is_read(desired.id.source()) && !set_aside.contains(&desired.id) {
                self.push_group(desired, &names, &roll);
            }
        }
        for (id, people) in unwanted {
            self.end_group(id, people, set_aside.contains(id), &roll);
        }
    }

    /// Whether what a source says of groups counts: it was read to its end, and was understood. What other sources say of theirs
    /// is no matter, since a group's members come from its own alone.
    fn is_read(&self, source: &str) -> bool {
        let mut sources = self.inputs.reading.sources.iter();
        sources.any(|read| read.source == source && read.evidence.is_ok())
            && !self.refusals.iter().any(|refusal| refusal.source() == source)
    }

    /// Whether every group is known that the rules want of a source.
    fn is_told_whole(&self, source: &str) -> bool {
        self.is_read(source) && !self.inputs.reading.groups.failed.iter().any(|(of, ..)| of == source)
    }

    /// Groups about which an earlier request is still open, or that are held; none of them changes.
    fn groups_set_aside(&mut self) -> BTreeSet<GroupId> {
        let mut set_aside = BTreeSet::new();
        for doubt in self.inputs.snapshot.doubts.values() {
            if GroupId::of_subject(doubt.change.id()).is_some_and(|id| set_aside.insert(id)) {
                self.notes.extend(Note::in_doubt(&doubt.change));
            }
        }
        let holds: Vec<(GroupId, Hold)> = self.group_holds().filter(|(_, h)| h.holds_at(self.inputs.now)).collect();
        for (id, hold) in holds {
            let name = self.after.groups.get(&id).map(|known| &known.name);
            let name = name.or_else(|| self.desired_group(&id).map(|desired| &desired.name)).cloned();
            if let (Some(name), true) = (name, set_aside.insert(id.clone())) {
                self.notes.push(Note::Group(GroupNote::GroupHeld { id, name, hold }));
            }
        }
        set_aside
    }

    fn group_holds(&self) -> impl Iterator<Item = (GroupId, Hold)> {
        self.after.holds.iter().filter_map(|(id, hold)| Some((GroupId::of_subject(id)?, hold.clone())))
    }

    fn desired_group(&self, id: &GroupId) -> Option<&'a DesiredGroup> {
        self.inputs.reading.groups.desired.iter().find(|desired| desired.id == *id)
    }

    fn push_group(&mut self, desired: &DesiredGroup, names: &Names<'a>, roll: &Roll) {
        let mut name = names.of_group(desired);
        if let Name::Clashes(ids) = &mut name {
            let note = Note::Group(GroupNote::GroupClash { name: desired.name.clone(), ids: std::mem::take(ids) });
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        // Members go by the id, whatever becomes of the name.
        match self.after.groups.get(&desired.id).cloned() {
            Some(known) => {
                self.remove_leavers(&known, desired, roll);
                self.rename_group(&known, desired, name);
                self.add_joiners(&known.name, desired, roll);
            }
            None => self.new_group(desired, name, roll),
        }
    }

    fn rename_group(&mut self, known: &KnownGroup, desired: &DesiredGroup, name: Name<'a>) {
        match name {
            Name::Free => {
                let (id, from, to) = (known.id.clone(), known.name.clone(), desired.name.clone());
                let why = format!("the directory's group is called {}", desired.directory_name);
                self.change(Change::Group(GroupChange::RenameGroup { id, from, to }), why);
            }
            Name::Taken(found) => self.note_match(desired, &found),
            Name::Own | Name::HandedOn | Name::Clashes(_) => {}
        }
    }

    fn new_group(&mut self, desired: &DesiredGroup, name: Name<'a>, roll: &Roll) {
        // Without a listing nobody knows what Postman calls so.
        if self.inputs.team_groups.is_none() {
            return;
        }
        let (id, title) = (desired.id.clone(), desired.name.clone());
        match name {
            Name::Taken(found) => self.adopt_group(desired, &found),
            Name::Free if desired.members == 0 => {
                self.notes.push(Note::Group(GroupNote::GroupEmpty { id, name: title }));
            }
            Name::Free => {
                let why = format!("the directory's group {}", desired.directory_name);
                self.change(Change::Group(GroupChange::CreateGroup { id, name: title }), why);
                if self.inputs.policy.groups.switches.create_groups {
                    self.add_joiners(&desired.name, desired, roll);
                }
            }
            Name::Own | Name::HandedOn | Name::Clashes(_) => {}
        }
    }

    /// Nothing else about the group is planned: who is in it is remembered first.
    fn adopt_group(&mut self, desired: &DesiredGroup, found: &[&'a TeamGroup]) {
        match found {
            [group] if desired.adopt && group.members.is_some() => {
                self.group_adoptions.push(GroupAdoption { id: desired.id.clone(), group: (*group).clone() });
            }
            _ => self.note_match(desired, found),
        }
    }

    fn note_match(&mut self, desired: &DesiredGroup, found: &[&TeamGroup]) {
        for group in found {
            let (id, name) = (desired.id.clone(), group.name.clone());
            let members = group.members.as_ref().map(|members| members.len() as u64);
            self.notes.push(Note::Group(GroupNote::GroupMatch { id, name, members }));
        }
    }

    /// As with people: a hold whose time has passed ends where nothing is left to try, and one about a group that is not managed
    /// ends when no rule wants it any more.
    fn end_idle_group_holds(&mut self) {
        let tried: BTreeSet<_> = self.changes.iter().map(|planned| planned.change.id()).collect();
        let is_idle = |id: &GroupId, hold: &Hold| {
            let known = self.after.groups.contains_key(id);
            let passed = hold.until_unix_s.is_some() && !hold.holds_at(self.inputs.now);
            let is_open = tried.contains(id.subject()) || self.after.in_doubt(id.subject()).is_some();
            let over = (known && passed) || (!known && self.desired_group(id).is_none());
            self.is_told_whole(id.source()) && !is_open && over
        };
        let idle: Vec<GroupId> = self.group_holds().filter(|(id, hold)| is_idle(id, hold)).map(|(id, _)| id).collect();
        for id in idle {
            self.after.holds.remove(id.subject());
        }
    }
}
