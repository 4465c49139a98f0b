//! The history as text: one line an entry, oldest first, so that the newest stands above the prompt.
//!
//! Never: prints a word from outside that is not cleaned.

use super::super::TextOptions;
use super::super::clean::{clean, clean_reason};
use super::super::held::{held_words, refusal_words};
use super::super::page::{self, Page};
use super::super::status::Audit;
use super::super::when::instant;
use super::super::{count, exit_meaning};
use super::{ApprovalEntry, ChangeEntry, CycleEntry, Entries, History, Outcome};
use crate::core::time::{Moment, duration_text};
use crate::engine::outcome::CycleSummary;

/// What a count of requests without a known answer is called.
const UNKNOWN: &str = "answer unknown, read back before anything else";

/// The history as text; the last line says whether there is more.
pub fn history_text(history: &History, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options);
    if let Audit::Broken { record, why } = &history.audit {
        let broken = format!("The audit chain is BROKEN at record {record}: {}. Don't trust what follows.", clean(why));
        page.prose(page::ALARM, 0, &broken);
    }
    if history.ids.len() > 1 {
        let ids: Vec<String> = history.ids.iter().map(|id| clean(id)).collect();
        page.prose(page::WARNING, 0, &format!("Several directory ids have had this address: {}.", ids.join(", ")));
    }
    match &history.entries {
        Entries::Cycles(cycles) => cycles.iter().for_each(|cycle| write_cycle(&mut page, cycle)),
        Entries::Changes(changes) => changes.iter().for_each(|change| page.line(&change_line(change))),
        Entries::Approvals(all) => all.iter().for_each(|approval| page.line(&approval_line(approval, options.now))),
    }
    if history.unreadable > 0 {
        let records = count(history.unreadable, "record is", "records are");
        page.line(&format!("{records} not as this version writes them, and left out."));
    }
    match (history.entries.len(), history.earlier) {
        (0, _) => page.line("Nothing of that is recorded."),
        (_, 0) => {}
        (_, earlier) => page.line(&format!("{earlier} earlier; --limit shows more.")),
    }
    page.finish()
}

fn write_cycle(page: &mut Page, cycle: &CycleEntry) {
    let end = match (cycle.ended_unix_s, cycle.exit_code) {
        (Some(_), Some(code)) => format!("exit code {code}: {}", exit_meaning(code)),
        (Some(_), None) => "no exit code".into(),
        (None, _) => "has not ended: at work, or interrupted".into(),
    };
    let summary = cycle.summary.as_ref();
    let did = summary.map(|summary| format!("  {}", did(summary))).unwrap_or_default();
    page.line(&format!("{:>5}  {}  {end}{did}", cycle.cycle.0, instant(cycle.started_unix_s)));
    let Some(summary) = summary else { return };
    let mut more = |text: &str| page.line(&format!("         {text}"));
    summary.held.iter().for_each(|held| more(&format!("held: {}", held_words(held))));
    summary.refusals.iter().for_each(|refusal| more(&format!("held: {}", refusal_words(refusal))));
    summary.sources_failed.iter().for_each(|why| more(&format!("not read: {}", clean_reason(why))));
    let stops = summary.stopped.iter().map(|stop| ("stopped", stop));
    let stops = stops.chain(summary.moved.iter().map(|stop| ("nothing applied", stop)));
    for (what, stop) in stops.chain(summary.phase_stops.iter().map(|stop| ("a phase stopped", stop))) {
        more(&format!("{what}: {}", clean_reason(&stop.reason)));
    }
    if summary.not_done + summary.unknown > 0 {
        more(&format!("not done: `history --changes --cycle {}` names each, and why", cycle.cycle.0));
    }
    if summary.set_aside > 0 && summary.sources_failed.is_empty() {
        more("set aside: `status` and `plan` name who and why");
    }
}

/// `plan ab12cd34ef: 4 done (3 create, 1 rename), 1 not done, 2 set aside`.
fn did(summary: &CycleSummary) -> String {
    let done: u64 = summary.done.values().sum();
    let kinds: Vec<String> = summary.done.iter().map(|(kind, n)| format!("{n} {}", kind.as_str())).collect();
    let mut parts = Vec::new();
    if done > 0 {
        parts.push(format!("{done} done ({})", kinds.join(", ")));
    }
    for (n, words) in [
        (summary.not_done, "not done"),
        (summary.unknown, UNKNOWN),
        (summary.adopted, "adopted"),
        (summary.settled, "settled"),
        (summary.set_aside, "set aside"),
        (summary.due, "due"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {words}"));
        }
    }
    let what = if parts.is_empty() { "nothing done".to_owned() } else { parts.join(", ") };
    match &summary.plan_id {
        Some(plan_id) => format!("plan {}: {what}", clean(plan_id)),
        None => what,
    }
}

/// `2026-03-01T12:00:00Z  cycle 12  rename  ada@acme.example  Ada Byron -> Ada King  done  corp:e-1`.
fn change_line(entry: &ChangeEntry) -> String {
    let cycle = entry.cycle.map_or("by hand".to_owned(), |cycle| format!("cycle {}", cycle.0));
    let reason = entry.reason.as_deref().map(|reason| format!(": {}", clean_reason(reason))).unwrap_or_default();
    let by = entry.approved_by.as_deref().map(clean);
    let plan = entry.approved_plan.as_deref().map(|plan| format!(" (plan {})", clean(plan))).unwrap_or_default();
    let verb = if entry.cycle.is_some() { "approved by" } else { "decided by" };
    let approved = by.map(|by| format!("  {verb} {by}{plan}")).unwrap_or_default();
    let parts = [
        instant(entry.at_unix_s),
        cycle,
        clean(&entry.kind),
        entry.words(),
        format!("{}{reason}", outcome_words(entry)),
        clean(&entry.id.to_string()),
    ];
    let line: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    line.join("  ") + &approved
}

fn outcome_words(entry: &ChangeEntry) -> &'static str {
    match entry.outcome {
        Outcome::Done if entry.kind == "hold" => "set aside",
        Outcome::Done if entry.kind == "release" => "set aside no more",
        Outcome::Done if entry.kind == "forget" => "no longer bound to this id",
        Outcome::Done => "done",
        Outcome::Rejected => "REJECTED",
        Outcome::NotSent => "not sent",
        Outcome::NoAnswer => "NO ANSWER known yet",
        Outcome::SettledDone => "done (the answer was lost, and a later read shows it)",
        Outcome::SettledNotDone => "not done (the answer was lost, and a later read shows it)",
    }
}

/// `2026-03-01T12:00:00Z  plan ab12cd34ef  by ada (uid 1000): 7 changes, 5 of them done under it; open until ...`.
fn approval_line(entry: &ApprovalEntry, now: Moment) -> String {
    let changes = count(entry.changes, "entry", "entries");
    let left = match entry {
        _ if entry.used >= entry.changes => String::new(),
        _ if entry.replaced => "; a later approval or other settings ended it".to_owned(),
        _ if now.unix_s < entry.expires_unix_s => {
            let left = duration_text(entry.expires_unix_s - now.unix_s);
            format!("; open until {} (for {left})", instant(entry.expires_unix_s))
        }
        _ => format!("; expired {}", instant(entry.expires_unix_s)),
    };
    let (at, plan, by) = (instant(entry.at_unix_s), clean(&entry.plan_id), clean(&entry.by));
    format!("{at}  plan {plan}  by {by}: {changes}, {} done under it{left}", entry.used)
}
