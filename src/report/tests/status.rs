//! What `status` says, and when it is an alarm.

use super::super::status::{Audit, CycleSeen, DuePerson, HeldPerson, HeldPlan, Lock};
use super::super::{Health, Status, exit_meaning, health, status_json, status_text};
use super::fixture::*;
use super::{DRY, assert_text, last_line};
use crate::core::guard::{BudgetLeft, Class, Held, Window};
use crate::core::snapshot::{Doubt, Hold, HoldReason, OpId};
use crate::core::time::Moment;
use crate::store::{CycleId, DaemonRow, Paused, RequestRow};

const SILENCE_S: i64 = 86_400;

fn ago(seconds: i64) -> Moment {
    Moment::at(NOW.unix_s - seconds)
}

fn seen(number: i64, started_ago_s: i64, exit_code: u8) -> CycleSeen {
    CycleSeen {
        cycle: CycleId(number),
        started: ago(started_ago_s),
        ended: Some(ago(started_ago_s - 10)),
        exit_code: Some(exit_code),
        exit_meaning: Some(exit_meaning(exit_code).to_owned()),
    }
}

fn good() -> Status {
    Status {
        now: NOW,
        state_path: "/var/lib/postman-scim-sync/state.db".into(),
        cycles: vec![seen(12, 900, 0), seen(11, 1_800, 0)],
        last_good_cycle: Some(seen(12, 900, 0)),
        last_change: Some(ago(12_000)),
        budget: BudgetLeft { cycle: 5, day: 10, week: 20 },
        managed_active: 480,
        team_active: Some(500),
        refreshed: Some(ago(7_200)),
        audit: Audit::Unbroken { records: 1_234, head: Some("ab12".into()) },
        silence_s: SILENCE_S,
        ..Status::default()
    }
}

fn held_plan() -> HeldPlan {
    let class = Class::DeactivateAbsent;
    let held = Held::OverLimit { class, changes: 40, approved: 0, window: Window::Cycle, limit: 5, used: 0 };
    HeldPlan { plan_id: "ab12cd34ef".into(), held: vec![held], refusals: vec![] }
}

fn busy() -> Status {
    let hold =
        Hold { reason: HoldReason::Conflict, since: ago(12_000), until_unix_s: Some(NOW.unix_s + 900), tries: 2 };
    let request = RequestRow {
        number: 1,
        kind: "approve".into(),
        detail: "ab12cd34ef".into(),
        by: "uid 1000".into(),
        at: ago(5),
    };
    let open = CycleSeen { ended: None, exit_code: None, exit_meaning: None, ..seen(13, 60, 0) };
    Status {
        lock: Lock::Taken,
        cycles: vec![open, seen(12, 900, 4)],
        last_good_cycle: Some(seen(12, 900, 4)),
        held: Some(held_plan()),
        holds: vec![HeldPerson { id: id(1), user_name: Some(user_name("conflict")), group: None, hold }],
        doubts: vec![Doubt { op: OpId(7), change: create(6, "grace").change, began: ago(30) }],
        waiting_requests: vec![request],
        daemon: Some(DaemonRow { pid: 4711, since: ago(12_000) }),
        next_cycle_unix_s: Some(NOW.unix_s + 900),
        ..good()
    }
}

#[test]
fn the_status_reads_top_down() {
    let expected = r#"Status at 2026-03-01T12:00:00Z: needs attention (exit code 4).
  ! 1 part of the last plan is held until a person acts (plan ab12cd34ef)
  ! 1 person is set aside

State
  Last good cycle: cycle 12, 2026-03-01T11:45:10Z (14 min ago)
  Last change in the team: 2026-03-01T08:40:00Z (3 h 20 min ago)
  Managed: 480 active, 0 deactivated
  Whole team: 500 active; last listed 2026-03-01T10:00:00Z (2 h ago)
  Deactivations left without approval: 5 in one cycle, 10 in 24 h, 20 in 7 days.
  Audit chain: 1234 records, unbroken, head ab12
  Daemon: process 4711, since 2026-03-01T08:40:00Z (3 h 20 min ago); next cycle 2026-03-01T12:15:00Z (in 15 min)
  Database: /var/lib/postman-scim-sync/state.db; an instance holds it

Last cycles
     13  2026-03-01T11:59:00Z  has not ended: at work, or interrupted
     12  2026-03-01T11:45:00Z  10 s, exit code 4: a part is held back until a person acts

HELD: not applied until a person acts
  Deactivate: no longer at the directory, or out of scope (40): all held. The limit is 5 in one cycle.
    40 leavers keep access until (first make sure that the directory is right):
      postman-scim-sync approve ab12cd34ef
  An approval covers exactly the changes of plan ab12cd34ef, each of them once, for 24 h.

SET ASIDE (2): unlike the directory until somebody acts
  Conflict (409): an invitation made by hand, or another team's account (1)
    conflict@acme.example  since 2026-03-01T08:40:00Z, try 3 at 2026-03-01T12:15:00Z
      In Postman under Manage Team, remove the pending invitation; an account of another team has to leave that team
      first. It is tried again at the time shown.
      To try again at once:
        postman-scim-sync adopt conflict@acme.example
  The answer to an earlier request is unknown (1)
    grace@acme.example  asked to create
      Each cycle reads back what became of it; nothing is sent about them until that is known.

Asked of the next cycle (1)
  2026-03-01T11:59:55Z (5 s ago)  approve ab12cd34ef  by uid 1000

Next, look at the whole plan, then do what HELD names:
  postman-scim-sync plan
"#;
    assert_text(&status_text(&busy(), &DRY), expected);
}

#[test]
fn in_order() {
    assert_eq!(health(&good()), Health::Ok);
    assert_eq!(health(&good()).exit_code(), 0);
    let text = status_text(&good(), &DRY);
    assert!(text.starts_with("Status at 2026-03-01T12:00:00Z: in order (exit code 0).\n"), "{text}");
    assert_eq!(last_line(&text), "Next: nothing to type.");
}

#[test]
fn silence_is_an_alarm() {
    let ended = |ended_ago_s| Status { last_good_cycle: Some(seen(3, ended_ago_s + 10, 0)), ..good() };
    assert_eq!(health(&ended(SILENCE_S)), Health::Ok);
    assert_eq!(health(&ended(SILENCE_S + 1)).exit_code(), 1);
    assert_eq!(health(&Status::default()).exit_code(), 1, "an empty state is no good state");
    let first = CycleSeen { ended: None, exit_code: None, exit_meaning: None, ..seen(1, 60, 0) };
    let new = Status { cycles: vec![first], last_good_cycle: None, ..good() };
    assert_eq!(health(&new).exit_code(), 3);
}

#[test]
fn a_quiet_team_is_an_alarm_only_where_that_was_asked_for() {
    let quiet = |no_change_s, last_change| health(&Status { no_change_s, last_change, ..good() });
    assert_eq!(quiet(None, Some(ago(1_000_000_000))), Health::Ok);
    assert_eq!(quiet(Some(86_400), Some(ago(86_400))), Health::Ok);
    assert_eq!(quiet(Some(86_400), Some(ago(86_401))).exit_code(), 3);
    assert_eq!(quiet(Some(86_400), None), Health::Ok);
}

#[test]
fn whoever_is_missing_is_shown_with_the_due_date() {
    let person = |number, name: &str| DuePerson {
        id: id(number),
        user_name: user_name(name),
        missing_since: ago(3_600),
        due_unix_s: NOW.unix_s + 3_600,
    };
    let status = Status { due: 22, due_first: vec![person(1, "ada"), person(2, "grace")], ..good() };
    assert_eq!(health(&status), Health::Ok, "it is a notice and no fault");
    let text = status_text(&status, &DRY);
    let expected = "\nMissing at the directory (22): will be deactivated unless seen again\n\
        \x20 ada@acme.example  due 2026-03-01T13:00:00Z (in 1 h): missing since 2026-03-01T11:00:00Z (1 h ago)\n\
        \x20 grace@acme.example  due 2026-03-01T13:00:00Z (in 1 h): missing since 2026-03-01T11:00:00Z (1 h ago)\n\
        \x20 and 20 more; `plan` names them\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn the_worst_reason_decides_the_exit_code() {
    let hold = busy().holds;
    assert_eq!(health(&Status { holds: hold.clone(), ..good() }).exit_code(), 3);
    assert_eq!(health(&Status { holds: hold.clone(), held: Some(held_plan()), ..good() }).exit_code(), 4);
    let cycles = vec![seen(13, 60, 1)];
    assert_eq!(health(&Status { holds: hold, held: Some(held_plan()), cycles, ..good() }).exit_code(), 1);
    let audit = Audit::Broken { record: 17, why: "hash does not fit".into() };
    let broken = Status { audit, ..good() };
    assert_eq!(health(&broken).exit_code(), 1);
    assert!(last_line(&status_text(&broken, &DRY)).starts_with("Next: somebody edited the state."));
}

#[test]
fn a_pause_is_a_reason_to_look() {
    let paused = Paused { by: "Grace".into(), reason: Some("moving the directory".into()), since: ago(3_600) };
    let paused = Status { paused: Some(paused), daemon: busy().daemon, ..good() };
    assert_eq!(health(&paused).exit_code(), 3);
    let text = status_text(&paused, &DRY);
    assert!(text.contains("! paused by Grace (moving the directory) since 2026-03-01T11:00:00Z (1 h ago)"), "{text}");
    assert!(text.contains("Daemon: process 4711") && text.contains("; paused\n"), "{text}");
    assert!(status_text(&good(), &DRY).contains("Daemon: none is running"));
}

#[test]
fn work_of_the_moment_is_no_alarm_and_leftovers_are() {
    let doubt = |began| Doubt { op: OpId(7), change: create(6, "grace").change, began };
    assert_eq!(health(&Status { doubts: vec![doubt(ago(30))], ..good() }), Health::Ok);
    assert_eq!(health(&Status { doubts: vec![doubt(ago(3_601))], ..good() }).exit_code(), 3);
    let request = RequestRow { at: ago(3_601), ..busy().waiting_requests.remove(0) };
    let text = status_text(&Status { waiting_requests: vec![request], ..good() }, &DRY);
    assert!(text.contains("! 1 request of a command waits for more than 1 h: is the daemon running?\n"), "{text}");
}

#[test]
fn json_comes_back_whole_with_ages() {
    let json: serde_json::Value = serde_json::from_str(&status_json(&busy())).unwrap();
    assert_eq!(serde_json::from_value::<Status>(json.clone()).unwrap(), busy());
    assert_eq!((json["format"].as_i64(), json["exit_code"].as_i64()), (Some(1), Some(4)));
    assert_eq!((json["last_good_cycle_age_s"].as_i64(), json["last_change_age_s"].as_i64()), (Some(890), Some(12_000)));
    assert_eq!(json["health"]["verdict"], "needs_attention");
    assert_eq!(json["health"]["reasons"].as_array().map(Vec::len), Some(2));
    let empty: serde_json::Value = serde_json::from_str(&status_json(&Status::default())).unwrap();
    assert!(empty["last_good_cycle_age_s"].is_null());
}

#[test]
fn an_unknown_answer_is_not_said_to_be_without_effect() {
    let status = Status { unknown: 2, ..good() };
    let text = status_text(&status, &DRY);
    assert!(text.contains("2 requests of the last cycle: answer unknown, read back before anything else"), "{text}");
    assert!(!text.contains("no effect") && health(&status).exit_code() == 3, "{text}");
}
