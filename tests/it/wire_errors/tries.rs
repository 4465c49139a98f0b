//! Rate limits and outages: how often something is tried, and that the cycle completes.

use postman_scim_sync::clock::Clock;
use postman_scim_sync::sandbox::{Failure, Fault, Kind, RetryHeader, Shape, Standing};

use crate::support::{KEY, Lab, Lines, crowd, row, team};

fn open(people: usize) -> Lab {
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.wide_open();
    lab.export(&crowd(people));
    lab
}

fn retry_date() -> String {
    let soon = std::time::SystemTime::now() + std::time::Duration::from_secs(2);
    httpdate::fmt_http_date(soon)
}

#[test]
fn every_spelling_of_too_many_requests_is_waited_for() {
    let lab = open(8);
    lab.sandbox.follow(Clock::System);
    let other = |name: &str, value: &str| RetryHeader::Other { name: name.into(), value: value.into() };
    let headers = [
        RetryHeader::RetryAfter,
        RetryHeader::XRateLimitRetryAfter,
        RetryHeader::RetryAfterOneWord,
        RetryHeader::EpochReset,
        other("retry-after", &retry_date()),
        other("ratelimit", "limit=300, remaining=0, reset=1"),
        other("ratelimit-reset", "1"),
    ];
    for (n, header) in headers.into_iter().enumerate() {
        let failure = Failure::TooManyRequests { header, wait_s: 1 };
        lab.sandbox.fault(Fault::on(Kind::Create, failure).about(&format!("p{}@acme.example", n + 1)));
    }
    let header = RetryHeader::RetryAfter;
    lab.sandbox.fault(Fault::on(Kind::List, Failure::TooManyRequests { header, wait_s: 1 }));
    lab.run(&["sync"]).exits(0);
    let creates = lab.sandbox.writes();
    assert_eq!(creates.iter().filter(|logged| logged.had_effect()).count(), 8);
    assert_eq!(creates.len(), 8 + 7, "each refused create is sent once more");
}

#[test]
fn a_team_that_is_always_at_its_limit_ends_the_cycle() {
    let lab = open(3);
    let failure = Failure::TooManyRequests { header: RetryHeader::RetryAfter, wait_s: 1 };
    lab.sandbox.fault(Fault::reads(failure).always());
    let answer = lab.run(&["check"]).exits(1);
    assert!(answer.out.flat().contains("lower postman.writes_per_min"), "{}", answer.out);
    assert_eq!(lab.sandbox.log().len(), 5, "tries are bounded");
}

#[test]
fn reads_recover_from_outages_and_lost_answers() {
    for failure in [
        Failure::Status { status: 503, shape: Shape::Empty },
        Failure::Status { status: 500, shape: Shape::Scim },
        Failure::Status { status: 502, shape: Shape::Html },
        Failure::ResetBefore,
        Failure::ResetAfter,
        Failure::CutBody,
    ] {
        let lab = open(2);
        lab.sandbox.fault(Fault::reads(failure.clone()));
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sandbox.standing(Standing::Active).len(), 3, "{failure:?}");
    }
}

#[test]
fn reads_that_never_recover_end_the_cycle_before_anything_is_written() {
    let lab = open(2);
    lab.sandbox.fault(Fault::reads(Failure::Status { status: 503, shape: Shape::Html }).always());
    let answer = lab.run(&["sync"]).exits(1);
    assert!(answer.out.flat().contains("The next cycle tries again"), "{}", answer.out);
    assert_eq!(lab.sandbox.log().len(), 5, "tries are bounded");
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn a_team_that_cannot_be_reached_is_said_and_exits_1() {
    let mut lab = Lab::in_step(team(), &crowd(2));
    lab.unplug();
    let answer = lab.run(&["check"]).exits(1);
    assert!(answer.out.flat().contains("check the network, the proxy"), "{}", answer.out);
}

/// Who meets which failure, and whether it happens all the same.
fn lost_answers() -> Vec<(Failure, bool)> {
    vec![
        (Failure::ResetAfter, true),
        (Failure::StatusAfter { status: 500, shape: Shape::Scim }, true),
        (Failure::StatusAfter { status: 504, shape: Shape::Html }, true),
        (Failure::Truncated, true),
        (Failure::CutBody, true),
        (Failure::ResetBefore, false),
        (Failure::Status { status: 503, shape: Shape::Empty }, false),
        (Failure::Redirect { location: "https://elsewhere.example/".into() }, false),
    ]
}

#[test]
fn a_create_whose_answer_was_lost_is_looked_up_and_never_sent_again_blind() {
    // Sorted by id, so that most requests between two failures succeed.
    let people: Vec<_> = (0..48).map(|n| row(&format!("{n:02}"), "Given", "Family", &format!("p{n:02}"))).collect();
    let mut lab = open(0);
    lab.export(&people);
    let cases = lost_answers();
    for (n, (failure, _)) in cases.iter().enumerate() {
        let whom = format!("p{:02}@acme.example", 5 + n * 5);
        lab.sandbox.fault(Fault::on(Kind::Create, failure.clone()).about(&whom));
    }
    let answer = lab.run(&["sync"]).exits(3);
    assert!(answer.out.flat().contains("answer unknown, to be read back in the next cycle"), "{}", answer.out);
    assert_eq!(lab.sandbox.writes().len(), 48, "one request for each");
    lab.set("schedule", "refresh_every = \"24h\"");
    lab.run(&["sync"]);
    let log = lab.sandbox.log();
    for (n, (failure, happened)) in cases.iter().enumerate() {
        let whom = format!("p{:02}@acme.example", 5 + n * 5);
        let about: Vec<_> = log.iter().filter(|l| l.user_name.as_deref() == Some(&whom)).collect();
        let creates: Vec<_> = about.iter().filter(|l| l.kind == Kind::Create).collect();
        assert_eq!(creates.len(), if *happened { 1 } else { 2 }, "{failure:?}: {about:#?}");
        assert_eq!(creates.iter().filter(|l| l.had_effect()).count(), 1, "{failure:?}");
        assert_eq!(about[0].kind, Kind::Create, "{failure:?}");
        assert_eq!(about[1].kind, Kind::Find, "{failure:?}: read before anything else");
    }
    lab.sandbox.clear_log();
    lab.run(&["sync"]).exits(0);
    assert!(lab.sandbox.writes().is_empty());
    assert_eq!(lab.sandbox.standing(Standing::Active).len(), 49);
}

#[test]
fn a_deactivation_whose_answer_was_lost_is_settled_by_reading() {
    for (failure, happened) in lost_answers() {
        let mut people = crowd(4);
        let lab = Lab::in_step(team(), &people);
        people[0].status = "inactive".into();
        lab.export(&people);
        lab.sandbox.fault(Fault::on(Kind::Deactivate, failure.clone()));
        lab.run(&["sync"]).exits(3);
        lab.run(&["sync"]).exits(0);
        let sent = lab.sandbox.writes().len();
        assert_eq!(sent, if happened { 1 } else { 2 }, "{failure:?}");
        assert_eq!(lab.sandbox.person("p1@acme.example").unwrap().standing, Standing::Deactivated, "{failure:?}");
    }
}

#[test]
fn an_outage_in_the_middle_of_the_writes_does_not_turn_all_of_them_into_doubts() {
    let lab = open(100);
    lab.sandbox.fault(Fault::writes(Failure::Status { status: 503, shape: Shape::Html }).nth(10).always());
    lab.run(&["sync"]).exits(1);
    let sent = lab.sandbox.writes().len();
    assert!(sent <= 9 + 2 * 5 + 8, "{sent} writes were sent into an outage");
    lab.sandbox.faults_off();
    lab.run(&["sync"]);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sandbox.standing(Standing::Active).len(), 101);
    let creates = lab.sandbox.writes().into_iter().filter(|logged| logged.had_effect()).count();
    assert_eq!(creates, 100);
}

#[test]
fn every_shape_of_an_error_body_is_understood_and_about_one_person() {
    let people: Vec<_> = (0..40).map(|n| row(&format!("{n:02}"), "Given", "Family", &format!("p{n:02}"))).collect();
    let lab = open(0);
    lab.export(&people);
    let shapes = [
        (Shape::Scim, "Something went wrong."),
        (Shape::Gateway, "Something went wrong."),
        (Shape::Flat, "Something went wrong."),
        (Shape::Problem, "Something went wrong."),
        (Shape::Html, "an HTML page"),
        (Shape::Empty, "HTTP 400 without a text"),
    ];
    for (n, (shape, _)) in shapes.iter().enumerate() {
        let failure = Failure::Status { status: 400, shape: *shape };
        lab.sandbox.fault(Fault::on(Kind::Create, failure).about(&format!("p{:02}@acme.example", 5 + n * 6)));
    }
    let answer = lab.run(&["sync", "--format", "json"]).exits(3);
    let report = answer.json();
    let outcomes = report["outcomes"].as_array().unwrap();
    for (n, (shape, text)) in shapes.iter().enumerate() {
        let whom = format!("p{:02}@acme.example", 5 + n * 6);
        let of = outcomes.iter().find(|outcome| outcome.to_string().contains(&whom)).unwrap();
        let told = of["result"].to_string();
        assert!(told.contains("rejected") && told.contains(text), "{shape:?}: {told}");
    }
    assert_eq!(lab.sandbox.standing(Standing::Active).len(), 1 + 34);
    assert!(!answer.out.contains(KEY) && !answer.out.contains("<html>"));
}
