//! Other signals than SIGKILL, and children: asked to end once, twice, by two signals; stopped while somebody else wants to
//! work; killed while a program of the admin's still runs. The same checker looks on.
//!
//! Never: waits for a time; it waits for what has happened.

use std::fs;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use postman_scim_sync::sandbox::{Failure, Fault, Kind, Outcome};

use super::deaths::{silence, start};
use super::world::{Bug, World};
use crate::support::{Lab, crowd, team};

const DEADLINE: Duration = Duration::from_secs(90);

fn until(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < DEADLINE, "{what} did not come");
        thread::sleep(Duration::from_millis(2));
    }
}

fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), process.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A world in the middle of forty changes: one create has had its effect, and no answer for so long.
fn in_the_middle(seed: u64, answer: Duration) -> (World, Child) {
    let mut world = World::new(seed, Bug::None);
    world.change();
    world.lab.sandbox.fault(Fault::on(Kind::Create, Failure::HangAfter(answer)).nth(3));
    let sync = start(world.lab.command(&["sync"]));
    until("a create without an answer", || {
        world.lab.sandbox.log().iter().any(|logged| matches!(logged.outcome, Outcome::Late(_)))
    });
    (world, sync)
}

#[test]
fn asked_to_end_however_often() {
    let ways: [&[&str]; 4] = [&["TERM"], &["TERM", "TERM"], &["INT"], &["INT", "TERM", "HUP"]];
    thread::scope(|scope| {
        for (signals, seed) in ways.into_iter().zip(50..) {
            scope.spawn(move || {
                let (mut world, mut sync) = in_the_middle(seed, DEADLINE);
                signals.iter().for_each(|name| signal(&sync, name));
                let ended = sync.wait().unwrap();
                silence(&world.lab);
                world.lab.sandbox.faults_off();
                // SIGHUP is the daemon's; a command may be ended by it.
                assert!(ended.code() == Some(1) || signals.contains(&"HUP"), "{signals:?}: {ended:?}");
                world.look();
                world.recover();
                assert_eq!(world.checker.violations, [""; 0], "{signals:?}");
            });
        }
    });
}

#[test]
fn stopped_for_a_while_it_is_still_the_only_one() {
    let (mut world, mut sync) = in_the_middle(60, Duration::from_secs(1));
    signal(&sync, "STOP");
    let before = world.lab.sandbox.writes().len();
    let other = world.lab.run(&["sync"]).exits(6);
    assert!(other.err.contains("another"), "{}", other.err);
    assert_eq!(world.lab.sandbox.writes().len(), before, "neither of them writes");
    signal(&sync, "CONT");
    let ended = sync.wait().unwrap();
    assert!(matches!(ended.code(), Some(0 | 3)), "{ended:?}");
    world.look();
    world.recover();
    assert_eq!(world.checker.violations, [""; 0]);
}

#[test]
fn killed_while_it_is_stopped() {
    let (mut world, mut sync) = in_the_middle(61, DEADLINE);
    signal(&sync, "STOP");
    sync.kill().unwrap();
    sync.wait().unwrap();
    silence(&world.lab);
    world.lab.sandbox.faults_off();
    world.look();
    world.recover();
    assert_eq!(world.checker.violations, [""; 0]);
}

/// A program of the admin's that has said half of what it knows when its parent is killed, and lives on.
#[test]
fn a_child_that_outlives_its_parent_holds_nothing_of_it() {
    let people = crowd(6);
    let lines = |n: usize| -> String {
        let line = |row: &crate::support::Row| {
            format!(
                "{{\"id\":\"{}\",\"given\":\"{}\",\"family\":\"{}\",\"mail\":\"{}\",\"status\":\"active\"}}\n",
                row.id, row.given, row.family, row.mail
            )
        };
        people[..n].iter().map(line).collect()
    };
    let mut lab = Lab::new(team());
    lab.source(
        "type = \"exec\"\ncommand = [\"/bin/sh\", \"export.sh\"]\nid = \"id\"\nactive = \"status\"\ntimeout = \"60s\"",
    );
    for line in ["first_sync = \"apply\"", "absence_wait = \"0s\"", "settle_wait = \"0s\""] {
        lab.set("safety", line);
    }
    lab.wide_open();
    let whole = format!("cat <<'END'\n{}{{\"end\":true,\"count\":6}}\nEND\n", lines(6));
    lab.write("export.sh", &whole);
    lab.sync().exits(0);
    let half = format!("cat <<'END'\n{}END\necho $$ > \"{}\"\nexec sleep 600\n", lines(3), lab.path("child").display());
    lab.write("export.sh", &half);
    let mut sync = start(lab.command(&["sync"]));
    until("the child", || fs::read_to_string(lab.path("child")).is_ok_and(|pid| pid.ends_with('\n')));
    let child = fs::read_to_string(lab.path("child")).unwrap().trim().to_owned();
    sync.kill().unwrap();
    sync.wait().unwrap();
    let held =
        fs::read_dir(format!("/proc/{child}/fd")).unwrap().filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
    let held: Vec<_> = held.filter(|path| path.starts_with(lab.path("state"))).collect();
    assert!(held.is_empty(), "{held:?}");
    lab.write("export.sh", &whole);
    lab.sandbox.clear_log();
    lab.sync().exits(0);
    lab.look().exits(0);
    assert!(lab.sandbox.writes().is_empty() && lab.active().len() == 6);
    let _ = Command::new("kill").args(["-KILL", &child]).status();
}
