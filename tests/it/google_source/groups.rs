//! Groups: members of members, everybody, strangers, and groups that cannot be read.

use super::{begin, in_step, is_worthless, lab, nothing, sent, source};
use crate::directories::cloud::Failure;
use crate::directories::google::{Member, Who, group, group_id, user_id};
use crate::support::{Lines, crowd};

fn member(who: Who) -> Member {
    Member { who, role: "MEMBER" }
}

#[test]
fn members_of_groups_by_address_and_id_with_those_within_them() {
    let (mut lab, google) = lab(&crowd(7), "page_size = 2");
    google.change(|account| {
        account.groups = vec![
            group("1", "Engineering", &["1", "2"]),
            group("2", "Backend", &["3", "4"]),
            group("3", "Storage", &["5"]),
            group("4", "Design", &["2", "6"]),
        ];
        account.groups[0].members.push(member(Who::Group(group_id("2"))));
        account.groups[1].members.push(member(Who::Group(group_id("3"))));
        account.groups[0].members.push(member(Who::External("stranger@other.example".into())));
    });
    let both = format!("groups = [\"Engineering@acme.example\", \"{}\"]", group_id("4"));
    lab.set("scope", &both);
    begin(&lab, &google);
    assert_eq!(lab.active(), [1, 2, 3, 4, 5, 6].map(|i| format!("p{i}@acme.example")));
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert_eq!(lab.sent(), nothing());
    assert!(said.contains("6 members, of whom 1 are not listed (of another account or domain)"), "{said}");

    // Out of one group and still in the other; out of all, and an id finds them out of scope.
    google.change(|account| {
        account.groups[0].members.retain(|member| member.who != Who::User(user_id("2")));
        account.groups[2].members.clear();
        account.groups[3].members.push(member(Who::User(user_id("7"))));
    });
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert_eq!(sent(&lab), ["create p7@acme.example", "deactivate p5@acme.example"]);
    assert!(said.contains("in none of the groups"), "{said}");

    // Without those within.
    lab.source(&source(&google, "nested_groups = false"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(sent(&lab), ["deactivate p3@acme.example", "deactivate p4@acme.example"]);
    assert!(!google.requests().iter().rev().take(4).any(|asked| asked.contains("includeDerivedMembership")));
}

/// By two ways, as far as anybody knows.
#[test]
fn a_member_who_is_shown_twice_is_a_member() {
    let (mut lab, google) = in_step(&crowd(3), "");
    let row = |id: &str| format!(r#"{{"id":"{}","type":"USER"}}"#, user_id(id));
    let rows = [row("1"), row("2"), row("1"), row("3")].join(",");
    let page = format!(r#"{{"kind":"admin#directory#members","members":[{rows}]}}"#);
    let page: &'static str = page.leak();
    google.change(|account| account.common.always = vec![("members?", Failure::Says(page))]);
    lab.set("scope", "groups = [\"engineering@acme.example\"]");
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
}

#[test]
fn everybody_in_one_row() {
    let (mut lab, google) = lab(&crowd(4), "");
    google.change(|account| {
        account.groups = vec![group("1", "All", &[]), group("2", "Outer", &["1"])];
        account.groups[0].members.push(member(Who::Customer));
        account.groups[1].members.push(member(Who::Group(group_id("1"))));
    });
    lab.set("scope", "groups = [\"outer@acme.example\"]");
    begin(&lab, &google);
    assert_eq!(lab.active().len(), 4);
    // The row goes, and with it everybody but the one who is a member.
    google.change(|account| account.groups[0].members.clear());
    lab.run(&["sync"]).exits(0);
    assert_eq!(sent(&lab), [2, 3, 4].map(|i| format!("deactivate p{i}@acme.example")));
}

#[test]
fn a_group_that_is_empty_hidden_gone_or_somebody_elses_removes_nobody() {
    let (mut lab, google) = in_step(&crowd(3), "");
    google
        .change(|account| account.groups = vec![group("1", "Engineering", &["1", "2", "3"]), group("2", "Empty", &[])]);
    let groups = |name: &str| format!("groups = [\"engineering@acme.example\", \"{name}\"]");
    let told = |name: &str, words: &str| format!("HTTP {words}the group \"{name}\"");
    let not_there = "nothing@acme.example";
    let elsewhere = "team@other.example";
    for (name, words) in [
        ("empty@acme.example", "the group \"empty@acme.example\" has no members, or they may not be read".to_owned()),
        (not_there, format!("{} is not there; write its address or its id", told(not_there, "404: "))),
        ("Engineering", format!("{} is not there", told("Engineering", "404: "))),
        (elsewhere, format!("{} may not be read: it is of another account", told(elsewhere, "403: "))),
    ] {
        lab.set("scope", &groups(name));
        is_worthless(&lab, 1, 3, &words);
    }
    google.change(|account| {
        account.groups[1].members = vec![member(Who::External("stranger@other.example".into()))];
    });
    lab.set("scope", &groups("empty@acme.example"));
    is_worthless(&lab, 1, 3, "has members, and none of them is somebody who is listed");
    // A member of a kind that nobody told us about.
    let robots = r#"{"kind":"admin#directory#members","members":[{"id":"1","type":"ROBOT"}]}"#;
    google.change(|account| {
        account.common.always = vec![("members?", Failure::Says(robots))];
    });
    is_worthless(&lab, 1, 3, "has a member that is neither a person nor a group nor everybody");
}
