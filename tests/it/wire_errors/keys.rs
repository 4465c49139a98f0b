//! The key and the address: both ways to send it, a new key in the middle of a cycle, one client, another team.

use std::time::Duration;

use postman_scim_sync::sandbox::{Failure, Fault, KeyState, Kind, Outcome, Standing, Team, spawn};

use crate::support::{KEY, Lab, Lines, crowd, row, team};

fn with_a_leaver(lab: &Lab) {
    let mut people = crowd(5);
    people[0].status = "inactive".into();
    lab.export(&people);
}

#[test]
fn the_key_is_sent_with_and_without_the_scheme() {
    for auth in ["bearer", "header"] {
        let mut lab = Lab::new(team());
        lab.set("postman", &format!("auth = \"{auth}\""));
        lab.set("safety", "first_sync = \"apply\"");
        lab.export(&crowd(1));
        lab.run(&["check"]).exits(0);
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sandbox.standing(Standing::Active).len(), 2, "{auth}");
    }
}

#[test]
fn a_new_key_is_taken_up_in_the_middle_of_a_cycle() {
    const NEW: &str = "PMAK-false-key-number-two";
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.wide_open();
    lab.export(&crowd(40));
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::HangAfter(Duration::from_secs(2))));
    let cycle = lab.command(&["sync"]).spawn().unwrap();
    lab.wait(lab.sandbox.wait_for_effects(1));
    lab.write("scim.key", NEW);
    lab.sandbox.edit(|team| {
        team.set_key(NEW, KeyState::Active);
        team.set_key(KEY, KeyState::Revoked);
    });
    let ended = cycle.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stdout));
    assert_eq!(lab.sandbox.standing(Standing::Active).len(), 41);
    let log = lab.sandbox.log();
    let refused = log.iter().filter(|logged| logged.outcome == Outcome::Status(401)).count();
    assert!((1..=8).contains(&refused), "{refused} requests met the revoked key");
    let created = log.iter().filter(|logged| logged.kind == Kind::Create && logged.had_effect()).count();
    assert_eq!(created, 40, "each once");
}

#[test]
fn a_slash_at_the_end_of_the_address_makes_no_difference() {
    let mut lab = Lab::in_step(team(), &crowd(5));
    let served = std::fs::read_to_string(lab.path("config.toml")).unwrap();
    let address = served.lines().find_map(|line| line.strip_prefix("base_url = \"")).unwrap();
    let address = address.trim_end_matches('"').to_owned();
    with_a_leaver(&lab);
    let before = lab.run(&["plan", "--format", "json"]).json()["plan_id"].clone();
    lab.set("postman", &format!("base_url = \"{address}/\""));
    let after = lab.run(&["plan", "--format", "json"]).json()["plan_id"].clone();
    assert_eq!(before, after, "the same team, the same plan");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sandbox.person("p1@acme.example").unwrap().standing, Standing::Deactivated);
}

#[test]
fn two_hundred_people_go_over_a_handful_of_connections() {
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.wide_open();
    lab.export(&crowd(200));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sandbox.standing(Standing::Active).len(), 201);
    let connections = lab.sandbox.connections();
    // Eight at once; hyper opens another where one was just given back.
    assert!(connections <= 16, "{connections} connections for {} requests", lab.sandbox.log().len());
}

fn theirs() -> Team {
    let team = Team::new("Other").seed(2).verified("acme.example").key(KEY, KeyState::Active);
    team.member("admin@acme.example", "Post", "Man").member("somebody@acme.example", "Some", "Body")
}

#[test]
fn another_team_settles_no_doubt() {
    let lab = Lab::in_step(team(), &crowd(5));
    with_a_leaver(&lab);
    lab.sandbox.fault(Fault::on(Kind::Deactivate, Failure::ResetBefore));
    lab.run(&["sync"]).exits(3);
    let ours = lab.sandbox.team();
    lab.sandbox.replace_team(theirs());
    let answer = lab.run(&["sync"]).exits(1);
    assert!(answer.out.flat().contains("this looks like another team"), "{}", answer.out);
    lab.sandbox.replace_team(ours);
    lab.run(&["sync"]).exits(0);
    let leaver = lab.sandbox.person("p1@acme.example").unwrap();
    assert_eq!(leaver.standing, Standing::Deactivated, "the other team's 404 was no proof that they had left");
}

#[test]
fn another_teams_key_writes_nothing_and_remembers_nothing() {
    let lab = Lab::in_step(team(), &crowd(5));
    let ours = lab.sandbox.team();
    let newcomer = || {
        let mut people = crowd(5);
        people.push(row("6", "Nina", "Neu", "nina"));
        lab.export(&people);
    };
    for (name, change) in [("a leaver", (&|| with_a_leaver(&lab)) as &dyn Fn()), ("a newcomer", &newcomer)] {
        for arguments in [&["sync"][..], &["sync", "--refresh"]] {
            change();
            lab.sandbox.replace_team(theirs());
            lab.sandbox.clear_log();
            let answer = lab.run(arguments).exits(1);
            assert!(answer.out.flat().contains("this looks like another team"), "{name}: {}", answer.out);
            assert!(lab.sandbox.writes().is_empty(), "{name}, {arguments:?}");
        }
        // Nothing of what the other team showed may stick.
        lab.sandbox.replace_team(ours.clone());
        lab.export(&crowd(5));
        lab.run(&["sync", "--refresh"]).exits(0);
        assert!(lab.sandbox.writes().is_empty(), "{name}");
    }
}

#[test]
fn an_address_that_changed_after_the_first_cycle_is_another_team() {
    let mut lab = Lab::in_step(team(), &crowd(5));
    let elsewhere = lab.wait(spawn(lab.sandbox.clone())).unwrap();
    lab.set("postman", &format!("base_url = \"{}\"", elsewhere.base_url()));
    with_a_leaver(&lab);
    let answer = lab.run(&["sync"]).exits(1);
    let said = answer.out.flat();
    assert!(said.contains("this looks like another team") && said.contains("base URL"), "{said}");
    assert!(lab.sandbox.writes().is_empty());
    drop(elsewhere);
}
