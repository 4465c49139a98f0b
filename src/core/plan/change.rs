//! A change: exactly one SCIM request, as data, with the keys that an approval of it has.
//!
//! Never: knows what a person approved, or what it takes to send it.

use serde::{Deserialize, Serialize};

use super::digest_hex;
use crate::core::groups::GroupChange;
use crate::core::model::{Account, Name, ScimId, SourceId, UserName};

/// One SCIM request. Variants stand in the order they are applied: revoking access comes first and frees
/// seats, old addresses are freed before anybody is created at them, names come last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// `PATCH {active: false}`, after one `GET` that shows it is the right account.
    Deactivate { id: SourceId, scim_id: ScimId, user_name: UserName, cause: Cause },
    /// `PATCH path=userName`. `depth` orders chains: an address is freed before it is taken.
    Readdress { depth: u32, id: SourceId, scim_id: ScimId, from: UserName, to: UserName },
    /// `PATCH {active: true}`.
    Reactivate { id: SourceId, scim_id: ScimId, user_name: UserName },
    /// `POST`.
    Create { id: SourceId, account: Account },
    /// `PUT {name}`.
    Rename { id: SourceId, scim_id: ScimId, user_name: UserName, from: Name, to: Name },
    /// Groups come last, when it is known who has an account.
    #[serde(untagged)]
    Group(GroupChange),
}

/// Why somebody is deactivated; the two are judged apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The directory says inactive.
    Explicit,
    /// The directory no longer has the person, or has them outside the scope.
    Absent,
}

/// The kinds of change, for switches, proofs, budgets and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Deactivate,
    Readdress,
    Reactivate,
    Create,
    Rename,
    RemoveMembers,
    RenameGroup,
    CreateGroup,
    AddMembers,
    DeleteGroup,
}

impl Kind {
    /// All kinds, in the order they are applied: the phases of a cycle.
    pub const ALL: [Kind; 10] = [
        Kind::Deactivate,
        Kind::Readdress,
        Kind::Reactivate,
        Kind::Create,
        Kind::Rename,
        Kind::RemoveMembers,
        Kind::RenameGroup,
        Kind::CreateGroup,
        Kind::AddMembers,
        Kind::DeleteGroup,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Deactivate => "deactivate",
            Kind::Readdress => "readdress",
            Kind::Reactivate => "reactivate",
            Kind::Create => "create",
            Kind::Rename => "rename",
            Kind::RemoveMembers => "remove_members",
            Kind::RenameGroup => "rename_group",
            Kind::CreateGroup => "create_group",
            Kind::AddMembers => "add_members",
            Kind::DeleteGroup => "delete_group",
        }
    }
}

impl Change {
    /// Whom it is about: a person, or a group (`GroupId::subject`).
    pub fn id(&self) -> &SourceId {
        match self {
            Change::Deactivate { id, .. }
            | Change::Readdress { id, .. }
            | Change::Reactivate { id, .. }
            | Change::Create { id, .. }
            | Change::Rename { id, .. } => id,
            Change::Group(change) => change.id().subject(),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Change::Deactivate { .. } => Kind::Deactivate,
            Change::Readdress { .. } => Kind::Readdress,
            Change::Reactivate { .. } => Kind::Reactivate,
            Change::Create { .. } => Kind::Create,
            Change::Rename { .. } => Kind::Rename,
            Change::Group(GroupChange::RemoveMembers { .. }) => Kind::RemoveMembers,
            Change::Group(GroupChange::RenameGroup { .. }) => Kind::RenameGroup,
            Change::Group(GroupChange::CreateGroup { .. }) => Kind::CreateGroup,
            Change::Group(GroupChange::AddMembers { .. }) => Kind::AddMembers,
            Change::Group(GroupChange::DeleteGroup { .. }) => Kind::DeleteGroup,
        }
    }

    /// The account the request is about; none for a create, and for a group.
    pub fn scim_id(&self) -> Option<&ScimId> {
        match self {
            Change::Deactivate { scim_id, .. }
            | Change::Readdress { scim_id, .. }
            | Change::Reactivate { scim_id, .. }
            | Change::Rename { scim_id, .. } => Some(scim_id),
            Change::Create { .. } | Change::Group(_) => None,
        }
    }

    /// The userName by which people know the account before the change; none for a group.
    pub fn user_name(&self) -> Option<&UserName> {
        match self {
            Change::Deactivate { user_name, .. }
            | Change::Reactivate { user_name, .. }
            | Change::Rename { user_name, .. } => Some(user_name),
            Change::Readdress { from, .. } => Some(from),
            Change::Create { account, .. } => Some(&account.user_name),
            Change::Group(_) => None,
        }
    }

    /// What people call the account, or the group, before the change.
    pub fn label(&self) -> &str {
        match self {
            Change::Group(change) => change.name(),
            person => person.user_name().map(UserName::as_str).unwrap_or_default(),
        }
    }

    /// The keys of this change: kind, subject and payload; of a group's, one for each membership. An approval is a set of these.
    /// The cause is left out, since somebody who was approved as gone and is now marked inactive leaves all the same.
    pub fn keys(&self) -> Vec<ChangeKey> {
        let payload = match self {
            Change::Group(change) => return change.keys(self.kind().as_str()),
            Change::Deactivate { .. } | Change::Reactivate { .. } => vec![],
            Change::Readdress { to, .. } => vec![to.as_str()],
            Change::Create { account, .. } => {
                vec![account.user_name.as_str(), &account.name.given, &account.name.family]
            }
            Change::Rename { to, .. } => vec![to.given.as_str(), &to.family],
        };
        let scim_id = self.scim_id().map(|id| id.0.as_str()).unwrap_or_default();
        let mut parts = vec![self.kind().as_str(), &self.id().source, &self.id().id, scim_id];
        parts.extend(payload);
        vec![ChangeKey::of(&parts)]
    }

    /// One key for all of it: what a mark is for.
    pub fn key(&self) -> ChangeKey {
        let mut keys = self.keys();
        match (keys.len(), keys.pop()) {
            (1, Some(key)) => key,
            (_, last) => {
                let parts: Vec<&str> = keys.iter().chain(&last).map(|key| key.0.as_str()).collect();
                ChangeKey::of(&parts)
            }
        }
    }

    /// Requests it takes: a deactivation and the removal of a group look before they fire.
    pub fn requests(&self) -> u32 {
        if matches!(self.kind(), Kind::Deactivate | Kind::DeleteGroup) { 2 } else { 1 }
    }
}

/// Sixteen bytes of SHA-256 in hexadecimal: what exactly a change would do, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeKey(pub String);

impl ChangeKey {
    pub(in crate::core) fn of(parts: &[&str]) -> Self {
        Self(digest_hex(parts.iter().map(|part| part.as_bytes()))[..32].to_owned())
    }
}

/// A change with the fact at the source that led to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlannedChange {
    #[serde(flatten)]
    pub change: Change,
    pub why: String,
}
