//! The classes of change that are judged apart: which limit each has, of what it is a share, and what it is charged to.
//!
//! Never: two kinds of harm in one class.

use serde::{Deserialize, Serialize};

use super::limits::{Limit, Limits};
use crate::core::groups::{GroupChange, Removal};
use crate::core::plan::{Cause, Change, Plan};

/// The classes that are judged apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    DeactivateExplicit,
    DeactivateAbsent,
    Readdress,
    Reactivate,
    Create,
    Rename,
    RemoveMembers,
    /// `Removal::Emptied`: no share of anything lifts it, only an approval.
    EmptyGroup,
    RenameGroup,
    CreateGroup,
    AddMembers,
    DeleteGroup,
}

impl Class {
    pub const ALL: [Class; 12] = [
        Class::DeactivateExplicit,
        Class::DeactivateAbsent,
        Class::Readdress,
        Class::Reactivate,
        Class::Create,
        Class::Rename,
        Class::RemoveMembers,
        Class::EmptyGroup,
        Class::RenameGroup,
        Class::CreateGroup,
        Class::AddMembers,
        Class::DeleteGroup,
    ];

    pub fn of(change: &Change) -> Class {
        match change {
            Change::Deactivate { cause: Cause::Explicit, .. } => Class::DeactivateExplicit,
            Change::Deactivate { cause: Cause::Absent, .. } => Class::DeactivateAbsent,
            Change::Readdress { .. } => Class::Readdress,
            Change::Reactivate { .. } => Class::Reactivate,
            Change::Create { .. } => Class::Create,
            Change::Rename { .. } => Class::Rename,
            Change::Group(GroupChange::RemoveMembers { cause: Removal::Left, .. }) => Class::RemoveMembers,
            Change::Group(GroupChange::RemoveMembers { cause: Removal::Emptied, .. }) => Class::EmptyGroup,
            Change::Group(GroupChange::RenameGroup { .. }) => Class::RenameGroup,
            Change::Group(GroupChange::CreateGroup { .. }) => Class::CreateGroup,
            Change::Group(GroupChange::AddMembers { .. }) => Class::AddMembers,
            Change::Group(GroupChange::DeleteGroup { .. }) => Class::DeleteGroup,
        }
    }

    pub fn takes_access_away(self) -> bool {
        matches!(self, Class::DeactivateExplicit | Class::DeactivateAbsent)
    }

    pub(super) fn limit(self, limits: &Limits) -> Limit {
        match self {
            Class::DeactivateExplicit | Class::DeactivateAbsent => limits.deactivations,
            Class::Readdress => limits.readdresses,
            Class::Reactivate | Class::Create => limits.creates,
            Class::Rename => limits.renames,
            Class::RemoveMembers => limits.member_removals,
            Class::EmptyGroup => Limit::NONE_UNAPPROVED,
            Class::RenameGroup => limits.group_renames,
            Class::CreateGroup => limits.group_creates,
            Class::AddMembers => limits.member_adds,
            Class::DeleteGroup => limits.group_deletes,
        }
    }

    /// The size of what its shares are parts of.
    pub(super) fn whole(self, plan: &Plan) -> u64 {
        match self {
            Class::DeactivateExplicit
            | Class::DeactivateAbsent
            | Class::Readdress
            | Class::Reactivate
            | Class::Create
            | Class::Rename => plan.managed_active,
            Class::RemoveMembers | Class::EmptyGroup | Class::AddMembers => plan.memberships,
            Class::RenameGroup | Class::CreateGroup | Class::DeleteGroup => plan.managed_groups,
        }
    }

    /// What a day and a week count together with it; nothing where only a cycle has a limit.
    pub fn pool(self) -> Option<Pool> {
        match self {
            Class::DeactivateExplicit | Class::DeactivateAbsent => Some(Pool::People),
            Class::RemoveMembers | Class::EmptyGroup => Some(Pool::Memberships),
            Class::Readdress
            | Class::Reactivate
            | Class::Create
            | Class::Rename
            | Class::RenameGroup
            | Class::CreateGroup
            | Class::AddMembers
            | Class::DeleteGroup => None,
        }
    }
}

/// What is taken away from people, and counted over days: access, and memberships of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    People,
    Memberships,
}
