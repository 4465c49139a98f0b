//! The store: one SQLite file with the snapshot, marks, budgets, holds, plans, approvals, cycles and the audit
//! chain. Synchronous on purpose: calls are short, and no lock is held across an await.
//!
//! Never: decides, reads a clock, or repairs a damaged file by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::core::evidence::Understood;
use crate::core::model::{ScimId, SourceId, UserName};
use crate::core::plan::{Change, ChangeKey, Kind, LastPlan, Plan};
use crate::core::snapshot::{Doubt, Fact, Hold, Known, OpId};
use crate::core::time::Moment;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Exit code 6.
    #[error("another instance works with {path}")]
    Locked { path: PathBuf },
    /// Exit code 7: not a database, fails its check, another application's, or wrong owner or mode.
    #[error("{path} needs attention: {reason}")]
    Damaged { path: PathBuf, reason: String, advice: String },
    /// Exit code 7.
    #[error("{path} was written by a newer version (schema {found}, this program knows {known})")]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// The disk is full, the directory is missing, SQLite failed while at work.
    #[error("state database, {operation}: {reason}")]
    Failed { operation: &'static str, reason: String },
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// The number of a cycle, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CycleId(pub i64);

/// What the fold needs of one snapshot row: 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRow {
    /// `snapshot::id_hash` of the id.
    pub id_hash: u128,
    /// `snapshot::known_fingerprint`.
    pub fingerprint: u128,
    /// The row, for `known_by_rows`.
    pub row: i64,
    /// Active, with nothing remembered (no absence, no hold, no doubt): may be skipped when unchanged.
    pub quiet: bool,
    /// `Standing::Active` or `Invited`: counts as somebody who can be absent.
    pub present: bool,
}

/// Which team this state belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    pub base_url: String,
    /// Protected members found when the team was first approved: userName and SCIM id.
    pub members: Vec<(UserName, ScimId)>,
}

/// A kind of write that was read back from this team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "proof")]
pub enum Proof {
    Works,
    /// Answered with success, and nothing happened.
    HasNoEffect {
        what: String,
    },
}

/// Destructive weight charged in the rolling windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charges {
    pub day: u64,
    pub week: u64,
}

/// A request about to be sent.
#[derive(Clone, Debug)]
pub struct Begin {
    pub change: Change,
    /// Allowed by an approval: charges no budget, uses the key up when it succeeds.
    pub approved: bool,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ended")]
pub enum Ended {
    Done,
    /// A definite no; the mark is cleared.
    Rejected {
        detail: String,
    },
    /// No definite answer; the mark stays.
    Unknown {
        detail: String,
    },
    /// Never sent (the cycle stopped first, or the aim was wrong); the mark is cleared.
    NotSent {
        detail: String,
    },
}

/// A request's end with all that follows from it, stored in one transaction.
#[derive(Clone, Debug)]
pub struct Record {
    pub op: OpId,
    pub change: Change,
    pub ended: Ended,
    pub facts: Vec<Fact>,
}

/// A plan that was stored because part of it was held, or because it was applied.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredPlan {
    pub id: String,
    pub plan: Plan,
    pub at: Moment,
}

/// One cycle as `status` and `history` show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleRow {
    pub id: CycleId,
    pub started: Moment,
    pub ended: Option<Moment>,
    /// The exit code the cycle meant.
    pub exit_code: Option<u8>,
    /// `CycleReport` as JSON.
    pub report: Option<String>,
}

/// Something asked of the next cycle by a command beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    pub number: i64,
    /// `sync`, `approve`, `adopt`, `pause`, `resume`.
    pub kind: String,
    pub detail: String,
    /// uid, SUDO_USER or `--by`.
    pub by: String,
    pub at: Moment,
}

/// The open database.
pub struct Store {
    path: PathBuf,
}

/// Opening.
impl Store {
    /// Takes the instance lock, creates what is missing (directory 0700, files 0600), checks, migrates.
    pub fn open(path: &Path) -> Result<Store> {
        todo!()
    }
    /// Beside a running daemon, for `approve` and `adopt`: no instance lock. The file must exist.
    pub fn open_beside(path: &Path) -> Result<Store> {
        todo!()
    }
    /// Read-only, changes no byte of the file. `None` when there is no database.
    pub fn view(path: &Path) -> Result<Option<Store>> {
        todo!()
    }
    /// For simulation and for a dry run without a database.
    pub fn in_memory() -> Result<Store> {
        todo!()
    }
}

/// Reading.
impl Store {
    pub fn index(&self) -> Result<Vec<IndexRow>> {
        todo!()
    }
    /// `snapshot::scim_hash` -> row, fingerprint, of every managed member.
    pub fn scim_index(&self) -> Result<Vec<(u128, u128, i64)>> {
        todo!()
    }
    pub fn known_by_rows(&self, rows: &[i64]) -> Result<Vec<Known>> {
        todo!()
    }
    pub fn known_by_ids(&self, ids: &[SourceId]) -> Result<Vec<Known>> {
        todo!()
    }
    pub fn known_by_user_names(&self, names: &[UserName]) -> Result<Vec<Known>> {
        todo!()
    }
    pub fn known_by_scim_ids(&self, ids: &[ScimId]) -> Result<Vec<Known>> {
        todo!()
    }
    /// Managed members (not `Gone`) of each source name.
    pub fn managed_by_source(&self) -> Result<BTreeMap<String, u64>> {
        todo!()
    }
    pub fn managed_active(&self) -> Result<u64> {
        todo!()
    }
    pub fn holds(&self) -> Result<BTreeMap<SourceId, Hold>> {
        todo!()
    }
    pub fn doubts(&self) -> Result<BTreeMap<OpId, Doubt>> {
        todo!()
    }
    /// Deactivations charged within 24 h and 7 d before `now`; charges from the future count.
    pub fn charges(&self, now: Moment) -> Result<Charges> {
        todo!()
    }
    /// Keys that are approved, unused and not expired.
    pub fn approved_keys(&self, now: Moment) -> Result<BTreeSet<ChangeKey>> {
        todo!()
    }
    pub fn understood(&self) -> Result<BTreeMap<String, Understood>> {
        todo!()
    }
    pub fn last_plan(&self) -> Result<Option<LastPlan>> {
        todo!()
    }
    /// A stored plan by its id.
    pub fn plan(&self, id: &str) -> Result<Option<StoredPlan>> {
        todo!()
    }
    pub fn pin(&self) -> Result<Option<Pin>> {
        todo!()
    }
    pub fn first_sync_done(&self) -> Result<bool> {
        todo!()
    }
    pub fn refreshed(&self) -> Result<Option<Moment>> {
        todo!()
    }
    /// Active members of the whole team at the last refresh.
    pub fn team_active(&self) -> Result<Option<u64>> {
        todo!()
    }
    pub fn refresh_wanted(&self) -> Result<bool> {
        todo!()
    }
    pub fn proofs(&self) -> Result<BTreeMap<Kind, Proof>> {
        todo!()
    }
    pub fn last_cycles(&self, count: u32) -> Result<Vec<CycleRow>> {
        todo!()
    }
    pub fn last_good_cycle(&self) -> Result<Option<CycleRow>> {
        todo!()
    }
    pub fn waiting_requests(&self) -> Result<Vec<RequestRow>> {
        todo!()
    }
    /// Walks the audit chain. `Ok(number of records)`, or the first bad record's number and why.
    pub fn verify_audit(&self) -> Result<std::result::Result<u64, (i64, String)>> {
        todo!()
    }
}

/// Writing. Each call is one transaction and one or more audit records.
impl Store {
    pub fn begin_cycle(&mut self, now: Moment) -> Result<CycleId> {
        todo!()
    }
    pub fn end_cycle(&mut self, cycle: CycleId, now: Moment, exit_code: u8, report: &str) -> Result<()> {
        todo!()
    }
    pub fn absorb(&mut self, cycle: CycleId, facts: &[Fact], now: Moment) -> Result<()> {
        todo!()
    }
    /// Marks, charges and audit records for at most 32 requests, durable when it returns.
    pub fn begin(&mut self, cycle: CycleId, ops: &[Begin], now: Moment) -> Result<Vec<OpId>> {
        todo!()
    }
    /// Ends of requests with all that follows from them, durable when it returns.
    pub fn record(&mut self, cycle: CycleId, records: &[Record], now: Moment) -> Result<()> {
        todo!()
    }
    pub fn save_plan(&mut self, plan: &Plan, now: Moment) -> Result<()> {
        todo!()
    }
    /// Approves exactly these keys until `expires`. Returns how many.
    pub fn approve(
        &mut self,
        plan_id: &str,
        keys: &[ChangeKey],
        by: &str,
        now: Moment,
        expires_unix_s: i64,
    ) -> Result<u64> {
        todo!()
    }
    pub fn ask(&mut self, kind: &str, detail: &str, by: &str, now: Moment) -> Result<()> {
        todo!()
    }
    /// Takes the waiting requests; each is taken once.
    pub fn take_requests(&mut self, now: Moment) -> Result<Vec<RequestRow>> {
        todo!()
    }
    pub fn set_understood(&mut self, source: &str, understood: Understood) -> Result<()> {
        todo!()
    }
    pub fn set_pin(&mut self, pin: &Pin, now: Moment) -> Result<()> {
        todo!()
    }
    pub fn set_first_sync_done(&mut self) -> Result<()> {
        todo!()
    }
    pub fn set_refreshed(&mut self, now: Moment, team_active: u64) -> Result<()> {
        todo!()
    }
    pub fn want_refresh(&mut self) -> Result<()> {
        todo!()
    }
    pub fn set_proof(&mut self, kind: Kind, proof: &Proof, now: Moment) -> Result<()> {
        todo!()
    }
}
