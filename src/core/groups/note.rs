//! What a plan says about groups and does not do.
//!
//! Never: words for people; `report` has those.

use serde::{Deserialize, Serialize};

use super::GroupId;
use crate::core::model::UserName;
use crate::core::plan::{Kind, PlannedChange};
use crate::core::snapshot::Hold;

/// Something to say about a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "note")]
pub enum GroupNote {
    /// A `[[group]]` of which it is not known whom it means; no membership of that source's groups ends.
    GroupUnread { source: String, asked: String, why: String },
    /// Postman has a group of the wanted name that is not managed.
    GroupMatch { id: GroupId, name: String, members: Option<u64> },
    /// Several directory groups want one name at Postman, or one that another managed group has; none of them changes.
    GroupClash { name: String, ids: Vec<GroupId> },
    /// Set aside.
    GroupHeld { id: GroupId, name: String, hold: Hold },
    /// An earlier request's answer is still unknown.
    GroupInDoubt { id: GroupId, name: String, kind: Kind },
    /// Nobody is in it at the directory, so it is not created.
    GroupEmpty { id: GroupId, name: String },
    /// People of the group who were invited and have not accepted, so they are in no group yet.
    MembersPending { id: GroupId, name: String, people: Vec<UserName> },
    /// No rule asks for it any more, or the directory does not have it: what ends it, and when.
    GroupDue { id: GroupId, name: String, due_unix_s: i64 },
    /// A managed group was changed at Postman, and the directory wins.
    GroupDrift { id: GroupId, name: String, what: String },
    /// Members of a managed group who are not managed; they stay.
    GroupStrangers { id: GroupId, name: String, members: u64 },
    /// What would be done, where nothing is pushed.
    OnlyCompared { change: Box<PlannedChange> },
    /// A group at Postman that nobody manages, beside the directory's, where nothing is pushed.
    GroupDiffers {
        id: GroupId,
        name: String,
        /// People of the directory's group who have an account and are not in Postman's.
        missing: Vec<UserName>,
        /// Members at Postman who are not in the directory's.
        besides: u64,
    },
    /// A group that is at Postman and that no rule asks for.
    GroupOnlyAtPostman { name: String, members: Option<u64> },
    /// A group that a rule asks for and that Postman has not, where nothing is pushed.
    GroupOnlyAtDirectory { id: GroupId, name: String, members: u64 },
}

impl GroupNote {
    /// Whether the group stays unlike what the directory wants until somebody acts: exit code 3.
    pub fn holds_group(&self) -> bool {
        match self {
            Self::GroupUnread { .. }
            | Self::GroupMatch { .. }
            | Self::GroupClash { .. }
            | Self::GroupHeld { .. }
            | Self::GroupInDoubt { .. } => true,
            Self::GroupEmpty { .. }
            | Self::MembersPending { .. }
            | Self::GroupDue { .. }
            | Self::GroupDrift { .. }
            | Self::GroupStrangers { .. }
            | Self::OnlyCompared { .. }
            | Self::GroupDiffers { .. }
            | Self::GroupOnlyAtPostman { .. }
            | Self::GroupOnlyAtDirectory { .. } => false,
        }
    }
}
