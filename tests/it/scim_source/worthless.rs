//! Listings that are not whole, or not of the people who were meant. Each would be the end of half the team, if it were
//! believed.

use serde_json::json;

use super::{in_step, nothing};
use crate::directories::scim::{CANARY, Directory, Failure, Filters, TOKEN, Total, user};
use crate::support::{Lines, crowd};

type Turn = fn(&mut Directory);

#[test]
fn nobody_is_removed_on_account_of_a_worthless_listing() {
    let (lab, idp) = in_step(&crowd(8));
    let turns: &[(Turn, &str)] = &[
        (|d| d.failing_page = Some((3, Failure::Status(500))), "/Users: HTTP 500: the server failed"),
        (|d| d.failing_page = Some((3, Failure::Status(403))), "/Users: HTTP 403: the account may not read that"),
        (|d| d.failing_page = Some((3, Failure::Wait(429, "3600"))), "asked to be left alone for 3600 s"),
        (|d| d.failing_page = Some((2, Failure::Says("{}"))), "no SCIM ListResponse"),
        (|d| d.failing_page = Some((2, Failure::Says("<html>"))), "not JSON as it should be"),
        (
            |d| d.failing_page = Some((2, Failure::Says(r#"{"Resources":[],"totalResults":8,"totalResults":2}"#))),
            "twice",
        ),
        (
            |d| d.failing_page = Some((2, Failure::Says(r#"{"Resources":[],"totalresults":8,"totalResults":2}"#))),
            "twice",
        ),
        (
            |d| d.failing_page = Some((2, Failure::Says(r#"{"Resources":[],"totalResults":8}"#))),
            "it ended after 2 of 8",
        ),
        (|d| d.failing_page = Some((2, Failure::Says(r#"{"Resources":[{}],"totalResults":8}"#))), "has no `id`"),
        (|d| d.start_ignored = true, "an id came twice"),
        (|d| d.repeated = true, "an id came twice"),
        (|d| d.total = Total::Says(9), "it ended after 8 of 9"),
        (|d| (d.total, d.last_page_again) = (Total::Says(9), true), "an id came twice"),
        (|d| d.total = Total::Says(1), "2 came, and totalResults is 1"),
        (|d| d.total = Total::Moves, "totalResults was 8 and is 9"),
        (|d| d.total = Total::Absent, "no `totalResults`"),
        (|d| (d.cursors, d.cursor_repeated) = (true, true), "came twice"),
        (|d| (d.cursors, d.total) = (true, Total::Says(9)), "8 came up to the last cursor, and totalResults is 9"),
        (
            |d| d.authorization = "nobody".into(),
            "HTTP 401: the credentials are not accepted; write the right ones into",
        ),
        (|d| d.always = vec![("/Users", Failure::Status(401))], "HTTP 401"),
        (|d| d.always = vec![("/Users", Failure::Status(404))], "is `url` the address"),
    ];
    for (turn, said) in turns {
        let mut before = None;
        idp.change(|directory| {
            before = Some((directory.people.clone(), directory.authorization.clone()));
            directory.page_most = 2;
            turn(directory);
        });
        let answer = lab.run(&["sync"]).exits(1);
        assert!(answer.out.flat().contains(said), "{said}\n{}", answer.out);
        for word in [CANARY, TOKEN] {
            assert!(!answer.out.contains(word) && !answer.err.contains(word), "{}\n{}", answer.out, answer.err);
        }
        assert_eq!((lab.active().len(), lab.sent()), (8, nothing()), "{said}");
        let (people, authorization) = before.unwrap();
        idp.change(|directory| {
            (directory.people, directory.authorization) = (people, authorization);
            (directory.total, directory.failing_page) = (Total::True, None);
            (directory.start_ignored, directory.repeated, directory.last_page_again) = (false, false, false);
            (directory.cursors, directory.cursor_repeated, directory.always) = (false, false, Vec::new());
        });
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sent(), nothing(), "and all is as it was");
    }
}

#[test]
fn nobody_at_all_is_not_everybody_gone() {
    let (lab, idp) = in_step(&crowd(4));
    idp.change(|directory| directory.blind = true);
    for _ in 0..2 {
        assert_eq!(lab.sync().exits(4).held(), ["empty"]);
        assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
    }
}

#[test]
fn a_server_that_cannot_be_reached_removes_nobody() {
    let (lab, idp) = in_step(&crowd(4));
    drop(idp);
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("could not connect"), "{said}");
    assert_eq!(lab.active().len(), 4);
}

#[test]
fn another_tenant_behind_the_same_address_is_told_by_its_sentinels() {
    let (mut lab, idp) = in_step(&crowd(4));
    let sentinels = |lab: &mut crate::support::Lab, lines: &str| lab.source(&format!("{}{lines}\n", idp.source()));
    sentinels(&mut lab, "sentinels = [\"1\", \"2\"]\ninactive_sentinels = [\"9\"]");
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("the sentinel 9 was not shown inactive"), "{said}");
    let mut left = crowd(9).pop().unwrap().inactive();
    left.id = "9".into();
    idp.change(|directory| directory.people.push(user(&left)));
    lab.run(&["sync"]).exits(0);

    let strangers: Vec<_> = crowd(12).split_off(8).iter().map(user).collect();
    idp.change(|directory| directory.people = strangers);
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("the sentinel 1 was not shown active; is this the right directory"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
}

#[test]
fn a_filter_that_the_server_does_not_know_lets_nobody_in_or_out() {
    let (mut lab, idp) = in_step(&crowd(4));
    idp.change(|directory| directory.people[3]["userType"] = json!("Contractor"));
    idp.change(|directory| (0..3).for_each(|at| directory.people[at]["userType"] = json!("Employee")));
    lab.source(&format!("{}filter = 'userType eq \"Employee\"'\n", idp.source()));
    for (filters, said) in [
        (Filters::SingleIgnored, "the server answers a filter with people whom it does not match"),
        (Filters::Ignored, "the server answers a filter with people whom it does not match"),
        (Filters::Refused, "HTTP 400, no scimType: the server does not take the request; correct `filter`"),
    ] {
        idp.change(|directory| directory.filters = filters);
        let answer = lab.run(&["sync"]).exits(1);
        assert!(answer.out.flat().contains(said), "{}", answer.out);
        assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
    }
    // Answered with nobody: empty, and no approval lifts it.
    idp.change(|directory| directory.filters = Filters::Empty);
    assert_eq!(lab.sync().exits(4).held(), ["empty"]);
    assert_eq!(lab.active().len(), 4);

    idp.change(|directory| directory.filters = Filters::Known);
    lab.sync();
    assert_eq!(lab.sent(), nothing(), "who no longer matches the filter is there by id");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"], "and out of the listing for the second time");
}

/// Connections are taken, and nothing ever comes.
#[test]
fn a_server_that_never_answers_ends_the_reading() {
    let (mut lab, idp) = in_step(&crowd(2));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}/", silent.local_addr().unwrap());
    lab.source(&format!("{}timeout = \"1s\"\n", idp.source().replace(&idp.url(), &elsewhere)));
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("not read to the end after 1 s"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (2, nothing()));
}
