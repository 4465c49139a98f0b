//! The store: one SQLite file with the snapshot, marks, budgets, holds, plans, approvals, cycles and the audit
//! chain. Synchronous on purpose: calls are short, and no lock is held across an await.
//!
//! Never: decides, reads a clock, or repairs a damaged file by itself.

mod audit;
mod beside;
mod cycles;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod groups;
mod joined;
mod journal;
mod migrations;
mod open;
mod place;
mod rows;
mod settings;
mod snapshot;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};

use crate::core::guard::Spent;
use crate::core::model::{ScimId, UserName};
use crate::core::plan::{Change, Plan};
use crate::core::snapshot::{Fact, OpId};
use crate::core::time::Moment;

pub use audit::AuditRow;
pub use beside::{Answer, DaemonRow, Paused};
use error::Attempt;
pub use error::{Result, StoreError};
pub use groups::Membership;
pub use settings::Come;

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
    /// Active, inactive or gone, with nothing remembered (no absence, no hold, no doubt): may be skipped when
    /// unchanged. Somebody invited is never quiet.
    pub quiet: bool,
    /// `Standing::Active` or `Invited`: counts as somebody who can be absent.
    pub present: bool,
    /// The place, among the configured sources, of the one whose id the row is bound to; `None` where it has none, or one source
    /// is configured.
    pub source: Option<u16>,
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

/// Destructive weight charged, by what it took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    pub people: Spent,
    pub memberships: Spent,
}

/// A request about to be sent.
#[derive(Clone, Debug)]
pub struct Begin {
    pub change: Change,
    /// The fact at the source that led to it, for the audit.
    pub why: String,
    /// How many of its keys no approval covers: what it charges, where it takes something away. None left: its keys are
    /// used up when it succeeds.
    pub unapproved: u64,
}

impl Begin {
    pub fn approved(&self) -> bool {
        self.unapproved == 0
    }
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

/// A plan of a real cycle that had something in it; the last 20 are kept.
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
    /// `engine::outcome::CycleSummary` as JSON.
    pub report: Option<String>,
}

/// Something asked of the daemon, or of the next cycle, by a command beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    pub number: i64,
    /// `sync` or `adopt`.
    pub kind: String,
    /// What exactly, as JSON, for a `sync` also in words.
    pub detail: String,
    /// uid, SUDO_USER or `--by`.
    pub by: String,
    pub at: Moment,
}

/// The open database. Each writing call is one transaction, durable when it returns; the calls that are told the
/// time leave audit records in it. A call that fails changed nothing.
pub struct Store {
    /// Declared before the lock: closed before it is given back.
    conn: Connection,
    path: PathBuf,
    _lock: Option<File>,
}

impl Store {
    fn read<T>(&self, operation: &'static str, work: impl FnOnce(&Connection) -> Attempt<T>) -> Result<T> {
        work(&self.conn).map_err(|fault| fault.sorted(&self.path, operation))
    }

    /// Immediate, so that a command beside the daemon waits at the start and never fails in the middle.
    fn write<T>(&mut self, operation: &'static str, work: impl FnOnce(&Transaction<'_>) -> Attempt<T>) -> Result<T> {
        let path: &Path = &self.path;
        let conn = &mut self.conn;
        let run = || {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let made = work(&tx)?;
            tx.commit()?;
            Ok(made)
        };
        run().map_err(|fault: error::Fault| fault.sorted(path, operation))
    }

    /// Asked just before each commit from now on; true rolls the transaction back, and the call fails as on a full disk.
    /// For tests of crashes, which end a process there: nothing in the program asks for it.
    pub fn on_commit(&mut self, rolls_back: impl FnMut() -> bool + Send + 'static) -> Result<()> {
        let set = self.conn.commit_hook(Some(rolls_back)).map_err(error::Fault::from);
        set.map_err(|fault| fault.sorted(&self.path, "watch the commits"))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}
