//! Groups that a `[[group]]` asks a realm for: by path, id, name and pattern, of servers old and new.

use super::{lab, source};
use crate::directories::cloud::Failure;
use crate::directories::keycloak::{Keycloak, Realm, group, group_id, user_id};
use crate::reading::{Reading, ask, read};
use crate::support::{Lab, crowd};

const PAGES_OF_TWO: &str = "page_size = 2";

/// A tree of nine groups, with people at every depth.
fn realm() -> (Lab, Keycloak) {
    let (lab, keycloak) = lab(&crowd(9), PAGES_OF_TWO);
    keycloak.change(|realm| {
        realm.groups = vec![
            group("1", "Engineering", None, &["1"]),
            group("2", "Backend", Some("1"), &["2", "3", "4"]),
            group("3", "Deep", Some("2"), &["5"]),
            group("4", "Sales", None, &["6"]),
            group("5", "pm-one", None, &[]),
            group("6", "pm-two", Some("4"), &["6", "7"]),
            group("7", "PM-Three", Some("3"), &["8"]),
            group("8", "not-pm-four", None, &["9"]),
            group("9", "pm-five", None, &["9"]),
        ];
    });
    (lab, keycloak)
}

fn asked(lab: &mut Lab, keycloak: &Keycloak, more: &str, groups: &[&str]) -> Reading {
    ask(lab, &source(keycloak, more), groups);
    let read = read(lab).unwrap_or_else(|error| panic!("the reading failed: {error}"));
    assert_eq!(read.people.len(), 9);
    read
}

fn found(asked: &str, row: &str, name: &str, members: usize) -> String {
    format!("{asked}: {} {name:?} has {members}", group_id(row))
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn by_path_id_name_and_pattern_with_the_groups_within() {
    let turns: [fn(&mut Realm); 3] = [|_| {}, |realm| realm.is_23_to_26_0 = true, |realm| realm.is_before_23 = true];
    for turn in turns {
        let (mut lab, keycloak) = realm();
        keycloak.change(turn);
        let sales = group_id("4");
        let rules = ["/Engineering", "backend", &sales, "pm-*", "Nothing", "/Nowhere"];
        let read = asked(&mut lab, &keycloak, PAGES_OF_TWO, &rules);
        let expected = vec![
            found("/Engineering", "1", "Engineering", 6),
            found("backend", "2", "Backend", 5),
            found(&sales, "4", "Sales", 2),
            found("pm-*", "5", "pm-one", 0),
            found("pm-*", "6", "pm-two", 2),
            found("pm-*", "7", "PM-Three", 1),
            found("pm-*", "9", "pm-five", 1),
            "Nothing: Err".into(),
            "/Nowhere: Err".into(),
        ];
        assert_eq!(read.found(), sorted(expected));
        assert!(
            read.reasons().iter().all(|why| why.contains("is not there, or may not be read; correct group.source"))
        );
        let in_groups = read.in_groups("email");
        let of = |person: &str| in_groups.get(&format!("p{person}@acme.example")).cloned().unwrap_or_default();
        let ids = |rows: &[&str]| rows.iter().map(|row| group_id(row)).collect::<Vec<_>>();
        for (person, rows) in [
            ("1", &["1"][..]),
            ("2", &["1", "2"]),
            ("4", &["1", "2"]),
            ("5", &["1", "2"]),
            ("6", &["4", "6"]),
            ("7", &["4", "6"]),
            ("8", &["1", "2", "7"]),
            ("9", &["9"]),
        ] {
            assert_eq!(of(person), ids(rows), "{person}");
        }
        // Nobody is in scope by a group that is only pushed.
        assert!(read.people.iter().all(|user| user.groups.is_empty()));
    }
}

#[test]
fn groups_within_count_unless_they_are_not_to() {
    let (mut lab, keycloak) = realm();
    let read = asked(&mut lab, &keycloak, "nested_groups = false", &["/Engineering", "pm-*"]);
    let expected = vec![
        found("/Engineering", "1", "Engineering", 1),
        found("pm-*", "5", "pm-one", 0),
        found("pm-*", "6", "pm-two", 2),
        found("pm-*", "7", "PM-Three", 1),
        found("pm-*", "9", "pm-five", 1),
    ];
    assert_eq!(read.found(), sorted(expected), "a pattern finds what is deep in the tree all the same");
    assert_eq!(read.in_groups("email").get("p2@acme.example"), None);
}

#[test]
fn renamed_moved_emptied_and_deleted() {
    let (mut lab, keycloak) = realm();
    keycloak.change(|realm| {
        realm.groups[5].name = "pm-deux".into();
        // To the top, and another one out of the pattern.
        realm.groups[6].parent = None;
        realm.groups[8].name = "was pm-five".into();
        realm.groups[3].members.clear();
        realm.groups.retain(|group| group.id != group_id("2") && group.id != group_id("3"));
    });
    let read = asked(&mut lab, &keycloak, PAGES_OF_TWO, &["pm-*", "Sales", "Backend", "not-pm-four"]);
    let expected = vec![
        found("pm-*", "5", "pm-one", 0),
        found("pm-*", "6", "pm-deux", 2),
        found("pm-*", "7", "PM-Three", 1),
        found("Sales", "4", "Sales", 2),
        found("not-pm-four", "8", "not-pm-four", 1),
        "Backend: Err".into(),
    ];
    assert_eq!(read.found(), sorted(expected));
}

/// What is wrong with one of them is said of that one.
#[test]
fn one_bad_group_is_nobody_elses_trouble() {
    const FORBIDDEN: Failure = Failure::Status(403);
    type Turn = fn(&mut Realm);
    let turns: [(Turn, &str); 6] = [
        (|realm| realm.common.always = vec![("000000000004/members", FORBIDDEN)], "the client may not read that"),
        (|realm| realm.common.always = vec![("000000000004/children", FORBIDDEN)], "the client may not read that"),
        (
            |realm| realm.common.always = vec![("000000000004/children", Failure::Says("[]"))],
            "has 1 groups within it and 0",
        ),
        (
            |realm| realm.groups.push(group("20", "sales", Some("1"), &[])),
            "more than once; write its path into group.source",
        ),
        (
            |realm| {
                realm.common.before("000000000004/members", 1, |realm| realm.groups.retain(|one| one.name != "Sales"))
            },
            "the group \"Sales\": ",
        ),
        (|realm| realm.common.paging.circle = true, "an id came twice"),
    ];
    for (turn, words) in turns {
        let (mut lab, keycloak) = realm();
        keycloak.change(turn);
        // One page of everybody, and pages of members that do not end where offsets are lost on the way.
        let is_circle = words == "an id came twice";
        let read = asked(&mut lab, &keycloak, "", &["Sales", "/Engineering/Backend/Deep"]);
        let reasons = read.reasons().join(" ");
        assert!(reasons.contains(words), "{words}: {reasons}");
        assert!(read.found().contains(&"Sales: Err".to_owned()), "{words}: {:?}", read.found());
        if !is_circle {
            assert!(read.found().contains(&found("/Engineering/Backend/Deep", "3", "Deep", 2)), "{words}");
            assert_eq!(read.in_groups("email").len(), 2, "{words}");
        }
    }
}

#[test]
fn a_pattern_whose_listing_is_not_whole_is_known_of_nobody() {
    for (part, failure, words) in [
        ("/groups?", Failure::Status(403), "the client may not read that"),
        (
            "/groups?briefRepresentation=false&first=2&",
            Failure::Says("[]"),
            "groups for \"pm-*\": 5 were counted at the top and 3 are shown",
        ),
        ("000000000001/children", Failure::Says("[]"), "a group has 1 groups within it and 0 are shown"),
    ] {
        let (mut lab, keycloak) = realm();
        keycloak.change(|realm| realm.common.always = vec![(part, failure)]);
        let read = asked(&mut lab, &keycloak, PAGES_OF_TWO, &["pm-*", "/Sales"]);
        assert_eq!(read.found(), ["/Sales: 99000000-0000-4000-8000-000000000004 \"Sales\" has 2", "pm-*: Err"]);
        let reasons = read.reasons().join(" ");
        assert!(reasons.contains(words), "{words}: {reasons}");
    }
}

/// Somebody before them goes, and somebody is skipped.
#[test]
fn members_that_move_between_two_pages_are_known_to_nobody() {
    let (mut lab, keycloak) = realm();
    keycloak.change(|realm| {
        realm.common.before("000000000002/members?briefRepresentation=true&first=2&", 1, |realm| realm.leave("2"));
    });
    let read = asked(&mut lab, &keycloak, PAGES_OF_TWO, &["Backend", "Sales"]);
    assert_eq!(read.found(), ["Backend: Err", &found("Sales", "4", "Sales", 2)]);
    assert!(read.reasons()[0].contains("its members moved while they were read"), "{:?}", read.reasons());
    let read = asked(&mut lab, &keycloak, PAGES_OF_TWO, &["Backend"]);
    assert_eq!(read.found(), [found("Backend", "2", "Backend", 4)]);
}

/// A page may be short because somebody on it may not be viewed: where another one follows, somebody may be skipped.
#[test]
fn members_that_move_between_two_short_pages_are_known_to_nobody() {
    let (mut lab, keycloak) = realm();
    let first: &str = format!("[{{\"id\": \"{}\"}}]", user_id("2")).leak();
    keycloak.change(|realm| {
        let part = "000000000002/members?briefRepresentation=true&first=0&";
        realm.common.trouble = vec![(part, Failure::Says(first))];
    });
    let read = asked(&mut lab, &keycloak, PAGES_OF_TWO, &["Backend", "Sales"]);
    assert_eq!(read.found(), ["Backend: Err", &found("Sales", "4", "Sales", 2)]);
    assert!(read.reasons()[0].contains("its members moved while they were read"), "{:?}", read.reasons());
}

/// Whether one without a name matches nobody knows, and a pattern matches no path.
#[test]
fn a_pattern_is_of_names_and_every_group_has_one() {
    let (mut lab, keycloak) = realm();
    let read = asked(&mut lab, &keycloak, PAGES_OF_TWO, &["/Engineering/*", "/Sales"]);
    assert!(read.found().contains(&"/Engineering/*: Err".to_owned()) && read.reasons().len() == 1);
    assert!(read.reasons()[0].contains("a pattern is of names and not of paths"), "{:?}", read.reasons());
    keycloak.change(|realm| realm.groups[2].name.clear());
    let read = asked(&mut lab, &keycloak, PAGES_OF_TWO, &["pm-*", "/Sales"]);
    assert!(read.found().contains(&"pm-*: Err".to_owned()) && read.reasons().len() == 1);
    assert!(read.reasons()[0].contains("a group without a name"), "{:?}", read.reasons());
}

#[test]
fn a_server_that_fails_fails_the_reading() {
    let (mut lab, keycloak) = realm();
    ask(&mut lab, &source(&keycloak, ""), &["Sales"]);
    keycloak.change(|realm| realm.common.always = vec![("000000000004/members", Failure::Html(500))]);
    let error = read(&lab).err().expect("a server that fails").to_string();
    assert!(error.contains("HTTP 500: the server failed"), "{error}");
}

#[test]
fn no_group_is_read_where_none_is_asked_for() {
    let (mut lab, keycloak) = realm();
    asked(&mut lab, &keycloak, "", &[]);
    assert!(!keycloak.requests().iter().any(|request| request.contains("group")));
}
