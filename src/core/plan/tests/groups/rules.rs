//! One test a rule, with the smallest world that shows each: who joins, who leaves, and what a group is called.

use super::*;

const NONE: [&str; 0] = [];

#[test]
fn a_new_group_is_created_with_those_who_are_in_the_team() {
    let world = pushing().staff(&["1", "2"]).known("3", Standing::Inactive, account("p3", "P", "Q"));
    let world = world.group("a", "Ops", |group| group.joins = pids(&["1", "2", "3", "4"])).lists(&[]);
    assert_eq!(world.of_groups(), ["create Ops", "add Ops 1+2"]);
    assert_eq!(world.clone().switched(|on| on.create_groups = false).of_groups(), ["off: create Ops"]);
    assert_eq!(
        world.clone().with(|world| world.team_groups = None).of_groups(),
        NONE,
        "nobody looked what Postman has"
    );
    let empty = world.with(|world| world.reading.groups.desired[0].members = 0);
    assert_eq!(empty.of_groups(), ["group_empty Ops"]);
}

#[test]
fn whoever_comes_in_this_plan_joins_in_it_and_the_invited_later() {
    let world = pushing()
        .wanted("1", ada())
        .known("2", Standing::Inactive, bob())
        .wanted("2", bob())
        .known("3", Standing::Invited, account("p3", "P", "Q"))
        .managed("a", "Ops")
        .group("a", "Ops", |group| group.joins = pids(&["1", "2", "3"]));
    assert_eq!(world.of_groups(), ["add Ops 1+2", "members_pending Ops p3@acme.example"]);
    let none = world.with(|world| world.policy.switches.create_users = false);
    assert_eq!(none.of_groups(), ["members_pending Ops p3@acme.example"]);
}

#[test]
fn whoever_leaves_the_team_neither_joins_nor_leaves_a_group() {
    let world = pushing().known("1", Standing::Active, ada()).leaver("1", ada()).managed("a", "Ops");
    let leaves = world.clone().group("a", "Ops", |group| (group.leaves, group.applied) = (pids(&["1"]), 9));
    assert_eq!(leaves.of_groups(), NONE);
    assert_eq!(world.group("a", "Ops", |group| group.joins = pids(&["1"])).of_groups(), NONE);
    let kept = leaves.with(|world| world.policy.switches.deactivate_users = false);
    assert_eq!(kept.of_groups(), ["remove Ops 1 Left"], "nothing takes them out of the team");
}

#[test]
fn protected_people_and_people_in_doubt_stay_where_they_are() {
    let deactivation = Change::Deactivate {
        id: pid("2"),
        scim_id: ScimId("scim-2".into()),
        user_name: bob().user_name,
        cause: Cause::Explicit,
    };
    let world = pushing()
        .known("1", Standing::Active, account("root", "R", "Oot"))
        .known("2", Standing::Active, bob())
        .in_doubt(deactivation)
        .staff(&["3"])
        .managed("a", "Ops");
    let leaves = world.clone().group("a", "Ops", |group| (group.leaves, group.applied) = (pids(&["1", "2", "3"]), 9));
    assert_eq!(leaves.of_groups(), ["remove Ops 3 Left"]);
    assert_eq!(world.group("a", "Ops", |group| group.joins = pids(&["1", "2", "3"])).of_groups(), ["add Ops 3"]);
}

#[test]
fn an_emptied_group_is_told_from_one_that_some_left() {
    let ids: Vec<String> = (10..30).map(|n| n.to_string()).collect();
    let cause = |leaves: usize, applied, members| {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let world = pushing().staff(&ids).managed("a", "Ops").group("a", "Ops", |group| {
            (group.leaves, group.applied, group.members) = (pids(&ids[..leaves]), applied, members);
        });
        world.of_groups()[0].rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(cause(1, 9, 8), "Left");
    assert_eq!(cause(1, 1, 0), "Emptied", "nobody is left");
    assert_eq!(cause(11, 21, 10), "Emptied", "more than half, and more than ten");
    assert_eq!(cause(11, 22, 11), "Left", "half");
    assert_eq!(cause(10, 11, 1), "Left", "ten");
}

#[test]
fn a_request_has_a_hundred_people_and_fewer_after_each_failure() {
    let ids: Vec<String> = (0..201).map(|n| format!("{n:03}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let world = pushing().staff(&ids).managed("a", "Ops").group("a", "Ops", |group| group.joins = pids(&ids));
    for (tries, most, requests) in [(0, 100, 3), (1, 25, 9), (2, 6, 34), (3, 1, 201), (9, 1, 201), (u32::MAX, 1, 201)] {
        let plan = world.clone().group_held("a", refused(), Some(NOW), tries).plan();
        let group = |planned: &PlannedChange| match &planned.change {
            Change::Group(GroupChange::AddMembers { part, people, .. }) => (*part, people.len()),
            other => panic!("{other:?}"),
        };
        let parts: Vec<(u32, usize)> = plan.changes.iter().map(group).collect();
        assert_eq!((parts.len(), parts[0].1), (requests, most), "after {tries} failures");
        assert!(parts.iter().map(|(part, _)| *part).eq(0..requests as u32));
    }
}

#[test]
fn the_same_id_keeps_its_group_under_another_name() {
    let world = pushing().managed("a", "Operations").group("a", "Ops", |_| {});
    assert_eq!(world.of_groups(), ["rename Operations to Ops"]);
    assert_eq!(world.clone().lists(&[("g-a", "Operations", &[])]).of_groups(), ["rename Operations to Ops"]);
    let taken = world.lists(&[("g-a", "Operations", &[]), ("g-9", "OPS", &["s"])]);
    assert_eq!(taken.of_groups(), ["group_match OPS"]);
    let case = pushing().managed("a", "OPS").group("a", "Ops", |_| {});
    assert_eq!(case.of_groups(), NONE, "a change of case alone sends nothing");
}

#[test]
fn a_group_that_nobody_manages_is_adopted_by_rule_only_and_nothing_else_happens_to_it() {
    let world = |adopt: bool| {
        pushing().staff(&["1"]).group("a", "Ops", |group| (group.joins, group.adopt) = (pids(&["1"]), adopt))
    };
    assert_eq!(world(false).lists(&[("g-9", "ops", &["s"])]).of_groups(), ["group_match ops"]);
    assert_eq!(world(true).lists(&[("g-9", "ops", &["s"])]).of_groups(), ["adopt ops as a"]);
    let twice = world(true).lists(&[("g-8", "Ops", &[]), ("g-9", "ops", &["s"])]);
    assert_eq!(twice.of_groups(), ["group_match Ops", "group_match ops"], "nobody can say which");
    let unseen = world(true).lists(&[("g-9", "ops", &["s"])]).with(|world| {
        world.team_groups.as_mut().unwrap()[0].members = None;
    });
    assert_eq!(unseen.of_groups(), ["group_match ops"], "who is in it would not be remembered");
}

#[test]
fn one_name_is_one_groups() {
    let twice = pushing().staff(&["1"]).managed("a", "Ops").lists(&[("g-a", "Ops", &[])]);
    let twice = twice.group("a", "Ops", |group| group.joins = pids(&["1"])).group("b", "OPS", |_| {});
    assert_eq!(twice.of_groups(), ["add Ops 1", "group_clash Ops a b", "group_clash OPS a b"]);
    let kept = pushing().managed("a", "Ops").lists(&[("g-a", "Ops", &[])]).group("b", "Ops", |_| {});
    assert_eq!(kept.of_groups(), ["group_clash Ops a b"], "nobody knows what becomes of the first");
    let swap = pushing().managed("a", "X").managed("b", "Y").group("a", "Y", |_| {}).group("b", "X", |_| {});
    assert_eq!(swap.of_groups(), ["group_clash Y a b", "group_clash X a b"]);
}

#[test]
fn a_name_that_is_given_up_is_free_in_the_next_plan() {
    let world = pushing().managed("a", "X").lists(&[("g-a", "X", &[])]);
    let world = world.group("a", "Z", |_| {}).group("b", "X", |_| {});
    assert_eq!(world.of_groups(), ["rename X to Z"]);
    let kept = world.clone().switched(|on| on.rename_groups = false);
    assert_eq!(kept.of_groups(), ["off: rename X to Z", "group_clash X a b"]);
    let held = world.group_held("a", refused(), None, 0);
    assert_eq!(held.of_groups(), ["group_held X", "group_clash X a b"]);
}

#[test]
fn each_kind_has_a_switch_and_comes_in_its_turn() {
    let world = pushing()
        .staff(&["1", "2"])
        .managed("a", "Operations")
        .group("a", "Ops", |group| (group.joins, group.leaves, group.applied) = (pids(&["1"]), pids(&["2"]), 9))
        .group("b", "Dev", |group| group.joins = pids(&["2"]))
        .managed("c", "Old")
        .absent_for("c", 2, 1)
        .unwanted("c", &[])
        .lists(&[("g-a", "Operations", &[]), ("g-c", "Old", &[])]);
    let all = [
        "remove Operations 2 Left",
        "rename Operations to Ops",
        "create Dev",
        "add Operations 1",
        "add Dev 2",
        "delete Old",
    ];
    assert_eq!(world.of_groups(), all);
    let off = world.switched(|switches| *switches = GroupSwitches::default()).of_groups();
    let mut expected: Vec<String> =
        all.iter().filter(|line| **line != "add Dev 2").map(|l| format!("off: {l}")).collect();
    let mut off_sorted = off;
    expected.sort();
    off_sorted.sort();
    assert_eq!(off_sorted, expected, "nobody is added to a group that is not created");
}

#[test]
fn only_the_groups_own_source_has_to_be_read() {
    let world = || pushing().staff(&["1"]).managed("a", "Ops").group("a", "Ops", |group| group.joins = pids(&["1"]));
    let mut other = source("hr", 100);
    other.evidence = Err("timed out".into());
    assert_eq!(world().with(|world| world.reading.sources.insert(0, other.clone())).of_groups(), ["add Ops 1"]);
    let renamed = world().with(|world| world.reading.sources = vec![other]);
    assert_eq!(renamed.of_groups(), ["group_unread Ops"], "nobody reads it any more");
}

#[test]
fn a_rule_that_was_not_answered_is_told_and_the_other_groups_go_on() {
    let world = pushing().staff(&["1"]).managed("a", "Ops").group("a", "Ops", |group| group.joins = pids(&["1"]));
    let world = world.with(|world| world.reading.groups.failed.push(("corp".into(), "pm-*".into(), "403".into())));
    assert_eq!(world.of_groups(), ["add Ops 1", "group_unread pm-*"]);
    assert!(world.plan().notes.iter().any(Note::holds_somebody));
}

#[test]
fn read_back_says_which_groups_one_side_has_and_sends_nothing() {
    let world = pushing()
        .staff(&["1"])
        .managed("a", "Ops")
        .group("a", "Ops", |group| group.joins = pids(&["1"]))
        .group("b", "Dev", |_| {})
        .lists(&[("g-a", "Operations", &[]), ("g-9", "Guests", &["s"])]);
    let read_back = world.clone().with(|world| world.policy.groups.mode = Mode::ReadBack);
    assert_eq!(
        read_back.of_groups(),
        ["would: add Ops 1", "group_only_at_postman Guests", "group_only_at_directory Dev"]
    );
    assert_eq!(facts_of_groups(&read_back.plan()), []);
    assert!(world.of_groups().contains(&"group_only_at_postman Guests".to_owned()));
    let failed = world.with(|world| world.reading.groups.failed.push(("corp".into(), "pm-*".into(), "403".into())));
    assert!(!failed.of_groups().contains(&"group_only_at_postman Guests".to_owned()), "perhaps that rule asks for it");
}

#[test]
fn off_is_off_whatever_is_known_of_groups() {
    let world = pushing()
        .staff(&["1"])
        .managed("a", "Operations")
        .group("a", "Ops", |group| group.joins = pids(&["1"]))
        .managed("c", "Old")
        .unwanted("c", &["1"])
        .absent_for("c", 9, 9)
        .group_held("a", refused(), Some(NOW - 1), 1)
        .lists(&[("g-9", "Guests", &["s"])])
        .with(|world| world.policy.groups.mode = Mode::Off);
    let without = World::new().staff(&["1"]).plan();
    assert_eq!(world.plan(), Plan { managed_groups: 2, ..without });
}
