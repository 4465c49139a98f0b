//! What a cycle saw, decided and did, as values for reports.

use serde::Serialize;

use crate::core::evidence::Understood;
use crate::core::guard::{BudgetLeft, Held};
use crate::core::plan::{Kind, Plan, PlannedChange, SourceRefusal};
use crate::store::{CycleId, Ended};

/// One source, as this cycle read it.
#[derive(Clone, Debug, Serialize)]
pub struct SourceSummary {
    pub source: String,
    /// What it is: `file people.csv (csv)`.
    pub describe: String,
    pub understood: Understood,
    /// What the evidence rests on besides a reading to the end.
    pub checked: Vec<String>,
    /// Why the reading is worth nothing.
    pub failed: Option<String>,
}

/// A plan with the guard's answer: what `plan` prints, and what `sync` goes on with.
#[derive(Clone, Debug, Serialize)]
pub struct Proposal {
    pub plan_id: String,
    pub plan: Plan,
    pub held: Vec<Held>,
    pub budget: BudgetLeft,
    pub sources: Vec<SourceSummary>,
    /// Whether the team was listed for this plan; if not, matches, strangers and drift are as of the last listing.
    pub listed_team: bool,
    /// Requests that applying all of it would take.
    pub requests: u64,
    /// Whole minutes that takes at the configured rate, rounded up.
    pub minutes: u64,
    /// The very first plan for this team.
    pub is_first: bool,
}

impl Proposal {
    /// A source could not be read, or was not understood: the cycle failed, exit code 1.
    pub fn source_failed(&self) -> bool {
        let failed = self.sources.iter().any(|source| source.failed.is_some());
        failed || self.plan.refusals.iter().any(|refusal| matches!(refusal, SourceRefusal::NotUnderstood { .. }))
    }

    /// Something waits for a person: exit code 4.
    pub fn is_held(&self) -> bool {
        !self.held.is_empty() || !self.plan.refusals.is_empty()
    }

    /// Somebody is set aside: exit code 3.
    pub fn holds_somebody(&self) -> bool {
        self.plan.notes.iter().any(|note| note.holds_somebody())
    }
}

/// One request and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeOutcome {
    #[serde(flatten)]
    pub planned: PlannedChange,
    pub result: Ended,
}

/// Why a cycle stopped before its end, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stop {
    pub reason: String,
    pub advice: Option<String>,
}

/// One whole cycle.
#[derive(Clone, Debug, Serialize)]
pub struct CycleReport {
    pub cycle: CycleId,
    /// Absent when the cycle stopped before it had a plan.
    pub proposal: Option<Proposal>,
    /// In the order in which they ended.
    pub outcomes: Vec<ChangeOutcome>,
    pub adopted: u64,
    /// Doubts of earlier cycles that were settled by reading.
    pub settled: u64,
    /// A phase that stopped: no free seat.
    pub phase_stops: Vec<Stop>,
    /// The approval that came with the cycle was for another plan; nothing was applied.
    pub moved: Option<Stop>,
    pub stopped: Option<Stop>,
    pub elapsed_ms: u64,
    pub exit_code: u8,
}

impl CycleReport {
    pub fn done(&self, kind: Kind) -> u64 {
        let of_kind = self.outcomes.iter().filter(|outcome| outcome.planned.change.kind() == kind);
        of_kind.filter(|outcome| outcome.result == Ended::Done).count() as u64
    }

    pub fn not_done(&self) -> impl Iterator<Item = &ChangeOutcome> {
        self.outcomes.iter().filter(|outcome| outcome.result != Ended::Done)
    }
}
