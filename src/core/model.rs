//! The nouns: identifiers that cannot be mixed up, people at the directory, people as they should be,
//! members as Postman shows them.
//!
//! Never: a function that takes two bare strings.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// A person's immutable id at one directory, with the name of the source that knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId {
    /// The `name` of the `[[source]]`.
    pub source: String,
    /// The directory's own id, opaque.
    pub id: String,
}

impl SourceId {
    pub fn new(source: impl Into<String>, id: impl Into<String>) -> Self {
        Self { source: source.into(), id: id.into() }
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.id)
    }
}

/// The `id` Postman gave a member (RFC 7643 §3.1): opaque, 48 hexadecimal characters in practice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScimId(pub String);

impl fmt::Display for ScimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SCIM `userName`, at Postman the e-mail. Compared ASCII-case-insensitively, sent as it was given; letters
/// outside ASCII are never folded, since two directories fold them differently.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserName(String);

impl UserName {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The form that is equal for equal names.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
    /// What stands behind the last `@`, in lower case; empty without one.
    pub fn domain(&self) -> String {
        self.0.rsplit_once('@').map(|(_, d)| d.to_ascii_lowercase()).unwrap_or_default()
    }
}

impl PartialEq for UserName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for UserName {}
impl Hash for UserName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
impl PartialOrd for UserName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for UserName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
/// Personal data does not reach a debug print.
impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserName(***)")
    }
}

/// `name.givenName` and `name.familyName` (RFC 7643 §4.1.1). Postman wants both.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    pub given: String,
    pub family: String,
}

impl Name {
    pub fn new(given: impl Into<String>, family: impl Into<String>) -> Self {
        Self { given: given.into(), family: family.into() }
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.given, self.family)
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(***)")
    }
}

/// Everything the tool ever sends about a person: the three mapped attributes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Account {
    pub user_name: UserName,
    pub name: Name,
}

/// Whether the directory lets a person work. Missing, null or a value we were not told about is `Unknown`,
/// and unknown changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Active {
    Yes,
    No,
    Unknown,
}

/// One entry as a source read it, before mapping.
#[derive(Clone)]
pub struct DirectoryUser {
    pub id: SourceId,
    /// Every attribute the directory returned, under the directory's own names.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    pub active: Active,
    /// The fact behind `active`, for people: `status = "terminated"`.
    pub active_because: String,
    /// Groups as the directory names them.
    pub groups: Vec<String>,
    /// Groups that a `[[group]]` asks for and that they are in, each by `FoundGroup::id`.
    pub in_groups: Vec<String>,
    /// Where the entry stands at the source: `people.csv line 12`.
    pub place: String,
}

/// What the directory wants for a person, with the fact that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// In the team.
    In,
    /// Explicitly inactive at the directory.
    Out(String),
    /// Present at the directory, outside `[scope]`.
    OutOfScope(String),
    /// The directory does not say; nothing changes.
    Unknown(String),
}

/// A person as they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredUser {
    pub id: SourceId,
    pub wanted: Wanted,
    /// The mapped account, or why the mapping made none.
    pub account: Result<Account, super::mapping::Rejection>,
    /// The source that decides about names and activity: the first in file order that knows the person. `id`
    /// may be of another one, by which the snapshot knows them.
    pub decided_by: String,
    pub place: String,
}

/// A member as Postman shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub scim_id: ScimId,
    pub account: Account,
    pub active: bool,
}
