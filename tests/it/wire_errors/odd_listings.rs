//! Listings of a service that is nearly right: the total, the pages or the age is wrong. Whoever cannot be seen for
//! sure is not removed, nobody is made twice, and the next honest listing puts everything right.

use postman_scim_sync::http::{Method, Request, Transport};
use postman_scim_sync::sandbox::{Bend, Failure, Fault, Kind, Standing};

use crate::support::{KEY, Lab, crowd, row, team};

/// A team of 250 in step with its directory, but for somebody new and somebody who left.
fn with_work() -> Lab {
    let mut people = crowd(250);
    let lab = Lab::in_step(team(), &people);
    people[0].status = "inactive".into();
    people.push(row("251", "Nina", "Neu", "nina"));
    lab.export(&people);
    lab
}

/// What holds after any listing, however odd: one leaver at most is out, nobody else, and nobody has two accounts.
#[track_caller]
fn nobody_else_was_touched(lab: &Lab, what: &str) {
    let out: Vec<String> = lab.sandbox.standing(Standing::Deactivated).into_iter().map(|p| p.user_name).collect();
    assert!(out.is_empty() || out == ["p1@acme.example"], "{what}: {out:?}");
    let creates = lab.sandbox.writes().into_iter().filter(|logged| logged.kind == Kind::Create && logged.had_effect());
    assert!(creates.count() <= 1, "{what}");
    assert!(lab.sandbox.standing(Standing::Active).len() >= 250, "{what}");
}

fn puts_it_right(lab: &Lab, what: &str) {
    lab.sandbox.faults_off();
    lab.look().exits(0);
    let left = lab.sandbox.person("p1@acme.example").map(|person| person.standing);
    let came = lab.sandbox.person("nina@acme.example").map(|person| person.standing);
    assert_eq!((left, came), (Some(Standing::Deactivated), Some(Standing::Active)), "{what}");
}

#[test]
fn a_listing_that_comes_short_stops_the_cycle() {
    for bend in [
        Bend::Total { by: 7 },
        Bend::EmptyPage,
        Bend::Gap { entries: 3 },
        Bend::FirstPageAgain,
        Bend::NoResources,
        Bend::NullResources,
    ] {
        let (lab, what) = (with_work(), format!("{bend:?}"));
        lab.sandbox.fault(Fault::on(Kind::List, Failure::Bent(bend)).always());
        lab.look().exits(1);
        assert!(lab.sandbox.writes().is_empty(), "{what}: nothing is written on half a listing");
        nobody_else_was_touched(&lab, &what);
        puts_it_right(&lab, &what);
    }
}

#[test]
fn a_listing_that_is_whole_though_odd_is_used() {
    for bend in [
        Bend::Total { by: -7 },
        Bend::NoTotal,
        Bend::ShortPage { entries: 40 },
        Bend::Overlap { entries: 2 },
        Bend::ContentType("text/plain".to_owned()),
        Bend::UnknownAttributes,
        Bend::Gzip,
    ] {
        let (lab, what) = (with_work(), format!("{bend:?}"));
        lab.sandbox.fault(Fault::reads(Failure::Bent(bend)).always());
        lab.look().exits(0);
        nobody_else_was_touched(&lab, &what);
        assert!(lab.sandbox.person("nina@acme.example").is_some(), "{what}");
        puts_it_right(&lab, &what);
    }
}

#[test]
fn reads_of_a_former_state_make_no_second_account_and_remove_nobody() {
    let lab = with_work();
    lab.sandbox.fault(Fault::reads(Failure::Stale { requests: 5 }).always());
    lab.look();
    nobody_else_was_touched(&lab, "stale");
    lab.look();
    nobody_else_was_touched(&lab, "stale again");
    puts_it_right(&lab, "stale");
}

#[test]
fn a_slow_answer_is_an_answer() {
    let lab = with_work();
    let moment = std::time::Duration::from_millis(1);
    lab.sandbox.fault(Fault::on(Kind::Get, Failure::Drip(moment / 100)).always());
    lab.sandbox.fault(Fault::on(Kind::Deactivate, Failure::HangBefore(moment)).always());
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::HangAfter(moment)).always());
    lab.look().exits(0);
    puts_it_right(&lab, "slow");
}

/// The recorder that every lab asks at its end would notice a rude client.
#[test]
fn a_lab_notices_what_a_correct_client_never_sends() {
    let mut lab = with_work();
    assert!(lab.sandbox.violations().is_empty());
    let scim_id = lab.sandbox.person("p1@acme.example").unwrap().id;
    let (path, authorization) = (format!("/Users/{scim_id}"), KEY.into());
    lab.wait(lab.sandbox.send(Request { method: Method::Delete, path, authorization, body: None })).unwrap();
    let broken: Vec<&str> = lab.sandbox.violations().iter().map(|violation| violation.rule).collect();
    assert_eq!(broken, ["user_delete"]);
    lab.excuse("user_delete");
}
