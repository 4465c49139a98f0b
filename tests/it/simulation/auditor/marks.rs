//! I6, intent before effect: sees the request log and the trail of what was begun. Each write has a mark of its own kind, about
//! the same account; a second write under one mark only after one that surely did nothing.
//!
//! Never: asks whether the write was right.

use postman_scim_sync::sandbox::{Kind, Logged};

use super::seen::{Seen, did_nothing, what};

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    let mut open: Vec<_> = seen.begun.iter().collect();
    let mut wrong = Vec::new();
    for write in seen.writes() {
        let before = seen.writes().take_while(|before| before.seq < write.seq);
        if before.filter(|before| is_same(before, write)).last().is_some_and(did_nothing) {
            continue;
        }
        let fits = |(kind, about): (&str, &str)| kinds(write).contains(&kind) && is_about(write, about);
        match open.iter().position(|begun| fits((&begun.kind, &begun.about))) {
            Some(at) => _ = open.remove(at),
            None => wrong.push(format!("I6 {} without a mark", what(write))),
        }
    }
    wrong
}

fn is_same(a: &Logged, b: &Logged) -> bool {
    (a.kind, &a.path, &a.body) == (b.kind, &b.path, &b.body)
}

fn kinds(write: &Logged) -> &'static [&'static str] {
    match write.kind {
        Kind::Create => &["create"],
        Kind::Deactivate => &["deactivate"],
        Kind::Reactivate => &["reactivate"],
        Kind::Readdress => &["readdress"],
        Kind::Rename => &["rename"],
        Kind::CreateGroup => &["create_group"],
        Kind::RenameGroup => &["rename_group"],
        Kind::ChangeMembers => &["add_members", "remove_members"],
        Kind::DeleteGroup => &["delete_group"],
        _ => &[],
    }
}

fn is_about(write: &Logged, about: &str) -> bool {
    match write.kind {
        // A group is marked by its id at the directory.
        Kind::CreateGroup | Kind::RenameGroup | Kind::ChangeMembers | Kind::DeleteGroup => true,
        Kind::Create => write.user_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(about)),
        _ => write.path.strip_prefix("/Users/").is_some_and(|id| id.eq_ignore_ascii_case(about)),
    }
}
