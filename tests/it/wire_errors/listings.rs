//! Listings that are no listings: a login page, half an answer, a redirect, a total that does not add up.

use postman_scim_sync::sandbox::{Failure, Fault, Shape};

use super::canned::{Canned, page};
use crate::support::{Lab, Lines, crowd, team};

/// A team in step, and a directory with somebody new and somebody who left.
fn with_work() -> Lab {
    let mut people = crowd(6);
    let lab = Lab::in_step(team(), &people[..5]);
    people[0].status = "inactive".into();
    lab.export(&people);
    lab
}

#[test]
fn what_is_no_scim_stops_the_cycle_with_the_address_to_look_at() {
    for failure in [Failure::Status { status: 200, shape: Shape::Html }, Failure::Truncated] {
        let lab = with_work();
        lab.sandbox.fault(Fault::reads(failure.clone()).always());
        let answer = lab.run(&["sync"]).exits(1);
        assert!(answer.out.flat().contains("check postman.base_url"), "{failure:?}: {}", answer.out);
        assert!(lab.sandbox.writes().is_empty(), "{failure:?}");
        assert_eq!(lab.sandbox.log().len(), 1, "{failure:?}: nothing is sent after it");
    }
}

#[test]
fn a_redirect_is_never_followed() {
    let elsewhere = Canned::new("200 OK", page(0, 0));
    let lab = with_work();
    lab.sandbox.fault(Fault::any(Failure::Redirect { location: format!("{}/Users", elsewhere.base_url) }).always());
    let answer = lab.run(&["sync"]).exits(1);
    let said = answer.out.flat();
    assert!(said.contains("redirects are never followed") && said.contains("127.0.0.1"), "{said}");
    lab.run(&["check"]).exits(1);
    assert!(elsewhere.seen().is_empty(), "{:?}", elsewhere.seen());
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn a_listing_that_does_not_add_up_is_worth_nothing() {
    for (total, shown, says) in [(7, 3, "3 of 7 members"), (5, 0, "0 of 5 members")] {
        let short = Canned::new("200 OK", page(total, shown));
        let mut lab = with_work();
        lab.set("postman", &format!("base_url = \"{}\"", short.base_url));
        let answer = lab.run(&["sync", "--refresh"]).exits(1);
        let said = answer.out.flat();
        assert!(said.contains(says) && said.contains("the next cycle lists again"), "{said}");
        let seen = short.seen();
        assert!(!seen.is_empty() && seen.iter().all(|line| line.starts_with("GET ")), "{seen:?}");
        assert!(lab.sandbox.log().is_empty());
    }
}

#[test]
fn an_answer_that_is_huge_deep_or_odd_is_refused() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for (name, body) in [
        ("deep", deep),
        ("a text", "\"hello\"".to_owned()),
        ("members that are no list", page(1, 1).replace("\"Resources\":[", "\"Resources\":\"").replace("]}", "\"}")),
        ("a member without an id", page(1, 1).replace("\"id\":\"id-1\",", "")),
        ("bytes that are no text", "\u{0}\u{1}{".to_owned()),
    ] {
        let odd = Canned::new("200 OK", body);
        let mut lab = Lab::new(team());
        lab.export(&crowd(2));
        lab.set("postman", &format!("base_url = \"{}\"", odd.base_url));
        let answer = lab.run(&["sync"]).exits(1);
        assert!(answer.out.contains("Stopped"), "{name}: {}", answer.out);
        assert!(odd.seen().iter().all(|line| line.starts_with("GET ")), "{name}");
    }
}
