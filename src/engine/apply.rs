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
use crate::core::snapshot::{Fact, Hold, OpId};
use crate::http::Transport;
use crate::lifeline::Lifeline;
use crate::postman::{Blast, Writer};
use crate::store::{Begin, CycleId, Ended, Proof, Record, Result, Store};

use super::groups::{Unread, read_back};
use super::outcome::{ChangeOutcome, Stop, asked_to_end};
use super::send::{Rows, Sent, Subject, Trust, send};
use super::settle::without_others_accounts;

/// Requests that are marked in one transaction.
const BATCH: usize = 32;
/// Requests in flight at once. Address changes go one by one, since a chain frees each address for the next; and so do the
/// requests of one group.
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
    /// Of the later ones, those that had nobody to send for: no sign of trouble at Postman.
    unsendable: usize,
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

/// How far applying has come.
#[derive(Default)]
struct Progress<'p> {
    applied: Applied,
    /// A person, or a group, whose earlier change did not come through waits for the next cycle with the rest.
    waiting: BTreeSet<SourceId>,
    /// The same, once all requests of this kind are sent: they fail apart.
    waiting_later: BTreeSet<SourceId>,
    /// Changes of members by group, answered with success: their marks stay until the group was read.
    unread: BTreeMap<SourceId, Vec<Unread<'p>>>,
    held_before: BTreeMap<SourceId, Hold>,
}

impl Progress<'_> {
    /// Who waits from now on. What went wrong about a group before in this cycle stays so when another of its requests works.
    fn note(&mut self, id: &SourceId, sent: &mut Sent) {
        if sent.ended == Ended::Done {
            if self.waiting.contains(id) || self.waiting_later.contains(id) {
                sent.facts.retain(|fact| !matches!(fact, Fact::Release(_)));
            }
        } else if sent.is_one_of_several {
            self.waiting_later.insert(id.clone());
        } else {
            self.waiting.insert(id.clone());
        }
        self.applied.wants_refresh |= sent.wants_refresh;
    }
}

/// Applies an approved plan.
pub async fn apply<T: Transport>(
    plan: &ApprovedPlan,
    writer: &Writer<'_, T>,
    journal: &mut Journal<'_>,
) -> Result<Applied> {
    let mut progress = Progress { held_before: journal.store.holds()?, ..Progress::default() };
    for kind in Kind::ALL {
        let mut phase: Vec<&ApprovedChange> =
            plan.changes().iter().filter(|change| change.planned.change.kind() == kind).collect();
        // Whoever was refused before comes last, and keeps nobody else from being reached.
        phase.sort_by_key(|change| progress.held_before.contains_key(change.planned.change.id()));
        for round in rounds(phase) {
            if !apply_round(kind, round, writer, journal, &mut progress).await? {
                break;
            }
        }
        if kind == Kind::AddMembers || progress.applied.stopped.is_some() {
            end_unread(writer, journal, &mut progress).await?;
        }
        let failed = std::mem::take(&mut progress.waiting_later);
        progress.waiting.extend(failed);
        if progress.applied.stopped.is_some() {
            break;
        }
    }
    Ok(progress.applied)
}

/// The first change of each person or group, the second of each, and so on: of one kind a person has one, and the requests
/// of one group must not be out together.
fn rounds(phase: Vec<&ApprovedChange>) -> Vec<Vec<&ApprovedChange>> {
    let (mut rounds, mut taken) = (Vec::<Vec<&ApprovedChange>>::new(), BTreeMap::<&SourceId, usize>::new());
    for change in phase {
        let round = taken.entry(change.planned.change.id()).or_default();
        match rounds.get_mut(*round) {
            Some(round) => round.push(change),
            None => rounds.push(vec![change]),
        }
        *round += 1;
    }
    rounds
}

/// Groups whose members changed are read, and their requests end.
async fn end_unread<'p, T: Transport>(
    writer: &Writer<'_, T>,
    journal: &mut Journal<'_>,
    progress: &mut Progress<'p>,
) -> Result<()> {
    let unread = std::mem::take(&mut progress.unread);
    let (groups, holds) = (journal.store.groups()?, progress.held_before.clone());
    let now = journal.clock.now();
    let mut answers = std::pin::pin!(read_back(writer.reader(), unread, &groups, &holds, now, CONCURRENCY));
    while let Some(answered) = answers.next().await {
        record(answered, journal, progress)?;
    }
    Ok(())
}

/// Whether the kind goes on.
async fn apply_round<'p, T: Transport>(
    kind: Kind,
    round: Vec<&'p ApprovedChange>,
    writer: &Writer<'_, T>,
    journal: &mut Journal<'_>,
    progress: &mut Progress<'p>,
) -> Result<bool> {
    let mut rest: &[&'p ApprovedChange] = &round;
    while !rest.is_empty() {
        if journal.lifeline.is_stopping() {
            progress.applied.stopped = Some(asked_to_end());
            return Ok(false);
        }
        let proven = journal.store.proofs()?.get(&kind) == Some(&Proof::Works);
        // The first of its kind goes alone and is read back before any other is sent.
        let (batch, later) = rest.split_at(if proven { BATCH.min(rest.len()) } else { 1 });
        rest = later;
        let trust = if proven { Trust::Proven } else { Trust::ReadBack };
        let goes_on = |change: &&ApprovedChange| !progress.waiting.contains(change.planned.change.id());
        let batch: Vec<&'p ApprovedChange> = batch.iter().copied().filter(goes_on).collect();
        let stop = apply_batch(kind, &batch, trust, writer, journal, progress).await?;
        let applied = &mut progress.applied;
        match stop {
            None => {}
            Some((Blast::Cycle, stop)) => {
                applied.stopped = Some(stop);
                return Ok(false);
            }
            Some((_, stop)) => {
                applied.phase_stops.push(stop);
                applied.explained = applied.outcomes.len();
                applied.unsendable = 0;
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// One batch: marked together, sent at once, recorded as the answers come; answers that arrive during a commit
/// share the next one.
async fn apply_batch<'p, T: Transport>(
    kind: Kind,
    batch: &[&'p ApprovedChange],
    trust: Trust,
    writer: &Writer<'_, T>,
    journal: &mut Journal<'_>,
    progress: &mut Progress<'p>,
) -> Result<Option<(Blast, Stop)>> {
    let begins: Vec<Begin> = batch
        .iter()
        .map(|change| Begin {
            change: change.planned.change.clone(),
            why: change.planned.why.clone(),
            unapproved: change.unapproved,
        })
        .collect();
    let subjects = Subjects { rows: rows(journal.store, batch)?, holds: progress.held_before.clone() };
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
        stop = record(answered, journal, progress)?.or(stop);
        // What a stop has explained is no sign of anything else.
        let too_many = too_many_failures(progress).filter(|_| stop.is_none());
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

/// The rows and holds of the people, or the groups, of one batch. Holds are those of the beginning, so that a cycle counts
/// one more try, however many requests a group has.
struct Subjects {
    rows: Rows,
    holds: BTreeMap<SourceId, Hold>,
}

impl Subjects {
    fn of(&self, id: &SourceId, clock: Clock) -> Subject<'_> {
        Subject { known: self.rows.known.get(id), rows: &self.rows, hold: self.holds.get(id), now: clock.now() }
    }
}

/// As they are now: whoever got an account a moment ago is in.
fn rows(store: &Store, batch: &[&ApprovedChange]) -> Result<Rows> {
    let mut ids: Vec<SourceId> = batch.iter().map(|change| change.planned.change.id().clone()).collect();
    for change in batch {
        if let Change::Group(change) = &change.planned.change {
            ids.extend(change.people().iter().map(|person| person.id.clone()));
        }
    }
    let known = store.known_by_ids(&ids)?.into_iter().map(|known| (known.id.clone(), known)).collect();
    let is_about_groups = batch.iter().any(|change| matches!(change.planned.change, Change::Group(_)));
    let groups = if is_about_groups { store.groups()? } else { BTreeMap::new() };
    Ok(Rows { known, groups })
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

fn record<'p>(
    answered: Vec<(&'p ApprovedChange, OpId, Sent)>,
    journal: &mut Journal<'_>,
    progress: &mut Progress<'p>,
) -> Result<Option<(Blast, Stop)>> {
    let now = journal.clock.now();
    let mut stop: Option<(Blast, Stop)> = None;
    let mut records = Vec::with_capacity(answered.len());
    let mut proofs = Vec::new();
    for (change, op, mut sent) in answered {
        let planned = change.planned.clone();
        if let Some(accounts) = sent.unread.take() {
            let unread = Unread { change, op, accounts };
            progress.unread.entry(planned.change.id().clone()).or_default().push(unread);
            continue;
        }
        progress.note(planned.change.id(), &mut sent);
        progress.applied.unsendable += usize::from(sent.had_nobody);
        proofs.extend(sent.proof.map(|proof| (planned.change.kind(), proof)));
        // What concerns the whole team outranks what concerns a phase.
        stop = match (stop, sent.stop) {
            (Some((Blast::Cycle, first)), _) => Some((Blast::Cycle, first)),
            (before, None) => before,
            (_, after) => after,
        };
        let facts = without_others_accounts(sent.facts, journal.store)?;
        records.push(Record { op, change: planned.change.clone(), ended: sent.ended.clone(), facts });
        progress.applied.outcomes.push(ChangeOutcome { planned, result: sent.ended });
    }
    journal.store.record(journal.cycle, &records, now)?;
    for (kind, proof) in proofs {
        journal.store.set_proof(kind, &proof, now)?;
    }
    Ok(stop)
}

fn too_many_failures(progress: &Progress<'_>) -> Option<Stop> {
    let outcomes = &progress.applied.outcomes[progress.applied.explained..];
    let unsendable = progress.applied.unsendable;
    let failed = outcomes.iter().filter(|outcome| outcome.result != Ended::Done).count() - unsendable;
    let n_sent = outcomes.len() - unsendable + progress.unread.values().map(Vec::len).sum::<usize>();
    let systemic = n_sent >= FAILURES_FROM && failed * 100 >= n_sent * FAILURES_PERCENT;
    systemic.then(|| Stop {
        reason: format!("{failed} of {n_sent} requests failed; that is more than single people"),
        advice: Some("see the results above; the next cycle goes on with what is left".into()),
    })
}
