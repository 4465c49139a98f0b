//! Groups in words: what a change does, and to how many.
//!
//! Never: prints more names than a person reads.

use super::clean::clean;
use super::count;
use crate::core::groups::{GroupChange, Person, TeamGroup};
use crate::core::plan::{Change, Kind, Plan};

/// So many of a group's people are named.
const NAMED: usize = 5;

/// `3 members to add`, `1 group to create`: what a plan's headline says of groups.
pub fn summary(plan: &Plan) -> Vec<String> {
    let kinds = [
        (Kind::RemoveMembers, ("member", "members"), "to take out of groups"),
        (Kind::AddMembers, ("member", "members"), "to add to groups"),
        (Kind::CreateGroup, ("group", "groups"), "to create"),
        (Kind::RenameGroup, ("group", "groups"), "to rename"),
        (Kind::DeleteGroup, ("group", "groups"), "to delete"),
    ];
    let of = |kind| plan.changes.iter().map(|planned| &planned.change).filter(move |change| change.kind() == kind);
    let counted =
        kinds.map(|(kind, nouns, words)| (of(kind).map(|change| change.keys().len() as u64).sum(), nouns, words));
    let some = counted.into_iter().filter(|(n, ..)| *n > 0);
    some.map(|(n, (one, many), words)| format!("{} {words}", count(n, one, many))).collect()
}

/// `12 members`.
pub fn members_words(group: &TeamGroup) -> String {
    let members = group.members.as_ref().map(|members| count(members.len() as u64, "member", "members"));
    members.unwrap_or_else(|| "members not shown".into())
}

/// Some people of a group are not named in a text.
pub fn is_cut(change: &Change) -> bool {
    matches!(change, Change::Group(change) if change.people().len() > NAMED)
}

/// The group, and what happens to it: `Platform  14 members: ada@acme.example, grace@acme.example and 12 more`.
pub fn change_words(change: &GroupChange) -> String {
    format!("{}  {}", clean(change.name()), what(change))
}

/// What happens to it.
pub fn what(change: &GroupChange) -> String {
    match change {
        GroupChange::RemoveMembers { people, .. } | GroupChange::AddMembers { people, .. } => {
            format!("{}: {}", count(people.len() as u64, "member", "members"), names(people))
        }
        GroupChange::RenameGroup { to, .. } => format!("-> {}", clean(to)),
        GroupChange::CreateGroup { .. } => "new group".into(),
        GroupChange::DeleteGroup { .. } => "delete the group".into(),
    }
}

fn names(people: &[Person]) -> String {
    let named: Vec<String> = people.iter().take(NAMED).map(|person| clean(person.user_name.as_str())).collect();
    let named = named.join(", ");
    match people.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
