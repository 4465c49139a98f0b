//! What the report of a cycle must say.

use super::super::{cycle_text, exit_meaning};
use super::fixture::*;
use super::{REAL, assert_text, last_line};
use crate::core::plan::{Note, Plan, SourceRefusal};
use crate::engine::outcome::{CycleReport, Stop};

fn stop(reason: &str, advice: &str) -> Stop {
    Stop { reason: reason.into(), advice: Some(advice.into()) }
}

#[test]
fn a_cycle_says_what_was_done_what_was_not_and_what_waits() {
    let expected = r#"Cycle 12, plan 8b87acd6df, 2.3 s: 2 of 5 changes done; 3 adopted; 1 doubt of earlier cycles settled.
Attention: 1 part is held, see HELD.

Not done (2)
  + grace@acme.example (Grace Hopper)  in the directory (people.csv line 6), not in the team
      refused by Postman: 409: already exists
  + alan@acme.example (Grace Hopper)  in the directory (people.csv line 7), not in the team
      answer unknown, to be read back in the next cycle: timed out after 30 s

Done - Deactivate: inactive at the directory (1)
  - left@acme.example  status = "terminated"

Done - Rename (1)
  ~ ada@acme.example  Ada Byron -> Ada Lovelace  the directory's name (people.csv line 8)

Deactivate: no longer at the directory, or out of scope (1) - HELD, see below
  - gone1@acme.example  in no complete reading of the directory for 2 h

HELD: not applied until a person acts
  Deactivate: no longer at the directory, or out of scope (1): all held. The limit is 10 in 7 days, and 10 of it are
  used.
    1 leaver keeps access until (first make sure that the directory is right):
      postman-scim-sync approve 8b87acd6df
  An approval covers exactly the changes of plan 8b87acd6df, each of them once, for 24 h.

Facts, before this cycle
  Source corp, file corp.csv (csv): 500 entries, 480 in scope, 0 inactive, 478 mapped, 479 with a known state; read to
  the end, manifest: 500 rows, sha256 matches.
  Source corp is dc=acme,dc=example as cn=sync
  Team: 480 managed and active; listed for this plan.
  Deactivations left without approval: 5 in one cycle, 10 in 24 h, any number in 7 days.
  Requests: 7 if all of it is applied, about 1 min at the configured rate.

Exit code 4: a part is held back until a person acts.
Next, if what is held is right:
  postman-scim-sync approve 8b87acd6df
"#;
    assert_text(&cycle_text(&cycle(), &REAL), expected);
}

#[test]
fn a_cycle_without_a_plan_says_what_stopped_it() {
    let stopped = Some(stop("the key was refused (401)", "make a new SCIM key in Postman"));
    let report = CycleReport { proposal: None, outcomes: vec![], stopped, exit_code: 1, ..cycle() };
    let expected = "\
Cycle 12: ended without a plan after 2.3 s.
Stopped: the key was refused (401).
  What to do: make a new SCIM key in Postman.

Exit code 1: the cycle failed.
Next, test the directory and the team:
  postman-scim-sync check
";
    assert_text(&cycle_text(&report, &REAL), expected);
}

#[test]
fn what_a_stop_left_undone_is_counted() {
    let plan = Plan { changes: (0..5).map(|n| create(n, &format!("c{n}"))).collect(), ..Plan::default() };
    let phase_stops = vec![stop("no free seat", "free a seat or buy more")];
    let report = CycleReport {
        proposal: Some(proposal(plan, vec![])),
        outcomes: vec![],
        adopted: 0,
        settled: 0,
        phase_stops,
        exit_code: 3,
        ..cycle()
    };
    let text = cycle_text(&report, &REAL);
    assert!(text.contains("0 of 5 changes done."), "{text}");
    assert!(text.contains("A phase stopped: no free seat.\n  What to do: free a seat or buy more.\n"), "{text}");
    assert!(text.contains("5 changes were not begun; the next cycle plans again from fresh facts.\n"), "{text}");
}

#[test]
fn a_cycle_with_nothing_to_do_is_short() {
    let quiet = CycleReport {
        proposal: Some(proposal(Plan::default(), vec![])),
        outcomes: vec![],
        adopted: 0,
        settled: 0,
        elapsed_ms: 75_000,
        exit_code: 0,
        ..cycle()
    };
    let text = cycle_text(&quiet, &REAL);
    let id = Plan::default().id();
    assert!(text.starts_with(&format!("Cycle 12, plan {id}, 1 min: nothing to do: the team is in step.\n")), "{text}");
    assert!(text.contains("Exit code 0: in step, or everything was applied.\n"), "{text}");
    assert_eq!(last_line(&text), "Next: nothing to type.");
}

#[test]
fn the_first_line_says_that_the_reading_failed_and_what_follows() {
    let why = "hr.csv: no such file";
    let notes = vec![Note::UnreadSource { source: "hr".into(), members: 40, why: why.into() }];
    let mut failed = proposal(Plan { notes, ..Plan::default() }, vec![]);
    failed.sources = vec![source("hr", Some(why))];
    let empty = Plan { refusals: vec![SourceRefusal::Empty { source: "hr".into() }], ..Plan::default() };
    let mut refused = proposal(empty.clone(), vec![]);
    refused.sources = vec![source("hr", None)];
    let second = proposal(empty, vec![]);
    let follows = "so nobody is added, changed or removed; the next cycle reads again.";
    for (proposal, exit_code, says) in [
        (failed, 1, "nothing done: the reading of source hr failed"),
        (refused, 4, "nothing done: the reading of source hr counts for nothing (see HELD)"),
    ] {
        let proposal = Some(proposal);
        let report = CycleReport { proposal, outcomes: vec![], adopted: 0, settled: 0, exit_code, ..cycle() };
        let text = cycle_text(&report, &REAL);
        let first: Vec<&str> = text.split_whitespace().collect();
        let first = first.join(" ");
        assert!(first.contains(&format!("{says}, {follows}")), "{text}");
        assert!(!text.contains("nothing to do") && !text.contains("in step"), "{text}");
        // Told once: where the fixes are.
        assert_eq!(text.matches(why).count(), usize::from(exit_code == 1), "{text}");
    }
    // Behind another source.
    let proposal = Some(second);
    let text = cycle_text(&CycleReport { proposal, outcomes: vec![], adopted: 0, exit_code: 4, ..cycle() }, &REAL);
    let first: Vec<&str> = text.split_whitespace().collect();
    let says = "so nobody is added, changed or removed but by the word of corp; the next cycle";
    assert!(first.join(" ").contains(says), "{text}");
}

#[test]
fn each_exit_code_has_its_own_meaning() {
    let meanings: std::collections::BTreeSet<_> = (0..=8).map(exit_meaning).collect();
    assert_eq!(meanings.len(), 9);
}
