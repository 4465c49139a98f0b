//! Groups: the directory's, Postman's, and the five changes that make the one follow the other.
//!
//! Never: makes or removes a person. A group says who is in it; whether somebody is in the team is the scope's to say.

mod note;
pub mod rules;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::model::{ScimId, SourceId, UserName};
use super::plan::ChangeKey;
use super::snapshot::{Absence, Origin};
pub use note::GroupNote;
use rules::Rule;

/// A directory group's immutable id. The groups of a source are a namespace beside its people, `corp/groups:<id>`, so that holds,
/// doubts and the audit know both by a `SourceId`; no name of a source has a `/` in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(SourceId);

const NAMESPACE: &str = "/groups";

impl GroupId {
    /// `source`: the `name` of the `[[source]]`; `id`: the directory's own, opaque.
    pub fn new(source: &str, id: impl Into<String>) -> Self {
        Self(SourceId::new(format!("{source}{NAMESPACE}"), id))
    }

    /// Nothing for the id of a person.
    pub fn of_subject(subject: &SourceId) -> Option<Self> {
        subject.source.ends_with(NAMESPACE).then(|| Self(subject.clone()))
    }

    /// The `name` of the `[[source]]`.
    pub fn source(&self) -> &str {
        self.0.source.strip_suffix(NAMESPACE).unwrap_or(&self.0.source)
    }

    /// The directory's own id.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// As holds, doubts and the audit know it.
    pub fn subject(&self) -> &SourceId {
        &self.0
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One group that a `[[group]]` asks a source for, as the source found it; or why it is not known who is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryGroup {
    /// `group.source` of the rule that asked for it.
    pub asked: String,
    pub found: Result<FoundGroup, String>,
}

/// A group that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundGroup {
    /// Immutable at the directory, and what `DirectoryUser::in_groups` of everybody in it holds. Where a directory has no such
    /// id (file, exec), the name.
    pub id: String,
    /// As the directory calls it.
    pub name: String,
    /// How many are in it, groups inside followed as configured, whether or not they were read as people.
    pub members: u64,
}

/// A directory group as Postman should have it, and how its members differ from what was last made true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredGroup {
    pub id: GroupId,
    /// As the directory calls it.
    pub directory_name: String,
    /// `displayName` at Postman.
    pub name: String,
    /// A Postman group of that name is taken under management without being asked for.
    pub adopt: bool,
    /// As the directory counts them.
    pub members: u64,
    /// Memberships that were made true before.
    pub applied: u64,
    /// Those of them whom this reading shows in the group.
    pub stays: u64,
    /// People in it whose membership was not made true yet, sorted; whether they have an account is the planner's to see.
    pub joins: Vec<SourceId>,
    /// People with a membership whom this reading showed and who are not in the group, sorted. Whoever was not shown is not
    /// among them.
    pub leaves: Vec<SourceId>,
}

/// All groups of one cycle's reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupReading {
    /// Sorted by id, unique.
    pub desired: Vec<DesiredGroup>,
    /// Rules of which it is not known which groups they mean or who is in those: source, `group.source`, why.
    pub failed: Vec<(String, String, String)>,
    /// Everybody with a membership of a managed group that no rule asks for any more, or that is no longer there; only of
    /// sources that were read and of which no rule failed.
    pub unwanted: Vec<(GroupId, Vec<SourceId>)>,
}

impl GroupReading {
    /// Everybody whose membership may change; some of them more than once.
    pub fn people(&self) -> impl Iterator<Item = &SourceId> {
        let moving = self.desired.iter().flat_map(|desired| desired.joins.iter().chain(&desired.leaves));
        moving.chain(self.unwanted.iter().flat_map(|(_, people)| people))
    }
}

/// A managed group: one that we created or that was adopted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownGroup {
    pub id: GroupId,
    pub scim_id: ScimId,
    /// `displayName`, as Postman spells it.
    pub name: String,
    pub origin: Origin,
    /// Since when no rule asks for it, or the directory does not have it.
    pub absent: Option<Absence>,
    /// How many of our writes to this group somebody else undid.
    pub undone: u32,
}

/// A group as Postman shows it (RFC 7643 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamGroup {
    pub scim_id: ScimId,
    pub name: String,
    /// SCIM ids; `None` where the answer did not say (`null`, as after a rename).
    pub members: Option<Vec<ScimId>>,
}

/// Somebody whose membership changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    pub id: SourceId,
    pub user_name: UserName,
}

/// Why memberships end; the two are judged apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The directory shows them, and not in the group.
    Left,
    /// The directory shows nobody of the group's members in it any more, and there were several; or more than ten and more than half
    /// of them left at once; or no rule asks for the group.
    /// Far more often a lost right or a slip than a decision, so always a person's to approve.
    Emptied,
}

/// One SCIM request about a group. Variants stand in the order they are applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum GroupChange {
    /// `PATCH` with one `remove` a person. `name`: as Postman has it. `part` counts the requests of one group, from 0.
    RemoveMembers { id: GroupId, name: String, part: u32, people: Vec<Person>, cause: Removal },
    /// `PATCH {displayName}`.
    RenameGroup { id: GroupId, from: String, to: String },
    /// `POST`, without members: they follow, each request checked.
    CreateGroup { id: GroupId, name: String },
    /// `PATCH` with one `add`.
    AddMembers { id: GroupId, name: String, part: u32, people: Vec<Person> },
    /// `DELETE`, after one `GET` that shows that nobody is in it: what becomes of members is not documented for certain.
    DeleteGroup { id: GroupId, name: String },
}

/// People in one request, at most.
pub const MEMBERS_A_REQUEST: usize = 100;

impl GroupChange {
    pub fn id(&self) -> &GroupId {
        match self {
            Self::RemoveMembers { id, .. }
            | Self::RenameGroup { id, .. }
            | Self::CreateGroup { id, .. }
            | Self::AddMembers { id, .. }
            | Self::DeleteGroup { id, .. } => id,
        }
    }

    /// The group's name before the change.
    pub fn name(&self) -> &str {
        match self {
            Self::RenameGroup { from, .. } => from,
            Self::RemoveMembers { name, .. }
            | Self::CreateGroup { name, .. }
            | Self::AddMembers { name, .. }
            | Self::DeleteGroup { name, .. } => name,
        }
    }

    /// Whose membership it changes.
    pub fn people(&self) -> &[Person] {
        match self {
            Self::RemoveMembers { people, .. } | Self::AddMembers { people, .. } => people,
            Self::RenameGroup { .. } | Self::CreateGroup { .. } | Self::DeleteGroup { .. } => &[],
        }
    }

    /// One key for each membership, so that an approval still covers the others when one person more joins; and how the members
    /// are shared out over requests is in none. `kind`: the change's word.
    pub(super) fn keys(&self, kind: &str) -> Vec<ChangeKey> {
        let subject = self.id().subject();
        let key = |payload: &[&str]| {
            let mut parts = vec![kind, &subject.source, &subject.id];
            parts.extend(payload);
            ChangeKey::of(&parts)
        };
        match self {
            Self::RemoveMembers { people, .. } | Self::AddMembers { people, .. } => {
                people.iter().map(|person| key(&[&person.id.source, &person.id.id])).collect()
            }
            Self::RenameGroup { to, .. } => vec![key(&[to])],
            Self::CreateGroup { name, .. } => vec![key(&[name])],
            Self::DeleteGroup { .. } => vec![key(&[])],
        }
    }
}

/// A Postman group that comes under management: no request, part of the plan's id. Who is in it is remembered as it is, and
/// first changed by a later plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupAdoption {
    pub id: GroupId,
    pub group: TeamGroup,
}

impl GroupAdoption {
    pub fn key(&self) -> ChangeKey {
        Self::key_of(&self.id, &self.group.scim_id)
    }

    /// The key of this group's adoption, planned or done.
    pub fn key_of(id: &GroupId, scim_id: &ScimId) -> ChangeKey {
        let subject = id.subject();
        ChangeKey::of(&["adopt_group", &subject.source, &subject.id, &scim_id.0])
    }
}

/// `provisioning.groups`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing about groups is read or sent.
    #[default]
    Off,
    /// Postman's groups follow the directory's.
    Push,
    /// Both are read and compared, and nothing is sent.
    ReadBack,
}

/// One switch for each kind of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    pub create_groups: bool,
    pub rename_groups: bool,
    pub add_members: bool,
    pub remove_members: bool,
    pub delete_groups: bool,
}

/// What the core reads of the configuration about groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupPolicy {
    pub mode: Mode,
    pub switches: Switches,
    pub rules: Vec<Rule>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_group_is_nobodys() {
        let group = GroupId::new("corp", "7");
        assert_ne!(*group.subject(), SourceId::new("corp", "7"));
        assert_eq!((group.source(), group.id()), ("corp", "7"));
        assert_eq!(GroupId::of_subject(group.subject()), Some(group));
        assert_eq!(GroupId::of_subject(&SourceId::new("corp", "7")), None);
    }

    #[test]
    fn each_membership_has_a_key_of_its_own_however_they_are_shared_out() {
        let person = |id: &str| Person { id: SourceId::new("corp", id), user_name: UserName::new(format!("{id}@x")) };
        let add = |part, people: &[&str]| GroupChange::AddMembers {
            id: GroupId::new("corp", "g"),
            name: "Platform".into(),
            part,
            people: people.iter().map(|id| person(id)).collect(),
        };
        let two = add(0, &["1", "2"]).keys("add_members");
        let apart = [add(0, &["1"]).keys("add_members"), add(1, &["2"]).keys("add_members")].concat();
        assert_eq!(two, apart);
        assert_ne!(two[0], two[1]);
    }
}
