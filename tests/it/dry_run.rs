//! A dry run changes nothing, sends only reads, and means what the real cycle then does.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::support::{Lab, crowd, row, team};

/// Every file with content of the state directory, by a hash of its bytes. An empty log and SQLite's shared index
/// of it are no content: whoever reads a database with a write-ahead log makes them.
fn state(lab: &Lab) -> BTreeMap<String, u64> {
    let hash = |bytes: Vec<u8>| {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        hasher.finish()
    };
    let files = fs::read_dir(lab.path("state")).unwrap().map(|entry| entry.unwrap().path());
    let named = files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path));
    let read = named.map(|(name, path)| (name, fs::read(path).unwrap()));
    let content = read.filter(|(name, bytes)| !name.ends_with("-shm") && !bytes.is_empty());
    content.map(|(name, bytes)| (name, hash(bytes))).collect()
}

/// In step, and then one change of each kind is due, one member drifted, and somebody vanished.
fn all_kinds() -> Lab {
    let mut people = crowd(7);
    people[2] = people[2].clone().inactive();
    let lab = Lab::in_step(team(), &crowd(7));
    lab.export(&people);
    lab.sync().exits(0);
    people[0].given = "Ada".into();
    people[1] = people[1].clone().inactive();
    people[2].status = "active".into();
    people[3].mail = "new.address@acme.example".into();
    people.remove(6);
    people.push(row("8", "New", "Comer", "p8"));
    lab.export(&people);
    lab.sandbox.edit(|team| team.deactivate_by_hand("p6@acme.example"));
    lab.sandbox.clear_log();
    lab
}

#[test]
fn leaves_every_byte_sends_only_reads_and_has_the_real_plans_id() {
    let lab = all_kinds();
    let before = state(&lab);
    let dry = lab.run(&["plan", "--format", "json", "--exit-code"]).exits(5);
    assert_eq!(lab.run(&["plan"]).exits(0).code, 0);
    assert_eq!(lab.run(&["sync", "--dry-run", "--format", "json"]).exits(0).plan_id(), dry.plan_id());
    assert_eq!(state(&lab), before);
    assert!(!lab.sandbox.log().is_empty() && lab.sandbox.writes().is_empty());

    let real = lab.sync().exits(3);
    assert_eq!((real.plan_id(), real.notes()), (dry.plan_id(), dry.notes()));
    let mut sent = lab.sent();
    sent.sort();
    assert_eq!(
        sent,
        [
            "create p8@acme.example",
            "deactivate p2@acme.example",
            "reactivate p3@acme.example",
            "readdress p4@acme.example",
            "rename p1@acme.example",
        ]
    );
    let settled = lab.run(&["plan", "--format", "json", "--exit-code"]).exits(0);
    assert_eq!(settled.notes(), ["due", "held:deactivated_by_hand"]);
}

#[test]
fn works_without_a_database_and_makes_none() {
    let lab = Lab::new(team().member("p1@acme.example", "Given1", "Family1"));
    lab.export(&crowd(3));
    let dry = lab.plan().exits(0);
    assert!(!lab.path("state").exists());
    let held = lab.sync().exits(4);
    assert_eq!((held.plan_id(), lab.plan().plan_id()), (dry.plan_id(), dry.plan_id()));
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn works_beside_another_instance_that_holds_the_lock() {
    let lab = all_kinds();
    let lock = fs::File::open(lab.path("state/state.db.lock")).unwrap();
    lock.lock().unwrap();
    let before = state(&lab);
    let dry = lab.plan().exits(0);
    lab.run(&["sync"]).exits(6);
    assert_eq!(state(&lab), before);
    lock.unlock().unwrap();
    assert_eq!(lab.sync().exits(3).plan_id(), dry.plan_id());
}

#[test]
fn means_what_a_cycle_means_when_an_earlier_one_died() {
    let lab = all_kinds();
    lab.die_at(postman_scim_sync::sandbox::Kind::Create, 1);
    let before = state(&lab);
    let dry = lab.plan().exits(0);
    assert_eq!(state(&lab), before, "a dry run does not even fold the log into the database");
    assert_eq!(lab.sync().exits(3).plan_id(), dry.plan_id());
}

#[test]
fn says_by_its_exit_code_whether_there_are_changes() {
    let lab = Lab::in_step(team(), &crowd(2));
    lab.run(&["plan", "--exit-code"]).exits(0);
    lab.export(&crowd(3));
    lab.run(&["plan", "--exit-code"]).exits(5);
    lab.run(&["plan"]).exits(0);
}
