//! A cycle that the daemon ran for somebody: what the state keeps of it.
//!
//! Never: words a held thing unlike the plan does; the code is shared.

use anstyle::Style;
use serde::Serialize;

use super::clean::clean_reason;
use super::cycle::{write_difference, write_stop};
use super::held::{Holding, write_held};
use super::json::document;
use super::page::{self, Fix, Page};
use super::{TextOptions, count, exit_meaning};
use crate::core::plan::Entries;
use crate::engine::outcome::{CycleSummary, Stop};
use crate::store::{Answer, CycleId};

/// The summary as text; the last line says what to type next.
pub fn summary_text(cycle: CycleId, answer: &Answer, summary: &CycleSummary, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options);
    page.prose(page::HEADING, 0, &headline(cycle, summary));
    summary.stopped.iter().for_each(|stop| write_stop(&mut page, "Stopped", stop));
    for reason in &answer.said {
        let stop = Stop { reason: reason.clone(), advice: answer.advice.clone() };
        write_stop(&mut page, "Nothing was applied", &stop);
    }
    write_difference(&mut page, &answer.appeared, &answer.gone);
    summary.phase_stops.iter().for_each(|stop| write_stop(&mut page, "A phase stopped", stop));
    for reason in &summary.sources_failed {
        page.prose(page::ALARM, 2, &format!("! {}", clean_reason(reason)));
    }
    let plan_id = summary.plan_id.as_deref().unwrap_or_default();
    let approve = format!("postman-scim-sync approve {plan_id}");
    write_held(&mut page, Holding { plan_id, held: &summary.held, refusals: &summary.refusals, approve: &approve });
    page.line("");
    let style = if answer.exit_code == 0 { page::HEADING } else { page::WARNING };
    page.prose(style, 0, &format!("Exit code {}: {}.", answer.exit_code, exit_meaning(answer.exit_code)));
    match answer.exit_code {
        0 => page.prose(Style::new(), 0, "Next: nothing to type."),
        1 => page.fix(0, &Fix::typing("Next, test the directory and the team:", "postman-scim-sync check")),
        _ => page.fix(0, &Fix::typing("Next, see who waits and why:", "postman-scim-sync plan")),
    }
    page.finish()
}

/// The summary as JSON.
pub fn summary_json(cycle: CycleId, answer: &Answer, summary: &CycleSummary) -> String {
    #[derive(Serialize)]
    struct Whole<'a> {
        cycle: CycleId,
        exit_code: u8,
        exit_meaning: &'static str,
        said: &'a [String],
        advice: Option<&'a str>,
        appeared: &'a Entries,
        gone: &'a Entries,
        summary: &'a CycleSummary,
    }
    let exit_code = answer.exit_code;
    document(
        "cycle_summary",
        &Whole {
            cycle,
            exit_code,
            exit_meaning: exit_meaning(exit_code),
            said: &answer.said,
            advice: answer.advice.as_deref(),
            appeared: &answer.appeared,
            gone: &answer.gone,
            summary,
        },
    )
}

/// `Cycle 12 of the running daemon, plan ab12cd34ef: 2 create, 1 deactivate done; 1 without effect.`
fn headline(cycle: CycleId, summary: &CycleSummary) -> String {
    let plan = summary.plan_id.as_ref().map_or(String::new(), |id| format!(", plan {id}"));
    let done: Vec<String> = summary.done.iter().map(|(kind, n)| format!("{n} {}", kind.as_str())).collect();
    let mut parts = Vec::new();
    if !summary.sources_failed.is_empty() {
        let follows =
            if done.is_empty() { "nobody is added, changed or removed" } else { "only the sources before it decide" };
        parts.push(format!("the reading failed, so {follows}; the next cycle reads again"));
    }
    if !done.is_empty() {
        parts.push(format!("{} done", done.join(", ")));
    }
    for (n, words) in [
        (summary.not_done, "without effect"),
        (summary.unknown, "answer unknown, read back before anything else"),
        (summary.adopted, "adopted"),
        (summary.settled, "settled"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {words}"));
        }
    }
    if summary.set_aside > 0 {
        parts.push(format!("{} set aside", count(summary.set_aside, "case", "cases")));
    }
    if parts.is_empty() {
        parts.push("nothing was sent".to_owned());
    }
    format!("Cycle {} of the running daemon{plan}: {}.", cycle.0, parts.join("; "))
}
