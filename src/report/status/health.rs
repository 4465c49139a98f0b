//! Whether things are in order. Silence is an alarm: a daemon that does nothing looks like one with nothing to do.
//!
//! Never: "ok" because nothing is known.

use serde::Serialize;

use super::super::when::past;
use super::super::{count, exit_meaning};
use super::{Audit, CycleSeen, Status};
use crate::core::groups::GroupId;
use crate::core::time::duration_text;

/// A request, a mark or a cycle that is older than this does not belong to the work of the moment: seconds.
const MOMENT_S: i64 = 60 * 60;

/// The verdict, worst first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict", content = "reasons")]
pub enum Health {
    Ok,
    NeedsAttention(Vec<Reason>),
    Failing(Vec<Reason>),
}

/// One thing that is not in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// 1: failing; 4: a part of the plan is held; 3: anything else.
    pub exit_code: u8,
    pub text: String,
}

impl Health {
    /// What `status` exits with: of several the first of 1, 4, 3, 0.
    pub fn exit_code(&self) -> u8 {
        match self {
            Health::Ok => 0,
            Health::NeedsAttention(reasons) if reasons.iter().any(|reason| reason.exit_code == 4) => 4,
            Health::NeedsAttention(_) => 3,
            Health::Failing(_) => 1,
        }
    }

    pub fn reasons(&self) -> &[Reason] {
        match self {
            Health::Ok => &[],
            Health::NeedsAttention(reasons) | Health::Failing(reasons) => reasons,
        }
    }
}

/// Judges the state of things.
pub fn health(status: &Status) -> Health {
    let mut reasons = Vec::new();
    judge_cycles(status, &mut reasons);
    if let Audit::Broken { record, why } = &status.audit {
        reasons.push(failing(format!("the audit chain is broken at record {record}: {why}")));
    }
    judge_quiet(status, &mut reasons);
    judge_held(status, &mut reasons);
    judge_leftovers(status, &mut reasons);
    if let Some(paused) = &status.paused {
        let why = paused.reason.as_ref().map_or(String::new(), |why| format!(" ({why})"));
        let since = past(paused.since, status.now);
        reasons.push(attention(format!("paused by {}{why} since {since}; `resume` ends it", paused.by)));
    }
    if reasons.is_empty() {
        Health::Ok
    } else if reasons.iter().any(|reason| reason.exit_code == 1) {
        Health::Failing(reasons)
    } else {
        Health::NeedsAttention(reasons)
    }
}

fn judge_cycles(status: &Status, reasons: &mut Vec<Reason>) {
    let now = status.now;
    let silence = duration_text(status.silence_s);
    let good = status.last_good_cycle.as_ref();
    match good.and_then(|cycle| cycle.ended) {
        Some(ended) if now.since(ended) > status.silence_s => {
            let ended = past(ended, now);
            reasons.push(failing(format!("no good cycle within {silence}; the last one ended {ended}")));
        }
        Some(_) => {}
        None if is_new(status) => reasons.push(attention("no cycle has ended well yet".into())),
        None => reasons.push(failing("no cycle has ever ended well".into())),
    }
    if let Some(daemon) = &status.daemon_lost {
        let text =
            format!("the daemon (process {}) ended without a word, and no cycle starts: start it again", daemon.pid);
        reasons.push(failing(text));
    }
    let last_ended = status.cycles.iter().find(|cycle| cycle.ended.is_some());
    if let Some((cycle, code)) = last_ended.and_then(failure) {
        if status.asked_to_end {
            let text = format!("cycle {}, the last one, was asked to end; the next one goes on", cycle.cycle.0);
            return reasons.push(attention(text));
        }
        let why = status.why.first().map_or(String::new(), |why| format!(": {why}"));
        reasons.push(failing(format!("cycle {}, the last one that ended: {}{why}", cycle.cycle.0, exit_meaning(code))));
    }
}

/// A directory whose export stands still looks like one in which nothing happens; only its admin knows which it is.
fn judge_quiet(status: &Status, reasons: &mut Vec<Reason>) {
    let Some((no_change_s, last)) = status.no_change_s.zip(status.last_change) else { return };
    if status.now.since(last) > no_change_s {
        let (wait, last) = (duration_text(no_change_s), past(last, status.now));
        reasons.push(attention(format!("no change in the team within {wait}; the last one was {last}")));
    }
}

/// Cycles have begun, and the first of them not long ago.
fn is_new(status: &Status) -> bool {
    let first = status.cycles.last();
    first.is_some_and(|cycle| status.now.since(cycle.started) <= status.silence_s)
}

/// Exit codes 0, 3 and 4 are of cycles that went to their end.
fn failure(cycle: &CycleSeen) -> Option<(&CycleSeen, u8)> {
    cycle.exit_code.filter(|code| !matches!(code, 0 | 3 | 4)).map(|code| (cycle, code))
}

fn judge_held(status: &Status, reasons: &mut Vec<Reason>) {
    let Some(plan) = &status.held else { return };
    let parts = (plan.held.len() + plan.refusals.len()) as u64;
    if parts > 0 {
        let parts = count(parts, "part of the last plan is", "parts of the last plan are");
        let text = format!("{parts} held until a person acts (plan {})", plan.plan_id);
        reasons.push(Reason { exit_code: 4, text });
    }
}

fn judge_leftovers(status: &Status, reasons: &mut Vec<Reason>) {
    let holds = status.holds.len() as u64;
    let groups = status.holds.iter().filter(|held| GroupId::of_subject(&held.id).is_some()).count() as u64;
    for (n, one, many) in [(holds - groups, "person is", "people are"), (groups, "group is", "groups are")] {
        if n > 0 {
            reasons.push(attention(format!("{} set aside", count(n, one, many))));
        }
    }
    if status.not_done > 0 {
        let requests = count(status.not_done, "request", "requests");
        reasons.push(attention(format!("{requests} of the last cycle had no effect; the next one tries again")));
    }
    if status.unknown > 0 {
        let answers = count(status.unknown, "request", "requests");
        reasons.push(attention(format!("{answers} of the last cycle: answer unknown, read back before anything else")));
    }
    if holds == 0 && status.set_aside > 0 {
        let cases = count(status.set_aside, "case", "cases");
        reasons.push(attention(format!("the last cycle set {cases} aside; `plan` names them")));
    }
    let old = |moment| status.now.since(moment) > MOMENT_S;
    let doubts = status.doubts.iter().filter(|doubt| old(doubt.began)).count() as u64;
    if doubts > 0 {
        let requests = count(doubts, "request has", "requests have");
        reasons.push(attention(format!("{requests} had no known answer for more than {}", duration_text(MOMENT_S))));
    }
    let waiting = status.waiting_requests.iter().filter(|request| old(request.at)).count() as u64;
    if waiting > 0 {
        let asked = count(waiting, "request of a command waits", "requests of commands wait");
        let text = format!("{asked} for more than {}: is the daemon running?", duration_text(MOMENT_S));
        reasons.push(attention(text));
    }
}

fn failing(text: String) -> Reason {
    Reason { exit_code: 1, text }
}

fn attention(text: String) -> Reason {
    Reason { exit_code: 3, text }
}
