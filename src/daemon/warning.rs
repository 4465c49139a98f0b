//! What keeps a cycle from doing its work, as warnings with their reasons: a daemon prints no report. Neither the sources'
//! reasons nor Postman's, as they are kept, hold a value of anybody.
//!
//! Never: names a person.

use crate::engine::outcome::{CycleReport, CycleSummary};

pub(super) fn warn(report: &CycleReport) {
    let (cycle, summary) = (report.cycle.0, CycleSummary::from(report));
    for why in &summary.sources_failed {
        tracing::warn!(cycle.id = cycle, "a source was not read: {why}");
    }
    if let Some(stop) = &summary.stopped {
        tracing::warn!(cycle.id = cycle, "the cycle stopped: {}", stop.reason);
    }
    let held = summary.held.len() + summary.refusals.len();
    if held > 0 {
        let plan = summary.plan_id.as_deref().unwrap_or_default();
        tracing::warn!(cycle.id = cycle, plan.id = plan, plan.held = held, "parts of the plan wait for a person");
    }
}
