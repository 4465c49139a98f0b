//! Groups to push: who is in which, and what is wrong with one of them is told of that one.

use crate::directories::cloud::Failure;
use crate::directories::google::{Google, Member, Who, group, group_id, user_id};
use crate::reading::{self, ask, read};
use crate::support::{Lab, Lines, crowd};

use super::{lab, nothing, source};

const MAIL: &str = "primaryEmail";

/// Six people, two rows in a page; and these groups, of which some begin with `pm-`. One is within another.
fn company(asked: &[&str]) -> (Lab, Google) {
    let (mut lab, google) = lab(&crowd(6), "");
    google.change(|account| {
        account.common.paging.most = Some(2);
        account.granted = vec!["admin.directory.user.readonly", "admin.directory.group.readonly"];
        account.groups.push(group("1", "pm-platform-eu", &["1", "2"]));
        account.groups.push(group("2", "PM-Data", &["3", "4"]));
        account.groups.push(group("3", "not-pm-design", &["3"]));
        account.groups.push(group("4", "Ops Leads", &["6"]));
        account.groups.push(group("5", "pm-nobody-eu", &[]));
        account.groups[0].members.push(member(Who::Group(group_id("3"))));
        account.groups[2].members.push(member(Who::Group(group_id("1"))));
        account.groups[3].members.push(member(Who::External("guest@elsewhere.example".into())));
    });
    ask(&mut lab, &source(&google, ""), asked);
    (lab, google)
}

fn member(who: Who) -> Member {
    Member { who, role: "MEMBER" }
}

fn shown(asked: &str, row: &str, name: &str, members: usize) -> String {
    format!("{asked}: {} {name:?} has {members}", group_id(row))
}

fn is_in(read: &reading::Reading, person: &str) -> Vec<String> {
    read.in_groups(MAIL).remove(&format!("{person}@acme.example")).unwrap_or_default()
}

/// Readings of the members of any group, but those of further pages.
fn readings(google: &Google) -> usize {
    google.requests().iter().filter(|line| line.contains("/members?") && !line.contains("pageToken")).count()
}

#[test]
fn found_by_address_by_id_and_by_pattern_on_every_page() {
    let id = group_id("4");
    let (mut lab, google) = company(&["pm-*", "Ops-Leads@acme.example", &id, "pm-nowhere@acme.example"]);
    let told = read(&lab).unwrap();
    let mut found = vec![
        shown(&id, "4", "Ops Leads", 2),
        shown("Ops-Leads@acme.example", "4", "Ops Leads", 2),
        shown("pm-*", "1", "pm-platform-eu", 3),
        shown("pm-*", "2", "PM-Data", 2),
        shown("pm-*", "5", "pm-nobody-eu", 0),
        "pm-nowhere@acme.example: Err".into(),
    ];
    found.sort();
    assert_eq!(told.found(), found);
    assert!(told.reasons()[0].contains("\"pm-nowhere@acme.example\" is not there; write its address or its id"));
    assert_eq!(told.people.len(), 6);
    assert_eq!(is_in(&told, "p3"), [group_id("1"), group_id("2")], "by the group within");
    assert_eq!((is_in(&told, "p5"), is_in(&told, "p6")), (nothing(), vec![group_id("4")]));
    assert_eq!(readings(&google), 4, "once for two rules");
    assert!(told.people.iter().all(|user| user.groups.is_empty()), "nothing of it is the scope's");

    // What is behind the star counts too.
    for (pattern, rows) in [("pm-*-eu", &["1", "5"][..]), ("*-EU", &["1", "5"]), ("*", &["1", "2", "3", "4", "5"])] {
        ask(&mut lab, &source(&google, ""), &[pattern]);
        let mut ids: Vec<_> =
            read(&lab).unwrap().evidence.groups.into_iter().map(|group| group.found.unwrap().id).collect();
        ids.sort();
        assert_eq!(ids, rows.iter().map(|row| group_id(row)).collect::<Vec<_>>(), "{pattern}");
    }
    // Groups within are configured as for the scope.
    ask(&mut lab, &source(&google, "nested_groups = false"), &["pm-*"]);
    let told = read(&lab).unwrap();
    assert!(told.found().contains(&shown("pm-*", "1", "pm-platform-eu", 2)), "{:?}", told.found());
    assert_eq!(is_in(&told, "p3"), [group_id("2")]);
}

/// Of addresses, which are not anybody's to choose; then the address is the name, or the star would stand for nothing.
#[test]
fn a_pattern_of_addresses() {
    let (lab, google) = company(&["pm-*@acme.example"]);
    google.change(|account| account.groups[1].shown["name"] = "Data".into());
    let found = [
        shown("pm-*@acme.example", "1", "pm-platform-eu@acme.example", 3),
        shown("pm-*@acme.example", "2", "pm-data@acme.example", 2),
        shown("pm-*@acme.example", "5", "pm-nobody-eu@acme.example", 0),
    ];
    assert_eq!(read(&lab).unwrap().found(), found);
}

#[test]
fn everybody_in_the_account() {
    let (lab, google) = company(&["Ops-Leads@acme.example", "pm-*"]);
    google.change(|account| account.groups[3].members = vec![member(Who::Customer)]);
    let told = read(&lab).unwrap();
    assert!(told.found().contains(&shown("Ops-Leads@acme.example", "4", "Ops Leads", 6)), "{:?}", told.found());
    assert!((1..=6).all(|n| is_in(&told, &format!("p{n}")).contains(&group_id("4"))));
}

#[test]
fn a_new_name_is_the_same_group_and_a_deleted_one_is_told() {
    let (lab, google) = company(&["pm-*", "ops-leads@acme.example"]);
    google.change(|account| account.groups[0].shown["name"] = "pm-Größe".into());
    let told = read(&lab).unwrap();
    assert!(told.found().contains(&shown("pm-*", "1", "pm-Größe", 3)), "{:?}", told.found());
    // Between the question for the group and the one for its members.
    let members: &'static str = format!("groups/{}/members", group_id("4")).leak();
    google.change(|account| account.common.before(members, 1, |account| drop(account.groups.remove(3))));
    let told = read(&lab).unwrap();
    assert!(told.reasons()[0].contains("the group \"Ops Leads\" is not there"), "{:?}", told.reasons());
    let told = read(&lab).unwrap();
    assert_eq!((told.reasons().len(), told.people.len(), is_in(&told, "p6")), (1, 6, nothing()));
}

/// One that may not be read is none that nobody is in, and the others are read.
#[test]
fn one_bad_group_among_good_ones() {
    let (lab, google) = company(&["pm-*", "ops-leads@acme.example"]);
    let members: &'static str = format!("groups/{}/members", group_id("1")).leak();
    let failures = [
        (Failure::Status(403), "the group \"pm-platform-eu\" may not be read"),
        (Failure::Status(404), "the group \"pm-platform-eu\" is not there"),
        (Failure::Says("{}"), "members of the group \"pm-platform-eu\": an answer that is no page of it"),
        (
            Failure::Says(
                "{\"kind\": \"admin#directory#members\", \"members\": [{\"id\": \"1\", \"type\": \"ROBOT\"}]}",
            ),
            "has a member that is neither a person nor a group nor everybody",
        ),
    ];
    for (failure, why) in failures {
        google.change(|account| account.common.always = vec![(members, failure)]);
        let told = read(&lab).unwrap();
        assert_eq!(told.reasons().len(), 1, "{:?}", told.found());
        assert!(told.reasons()[0].contains(why), "{:?}", told.reasons());
        assert_eq!((told.found().len(), told.people.len(), is_in(&told, "p4")), (4, 6, vec![group_id("2")]));
        assert_eq!(is_in(&told, "p1"), nothing());
    }
    // Which groups there are may not be read: one error for the pattern.
    google.change(|account| account.common.always = vec![("/groups?", Failure::Status(403))]);
    let told = read(&lab).unwrap();
    assert_eq!(told.found(), [shown("ops-leads@acme.example", "4", "Ops Leads", 2), "pm-*: Err".into()]);
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(
        said.contains("[[group]] \"pm-*\": /groups: HTTP 403: forbidden: the admin in `subject` may not read that"),
        "{said}"
    );
    assert!(said.contains("[[group]] \"ops-leads@acme.example\": \"Ops Leads\", 2 members"), "{said}");
}

/// What is wrong with the server is wrong with everything; so is a limit, which Google says with a 403.
#[test]
fn a_server_that_does_not_answer_fails_the_reading() {
    let (lab, google) = company(&["pm-*"]);
    google.change(|account| account.common.trouble = vec![("/members?", Failure::Throttled(1))]);
    assert!(read(&lab).unwrap().reasons().is_empty(), "a limit passes");
    for failure in [Failure::Throttled(1), Failure::Status(429), Failure::Status(503), Failure::Status(401)] {
        google.change(|account| {
            account.common.before("/members?", 2, |account| account.common.always = vec![("/members?", failure)]);
        });
        assert!(read(&lab).is_err());
        google.change(|account| account.common.always.clear());
    }
    assert!(read(&lab).is_ok());
    // Without the right to read groups there is no token.
    google.change(|account| account.granted = vec!["admin.directory.user.readonly"]);
    google.change(|account| account.expire_tokens());
    let why = read(&lab).err().unwrap().to_string();
    assert!(why.contains("unauthorized_client") && why.contains("admin.directory.group.readonly"), "{why}");
}

#[test]
fn a_group_that_is_wanted_too_is_read_once_and_keeps_to_its_own_rules() {
    let (mut lab, google) = company(&[]);
    lab.set("scope", &format!("groups = [\"PM-data@acme.example\", \"{}\"]", group_id("1")));
    ask(&mut lab, &source(&google, ""), &["pm-data@acme.example", "pm-*"]);
    google.requests();
    let told = read(&lab).unwrap();
    assert_eq!(readings(&google), 3);
    assert_eq!(told.found()[0], shown("pm-*", "1", "pm-platform-eu", 3));
    assert_eq!(told.found()[3], shown("pm-data@acme.example", "2", "PM-Data", 2));
    assert_eq!(is_in(&told, "p3"), [group_id("1"), group_id("2")]);
    google.change(|account| account.groups[1].members.retain(|member| member.who == Who::User(user_id("0"))));
    assert!(read(&lab).is_err(), "empty, it fails the reading, as without [[group]]");
}
