//! What the fold made of all sources: only the people who differ from the snapshot, and who is missing.
//!
//! Never: holds people who are as they should be; memory grows with the differences.

use std::collections::BTreeSet;

use super::evidence::{Evidence, Understood};
use super::model::{DesiredUser, SourceId};

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
    /// Managed people of `people` and `absent` whom a source showed before that would decide about them, and that does not
    /// show them now: that they are gone from it has only this listing's word.
    pub lapsed: BTreeSet<SourceId>,
    /// Entries that turned out to be somebody managed under another source's id, to be remembered.
    pub joined: Vec<Joined>,
}

/// An entry of one source that is a person bound to an id of another: hashes of both ids (`snapshot::id_hash`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Joined {
    pub id: u128,
    pub person: u128,
    /// The source of the entry.
    pub source: String,
}
