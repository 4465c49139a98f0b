//! Killed at the worst moment: after the effect and before the record, before the effect, in the middle of many.
//! The next cycle reads what became of it, repeats no write, and everybody has one account.

use std::collections::BTreeMap;
use std::time::Duration;

use postman_scim_sync::sandbox::{Failure, Fault, Kind, Logged, Outcome};

use crate::support::{Lab, Row, crowd, row, team};

const KINDS: [Kind; 5] = [Kind::Deactivate, Kind::Readdress, Kind::Reactivate, Kind::Create, Kind::Rename];

/// In step with four people, the fourth of whom has left.
fn lab() -> Lab {
    let lab = Lab::in_step(team(), &crowd(4));
    lab.export(&four(|fourth| fourth.status = "inactive".into(), 4));
    lab.sync().exits(0);
    lab.sandbox.clear_log();
    lab
}

fn four(change: impl FnOnce(&mut Row), which: usize) -> Vec<Row> {
    let mut people = crowd(4);
    people[3].status = "inactive".into();
    change(&mut people[which - 1]);
    people
}

/// An export that asks for one change of that kind.
fn wanting(kind: Kind) -> Vec<Row> {
    match kind {
        Kind::Deactivate => four(|first| first.status = "inactive".into(), 1),
        Kind::Readdress => four(|first| first.mail = "ada@acme.example".into(), 1),
        Kind::Reactivate => four(|fourth| fourth.status = "active".into(), 4),
        Kind::Rename => four(|first| first.given = "Ada".into(), 1),
        _ => {
            let mut people = four(|_| {}, 1);
            people.push(row("5", "New", "Comer", "p5"));
            people
        }
    }
}

/// The team is as the export wants it, nobody has two accounts, and two more cycles have nothing to send.
fn converged(lab: &Lab, people: &[Row]) {
    lab.look().exits(0);
    lab.sandbox.clear_log();
    lab.look().exits(0);
    assert!(lab.sandbox.writes().is_empty());
    let active = people.iter().filter(|row| row.status == "active");
    let mut wanted: Vec<(String, String)> = active.map(|row| (row.mail.clone(), row.given.clone())).collect();
    wanted.sort();
    let team = lab.active().into_iter().map(|name| {
        let given = lab.sandbox.person(&name).unwrap().given;
        (name, given)
    });
    assert_eq!(team.collect::<Vec<_>>(), wanted);
}

#[test]
fn killed_between_effect_and_record() {
    for kind in KINDS {
        let (lab, people) = (lab(), wanting(kind));
        lab.export(&people);
        lab.die_at(kind, 1);
        assert_eq!(lab.sent().len(), 1, "{kind:?}");

        let settled = lab.sync().exits(0).json();
        assert_eq!(settled["settled"], 1, "{kind:?}");
        assert!(lab.sandbox.writes().is_empty(), "{kind:?}: read back, not sent again");
        converged(&lab, &people);
    }
}

#[test]
fn killed_before_the_effect() {
    for kind in KINDS {
        let (lab, people) = (lab(), wanting(kind));
        lab.export(&people);
        // The look before a deactivation, when the mark is made; else the first look at the team.
        let hangs = Failure::HangAfter(Duration::from_secs(60));
        let leaver = lab.sandbox.person("p1@acme.example").unwrap().id;
        lab.sandbox.fault(match kind {
            Kind::Deactivate => Fault::on(Kind::Get, hangs).about(&leaver),
            _ => Fault::reads(hangs),
        });
        lab.die_when(|logged| matches!(logged.outcome, Outcome::Late(_)));
        assert!(lab.sandbox.writes().is_empty());

        lab.sync().exits(0);
        assert_eq!(lab.sent().len(), 1, "{kind:?}");
        converged(&lab, &people);
    }
}

#[test]
fn an_answer_that_was_lost_is_settled_by_the_next_cycle() {
    for kind in KINDS {
        for (failure, sent_again) in [(Failure::ResetAfter, 0), (Failure::ResetBefore, 1)] {
            let (lab, people) = (lab(), wanting(kind));
            lab.export(&people);
            lab.sandbox.fault(Fault::on(kind, failure.clone()));
            lab.sync().exits(3);
            assert_eq!(lab.sent().len(), 1, "{kind:?} {failure:?}: never repeated blind");
            lab.sync().exits(0);
            assert_eq!(lab.sent().len(), sent_again, "{kind:?} {failure:?}");
            converged(&lab, &people);
        }
    }
}

#[test]
fn a_doubt_waits_while_its_request_may_still_arrive() {
    let (mut lab, people) = (lab(), wanting(Kind::Create));
    lab.set("safety", "settle_wait = \"1h\"");
    lab.export(&people);
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::ResetLate { requests: 1_000 }));
    lab.sync().exits(3);
    for _ in 0..2 {
        assert_eq!(lab.sync().exits(3).notes(), ["in_doubt"]);
    }
    assert_eq!(lab.sent().len(), 1, "one POST, and nobody repeats it");
    lab.sandbox.settle_late();
    lab.sync().exits(0);
    converged(&lab, &people);
}

#[test]
fn whoever_left_while_their_create_was_in_doubt_does_not_stay() {
    let lab = lab();
    lab.export(&wanting(Kind::Create));
    lab.die_at(Kind::Create, 1);
    let mut people = wanting(Kind::Create);
    people[4].status = "inactive".into();
    lab.export(&people);
    lab.sync();
    converged(&lab, &people);
    assert_eq!(lab.active().len(), 3);
}

#[test]
fn killed_again_and_again_in_the_middle_of_forty() {
    let lab = Lab::in_step(team(), &crowd(30));
    let mut people = crowd(40);
    people[..10].iter_mut().for_each(|row| row.mail = format!("new.{}", row.mail));
    people[10..30].iter_mut().for_each(|row| row.family = "Married".into());
    lab.export(&people);
    let mut log: Vec<Logged> = Vec::new();
    let kills = [(Kind::Readdress, 4), (Kind::Create, 3), (Kind::Rename, 2), (Kind::Rename, 1), (Kind::Rename, 1)];
    for (kind, nth) in kills {
        lab.die_at(kind, nth);
        log.extend(lab.sandbox.writes());
        lab.sandbox.clear_log();
    }
    lab.sync().exits(0);
    log.extend(lab.sandbox.writes());

    let mut writes: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    for logged in log {
        *writes.entry((format!("{:?}", logged.kind), logged.user_name)).or_default() += 1;
    }
    assert_eq!(writes.len(), 40);
    assert!(writes.values().all(|sent| *sent == 1), "{writes:?}");
    converged(&lab, &people);
}
