//! A cycle that has ended: what was done, what was not and why, what waits for a person.
//!
//! Never: words a held thing unlike the plan does; the code is shared.

use anstyle::Style;

use super::change::{adoption_line, change_line, class_title, group_adoption_line, waits, weight, write_changes};
use super::clean::clean_reason;
use super::facts::write_facts;
use super::held::write_held;
use super::json::document;
use super::notes::write_notes;
use super::page::{self, Fix, Page};
use super::plan::{approve_command, holding, idle_words, next, unused_words, write_attention};
use super::{CycleKind, TextOptions, count, exit_meaning};
use crate::core::guard::{Class, held_keys};
use crate::core::plan::{Entries, PlannedChange};
use crate::core::time::duration_text;
use crate::engine::moved::Moved;
use crate::engine::outcome::{ChangeOutcome, CycleReport, Proposal, Stop};
use crate::store::Ended;

/// The cycle as text; the last lines say what its exit code means and what to type next.
pub fn cycle_text(report: &CycleReport, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options);
    page.prose(page::HEADING, 0, &headline(report));
    if let Some(stop) = &report.stopped {
        write_stop(&mut page, "Stopped", stop);
    }
    if let Some(moved) = &report.moved {
        write_moved(&mut page, moved);
    }
    report.phase_stops.iter().for_each(|stop| write_stop(&mut page, "A phase stopped", stop));
    if let Some(proposal) = &report.proposal {
        write_attention(&mut page, proposal);
    }
    write_not_done(&mut page, report);
    write_done(&mut page, report);
    if let Some(proposal) = &report.proposal {
        write_waiting(&mut page, proposal, options);
    }
    page.line("");
    write_closing(&mut page, report);
    page.finish()
}

/// The cycle as JSON, with all that is in it, the plan and the sentence of the exit code included.
pub fn cycle_json(report: &CycleReport) -> String {
    #[derive(serde::Serialize)]
    struct WithMeaning<'a> {
        #[serde(flatten)]
        report: &'a CycleReport,
        exit_meaning: &'static str,
    }
    document("cycle", &WithMeaning { report, exit_meaning: exit_meaning(report.exit_code) })
}

/// `Cycle 12, plan ab12cd34ef, 2.3 s: 9 of 10 changes done; 3 adopted`.
fn headline(report: &CycleReport) -> String {
    let cycle = report.cycle.0;
    let Some(proposal) = &report.proposal else {
        return format!("Cycle {cycle}: ended without a plan after {}.", elapsed(report.elapsed_ms));
    };
    let mut parts = Vec::new();
    let all = weight(proposal.plan.changes.iter()) as u64;
    if all > 0 {
        let done = weight(done(report)) as u64;
        parts.push(format!("{done} of {} done", count(all, "change", "changes")));
    } else if let Some(unused) = unused_words(proposal) {
        parts.push(format!("nothing done: {unused}; the next cycle reads again"));
    } else if proposal.plan.is_empty() {
        parts.push(idle_words(proposal));
    }
    if report.adopted > 0 {
        parts.push(format!("{} adopted", report.adopted));
    }
    if report.settled > 0 {
        parts.push(format!("{} of earlier cycles settled", count(report.settled, "doubt", "doubts")));
    }
    if parts.is_empty() {
        parts.push("nothing done".into());
    }
    let elapsed = elapsed(report.elapsed_ms);
    format!("Cycle {cycle}, plan {}, {elapsed}: {}.", proposal.plan_id, parts.join("; "))
}

fn done(report: &CycleReport) -> impl Iterator<Item = &PlannedChange> {
    let done = report.outcomes.iter().filter(|outcome| outcome.result == Ended::Done);
    done.map(|outcome| &outcome.planned)
}

fn elapsed(milliseconds: u64) -> String {
    match milliseconds {
        ms @ 0..10_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        ms => duration_text(i64::try_from(ms / 1_000).unwrap_or(i64::MAX)),
    }
}

pub(super) fn write_stop(page: &mut Page, what: &str, stop: &Stop) {
    page.prose(page::ALARM, 0, &format!("{what}: {}.", clean_reason(&stop.reason).trim_end_matches('.')));
    if let Some(advice) = &stop.advice {
        page.fix(2, &Fix::say(format!("What to do: {}.", clean_reason(advice).trim_end_matches('.'))));
    }
}

/// Why nothing was applied, and in what the plan that was approved differs from the plan now.
fn write_moved(page: &mut Page, moved: &Moved) {
    write_stop(page, "Nothing was applied", &moved.stop);
    write_difference(page, &moved.appeared, &moved.gone);
}

pub(super) fn write_difference(page: &mut Page, appeared: &Entries, gone: &Entries) {
    for (title, entries) in [
        ("In the plan now, and not in the one that was approved", appeared),
        ("In the plan that was approved, and not now", gone),
    ] {
        let all = entries.changes.len() + entries.adoptions.len() + entries.group_adoptions.len();
        if all > 0 {
            page.heading(page::WARNING, &format!("{title} ({all})"));
            let changes = entries.changes.iter().map(|planned| change_line(page, planned));
            let adoptions = entries.adoptions.iter().map(|adoption| adoption_line(page, adoption));
            let groups = entries.group_adoptions.iter().map(|adoption| group_adoption_line(page, adoption));
            let lines: Vec<String> = changes.chain(adoptions).chain(groups).collect();
            lines.iter().for_each(|line| page.line(&format!("  {line}")));
        }
    }
}

fn write_not_done(page: &mut Page, report: &CycleReport) {
    let not_begun = not_begun(report);
    let failed: Vec<&ChangeOutcome> = report.not_done().collect();
    if failed.is_empty() && not_begun == 0 {
        return;
    }
    page.heading(page::ALARM, &format!("Not done ({})", failed.len() as u64 + not_begun));
    for outcome in failed {
        let line = change_line(page, &outcome.planned);
        page.line(&format!("  {line}"));
        page.fix(6, &Fix::say(result_words(&outcome.result)));
    }
    if not_begun > 0 {
        let words = count(not_begun, "change was not begun", "changes were not begun");
        page.prose(Style::new(), 2, &format!("{words}; the next cycle plans again from fresh facts."));
    }
}

/// Neither tried nor held: the cycle or a phase stopped before them.
fn not_begun(report: &CycleReport) -> u64 {
    let Some(proposal) = &report.proposal else { return 0 };
    let held = held_keys(&proposal.plan, &proposal.held);
    let free = proposal.plan.changes.iter().filter(|planned| !waits(&planned.change, &held)).count() as u64;
    free.saturating_sub(report.outcomes.len() as u64)
}

fn result_words(result: &Ended) -> String {
    match result {
        Ended::Done => "done".into(),
        Ended::Rejected { detail } => format!("refused by Postman: {}", clean_reason(detail)),
        Ended::Unknown { detail } => {
            format!("answer unknown, to be read back in the next cycle: {}", clean_reason(detail))
        }
        Ended::NotSent { detail } => format!("not sent: {}", clean_reason(detail)),
    }
}

fn write_done(page: &mut Page, report: &CycleReport) {
    for class in Class::ALL {
        let done = report.outcomes.iter().filter(|outcome| outcome.result == Ended::Done);
        let of_class: Vec<_> = done.filter(|outcome| Class::of(&outcome.planned.change) == class).collect();
        if of_class.is_empty() {
            continue;
        }
        let done = weight(of_class.iter().map(|outcome| &outcome.planned));
        page.heading(page::HEADING, &format!("Done - {} ({done})", class_title(class)));
        for outcome in of_class {
            let line = change_line(page, &outcome.planned);
            page.line(&format!("  {line}"));
        }
    }
}

/// What the plan would say now: held changes with their lines, people set aside, and the facts.
fn write_waiting(page: &mut Page, proposal: &Proposal, options: &TextOptions<'_>) {
    let approve = approve_command(proposal, CycleKind::Real);
    if !proposal.held.is_empty() {
        let mut held = proposal.plan.clone();
        let keys = held_keys(&proposal.plan, &proposal.held);
        held.changes.retain(|planned| waits(&planned.change, &keys));
        held.adoptions.retain(|adoption| keys.contains(&adoption.key()));
        held.group_adoptions.retain(|adoption| keys.contains(&adoption.key()));
        write_changes(page, &held, &proposal.held);
    }
    write_held(page, holding(proposal, &approve));
    write_notes(page, &proposal.plan.notes, options.now);
    write_facts(page, "Facts, before this cycle", proposal);
}

fn write_closing(page: &mut Page, report: &CycleReport) {
    let style = if report.exit_code == 0 { page::HEADING } else { page::WARNING };
    page.prose(style, 0, &format!("Exit code {}: {}.", report.exit_code, exit_meaning(report.exit_code)));
    let Some(proposal) = &report.proposal else {
        page.fix(0, &Fix::typing("Next, test the directory and the team:", "postman-scim-sync check"));
        return;
    };
    if report.stopped.is_some() && proposal.held.is_empty() {
        page.fix(0, &Fix::typing("Next, test the directory and the team:", "postman-scim-sync check"));
        return;
    }
    let is_waiting = !holding(proposal, "").is_empty() || proposal.holds_somebody();
    if report.not_done().next().is_some() && !is_waiting {
        page.fix(0, &Fix::say("Next: what stands under \"Not done\"; the next cycle tries again."));
        return;
    }
    if report.adopted > 0 && !is_waiting && !proposal.plan.group_adoptions.is_empty() {
        let say = "Next, look before the next cycle: it changes who is in the adopted groups, under the limits:";
        page.fix(0, &Fix::typing(say, "postman-scim-sync plan"));
        return;
    }
    let approve = approve_command(proposal, CycleKind::Real);
    page.fix(0, &next(proposal, holding(proposal, &approve), CycleKind::Real));
}
