//! The state database when it is not as it should be: exit 7 with the command that mends it, and not one byte of it
//! changed.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Lab, Lines, crowd, team};

/// Everything in the state directory that says something: the instance lock is empty, and SQLite makes an empty log
/// and a shared index for whoever reads.
fn bytes(lab: &Lab) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(lab.path("state")).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()));
    let is_scratch = |name: &str, content: &[u8]| name.ends_with("-shm") || (content.is_empty() && name != "state.db");
    named.filter(|(name, content)| !is_scratch(name, content)).collect()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// What was done to the database, and what the advice must hold.
struct Damage {
    name: &'static str,
    done: fn(&Path),
    advice: &'static str,
    /// Only a look at every page finds it, which commands that only read do not take.
    deep: bool,
}

fn damages() -> Vec<Damage> {
    let moved = "mv ";
    vec![
        Damage { name: "zero length", done: |path| truncate(path, 0), advice: moved, deep: false },
        Damage { name: "half a header", done: |path| truncate(path, 50), advice: moved, deep: false },
        Damage { name: "half the file", done: |path| truncate(path, length(path) / 2), advice: moved, deep: true },
        Damage { name: "random bytes", done: random, advice: moved, deep: false },
        Damage { name: "random pages", done: random_pages, advice: moved, deep: true },
        Damage {
            name: "a newer schema",
            done: |path| pragma(path, "user_version = 999"),
            advice: "newer",
            deep: false,
        },
        Damage {
            name: "another program's",
            done: |path| pragma(path, "application_id = 7"),
            advice: moved,
            deep: false,
        },
        Damage { name: "readable by others", done: |path| mode(path, 0o644), advice: "chmod 600", deep: false },
        Damage {
            name: "a directory open to others",
            done: |path| mode(path.parent().unwrap(), 0o755),
            advice: "chmod 700",
            deep: false,
        },
        Damage { name: "a symbolic link", done: link, advice: "ls -l", deep: false },
        Damage { name: "a second name", done: hard_link, advice: "-samefile", deep: false },
        Damage { name: "a log without its database", done: orphan, advice: "-wal.damaged", deep: false },
    ]
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

fn truncate(path: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

fn noise(length: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..length).map(|_| random.u8(..)).collect()
}

fn random(path: &Path) {
    fs::write(path, noise(length(path))).unwrap();
}

fn random_pages(path: &Path) {
    let mut content = fs::read(path).unwrap();
    let noise = noise(content.len() as u64);
    content[4096..].copy_from_slice(&noise[4096..]);
    fs::write(path, content).unwrap();
}

fn pragma(path: &Path, pragma: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(&format!("PRAGMA {pragma}")).unwrap();
    connection.close().unwrap();
}

fn link(path: &Path) {
    let aside = path.with_file_name("aside.db");
    fs::rename(path, &aside).unwrap();
    std::os::unix::fs::symlink(aside, path).unwrap();
}

fn hard_link(path: &Path) {
    fs::hard_link(path, path.with_file_name("again.db")).unwrap();
}

fn orphan(path: &Path) {
    let wal = path.with_file_name("state.db-wal");
    fs::rename(path, &wal).unwrap();
}

#[test]
fn a_database_that_needs_attention_exits_7_and_keeps_every_byte() {
    let lab = Lab::in_step(team(), &crowd(3));
    let database = lab.path("state/state.db");
    let whole = fs::read(&database).unwrap();
    for Damage { name, done, advice, deep } in damages() {
        done(&database);
        let before = bytes(&lab);
        lab.sandbox.clear_log();
        for arguments in [&["sync"][..], &["adopt", "--all"], &["approve", "0123456789"], &["plan"], &["status"]] {
            let looks_only = matches!(arguments[0], "plan" | "status");
            let answer = lab.run(arguments);
            if !(deep && looks_only) {
                let answer = answer.exits(7);
                let said = answer.err.flat();
                assert!(said.contains("state.db") || said.contains("/state"), "{name}, {arguments:?}: {said}");
                assert!(said.contains(advice), "{name}, {arguments:?}: {advice:?} is missing in\n{said}");
            }
            assert_eq!(bytes(&lab), before, "{name}, {arguments:?}: the files must stay as they are");
        }
        if !deep {
            let checked = lab.run(&["check"]).exits(1);
            assert!(checked.out.contains("FAIL  state"), "{name}: {}", checked.out);
            assert!(checked.out.flat().contains(advice), "{name}: {}", checked.out);
        }
        assert!(lab.sandbox.writes().is_empty(), "{name}");
        reset(&lab, &whole);
    }
    lab.run(&["sync"]).exits(0);
}

fn reset(lab: &Lab, whole: &[u8]) {
    fs::remove_dir_all(lab.path("state")).unwrap();
    fs::create_dir(lab.path("state")).unwrap();
    mode(&lab.path("state"), 0o700);
    fs::write(lab.path("state/state.db"), whole).unwrap();
    mode(&lab.path("state/state.db"), 0o600);
}

#[test]
fn the_advice_for_a_damaged_database_works_as_it_is_printed() {
    let lab = Lab::in_step(team(), &crowd(3));
    let database = lab.path("state/state.db");
    random(&database);
    let answer = lab.run(&["sync"]).exits(7);
    let said = answer.err.flat();
    let (_, command) = said.split_once("or: mv ").unwrap();
    let (command, _) = command.split_once(" && postman-scim-sync sync").unwrap();
    let done = std::process::Command::new("sh").arg("-c").arg(format!("mv {command}")).status().unwrap();
    assert!(done.success());
    // A lost database costs an adoption, never a removal, and never a second account.
    lab.run(&["sync"]).exits(0);
    assert!(lab.sandbox.writes().is_empty());
    assert!(lab.path("state/state.db.damaged").exists());
}

#[test]
fn status_without_a_database_says_what_to_run_and_makes_nothing() {
    let lab = Lab::new(team());
    lab.export(&crowd(1));
    let answer = lab.run(&["status"]).exits(1);
    assert!(answer.err.contains("there is no state") && answer.err.contains("`plan`"), "{}", answer.err);
    lab.run(&["plan"]).exits(0);
    lab.run(&["check"]).exits(0);
    lab.run(&["approve", "0123456789"]).exits(1);
    assert!(!lab.path("state").exists(), "only `sync` makes the state");
}

#[test]
fn a_dry_run_changes_no_byte_of_the_state() {
    let lab = Lab::in_step(team(), &crowd(3));
    let mut people = crowd(4);
    people[0].status = "inactive".into();
    lab.export(&people);
    let before = bytes(&lab);
    lab.run(&["plan"]).exits(0);
    lab.run(&["plan", "--refresh", "--exit-code"]).exits(5);
    lab.run(&["sync", "--dry-run"]).exits(0);
    lab.run(&["status"]).exits(0);
    assert_eq!(bytes(&lab), before);
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn a_state_that_cannot_be_made_or_written_is_said_before_anything_is_sent() {
    let mut lab = Lab::new(team());
    lab.export(&crowd(1));
    lab.write("state", "a file where the directory should be");
    let answer = lab.run(&["sync"]).exits(1);
    assert!(answer.err.contains("state database"), "{}", answer.err);
    assert!(answer.err.contains("check the disk, the directory and who owns it"), "{}", answer.err);
    assert!(lab.sandbox.log().is_empty());

    lab = Lab::in_step(team(), &crowd(1));
    mode(&lab.path("state"), 0o500);
    let forbids = fs::write(lab.path("state/probe"), "").is_err();
    // Whoever may write everywhere (root) cannot be kept out by a mode.
    if forbids {
        let before = bytes(&lab);
        let answer = lab.run(&["sync"]).exits(1);
        assert!(answer.err.contains("writable") || answer.err.contains("ermission"), "{}", answer.err);
        assert_eq!(bytes(&lab), before);
        assert!(lab.sandbox.log().is_empty());
    }
    mode(&lab.path("state"), 0o700);
}

#[test]
fn the_state_is_private_from_the_first_moment() {
    let lab = Lab::in_step(team(), &crowd(1));
    let of = |name: &str| fs::metadata(lab.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(of("state"), 0o700);
    for entry in fs::read_dir(lab.path("state")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert_eq!(of(&format!("state/{name}")), 0o600, "{name}");
    }
}
