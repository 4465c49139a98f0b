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

/// The same groups, and no member says what it is.
fn untyped() -> (Lab, ScimServer) {
    let (lab, idp) = nested();
    idp.change(|directory| {
        for group in &mut directory.groups {
            for member in group["members"].as_array_mut().unwrap() {
                *member = json!({ "value": member["value"] });
            }
        }
    });
    (lab, idp)
}

#[test]
fn a_group_that_may_not_be_read_any_more_hides_nobody() {
    let (mut lab, idp) = untyped();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example", "p3@acme.example"]);
    lab.sent();
    idp.change(|directory| directory.hidden.insert("g2".into()));
    for _ in 0..2 {
        let answer = lab.run(&["sync"]).exits(1);
        let said = "the group \"Inside\" is still a member of a group of scope.groups, and may no longer be seen";
        assert!(answer.out.flat().contains(said), "{}", answer.out);
        assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
    }
    // Where groups inside do not count, it hides nobody who would.
    lab.source(&format!("{}nested_groups = false\n", idp.source()));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["p1@acme.example"]);
}

/// Hidden between the reading and the look-up: the rights were taken away while the cycle went on.
#[test]
fn a_look_up_is_not_fooled_by_a_hidden_group_either() {
    let (lab, idp) = untyped();
    lab.run(&["sync"]).exits(0);
    lab.sent();
    idp.change(|directory| {
        directory.groups[2]["members"] = json!([{ "value": "g1" }, { "value": "3" }]);
        directory.hides = Some(("/Users?", "g2"));
    });
    let answer = lab.sync();
    assert!(answer.out.flat().contains("which was just read, may no longer be seen"), "{}", answer.out);
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
    idp.change(|directory| directory.hidden.clear());
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"]);
}

#[test]
fn somebody_whom_only_the_filter_leaves_out_is_a_person() {
    let (mut lab, idp) = untyped();
    idp.change(|directory| directory.people.iter_mut().for_each(|user| user["userType"] = json!("Employee")));
    idp.change(|directory| directory.people[2]["userType"] = json!("Contractor"));
    lab.source(&format!("{}filter = 'userType eq \"Employee\"'\n", idp.source()));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example"]);
}

/// As scim2-server does, and many others.
#[test]
fn who_was_deleted_and_is_still_a_member_leaves() {
    let (lab, idp) = untyped();
    lab.run(&["sync"]).exits(0);
    lab.sent();
    idp.change(|directory| directory.people.remove(2));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

/// Whoever makes groups chooses their names, and nobody chooses an id.
#[test]
fn a_group_that_is_called_like_the_id_of_another_is_not_taken_for_it() {
    let (mut lab, idp) = nested();
    lab.set("scope", "groups = [\"g1\"]");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 3);
    lab.sent();
    idp.change(|directory| directory.groups[0]["displayName"] = json!("G1"));
    for filters in [Filters::Known, Filters::Ignored, Filters::Refused] {
        idp.change(|directory| directory.filters = filters);
        let said = lab.run(&["sync"]).exits(1).out.flat();
        assert!(said.contains("\"g1\" is the id of one group and the displayName of another"), "{said}");
        assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
    }
    // Answered with nobody: the id is what counts.
    idp.change(|directory| directory.filters = Filters::Empty);
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
}

#[test]
fn members_that_are_cut_short_remove_nobody() {
    let (mut lab, idp) = nested();
    let says = |at: usize, group: &str, kind: &str| {
        idp.change(|directory| directory.people[at]["groups"] = json!([{ "value": group, "type": kind }]));
    };
    says(0, "g1", "direct");
    says(1, "g1", "indirect");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 3);
    lab.sent();
    let before = idp.change(|directory| directory.groups.clone());
    for (group, kind) in [("g1", "indirect"), ("g2", "direct"), ("g2", "")] {
        says(1, group, kind);
        idp.change(|directory| directory.groups[2]["members"].as_array_mut().unwrap().remove(0));
        let said = lab.run(&["sync"]).exits(3).out.flat();
        assert!(said.contains("their own `groups` has \"postman users\", and its `members` has not them"), "{said}");
        assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
        idp.change(|directory| directory.groups = before.clone());
    }
    // Some servers take people who are disabled out of `members` at once, and leave them their groups.
    idp.change(|directory| {
        directory.groups[2]["members"].as_array_mut().unwrap().remove(0);
        directory.people[1]["active"] = json!(false);
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"]);
    // Where groups inside do not count, `groups` may name more than `members` has.
    lab.source(&format!("{}nested_groups = false\n", idp.source()));
    says(2, "g1", "indirect");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["p1@acme.example"]);
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
    says(2, "g1", "direct");
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (1, nothing()));
}

#[test]
fn no_group_is_read_where_none_is_wanted() {
    let (_lab, idp) = in_step(&crowd(1));
    assert!(!idp.requests().iter().any(|request| request.contains("/Groups")));
}
