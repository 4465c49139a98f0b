//! Steps 7 and 8: begin, apply, record. Phases with a barrier between; marks before requests, and each answer
//! committed with all that follows from it.
//!
//! Never: takes anything but an `ApprovedPlan`, or sends what was not marked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream::{self, StreamExt};

use crate::clock::Clock;
use crate::core::guard::{ApprovedChange, ApprovedPlan};
use crate::core::model::SourceId;
use crate::core::plan::{Change, Kind};
use crate::core::snapshot::{Hold, Known, OpId};
use crate::http::Transport;
use crate::lifeline::Lifeline;
use crate::postman::{Blast, Writer};
use crate::store::{Begin, CycleId, Ended, Proof, Record, Result, Store};

use super::outcome::{ChangeOutcome, Stop, asked_to_end};
use super::send::{Sent, Subject, Trust, send};
use super::settle::without_others_accounts;

/// Requests that are marked in one transaction.
const BATCH: usize = 32;
/// Requests in flight at once. Address changes go one by one, since a chain frees each address for the next.
const CONCURRENCY: usize = 8;
/// From so many ends on, a share of failures stops the cycle (safety invariant I17).
const FAILURES_FROM: usize = 10;
const FAILURES_PERCENT: usize = 40;

/// What applying did.
#[derive(Default)]
pub struct Applied {
    pub outcomes: Vec<ChangeOutcome>,
    pub phase_stops: Vec<Stop>,
    pub stopped: Option<Stop>,
    pub wants_refresh: bool,
    /// Outcomes before this one are explained: they belong to a phase that stopped.
    explained: usize,
}

/// Where applying takes its facts from and puts its marks.
pub struct Journal<'a> {
    pub store: &'a mut Store,
    pub cycle: CycleId,
    pub clock: Clock,
    /// Outside of these a create may turn out to be an invitation.
    pub verified_domains: &'a [String],
    pub lifeline: &'a Lifeline,
}

/// Applies an approved plan.
pub async fn apply<T: Transport>(
    plan: &ApprovedPlan,
    writer: &Writer<'_, T>,
    journal: &mut Journal<'_>,
) -> Result<Applied> {
    let mut applied = Applied::default();
    // A person whose earlier change did not come through waits for the next cycle with the rest.
    let mut waiting: BTreeSet<SourceId> = BTreeSet::new();
    let held_before = journal.store.holds()?;
    for kind in Kind::ALL {
        let mut phase: Vec<&ApprovedChange> =
            plan.changes().iter().filter(|change| change.planned.change.kind() == kind).collect();
        // Whoever was refused before comes last, and keeps nobody else from being reached.
        phase.sort_by_key(|change| held_before.contains_key(change.planned.change.id()));
        apply_phase(kind, phase, writer, journal, &mut applied, &mut waiting).await?;
        if applied.stopped.is_some() {
            break;
        }
    }
    Ok(applied)
}

async fn apply_phase<T: Transport>(
    kind: Kind,
    phase: Vec<&ApprovedChange>,
    writer: &Writer<'_, T>,
    journal: &mut Journal<'_>,
    applied: &mut Applied,
    waiting: &mut BTreeSet<SourceId>,
) -> Result<()> {
    let mut rest: &[&ApprovedChange] = &phase;
    while !rest.is_empty() {
        if journal.lifeline.is_stopping() {
            applied.stopped = Some(asked_to_end());
            return Ok(());
        }
        let proven = journal.store.proofs()?.get(&kind) == Some(&Proof::Works);
        // The first of its kind goes alone and is read back before any other is sent.
        let (batch, later) = rest.split_at(if proven { BATCH.min(rest.len()) } else { 1 });
        rest = later;
        let trust = if proven { Trust::Proven } else { Trust::ReadBack };
        let batch: Vec<&ApprovedChange> =
            batch.iter().copied().filter(|change| !waiting.contains(change.planned.change.id())).collect();
        let stop = apply_batch(kind, &batch, trust, writer, journal, applied, waiting).await?;
        match stop {
            None => {}
            Some((Blast::Cycle, stop)) => {
                applied.stopped = Some(stop);
                return Ok(());
            }
            Some((_, stop)) => {
                applied.phase_stops.push(stop);
                applied.explained = applied.outcomes.len();
                return Ok(());
            }
        }
    }
    Ok(())
}

/// One batch: marked together, sent at once, recorded as the answers come; answers that arrive during a commit
/// share the next one.
async fn apply_batch<T: Transport>(
    kind: Kind,
    batch: &[&ApprovedChange],
    trust: Trust,
    writer: &Writer<'_, T>,
    journal: &mut Journal<'_>,
    applied: &mut Applied,
    waiting: &mut BTreeSet<SourceId>,
) -> Result<Option<(Blast, Stop)>> {
    let begins: Vec<Begin> = batch
        .iter()
        .map(|change| Begin { change: change.planned.change.clone(), unapproved: change.unapproved })
        .collect();
    let subjects = Subjects::load(journal.store, batch)?;
    let ops = journal.store.begin(journal.cycle, &begins, journal.clock.now())?;
    let halted = AtomicBool::new(false);
    let (clock, verified_domains) = (journal.clock, journal.verified_domains);
    let calls = batch.iter().zip(ops).map(|(change, op)| {
        let subject = subjects.of(change.planned.change.id(), clock);
        let trust = if may_invite(&change.planned.change, verified_domains) { Trust::ReadBack } else { trust };
        call(change, op, subject, trust, writer, &halted)
    });
    let concurrency = if kind == Kind::Readdress { 1 } else { CONCURRENCY };
    let mut answers = stream::iter(calls).buffer_unordered(concurrency).ready_chunks(BATCH);
    let mut stop = None;
    while let Some(answered) = answers.next().await {
        stop = record(answered, journal, applied, waiting)?.or(stop);
        // What a stop has explained is no sign of anything else.
        let too_many = too_many_failures(&applied.outcomes[applied.explained..]).filter(|_| stop.is_none());
        if let Some(too_many) = too_many {
            halted.store(true, Ordering::Relaxed);
            stop = Some((Blast::Cycle, too_many));
        }
    }
    Ok(stop)
}

/// Postman adds people of a verified domain at once, and answers 201 for an invitation all the same.
fn may_invite(change: &Change, verified_domains: &[String]) -> bool {
    matches!(change, Change::Create { account, .. } if !verified_domains.contains(&account.user_name.domain()))
}

/// The rows and holds of the people of one batch.
struct Subjects {
    known: BTreeMap<SourceId, Known>,
    holds: BTreeMap<SourceId, Hold>,
}

impl Subjects {
    fn load(store: &Store, batch: &[&ApprovedChange]) -> Result<Self> {
        let ids: Vec<SourceId> = batch.iter().map(|change| change.planned.change.id().clone()).collect();
        let known = store.known_by_ids(&ids)?.into_iter().map(|known| (known.id.clone(), known)).collect();
        Ok(Self { known, holds: store.holds()? })
    }

    fn of(&self, id: &SourceId, clock: Clock) -> Subject<'_> {
        Subject { known: self.known.get(id), hold: self.holds.get(id), now: clock.now() }
    }
}

async fn call<'c, T: Transport>(
    change: &'c ApprovedChange,
    op: OpId,
    subject: Subject<'_>,
    trust: Trust,
    writer: &Writer<'_, T>,
    halted: &AtomicBool,
) -> (&'c ApprovedChange, OpId, Sent) {
    if halted.load(Ordering::Relaxed) {
        return (change, op, Sent::not_sent("the cycle stopped first"));
    }
    let sent = send(writer, &change.planned.change, subject, trust).await;
    if sent.stop.is_some() {
        halted.store(true, Ordering::Relaxed);
    }
    (change, op, sent)
}

fn record(
    answered: Vec<(&ApprovedChange, OpId, Sent)>,
    journal: &mut Journal<'_>,
    applied: &mut Applied,
    waiting: &mut BTreeSet<SourceId>,
) -> Result<Option<(Blast, Stop)>> {
    let now = journal.clock.now();
    let mut stop: Option<(Blast, Stop)> = None;
    let mut records = Vec::with_capacity(answered.len());
    let mut proofs = Vec::new();
    for (change, op, sent) in answered {
        let planned = change.planned.clone();
        proofs.extend(sent.proof.map(|proof| (planned.change.kind(), proof)));
        if sent.ended != Ended::Done {
            waiting.insert(planned.change.id().clone());
        }
        applied.wants_refresh |= sent.wants_refresh;
        // What concerns the whole team outranks what concerns a phase.
        stop = match (stop, sent.stop) {
            (Some((Blast::Cycle, first)), _) => Some((Blast::Cycle, first)),
            (before, None) => before,
            (_, after) => after,
        };
        let facts = without_others_accounts(sent.facts, journal.store)?;
        records.push(Record { op, change: planned.change.clone(), ended: sent.ended.clone(), facts });
        applied.outcomes.push(ChangeOutcome { planned, result: sent.ended });
    }
    journal.store.record(journal.cycle, &records, now)?;
    for (kind, proof) in proofs {
        journal.store.set_proof(kind, &proof, now)?;
    }
    Ok(stop)
}

fn too_many_failures(outcomes: &[ChangeOutcome]) -> Option<Stop> {
    let failed = outcomes.iter().filter(|outcome| outcome.result != Ended::Done).count();
    let systemic = outcomes.len() >= FAILURES_FROM && failed * 100 >= outcomes.len() * FAILURES_PERCENT;
    systemic.then(|| Stop {
        reason: format!("{failed} of {} requests failed; that is more than single people", outcomes.len()),
        advice: Some("see the results above; the next cycle goes on with what is left".into()),
    })
}
