//! What stands behind a plan: sources, what the guard still allows, seats, requests, and how it differs from the
//! last plan.
//!
//! Never: claims to know free seats without `postman.seats`.

use super::clean::{clean, clean_reason};
use super::count;
use super::page::{self, Page};
use crate::core::evidence::Identity;
use crate::core::guard::{BudgetLeft, Held};
use crate::core::plan::{Difference, Plan, Seats};
use crate::engine::outcome::{Proposal, SourceSummary};

/// The section "Facts".
pub fn write_facts(page: &mut Page, title: &str, proposal: &Proposal) {
    page.heading(page::HEADING, title);
    for source in &proposal.sources {
        let style = if source.failed.is_some() { page::ALARM } else { anstyle::Style::new() };
        page.prose(style, 2, &source_words(source));
        if let Some(identity) = &source.identity {
            page.line(&identity_line(&source.source, identity));
        }
    }
    let mut fact = |text: &str| page.prose(anstyle::Style::new(), 2, text);
    fact(&team_words(proposal));
    if proposal.plan.managed_groups > 0 {
        let memberships = count(proposal.plan.memberships, "membership", "memberships");
        fact(&format!("Groups: {} managed, with {memberships} made true.", proposal.plan.managed_groups));
    }
    fact(&budget_words(&proposal.budget));
    if proposal.approved > 0 {
        let changes = count(proposal.approved, "change is", "changes are");
        fact(&format!("Approved: {changes} let through already, each once, for 24 h from the approval."));
    }
    if proposal.plan.seats != Seats::default() {
        fact(&seat_words(&proposal.plan, &proposal.held));
    }
    if proposal.requests > 0 {
        let (requests, minutes) = (proposal.requests, proposal.minutes);
        fact(&format!("Requests: {requests} if all of it is applied, about {minutes} min at the configured rate."));
    }
    if let Some(difference) = &proposal.plan.difference {
        fact(&difference_words(difference, &proposal.plan_id));
    }
}

/// `Source corp, file people.csv (csv): 500 entries, 480 in scope, 478 mapped; read to the end`.
fn source_words(source: &SourceSummary) -> String {
    let (name, describe) = (clean(&source.source), clean(&source.describe));
    if source.failed.is_some() {
        return format!("Source {name}, {describe}: FAILED: see SET ASIDE.");
    }
    let read = source.understood;
    let checked = source.checked.iter().map(|check| format!(", {}", clean(check))).collect::<String>();
    format!(
        "Source {name}, {describe}: {}, {} in scope, {} inactive, {} mapped, {} with a known state; read to the end{checked}.",
        count(read.entries, "entry", "entries"),
        read.in_scope,
        read.inactive,
        read.mapped,
        read.with_state
    )
}

/// Not wrapped and not cut, so that it can be copied as the `identity` of the `[[source]]`.
pub(super) fn identity_line(source: &str, identity: &Identity) -> String {
    format!("  Source {} is {}", clean(source), clean_reason(&identity.to_string()))
}

fn team_words(proposal: &Proposal) -> String {
    let listed = if proposal.listed_team {
        "listed for this plan"
    } else {
        "not listed for this plan: matches, strangers and drift are as of the last listing"
    };
    format!("Team: {} managed and active; {listed}.", proposal.plan.managed_active)
}

/// `Deactivations that need no approval: 5 more in this cycle, 10 in 24 h, 20 in 7 days.`
pub fn budget_words(budget: &BudgetLeft) -> String {
    let left = |n: u64| if n == u64::MAX { "any number".to_owned() } else { n.to_string() };
    let (cycle, day, week) = (left(budget.cycle), left(budget.day), left(budget.week));
    format!("Deactivations left without approval: {cycle} in one cycle, {day} in 24 h, {week} in 7 days.")
}

/// `7 seats needed; 3 deactivations come first and free 3; 3 are free: 1 short`.
fn seat_words(plan: &Plan, held: &[Held]) -> String {
    let Seats { needed, freed, free } = plan.seats;
    let mut words = format!("Seats: {needed} needed; ");
    if freed > 0 {
        let come_first = count(freed, "deactivation comes first and frees", "deactivations come first and free");
        words += &format!("{come_first} {freed}; ");
    }
    match free {
        None => words += "how many are free is not known (set postman.seats to have it checked)",
        Some(free) if free.saturating_add(freed) >= needed => words += &format!("{free} free now: enough"),
        Some(free) => {
            let short = needed.saturating_sub(free.saturating_add(freed));
            words += &format!("{free} free now: {short} short, so some creates will wait for a seat");
        }
    }
    let kept = held_deactivations(held);
    if kept > 0 && needed > 0 {
        words += &format!(" (the {} held free no seat until then)", count(kept, "deactivation", "deactivations"));
    }
    words + "."
}

fn held_deactivations(held: &[Held]) -> u64 {
    let of = |held: &Held| match held {
        Held::OverLimit { class, changes, .. } | Held::NoProtectedAccounts { class, changes }
            if class.takes_access_away() =>
        {
            *changes
        }
        _ => 0,
    };
    held.iter().map(of).sum()
}

fn difference_words(difference: &Difference, plan_id: &str) -> String {
    let last = clean(&difference.last_plan_id);
    if last == plan_id {
        return format!("Since plan {last}: nothing is different; {} the same.", difference.same);
    }
    let (new, gone, same) = (difference.new.len(), difference.gone, difference.same);
    let marked = if new > 0 { " (marked *)" } else { "" };
    format!("Since plan {last}: {new} new{marked}, {gone} no longer in it, {same} the same.")
}
