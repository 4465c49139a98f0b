//! Groups in words: what a change does, and to how many.
//!
//! Never: prints more names than a person reads.

use super::clean::clean;
use super::count;
use crate::core::groups::{GroupChange, Person};

/// So many of a group's people are named.
const NAMED: usize = 5;

/// The group, and what happens to it: `Platform  ada@acme.example, grace@acme.example and 12 more`.
pub fn change_words(change: &GroupChange) -> String {
    format!("{}  {}", clean(change.name()), what(change))
}

/// What happens to it.
pub fn what(change: &GroupChange) -> String {
    match change {
        GroupChange::RemoveMembers { people, .. } | GroupChange::AddMembers { people, .. } => names(people),
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
        more => format!("{named} and {}", count(more as u64, "more", "more")),
    }
}
