//! The key is found nowhere but in its file, whatever goes wrong and however much is logged; and we log no people
//! at `info` and above (what an exec source's program says is its own).

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use postman_scim_sync::sandbox::{Failure, Fault, KeyState, Shape};

use crate::canary::Canaries;
use crate::support::{Answer, Lab, Row, crowd, echo, row, team};

/// With letters that a URL has to encode.
const CANARY: &str = "PMAK-canary/6f1d+0c27=must%not-be-found";

/// Runs at the loudest level and searches all that it left: the key nowhere, and people in no line of `info` or above.
#[track_caller]
fn run(lab: &Lab, arguments: &[&str]) -> Answer {
    let mut command = lab.command(arguments);
    command.env("POSTMAN_SCIM_SYNC_LOG", "trace").env("POSTMAN_SCIM_SYNC__LOG__FORMAT", "json");
    let output = command.output().unwrap();
    let canaries = Canaries::of(lab.folder.path());
    canaries.clean("stdout", &output.stdout);
    canaries.clean("stderr", &output.stderr);
    nobody_above_debug(&String::from_utf8_lossy(&output.stderr));
    assert!(canaries.sweep(lab.folder.path()) > 1);
    output.into()
}

/// What is told of the people of `crowd`, and of the one with a name of his own.
const PEOPLE: [&str; 7] = ["@acme.example", "Given", "Family", "canary-id", "hr:", "Zyxwvut", "Qponmlk"];

/// The lines of a log in JSON that everybody may see; what the program says to its user besides is no line of the log.
fn shown_at_info(log: &str) -> impl Iterator<Item = serde_json::Value> {
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines =
        lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|e| panic!("{e}: {line}")));
    lines.filter(|line| matches!(line["level"].as_str(), Some("INFO" | "WARN" | "ERROR")))
}

#[track_caller]
fn nobody_above_debug(log: &str) {
    for line in shown_at_info(log) {
        let line = line.to_string();
        for private in PEOPLE {
            assert!(!line.contains(private), "{private} in {line}");
        }
    }
}

fn lab(people: &[Row]) -> Lab {
    let mut lab = Lab::new(team().key(CANARY, KeyState::Active));
    lab.write("scim.key", CANARY);
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.wide_open();
    lab.export(people);
    lab
}

#[test]
fn the_key_is_nowhere_after_good_cycles() {
    let mut people = crowd(4);
    let lab = lab(&people);
    run(&lab, &["check"]).exits(0);
    run(&lab, &["plan", "--format", "json", "--out", lab.path("plan.json").to_str().unwrap()]).exits(0);
    let synced = run(&lab, &["sync"]).exits(0);
    assert!(synced.err.contains("cycle ended"), "the loudest level is on: {}", synced.err);
    people[0].status = "inactive".into();
    people[1].family = "Neu".into();
    lab.export(&people);
    run(&lab, &["sync", "--format", "json"]).exits(0);
    run(&lab, &["status", "--format", "json"]).exits(0);
}

#[test]
fn the_key_is_nowhere_after_cycles_that_failed() {
    for failure in [
        Failure::Status { status: 200, shape: Shape::Html },
        Failure::Status { status: 400, shape: Shape::Problem },
        Failure::Status { status: 401, shape: Shape::Gateway },
        Failure::Redirect { location: "https://elsewhere.example/".into() },
        Failure::CutBody,
        Failure::ResetAfter,
    ] {
        let lab = lab(&crowd(3));
        lab.sandbox.fault(Fault::writes(failure.clone()).always());
        run(&lab, &["sync"]);
        lab.sandbox.fault(Fault::reads(failure).times(2));
        run(&lab, &["sync"]);
        run(&lab, &["status"]);
    }
}

#[test]
fn the_key_is_nowhere_when_a_proxy_sends_it_back() {
    for status in ["200 OK", "400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "409 Conflict"] {
        for (before, after) in [
            ("{\"detail\":\"you sent ", "\"}"),
            ("{\"error\":{\"name\":\"x\",\"message\":\"", "\"}}"),
            ("\"", "\""),
            ("", ""),
            ("{\"totalResults\":\"", "\"}"),
            ("<html>", "</html>"),
        ] {
            let mirror = echo(status, before, after);
            let mut lab = lab(&crowd(1));
            lab.set("postman", &format!("base_url = \"{mirror}\""));
            run(&lab, &["sync"]).exits(1);
        }
    }
}

#[test]
fn people_are_named_at_debug_and_not_at_info() {
    for format in ["text", "json"] {
        let mut people = crowd(4);
        people.push(row("canary-id", "Zyxwvut", "Qponmlk", "zyx"));
        let mut lab = lab(&people);
        lab.set("log", &format!("format = \"{format}\""));
        lab.set("log", "level = \"info\"");
        lab.sandbox.fault(Fault::writes(Failure::ResetAfter).nth(3));
        let poison = Failure::Status { status: 400, shape: Shape::Scim };
        lab.sandbox.fault(Fault::writes(poison).about("zyx@acme.example"));
        for _ in 0..2 {
            let log = lab.run(&["sync"]).err;
            assert_eq!(log.matches("cycle ended").count(), 1, "{log}");
            for private in PEOPLE.into_iter().chain([CANARY]) {
                assert!(!log.contains(private), "{private} in\n{log}");
            }
        }
        lab.set("log", "level = \"debug\"");
        people[0].family = "Neu".into();
        lab.export(&people);
        let log = lab.run(&["sync"]).err;
        assert!(log.contains("hr:1") && log.contains("rename"), "a change is a line at debug: {log}");
    }
}

/// Others on the machine can read a command line, and whoever runs as the same user the environment.
#[test]
fn the_key_is_not_in_the_process_table() {
    let lab = lab(&crowd(1));
    lab.sandbox.fault(Fault::writes(Failure::HangAfter(Duration::from_secs(60))));
    let mut cycle = lab.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    lab.wait(lab.sandbox.wait_for_effects(1));
    for file in ["cmdline", "environ"] {
        let content = fs::read(format!("/proc/{}/{file}", cycle.id())).unwrap();
        assert!(!content.is_empty(), "{file} was read while the program ran");
        Canaries::of(lab.folder.path()).clean(file, &content);
    }
    cycle.kill().unwrap();
    cycle.wait().unwrap();
}
