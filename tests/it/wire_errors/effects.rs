//! A 200 is not proof: what had no effect is noticed at the first write of its kind, and held.

use postman_scim_sync::sandbox::{Failure, Fault, Kind, Standing};

use crate::support::{Lab, Lines, Row, crowd, row, team};

/// What a person of the directory becomes.
type Change = fn(&mut Row);

fn cases() -> Vec<(Kind, Change)> {
    vec![
        (Kind::Deactivate, |person| person.status = "inactive".into()),
        (Kind::Rename, |person| person.family = "Neu".into()),
        (Kind::Readdress, |person| person.mail = format!("new-{}", person.mail)),
    ]
}

#[test]
fn a_success_without_effect_is_noticed_and_held_and_the_others_go_on() {
    for failure in [Failure::NoEffect, Failure::Ignored] {
        for (kind, change) in cases() {
            let mut people = crowd(6);
            let lab = Lab::in_step(team(), &people);
            people[..3].iter_mut().for_each(change);
            lab.export(&people);
            lab.sandbox.fault(Fault::on(kind, failure.clone()));
            let answer = lab.run(&["sync"]).exits(3);
            assert!(answer.out.flat().contains("had no effect"), "{kind:?}, {failure:?}: {}", answer.out);
            let writes = lab.sandbox.writes();
            assert_eq!(writes.len(), 3, "{kind:?}, {failure:?}: one request for each");
            assert_eq!(writes.iter().filter(|logged| logged.had_effect()).count(), 2, "{kind:?}, {failure:?}");
            lab.sandbox.clear_log();
            if kind == Kind::Deactivate {
                // Whoever has to leave is tried in every cycle.
                lab.run(&["sync"]).exits(0);
                assert_eq!(lab.sandbox.writes().len(), 1);
                continue;
            }
            let held = lab.run(&["sync"]).exits(3);
            assert!(held.out.contains("SET ASIDE"), "{kind:?}: {}", held.out);
            assert!(lab.sandbox.writes().is_empty(), "{kind:?}, {failure:?}: held people wait");
        }
    }
}

#[test]
fn a_reactivation_without_effect_is_noticed_too() {
    let mut people = crowd(4);
    let lab = Lab::in_step(team(), &people);
    people[0].status = "inactive".into();
    lab.export(&people);
    lab.run(&["sync"]).exits(0);
    people[0].status = "active".into();
    lab.export(&people);
    lab.sandbox.fault(Fault::on(Kind::Reactivate, Failure::NoEffect));
    let answer = lab.run(&["sync"]).exits(3);
    assert!(answer.out.flat().contains("had no effect"), "{}", answer.out);
    assert_eq!(lab.sandbox.person("p1@acme.example").unwrap().standing, Standing::Deactivated);
}

#[test]
fn a_create_that_is_never_seen_is_not_sent_every_cycle() {
    let mut people = crowd(3);
    let lab = Lab::in_step(team(), &people);
    people.push(row("4", "Nina", "Neu", "nina"));
    people.push(row("5", "Nils", "Neu", "nils"));
    lab.export(&people);
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::NoEffect).about("nina@acme.example"));
    lab.run(&["sync"]);
    for _ in 0..3 {
        lab.run(&["sync", "--refresh"]);
    }
    let creates = |whom: &str| lab.sandbox.writes().iter().filter(|l| l.user_name.as_deref() == Some(whom)).count();
    assert_eq!(creates("nina@acme.example"), 1, "an invitation is not repeated");
    assert_eq!(creates("nils@acme.example"), 1);
    assert_eq!(lab.sandbox.person("nils@acme.example").unwrap().standing, Standing::Active);
}
