//! What kind of trouble a note is, in which group it stands, and what to do about it.
//!
//! Never: a fix that touches somebody on a guess.

use super::super::clean::{clean, shell_word};
use super::super::page::{Fix, Reach};
use super::groups;
use super::holds::hold_topic;
use crate::core::mapping::Rejection;
use crate::core::model::{SourceId, UserName};
use crate::core::plan::{Kind, Note};

/// How many of a list are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Whole,
    /// The first ten: nobody has to act.
    Short,
}

/// A group of notes. Notes with the same rank and title stand together, under the fix of the first.
pub struct Topic {
    /// Lower stands first.
    pub rank: u8,
    pub title: String,
    pub fixes: Vec<Fix>,
    pub length: Length,
}

impl Topic {
    pub fn new(rank: u8, title: impl Into<String>) -> Self {
        Self { rank, title: title.into(), fixes: Vec::new(), length: Length::Whole }
    }

    pub fn say(mut self, say: impl Into<String>) -> Self {
        self.fixes.push(Fix::say(say));
        self
    }

    pub fn typing(mut self, say: &str, command: impl Into<String>) -> Self {
        self.fixes.push(Fix::typing(say, command));
        self
    }

    /// `adopt WHO`, with the words of `options` behind it.
    pub fn adopting(mut self, say: &str, who: &str, options: &str) -> Self {
        let command = format!("postman-scim-sync adopt {}{options}", shell_word(who));
        self.fixes.push(Fix { reach: Reach::One, ..Fix::typing(say, command) });
        self
    }

    /// `adopt --group NAME`.
    pub fn adopting_group(mut self, say: &str, name: &str) -> Self {
        let command = format!("postman-scim-sync adopt --group {}", shell_word(name));
        self.fixes.push(Fix { reach: Reach::One, ..Fix::typing(say, command) });
        self
    }

    pub fn short(mut self) -> Self {
        self.length = Length::Short;
        self
    }
}

/// What a command calls a person.
pub fn who(user_name: Option<&UserName>, id: &SourceId) -> String {
    user_name.map_or_else(|| id.to_string(), |user_name| user_name.as_str().to_owned())
}

pub fn topic(note: &Note) -> Topic {
    match note {
        Note::UnreadSource { .. } => Topic::new(0, "A source that was not read; its members stay as they are")
            .typing("Find out why:", "postman-scim-sync check"),
        Note::NoSuchSource { .. } => {
            Topic::new(1, "A source name that no [[source]] has any more; its members stay as they are")
                .say("If the source has a new name, give it the old one back: its people are bound to that name.")
        }
        Note::NewDirectoryId { user_name, .. } => new_directory_id(user_name),
        Note::SilentSource { user_name, .. } => silent_source(user_name),
        Note::Held { id, user_name, hold } => hold_topic(&hold.reason, &who(user_name.as_ref(), id)),
        Note::Duplicate { .. } => {
            Topic::new(40, "Several entries of the directory claim one address; none of them changes")
                .say("Correct the address of all but one at the directory.")
        }
        Note::AddressTaken { .. } => Topic::new(41, "The wanted address belongs to another managed person")
            .say("Correct the address of one of the two at the directory."),
        Note::AddressTakenByStranger { .. } => address_taken_by_stranger(),
        Note::Swap { .. } => Topic::new(43, "People who exchange addresses; no order of requests can do that").say(
            "At the directory, give one of them an address in between, let a cycle pass, then give the final one.",
        ),
        Note::UnverifiedDomain { to, .. } => unverified_domain(to),
        Note::Rejected { rejection, .. } => rejection_topic(rejection),
        Note::InDoubt { .. } => Topic::new(60, "The answer to an earlier request is unknown")
            .say("Each cycle reads back what became of it; nothing is sent about them until that is known."),
        Note::Due { .. } => Topic::new(10, "Missing; will be deactivated unless seen again")
            .say("To keep somebody: put them back at the directory, or name them in postman.protected, before that."),
        Note::AdoptedInactive { .. } => {
            Topic::new(11, "Adopted, and inactive at the directory: deactivated in a later cycle")
                .say("To keep somebody: correct the directory, or name them in postman.protected, before that.")
        }
        Note::Drift { .. } => Topic::new(12, "Changed in Postman by somebody else; the directory wins")
            .say("If the change was meant, make it at the directory."),
        Note::OtherAddress { user_name, .. } => Topic::new(
            15,
            "Another source has them under another address, which counts for nothing while the first one has them",
        )
        .adopting("If that is somebody else, whom a wrong e-mail made the same person:", user_name.as_str(), " --apart")
        .short(),
        Note::NotGone { .. } => not_gone(),
        Note::InvitationOpen { .. } => Topic::new(14, "Invited, and gone before they accepted")
            .say("In Postman under Manage Team, withdraw the invitation if it is still listed there."),
        Note::InvitationPending { .. } => Topic::new(14, "Invited, and not in the team before they accept")
            .say("Ask them to accept the e-mail from Postman. Nothing is sent twice."),
        Note::SwitchedOff { change } => switched_off(change.change.kind()),
        Note::Match { member, .. } => a_match(member.account.user_name.as_str()),
        Note::UnknownState { .. } => unknown_state(),
        Note::Stranger { member } => stranger(member.account.user_name.as_str()),
        Note::Group(note) => groups::topic(note),
        Note::Protected { .. } => Topic::new(33, "Protected (postman.protected); nothing touches them").short(),
    }
}

fn new_directory_id(user_name: &UserName) -> Topic {
    Topic::new(2, "A new directory id wants the account of an earlier one; never handed over on a guess")
        .adopting("If it is the same person:", user_name.as_str(), " --rebind")
        .say("If it is somebody new: give them another address at the directory.")
        .say("If it is everybody: the `id` or `name` of the [[source]] was changed; put the old one back.")
}

fn silent_source(user_name: &UserName) -> Topic {
    Topic::new(
        3,
        "Out, and an earlier source that had them does not show them any more; nobody comes back by its silence",
    )
    .adopting("To let the later source decide, which has them active:", user_name.as_str(), " --apart")
    .say("To have them stay out: mark them inactive at the later source.")
}

fn address_taken_by_stranger() -> Topic {
    Topic::new(42, "The wanted address belongs to a member nobody manages").say(
        "Most likely one person has two accounts. In Postman under Manage Team, remove the one that nobody manages or \
         give it another address; the next listing of the team sees it.",
    )
}

fn unverified_domain(to: &UserName) -> Topic {
    let domain = clean(&to.domain());
    Topic::new(44, format!("An address in a domain that is not verified: {domain}"))
        .say(format!("Verify {domain} in Postman, then add \"{domain}\" to postman.verified_domains."))
}

fn not_gone() -> Topic {
    Topic::new(13, "Out by the listing, and not by a look-up of their own; they stay")
        .typing("If it happens again, look at the source:", "postman-scim-sync check")
}

fn switched_off(kind: Kind) -> Topic {
    let switch = match kind {
        Kind::Deactivate => "deactivate_users",
        Kind::Readdress | Kind::Rename => "update_users",
        Kind::Create | Kind::Reactivate => "create_users",
        Kind::RemoveMembers => "remove_members",
        Kind::RenameGroup => "rename_groups",
        Kind::CreateGroup => "create_groups",
        Kind::AddMembers => "add_members",
        Kind::DeleteGroup => "delete_groups",
    };
    Topic::new(20, format!("Not done, because provisioning.{switch} is false"))
        .say(format!("To have it done: under [provisioning], {switch} = true"))
}

fn a_match(user_name: &str) -> Topic {
    Topic::new(21, "In the team and at the directory, not managed (provisioning.matches = \"report\")")
        .adopting("To manage one of them:", user_name, "")
        .typing("To manage all of them:", "postman-scim-sync adopt --all")
}

fn unknown_state() -> Topic {
    Topic::new(31, "The directory does not say whether they are active; nothing changes for them")
        .say("Fill it in at the directory, or name its value in active_values or inactive_values of the source.")
        .short()
}

fn stranger(user_name: &str) -> Topic {
    Topic::new(32, "In the team, and not at the directory; never removed on a guess")
        .adopting("To have one deactivated as a leaver, which admins must not be:", user_name, "")
        .short()
}

fn rejection_topic(rejection: &Rejection) -> Topic {
    match rejection {
        Rejection::Missing { target, from } => {
            let (target, from) = (clean(target), clean(from));
            Topic::new(50, format!("No account could be made: {target} is empty (mapping.{target} = \"{from}\")")).say(
                format!("Fill it in at the directory, or map an attribute that everybody has to mapping.{target}."),
            )
        }
        Rejection::NotAnEmail { .. } => Topic::new(51, "No account could be made: the address is no e-mail address")
            .say("Correct it at the directory, or set mapping.user_name, for example \"{{ uid }}@acme.example\"."),
        Rejection::Several { target, .. } => {
            let target = clean(target);
            Topic::new(52, format!("No account could be made: {target} has several values"))
                .say(format!("Leave one at the directory, or choose one by an expression in mapping.{target}."))
        }
        Rejection::Expression { target, .. } => {
            let target = clean(target);
            Topic::new(53, format!("No account could be made: the expression of mapping.{target} failed"))
                .say(format!("Correct mapping.{target}, so that it works for these entries too."))
        }
        Rejection::Unusable { target } => {
            let target = clean(target);
            Topic::new(54, format!("No account could be made: {target} is too long, or has control characters"))
                .say("Correct it at the directory; at most 256 bytes.")
        }
    }
}
