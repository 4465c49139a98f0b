//! The plan as data: changes (one SCIM request each), adoptions (none), notes (to say, not to do), and a real cycle's facts.
//!
//! Never: a closure, a handle, or anything else that cannot be printed, stored and compared.

mod absence;
mod accounts;
mod change;
mod drift;
mod entries;
mod groups;
mod note;
mod planner;
mod readdress;
#[cfg(test)]
mod tests;

pub use change::{Cause, Change, ChangeKey, Kind, PlannedChange};
pub use note::Note;
pub use planner::{Inputs, Team, plan};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::groups::GroupAdoption;
use super::model::{Member, ScimId, SourceId};
use super::snapshot::Fact;

/// A match that comes under management: no request, part of the plan's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    pub id: SourceId,
    pub member: Member,
}

impl Adoption {
    pub fn key(&self) -> ChangeKey {
        Self::key_of(&self.id, &self.member.scim_id)
    }

    /// The key of this account's adoption, planned or done.
    pub fn key_of(id: &SourceId, scim_id: &ScimId) -> ChangeKey {
        ChangeKey::of(&["adopt", &id.source, &id.id, &scim_id.0])
    }
}

/// Some of a plan's entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    pub changes: Vec<PlannedChange>,
    pub adoptions: Vec<Adoption>,
    #[serde(default)]
    pub group_adoptions: Vec<GroupAdoption>,
}

impl Entries {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.adoptions.is_empty() && self.group_adoptions.is_empty()
    }
}

/// A reason why a whole source counts for nothing this time, whatever is approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum SourceRefusal {
    /// Not one entry.
    Empty { source: String },
    /// Entries, but none in `[scope]`.
    NobodyInScope { source: String, entries: u64 },
    /// The mapping understood nothing, or a much smaller share than last time.
    NotUnderstood {
        source: String,
        what: String,
        share_percent: u64,
        last_percent: u64,
        /// One entry that was not understood, and why.
        #[serde(default)]
        example: Option<String>,
    },
}

impl SourceRefusal {
    pub fn source(&self) -> &str {
        match self {
            SourceRefusal::Empty { source }
            | SourceRefusal::NobodyInScope { source, .. }
            | SourceRefusal::NotUnderstood { source, .. } => source,
        }
    }
}

/// Seats, as far as they can be known (`postman.seats`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seats {
    /// Creates and reactivations.
    pub needed: u64,
    /// Deactivations, which are applied first.
    pub freed: u64,
    /// Free now; known only with `postman.seats` and a listing of the team.
    pub free: Option<u64>,
}

/// How this plan differs from the last one that was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub last_plan_id: String,
    pub new: Vec<ChangeKey>,
    pub gone: u64,
    pub same: u64,
}

/// The last stored plan, as far as the next one is compared with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPlan {
    pub id: String,
    pub keys: Vec<ChangeKey>,
}

/// What to do, what to say, and what to remember.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub changes: Vec<PlannedChange>,
    pub adoptions: Vec<Adoption>,
    #[serde(default)]
    pub group_adoptions: Vec<GroupAdoption>,
    pub notes: Vec<Note>,
    pub refusals: Vec<SourceRefusal>,
    /// Stored by a real cycle before it applies anything.
    pub facts: Vec<Fact>,
    pub seats: Seats,
    pub managed_active: u64,
    /// Managed groups, and memberships of them that were made true.
    #[serde(default)]
    pub managed_groups: u64,
    #[serde(default)]
    pub memberships: u64,
    pub difference: Option<Difference>,
    /// The team's pin and the configuration, which are part of the id.
    pub context: String,
}

impl Plan {
    /// A short hash of the team's pin, the configuration and the sorted changes: never of listings, evidence,
    /// the time, notes or budgets. Same inputs, same id, in a dry run and in a real cycle.
    pub fn id(&self) -> String {
        let mut keys = self.keys();
        keys.sort();
        let parts = std::iter::once(self.context.as_bytes()).chain(keys.iter().map(|key| key.0.as_bytes()));
        digest_hex(parts)[..10].to_owned()
    }

    /// The keys of all changes and adoptions.
    pub fn keys(&self) -> Vec<ChangeKey> {
        let changes = self.changes.iter().flat_map(|planned| planned.change.keys());
        let adoptions = self.adoptions.iter().map(Adoption::key);
        changes.chain(adoptions).chain(self.group_adoptions.iter().map(GroupAdoption::key)).collect()
    }

    /// Says how this plan differs from the last one that was stored.
    pub fn compare(&mut self, last: &LastPlan) {
        let now: BTreeSet<ChangeKey> = self.keys().into_iter().collect();
        let before: BTreeSet<ChangeKey> = last.keys.iter().cloned().collect();
        self.difference = Some(Difference {
            last_plan_id: last.id.clone(),
            new: now.difference(&before).cloned().collect(),
            gone: before.difference(&now).count() as u64,
            same: now.intersection(&before).count() as u64,
        });
    }

    /// Nothing to send and nobody to adopt.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.adoptions.is_empty() && self.group_adoptions.is_empty()
    }

    pub fn count(&self, kind: Kind) -> u64 {
        self.changes.iter().filter(|planned| planned.change.kind() == kind).count() as u64
    }
}

/// SHA-256 over length-prefixed parts, in hexadecimal.
pub fn digest_hex<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
