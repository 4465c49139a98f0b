//! Groups: whose people are read, or who of them is in scope.

use serde_json::json;

use super::{begin, by_app, lab, nothing, sent, source};
use crate::directories::okta::{group, group_id, user_id};
use crate::support::{Lines, crowd};

#[test]
fn members_of_groups_by_name_and_by_id_each_once() {
    let (mut lab, okta) = lab(&crowd(6));
    okta.change(|org| {
        org.groups.push(group("1", "Engineering", &["1", "2", "3"]));
        org.groups.push(group("2", "Design", &["3", "4"]));
        org.groups.push(group("3", "Engineering interns", &["6"]));
        org.common.paging.most = Some(2);
    });
    lab.source(&source(&okta, ""));
    lab.set("scope", &format!("groups = [\"engineering\", \"{}\"]", group_id("2")));
    begin(&lab, &okta);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example", "p3@acme.example", "p4@acme.example"]);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());

    // Out of one group and still in the other; out of both, and an id finds them out of scope.
    okta.change(|org| {
        org.groups[0].people.retain(|id| *id != user_id("3") && *id != user_id("1"));
        org.groups[1].people.push(user_id("5"));
    });
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert_eq!(sent(&lab), ["create p5@acme.example", "deactivate p1@acme.example"]);
    assert!(said.contains("in none of the groups"), "{said}");
}

/// Whoever is in two groups is handed over with both of them, wherever they are read first.
#[test]
fn fetch_shows_all_the_groups_of_a_person() {
    let (mut lab, okta) = lab(&crowd(4));
    okta.change(|org| {
        org.groups.push(group("1", "Engineering", &["1", "2"]));
        org.groups.push(group("2", "Design", &["2", "3"]));
    });
    lab.source(&source(&okta, ""));
    lab.set("scope", "groups = [\"Engineering\", \"Design\"]");
    let fetched = lab.run(&["fetch"]).exits(0).out;
    let groups: Vec<serde_json::Value> = fetched
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["directory_groups"].clone())
        .filter(|groups| !groups.is_null())
        .collect();
    assert_eq!(groups, [json!(["Engineering"]), json!(["Engineering", "Design"]), json!(["Design"])]);
    // With one group nothing is read twice.
    lab.set("scope", "groups = [\"Engineering\"]");
    okta.requests();
    lab.run(&["fetch"]).exits(0);
    assert_eq!(okta.requests().iter().filter(|asked| asked.contains("/users?")).count(), 1);
}

/// The app says who is read, and groups who of them has Postman.
#[test]
fn groups_beside_an_app_decide_the_scope() {
    let (mut lab, okta) = lab(&crowd(4));
    okta.change(|org| {
        org.groups.push(group("1", "Engineering", &["1", "2", "3"]));
        org.apps[0].people.retain(|id| *id != user_id("3"));
    });
    lab.source(&source(&okta, &by_app()));
    lab.set("scope", "groups = [\"Engineering\"]");
    begin(&lab, &okta);
    assert_eq!(
        lab.active(),
        ["p1@acme.example", "p2@acme.example"],
        "not 3, who is not assigned, nor 4, who is no member"
    );
    okta.change(|org| org.groups[0].people.retain(|id| *id != user_id("1")));
    lab.run(&["sync"]).exits(0);
    assert_eq!(sent(&lab), ["deactivate p1@acme.example"]);
    okta.change(|org| org.groups[0].people.push(user_id("4")));
    lab.run(&["sync"]).exits(0);
    assert_eq!(sent(&lab), ["create p4@acme.example"]);
    // Everybody would be out of scope, and every id would say so.
    okta.change(|org| org.groups[0].people.clear());
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("\"Engineering\" has no members, or they may not be read"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (2, nothing()));
}

#[test]
fn a_group_that_cannot_be_told_or_read_removes_nobody() {
    let (mut lab, okta) = lab(&crowd(3));
    okta.change(|org| org.groups.push(group("1", "Engineering", &["1", "2", "3"])));
    lab.source(&source(&okta, ""));
    lab.set("scope", "groups = [\"Engineering\"]");
    begin(&lab, &okta);
    let refused = |words: &str| {
        let said = lab.run(&["sync"]).exits(1).out.flat();
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
    };
    okta.change(|org| org.groups.push(group("2", "ENGINEERING", &["1"])));
    refused("\"Engineering\" is there more than once");
    okta.change(|org| org.groups.truncate(1));
    okta.change(|org| org.groups[0].shown["profile"]["name"] = "Renamed".into());
    refused("\"Engineering\" is not there, or may not be read");
    okta.change(|org| org.groups[0].shown["profile"]["name"] = "Engineering".into());
    okta.change(|org| org.groups[0].people.clear());
    refused("\"Engineering\" has no members, or they may not be read. Empty never means everybody left");
    okta.change(|org| org.groups[0].people = ["1", "2", "3"].map(user_id).into());
    // Somebody calls a group like another one's id.
    lab.set("scope", &format!("groups = [\"{}\"]", group_id("1")));
    okta.change(|org| org.groups.push(group("2", &group_id("1"), &["1"])));
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("is the id of one group and the name of another"), "{said}");
    lab.set("scope", &format!("groups = [\"{}\", \"Engineering\"]", group_id("1")));
    okta.change(|org| org.groups.truncate(1));
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("stands in scope.groups twice"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
}
