//! Commands beside a running daemon.

use std::time::Duration;

use postman_scim_sync::sandbox::{Failure, Fault};

use super::kept::{EVERY_SECOND, RARELY, Running, cycles, quiet, until};
use crate::support::{Lab, Lines, crowd};

#[test]
fn a_sync_is_run_by_the_daemon() {
    let lab = quiet(&crowd(2));
    let daemon = Running::daemon(&lab);
    let mut people = crowd(3);
    lab.export(&people);
    let answer = lab.run(&["sync"]).exits(0);
    assert!(
        answer.out.flat().contains("Cycle 2 of the running daemon") && answer.out.contains("1 create"),
        "{}",
        answer.out
    );
    assert_eq!(lab.sent(), ["create p3@acme.example"]);

    people[0].mail = "no address".into();
    lab.export(&people);
    lab.run(&["sync"]).exits(3);
    assert!(!lists_the_team(&lab), "{:?}", lab.sandbox.reads());
    let json = lab.run(&["sync", "--refresh", "--format", "json"]).exits(3).json();
    assert_eq!(
        (&json["document"], &json["exit_code"], &json["cycle"]),
        (&"cycle_summary".into(), &3.into(), &4.into())
    );
    assert!(lists_the_team(&lab), "{:?}", lab.sandbox.reads());

    std::fs::remove_file(lab.path("people.csv")).unwrap();
    let failed = lab.run(&["sync"]).exits(1);
    assert!(failed.out.contains("people.csv"), "{}", failed.out);
    daemon.stop();
}

#[test]
fn an_approval_is_carried_out_at_once() {
    let mut lab = quiet(&crowd(12));
    lab.set("safety", "deactivations = { cycle = 1 }");
    let mut people = crowd(12);
    people[..3].iter_mut().for_each(|person| person.status = "inactive".into());
    lab.export(&people);
    let daemon = Running::daemon(&lab);
    let held = lab.run(&["sync"]).exits(4);
    assert!(held.out.contains("postman-scim-sync approve "), "{}", held.out);
    let status = lab.run(&["status", "--format", "json"]).json();
    let plan_id = status["held"]["plan_id"].as_str().unwrap();
    let approved = lab.run(&["approve", plan_id]).exits(0);
    assert!(approved.out.contains("the daemon applies them now"), "{}", approved.out);
    until("the deactivations", || daemon.log(), || lab.active().len() == 9);

    people[3..6].iter_mut().for_each(|person| person.status = "inactive".into());
    lab.export(&people);
    let shown = lab.plan().plan_id();
    let moved = lab.run(&["sync", "--approve", "0123456789", "--by", "Grace"]).exits(4);
    assert!(moved.out.flat().contains("plan 0123456789 was approved, and the plan is now"), "{}", moved.out);
    assert_eq!(lab.active().len(), 9);
    // A plan that the state has is compared, entry by entry.
    let old = ["sync", "--approve", plan_id, "--by", "Grace"];
    let moved = lab.run(&old).exits(4).out;
    for line in ["Nothing was applied", "not in the one that was approved (3)", "p4@acme.example", "and not now (3)"] {
        assert!(moved.contains(line), "no {line}\n{moved}");
    }
    let json = lab.run(&[&old[..], &["--format", "json"]].concat()).exits(4).json();
    assert_eq!(json["appeared"]["changes"].as_array().unwrap().len(), 3, "{json}");
    lab.run(&["sync", "--approve", &shown, "--by", "Grace"]).exits(0);
    assert_eq!(lab.active().len(), 6);
    daemon.stop();
}

#[test]
fn a_phase_that_stopped_is_told_to_whoever_asked() {
    let mut lab = Lab::in_step(crate::support::team().seats(3), &crowd(2));
    lab.set("schedule", RARELY);
    let daemon = Running::daemon(&lab);
    lab.export(&crowd(3));
    let stopped = lab.run(&["sync"]).exits(3);
    assert!(stopped.out.contains("A phase stopped: "), "{}", stopped.out);
    let json = lab.run(&["sync", "--format", "json"]).exits(3).json();
    assert_eq!(json["summary"]["phase_stops"].as_array().unwrap().len(), 1, "{json}");
    daemon.stop();
}

#[test]
fn paused_cycles_do_not_start_and_a_sync_by_hand_does() {
    let mut lab = quiet(&crowd(2));
    lab.set("schedule", EVERY_SECOND);
    let daemon = Running::daemon(&lab);
    daemon.says("cycle ended");
    lab.run(&["pause", "--reason", "moving house", "--by", "Grace"]).exits(0);
    daemon.says("no scheduled cycle: paused by Grace");
    let before = cycles(&lab);
    let skipped = daemon.count("no scheduled cycle");
    daemon.says_times("no scheduled cycle", skipped + 2);
    assert_eq!(cycles(&lab), before);
    let status = lab.run(&["status"]).exits(3);
    assert!(status.out.flat().contains("paused by Grace") && status.out.contains("moving house"), "{}", status.out);

    lab.export(&crowd(3));
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), cycles(&lab)), (3, before + 1));
    let both = lab.run(&["sync", "--unless-paused", "--plan", "plan.json"]).exits(2);
    assert!(both.err.contains("cannot be used with"), "{}", both.err);
    let unless = lab.run(&["sync", "--unless-paused"]).exits(0);
    assert!(unless.out.contains("no cycle was run"), "{}", unless.out);
    assert_eq!(cycles(&lab), before + 1);

    lab.run(&["resume"]).exits(0);
    until("a cycle by the schedule", || daemon.log(), || cycles(&lab) > before + 1);
    assert!(lab.run(&["resume"]).exits(0).out.contains("Nothing was paused"));
    daemon.stop();
}

#[test]
fn a_pause_holds_without_a_daemon_too() {
    let lab = quiet(&crowd(2));
    lab.run(&["pause"]).exits(0);
    assert!(lab.run(&["sync", "--unless-paused"]).exits(0).out.contains("no cycle was run"));
    lab.sync().exits(0);
    assert_eq!(cycles(&lab), 2);
    lab.run(&["status"]).exits(3);
    lab.run(&["resume"]).exits(0);
    lab.run(&["sync", "--unless-paused"]).exits(0);
    assert_eq!(cycles(&lab), 3);
    lab.run(&["status"]).exits(0);
}

#[test]
fn adopting_is_done_between_two_cycles() {
    let lab = quiet(&crowd(2));
    lab.sandbox.edit(|team| team.add_by_hand("stranger@acme.example", "Un", "Known"));
    let daemon = Running::daemon(&lab);
    lab.look_beside();
    let adopted = lab.run(&["adopt", "stranger@acme.example"]).exits(0);
    assert!(adopted.out.contains("stranger@acme.example is managed now"), "{}", adopted.out);
    let again = lab.run(&["adopt", "stranger@acme.example"]).exits(1);
    assert!(again.err.contains("managed already"), "{}", again.err);
    lab.run(&["adopt", "admin@acme.example"]).exits(1);
    lab.run(&["adopt", "--all"]).exits(1);
    assert_eq!(lab.plan().exits(0).notes(), ["due"]);
    assert!(!daemon.stop().contains("stranger@"), "no name at info");
}

/// A page of the team was asked for since the log was cleared, and not only one person.
fn lists_the_team(lab: &Lab) -> bool {
    lab.sandbox.reads().iter().any(|logged| logged.path.contains("startIndex="))
}

impl Lab {
    /// A cycle of the daemon that lists the team.
    fn look_beside(&self) {
        self.run(&["sync", "--refresh"]).exits(0);
    }
}

#[test]
fn two_daemons_or_two_syncs_are_one_too_many() {
    let lab = quiet(&crowd(2));
    let daemon = Running::daemon(&lab);
    let second = lab.run(&["run"]).exits(6);
    assert!(second.err.contains("one daemon is enough"), "{}", second.err);
    // What a killed daemon leaves must not make a command wait for an instance that is none.
    daemon.signal("KILL");
    daemon.ends();
    lab.sandbox.fault(Fault::reads(Failure::HangAfter(Duration::from_secs(600))).always());
    let single = Running::start(lab.command(&["sync"]));
    until("the lock", || single.log(), || !lab.sandbox.reads().is_empty());
    for arguments in [&["sync"][..], &["run"], &["adopt", "--all"]] {
        lab.run(arguments).exits(6);
    }
    single.signal("TERM");
    assert_eq!(single.ends().0, 1);
}

#[test]
fn status_tells_of_the_daemon() {
    let lab = quiet(&crowd(1));
    assert!(lab.run(&["status"]).exits(0).out.contains("Daemon: none is running"));
    let daemon = Running::daemon(&lab);
    let status = lab.run(&["status"]).exits(0);
    assert!(status.out.contains(&format!("Daemon: process {}", daemon.pid())), "{}", status.out);
    assert!(status.out.contains("next cycle 20") && status.out.contains("an instance holds it"), "{}", status.out);
    daemon.stop();
    assert!(lab.run(&["status"]).exits(0).out.contains("Daemon: none is running"));
}

#[test]
fn what_was_asked_of_a_daemon_that_is_gone_is_refused_by_the_next_cycle() {
    let lab = quiet(&crowd(1));
    let state = rusqlite::Connection::open(lab.path("state/state.db")).unwrap();
    let requests = [
        ("adopt", r#"{"who":"p1@acme.example","rebind":false}"#),
        ("sync", r#"{"refresh":true}"#),
        ("sync", r#"{"approve":"ab12","from_the_future":true}"#),
    ];
    for (kind, detail) in requests {
        let sql = "INSERT INTO request (kind, detail, by, at, at_boot, at_uptime) VALUES (?, ?, 'me', 0, 0, 0)";
        state.execute(sql, [kind, detail]).unwrap();
    }
    state.close().unwrap();
    let told = lab.run(&["status"]).out;
    assert!(told.contains("sync with a listing of the team") && !told.contains('{'), "{told}");
    lab.sandbox.clear_log();
    lab.sync().exits(0);
    let state = rusqlite::Connection::open(lab.path("state/state.db")).unwrap();
    let answers: String =
        state.query_row("SELECT value FROM setting WHERE name = 'answers'", [], |row| row.get(0)).unwrap();
    let refused = answers.matches("before it came to this").count();
    assert_eq!(refused, 2, "no cycle is made of what is not understood: {answers}");
    state.close().unwrap();
    assert!(lists_the_team(&lab), "the wish to list was heard");
    let status = lab.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["waiting_requests"].as_array().unwrap().len(), 0);
}
