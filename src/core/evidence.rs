//! Evidence: the certificate that one source was read to its end by the expected principal. Absence counts
//! only with it. Only a source makes one, and only after its last entry.
//!
//! Never: exists for a reading that stopped early; that is a `SourceError`.

use serde::{Deserialize, Serialize};

/// One complete reading of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The `name` of the `[[source]]`.
    pub source: String,
    /// Entries read, in scope or not.
    pub entries: u64,
    /// Whether one person can be looked up by immutable id (`Source::probe`). Where not, absence has to wait.
    pub can_probe: bool,
    /// Who read it, as the directory names that principal; none for a file.
    pub principal: Option<String>,
    /// What else was checked: `manifest: 500 rows, sha256 matches`.
    pub checked: Vec<String>,
}

/// How much of a complete reading the mapping understood, kept to compare the next reading with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Understood {
    pub entries: u64,
    pub in_scope: u64,
    /// In scope, and inactive: leavers often lose their mail attribute, so no account is asked of them.
    #[serde(default)]
    pub inactive: u64,
    /// In scope, not inactive, and the mapping made an account of it.
    pub mapped: u64,
    /// In scope, and the directory said whether the person is active.
    pub with_state: u64,
}

/// What a look-up of one person by immutable id said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    Gone,
    /// Found, and explicitly inactive; the fact that says so.
    Inactive(String),
    /// Found: the listing was wrong about this person.
    Present,
    /// This source cannot look up one person.
    CannotAsk,
    /// The look-up failed; nothing is known.
    Failed(String),
}
