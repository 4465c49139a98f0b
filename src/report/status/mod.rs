//! The state of things: what `status` shows, and whether it is in order.
//!
//! Never: opens the store; whoever asks fills in the struct.

mod health;
mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use health::{Health, Reason, health};
pub use text::status_text;

use super::exit_meaning;
use super::json::document;
use crate::core::evidence::Identity;
use crate::core::guard::{BudgetLeft, Held, Spent};
use crate::core::model::{SourceId, UserName};
use crate::core::plan::SourceRefusal;
use crate::core::snapshot::{Doubt, Hold};
use crate::core::time::Moment;
use crate::store::{CycleId, CycleRow, DaemonRow, Paused, RequestRow};

/// Everything `status` shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub now: Moment,
    pub state_path: String,
    pub lock: Lock,
    /// The last few, newest first.
    pub cycles: Vec<CycleSeen>,
    pub last_good_cycle: Option<CycleSeen>,
    /// When a change was last made in the team.
    pub last_change: Option<Moment>,
    /// The last cycle that ended was asked to end before it was through.
    #[serde(default)]
    pub asked_to_end: bool,
    /// Why the last cycle that ended did not do its work.
    #[serde(default)]
    pub why: Vec<String>,
    /// Present if the last cycle that ended held something.
    pub held: Option<HeldPlan>,
    /// Cases that the last cycle set aside.
    pub set_aside: u64,
    /// How many are missing at the directory, and the first of them to be deactivated.
    pub due: u64,
    pub due_first: Vec<DuePerson>,
    /// Managed groups that nobody asks for any more, by name.
    #[serde(default)]
    pub due_groups: Vec<DueGroup>,
    /// Requests of the last cycle that were rejected or not sent.
    pub not_done: u64,
    /// Requests of the last cycle whose answer nobody knew when it ended.
    #[serde(default)]
    pub unknown: u64,
    /// Changes that are approved and wait for the next cycle.
    pub approved: u64,
    pub holds: Vec<HeldPerson>,
    pub doubts: Vec<Doubt>,
    pub budget: BudgetLeft,
    pub managed_active: u64,
    /// Deactivated members who are managed; Postman keeps them listed.
    #[serde(default)]
    pub managed_inactive: u64,
    /// Managed groups, memberships of them that were made true, and how many ended without approval.
    #[serde(default)]
    pub managed_groups: u64,
    #[serde(default)]
    pub memberships: u64,
    #[serde(default)]
    pub memberships_ended: Spent,
    /// Active members of the whole team: those managed now, and the others of the last refresh.
    pub team_active: Option<u64>,
    pub refreshed: Option<Moment>,
    /// Of each source that can say so, which directory it has to be and who has to read it.
    #[serde(default)]
    pub identities: BTreeMap<String, Identity>,
    pub waiting_requests: Vec<RequestRow>,
    /// The daemon at work.
    #[serde(default)]
    pub daemon: Option<DaemonRow>,
    /// A daemon that ended without saying so: killed, or out of memory.
    #[serde(default)]
    pub daemon_lost: Option<DaemonRow>,
    /// When it starts its next cycle, by the schedule of the configuration: seconds since 1970.
    #[serde(default)]
    pub next_cycle_unix_s: Option<i64>,
    /// Scheduled cycles do not start.
    #[serde(default)]
    pub paused: Option<Paused>,
    pub audit: Audit,
    /// How long without a good cycle is an alarm.
    pub silence_s: i64,
    /// How long without a change in the team is one, if ever.
    pub no_change_s: Option<i64>,
}

/// Whether an instance holds the lock, as far as it was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    #[default]
    Unknown,
    Free,
    Taken,
}

/// One cycle, without its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleSeen {
    pub cycle: CycleId,
    pub started: Moment,
    /// Absent while it goes on, or when it was interrupted.
    pub ended: Option<Moment>,
    pub exit_code: Option<u8>,
    pub exit_meaning: Option<String>,
}

impl From<&CycleRow> for CycleSeen {
    fn from(row: &CycleRow) -> Self {
        let meaning = row.exit_code.map(|code| exit_meaning(code).to_owned());
        Self { cycle: row.id, started: row.started, ended: row.ended, exit_code: row.exit_code, exit_meaning: meaning }
    }
}

/// What the last cycle held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPlan {
    pub plan_id: String,
    pub held: Vec<Held>,
    pub refusals: Vec<SourceRefusal>,
}

/// A person set aside, or a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPerson {
    pub id: SourceId,
    pub user_name: Option<UserName>,
    /// Of a group set aside, its name at Postman.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    pub hold: Hold,
}

/// Somebody missing at the directory, who is deactivated unless seen again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuePerson {
    pub id: SourceId,
    pub user_name: UserName,
    pub missing_since: Moment,
    /// Seconds since 1970 UTC.
    pub due_unix_s: i64,
}

/// A group that no `[[group]]` asks for, or that the directory does not have, which is deleted unless it is wanted again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueGroup {
    pub id: SourceId,
    pub name: String,
    pub missing_since: Moment,
    /// Seconds since 1970 UTC.
    pub due_unix_s: i64,
}

/// The audit chain, as far as it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "chain")]
pub enum Audit {
    #[default]
    NotChecked,
    Unbroken {
        records: u64,
        head: Option<String>,
    },
    /// The first record that does not fit, and why.
    Broken {
        record: i64,
        why: String,
    },
}

/// The status as JSON: all fields, with the verdict and the ages in seconds before them.
pub fn status_json(status: &Status) -> String {
    #[derive(Serialize)]
    struct WithAges<'a> {
        health: Health,
        exit_code: u8,
        last_good_cycle_age_s: Option<i64>,
        last_change_age_s: Option<i64>,
        refreshed_age_s: Option<i64>,
        #[serde(flatten)]
        status: &'a Status,
    }
    let health = health(status);
    let age_s = |moment: Option<Moment>| moment.map(|moment| status.now.since(moment));
    let good = status.last_good_cycle.as_ref().and_then(|cycle| cycle.ended);
    document(
        "status",
        &WithAges {
            exit_code: health.exit_code(),
            health,
            last_good_cycle_age_s: age_s(good),
            last_change_age_s: age_s(status.last_change),
            refreshed_age_s: age_s(status.refreshed),
            status,
        },
    )
}
