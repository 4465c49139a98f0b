//! The plan as data: changes (one SCIM request each), adoptions (none), notes (to say, not to do), and a real cycle's facts.
//!
//! Never: a closure, a handle, or anything else that cannot be printed, stored and compared.

mod absence;
mod accounts;
mod drift;
mod entries;
mod planner;
mod readdress;
#[cfg(test)]
mod tests;

pub use planner::{Inputs, Team, plan};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::mapping::Rejection;
use super::model::{Account, Member, Name, ScimId, SourceId, UserName};
use super::snapshot::{Fact, Hold};

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
}

impl Kind {
    /// All kinds, in the order they are applied: the phases of a cycle.
    pub const ALL: [Kind; 5] = [Kind::Deactivate, Kind::Readdress, Kind::Reactivate, Kind::Create, Kind::Rename];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Deactivate => "deactivate",
            Kind::Readdress => "readdress",
            Kind::Reactivate => "reactivate",
            Kind::Create => "create",
            Kind::Rename => "rename",
        }
    }
}

impl Change {
    pub fn id(&self) -> &SourceId {
        match self {
            Change::Deactivate { id, .. }
            | Change::Readdress { id, .. }
            | Change::Reactivate { id, .. }
            | Change::Create { id, .. }
            | Change::Rename { id, .. } => id,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Change::Deactivate { .. } => Kind::Deactivate,
            Change::Readdress { .. } => Kind::Readdress,
            Change::Reactivate { .. } => Kind::Reactivate,
            Change::Create { .. } => Kind::Create,
            Change::Rename { .. } => Kind::Rename,
        }
    }

    /// The account the request is about; none for a create.
    pub fn scim_id(&self) -> Option<&ScimId> {
        match self {
            Change::Deactivate { scim_id, .. }
            | Change::Readdress { scim_id, .. }
            | Change::Reactivate { scim_id, .. }
            | Change::Rename { scim_id, .. } => Some(scim_id),
            Change::Create { .. } => None,
        }
    }

    /// The userName by which people know the account before the change.
    pub fn user_name(&self) -> &UserName {
        match self {
            Change::Deactivate { user_name, .. }
            | Change::Reactivate { user_name, .. }
            | Change::Rename { user_name, .. } => user_name,
            Change::Readdress { from, .. } => from,
            Change::Create { account, .. } => &account.user_name,
        }
    }

    /// The key of this change: kind, subject and payload. An approval is a set of these. The cause is left
    /// out, since somebody who was approved as gone and is now marked inactive leaves all the same.
    pub fn key(&self) -> ChangeKey {
        let scim_id = self.scim_id().map(|id| id.0.as_str()).unwrap_or_default();
        let payload = match self {
            Change::Deactivate { .. } | Change::Reactivate { .. } => vec![],
            Change::Readdress { to, .. } => vec![to.as_str()],
            Change::Create { account, .. } => {
                vec![account.user_name.as_str(), &account.name.given, &account.name.family]
            }
            Change::Rename { to, .. } => vec![to.given.as_str(), &to.family],
        };
        let mut parts = vec![self.kind().as_str(), &self.id().source, &self.id().id, scim_id];
        parts.extend(payload);
        ChangeKey::of(&parts)
    }

    /// Requests it takes: a deactivation looks before it fires.
    pub fn requests(&self) -> u32 {
        if self.kind() == Kind::Deactivate { 2 } else { 1 }
    }
}

/// Sixteen bytes of SHA-256 in hexadecimal: what exactly a change would do, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeKey(pub String);

impl ChangeKey {
    fn of(parts: &[&str]) -> Self {
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
}

impl Entries {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.adoptions.is_empty()
    }
}

/// Something to say and not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "note")]
pub enum Note {
    /// The mapping made no account of an entry that should be in the team.
    Rejected { id: SourceId, place: String, rejection: Rejection },
    /// A protected account; nothing touches it.
    Protected { user_name: UserName },
    /// A member no directory person has the userName of.
    Stranger { member: Member },
    /// A match, with `matches = "report"`.
    Match { id: SourceId, member: Member },
    /// A match whose person is inactive at the directory: adopted now, deactivated in a later cycle.
    AdoptedInactive { id: SourceId, user_name: UserName },
    /// The directory does not say whether this person is active.
    UnknownState { id: SourceId, user_name: Option<UserName>, because: String, in_team: bool },
    /// Several people at the directory have one userName; none of them changes.
    Duplicate { user_name: UserName, ids: Vec<SourceId> },
    /// The wanted userName belongs to the account of another managed person.
    AddressTaken { id: SourceId, user_name: UserName, holder: SourceId },
    /// The wanted userName belongs to a member who is not managed.
    AddressTakenByStranger { id: SourceId, user_name: UserName },
    /// People who swap addresses; no order of requests can do it.
    Swap { ids: Vec<SourceId> },
    /// A directory id we never saw has the userName of an account bound to another id that is gone or inactive.
    NewDirectoryId { new: SourceId, bound_to: SourceId, user_name: UserName },
    /// An e-mail change out of the verified domains.
    UnverifiedDomain { id: SourceId, from: UserName, to: UserName },
    /// Set aside.
    Held { id: SourceId, user_name: Option<UserName>, hold: Hold },
    /// An earlier request's answer is still unknown.
    InDoubt { id: SourceId, user_name: UserName, kind: Kind },
    /// Invited, and not yet accepted.
    InvitationPending { id: SourceId, user_name: UserName },
    /// Invited, and gone before they accepted: whether a deactivation ends an invitation is not documented.
    InvitationOpen { id: SourceId, user_name: UserName },
    /// Absent; waits until it was absent long enough, or until the grace is over.
    Due { id: SourceId, user_name: UserName, why: String, due_unix_s: i64 },
    /// Absent or out of scope by the listing, and a look-up failed or found them after all.
    NotGone { id: SourceId, user_name: UserName, why: String },
    /// What would have been done, but its switch is off.
    SwitchedOff { change: PlannedChange },
    /// The team was changed by somebody else, and the directory wins.
    Drift { id: SourceId, user_name: UserName, what: String },
    /// Another source has them too, by what was joined, and under another address than the one that decides.
    OtherAddress { id: SourceId, user_name: UserName, source: String },
    /// Out of the team, active at one source, and not shown any more by an earlier one, whose word may have put them out.
    SilentSource { id: SourceId, user_name: UserName, silent: String, active: String },
    /// A source that could not be read, and how many members are bound to it.
    UnreadSource { source: String, members: u64, why: String },
    /// Members bound to a source name that no `[[source]]` has.
    NoSuchSource { source: String, members: u64 },
}

impl Note {
    /// Whether the note leaves a person unlike what the directory wants until somebody acts: exit code 3.
    pub fn holds_somebody(&self) -> bool {
        match self {
            Note::Rejected { .. }
            | Note::Duplicate { .. }
            | Note::AddressTaken { .. }
            | Note::AddressTakenByStranger { .. }
            | Note::Swap { .. }
            | Note::NewDirectoryId { .. }
            | Note::UnverifiedDomain { .. }
            | Note::Held { .. }
            | Note::InDoubt { .. }
            | Note::NotGone { .. }
            | Note::InvitationOpen { .. }
            | Note::SilentSource { .. }
            | Note::UnreadSource { .. }
            | Note::NoSuchSource { .. } => true,
            // Perhaps a leaver with a status nobody told us about.
            Note::UnknownState { in_team, .. } => *in_team,
            Note::Protected { .. }
            | Note::Stranger { .. }
            | Note::Match { .. }
            | Note::AdoptedInactive { .. }
            | Note::InvitationPending { .. }
            | Note::Due { .. }
            | Note::SwitchedOff { .. }
            | Note::Drift { .. }
            | Note::OtherAddress { .. } => false,
        }
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
    pub notes: Vec<Note>,
    pub refusals: Vec<SourceRefusal>,
    /// Stored by a real cycle before it applies anything.
    pub facts: Vec<Fact>,
    pub seats: Seats,
    pub managed_active: u64,
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
        let changes = self.changes.iter().map(|planned| planned.change.key());
        changes.chain(self.adoptions.iter().map(Adoption::key)).collect()
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
        self.changes.is_empty() && self.adoptions.is_empty()
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
