//! Groups to push: who is in which, and what is wrong with one of them is told of that one.

use postman_scim_sync::source::ASKED_GROUPS_MAX;

use crate::directories::cloud::Failure;
use crate::directories::okta::{Okta, group, group_id, user, user_id};
use crate::reading::{self, ask, read};
use crate::support::{Lab, Lines, crowd, row};

use super::{begin, by_app, lab, nothing, sent, service_app, source};

const MAIL: &str = "profile.email";

/// Six people, all assigned, two rows in a page; and these groups, of which some begin with `pm-`.
fn company(asked: &[&str]) -> (Lab, Okta) {
    let (mut lab, okta) = lab(&crowd(6));
    okta.change(|org| {
        org.common.paging.most = Some(2);
        org.groups.push(group("1", "pm-platform-eu", &["1", "2", "3"]));
        org.groups.push(group("2", "PM-Data", &["3", "4"]));
        org.groups.push(group("3", "not-pm-design", &["1"]));
        org.groups.push(group("4", "Ops Leads", &["6"]));
        org.groups.push(group("5", "pm-nobody-eu", &[]));
    });
    ask(&mut lab, &source(&okta, &by_app()), asked);
    (lab, okta)
}

fn shown(asked: &str, row: &str, name: &str, members: usize) -> String {
    format!("{asked}: {} {name:?} has {members}", group_id(row))
}

/// Requests for the members of that group, but those for further pages.
fn readings_of(okta: &Okta, row: &str) -> usize {
    let path = format!("/groups/{}/users?", group_id(row));
    okta.requests().iter().filter(|line| line.contains(&path) && !line.contains("after=")).count()
}

fn is_in(read: &reading::Reading, person: &str) -> Vec<String> {
    read.in_groups(MAIL).remove(&format!("{person}@acme.example")).unwrap_or_default()
}

#[test]
fn found_by_name_by_id_and_by_pattern_on_every_page() {
    let (mut lab, okta) = company(&["pm-*", "ops leads", &group_id("4"), "pm-nowhere"]);
    let told = read(&lab).unwrap();
    let by_id = group_id("4");
    let found = [
        shown(&by_id, "4", "Ops Leads", 1),
        shown("ops leads", "4", "Ops Leads", 1),
        shown("pm-*", "1", "pm-platform-eu", 3),
        shown("pm-*", "2", "PM-Data", 2),
        shown("pm-*", "5", "pm-nobody-eu", 0),
        "pm-nowhere: Err".into(),
    ];
    assert_eq!(told.found(), found);
    assert!(told.reasons()[0].contains("\"pm-nowhere\" is not there, or may not be read; correct group.source"));
    assert_eq!(told.people.len(), 6);
    assert_eq!(is_in(&told, "p3"), [group_id("1"), group_id("2")]);
    assert_eq!((is_in(&told, "p5"), is_in(&told, "p6")), (nothing(), vec![group_id("4")]));
    assert_eq!(readings_of(&okta, "4"), 1, "for two rules");
    // Nothing of it is the scope's.
    assert!(told.people.iter().all(|user| user.groups.is_empty()));

    // What is behind the star counts too, and without a beginning Okta is asked for all.
    for (pattern, rows) in [("pm-*-eu", &["1", "5"][..]), ("*-EU", &["1", "5"]), ("*", &["1", "2", "3", "4", "5"])] {
        ask(&mut lab, &source(&okta, &by_app()), &[pattern]);
        let mut ids: Vec<_> =
            read(&lab).unwrap().evidence.groups.into_iter().map(|group| group.found.unwrap().id).collect();
        ids.sort();
        assert_eq!(ids, rows.iter().map(|row| group_id(row)).collect::<Vec<_>>(), "{pattern}");
    }
}

#[test]
fn a_new_name_is_the_same_group_and_a_deleted_one_is_told() {
    let (lab, okta) = company(&["pm-*", &group_id("4")]);
    okta.change(|org| org.groups[0].shown["profile"]["name"] = "pm-Größe".into());
    let told = read(&lab).unwrap();
    assert!(told.found().contains(&shown("pm-*", "1", "pm-Größe", 3)), "{:?}", told.found());
    okta.change(|org| org.groups.retain(|group| group.shown["id"] != group_id("4")));
    let told = read(&lab).unwrap();
    assert_eq!(told.reasons().len(), 1, "{:?}", told.found());
    assert_eq!((told.people.len(), is_in(&told, "p6")), (6, nothing()));
    // Between the question for the group and the one for its members.
    okta.change(|org| {
        org.groups.push(group("4", "Ops Leads", &["6"]));
        org.common.before("00g00000000000000004/users", 1, |org| org.groups.truncate(4));
    });
    let told = read(&lab).unwrap();
    assert!(told.reasons()[0].contains("the group \"Ops Leads\": /groups: HTTP 404: E0000007"), "{:?}", told.reasons());
}

/// One that may not be read is none that nobody is in, and the others are read.
#[test]
fn one_bad_group_among_good_ones() {
    let (lab, okta) = company(&["pm-*", "Ops Leads"]);
    let members = "00g00000000000000001/users";
    let failures = [
        (Failure::Status(403), "the group \"pm-platform-eu\": /groups: HTTP 403"),
        (Failure::Html(403), "the group \"pm-platform-eu\": /groups: HTTP 403"),
        (Failure::Says("{}"), "JSON that is no list"),
    ];
    for (failure, why) in failures {
        okta.change(|org| org.common.always = vec![(members, failure)]);
        let told = read(&lab).unwrap();
        assert_eq!(told.reasons().len(), 1, "{:?}", told.found());
        assert!(told.reasons()[0].contains(why), "{:?}", told.reasons());
        assert_eq!(told.found().len(), 4);
        assert_eq!((told.people.len(), is_in(&told, "p3")), (6, vec![group_id("2")]));
    }
    okta.change(|org| org.common.always.clear());
    // Its second page leads away, or is lost.
    okta.change(|org| {
        org.common.before(members, 1, |org| org.common.paging.elsewhere = Some("http://evil.example".into()));
        org.common.before("00g00000000000000002/users", 1, |org| org.common.paging.elsewhere = None);
    });
    let told = read(&lab).unwrap();
    assert!(told.reasons()[0].contains("another server, evil.example, and is not followed"), "{:?}", told.reasons());
    assert_eq!((told.reasons().len(), told.people.len()), (1, 6));
    // Two of that name.
    okta.change(|org| org.groups.push(group("6", "OPS LEADS", &["1"])));
    let told = read(&lab).unwrap();
    assert!(told.reasons()[0].contains("\"Ops Leads\" is there more than once; write its id into group.source"));
    assert_eq!((told.reasons().len(), told.people.len()), (1, 6));
    // Which groups there are may not be read: one error for the pattern.
    okta.change(|org| org.common.always = vec![("/groups?limit=200&search=profile.name%20sw", Failure::Status(403))]);
    assert!(read(&lab).unwrap().found().contains(&"pm-*: Err".to_owned()));
}

/// A pattern that means more than may be asked for is told of itself, before anybody asks who is in them.
#[test]
fn one_wide_pattern_is_nobody_elses_trouble() {
    let (lab, okta) = company(&["Ops Leads", "*"]);
    okta.change(|org| {
        org.common.paging.most = None;
        let more = 10..10 + ASKED_GROUPS_MAX - 4;
        org.groups.extend(more.map(|row| group(&row.to_string(), &format!("wide-{row}"), &["1"])));
    });
    okta.requests();
    let told = read(&lab).unwrap();
    assert_eq!(told.found(), ["*: Err", &shown("Ops Leads", "4", "Ops Leads", 1)]);
    assert!(told.reasons()[0].contains("more than 2000 groups; ask for fewer"), "{:?}", told.reasons());
    assert_eq!((told.people.len(), is_in(&told, "p6")), (6, vec![group_id("4")]));
    let listings = okta.requests().into_iter().filter(|line| line.contains("/groups/") && line.contains("/users?"));
    assert_eq!(listings.count(), 1, "of the one that is told apart");
}

/// What is wrong with the server is wrong with everything.
#[test]
fn a_server_that_does_not_answer_fails_the_reading() {
    let (lab, okta) = company(&["pm-*"]);
    okta.change(|org| org.common.trouble = vec![("00g00000000000000001/users", Failure::Throttled(1))]);
    assert!(read(&lab).unwrap().reasons().is_empty(), "a 429 passes");
    for failure in [Failure::Throttled(1), Failure::Status(500), Failure::Status(401)] {
        okta.change(|org| org.common.before("after=", 1, |org| org.common.always = vec![("after=", failure)]));
        assert!(read(&lab).is_err());
        okta.change(|org| org.common.always.clear());
    }
    assert!(read(&lab).is_ok());
}

#[test]
fn a_group_that_is_wanted_too_is_read_once_and_keeps_to_its_own_rules() {
    let (mut lab, okta) = company(&[]);
    lab.set("scope", &format!("groups = [\"pm-platform-eu\", \"{}\"]", group_id("2")));
    for (more, n_data) in [("", 2), (&*by_app(), 1)] {
        ask(&mut lab, &source(&okta, more), &["pm-platform-eu", "PM-*"]);
        for (row, n) in [("1", 1), ("2", n_data)] {
            okta.requests();
            let told = read(&lab).unwrap();
            let found = [
                shown("PM-*", "1", "pm-platform-eu", 3),
                shown("PM-*", "2", "PM-Data", 2),
                shown("PM-*", "5", "pm-nobody-eu", 0),
                shown("pm-platform-eu", "1", "pm-platform-eu", 3),
            ];
            assert_eq!(told.found(), found);
            assert_eq!(is_in(&told, "p3"), [group_id("1"), group_id("2")]);
            assert_eq!((is_in(&told, "p1"), is_in(&told, "p4")), (vec![group_id("1")], vec![group_id("2")]));
            assert_eq!(readings_of(&okta, row), n, "{row} {more}");
        }
        // Empty, it fails the reading, as without [[group]].
        okta.change(|org| org.groups[1].people.clear());
        assert!(read(&lab).is_err());
        okta.change(|org| org.groups[1].people = ["3", "4"].map(user_id).into());
    }
}

#[test]
fn many_groups_leave_others_their_part() {
    let (mut lab, okta) = company(&["pm-*"]);
    okta.change(|org| {
        org.groups.extend((10..30).map(|row| group(&row.to_string(), &format!("pm-{row}"), &["1"])));
        (org.rate_limit, org.window) = (12, 2);
        org.least_left = None;
    });
    assert_eq!(read(&lab).unwrap().evidence.groups.len(), 23);
    assert_eq!(okta.change(|org| org.least_left.take()), Some(6));
    // As a service app, with one scope more.
    okta.change(|org| org.rate_limit = 600);
    ask(&mut lab, &service_app(&okta, &by_app()), &["pm-*"]);
    okta.change(|org| org.clients.values_mut().for_each(|app| app.scopes = vec!["okta.apps.read", "okta.groups.read"]));
    assert_eq!(read(&lab).unwrap().evidence.groups.len(), 23);
}

/// Whoever leaves the company leaves the team, whatever became of somebody's group; and `check` tells of it.
#[test]
fn nobody_keeps_access_because_a_group_is_gone() {
    let (mut lab, okta) = company(&["pm-*", "Ops Leads", "pm-nowhere", "pm_*"]);
    lab.set("provisioning", "groups = \"off\"");
    begin(&lab, &okta);
    lab.set("provisioning", "groups = \"push\"");
    okta.change(|org| {
        org.person("1")["status"] = "SUSPENDED".into();
        org.people.push(user(&row("7", "Grace", "Hopper", "grace")));
        org.assign(&["7"]);
    });
    lab.run(&["sync"]);
    // The groups that were read are made too, each by a request that names nobody.
    let (of_groups, of_people): (Vec<String>, Vec<String>) =
        sent(&lab).into_iter().partition(|line| line.ends_with(" nobody"));
    assert_eq!(of_people, ["create grace@acme.example", "deactivate p1@acme.example"]);
    assert_eq!(of_groups.iter().filter(|line| line.starts_with("creategroup")).count(), 3);
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("[[group]] \"pm-*\": \"pm-platform-eu\", 3 members"), "{said}");
    assert!(said.contains("warn source hr: [[group]] \"pm_*\" matches no group"), "{said}");
    assert!(said.contains("[[group]] \"pm-nowhere\": the group \"pm-nowhere\" is not there"), "{said}");
    assert_eq!(okta.writes(), nothing());
}
