//! What a plan says and does not do.
//!
//! Never: words for people; `report` has those.

use serde::{Deserialize, Serialize};

use super::{Change, Kind, PlannedChange};
use crate::core::groups::GroupNote;
use crate::core::mapping::Rejection;
use crate::core::model::{Member, SourceId, UserName};
use crate::core::snapshot::Hold;

/// Something to say and not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "note")]
pub enum Note {
    /// The mapping made no account of an entry that should be in the team.
    Rejected { id: SourceId, place: String, rejection: Rejection },
    /// A protected account; nothing touches it.
    Protected { user_name: UserName },
    /// A member no directory person has the userName of.
    Stranger { member: Member },
    /// A match, with `matches = "report"`.
    Match { id: SourceId, member: Member },
    /// A match whose person is inactive at the directory: adopted now, deactivated in a later cycle.
    AdoptedInactive { id: SourceId, user_name: UserName },
    /// The directory does not say whether this person is active.
    UnknownState { id: SourceId, user_name: Option<UserName>, because: String, in_team: bool },
    /// Several people at the directory have one userName; none of them changes.
    Duplicate { user_name: UserName, ids: Vec<SourceId> },
    /// The wanted userName belongs to the account of another managed person.
    AddressTaken { id: SourceId, user_name: UserName, holder: SourceId },
    /// The wanted userName belongs to a member who is not managed.
    AddressTakenByStranger { id: SourceId, user_name: UserName },
    /// People who swap addresses; no order of requests can do it.
    Swap { ids: Vec<SourceId> },
    /// A directory id we never saw has the userName of an account bound to another id that is gone or inactive.
    NewDirectoryId { new: SourceId, bound_to: SourceId, user_name: UserName },
    /// An e-mail change out of the verified domains.
    UnverifiedDomain { id: SourceId, from: UserName, to: UserName },
    /// Set aside.
    Held { id: SourceId, user_name: Option<UserName>, hold: Hold },
    /// An earlier request's answer is still unknown.
    InDoubt { id: SourceId, user_name: UserName, kind: Kind },
    /// Invited, and not yet accepted.
    InvitationPending { id: SourceId, user_name: UserName },
    /// Invited, and gone before they accepted: whether a deactivation ends an invitation is not documented.
    InvitationOpen { id: SourceId, user_name: UserName },
    /// Absent; waits until it was absent long enough, or until the grace is over.
    Due { id: SourceId, user_name: UserName, why: String, due_unix_s: i64 },
    /// Absent or out of scope by the listing, and a look-up failed or found them after all.
    NotGone { id: SourceId, user_name: UserName, why: String },
    /// What would have been done, but its switch is off.
    SwitchedOff { change: PlannedChange },
    /// The team was changed by somebody else, and the directory wins.
    Drift { id: SourceId, user_name: UserName, what: String },
    /// Another source has them too, by what was joined, and under another address than the one that decides.
    OtherAddress { id: SourceId, user_name: UserName, source: String },
    /// Out of the team, active at one source, and not shown any more by an earlier one, whose word may have put them out.
    SilentSource { id: SourceId, user_name: UserName, silent: String, active: String },
    /// A source that could not be read, and how many members are bound to it.
    UnreadSource { source: String, members: u64, why: String },
    /// Members bound to a source name that no `[[source]]` has.
    NoSuchSource { source: String, members: u64 },
    /// About a group.
    #[serde(untagged)]
    Group(GroupNote),
}

impl Note {
    /// That the answer to a request is still unknown.
    pub fn in_doubt(change: &Change) -> Option<Self> {
        let kind = change.kind();
        if let Change::Group(group) = change {
            let (id, name) = (group.id().clone(), group.name().to_owned());
            return Some(Note::Group(GroupNote::GroupInDoubt { id, name, kind }));
        }
        Some(Note::InDoubt { id: change.id().clone(), user_name: change.user_name()?.clone(), kind })
    }

    /// Whether the note leaves a person unlike what the directory wants until somebody acts: exit code 3.
    pub fn holds_somebody(&self) -> bool {
        match self {
            Note::Group(note) => note.holds_group(),
            Note::Rejected { .. }
            | Note::Duplicate { .. }
            | Note::AddressTaken { .. }
            | Note::AddressTakenByStranger { .. }
            | Note::Swap { .. }
            | Note::NewDirectoryId { .. }
            | Note::UnverifiedDomain { .. }
            | Note::Held { .. }
            | Note::InDoubt { .. }
            | Note::NotGone { .. }
            | Note::InvitationOpen { .. }
            | Note::SilentSource { .. }
            | Note::UnreadSource { .. }
            | Note::NoSuchSource { .. } => true,
            // Perhaps a leaver with a status nobody told us about.
            Note::UnknownState { in_team, .. } => *in_team,
            Note::Protected { .. }
            | Note::Stranger { .. }
            | Note::Match { .. }
            | Note::AdoptedInactive { .. }
            | Note::InvitationPending { .. }
            | Note::Due { .. }
            | Note::SwitchedOff { .. }
            | Note::Drift { .. }
            | Note::OtherAddress { .. } => false,
        }
    }
}
