//! Groups that a `[[group]]` asks a SCIM server for: by id, displayName and pattern, with the groups inside.

use serde_json::{Value, json};

use super::lab;
use crate::directories::scim::{Directory, Failure, Filters, Members, ScimServer, group};
use crate::reading::{Reading, ask, read};
use crate::support::{Lab, crowd};

/// Six people, and groups in three pages, of which two hold each other.
fn company() -> (Lab, ScimServer) {
    let (lab, idp) = lab(&crowd(6));
    idp.change(|directory| {
        let mut outer = group("g1", "pm-platform", &["1"]);
        add(&mut outer, json!({ "value": "g2", "type": "Group" }));
        let mut inner = group("g2", "Inside", &["2", "3"]);
        add(&mut inner, json!({ "value": "g1", "$ref": "https://idp.acme.example/scim/v2/Groups/g1" }));
        directory.groups = vec![group("g0", "Others", &["6"]), outer, inner];
        directory.groups.push(group("g3", "not-pm-design", &["5"]));
        directory.groups.push(group("g4", "PM-Data", &["3", "4"]));
        directory.page_most = 2;
    });
    (lab, idp)
}

fn add(group: &mut Value, member: Value) {
    group["members"].as_array_mut().unwrap().push(member);
}

fn asked(lab: &mut Lab, idp: &ScimServer, more: &str, groups: &[&str]) -> Reading {
    ask(lab, &format!("{}{more}\n", idp.source()), groups);
    let read = read(lab).unwrap_or_else(|error| panic!("the reading failed: {error}"));
    assert_eq!(read.people.len(), 6);
    read
}

#[test]
fn by_id_name_and_pattern_with_the_groups_inside() {
    for filters in [Filters::Known, Filters::Ignored, Filters::Empty, Filters::Refused] {
        let (mut lab, idp) = company();
        idp.change(|directory| directory.filters = filters);
        let read = asked(&mut lab, &idp, "", &["g2", "others", "pm-*", "Nothing"]);
        let expected = [
            "Nothing: Err",
            "g2: g2 \"Inside\" has 3",
            "others: g0 \"Others\" has 1",
            "pm-*: g1 \"pm-platform\" has 3",
            "pm-*: g4 \"PM-Data\" has 2",
        ];
        assert_eq!(read.found(), expected);
        assert!(read.reasons()[0].contains("the group \"Nothing\" is not there"), "{:?}", read.reasons());
        let in_groups: Vec<String> = read
            .in_groups("mail")
            .into_iter()
            .map(|(mail, groups)| format!("{:.2} {}", mail, groups.join(" ")))
            .collect();
        assert_eq!(in_groups, ["p1 g1 g2", "p2 g1 g2", "p3 g1 g2 g4", "p4 g4", "p6 g0"]);
        assert!(read.people.iter().all(|user| user.groups.is_empty()));
    }
}

#[test]
fn groups_inside_count_unless_they_are_not_to() {
    let (mut lab, idp) = company();
    let read = asked(&mut lab, &idp, "nested_groups = false", &["pm-*"]);
    assert_eq!(read.found(), ["pm-*: g1 \"pm-platform\" has 1", "pm-*: g4 \"PM-Data\" has 2"]);
}

#[test]
fn renamed_emptied_and_deleted() {
    let (mut lab, idp) = company();
    idp.change(|directory| {
        directory.groups[1]["displayName"] = json!("pm-Plattform");
        directory.groups[4]["members"] = json!([]);
        directory.groups.remove(0);
    });
    let read = asked(&mut lab, &idp, "", &["pm-*", "Others"]);
    assert_eq!(read.found(), ["Others: Err", "pm-*: g1 \"pm-Plattform\" has 3", "pm-*: g4 \"PM-Data\" has 0"]);
}

/// What is wrong with one of them is said of that one, and everybody is read.
#[test]
fn one_bad_group_is_nobody_elses_trouble() {
    type Turn = fn(&mut Directory);
    let turns: [(Turn, &str); 8] = [
        (|d| d.groups[1]["members"] = json!([{ "display": "p1" }]), "has a member without a `value`"),
        (|d| d.groups[1]["members"] = json!("1"), "`members` that are no list of objects"),
        // As canaille does.
        (|d| d.groups[1] = group("g1", "pm-platform", &["p1@acme.example"]), "none is among the people who were read"),
        (|d| _ = d.hidden.insert("g2".into()), "has a group in it that is not there, or may not be read"),
        (
            |d| add(&mut d.groups[1], json!({ "value": "gone" })),
            "has the member \"gone\", which is no User and no Group",
        ),
        (
            |d| d.groups[0]["displayName"] = json!("pm-platform"),
            "is there more than once; write its id into group.source",
        ),
        (|d| d.always = vec![("/Groups/g2", Failure::Status(403))], "HTTP 403"),
        (
            |d| d.people[4]["groups"] = json!([{ "value": "g2" }]),
            "is in somebody's own `groups`, and its `members` has not them",
        ),
    ];
    for (turn, words) in turns {
        let (mut lab, idp) = company();
        idp.change(turn);
        let read = asked(&mut lab, &idp, "", &["pm-platform", "PM-Data"]);
        assert_eq!(read.found(), ["PM-Data: g4 \"PM-Data\" has 2", "pm-platform: Err"], "{words}");
        let reasons = read.reasons().join(" ");
        assert!(reasons.contains(words), "{words}: {reasons}");
    }
}

/// Whatever stands in between answers for one member.
#[test]
fn an_odd_answer_about_one_member_is_the_trouble_of_its_group() {
    for failure in [Failure::Says("<!doctype html>"), Failure::Redirect("/login")] {
        let (mut lab, idp) = company();
        idp.change(|directory| {
            add(&mut directory.groups[1], json!({ "value": "odd" }));
            directory.always = vec![("/Users/odd", failure)];
        });
        let read = asked(&mut lab, &idp, "", &["pm-platform", "PM-Data"]);
        assert_eq!(read.found(), ["PM-Data: g4 \"PM-Data\" has 2", "pm-platform: Err"]);
        assert!(read.reasons()[0].contains("who is asked about in vain: "), "{:?}", read.reasons());
    }
    // A server that fails is another matter.
    let (mut lab, idp) = company();
    idp.change(|directory| {
        add(&mut directory.groups[1], json!({ "value": "odd" }));
        directory.always = vec![("/Users/odd", Failure::Status(401))];
    });
    ask(&mut lab, &idp.source(), &["pm-platform"]);
    assert!(read(&lab).is_err());
}

/// Whether it matches nobody knows.
#[test]
fn a_group_without_a_name_makes_a_pattern_unknown() {
    let (mut lab, idp) = company();
    idp.change(|directory| directory.groups[0]["displayName"] = json!(""));
    let read = asked(&mut lab, &idp, "", &["pm-*", "Inside"]);
    assert_eq!(read.found(), ["Inside: g2 \"Inside\" has 3", "pm-*: Err"]);
    assert!(read.reasons()[0].contains("without a displayName"), "{:?}", read.reasons());
}

/// Of typed members a deleted one is nobody; of others each is asked about, which finds whom only the filter leaves out.
#[test]
fn members_who_are_nobody_or_out_of_the_listing() {
    let (mut lab, idp) = company();
    idp.change(|directory| {
        add(&mut directory.groups[4], json!({ "value": "deleted", "type": "User" }));
        add(&mut directory.groups[0], json!({ "value": "5" }));
        directory.people[4]["userType"] = json!("Contractor");
        for at in [0, 1, 2, 3, 5] {
            directory.people[at]["userType"] = json!("Employee");
        }
    });
    ask(&mut lab, &format!("{}filter = 'userType eq \"Employee\"'\n", idp.source()), &["Others", "PM-Data"]);
    let read = read(&lab).unwrap();
    assert_eq!(read.people.len(), 5);
    assert_eq!(read.found(), ["Others: g0 \"Others\" has 2", "PM-Data: g4 \"PM-Data\" has 3"]);
}

#[test]
fn a_server_without_groups_has_its_people_all_the_same() {
    for status in [403, 404, 501] {
        let (mut lab, idp) = company();
        idp.change(|directory| directory.always = vec![("/Groups", Failure::Status(status))]);
        let read = asked(&mut lab, &idp, "", &["pm-*", "Others"]);
        assert_eq!(read.found(), ["Others: Err", "pm-*: Err"], "{status}");
        assert!(read.reasons().iter().all(|why| why.contains(&format!("HTTP {status}"))), "{:?}", read.reasons());
    }
    let (mut lab, idp) = company();
    ask(&mut lab, &idp.source(), &["Others"]);
    idp.change(|directory| directory.always = vec![("/Groups/g0", Failure::Status(503))]);
    let error = read(&lab).err().expect("a server that fails").to_string();
    assert!(error.contains("HTTP 503"), "{error}");
}

/// A group without `members` is one that nobody is in; what people say of themselves tells that they are hidden.
#[test]
fn members_that_are_hidden_are_an_empty_group_unless_somebody_says_otherwise() {
    let (mut lab, idp) = company();
    idp.change(|directory| directory.members = Members::Hidden);
    let read = asked(&mut lab, &idp, "", &["Others"]);
    assert_eq!(read.found(), ["Others: g0 \"Others\" has 0"]);
    idp.change(|directory| directory.people[5]["groups"] = json!([{ "value": "g0" }]));
    let read = asked(&mut lab, &idp, "", &["Others"]);
    assert_eq!(read.found(), ["Others: Err"]);
}
