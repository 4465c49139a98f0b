//! Who is no longer listed is asked for by id before anything is taken away.

use serde_json::json;

use super::{in_step, lab_of, nothing};
use crate::directories::scim::{Failure, Filters, user};
use crate::support::{Lines, crowd, row};

#[test]
fn who_fell_between_two_pages_stays() {
    let (lab, idp) = in_step(&crowd(6));
    idp.change(|directory| directory.unlisted.insert("3".into()));
    for _ in 0..2 {
        let said = lab.run(&["sync"]).exits(3).out.flat();
        assert!(said.contains("the listing did not show them, and a look-up by id did"), "{said}");
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    }
    assert!(idp.requests().contains(&"/Users/3".to_owned()));
}

#[test]
fn who_is_gone_by_id_too_leaves_at_once() {
    let (lab, idp) = in_step(&crowd(6));
    idp.change(|directory| directory.people.remove(2));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
    idp.change(|directory| {
        directory.people.remove(2);
        directory.always = vec![("/Users/4", Failure::Status(410))];
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
}

/// A token that may list and no longer read by id, or a server that lost its way, says 404 of everybody.
#[test]
fn a_404_counts_only_where_somebody_is_found() {
    let (lab, idp) = in_step(&crowd(6));
    idp.change(|directory| directory.unlisted.insert("3".into()));
    for failure in [Failure::Status(404), Failure::Status(403), Failure::Says("{\"id\":\"17\",\"active\":false}")] {
        idp.change(|directory| directory.always = vec![("/Users/", failure)]);
        for _ in 0..2 {
            lab.sync();
            assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
        }
    }
    idp.change(|directory| (directory.always.clear(), directory.unlisted.clear()));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

#[test]
fn the_filter_holds_in_a_look_up_too() {
    let (mut lab, idp) = in_step(&crowd(3));
    idp.change(|directory| directory.people.iter_mut().for_each(|user| user["userType"] = json!("Employee")));
    lab.source(&format!("{}filter = 'userType eq \"Employee\"'\n", idp.source()));
    lab.run(&["sync"]).exits(0);
    // Not in the listing and not found by the filter, and there all the same: an index may lag, so that a second reading counts.
    lab.set("safety", "absence_wait = \"1h\"");
    idp.change(|directory| directory.unlisted.insert("1".into()));
    idp.change(|directory| directory.people.remove(1));
    lab.sync();
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"], "who is gone by id is gone; the other waits");
    let asked = idp.requests().join("\n");
    assert!(asked.contains("filter=%28userType%20eq%20%22Employee%22%29%20and%20id%20eq%20%221%22"), "{asked}");
    assert!(asked.contains("\n/Users/1\n"), "{asked}");
    lab.set("safety", "absence_wait = \"0s\"");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

/// A filter that is answered with nobody is no answer where the server counts somebody, and none of everybody.
#[test]
fn an_empty_answer_that_counts_people_is_none() {
    let (mut lab, idp) = in_step(&crowd(4));
    idp.change(|directory| directory.people.iter_mut().for_each(|user| user["userType"] = json!("Employee")));
    lab.source(&format!("{}filter = 'userType eq \"Employee\"'\n", idp.source()));
    idp.change(|directory| directory.people.remove(3));
    let empty = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[],"totalResults":3}"#;
    for asked in ["id%20eq%20%22no-such", "id%20eq%20%224"] {
        idp.change(|directory| directory.always = vec![(asked, Failure::Says(empty))]);
        for _ in 0..2 {
            let answer = lab.sync();
            assert!(
                answer.out.flat().contains("answered a filter with nobody, and totalResults is 3"),
                "{}",
                answer.out
            );
            assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
        }
    }
    // And a server that says 404 of everybody by id is not believed beside a filter either.
    idp.change(|directory| directory.always = vec![("/Users/", Failure::Status(404))]);
    for _ in 0..2 {
        lab.sync();
        assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
    }
}

/// A proxy that does not let `%2F` through says 404 of everybody who has a slash in their id, and of nobody else.
#[test]
fn a_404_of_an_odd_id_needs_somebody_with_an_id_as_odd() {
    let ada = |id: &str| {
        let mut ada = user(&row("9", "Ada", "Lovelace", "ada"));
        ada["id"] = json!(id);
        ada
    };
    let mut people: Vec<_> = crowd(3).iter().map(user).collect();
    people.push(ada("ou/ada"));
    let (mut lab, idp) = lab_of(people);
    lab.set("safety", "absence_wait = \"1h\"");
    lab.run(&["sync"]).exits(0);
    lab.sent();
    idp.change(|directory| (directory.people.remove(3), directory.people.remove(2)));
    lab.sync();
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"], "the slash proves itself by nobody");
    // By somebody with a slash who is not found: the same. By one who is found: gone.
    let mut grace = user(&row("8", "Grace", "Hopper", "grace"));
    grace["id"] = json!("ou/gra ce");
    idp.change(|directory| directory.people.push(grace));
    idp.change(|directory| directory.always = vec![("%2F", Failure::Status(404))]);
    lab.sync();
    assert_eq!(lab.sent(), ["create grace@acme.example"]);
    idp.change(|directory| directory.always.clear());
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate ada@acme.example"]);
}

#[test]
fn what_a_look_up_could_not_learn_is_in_the_report() {
    let (lab, idp) = in_step(&crowd(6));
    idp.change(|directory| {
        directory.people.remove(2);
        directory.always = vec![("/Users/", Failure::Status(403))];
    });
    let answer = lab.run(&["plan"]).exits(0);
    assert!(answer.out.flat().contains("HTTP 403"), "{}", answer.out);
    assert_eq!(lab.active().len(), 6);
}

/// A directory that was restored by import: everybody is there, and nobody under the id that was.
#[test]
fn everybody_under_a_new_id_removes_nobody() {
    let (lab, idp) = in_step(&crowd(6));
    idp.change(|directory| {
        directory
            .people
            .iter_mut()
            .for_each(|user| user["id"] = json!(format!("new-{}", user["id"].as_str().unwrap())));
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("p1@acme.example bound to hr:1, wanted by hr:new-1"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
}

/// A server that takes the filter alone cannot say of one person whether it holds: then it is two readings that count.
#[test]
fn where_the_filter_cannot_be_asked_with_an_id_absence_has_to_wait() {
    let (mut lab, idp) = in_step(&crowd(4));
    lab.set("safety", "absence_wait = \"1h\"");
    idp.change(|directory| {
        directory.people.iter_mut().for_each(|user| user["userType"] = json!("Employee"));
        directory.filters = Filters::Single;
    });
    lab.source(&format!("{}filter = 'userType eq \"Employee\"'\n", idp.source()));
    lab.run(&["sync"]).exits(0);
    idp.change(|directory| directory.people[0]["userType"] = json!("Contractor"));
    idp.change(|directory| directory.people.remove(3));
    lab.sync();
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"], "who is gone by id is gone; the other waits");
}
