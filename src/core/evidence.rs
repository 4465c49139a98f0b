//! Evidence: the certificate that one source was read to its end by the expected principal. Absence counts
//! only with it. Only a source makes one, and only after its last entry.
//!
//! Never: exists for a reading that stopped early; that is a `SourceError`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One complete reading of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The `name` of the `[[source]]`.
    pub source: String,
    /// Entries read, in scope or not.
    pub entries: u64,
    /// Whether one person can be looked up by immutable id (`Source::look_up`). Where not, absence has to wait.
    pub can_probe: bool,
    /// Which directory it was and who read it; none where there is nobody to ask, as for a file.
    pub identity: Option<Identity>,
    /// What else was checked: `manifest: 500 rows, sha256 matches`.
    pub checked: Vec<String>,
}

/// The two ends of a reading, as the directory itself names them. What was read by another principal, or from another
/// directory, is no evidence about people who were read by this one from this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The directory: its naming context or tenant, and an id of it that a copy under the same name would not have.
    pub directory: String,
    /// The principal, as the directory names it: `dn:cn=sync,dc=acme,dc=example`.
    pub principal: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.directory, self.principal)
    }
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
    /// Found, and outside `[scope]`; the rule that says so.
    OutOfScope(String),
    /// Found: the listing was wrong about this person.
    Present,
    /// This source cannot look up one person.
    CannotAsk,
    /// The look-up failed; nothing is known.
    Failed(String),
}
