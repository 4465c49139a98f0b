//! Names: whether a group may be called at Postman what the rules call it.
//!
//! Never: takes a name for free that another group has now, even where that one gives it up in this plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::groups::{DesiredGroup, GroupId, TeamGroup};
use crate::core::model::ScimId;
use crate::core::plan::planner::Draft;

/// Where the wanted name of a group stands.
pub(super) enum Name<'a> {
    /// The group has it.
    Own,
    Free,
    /// A managed group that has it gets another one in this plan, so it is free in the next.
    HandedOn,
    /// Groups at Postman that nobody manages have it.
    Taken(Vec<&'a TeamGroup>),
    /// These directory groups want it, or one of them has it and keeps it.
    Clashes(Vec<GroupId>),
}

/// Who has and who wants each name; compared ASCII-case-insensitively, so that a change of case alone sends nothing.
pub(super) struct Names<'a> {
    wanted: BTreeMap<String, Vec<GroupId>>,
    managed: BTreeMap<String, Vec<GroupId>>,
    unmanaged: BTreeMap<String, Vec<&'a TeamGroup>>,
    /// Managed groups that get a name that is free now.
    renamed: BTreeSet<GroupId>,
}

impl<'a> Names<'a> {
    /// `set_aside`: groups that keep their names whatever the rules want.
    pub(super) fn of(draft: &Draft<'a>, set_aside: &BTreeSet<GroupId>) -> Self {
        let inputs = draft.inputs;
        let desired = &inputs.reading.groups.desired;
        let managed_ids: BTreeSet<&ScimId> = draft.after.groups.values().map(|known| &known.scim_id).collect();
        let listed = inputs.team_groups.unwrap_or_default().iter();
        let mut names = Self {
            wanted: by_name(desired.iter().map(|group| (&*group.name, group.id.clone()))),
            managed: by_name(draft.after.groups.values().map(|known| (&*known.name, known.id.clone()))),
            unmanaged: by_name(
                listed.filter(|group| !managed_ids.contains(&group.scim_id)).map(|group| (&*group.name, group)),
            ),
            renamed: BTreeSet::new(),
        };
        if inputs.policy.groups.switches.rename_groups {
            let may = |group: &&DesiredGroup| {
                let known = draft.after.groups.contains_key(&group.id) && draft.is_read(group.id.source());
                known && !set_aside.contains(&group.id) && matches!(names.of_group(group), Name::Free)
            };
            names.renamed = desired.iter().filter(may).map(|group| group.id.clone()).collect();
        }
        names
    }

    pub(super) fn of_group(&self, group: &DesiredGroup) -> Name<'a> {
        let name = group.name.to_ascii_lowercase();
        let wanted = self.wanted.get(&name).map(Vec::as_slice).unwrap_or_default();
        if wanted.len() > 1 {
            return Name::Clashes(wanted.to_vec());
        }
        let holders = self.managed.get(&name).map(Vec::as_slice).unwrap_or_default();
        if holders.contains(&group.id) {
            return Name::Own;
        }
        if !holders.is_empty() {
            let kept = holders.iter().any(|holder| !self.renamed.contains(holder));
            let mut ids = [holders, std::slice::from_ref(&group.id)].concat();
            ids.sort();
            return if kept { Name::Clashes(ids) } else { Name::HandedOn };
        }
        match self.unmanaged.get(&name) {
            Some(found) => Name::Taken(found.clone()),
            None => Name::Free,
        }
    }
}

fn by_name<'n, T>(named: impl Iterator<Item = (&'n str, T)>) -> BTreeMap<String, Vec<T>> {
    let mut by_name: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for (name, of) in named {
        by_name.entry(name.to_ascii_lowercase()).or_default().push(of);
    }
    by_name
}
