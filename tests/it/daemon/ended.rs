//! How it ends: asked to in the middle of writing, twice, while a command waits; and killed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use postman_scim_sync::sandbox::{Failure, Fault, Kind, Outcome};

use super::kept::{Running, cycles, quiet, until};
use crate::support::{Lab, Lines, crowd};

/// Twelve newcomers at two writes a minute, of whose creates the first has no answer for ten minutes.
fn slow() -> Lab {
    let mut lab = quiet(&crowd(3));
    lab.set("postman", "writes_per_min = 2");
    lab.export(&crowd(15));
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::HangAfter(Duration::from_secs(600))));
    lab
}

/// One create without an answer, one with, and the others wait for the limit.
fn is_stuck(lab: &Lab) -> bool {
    let writes = lab.sandbox.writes();
    writes.len() == 2 && writes.iter().any(|logged| matches!(logged.outcome, Outcome::Late(_)))
}

/// A cycle that was broken off is made up for at once, however far the schedule's next time is.
fn goes_on(daemon: &Running) {
    daemon.says("one starts now");
    daemon.says("cycle ended");
}

/// What was sent has its answer or is in doubt, and what waited leaves no mark; the next start puts it right.
fn comes_right(mut lab: Lab) {
    let status = lab.run(&["status", "--format", "json"]).json();
    assert_eq!(status["doubts"].as_array().unwrap().len(), 1, "{status}");
    assert_eq!(status["daemon"], serde_json::Value::Null);
    let sent: Vec<_> = lab.sandbox.writes();
    assert_eq!(sent.len(), 2);

    lab.sandbox.faults_off();
    lab.set("postman", "writes_per_min = 100000");
    let daemon = Running::daemon(&lab);
    goes_on(&daemon);
    daemon.stop();
    assert_eq!(lab.active().len(), 15);
    let writes = lab.sandbox.writes();
    let people: BTreeSet<_> = writes.iter().map(|logged| logged.user_name.clone()).collect();
    assert_eq!((writes.len(), people.len()), (12, 12), "nobody is asked for twice");
    assert_eq!(lab.look().exits(0).notes(), [""; 0]);
}

#[test]
fn asked_to_end_in_the_middle_of_creating() {
    let lab = slow();
    let daemon = Running::daemon(&lab);
    daemon.signal("USR1");
    until("two creates", || daemon.log(), || is_stuck(&lab));
    let asked = Instant::now();
    daemon.signal("TERM");
    daemon.says("asked to end");
    daemon.signal("TERM");
    daemon.signal("INT");
    let (code, log) = daemon.ends();
    let took = asked.elapsed();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("daemon ended"), "{log}");
    // What docs/operations.md promises to service managers: 7 s for the answers, and room for a slow disk.
    assert!(took < Duration::from_secs(10), "it took {took:?}\n{log}");
    comes_right(lab);
}

#[test]
fn a_single_sync_ends_as_cleanly() {
    let lab = slow();
    let sync = Running::start(lab.command(&["sync"]));
    until("two creates", || sync.log(), || is_stuck(&lab));
    sync.signal("INT");
    let (code, log) = sync.ends();
    assert_eq!(code, 1, "{log}");
    comes_right(lab);
}

#[test]
fn asked_to_end_with_nothing_to_do_and_while_it_reads() {
    let lab = quiet(&crowd(2));
    Running::daemon(&lab).stop();
    lab.sandbox.fault(Fault::reads(Failure::HangAfter(Duration::from_secs(600))).always());
    let daemon = Running::daemon(&lab);
    daemon.signal("USR1");
    until("a read", || daemon.log(), || !lab.sandbox.reads().is_empty());
    daemon.stop();
    lab.sandbox.faults_off();
    let status = lab.run(&["status", "--format", "json"]).exits(3).json();
    assert_eq!(status["doubts"].as_array().unwrap().len(), 0);
    assert_eq!(status["asked_to_end"], true, "a stop that was asked for is no failure");
    lab.sync().exits(0);
}

#[test]
fn killed_and_started_again() {
    let lab = slow();
    let daemon = Running::daemon(&lab);
    daemon.signal("USR1");
    until("two creates", || daemon.log(), || is_stuck(&lab));
    daemon.signal("KILL");
    assert_eq!(daemon.ends().0, -1);
    let status = lab.run(&["status", "--format", "json"]).json();
    assert_eq!((&status["daemon"], &status["lock"]), (&serde_json::Value::Null, &"free".into()), "its row is no sign");
    let told = lab.run(&["status"]).exits(1).out.flat();
    assert!(told.contains("ended without a word, and no cycle starts"), "{told}");

    lab.sandbox.faults_off();
    let mut lab = lab;
    lab.set("postman", "writes_per_min = 100000");
    let daemon = Running::daemon(&lab);
    goes_on(&daemon);
    daemon.stop();
    assert_eq!(lab.active().len(), 15);
    assert_eq!(lab.look().exits(0).notes(), [""; 0]);
}

/// A daemon in a cycle that hangs, and a `sync` that waits for it.
fn waiting() -> (Lab, Running, Running) {
    let lab = quiet(&crowd(2));
    lab.sandbox.fault(Fault::reads(Failure::HangAfter(Duration::from_secs(600))).always());
    let daemon = Running::daemon(&lab);
    let before = cycles(&lab);
    let sync = Running::start(lab.command(&["sync"]));
    until("the cycle that was asked for", || daemon.log(), || cycles(&lab) > before);
    (lab, daemon, sync)
}

#[test]
fn whoever_waits_for_a_daemon_that_is_killed_is_told() {
    let (_lab, daemon, sync) = waiting();
    daemon.signal("KILL");
    let (code, told) = sync.ends();
    assert_eq!(code, 1);
    assert!(told.contains("the daemon ended before it answered"), "{told}");
}

#[test]
fn whoever_waits_for_a_daemon_that_ends_gets_the_cycle_s_end() {
    let (_lab, daemon, sync) = waiting();
    daemon.stop();
    assert_eq!(sync.ends().0, 1);
}
