//! Wanted groups: found exactly once, read whole, nested, or the reading fails.

use serde_json::json;

use super::{in_step, lab, nothing};
use crate::directories::scim::{Directory, Filters, Members, ScimServer, group};
use crate::support::{Lab, Lines, crowd};

/// Six people, of whom 1, 2 and 3 are in the team by two nested groups that hold each other.
fn nested() -> (Lab, ScimServer) {
    let (mut lab, idp) = lab(&crowd(6));
    idp.change(|directory| {
        let mut team = group("g1", "Postman Users", &["1"]);
        team["members"].as_array_mut().unwrap().push(json!({ "value": "g2", "type": "Group" }));
        let mut inside = group("g2", "Inside", &["2"]);
        let members = inside["members"].as_array_mut().unwrap();
        members.push(json!({ "value": "g1", "$ref": "https://idp.acme.example/scim/v2/Groups/g1" }));
        members.push(json!({ "value": "3", "$ref": "../Users/3" }));
        directory.groups = vec![group("g0", "Others", &["6"]), team, inside];
    });
    lab.set("scope", "groups = [\"postman users\"]");
    (lab, idp)
}

#[test]
fn members_of_nested_groups_are_in_scope() {
    let (mut lab, idp) = nested();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example", "p3@acme.example"]);
    lab.sent();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    // Out of the group, and still there by id: out of scope.
    idp.change(|directory| directory.groups[2]["members"].as_array_mut().unwrap().remove(0));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"]);
    lab.source(&format!("{}nested_groups = false\n", idp.source()));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["p1@acme.example"]);
}

#[test]
fn a_group_is_found_whatever_the_server_makes_of_filters() {
    let (mut lab, idp) = nested();
    for (wanted, filters) in [
        ("Postman Users", Filters::Known),
        ("g1", Filters::Known),
        ("POSTMAN USERS", Filters::Ignored),
        ("Postman Users", Filters::Empty),
        ("Postman Users", Filters::Refused),
        ("g1", Filters::Ignored),
    ] {
        lab.set("scope", &format!("groups = [\"{wanted}\"]"));
        idp.change(|directory| directory.filters = filters);
        let said = lab.run(&["check"]).exits(0).out.flat();
        assert!(said.contains("6 entries, 3 in scope"), "{wanted}: {said}");
    }
}

#[test]
fn members_without_a_type_are_told_apart_by_the_groups_there_are() {
    let (lab, idp) = nested();
    idp.change(|directory| {
        for group in &mut directory.groups {
            for member in group["members"].as_array_mut().unwrap() {
                *member = json!({ "value": member["value"] });
            }
        }
        directory.members = Members::NotInListings;
    });
    let said = lab.run(&["check"]).exits(0).out.flat();
    assert!(said.contains("6 entries, 3 in scope"), "{said}");
}

#[test]
fn a_group_that_cannot_be_told_removes_nobody() {
    type Turn = fn(&mut Directory);
    let (lab, idp) = nested();
    lab.run(&["sync"]).exits(0);
    lab.sent();
    let turns: &[(Turn, &str)] = &[
        (|d| d.members = Members::Hidden, "is empty, or its members may not be read"),
        (|d| d.groups[1]["members"] = json!([]), "is empty, or its members may not be read"),
        (|d| d.groups[1]["members"] = json!([{ "display": "p1" }]), "has a member without a `value`"),
        (|d| d.groups[1]["members"] = json!("1"), "`members` that are no list of objects"),
        // As canaille does.
        (|d| d.groups[1] = group("g1", "Postman Users", &["p1@acme.example"]), "none of the 1 members of the group"),
        (|d| d.groups[0]["displayName"] = json!("Postman Users"), "is there more than once; write its id"),
        (|d| d.groups[1]["displayName"] = json!("Renamed"), "is not there, or may not be read"),
        (|d| d.groups.clear(), "is not there, or may not be read"),
        (|d| drop(d.groups.pop()), "has a group in it that is not there"),
    ];
    let before = idp.change(|directory| directory.groups.clone());
    for (turn, said) in turns {
        idp.change(turn);
        let answer = lab.run(&["sync"]).exits(1);
        assert!(answer.out.flat().contains(said), "{said}\n{}", answer.out);
        assert_eq!((lab.active().len(), lab.sent()), (3, nothing()), "{said}");
        idp.change(|directory| (directory.groups, directory.members) = (before.clone(), Members::Shown));
    }
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

#[test]
fn no_group_is_read_where_none_is_wanted() {
    let (_lab, idp) = in_step(&crowd(1));
    assert!(!idp.requests().iter().any(|request| request.contains("/Groups")));
}
