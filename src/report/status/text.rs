//! The status as text: the verdict first, then what it rests on, then what waits for a person.
//!
//! Never: words a hold unlike the plan does; the code is shared.

use anstyle::Style;

use super::super::TextOptions;
use super::super::clean::{clean, clean_reason};
use super::super::count;
use super::super::facts::{budget_words, identity_line};
use super::super::held::{Holding, write_held};
use super::super::notes::write_notes;
use super::super::page::{self, Fix, Page};
use super::super::when::{coming, instant, past};
use super::{Audit, CycleSeen, Health, Lock, Status, health};
use crate::core::groups::{GroupId, GroupNote};
use crate::core::guard::Spent;
use crate::core::plan::Note;
use crate::core::time::{Moment, duration_text};

/// The status as text; the last line says what to type next.
pub fn status_text(status: &Status, options: &TextOptions<'_>) -> String {
    let mut page = Page::new(options);
    let health = health(status);
    write_verdict(&mut page, status, &health);
    write_state(&mut page, status);
    write_cycles(&mut page, status);
    if let Some(plan) = &status.held {
        let approve = format!("postman-scim-sync approve {}", plan.plan_id);
        let (held, refusals) = (&plan.held, &plan.refusals);
        write_held(&mut page, Holding { plan_id: &plan.plan_id, held, refusals, approve: &approve });
    }
    write_due(&mut page, status);
    write_due_groups(&mut page, status);
    write_notes(&mut page, &people(status), status.now);
    write_requests(&mut page, status);
    page.line("");
    page.fix(0, &next(status, &health));
    page.finish()
}

fn write_verdict(page: &mut Page, status: &Status, health: &Health) {
    let (style, verdict) = match health {
        Health::Ok => (page::NEW, "in order"),
        Health::NeedsAttention(_) => (page::WARNING, "needs attention"),
        Health::Failing(_) => (page::ALARM, "FAILING"),
    };
    let (now, code) = (instant(status.now.unix_s), health.exit_code());
    page.prose(style, 0, &format!("Status at {now}: {verdict} (exit code {code})."));
    for reason in health.reasons() {
        // One line, since a reason may name what is to be copied.
        page.line(&page.paint(style, &format!("  ! {}", clean_reason(&reason.text))));
    }
}

fn write_state(page: &mut Page, status: &Status) {
    let now = status.now;
    let moment = |moment: Option<Moment>| moment.map_or("never".to_owned(), |moment| past(moment, now));
    let lock = match status.lock {
        Lock::Unknown => "unknown whether an instance holds it",
        Lock::Free => "no instance holds it",
        Lock::Taken => "an instance holds it",
    };
    let good = status.last_good_cycle.as_ref();
    let good_number = good.map_or(String::new(), |cycle| format!("cycle {}, ", cycle.cycle.0));
    if status.approved > 0 {
        let changes = count(status.approved, "change is", "changes are");
        page.line(&format!("  Approved: {changes} let through by the next cycle that still plans them"));
    }
    let team = match status.team_active {
        Some(active) => format!("{active} active"),
        None => "not known yet".into(),
    };
    page.heading(page::HEADING, "State");
    let mut fact = |text: String| page.prose(Style::new(), 2, &text);
    fact(format!("Last good cycle: {good_number}{}", moment(good.and_then(|cycle| cycle.ended))));
    fact(format!("Last change in the team: {}", moment(status.last_change)));
    fact(format!("Managed: {} active, {} deactivated", status.managed_active, status.managed_inactive));
    if status.managed_groups > 0 {
        let memberships = count(status.memberships, "membership", "memberships");
        let Spent { day, week } = status.memberships_ended;
        fact(format!(
            "Groups: {} managed, {memberships}; ended without approval: {day} in 24 h, {week} in 7 days",
            status.managed_groups
        ));
    }
    fact(format!("Whole team: {team}; last listed {}", moment(status.refreshed)));
    for (source, identity) in &status.identities {
        page.line(&identity_line(source, identity));
    }
    let mut fact = |text: String| page.prose(Style::new(), 2, &text);
    fact(budget_words(&status.budget));
    fact(audit_words(&status.audit));
    fact(daemon_words(status));
    fact(format!("Database: {}; {lock}", clean(&status.state_path)));
}

fn write_due(page: &mut Page, status: &Status) {
    if status.due == 0 {
        return;
    }
    let heading = format!("Missing at the directory ({}): will be deactivated unless seen again", status.due);
    page.heading(page::HEADING, &heading);
    for person in &status.due_first {
        let (due, since) = (coming(person.due_unix_s, status.now), past(person.missing_since, status.now));
        page.line(&format!("  {}  due {due}: missing since {since}", clean(person.user_name.as_str())));
    }
    let more = status.due.saturating_sub(status.due_first.len() as u64);
    if more > 0 {
        page.line(&format!("  and {more} more; `plan` names them"));
    }
    if status.due > status.budget.cycle {
        let limit = status.budget.cycle;
        let text = format!(
            "One cycle may deactivate {limit} without approval: if more are due at once, all of them wait for one."
        );
        page.prose(Style::new(), 4, &text);
    }
    page.prose(Style::new(), 4, "To keep somebody: put them back at the directory, or name them in postman.protected.");
}

fn write_due_groups(page: &mut Page, status: &Status) {
    if status.due_groups.is_empty() {
        return;
    }
    let heading = format!("Groups that nobody asks for any more ({}): will be deleted", status.due_groups.len());
    page.heading(page::HEADING, &heading);
    for group in &status.due_groups {
        let (due, since) = (coming(group.due_unix_s, status.now), past(group.missing_since, status.now));
        page.line(&format!("  {}  due {due}: since {since}", clean(&group.name)));
    }
    let keep = "To keep one: ask for it in a [[group]], or write delete_groups = false in [provisioning].";
    page.prose(Style::new(), 4, keep);
}

fn daemon_words(status: &Status) -> String {
    let Some(daemon) = &status.daemon else { return "Daemon: none is running".into() };
    let next = match status.next_cycle_unix_s {
        _ if status.paused.is_some() => "paused".to_owned(),
        Some(next) => format!("next cycle {}", coming(next, status.now)),
        None => "no next cycle".to_owned(),
    };
    format!("Daemon: process {}, since {}; {next}", daemon.pid, past(daemon.since, status.now))
}

fn audit_words(audit: &Audit) -> String {
    match audit {
        Audit::NotChecked => "Audit chain: not checked".into(),
        Audit::Unbroken { records, head } => {
            let head = head.as_ref().map_or(String::new(), |head| format!(", head {}", clean(head)));
            format!("Audit chain: {records} records, unbroken{head}")
        }
        Audit::Broken { record, why } => format!("Audit chain: BROKEN at record {record}: {}", clean(why)),
    }
}

fn write_cycles(page: &mut Page, status: &Status) {
    if status.cycles.is_empty() {
        return;
    }
    page.heading(page::HEADING, "Last cycles");
    for (place, cycle) in status.cycles.iter().enumerate() {
        let newest = place == 0;
        let end = if newest { "has not ended: at work, or interrupted" } else { "interrupted" };
        page.line(&format!("  {:>5}  {}  {}", cycle.cycle.0, instant(cycle.started.unix_s), end_words(cycle, end)));
    }
}

fn end_words(cycle: &CycleSeen, without_end: &str) -> String {
    let Some(ended) = cycle.ended else { return without_end.to_owned() };
    let took = duration_text(ended.since(cycle.started));
    let meaning = cycle.exit_meaning.as_deref().map(clean).unwrap_or_default();
    match cycle.exit_code {
        Some(code) => format!("{took}, exit code {code}: {meaning}"),
        None => format!("{took}, no exit code"),
    }
}

/// People set aside and doubts, as the notes that a plan would have about them.
fn people(status: &Status) -> Vec<Note> {
    let holds = status.holds.iter().map(|held| match GroupId::of_subject(&held.id) {
        Some(id) => {
            let name = held.group.clone().unwrap_or_else(|| id.to_string());
            Note::Group(GroupNote::GroupHeld { id, name, hold: held.hold.clone() })
        }
        None => Note::Held { id: held.id.clone(), user_name: held.user_name.clone(), hold: held.hold.clone() },
    });
    let doubts = status.doubts.iter().filter_map(|doubt| Note::in_doubt(&doubt.change));
    holds.chain(doubts).collect()
}

fn write_requests(page: &mut Page, status: &Status) {
    if status.waiting_requests.is_empty() {
        return;
    }
    page.heading(page::HEADING, &format!("Asked of the next cycle ({})", status.waiting_requests.len()));
    for request in &status.waiting_requests {
        let (kind, detail, by) = (clean(&request.kind), clean(&request.detail), clean(&request.by));
        page.line(&format!("  {}  {kind} {detail}  by {by}", past(request.at, status.now)));
    }
}

fn next(status: &Status, health: &Health) -> Fix {
    let held = status.held.as_ref();
    match (health, held) {
        (Health::Ok, _) => Fix::say("Next: nothing to type."),
        (Health::Failing(_), _) if matches!(status.audit, Audit::Broken { .. }) => {
            Fix::say("Next: somebody edited the state. Keep the file for whoever investigates, and don't run `sync`.")
        }
        (Health::Failing(_), _) => Fix::typing("Next, find out what fails:", "postman-scim-sync check"),
        (Health::NeedsAttention(_), Some(plan)) if !plan.refusals.is_empty() => {
            Fix::typing("Next, find out why a source could not be used:", "postman-scim-sync check")
        }
        (Health::NeedsAttention(_), Some(_)) => {
            Fix::typing("Next, look at the whole plan, then do what HELD names:", "postman-scim-sync plan")
        }
        (Health::NeedsAttention(_), None) => Fix::typing("Next, see what would happen now:", "postman-scim-sync plan"),
    }
}
