//! What the fold made of all sources: only the people who differ from the snapshot, and who is missing.
//!
//! Never: holds people who are as they should be; memory grows with the differences.

use std::collections::BTreeMap;

use super::evidence::{Evidence, Understood};
use super::groups::GroupReading;
use super::model::{DesiredUser, SourceId, UserName};
use super::snapshot::Missing;

/// How one source's reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceReading {
    pub source: String,
    /// The certificate, or why there is none.
    pub evidence: Result<Evidence, String>,
    pub understood: Understood,
    /// The last complete reading of this source, if there was one.
    pub last: Option<Understood>,
    pub unclear: Unclear,
}

/// The first entry in scope that was not understood, of each kind: where it stands and why, without a value of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unclear {
    pub mapping: Option<String>,
    pub state: Option<String>,
}

/// All sources, joined: one entry a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// In the order of the configuration.
    pub sources: Vec<SourceReading>,
    /// People who differ from the snapshot, about whom something is remembered or the team's listing says
    /// something else, or whose userName another entry of the reading has too; sorted by id, unique.
    pub people: Vec<DesiredUser>,
    /// Managed people whom no source showed, sorted: those who are in the team or about whom something is
    /// remembered.
    pub absent: Vec<SourceId>,
    /// Entries of managed people of several sources that their source does not show now, or did not the last time.
    pub entries: Vec<Entry>,
    /// People whom a source behind the one that decides has under another address, with their account's and that source.
    pub elsewhere: Vec<(SourceId, UserName, String)>,
    /// Entries that turned out to be somebody managed under another source's id, and those people: to be remembered.
    pub joined: Vec<(SourceId, SourceId)>,
    /// Entries of `people` that are, or may well be, somebody whose account is bound to another id: it is theirs only once a
    /// person says so (`adopt WHO --rebind`), and until then neither gets an account nor changes.
    pub rebinds: BTreeMap<SourceId, SourceId>,
    /// The groups of `[[group]]`.
    pub groups: GroupReading,
}

/// What one source had for somebody managed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub person: SourceId,
    pub source: String,
    pub shown: bool,
    /// As it was remembered.
    pub missing: Option<Missing>,
    /// Whether their account was in the team when the fold began.
    pub in_team: bool,
    /// Whether it would decide about them if it were shown: no entry of this source, or of one before it, does.
    pub would_decide: bool,
}
