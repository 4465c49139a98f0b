//! Who is no longer listed is asked for by id before anything is taken away.

use serde_json::json;

use super::{in_step, nothing};
use crate::directories::scim::{Failure, Filters};
use crate::support::{Lines, crowd};

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
    for failure in [Failure::Status(404), Failure::Status(403), Failure::Says("{\"id\":\"17\"}")] {
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
    idp.change(|directory| directory.unlisted.insert("1".into()));
    lab.run(&["sync"]).exits(0);
    // Not in the listing and not found by the filter: gone, as the listing would have it.
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    let asked = idp.requests().join("\n");
    assert!(asked.contains("filter=%28userType%20eq%20%22Employee%22%29%20and%20id%20eq%20%221%22"), "{asked}");
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
