//! Changes and adoptions as lines: who, from what to what, and the fact at the source that led to it.
//!
//! Never: leaves one out, however many there are.

use std::collections::BTreeSet;

use anstyle::Style;

use super::clean::clean;
use super::count;
use super::groups;
use super::page::{self, Page};
use crate::core::groups::GroupAdoption;
use crate::core::guard::{Class, Held, held_keys};
use crate::core::plan::{Adoption, Change, ChangeKey, Kind, Plan, PlannedChange};

/// What a class of changes is called.
pub fn class_title(class: Class) -> &'static str {
    match class {
        Class::DeactivateExplicit => "Deactivate: inactive at the directory",
        Class::DeactivateAbsent => "Deactivate: no longer at the directory, or out of scope",
        Class::Readdress => "Change the address",
        Class::Reactivate => "Reactivate",
        Class::Create => "Create",
        Class::Rename => "Rename",
        Class::RemoveMembers => "Take out of groups",
        Class::EmptyGroup => "Take most or all members out of a group",
        Class::RenameGroup => "Rename groups",
        Class::CreateGroup => "Create groups",
        Class::AddMembers => "Add to groups",
        Class::DeleteGroup => "Delete groups",
    }
}

/// `7 to create, 1 to rename, 2 to deactivate; 3 adopted (no request)`; empty for an empty plan.
pub fn summary(plan: &Plan) -> String {
    let kinds = [
        (Kind::Create, "to create"),
        (Kind::Reactivate, "to reactivate"),
        (Kind::Readdress, "to readdress"),
        (Kind::Rename, "to rename"),
        (Kind::Deactivate, "to deactivate"),
    ];
    let counted = kinds.map(|(kind, words)| (plan.count(kind), words));
    let people = counted.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}"));
    let parts: Vec<String> = people.chain(groups::summary(plan)).collect();
    let adopted = match (plan.adoptions.len() as u64, plan.group_adoptions.len() as u64) {
        (0, 0) => None,
        (n, 0) => Some(format!("{n} adopted (no request)")),
        (0, groups) => Some(format!("{} adopted (no request)", count(groups, "group", "groups"))),
        (n, groups) => Some(format!("{n} and {} adopted (no request)", count(groups, "group", "groups"))),
    };
    let sent = Some(parts.join(", ")).filter(|text| !text.is_empty());
    sent.into_iter().chain(adopted).collect::<Vec<_>>().join("; ")
}

/// Every change, grouped by class in the order of the phases, then the adoptions. `*` marks what the last plan
/// did not have.
pub fn write_changes(page: &mut Page, plan: &Plan, held: &[Held]) {
    let new: BTreeSet<&ChangeKey> = plan.difference.iter().flat_map(|difference| &difference.new).collect();
    let mark = |keys: &dyn Fn() -> Vec<ChangeKey>| {
        if !new.is_empty() && keys().iter().any(|key| new.contains(key)) { "*" } else { " " }
    };
    let waiting = held_keys(plan, held);
    for class in Class::ALL {
        let of_class: Vec<_> = plan.changes.iter().filter(|planned| Class::of(&planned.change) == class).collect();
        if of_class.is_empty() {
            continue;
        }
        let whole = is_held(class, held);
        let suffix = if whole { " - HELD, see below" } else { "" };
        page.heading(page::HEADING, &format!("{} ({}){suffix}", class_title(class), weight(of_class.iter().copied())));
        for planned in of_class {
            let line = change_line(page, planned);
            // One that waits for a change of another class, which is held.
            let waits = if !whole && waits(&planned.change, &waiting) { "  HELD, see below" } else { "" };
            page.line(&format!("{} {line}{waits}", mark(&|| planned.change.keys())));
        }
    }
    if plan.changes.iter().any(|planned| groups::is_cut(&planned.change)) {
        page.prose(
            Style::new(),
            2,
            "Of members, the first five are named; `plan --format csv` names each, one a line.",
        );
    }
    let waits = held.iter().any(|held| matches!(held, Held::FirstSync { .. }));
    let suffix = if waits { " - HELD, see below" } else { "" };
    if !plan.adoptions.is_empty() {
        page.heading(page::HEADING, &format!("Adopt, no request ({}){suffix}", plan.adoptions.len()));
    }
    for adoption in &plan.adoptions {
        let line = adoption_line(page, adoption);
        page.line(&format!("{} {line}", mark(&|| vec![adoption.key()])));
    }
    if !plan.group_adoptions.is_empty() {
        page.heading(page::HEADING, &format!("Adopt groups, no request ({}){suffix}", plan.group_adoptions.len()));
    }
    for adoption in &plan.group_adoptions {
        let line = group_adoption_line(page, adoption);
        page.line(&format!("{} {line}", mark(&|| vec![adoption.key()])));
    }
}

/// How much changes: people, memberships, groups.
pub fn weight<'a>(changes: impl Iterator<Item = &'a PlannedChange>) -> usize {
    changes.map(|planned| planned.change.keys().len()).sum()
}

/// Whether a change is among what is held.
pub fn waits(change: &Change, held: &BTreeSet<ChangeKey>) -> bool {
    held.contains(&change.key()) || change.keys().iter().all(|key| held.contains(key))
}

/// Whether the guard holds this class of the plan.
pub fn is_held(class: Class, held: &[Held]) -> bool {
    held.iter().any(|held| match held {
        Held::FirstSync { .. } => true,
        Held::NoProtectedAccounts { class: of, .. } | Held::OverLimit { class: of, .. } => *of == class,
        Held::Dependent { .. } => false,
    })
}

/// `~ ada@acme.example  Ada Byron -> Ada Lovelace  the directory's name (people.csv line 3)`.
pub fn change_line(page: &Page, planned: &PlannedChange) -> String {
    let (symbol, style) = symbol(&planned.change);
    let symbol = page.paint(style, symbol);
    format!("{symbol} {}  {}", change_words(&planned.change), clean(&planned.why))
}

/// Who, and from what to what.
pub fn change_words(change: &Change) -> String {
    let who = clean(change.label());
    match change {
        Change::Deactivate { .. } | Change::Reactivate { .. } => who,
        Change::Group(group) => groups::change_words(group),
        Change::Readdress { to, .. } => format!("{who} -> {}", clean(to.as_str())),
        Change::Create { account, .. } => format!("{who} ({})", clean(&account.name.to_string())),
        Change::Rename { from, to, .. } => {
            format!("{who}  {} -> {}", clean(&from.to_string()), clean(&to.to_string()))
        }
    }
}

/// `2 changes and 1 adoption`.
pub fn changes_and_adoptions(changes: u64, adoptions: u64) -> String {
    let changes = count(changes, "change", "changes");
    if adoptions == 0 { changes } else { format!("{changes} and {}", count(adoptions, "adoption", "adoptions")) }
}

fn symbol(change: &Change) -> (&'static str, Style) {
    match change.kind() {
        Kind::Deactivate | Kind::RemoveMembers | Kind::DeleteGroup => ("-", page::AWAY),
        Kind::Create | Kind::CreateGroup | Kind::AddMembers => ("+", page::NEW),
        Kind::Readdress | Kind::Rename | Kind::RenameGroup => ("~", page::OTHER),
        Kind::Reactivate => ("^", page::BACK),
    }
}

/// `= ada@acme.example (Ada Lovelace)  active in the team, at the directory hr:1001`.
pub fn adoption_line(page: &Page, adoption: &Adoption) -> String {
    let account = &adoption.member.account;
    let (who, name) = (clean(account.user_name.as_str()), clean(&account.name.to_string()));
    let standing = if adoption.member.active { "active" } else { "inactive" };
    let symbol = page.paint(page::BACK, "=");
    format!("{symbol} {who} ({name})  {standing} in the team, at the directory {}", clean(&adoption.id.to_string()))
}

/// `= Platform (12 members)  as it is in the team, at the directory corp/groups:pm-platform`.
pub fn group_adoption_line(page: &Page, adoption: &GroupAdoption) -> String {
    let symbol = page.paint(page::BACK, "=");
    let (name, members) = (clean(&adoption.group.name), groups::members_words(&adoption.group));
    format!("{symbol} {name} ({members})  as it is in the team, at the directory {}", clean(&adoption.id.to_string()))
}
