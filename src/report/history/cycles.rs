//! Cycles with what they did and held.
//!
//! Never: hides a cycle whose summary another version wrote; that one has its times and its exit code.

use serde::Serialize;

use super::super::exit_meaning;
use crate::engine::outcome::CycleSummary;
use crate::store::{CycleId, CycleRow};

/// One cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CycleEntry {
    pub cycle: CycleId,
    pub started_unix_s: i64,
    /// Absent while it goes on, or when it was interrupted.
    pub ended_unix_s: Option<i64>,
    pub exit_code: Option<u8>,
    pub exit_meaning: Option<&'static str>,
    /// Counts, what was held, and why it stopped.
    pub summary: Option<CycleSummary>,
}

impl From<&CycleRow> for CycleEntry {
    fn from(row: &CycleRow) -> Self {
        Self {
            cycle: row.id,
            started_unix_s: row.started.unix_s,
            ended_unix_s: row.ended.map(|ended| ended.unix_s),
            exit_code: row.exit_code,
            exit_meaning: row.exit_code.map(exit_meaning),
            summary: row.report.as_deref().and_then(|report| serde_json::from_str(report).ok()),
        }
    }
}
