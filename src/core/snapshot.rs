//! What we last made or saw true: the snapshot's rows, and the facts that move them.
//!
//! Never: decides anything. `Snapshot::absorb` and `store::Store::absorb` must agree; a test compares them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::groups::{GroupId, KnownGroup};
use super::model::{Account, Member, ScimId, SourceId, UserName};
use super::plan::Change;
use super::time::Moment;

/// Where a managed person stands in the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Active,
    Inactive,
    /// A create was answered 201 and the member is not visible: an invitation waits to be accepted.
    Invited,
    /// Not in the team at all (404, or 403 that is about the person).
    Gone,
}

/// How a member came under management.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Created,
    Adopted,
}

/// Since when a person was missing in complete readings, and in how many real cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    pub first: Moment,
    pub cycles: u32,
}

impl Absence {
    /// When somebody who has to be missing for `needed_s` has been: seconds since 1970 UTC. It stays where it is from
    /// cycle to cycle; when the wall clock is set, it moves along, so that the time still to pass is the same.
    pub fn due_unix_s(self, needed_s: i64, now: Moment) -> i64 {
        /// Two clocks that count whole seconds differ by as much without a reason.
        const ROUNDING_S: i64 = 2;
        let elapsed_s = now.since(self.first);
        let was_set = (now.unix_s - self.first.unix_s).abs_diff(elapsed_s) > ROUNDING_S.unsigned_abs();
        let start_unix_s = if was_set { now.unix_s - elapsed_s } else { self.first.unix_s };
        (start_unix_s + needed_s).max(now.unix_s)
    }
}

/// How long one source has not shown somebody whom another one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Perhaps by a short listing: the sources behind it do not decide yet.
    Since(Absence),
    /// They are no longer there.
    ForGood,
}

/// One row of the snapshot: a managed person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub id: SourceId,
    pub scim_id: ScimId,
    /// As Postman spells it.
    pub account: Account,
    pub standing: Standing,
    pub origin: Origin,
    pub absent: Option<Absence>,
    /// How many of our writes to this person somebody else undid.
    pub undone: u32,
}

impl Known {
    pub fn is_active(&self) -> bool {
        self.standing == Standing::Active
    }

    /// Active, or invited and able to become so.
    pub fn is_in_team(&self) -> bool {
        matches!(self.standing, Standing::Active | Standing::Invited)
    }
}

/// Why a person is set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum HoldReason {
    /// Somebody deactivated the member in Postman.
    DeactivatedByHand,
    /// Somebody removed the member from the team.
    RemovedByHand,
    /// Somebody changed the address in Postman.
    ReaddressedByHand { to: UserName },
    /// Three of our writes were undone: somebody else provisions this person too.
    Undone,
    /// Postman refused the change, for this person. Tried again at `until`.
    Refused { detail: String },
    /// 409, and no member has that userName: another team's account, or an invitation made by hand.
    Conflict,
    /// A create whose answer was lost, and whose member never became visible: perhaps an invitation.
    Invited,
    /// Before a deactivation the account behind the id was somebody else's.
    WrongAccount { found: UserName },
}

/// A person set aside, with a reason and a time of next try (`None`: until `adopt WHO`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub reason: HoldReason,
    pub since: Moment,
    /// Seconds since 1970 UTC.
    pub until_unix_s: Option<i64>,
    pub tries: u32,
}

impl Hold {
    pub fn holds_at(&self, now: Moment) -> bool {
        self.until_unix_s.is_none_or(|until| now.unix_s < until)
    }
}

/// The number of a mark: one request that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpId(pub i64);

/// A request that was begun and whose answer is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    pub op: OpId,
    pub change: Change,
    pub began: Moment,
}

/// One thing that became known. A real cycle stores facts; a dry run only absorbs them in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// The row is now this.
    Known(Known),
    /// The person is no longer managed under this id (a rebinding).
    Forget(SourceId),
    Hold(SourceId, Hold),
    Release(SourceId),
    /// The account passes from one directory id to another, and what was joined to it follows.
    Rebound {
        from: SourceId,
        to: SourceId,
    },
    /// An entry of another source is this person.
    Joined {
        entry: SourceId,
        person: SourceId,
    },
    /// What was joined to this person is forgotten.
    Apart(SourceId),
    /// Whether this source shows the person.
    Missing {
        person: SourceId,
        source: String,
        missing: Option<Missing>,
    },
    /// The group is now this.
    Group(KnownGroup),
    /// The group is no longer managed.
    ForgetGroup(GroupId),
    /// Memberships of a managed group that became true, and that ended: accounts of people who are managed.
    Members {
        group: GroupId,
        joined: Vec<ScimId>,
        left: Vec<ScimId>,
    },
    /// A doubt is settled: we read what became of it.
    Settled {
        op: OpId,
        happened: bool,
    },
}

/// The part of the store that a plan depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub known: BTreeMap<SourceId, Known>,
    pub holds: BTreeMap<SourceId, Hold>,
    pub doubts: BTreeMap<OpId, Doubt>,
    /// All managed groups.
    pub groups: BTreeMap<GroupId, KnownGroup>,
}

impl Snapshot {
    pub fn absorb(&mut self, facts: &[Fact]) {
        for fact in facts {
            match fact.clone() {
                Fact::Known(known) => {
                    self.known.insert(known.id.clone(), known);
                }
                Fact::Forget(id) => {
                    self.known.remove(&id);
                }
                // What no plan depends on but through the reading.
                Fact::Rebound { .. } | Fact::Joined { .. } | Fact::Apart(_) | Fact::Missing { .. } => {}
                Fact::Members { .. } => {}
                Fact::Group(group) => {
                    self.groups.insert(group.id.clone(), group);
                }
                Fact::ForgetGroup(id) => {
                    self.groups.remove(&id);
                }
                Fact::Hold(id, hold) => {
                    self.holds.insert(id, hold);
                }
                Fact::Release(id) => {
                    self.holds.remove(&id);
                }
                Fact::Settled { op, .. } => {
                    self.doubts.remove(&op);
                }
            }
        }
    }

    /// Whether a request about this person still waits to be settled.
    pub fn in_doubt(&self, id: &SourceId) -> Option<&Doubt> {
        self.doubts.values().find(|doubt| doubt.change.id() == id)
    }
}

/// A 16-byte hash of a person's id, for the fold.
pub fn id_hash(id: &SourceId) -> u128 {
    hash16(&[id.source.as_bytes(), id.id.as_bytes()])
}

/// A 16-byte hash of a SCIM id.
pub fn scim_hash(id: &ScimId) -> u128 {
    hash16(&[b"scim", id.0.as_bytes()])
}

/// A 16-byte hash of a userName, equal for equal names.
pub fn name_hash(user_name: &UserName) -> u128 {
    hash16(&[b"name", user_name.key().as_bytes()])
}

/// A 16-byte hash of what a person's account is. Accounts that are off are all alike: nothing of them is compared.
pub fn fingerprint(account: &Account, active: bool) -> u128 {
    if !active {
        return hash16(&[b"off"]);
    }
    let key = account.user_name.key();
    hash16(&[b"on", key.as_bytes(), account.name.given.as_bytes(), account.name.family.as_bytes()])
}

/// The fingerprint of a snapshot row; equal to a desired user's or a member's when nothing differs.
pub fn known_fingerprint(known: &Known) -> u128 {
    fingerprint(&known.account, known.is_active())
}

/// The fingerprint of a member as Postman shows it.
pub fn member_fingerprint(member: &Member) -> u128 {
    fingerprint(&member.account, member.active)
}

fn hash16(parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    u128::from_le_bytes(digest[..16].try_into().expect("32 bytes hold 16"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_date_stays_where_it_is_and_no_clock_brings_it_nearer() {
        const HOUR: i64 = 3_600;
        let moment = |unix_s, uptime_s| Moment { unix_s, boot: 7, uptime_s };
        let absence = Absence { first: moment(1_000_000, 500), cycles: 1 };
        let due = |now| absence.due_unix_s(2 * HOUR, now);
        for (passed_s, rounding_s) in [(0, 0), (900, 0), (1_800, 1), (HOUR, -1), (2 * HOUR, 0)] {
            assert_eq!(due(moment(1_000_000 + passed_s, 500 + passed_s + rounding_s)), 1_000_000 + 2 * HOUR);
        }
        for jump_s in [10 * 365 * 24 * HOUR, -24 * HOUR, HOUR, -1_000_000] {
            let now = moment(1_000_000 + HOUR + jump_s, 500 + HOUR);
            assert_eq!(due(now) - now.unix_s, HOUR, "an hour is left, whatever the clock says");
        }
        let late = moment(1_000_000 + 9 * HOUR, 500 + 9 * HOUR);
        assert_eq!(due(late), late.unix_s, "what is overdue is due now");
    }
}
