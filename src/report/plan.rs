//! A plan for people and for scripts: what would be done, what is held and how to let it through, what to know.
//!
//! Never: shows fewer changes than there are.

use super::change::{summary, write_changes};
use super::clean::clean;
use super::facts::write_facts;
use super::held::{Holding, write_held};
use super::json::document;
use super::notes::{cases_set_aside, write_notes};
use super::page::{self, Fix, Page};
use super::{CycleKind, TextOptions, count};
use crate::core::groups::GroupNote;
use crate::core::guard::Held;
use crate::core::plan::{Note, Plan};
use crate::engine::outcome::Proposal;

const DRY: &str = "Dry run: nothing was changed; nothing was sent but reads.";

/// The plan as text; the last line says what to type next.
pub fn plan_text(proposal: &Proposal, options: &TextOptions<'_>) -> String {
    write_plan(Page::new(options), proposal, options, write_changes)
}

/// The plan on a page; `changes` writes its changes and adoptions.
pub(super) fn write_plan(
    mut page: Page,
    proposal: &Proposal,
    options: &TextOptions<'_>,
    changes: fn(&mut Page, &Plan, &[Held]),
) -> String {
    let approve = approve_command(proposal, options.kind);
    let holding = holding(proposal, &approve);
    if options.kind == CycleKind::Dry {
        page.prose(page::HEADING, 0, DRY);
    }
    page.prose(page::HEADING, 0, &headline(proposal));
    write_attention(&mut page, proposal);
    changes(&mut page, &proposal.plan, &proposal.held);
    write_held(&mut page, holding);
    write_notes(&mut page, &proposal.plan.notes, options.now);
    write_facts(&mut page, "Facts", proposal);
    page.line("");
    if options.kind == CycleKind::Dry {
        page.prose(page::HEADING, 0, DRY);
    }
    page.fix(0, &next(proposal, holding, options.kind));
    page.finish()
}

/// The plan as JSON, with all that is in it:
/// `{"format": 1, "document": "plan", "plan_id", "plan", "held", "budget", "sources", ...}`.
pub fn plan_json(proposal: &Proposal) -> String {
    document("plan", proposal)
}

/// `Plan ab12cd34ef: 7 to create, 2 to deactivate; 3 adopted (no request)`.
fn headline(proposal: &Proposal) -> String {
    let first = if proposal.is_first { ", the first for this team" } else { "" };
    let id = &proposal.plan_id;
    if !proposal.plan.is_empty() {
        return format!("Plan {id}{first}: {}.", summary(&proposal.plan));
    }
    let words = unused_words(proposal).map(|unused| format!("no changes: {unused}"));
    format!("Plan {id}{first}: {}.", words.unwrap_or_else(|| idle_words(proposal)))
}

/// `the reading of source hr failed, so nobody is added, changed or removed`, of the first that did or counts for nothing.
pub(super) fn unused_words(proposal: &Proposal) -> Option<String> {
    let failed = proposal.sources.iter().filter(|source| source.failed.is_some());
    let failed = failed.map(|source| (source.source.as_str(), "failed"));
    let refused = proposal.plan.refusals.iter().map(|refusal| (refusal.source(), "counts for nothing (see HELD)"));
    let place = |name: &str| proposal.sources.iter().position(|source| source.source == name).unwrap_or(usize::MAX);
    let (source, what) = failed.chain(refused).min_by_key(|(name, _)| place(name))?;
    Some(format!("the reading of source {} {what}, {}", clean(source), what_follows(proposal, source)))
}

/// The sources before one that was not read still have their word.
fn what_follows(proposal: &Proposal, unread: &str) -> String {
    let before = proposal.sources.iter().map(|source| source.source.as_str()).take_while(|source| *source != unread);
    let before: Vec<String> = before.map(clean).collect();
    let but = if before.is_empty() { String::new() } else { format!(" but by the word of {}", before.join(", ")) };
    format!("so nobody is added, changed or removed{but}")
}

/// `nothing to do: the team is in step`, or why that is not the whole truth.
pub(super) fn idle_words(proposal: &Proposal) -> String {
    let all = |is_due: fn(&&Note) -> bool| proposal.plan.notes.iter().filter(is_due).count() as u64;
    let due = all(|note| matches!(note, Note::Due { .. }));
    let groups_due = all(|note| matches!(note, Note::Group(GroupNote::GroupDue { .. })));
    let kept = |note: &Note| matches!(note, Note::Match { .. } | Note::SwitchedOff { .. });
    let state = match due {
        _ if proposal.holds_somebody() => String::new(),
        _ if proposal.plan.notes.iter().any(kept) => " that the settings allow".to_owned(),
        0 if groups_due > 0 => format!(" yet: {} due to be deleted", count(groups_due, "group is", "groups are")),
        0 => ": the team is in step".to_owned(),
        due => format!(" yet: {} due to be deactivated", count(due, "person is", "people are")),
    };
    format!("nothing to do{state}")
}

/// What a reader must not miss, before the lists.
pub(super) fn write_attention(page: &mut Page, proposal: &Proposal) {
    let failed = proposal.sources.iter().filter(|source| source.failed.is_some()).count() as u64;
    let held = (proposal.held.len() + proposal.plan.refusals.len()) as u64;
    let aside = cases_set_aside(&proposal.plan.notes);
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(format!("{} could not be read", count(failed, "source", "sources")));
    }
    if held > 0 {
        parts.push(format!("{} held, see HELD", count(held, "part is", "parts are")));
    }
    if aside > 0 {
        parts.push(format!("{} set aside, see SET ASIDE", count(aside, "case is", "cases are")));
    }
    if !parts.is_empty() {
        page.prose(page::ALARM, 0, &format!("Attention: {}.", parts.join("; ")));
    }
}

pub(super) fn holding<'a>(proposal: &'a Proposal, approve: &'a str) -> Holding<'a> {
    Holding { plan_id: &proposal.plan_id, held: &proposal.held, refusals: &proposal.plan.refusals, approve }
}

/// A dry run stores no plan, so that there is nothing to approve yet unless the last real cycle had the same one;
/// `sync --approve` plans again and goes on only if the id is still this.
pub(super) fn approve_command(proposal: &Proposal, kind: CycleKind) -> String {
    let id = &proposal.plan_id;
    let is_stored = proposal.plan.difference.as_ref().is_some_and(|difference| difference.last_plan_id == *id);
    if kind == CycleKind::Real || is_stored {
        format!("postman-scim-sync approve {id}")
    } else {
        format!("postman-scim-sync sync --approve {id}")
    }
}

/// What to type next.
pub(super) fn next(proposal: &Proposal, holding: Holding<'_>, kind: CycleKind) -> Fix {
    if proposal.source_failed() || !proposal.plan.refusals.is_empty() {
        return Fix::typing("Next, find out why a source could not be used:", "postman-scim-sync check");
    }
    if holding.can_be_approved() {
        return Fix::typing("Next, if what is held is right:", holding.approve);
    }
    if !proposal.held.is_empty() {
        return Fix::typing("Next, after the settings named under HELD:", "postman-scim-sync plan");
    }
    match kind {
        CycleKind::Dry if !proposal.plan.is_empty() => Fix::typing("Next, to apply it:", "postman-scim-sync sync"),
        _ if proposal.holds_somebody() => Fix::say("Next: what SET ASIDE names; nothing else to type."),
        _ => Fix::say("Next: nothing to type."),
    }
}
