//! One note as one line: who, and the fact about this person.
//!
//! Never: the reason of the group again, which stands above it.

use super::super::change::change_line;
use super::super::clean::{clean, clean_reason};
use super::super::count;
use super::super::page::Page;
use super::super::when::coming;
use super::groups;
use super::holds::hold_line;
use super::topic::who;
use crate::core::mapping::Rejection;
use crate::core::model::{Member, SourceId, UserName};
use crate::core::plan::{Kind, Note};
use crate::core::time::Moment;

pub fn note_line(page: &Page, note: &Note, now: Moment) -> String {
    let person = |user_name: Option<&UserName>, id: &SourceId| clean(&who(user_name, id));
    match note {
        Note::Rejected { id, place, rejection } => {
            format!("{}  {}{}", clean(&id.to_string()), clean(place), rejection_detail(rejection))
        }
        Note::Protected { user_name } => clean(user_name.as_str()),
        Note::Stranger { member } => member_words(member),
        Note::Match { id, member } => format!("{}  at the directory {}", member_words(member), clean(&id.to_string())),
        Note::AdoptedInactive { id, user_name }
        | Note::InvitationPending { id, user_name }
        | Note::InvitationOpen { id, user_name } => {
            format!("{}  {}", clean(user_name.as_str()), clean(&id.to_string()))
        }
        Note::UnknownState { id, user_name, because, .. } => {
            format!("{}  {}", person(user_name.as_ref(), id), clean(because))
        }
        Note::Duplicate { user_name, ids } => format!("{}  {}", clean(user_name.as_str()), joined(ids, ", ")),
        Note::AddressTaken { id, user_name, holder } => {
            format!(
                "{}  wanted by {id}, held by {holder}",
                clean(user_name.as_str()),
                id = ident(id),
                holder = ident(holder)
            )
        }
        Note::AddressTakenByStranger { id, user_name } => {
            format!("{}  wanted by {}", clean(user_name.as_str()), ident(id))
        }
        Note::Swap { ids } => joined(ids, " <-> "),
        Note::NewDirectoryId { new, bound_to, user_name } => {
            format!("{}  bound to {}, wanted by {}", clean(user_name.as_str()), ident(bound_to), ident(new))
        }
        Note::UnverifiedDomain { id, from, to } => {
            format!("{} -> {}  {}", clean(from.as_str()), clean(to.as_str()), ident(id))
        }
        Note::Held { id, user_name, hold } => format!("{}  {}", person(user_name.as_ref(), id), hold_line(hold, now)),
        Note::InDoubt { user_name, kind, .. } => format!("{}  {}", clean(user_name.as_str()), kind_words(*kind)),
        Note::Due { user_name, why, due_unix_s, .. } => {
            format!("{}  due {}: {}", clean(user_name.as_str()), coming(*due_unix_s, now), clean_reason(why))
        }
        Note::NotGone { user_name, why, .. } => format!("{}  {}", clean(user_name.as_str()), clean_reason(why)),
        Note::SwitchedOff { change } => change_line(page, change),
        Note::Drift { user_name, what, .. } => format!("{}  {}", clean(user_name.as_str()), clean(what)),
        Note::OtherAddress { id, user_name, source } => {
            format!("{}  {}, and at source {}", clean(user_name.as_str()), ident(id), clean(source))
        }
        Note::SilentSource { id, user_name, silent, active } => {
            let (silent, active) = (clean(silent), clean(active));
            format!("{}  {}, not at source {silent} any more, active at {active}", clean(user_name.as_str()), ident(id))
        }
        Note::UnreadSource { source, members, why } => {
            format!("{}  {}: {}", clean(source), count(*members, "member", "members"), clean_reason(why))
        }
        Note::Group(note) => groups::line(note, now),
        Note::NoSuchSource { source, members } => {
            format!("{}  {}", clean(source), count(*members, "member", "members"))
        }
    }
}

/// The request whose answer is unknown.
pub(super) fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Deactivate => "asked to deactivate; may still have access",
        Kind::Readdress => "asked to change the address",
        Kind::Reactivate => "asked to reactivate",
        Kind::Create => "asked to create",
        Kind::Rename => "asked to rename",
        Kind::RemoveMembers => "asked to take members out",
        Kind::RenameGroup => "asked to rename the group",
        Kind::CreateGroup => "asked to create the group",
        Kind::AddMembers => "asked to add members",
        Kind::DeleteGroup => "asked to delete the group",
    }
}

fn rejection_detail(rejection: &Rejection) -> String {
    match rejection {
        Rejection::Missing { .. } | Rejection::Unusable { .. } => String::new(),
        Rejection::NotAnEmail { value } => format!("  \"{}\"", clean(value)),
        Rejection::Several { values, .. } => format!("  {values} values"),
        Rejection::Expression { error, .. } => format!("  {}", clean_reason(error)),
    }
}

fn member_words(member: &Member) -> String {
    let standing = if member.active { "" } else { ", inactive" };
    let account = &member.account;
    format!("{} ({}){standing}", clean(account.user_name.as_str()), clean(&account.name.to_string()))
}

fn ident(id: &SourceId) -> String {
    clean(&id.to_string())
}

fn joined(ids: &[SourceId], between: &str) -> String {
    ids.iter().map(ident).collect::<Vec<_>>().join(between)
}
