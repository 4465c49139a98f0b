//! What a cycle saw, decided and did, as values for reports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::moved::Moved;
use crate::core::evidence::{Identity, Understood};
use crate::core::guard::{BudgetLeft, Held};
use crate::core::plan::{Kind, Note, Plan, PlannedChange, SourceRefusal};
use crate::postman::PostmanError;
use crate::store::{CycleId, Ended};

/// One source, as this cycle read it.
#[derive(Clone, Debug, Serialize)]
pub struct SourceSummary {
    pub source: String,
    /// What it is: `file people.csv (csv)`.
    pub describe: String,
    pub understood: Understood,
    /// Which directory it was and who read it, where there is somebody to say so.
    pub identity: Option<Identity>,
    /// What the evidence rests on besides a reading to the end.
    pub checked: Vec<String>,
    /// Why the reading is worth nothing.
    pub failed: Option<String>,
}

impl SourceSummary {
    /// Why the reading is worth nothing, for a line that begins with `describe`.
    pub fn why(&self) -> Option<&str> {
        Some(after(&self.describe, self.failed.as_deref()?))
    }
}

/// An error behind what the source is called: the place that it begins with is not named twice.
pub fn after<'a>(describe: &str, error: &'a str) -> &'a str {
    let place = |(place, reason)| if describe.ends_with(place) { Some(reason) } else { None };
    error.split_once(": ").and_then(place).unwrap_or(error)
}

/// A plan with the guard's answer: what `plan` prints, and what `sync` goes on with.
#[derive(Clone, Debug, Serialize)]
pub struct Proposal {
    pub plan_id: String,
    pub plan: Plan,
    pub held: Vec<Held>,
    pub budget: BudgetLeft,
    /// How many of the plan's entries a person has approved already.
    pub approved: u64,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub reason: String,
    pub advice: Option<String>,
}

/// What a team-side error stops, and the advice that goes with it.
pub fn stop_of(error: &PostmanError) -> Stop {
    Stop { reason: error.to_string(), advice: error.advice().map(str::to_owned) }
}

/// The program was asked to end.
pub fn asked_to_end() -> Stop {
    let reason = "the program was asked to end before the cycle did".to_owned();
    Stop { reason, advice: Some("nothing is lost: the next cycle goes on with what is left".to_owned()) }
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
    pub moved: Option<Moved>,
    pub stopped: Option<Stop>,
    pub elapsed_ms: u64,
    pub exit_code: u8,
}

impl CycleReport {
    pub fn done(&self, kind: Kind) -> u64 {
        let of_kind = self.outcomes.iter().filter(|outcome| outcome.planned.change.kind() == kind);
        of_kind.filter(|outcome| outcome.result == Ended::Done).count() as u64
    }

    /// Requests whose answer nobody knows.
    pub fn unknown(&self) -> u64 {
        let unknown = |outcome: &&ChangeOutcome| matches!(outcome.result, Ended::Unknown { .. });
        self.outcomes.iter().filter(unknown).count() as u64
    }

    /// Whatever did not certainly have its effect, the unknown among them.
    pub fn not_done(&self) -> impl Iterator<Item = &ChangeOutcome> {
        self.outcomes.iter().filter(|outcome| outcome.result != Ended::Done)
    }
}

/// What of a cycle is kept in the state: counts and reasons, no person but in the audit chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleSummary {
    pub plan_id: Option<String>,
    /// Requests that had their effect, by kind.
    pub done: BTreeMap<Kind, u64>,
    /// Requests that were rejected or not sent: certainly without effect.
    pub not_done: u64,
    /// Requests whose answer nobody knows: in doubt until they are read back.
    #[serde(default)]
    pub unknown: u64,
    pub adopted: u64,
    pub settled: u64,
    pub held: Vec<Held>,
    pub refusals: Vec<SourceRefusal>,
    /// Why each source that failed did.
    pub sources_failed: Vec<String>,
    /// People set aside.
    pub set_aside: u64,
    /// Absent people with a due date.
    pub due: u64,
    pub stopped: Option<Stop>,
    /// The approval that came with the cycle was for another plan; nothing was applied.
    #[serde(default)]
    pub moved: Option<Stop>,
    /// It stopped because the program was asked to end.
    #[serde(default)]
    pub asked_to_end: bool,
    /// A phase that stopped: no free seat.
    #[serde(default)]
    pub phase_stops: Vec<Stop>,
    pub elapsed_ms: u64,
}

impl From<&CycleReport> for CycleSummary {
    fn from(report: &CycleReport) -> Self {
        let done = Kind::ALL.into_iter().map(|kind| (kind, report.done(kind))).filter(|(_, done)| *done > 0).collect();
        let proposal = report.proposal.as_ref();
        let plan = proposal.map(|proposal| &proposal.plan);
        let notes = |wanted: fn(&Note) -> bool| {
            plan.map_or(0, |plan| plan.notes.iter().filter(|note| wanted(note)).count() as u64)
        };
        let sources = proposal.iter().flat_map(|proposal| &proposal.sources);
        Self {
            plan_id: proposal.map(|proposal| proposal.plan_id.clone()),
            done,
            not_done: report.not_done().count() as u64 - report.unknown(),
            unknown: report.unknown(),
            adopted: report.adopted,
            settled: report.settled,
            held: proposal.map(|proposal| proposal.held.clone()).unwrap_or_default(),
            refusals: plan.map(|plan| plan.refusals.clone()).unwrap_or_default(),
            sources_failed: sources.filter_map(|source| source.failed.clone()).collect(),
            set_aside: notes(|note| note.holds_somebody()),
            due: notes(|note| matches!(note, Note::Due { .. })),
            stopped: report.stopped.clone(),
            moved: report.moved.as_ref().map(|moved| moved.stop.clone()),
            asked_to_end: false,
            phase_stops: report.phase_stops.clone(),
            elapsed_ms: report.elapsed_ms,
        }
    }
}
