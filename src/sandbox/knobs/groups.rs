//! The unknowns about groups.
//!
//! Never: changes what a user looks like.

use serde::{Deserialize, Serialize};

/// POST of a group whose name another has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateGroup {
    /// 409, with the text that speaks of a person, as documented.
    #[default]
    Conflict,
    Allowed,
}

/// A PATCH that gives a group the name of another, where `DuplicateGroup` forbids it. 409 is documented for POST only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenGroupName {
    /// 400, with the text about userNames that the documents list for this PATCH.
    #[default]
    BadRequest,
    Conflict,
}

/// `display` of a group's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberDisplay {
    /// The name in answers to GET and POST, the userName in answers to PATCH, as in the examples.
    #[default]
    Mixed,
    Name,
    UserName,
    Absent,
}

/// `members` in the answer to a rename.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenameMembers {
    /// `"members": null`, as in the example.
    #[default]
    Null,
    Absent,
    Listed,
}

/// Whether somebody who was deactivated is in their groups again when they come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Memberships {
    #[default]
    Dropped,
    Kept,
}

/// What becomes of the members of a group that is deleted; the documents say two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupDelete {
    #[default]
    MembersStay,
    /// Those are deactivated who are in no other group.
    DeactivatesSole,
    DeactivatesAll,
}

/// A member who is not in the team, or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentMember {
    #[default]
    Forbidden,
    NotFound,
    Ignored,
}

/// `groups` in the POST of a user: an example has it, a note says that users must join first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostGroups {
    #[default]
    Ignored,
    Joined,
}

/// Whether groups made in the web application are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandMadeGroups {
    #[default]
    Listed,
    Unlisted,
}
