//! One real cycle, from begin to report: observe, approve, begin, apply, record.
//!
//! Never: exits the process, or decides by itself what may be applied.

use std::collections::BTreeSet;

use crate::core::guard::{Held, approve};
use crate::core::model::ScimId;
use crate::core::plan::Plan;
use crate::core::policy::FirstSync;
use crate::core::snapshot::{Fact, Origin};
use crate::http::Transport;
use crate::postman::{Reader, Writer};
use crate::store::{CycleId, Ended, Store, StoreError};

use super::apply::{Applied, Journal, apply};
use super::fold::Listing;
use super::moved::moved;
use super::observe::{Context, ObserveError, Observed, Refresh, ledger, observe};
use super::outcome::{CycleReport, CycleSummary, Stop, asked_to_end};
use super::pin;
use super::settle::{bound, without_others_accounts};
use super::{groups, high_water, identity, nesting};

/// An approval counts for a day: seconds.
pub const APPROVAL_S: i64 = 24 * 60 * 60;

/// A plan that a person approved in the same breath: `sync --approve ID`, or `sync --plan FILE`.
#[derive(Clone, Debug)]
pub struct Approval {
    pub plan_id: String,
    pub by: String,
    /// The plan as the person read it, where the command has it.
    pub shown: Option<Box<Plan>>,
}

/// What a command asks of one cycle.
#[derive(Clone, Debug)]
pub struct Asked {
    pub refresh: Refresh,
    pub approval: Option<Approval>,
}

/// Runs one cycle and stores its report. Errors are the store's: without it nothing may be sent.
pub async fn cycle<T: Transport>(
    context: &Context<'_>,
    store: &mut Store,
    reader: &Reader<T>,
    asked: &Asked,
) -> Result<CycleReport, StoreError> {
    let started = tokio::time::Instant::now();
    let began = context.clock.now();
    let cycle = store.begin_cycle(began)?;
    // Nothing is in flight that could have an effect, so a look ends at any point.
    let observed = tokio::select! {
        biased;
        () = context.lifeline.stopping() => Err(ObserveError::Team { stop: asked_to_end(), seen_again: Vec::new() }),
        observed = observe(context, store, reader, asked.refresh) => observed,
    };
    let mut report = match observed {
        Ok(observed) => go_on(context, store, reader, asked, cycle, observed).await?,
        Err(ObserveError::Store(error)) => return Err(error),
        Err(ObserveError::Team { stop, seen_again }) => {
            store.absorb(cycle, &seen_again, began)?;
            stopped(cycle, stop)
        }
    };
    report.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    report.exit_code = exit_code(&report);
    let asked_to_end = report.stopped.is_some() && context.lifeline.is_stopping();
    let summary = CycleSummary { asked_to_end, ..CycleSummary::from(&report) };
    let json = serde_json::to_string(&summary).expect("a summary is plain data with text keys");
    store.end_cycle(cycle, context.clock.now(), report.exit_code, &json)?;
    log(&report, &summary, store.audit_head()?.map(|(_, hash)| hash));
    Ok(report)
}

/// One line a cycle, which names nobody: a person's id is personal too, and so may be what a server says. Each change
/// is a line at debug. The head of the audit chain, kept elsewhere, shows a chain that was rewritten.
fn log(report: &CycleReport, summary: &CycleSummary, audit_head: Option<String>) {
    for outcome in &report.outcomes {
        let (kind, id) = (outcome.planned.change.kind().as_str(), outcome.planned.change.id());
        let (result, detail) = match &outcome.result {
            Ended::Done => ("done", None),
            Ended::Rejected { detail } => ("rejected", Some(detail.as_str())),
            Ended::Unknown { detail } => ("unknown", Some(detail.as_str())),
            Ended::NotSent { detail } => ("not_sent", Some(detail.as_str())),
        };
        tracing::debug!(
            change.kind = kind,
            person.source_id = %id,
            change.result = result,
            change.detail = detail,
            "change"
        );
    }
    if let Some(stop) = &report.stopped {
        tracing::debug!(cycle.id = report.cycle.0, stop.reason = stop.reason, "cycle stopped");
    }
    tracing::info!(
        cycle.id = report.cycle.0,
        cycle.exit_code = report.exit_code,
        cycle.elapsed_ms = report.elapsed_ms,
        cycle.stopped = report.stopped.is_some(),
        plan.id = summary.plan_id,
        plan.held = summary.held.len() + summary.refusals.len(),
        changes.done = summary.done.values().sum::<u64>(),
        changes.not_done = summary.not_done,
        changes.unknown = summary.unknown,
        people.adopted = summary.adopted,
        people.set_aside = summary.set_aside,
        people.due = summary.due,
        sources.failed = summary.sources_failed.len(),
        audit.head = audit_head,
        "cycle ended"
    );
}

async fn go_on<T: Transport>(
    context: &Context<'_>,
    store: &mut Store,
    reader: &Reader<T>,
    asked: &Asked,
    cycle: CycleId,
    mut observed: Observed,
) -> Result<CycleReport, StoreError> {
    let now = observed.now;
    remember(store, cycle, &observed)?;
    high_water::remember(context, store, &observed)?;
    nesting::remember(store, &observed)?;
    if let Some(approval) = &asked.approval {
        let stored = store.plan(&approval.plan_id)?.map(|stored| stored.plan);
        if let Some(moved) = moved(approval, stored.as_ref(), &observed.proposal.plan) {
            return Ok(CycleReport { moved: Some(moved), ..report(cycle, observed) });
        }
        let keys = observed.proposal.plan.keys();
        let under = &context.config.fingerprint;
        store.approve(&approval.plan_id, &keys, &approval.by, under, now, now.unix_s + APPROVAL_S)?;
        approve_again(context, store, &mut observed)?;
    }
    if !observed.proposal.plan.is_empty() {
        store.save_plan(&observed.proposal.plan, now)?;
    }
    let approved = &observed.verdict.approved;
    let adopted = (approved.adoptions().len() + approved.group_adoptions().len()) as u64;
    let sends = !approved.changes().is_empty();
    if sends || adopted > 0 {
        pin::set(context.config, store, observed.listed.as_ref(), now)?;
    }
    let first_sync_over = is_first_sync_over(context, &observed);
    identity::pin(context, store, &observed, sends || adopted > 0 || first_sync_over)?;
    let adoptions = approved.adoptions();
    let mut adoptions: Vec<Fact> =
        adoptions.iter().map(|a| Fact::Known(bound(&a.id, &a.member, Origin::Adopted))).collect();
    store.absorb(cycle, &std::mem::take(&mut adoptions), now)?;
    // Of a group's members those count who are managed by now.
    for adoption in approved.group_adoptions() {
        adoptions.extend(groups::adopted(store, &adoption.id, &adoption.group)?);
    }
    let adoptions = without_others_accounts(adoptions, store)?;
    store.absorb(cycle, &adoptions, now)?;
    remember_listing(store, &observed)?;
    let verified_domains = &context.config.policy.verified_domains;
    let mut journal = Journal { store, cycle, clock: context.clock, verified_domains, lifeline: context.lifeline };
    let applied = apply(approved, &Writer::new(reader), &mut journal).await?;
    let Applied { outcomes, phase_stops, stopped, wants_refresh, .. } = applied;
    if wants_refresh {
        store.want_refresh()?;
    }
    if first_sync_over && !store.first_sync_done()? {
        store.set_first_sync_done()?;
    }
    Ok(CycleReport { outcomes, adopted, phase_stops, stopped, ..report(cycle, observed) })
}

/// What was learned is true whether or not anything is applied.
fn remember(store: &mut Store, cycle: CycleId, observed: &Observed) -> Result<(), StoreError> {
    store.absorb(cycle, &observed.settled, observed.now)?;
    store.absorb(cycle, &observed.proposal.plan.facts, observed.now)?;
    for (reading, _) in observed.good_readings() {
        store.set_understood(&reading.source, reading.understood)?;
    }
    // By itself, so that a team whose groups cannot be read is not listed whole in every cycle.
    if let Some(unread) = observed.groups_unread {
        store.set_groups_unread(unread)?;
    }
    Ok(())
}

/// Who is in the team and not managed, once matches were adopted.
fn remember_listing(store: &mut Store, observed: &Observed) -> Result<(), StoreError> {
    let Some(listed) = observed.listed.as_ref().filter(|_| observed.listing == Listing::Planned) else { return Ok(()) };
    let adopted: BTreeSet<&ScimId> = observed.verdict.approved.adoptions().iter().map(|a| &a.member.scim_id).collect();
    let others = listed.team.unmanaged.iter().filter(|member| member.active && !adopted.contains(&member.scim_id));
    store.set_refreshed(observed.now, others.count() as u64)
}

/// The guard's answer once the approval is stored.
fn approve_again(context: &Context<'_>, store: &Store, observed: &mut Observed) -> Result<(), StoreError> {
    let ledger = ledger(context, store, observed.now)?;
    observed.verdict = approve(&observed.proposal.plan, &context.config.policy, &ledger);
    observed.proposal.held = observed.verdict.held.clone();
    observed.proposal.approved = observed.proposal.plan.keys().len() as u64;
    Ok(())
}

/// The first sync is over once something of it was let through, or there was nothing to do.
fn is_first_sync_over(context: &Context<'_>, observed: &Observed) -> bool {
    let waits = observed.verdict.held.iter().any(|held| matches!(held, Held::FirstSync { .. }));
    let counts = context.config.policy.first_sync == FirstSync::Apply || !waits;
    counts && !observed.proposal.source_failed() && observed.proposal.plan.refusals.is_empty()
}

fn report(cycle: CycleId, observed: Observed) -> CycleReport {
    CycleReport {
        cycle,
        settled: observed.doubts_settled,
        proposal: Some(observed.proposal),
        outcomes: Vec::new(),
        adopted: 0,
        phase_stops: Vec::new(),
        moved: None,
        stopped: None,
        elapsed_ms: 0,
        exit_code: 0,
    }
}

fn stopped(cycle: CycleId, stop: Stop) -> CycleReport {
    CycleReport {
        cycle,
        proposal: None,
        outcomes: Vec::new(),
        adopted: 0,
        settled: 0,
        phase_stops: Vec::new(),
        moved: None,
        stopped: Some(stop),
        elapsed_ms: 0,
        exit_code: 1,
    }
}

/// Of several, the first of: 1 failed, 4 held by the guard, 3 some users held, 0.
fn exit_code(report: &CycleReport) -> u8 {
    let Some(proposal) = &report.proposal else { return 1 };
    if report.stopped.is_some() || proposal.source_failed() {
        1
    } else if proposal.is_held() || (report.moved.is_some() && !proposal.plan.is_empty()) {
        4
    } else if proposal.holds_somebody() || report.not_done().next().is_some() || !report.phase_stops.is_empty() {
        3
    } else {
        0
    }
}
