//! Faults through the in-process door: what the client meets, and what really happened.
//!
//! Never: waits.

use super::*;

/// Sends a POST that meets the failure: the status or the error, and whether the user is there afterwards.
fn meet(failure: Failure) -> (Result<u16, &'static str>, bool) {
    let sandbox = acme(Knobs::default());
    sandbox.fault(Fault::on(Kind::Create, failure));
    let answer = send(&sandbox, request(Method::Post, "/Users", Some(new_user("ada@acme.example"))));
    let answer = answer.map(|response| response.status).map_err(|error| match error {
        TransportError::NotSent { .. } | TransportError::Barred { .. } => "not sent",
        TransportError::Unknown { .. } => "unknown",
        TransportError::Refused { .. } => "refused",
    });
    let there = standing_of(&sandbox, "ada@acme.example") == Some(Standing::Active);
    assert_eq!(sandbox.log()[0].had_effect(), there, "the log knows");
    assert_eq!(sandbox.effects() == 1, there);
    (answer, there)
}

#[test]
fn each_failure_answers_and_acts_as_it_says() {
    let minute = std::time::Duration::from_secs(60);
    let table = [
        (Failure::Status { status: 503, shape: Shape::Empty }, Ok(503), false),
        (Failure::Scim(ScimError::NoSeat), Ok(400), false),
        (Failure::TooManyRequests { header: RetryHeader::Absent, wait_s: 1 }, Ok(429), false),
        (Failure::Redirect { location: "http://127.0.0.1:1/".into() }, Ok(302), false),
        (Failure::NotSent, Err("not sent"), false),
        (Failure::ResetBefore, Err("unknown"), false),
        (Failure::ResetAfter, Err("unknown"), true),
        (Failure::ResetLate { requests: 3 }, Err("unknown"), false),
        (Failure::HangAfter(minute), Err("unknown"), true),
        (Failure::StatusAfter { status: 502, shape: Shape::Html }, Ok(502), true),
        (Failure::NoEffect, Ok(201), false),
        (Failure::Ignored, Ok(201), false),
        (Failure::Truncated, Ok(201), true),
        (Failure::CutBody, Err("unknown"), true),
        (Failure::HangBefore(minute), Ok(201), true),
        (Failure::Drip(minute), Ok(201), true),
        (Failure::Stale { requests: 3 }, Ok(201), true),
        (Failure::Bent(Bend::Gzip), Ok(201), true),
        (Failure::Bent(Bend::UnknownAttributes), Ok(201), true),
        (Failure::Status { status: 503, shape: Shape::Text }, Ok(503), false),
    ];
    for (failure, answer, there) in table {
        assert_eq!(meet(failure.clone()), (answer, there), "{failure:?}");
    }
}

#[test]
fn a_service_may_say_yes_and_do_nothing() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "root@acme.example");
    sandbox.fault(Fault::on(Kind::Deactivate, Failure::NoEffect));
    sandbox.fault(Fault::on(Kind::Deactivate, Failure::Ignored));
    assert_eq!(set_active(&sandbox, &id, false).1["active"], false);
    assert_eq!(set_active(&sandbox, &id, false).1["active"], true);
    assert_eq!(standing_of(&sandbox, "root@acme.example"), Some(Standing::Active));
    assert_eq!(set_active(&sandbox, &id, false).1["active"], false);
    assert_eq!(standing_of(&sandbox, "root@acme.example"), Some(Standing::Deactivated));
}

#[test]
fn a_late_effect_comes_when_more_requests_have_come() {
    let sandbox = acme(Knobs::default());
    sandbox.fault(Fault::on(Kind::Create, Failure::ResetLate { requests: 2 }).times(2));
    assert!(send(&sandbox, request(Method::Post, "/Users", Some(new_user("ada@acme.example")))).is_err());
    assert_eq!(found(&sandbox, "ada@acme.example"), 0);
    assert_eq!(found(&sandbox, "ada@acme.example"), 1);
    assert_eq!(sandbox.log()[0].done, [Done::Created], "the log is completed");
    assert!(sandbox.log()[0].scim_id.is_some());
    assert!(send(&sandbox, request(Method::Post, "/Users", Some(new_user("bob@acme.example")))).is_err());
    sandbox.settle_late();
    assert_eq!((standing_of(&sandbox, "bob@acme.example"), sandbox.effects()), (Some(Standing::Active), 2));
}

#[test]
fn rules_choose_their_requests() {
    let failing = |fault: Fault| -> Vec<u64> {
        let sandbox = acme(Knobs::default());
        let root = id_of(&sandbox, "root@acme.example");
        sandbox.fault(fault);
        get(&sandbox, "/Users");
        create(&sandbox, "ada@acme.example");
        get(&sandbox, &format!("/Users/{root}"));
        create(&sandbox, "bob@acme.example");
        set_active(&sandbox, &root, false);
        found(&sandbox_without_faults(&sandbox), "ada@acme.example");
        sandbox.log().iter().filter(|l| l.outcome == Outcome::Status(500)).map(|l| l.seq).collect()
    };
    let failure = Failure::Status { status: 500, shape: Shape::Scim };
    assert_eq!(failing(Fault::any(failure.clone()).always()), [1, 2, 3, 4, 5]);
    assert_eq!(failing(Fault::any(failure.clone())), [1]);
    assert_eq!(failing(Fault::reads(failure.clone()).always()), [1, 3]);
    assert_eq!(failing(Fault::writes(failure.clone()).nth(2).times(2)), [4, 5]);
    assert_eq!(failing(Fault::on(Kind::Deactivate, failure.clone())), [5]);
    assert_eq!(failing(Fault::at(Method::Get, "/Users/", failure.clone()).always()), [3]);
    assert_eq!(failing(Fault::any(failure.clone()).about("bob@acme.example").always()), [4]);
    assert_eq!(failing(Fault::any(failure).about("root@acme.example").always()), [3, 5]);
}

fn sandbox_without_faults(sandbox: &Sandbox) -> Sandbox {
    sandbox.faults_off();
    sandbox.clone()
}

#[test]
fn a_storm_strikes_as_often_as_it_is_told() {
    let sandbox = acme(Knobs::default());
    sandbox.storm(1, 250, vec![Failure::Status { status: 503, shape: Shape::Empty }]);
    let failed = (0..1000).filter(|_| get(&sandbox, "/Users").0 == 503).count();
    assert!((200..300).contains(&failed), "{failed}");
    sandbox.faults_off();
    assert!((0..100).all(|_| get(&sandbox, "/Users").0 == 200));
}

#[test]
fn a_500_has_the_text_of_its_endpoint() {
    let sandbox = acme(Knobs::default());
    let id = id_of(&sandbox, "root@acme.example");
    sandbox.fault(Fault::any(Failure::Status { status: 500, shape: Shape::Scim }).always());
    assert_eq!(get(&sandbox, "/Users").1["detail"], "Couldn't fetch members of the team.");
    assert!(create(&sandbox, "a@b.example").1["detail"].as_str().is_some_and(|d| d.starts_with("Unable to add")));
    assert!(set_active(&sandbox, &id, false).1["detail"].as_str().is_some_and(|d| d.contains("information")));
}
