//! Nothing that happens to a cycle ends the daemon.

use postman_scim_sync::sandbox::{Failure, Fault, Shape};

use super::kept::{EVERY_SECOND, Running, quiet, until};
use crate::support::crowd;

#[test]
fn postman_down_the_export_broken_and_the_state_locked() {
    let mut lab = quiet(&crowd(2));
    lab.set("schedule", EVERY_SECOND);
    let daemon = Running::daemon(&lab);
    daemon.says("cycle ended");

    lab.sandbox.fault(Fault::any(Failure::Status { status: 401, shape: Shape::Gateway }).always());
    let failed = daemon.count("exit_code=1");
    daemon.says_times("exit_code=1", failed + 2);
    daemon.says("WARN the cycle stopped: ");
    lab.sandbox.faults_off();

    std::fs::rename(lab.path("people.csv"), lab.path("away.csv")).unwrap();
    let failed = daemon.count("exit_code=1");
    daemon.says_times("exit_code=1", failed + 2);
    daemon.says("WARN a source was not read: people.csv: ");
    std::fs::rename(lab.path("away.csv"), lab.path("people.csv")).unwrap();
    let good = daemon.count("exit_code=0");
    daemon.says_times("exit_code=0", good + 2);

    // Whoever holds SQLite's write lock makes each commit fail, as a full disk does.
    let other = rusqlite::Connection::open(lab.path("state/state.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    daemon.says("state database");
    lab.export(&crowd(3));
    other.execute_batch("ROLLBACK").unwrap();
    other.close().unwrap();
    until("the newcomer", || daemon.log(), || lab.active().len() == 3);
    daemon.stop();
}

#[test]
fn a_cycle_that_could_not_begin_is_not_forgotten() {
    let lab = quiet(&crowd(2));
    let daemon = Running::daemon(&lab);
    let other = rusqlite::Connection::open(lab.path("state/state.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    daemon.signal("USR1");
    daemon.says("it is tried again");
    assert_eq!(daemon.count("cycle ended"), 0);
    other.execute_batch("ROLLBACK").unwrap();
    daemon.says("cycle ended");
    assert_eq!(daemon.stop().matches("it is tried again").count(), 1, "the same trouble is said once");
}

#[test]
fn a_state_that_needs_attention_is_said_at_the_start() {
    let lab = quiet(&crowd(1));
    std::fs::write(lab.path("state/state.db"), "not a database at all, and long enough to have a header").unwrap();
    lab.run(&["run"]).exits(7);
    std::fs::remove_file(lab.path("config.toml")).unwrap();
    lab.run(&["run"]).exits(2);
}
