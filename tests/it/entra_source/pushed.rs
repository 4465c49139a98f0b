//! Groups to push: who is in which, and what is wrong with one of them is told of that one.

use crate::directories::cloud::Failure;
use crate::directories::entra::{Entra, group, group_id, hidden, user_id};
use crate::reading::{self, ask, read};
use crate::support::{Lab, Lines, crowd};

use super::{assigned, lab, nothing, with_secret};

const MEMBERS: &str = "transitiveMembers?$select=id";

/// Six people, two rows in a page; and these groups, of which some begin with `pm-`. One is within another.
fn company(asked: &[&str]) -> (Lab, Entra) {
    let (mut lab, entra) = lab(&crowd(6));
    entra.change(|tenant| {
        tenant.common.paging.most = Some(2);
        let members = |rows: &[&str]| rows.iter().map(|row| user_id(row)).collect::<Vec<_>>();
        let mut platform = members(&["1", "2"]);
        platform.extend([group_id("3"), "de000000-0000-4000-8000-000000000001".into()]);
        tenant.others.push(serde_json::json!({
            "@odata.type": "#microsoft.graph.device", "id": "de000000-0000-4000-8000-000000000001", "displayName": "Laptop",
        }));
        tenant.groups.push(group("1", "pm-platform-eu", &platform));
        tenant.groups.push(group("2", "PM-Data", &members(&["3", "4"])));
        // A circle.
        tenant.groups.push(group("3", "not-pm-design", &[user_id("3"), group_id("1")]));
        tenant.groups.push(group("4", "Ops' Leads", &members(&["6"])));
        tenant.groups.push(group("5", "pm-nobody-eu", &[]));
    });
    ask(&mut lab, &with_secret(&entra, ""), asked);
    (lab, entra)
}

fn shown(asked: &str, row: &str, name: &str, members: usize) -> String {
    format!("{asked}: {} {name:?} has {members}", group_id(row))
}

fn is_in(read: &reading::Reading, person: &str) -> Vec<String> {
    read.in_groups("mail").remove(&format!("{person}@acme.example")).unwrap_or_default()
}

#[test]
fn found_by_name_by_id_and_by_pattern_on_every_page() {
    let id = group_id("4").to_uppercase();
    let (mut lab, entra) = company(&["pm-*", "ops' leads", &id, "pm-nowhere"]);
    let told = read(&lab).unwrap();
    let mut found = vec![
        shown(&id, "4", "Ops' Leads", 1),
        shown("ops' leads", "4", "Ops' Leads", 1),
        shown("pm-*", "1", "pm-platform-eu", 3),
        shown("pm-*", "2", "PM-Data", 2),
        shown("pm-*", "5", "pm-nobody-eu", 0),
        "pm-nowhere: Err".into(),
    ];
    found.sort();
    assert_eq!(told.found(), found);
    assert!(told.reasons()[0].contains("\"pm-nowhere\" is not there; correct group.source"), "{:?}", told.reasons());
    assert_eq!(told.people.len(), 6);
    assert_eq!(is_in(&told, "p3"), [group_id("1"), group_id("2")], "by the group within");
    assert_eq!((is_in(&told, "p5"), is_in(&told, "p6")), (nothing(), vec![group_id("4")]));
    let readings = |entra: &Entra| {
        let first =
            |line: &String| line.contains(&group_id("4")) && line.contains(MEMBERS) && !line.contains("skiptoken");
        entra.requests().iter().filter(|line| first(line)).count()
    };
    assert_eq!(readings(&entra), 1, "for two rules");
    assert!(told.people.iter().all(|user| user.groups.is_empty()), "nothing of it is the scope's");

    // What is behind the star counts too, and without a beginning Graph is asked for all.
    for (pattern, rows) in [("pm-*-eu", &["1", "5"][..]), ("*-EU", &["1", "5"]), ("*", &["1", "2", "3", "4", "5"])] {
        ask(&mut lab, &with_secret(&entra, ""), &[pattern]);
        let mut ids: Vec<_> =
            read(&lab).unwrap().evidence.groups.into_iter().map(|group| group.found.unwrap().id).collect();
        ids.sort();
        assert_eq!(ids, rows.iter().map(|row| group_id(row)).collect::<Vec<_>>(), "{pattern}");
    }
    // Groups within are configured as for the scope.
    ask(&mut lab, &with_secret(&entra, "nested_groups = false"), &["pm-*"]);
    let told = read(&lab).unwrap();
    assert!(told.found().contains(&shown("pm-*", "1", "pm-platform-eu", 2)), "{:?}", told.found());
    assert_eq!(is_in(&told, "p3"), [group_id("2")]);
}

#[test]
fn a_new_name_is_the_same_group_and_a_deleted_one_is_told() {
    let (lab, entra) = company(&["pm-*", "Ops' Leads"]);
    entra.change(|tenant| tenant.groups[0].shown["displayName"] = "pm-Größe".into());
    let told = read(&lab).unwrap();
    assert!(told.found().contains(&shown("pm-*", "1", "pm-Größe", 3)), "{:?}", told.found());
    let gone = |tenant: &mut crate::directories::entra::Tenant| {
        tenant.groups.retain(|group| group.shown["displayName"] != "Ops' Leads");
    };
    // Between the question for the group and the one for its members.
    let of_group = "96000000-0000-4000-8000-000000000004/transitiveMembers";
    entra.change(|tenant| tenant.common.before(of_group, 1, gone));
    let told = read(&lab).unwrap();
    assert!(told.reasons()[0].contains("the group \"Ops' Leads\": /groups: HTTP 404"), "{:?}", told.reasons());
    let told = read(&lab).unwrap();
    assert_eq!((told.reasons().len(), told.people.len(), is_in(&told, "p6")), (1, 6, nothing()));
}

/// Members are asked for by a question that no index answers.
#[test]
fn an_index_that_lags_keeps_nobody_in_a_group() {
    let (lab, entra) = company(&["pm-*"]);
    entra.change(|tenant| {
        tenant.freeze_index();
        tenant.groups[1].members = vec![user_id("5")];
        tenant.groups.push(group("6", "pm-new", &[user_id("6")]));
    });
    let told = read(&lab).unwrap();
    assert_eq!((is_in(&told, "p4"), is_in(&told, "p5")), (nothing(), vec![group_id("2")]));
    assert_eq!(is_in(&told, "p6"), [group_id("6")]);
}

/// One that may not be read is none that nobody is in, and the others are read.
#[test]
fn one_bad_group_among_good_ones() {
    let (lab, entra) = company(&["pm-*", "Ops' Leads"]);
    let members = "96000000-0000-4000-8000-000000000001/transitiveMembers";
    let failures = [
        (Failure::Status(403), "the group \"pm-platform-eu\": /groups: HTTP 403"),
        (Failure::Html(404), "the group \"pm-platform-eu\": /groups: HTTP 404"),
        (Failure::Says("{}"), "no list of Graph's"),
    ];
    let is_told = |why: &str| {
        let told = read(&lab).unwrap();
        assert_eq!(told.reasons().len(), 1, "{:?}", told.found());
        assert!(told.reasons()[0].contains(why), "{:?}", told.reasons());
        assert_eq!((told.found().len(), told.people.len(), is_in(&told, "p4")), (4, 6, vec![group_id("2")]));
        assert_eq!(is_in(&told, "p1"), nothing());
    };
    for (failure, why) in failures {
        entra.change(|tenant| tenant.common.always = vec![(members, failure)]);
        is_told(why);
    }
    entra.change(|tenant| {
        tenant.common.always.clear();
        tenant.common.before(members, 1, |tenant| tenant.common.paging.elsewhere = Some("http://evil.example".into()));
        let next = "96000000-0000-4000-8000-000000000002/transitiveMembers";
        tenant.common.before(next, 1, |tenant| tenant.common.paging.elsewhere = None);
    });
    is_told("leads to another place than `url`");
    // Hidden, it looks as if nobody were in it; with the permission it does not.
    entra.change(|tenant| tenant.groups[0] = hidden(tenant.groups[0].clone()));
    is_told("\"pm-platform-eu\" hides its members; grant the application permission Member.Read.Hidden");
    entra.change(|tenant| tenant.permissions.insert("Member.Read.Hidden"));
    assert!(read(&lab).unwrap().found().contains(&shown("pm-*", "1", "pm-platform-eu", 3)));
    // Two of that name.
    entra.change(|tenant| tenant.groups.push(group("6", "OPS' LEADS", &[user_id("1")])));
    assert!(read(&lab).unwrap().reasons()[0].contains("\"Ops' Leads\" is the displayName of several groups"));
    // Which groups there are may not be read: one error for each rule, and everybody is read.
    entra.change(|tenant| tenant.permissions.remove("GroupMember.Read.All"));
    let told = read(&lab).unwrap();
    assert_eq!((told.found(), told.people.len()), (vec!["Ops' Leads: Err".into(), "pm-*: Err".into()], 6));
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("GroupMember.Read.All is not granted"), "{said}");
}

/// What is wrong with the server is wrong with everything.
#[test]
fn a_server_that_does_not_answer_fails_the_reading() {
    let (lab, entra) = company(&["pm-*"]);
    entra.change(|tenant| tenant.common.trouble = vec![("transitiveMembers", Failure::Throttled(1))]);
    assert!(read(&lab).unwrap().reasons().is_empty(), "a 429 passes");
    for failure in [Failure::Throttled(1), Failure::Status(500), Failure::Status(401)] {
        entra.change(|tenant| {
            tenant.common.before("skiptoken", 1, |tenant| tenant.common.always = vec![("skiptoken", failure)]);
        });
        assert!(read(&lab).is_err());
        entra.change(|tenant| tenant.common.always.clear());
    }
    assert!(read(&lab).is_ok());
}

/// Whichever way people are read.
#[test]
fn a_group_that_is_wanted_or_assigned_too() {
    let (mut lab, entra) = company(&[]);
    entra.change(|tenant| tenant.assign("Group", &group_id("2")));
    ask(&mut lab, &assigned(&entra), &["pm-*"]);
    let told = read(&lab).unwrap();
    assert_eq!((told.people.len(), is_in(&told, "p3")), (2, vec![group_id("1"), group_id("2")]));
    assert!(
        told.found().contains(&shown("pm-*", "1", "pm-platform-eu", 3)),
        "who is in it, whether or not they are assigned"
    );

    lab.set("scope", "groups = [\"pm-platform-eu\", \"PM-Data\"]");
    ask(&mut lab, &with_secret(&entra, ""), &["PM-DATA", "pm-nobody-eu"]);
    let told = read(&lab).unwrap();
    assert_eq!(told.found(), [shown("PM-DATA", "2", "PM-Data", 2), shown("pm-nobody-eu", "5", "pm-nobody-eu", 0)]);
    assert_eq!((told.people.len(), is_in(&told, "p3")), (4, vec![group_id("2")]), "who came by the other group");
    entra.change(|tenant| tenant.groups[1].members.clear());
    assert!(read(&lab).is_err(), "empty, it fails the reading, as without [[group]]");
}
