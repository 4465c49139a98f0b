//! Notes about groups: their topics and lines.
//!
//! Never: blames a person for what a group's name or right is the reason of.

use super::super::change::change_words;
use super::super::clean::{clean, clean_reason};
use super::super::count;
use super::super::when::coming;
use super::holds::hold_line;
use super::line::kind_words;
use super::topic::Topic;
use crate::core::groups::{GroupId, GroupNote};
use crate::core::model::UserName;
use crate::core::snapshot::HoldReason;
use crate::core::time::Moment;

pub fn topic(note: &GroupNote) -> Topic {
    match note {
        GroupNote::GroupUnread { .. } => {
            Topic::new(3, "Groups of [[group]] that could not be read; no membership of that source's groups ends")
                .typing("Find out why:", "postman-scim-sync check")
        }
        GroupNote::GroupMatch { name, .. } => {
            Topic::new(44, "Postman has a group of that name that this tool did not make")
                .adopting_group("To take it under management, members as they are:", name)
                .say("Or write adopt = true in its [[group]], or give the group another name with postman = \"...\".")
        }
        GroupNote::GroupClash { .. } => Topic::new(45, "Several groups want one name at Postman; none of them changes")
            .say("Give all but one another name with postman = \"...\" in its [[group]]."),
        GroupNote::GroupHeld { name, hold, .. } => held(&hold.reason, name),
        GroupNote::GroupInDoubt { .. } => Topic::new(61, "The answer to an earlier request about a group is unknown")
            .say("Each cycle reads back what became of it; nothing is sent about the group until that is known."),
        GroupNote::GroupEmpty { .. } => Topic::new(16, "Nobody is in it at the directory, so it is not created"),
        GroupNote::MembersPending { .. } => Topic::new(17, "Invited, and in no group before they accept"),
        GroupNote::GroupDue { .. } => {
            Topic::new(13, "Groups that no [[group]] asks for any more, or that the directory deleted; will be deleted")
                .say("To keep one: ask for it in a [[group]], or write delete_groups = false in [provisioning].")
        }
        GroupNote::GroupDrift { .. } => {
            Topic::new(13, "Groups changed in Postman by somebody else; the directory wins")
                .say("If the change was meant, make it at the directory.")
        }
        GroupNote::GroupStrangers { .. } => {
            Topic::new(18, "Members of managed groups who are not managed; they stay").short()
        }
        GroupNote::OnlyCompared { .. } => Topic::new(21, "Only compared, because provisioning.groups is \"read_back\"")
            .say("To have it done: under [provisioning], groups = \"push\""),
        GroupNote::GroupDiffers { .. } => {
            Topic::new(22, "Groups that this tool does not manage, and whose members are others than the directory's")
                .say("With groups = \"push\", one of them is taken under management by adopt = true in its [[group]].")
        }
        GroupNote::GroupOnlyAtPostman { .. } => {
            Topic::new(34, "Groups that Postman has and no [[group]] asks for; nothing touches them").short()
        }
        GroupNote::GroupOnlyAtDirectory { .. } => Topic::new(35, "Groups that only the directory has"),
    }
}

fn held(reason: &HoldReason, name: &str) -> Topic {
    match reason {
        HoldReason::RemovedByHand => Topic::new(46, "Groups deleted in Postman by somebody else; not made anew on a guess")
            .adopting_group("To have it made anew, with its members:", name)
            .say("To have it stay away: take its [[group]] out of the configuration."),
        HoldReason::Undone => Topic::new(47, "Our changes of a group were undone three times: somebody else writes it too")
            .say("Find the other writer (an identity provider's Postman app, a script, an admin) and stop it.")
            .adopting_group("Then:", name),
        HoldReason::Conflict => Topic::new(48, "Groups whose name Postman gives to nobody else (409)")
            .say("Look for a group of that name in Postman; take it under management, or rename it there.")
            .adopting_group("To take it under management, or to try again at once:", name),
        HoldReason::Refused { .. } => Topic::new(49, "Groups of which Postman refused a change")
            .say(
                "Correct what the answer names; a group with the Super Admin role needs a SCIM key made by a Super Admin. It is \
                 tried again at the time shown.",
            )
            .adopting_group("To try again at once:", name),
        _ => Topic::new(50, "Groups set aside").adopting_group("To let one go on:", name),
    }
}

/// How many groups Postman has of the name that this note is about; the same is noted of each of them.
pub fn of_one_name<'n>(note: &GroupNote, notes: impl Iterator<Item = &'n GroupNote>) -> usize {
    let GroupNote::GroupMatch { id, .. } = note else { return 0 };
    notes.filter(|other| matches!(other, GroupNote::GroupMatch { id: of, .. } if of == id)).count()
}

/// Of several only a person can say which is meant.
pub fn several_of_a_name(n: usize) -> Topic {
    Topic::new(44, format!("Postman has {n} groups of that name, none of which this tool made"))
        .say("Rename all but one in Postman; the plan then says how to take that one under management.")
}

pub fn line(note: &GroupNote, now: Moment) -> String {
    let ident = |id: &GroupId| clean(&id.to_string());
    let members = |n: u64| count(n, "member", "members");
    match note {
        GroupNote::OnlyCompared { change } => {
            format!("{}  {}", change_words(&change.change), clean_reason(&change.why))
        }
        GroupNote::GroupDiffers { name, missing, besides, .. } => differs(name, missing, *besides),
        GroupNote::GroupUnread { source, asked, why } => {
            format!("{} at {}: {}", clean(asked), clean(source), clean_reason(why))
        }
        GroupNote::GroupMatch { id, name, members: n } => {
            let n = n.map(|n| format!(", {}", members(n))).unwrap_or_default();
            format!("{}{n}  at the directory {}", clean(name), ident(id))
        }
        GroupNote::GroupClash { name, ids } => {
            let ids: Vec<String> = ids.iter().map(ident).collect();
            format!("{}  wanted by {}", clean(name), ids.join(" and "))
        }
        GroupNote::GroupHeld { name, hold, .. } => format!("{}  {}", clean(name), hold_line(hold, now)),
        GroupNote::GroupInDoubt { name, kind, .. } => format!("{}  {}", clean(name), kind_words(*kind)),
        GroupNote::GroupEmpty { id, name } => format!("{}  {}", clean(name), ident(id)),
        GroupNote::MembersPending { name, people, .. } => {
            let people: Vec<String> = people.iter().map(|user_name| clean(user_name.as_str())).collect();
            format!("{}  {}", clean(name), people.join(", "))
        }
        GroupNote::GroupDue { name, due_unix_s, .. } => format!("{}  due {}", clean(name), coming(*due_unix_s, now)),
        GroupNote::GroupDrift { name, what, .. } => format!("{}  {}", clean(name), clean(what)),
        GroupNote::GroupStrangers { name, members: n, .. } => format!("{}  {}", clean(name), members(*n)),
        GroupNote::GroupOnlyAtPostman { name, members: n } => {
            format!("{}{}", clean(name), n.map(|n| format!("  {}", members(n))).unwrap_or_default())
        }
        GroupNote::GroupOnlyAtDirectory { id, name, members: n } => {
            format!("{}  {}  {}", clean(name), members(*n), ident(id))
        }
    }
}

fn differs(name: &str, missing: &[UserName], besides: u64) -> String {
    let people: Vec<String> = missing.iter().map(|user_name| clean(user_name.as_str())).collect();
    let missing = Some(format!("missing: {}", people.join(", "))).filter(|_| !people.is_empty());
    let besides = (besides > 0).then(|| format!("{} besides", count(besides, "member", "members")));
    format!("{}  {}", clean(name), missing.into_iter().chain(besides).collect::<Vec<_>>().join("; "))
}
