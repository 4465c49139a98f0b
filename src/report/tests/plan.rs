//! What a plan must say, and what it must not leave out.

use super::super::plan_text;
use super::fixture::*;
use super::{DRY, REAL, last_line};
use crate::core::evidence::Identity;
use crate::core::guard::{Class, Held, Window};
use crate::core::plan::{Cause, Difference, Note, Plan, Seats, SourceRefusal};

fn with_changes(changes: Vec<crate::core::plan::PlannedChange>) -> Plan {
    Plan { changes, managed_active: 480, ..Plan::default() }
}

fn over_limit() -> Held {
    let class = Class::DeactivateAbsent;
    Held::OverLimit { class, changes: 40, approved: 0, window: Window::Cycle, limit: 5, used: 0 }
}

fn seats(needed: u64, freed: u64, free: Option<u64>) -> String {
    let plan = Plan { seats: Seats { needed, freed, free }, ..with_changes(vec![create(1, "a")]) };
    let text = plan_text(&proposal(plan, vec![]), &DRY);
    text.lines().find(|line| line.contains("Seats:")).unwrap_or_default().trim().to_owned()
}

#[test]
fn an_empty_plan_says_that_nothing_is_to_do() {
    let text = plan_text(&proposal(Plan::default(), vec![]), &REAL);
    assert!(text.contains("nothing to do: the team is in step."), "{text}");
    assert_eq!(last_line(&text), "Next: nothing to type.");
    assert!(!text.contains("Dry run"), "{text}");
}

#[test]
fn nobody_is_in_step_while_a_source_is_refused_or_somebody_is_held() {
    let refusals = vec![SourceRefusal::Empty { source: "corp".into() }];
    let refused = plan_text(&proposal(Plan { refusals, ..Plan::default() }, vec![]), &DRY);
    let notes = vec![Note::InDoubt { id: id(1), user_name: user_name("a"), kind: crate::core::plan::Kind::Create }];
    let held = plan_text(&proposal(Plan { notes, ..Plan::default() }, vec![]), &DRY);
    for text in [&refused, &held] {
        assert!(!text.contains("in step"), "{text}");
    }
    assert!(!refused.contains("approve "), "no approval lifts an empty source: {refused}");
    assert_eq!(last_line(&refused), "postman-scim-sync check");
}

#[test]
fn an_old_name_is_asked_for_only_where_the_state_holds_people_of_it() {
    let said = |note: Note| plan_text(&proposal(Plan { notes: vec![note], ..Plan::default() }, vec![]), &DRY);
    let unread = said(Note::UnreadSource { source: "hr".into(), members: 4, why: "no such file".into() });
    assert!(!unread.contains("give it the old one back"), "{unread}");
    let renamed = said(Note::NoSuchSource { source: "hr".into(), members: 4 });
    assert!(
        renamed.contains("    hr  4 members\n      If the source has a new name, give it the old one back"),
        "{renamed}"
    );
    // Everybody has a new id when another attribute holds it.
    let (new, bound_to) = (id(1), id(2));
    let rebound = said(Note::NewDirectoryId { new, bound_to, user_name: user_name("ada") });
    assert!(rebound.contains("the `id` or `name` of the [[source]] was changed; put the old one back"), "{rebound}");
}

#[test]
fn an_identity_stands_on_one_line_and_whole() {
    let mut proposal = proposal(Plan::default(), vec![]);
    let principal = format!("dn:cn=sync,{}dc=example", "ou=a unit with a long name,".repeat(9));
    let identity = Identity { directory: "dc=acme,dc=example (entryUUID 1)".into(), principal };
    proposal.sources[0].identity = Some(identity.clone());
    let text = plan_text(&proposal, &DRY);
    assert!(text.contains(&format!("\n  Source corp is {identity}\n")), "{text}");
}

#[test]
fn a_dry_run_says_so_first_and_last_and_names_the_next_step() {
    let text = plan_text(&proposal(with_changes(vec![create(1, "a")]), vec![]), &DRY);
    assert!(text.starts_with("Dry run: nothing was changed; nothing was sent but reads.\n"), "{text}");
    assert!(text.ends_with(
        "Dry run: nothing was changed; nothing was sent but reads.\nNext, to apply it:\n  postman-scim-sync sync\n"
    ));
}

#[test]
fn the_command_that_approves_is_one_that_works() {
    let mut proposal = proposal(with_changes(vec![deactivate(1, "a", Cause::Absent)]), vec![over_limit()]);
    let id = proposal.plan_id.clone();
    assert_eq!(last_line(&plan_text(&proposal, &REAL)), format!("postman-scim-sync approve {id}"));
    // A dry run stored nothing that could be approved.
    assert_eq!(last_line(&plan_text(&proposal, &DRY)), format!("postman-scim-sync sync --approve {id}"));
    proposal.plan.difference = Some(Difference { last_plan_id: id.clone(), new: vec![], gone: 0, same: 1 });
    let text = plan_text(&proposal, &DRY);
    assert_eq!(last_line(&text), format!("postman-scim-sync approve {id}"));
    assert!(text.contains(&format!("Since plan {id}: nothing is different; 1 the same.")), "{text}");
}

#[test]
fn an_empty_protected_list_is_not_offered_for_approval() {
    let held = Held::NoProtectedAccounts { class: Class::DeactivateExplicit, changes: 1 };
    let text = plan_text(&proposal(with_changes(vec![deactivate(1, "a", Cause::Explicit)]), vec![held]), &REAL);
    assert!(text.contains("no approval lifts this") && !text.contains(" approve "), "{text}");
    assert_eq!(last_line(&text), "postman-scim-sync plan");
}

#[test]
fn only_the_held_class_is_marked() {
    let plan = with_changes(vec![deactivate(1, "a", Cause::Absent), create(2, "b")]);
    let text = plan_text(&proposal(plan, vec![over_limit()]), &DRY);
    assert!(text.contains("Deactivate: no longer at the directory, or out of scope (1) - HELD, see below\n"), "{text}");
    assert!(text.contains("\nCreate (1)\n"), "{text}");
}

#[test]
fn seats_are_forecast_and_never_invented() {
    assert_eq!(seats(7, 3, Some(4)), "Seats: 7 needed; 3 deactivations come first and free 3; 4 free now: enough.");
    assert_eq!(
        seats(7, 1, Some(4)),
        "Seats: 7 needed; 1 deactivation comes first and frees 1; 4 free now: 2 short, so some creates will wait for a seat."
    );
    assert_eq!(
        seats(2, 0, None),
        "Seats: 2 needed; how many are free is not known (set postman.seats to have it checked)."
    );
    assert_eq!(seats(0, 1, Some(0)), "Seats: 0 needed; 1 deactivation comes first and frees 1; 0 free now: enough.");
}

#[test]
fn changes_are_never_cut_and_long_lists_without_a_task_are() {
    let changes = (0..60).map(|n| create(n, &format!("c{n}"))).collect();
    let strangers = (0..52).map(|n| Note::Stranger { member: member(&format!("s{n:02}")) });
    let held = (0..52).map(|n| Note::Swap { ids: vec![id(n), id(n + 100)] });
    let notes = strangers.chain(held).collect();
    let text = plan_text(&proposal(Plan { notes, ..with_changes(changes) }, vec![]), &DRY);
    assert_eq!(text.lines().filter(|line| line.starts_with("  + ")).count(), 60);
    assert_eq!(text.lines().filter(|line| line.contains(" <-> ")).count(), 52);
    assert!(text.contains("s09@acme.example") && !text.contains("s10@acme.example"), "{text}");
    assert!(text.contains("    and 42 more; --format json has all\n"), "{text}");
}

#[test]
fn people_with_the_same_trouble_stand_together_under_one_fix() {
    let domains = ["new.example", "new.example", "other.example"];
    let note = |(n, domain): (u32, &str)| Note::UnverifiedDomain {
        id: id(n),
        from: user_name(&format!("p{n}")),
        to: crate::core::model::UserName::new(format!("p{n}@{domain}")),
    };
    let notes = (1..).zip(domains).map(note).collect();
    let text = plan_text(&proposal(Plan { notes, ..Plan::default() }, vec![]), &DRY);
    assert_eq!(text.matches("add \"new.example\" to postman.verified_domains").count(), 1, "{text}");
    assert!(text.contains("not verified: new.example (2)\n") && text.contains("not verified: other.example (1)\n"));
}

#[test]
fn lines_fit_120_columns() {
    for text in [plan_text(&rich(), &DRY), plan_text(&rich(), &REAL)] {
        for line in text.lines() {
            assert!(line.chars().count() <= 120, "{line}");
            assert_eq!(line, line.trim_end());
        }
    }
}
