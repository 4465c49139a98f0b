//! Read-back: both sides are compared, and what a push would do is said.
//!
//! Never: plans a change, or remembers anything.

use std::collections::BTreeSet;

use super::members::Roll;
use super::names::{Name, Names};
use crate::core::groups::{DesiredGroup, GroupNote, TeamGroup};
use crate::core::model::{ScimId, SourceId, UserName};
use crate::core::plan::Note;
use crate::core::plan::planner::Draft;

impl<'a> Draft<'a> {
    /// Changes become notes on their way (`Draft::change`).
    pub(super) fn compare_groups(&mut self) {
        let reading = &self.inputs.reading.groups;
        let (roll, names) = (Roll::of(self), Names::of(self, &BTreeSet::new()));
        for desired in reading.desired.iter().filter(|desired| self.is_read(desired.id.source())).collect::<Vec<_>>() {
            match (self.after.groups.contains_key(&desired.id), names.of_group(desired)) {
                (false, Name::Taken(found)) => found.iter().for_each(|group| self.compare_group(desired, group, &roll)),
                (false, Name::Free | Name::Own | Name::HandedOn) => {}
                (false, Name::Clashes(_)) | (true, _) => self.push_group(desired, &names, &roll),
            }
        }
    }

    fn compare_group(&mut self, desired: &DesiredGroup, group: &TeamGroup, roll: &Roll) {
        let Some(members) = &group.members else { return };
        let shown: BTreeSet<&ScimId> = members.iter().collect();
        let wanted = self.joiners_now(desired, roll);
        let is_in = |id: &SourceId| self.after.known.get(id).is_some_and(|known| shown.contains(&known.scim_id));
        let (inside, outside): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|person| is_in(&person.id));
        let missing: Vec<UserName> = outside.into_iter().map(|person| person.user_name).collect();
        let besides = (shown.len() - inside.len()) as u64;
        if !missing.is_empty() || besides > 0 {
            let (id, name) = (desired.id.clone(), group.name.clone());
            self.notes.push(Note::Group(GroupNote::GroupDiffers { id, name, missing, besides }));
        }
    }
}
