//! `status`: read from the state without the lock. Its exit code is a health check.

use std::path::Path;

use clap::Args;

use crate::clock::Clock;
use crate::config::Config;
use crate::core::groups::{GroupId, KnownGroup, Mode};
use crate::core::guard::{BudgetLeft, Ledger};
use crate::core::model::SourceId;
use crate::core::pattern::first_match;
use crate::core::snapshot::Hold;
use crate::core::time::Moment;
use crate::daemon::requests::in_words;
use crate::engine::outcome::CycleSummary;
use crate::report::status::{Audit, CycleSeen, DueGroup, DuePerson, HeldPerson, HeldPlan, Lock};
use crate::report::{self, CycleKind, Status, TextOptions};
use crate::store::{CycleRow, RequestRow, Store};

use super::{Failure, Format, setup, terminal};

/// Cycles shown.
const CYCLES: u32 = 5;
/// People shown who are missing at the directory; the number is whole.
const DUE_SHOWN: usize = 20;

#[derive(Args, Debug, Clone, Default)]
pub struct Options {
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) format: Format,
}

pub fn run(path: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let config = setup::load_without_key(path)?;
    let state = &config.state_path;
    let Some(store) = Store::view(state)? else {
        return Err(Failure::new(1, format!("there is no state at {}", state.display()))
            .advise("no cycle has run yet: look at `plan`, then run `sync`"));
    };
    let now = Clock::System.now();
    let status = read(&config, &store, now)?;
    terminal::answer(&match options.format {
        Format::Json => report::status_json(&status),
        Format::Text => {
            let colour = terminal::colour();
            report::status_text(&status, &TextOptions { colour, kind: CycleKind::Dry, now, config: path })
        }
    })?;
    Ok(report::health(&status).exit_code())
}

fn read(config: &Config, store: &Store, now: Moment) -> Result<Status, Failure> {
    let cycles = store.last_cycles(CYCLES)?;
    let last = cycles.iter().find(|row| row.ended.is_some()).and_then(summary);
    let managed_active = store.managed_active()?;
    let charges = store.charges(now)?;
    let (due, due_first) = due(config, store, now)?;
    let is_locked = Store::is_locked(&config.state_path)?;
    // A row without the lock is left of a daemon that was killed.
    let row = store.daemon()?;
    let (daemon, daemon_lost) = if is_locked { (row, None) } else { (None, row) };
    let ledger = Ledger { people: charges.people, memberships: charges.memberships, ..Ledger::default() };
    Ok(Status {
        now,
        state_path: config.state_path.display().to_string(),
        lock: if is_locked { Lock::Taken } else { Lock::Free },
        last_good_cycle: store.last_good_cycle()?.as_ref().map(CycleSeen::from),
        last_change: store.last_change()?,
        asked_to_end: last.as_ref().is_some_and(|summary| summary.asked_to_end),
        why: last.as_ref().map(why).unwrap_or_default(),
        held: last.as_ref().and_then(held),
        set_aside: last.as_ref().map_or(0, |summary| summary.set_aside),
        not_done: last.as_ref().map_or(0, |summary| summary.not_done),
        unknown: last.as_ref().map_or(0, |summary| summary.unknown),
        approved: store.approved_keys(now)?.len() as u64,
        due,
        due_first,
        due_groups: due_groups(config, store, now)?,
        cycles: cycles.iter().map(CycleSeen::from).collect(),
        holds: holds(store)?,
        doubts: store.doubts()?.into_values().collect(),
        budget: BudgetLeft::of(managed_active, &config.policy.limits.deactivations, &ledger),
        managed_active,
        managed_inactive: store.managed_inactive()?,
        managed_groups: store.groups()?.len() as u64,
        memberships: store.memberships()?,
        memberships_ended: charges.memberships,
        team_active: store.others_active()?.map(|others| others + managed_active),
        refreshed: store.refreshed()?,
        identities: store.identities()?,
        waiting_requests: store.waiting_requests()?.into_iter().map(worded).collect(),
        next_cycle_unix_s: daemon.and_then(|_| config.schedule.next_after(now.unix_s)),
        daemon,
        daemon_lost,
        paused: store.paused()?,
        audit: match store.verify_audit()? {
            Ok(records) => Audit::Unbroken { records, head: store.audit_head()?.map(|(_, hash)| hash) },
            Err((record, why)) => Audit::Broken { record, why },
        },
        silence_s: config.alarms.silence_s,
        no_change_s: config.alarms.no_change_s,
    })
}

/// The detail is for the daemon, and may hold a whole plan.
fn worded(row: RequestRow) -> RequestRow {
    RequestRow { detail: in_words(&row.kind, &row.detail), ..row }
}

fn summary(row: &CycleRow) -> Option<CycleSummary> {
    serde_json::from_str(row.report.as_deref()?).ok()
}

/// Why a cycle did not do its work.
fn why(summary: &CycleSummary) -> Vec<String> {
    let stopped = summary.stopped.iter().map(|stop| stop.reason.clone());
    summary.sources_failed.iter().cloned().chain(stopped).collect()
}

/// Who is missing and will be deactivated, how many and the first of them: from the state, which each cycle brings up
/// to date, and the settings as they are now.
fn due(config: &Config, store: &Store, now: Moment) -> Result<(u64, Vec<DuePerson>), Failure> {
    let policy = &config.policy;
    let (mut n, mut first) = (0, Vec::new());
    if !policy.switches.deactivate_users {
        return Ok((n, first));
    }
    let needed_s = policy.absence_wait_s.max(policy.grace_s);
    store.absent(&mut |known| {
        let Some(absence) = known.absent else { return };
        if first_match(&policy.protected, &known.account.user_name).is_some() {
            return;
        }
        n += 1;
        if first.len() < DUE_SHOWN {
            let due_unix_s = absence.due_unix_s(needed_s, now);
            let user_name = known.account.user_name;
            first.push(DuePerson { id: known.id, user_name, missing_since: absence.first, due_unix_s });
        }
    })?;
    Ok((n, first))
}

/// Managed groups that wait for their end, by name.
fn due_groups(config: &Config, store: &Store, now: Moment) -> Result<Vec<DueGroup>, Failure> {
    let policy = &config.policy;
    if policy.groups.mode != Mode::Push || !policy.groups.switches.delete_groups {
        return Ok(Vec::new());
    }
    let needed_s = policy.absence_wait_s.max(policy.grace_s);
    let due = |group: KnownGroup| {
        let absence = group.absent?;
        let (id, due_unix_s) = (group.id.subject().clone(), absence.due_unix_s(needed_s, now));
        Some(DueGroup { id, name: group.name, missing_since: absence.first, due_unix_s })
    };
    let mut due: Vec<DueGroup> = store.groups()?.into_values().filter_map(due).collect();
    due.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(due)
}

/// What a cycle held back.
fn held(summary: &CycleSummary) -> Option<HeldPlan> {
    let plan_id = summary.plan_id.clone()?;
    let holds = !summary.held.is_empty() || !summary.refusals.is_empty();
    holds.then_some(HeldPlan { plan_id, held: summary.held.clone(), refusals: summary.refusals.clone() })
}

fn holds(store: &Store) -> Result<Vec<HeldPerson>, Failure> {
    let holds = store.holds()?;
    let ids: Vec<SourceId> = holds.keys().cloned().collect();
    let (known, groups) = (store.known_by_ids(&ids)?, store.groups()?);
    let person = |(id, hold): (SourceId, Hold)| {
        let user_name = known.iter().find(|known| known.id == id).map(|known| known.account.user_name.clone());
        let group = GroupId::of_subject(&id).and_then(|id| groups.get(&id)).map(|group| group.name.clone());
        HeldPerson { id, user_name, group, hold }
    };
    Ok(holds.into_iter().map(person).collect())
}
