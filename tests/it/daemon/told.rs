//! What the daemon is told: its schedule, SIGUSR1, SIGHUP. What it tells: the service manager.

use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postman_scim_sync::sandbox::{Failure, Fault, RetryHeader};

use super::kept::{EVERY_SECOND, Running, cycles, quiet, until};
use crate::support::{Lab, crowd, row};

#[test]
fn cycles_by_the_schedule() {
    let mut lab = quiet(&crowd(2));
    lab.set("schedule", EVERY_SECOND);
    let daemon = Running::daemon(&lab);
    daemon.says_times("cycle ended", 3);
    lab.export(&crowd(3));
    until("the newcomer", || daemon.log(), || lab.active().len() == 3);
    daemon.stop();
    assert_eq!(lab.sent(), ["create p3@acme.example"]);
}

#[test]
fn cycles_do_not_overlap_however_often_they_are_due() {
    let mut lab = quiet(&crowd(2));
    lab.set("schedule", EVERY_SECOND);
    lab.sandbox.fault(Fault::reads(Failure::HangAfter(Duration::from_millis(2_500))).always());
    let mut command = lab.command(&["run"]);
    command.env("POSTMAN_SCIM_SYNC_LOG", "info,postman_scim_sync::daemon=debug");
    let daemon = Running::start(command);
    daemon.says_times("cycle ended", 3);
    let log = daemon.stop();
    assert!(log.contains("the bell rang during the cycle; one more follows"), "{log}");
    let status = lab.run(&["status", "--format", "json"]).json();
    let rows = status["cycles"].as_array().unwrap();
    for pair in rows.windows(2) {
        let (began, ended) = (&pair[0]["started"]["unix_s"], &pair[1]["ended"]["unix_s"]);
        assert!(began.as_i64() >= ended.as_i64() && ended.is_i64(), "{rows:?}");
    }
}

#[test]
fn a_cycle_that_was_missed_is_made_up_for_once() {
    let lab = quiet(&crowd(1));
    let daemon = Running::daemon(&lab);
    daemon.cycle();
    assert!(!daemon.stop().contains("one starts now"), "nothing was missed");
    assert_eq!(cycles(&lab), 2);
    let state = rusqlite::Connection::open(lab.path("state/state.db")).unwrap();
    state.execute("UPDATE cycle SET started_at = 0", []).unwrap();
    state.close().unwrap();
    let daemon = Running::daemon(&lab);
    daemon.says("one starts now");
    daemon.says("cycle ended");
    daemon.cycle();
    daemon.stop();
    assert_eq!(cycles(&lab), 4);
}

#[test]
fn the_first_cycle_of_all_needs_no_waiting() {
    let mut lab = Lab::new(crate::support::team());
    lab.set("schedule", super::kept::RARELY);
    lab.export(&crowd(2));
    let daemon = Running::daemon(&lab);
    daemon.says("cycle ended");
    daemon.stop();
    assert!(lab.sandbox.writes().is_empty(), "and its plan waits for a person");
    lab.run(&["status"]).exits(4);
}

#[test]
fn a_wrong_configuration_changes_nothing_and_a_right_one_holds_from_the_next_cycle() {
    let mut lab = quiet(&crowd(2));
    let daemon = Running::daemon(&lab);
    let good = std::fs::read_to_string(lab.path("config.toml")).unwrap();
    lab.write("config.toml", &good.replace("0 0 29 2 *", "0 0 30 2 *").replace("[state]", "[stat]"));
    daemon.signal("HUP");
    daemon.says("the daemon goes on with the configuration it had");
    let log = daemon.log();
    assert!(log.contains("never comes") && log.contains("stat"), "all problems at once:\n{log}");
    lab.export(&crowd(3));
    daemon.cycle();
    assert_eq!(lab.active().len(), 3);

    lab.write("config.toml", &good.replace("state/state.db", "state/other.db"));
    daemon.signal("HUP");
    daemon.says("state.path cannot change");
    lab.write("config.toml", &format!("{good}[log]\nformat = \"json\"\n"));
    std::fs::rename(lab.path("scim.key"), lab.path("away.key")).unwrap();
    daemon.signal("HUP");
    daemon.says_times("the daemon goes on with the configuration it had", 3);
    assert!(!daemon.log().contains('{'), "a refused configuration does not even change the log: {}", daemon.log());
    std::fs::rename(lab.path("away.key"), lab.path("scim.key")).unwrap();

    let mut more = crowd(3);
    more.push(row("9", "Else", "Where", "p9"));
    lab.export(&more);
    std::fs::rename(lab.path("people.csv"), lab.path("others.csv")).unwrap();
    lab.export(&crowd(3));
    lab.set("source", "path = \"others.csv\"");
    lab.set("schedule", EVERY_SECOND);
    daemon.signal("HUP");
    daemon.says("the new configuration is in use");
    until("the new export, by the new schedule", || daemon.log(), || lab.active().len() == 4);
    daemon.stop();
}

#[test]
fn a_reload_during_a_cycle_waits_for_its_end() {
    let mut lab = quiet(&crowd(2));
    let daemon = Running::daemon(&lab);
    lab.sandbox.fault(Fault::reads(Failure::HangAfter(Duration::from_secs(600))).always());
    daemon.signal("USR1");
    until("a read", || daemon.log(), || !lab.sandbox.reads().is_empty());
    lab.set("scope", "exclude = [\"nobody@acme.example\"]");
    daemon.signal("HUP");
    daemon.says("configuration read again");
    assert_eq!(daemon.count("in use"), 0);
    // The read that hangs is given up after half a minute, and tried again.
    lab.sandbox.faults_off();
    daemon.says("the new configuration is in use");
    let log = daemon.stop();
    assert!(log.find("cycle ended").unwrap() < log.find("in use").unwrap(), "{log}");
}

#[test]
fn a_reload_does_not_forget_that_postman_asked_for_a_pause() {
    let lab = quiet(&crowd(2));
    let daemon = Running::daemon(&lab);
    let refused = Failure::TooManyRequests { header: RetryHeader::RetryAfter, wait_s: 3_600 };
    lab.sandbox.fault(Fault::reads(refused).always());
    daemon.cycle();
    assert!(!lab.sandbox.reads().is_empty());
    lab.sandbox.faults_off();
    lab.sandbox.clear_log();
    daemon.signal("HUP");
    daemon.says("the new configuration is in use");
    daemon.cycle();
    assert!(lab.sandbox.log().is_empty(), "{:?}", lab.sandbox.log());
    daemon.stop();
}

#[test]
fn the_service_manager_is_told_what_goes_on() {
    let lab = quiet(&crowd(2));
    let path = lab.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let heard = Arc::new(Mutex::new(String::new()));
    let into = Arc::clone(&heard);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length) = socket.recv(&mut buffer) {
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    });
    let hears = |text: &str| until(text, || heard.lock().unwrap().clone(), || heard.lock().unwrap().contains(text));
    let mut command = lab.command(&["run"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000");
    let daemon = Running::start(command);
    hears("READY=1");
    hears("STATUS=next cycle ");
    hears("WATCHDOG=1");
    daemon.cycle();
    hears("; last cycle 2: in step");
    heard.lock().unwrap().clear();
    daemon.signal("HUP");
    hears("RELOADING=1\nMONOTONIC_USEC=");
    hears("READY=1");
    lab.run(&["pause", "--by", "Grace"]).exits(0);
    hears("STATUS=paused by Grace");
    let state = rusqlite::Connection::open(lab.path("state/state.db")).unwrap();
    let sql = "UPDATE setting SET value = replace(value, 'Grace', 'Ada\\nMAINPID=1') WHERE name = 'paused'";
    assert_eq!(state.execute(sql, []).unwrap(), 1);
    state.close().unwrap();
    hears("STATUS=paused by Ada MAINPID=1");
    daemon.signal("TERM");
    hears("STOPPING=1");
    assert_eq!(daemon.ends().0, 0);
}
