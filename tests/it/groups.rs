//! Groups, from an export to the team: each kind of change and what it costs, what is held, what is never done.

use postman_scim_sync::sandbox::{
    Bend, Failure, Fault, GroupDelete, KeyState, Kind, Knobs, Maker, Role, Shape, Standing, Team,
};

use crate::support::{KEY, Lab, Row, crowd, row, team};

const NOTHING: [&str; 0] = [];

/// People, each with groups in the words of the export: `("1", "platform|search")`.
fn export(lab: &Lab, people: &[(Row, &str)]) {
    let mut text = "id,given,family,mail,status,teams\n".to_owned();
    for (Row { id, given, family, mail, status }, groups) in people {
        text.push_str(&format!("{id},{given},{family},{mail},{status},{groups}\n"));
    }
    lab.write("people.csv", &text);
}

/// `n` people, all in these groups.
fn all_in(n: usize, groups: &str) -> Vec<(Row, &str)> {
    crowd(n).into_iter().map(|row| (row, groups)).collect()
}

const PLATFORM: &str = "[[group]]\nsource = \"platform\"\npostman = \"Platform\"\n";

fn with_groups(team: Team, tables: &str) -> Lab {
    let mut lab = Lab::new(team);
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.set("safety", "absence_wait = \"0s\"");
    lab.wide_open();
    lab.set("source", "groups = \"teams\"");
    lab.set("provisioning", "groups = \"push\"");
    lab.groups(tables);
    lab
}

/// Three people in a group that was pushed.
fn platform() -> Lab {
    let lab = with_groups(team(), PLATFORM);
    export(&lab, &all_in(3, "platform"));
    lab.sync().exits(0);
    lab.sandbox.clear_log();
    lab
}

/// Kinds of the writes since the last call.
fn kinds(lab: &Lab) -> Vec<Kind> {
    let kinds = lab.sandbox.writes().iter().map(|logged| logged.kind).collect();
    lab.sandbox.clear_log();
    kinds
}

fn members(lab: &Lab, group: &str) -> Vec<String> {
    let mut members: Vec<String> =
        lab.sandbox.members(group).iter().map(|name| name.trim_end_matches("@acme.example").to_owned()).collect();
    members.sort();
    members
}

#[test]
fn a_group_is_made_with_people_who_are_made_in_the_same_cycle_and_then_nothing_is_left_to_do() {
    let lab = with_groups(team(), PLATFORM);
    let mut people = all_in(3, "platform");
    people[2].1 = "elsewhere";
    export(&lab, &people);
    lab.sync().exits(0);
    let kinds = kinds(&lab);
    assert_eq!(kinds[3..], [Kind::CreateGroup, Kind::ChangeMembers], "after three people: one request each");
    assert_eq!(members(&lab, "Platform"), ["p1", "p2"]);
    assert_eq!(lab.sandbox.group("Platform").unwrap().maker, Maker::Scim);
    lab.sync().exits(0);
    assert_eq!(lab.sandbox.reads().len(), 1, "a quiet cycle is one read");
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn who_comes_and_who_goes_is_one_request_each_and_nobody_else_is_named() {
    let lab = platform();
    let mut people = all_in(4, "platform");
    people[0].1 = "";
    export(&lab, &people);
    lab.sync().exits(0);
    let writes = lab.sandbox.writes();
    let bodies: Vec<&str> = writes.iter().filter_map(|logged| logged.body.as_deref()).collect();
    assert_eq!(kinds(&lab), [Kind::Create, Kind::ChangeMembers, Kind::ChangeMembers]);
    assert!(bodies[1].contains("members[value eq") && bodies[1].matches("remove").count() == 1, "{bodies:?}");
    assert!(bodies[2].contains("\"add\"") && bodies[2].matches("\"value\":\"").count() == 1, "{bodies:?}");
    assert_eq!(members(&lab, "Platform"), ["p2", "p3", "p4"]);
}

#[test]
fn a_leaver_is_deactivated_and_is_no_member_to_be_removed_and_comes_back_into_their_groups() {
    let lab = platform();
    let mut people = all_in(3, "platform");
    people[0].0 = people[0].0.clone().inactive();
    export(&lab, &people);
    lab.sync().exits(0);
    assert_eq!(kinds(&lab), [Kind::Deactivate]);
    assert_eq!(members(&lab, "Platform"), ["p2", "p3"]);
    export(&lab, &all_in(3, "platform"));
    lab.sync().exits(0);
    assert_eq!(kinds(&lab), [Kind::Reactivate, Kind::ChangeMembers]);
    assert_eq!(members(&lab, "Platform"), ["p1", "p2", "p3"]);
}

#[test]
fn another_name_in_the_configuration_renames_the_same_group() {
    let mut lab = platform();
    let id = lab.sandbox.group("Platform").unwrap().id;
    lab.groups("[[group]]\nsource = \"platform\"\npostman = \"Plattform & \\\"Größe\\\"\"\n");
    lab.sync().exits(0);
    assert_eq!(kinds(&lab), [Kind::RenameGroup]);
    assert_eq!(lab.sandbox.group("Plattform & \"Größe\"").unwrap().id, id);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn a_pattern_names_every_group_that_matches() {
    let lab = with_groups(team(), "[[group]]\nsource = \"pm-*\"\npostman = \"IdP *\"\n");
    export(
        &lab,
        &[(row("1", "Ada", "Byron", "ada"), "pm-search|pm-data|other"), (row("2", "Bo", "Li", "bo"), "pm-data")],
    );
    lab.sync().exits(0);
    assert_eq!(
        (members(&lab, "IdP search"), members(&lab, "IdP data")),
        (vec!["ada".to_owned()], vec!["ada".into(), "bo".into()])
    );
    assert!(lab.sandbox.group("other").is_none());
}

#[test]
fn a_group_of_that_name_is_adopted_by_rule_or_command_and_never_silently() {
    let by_hand = || {
        team().member("p1@acme.example", "Given1", "Family1").group("Platform", Role::Developer, &["p1@acme.example"])
    };
    let mut lab = with_groups(by_hand(), PLATFORM);
    export(&lab, &all_in(2, "platform"));
    assert!(lab.sync().exits(3).notes().contains(&"group_match".to_owned()));
    assert_eq!(kinds(&lab), [Kind::Create]);
    lab.groups(&format!("{PLATFORM}adopt = true\n"));
    let mut leaves = all_in(2, "platform");
    leaves[0].1 = "";
    export(&lab, &leaves);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), NOTHING, "an adoption changes nothing in its own cycle");
    lab.sync().exits(0);
    assert_eq!(members(&lab, "Platform"), ["p2"]);

    let lab = with_groups(by_hand(), PLATFORM);
    export(&lab, &all_in(2, "platform"));
    lab.sync().exits(3);
    lab.run(&["adopt", "--group", "Platform"]).exits(0);
    lab.sync().exits(0);
    assert_eq!(members(&lab, "Platform"), ["p1", "p2"]);
}

#[test]
fn an_emptied_group_waits_for_a_person() {
    let lab = platform();
    export(&lab, &all_in(3, ""));
    let held = lab.sync().exits(4);
    assert_eq!(held.held(), ["over_limit empty_group"]);
    assert_eq!(members(&lab, "Platform").len(), 3);
    lab.run(&["approve", &held.plan_id(), "--by", "ada"]).exits(0);
    lab.sync().exits(0);
    assert_eq!(members(&lab, "Platform"), NOTHING);
}

#[test]
fn a_group_that_nobody_asks_for_is_left_unless_told_and_is_only_deleted_empty() {
    let knobs = Knobs { group_delete: GroupDelete::DeactivatesAll, ..Knobs::default() };
    let mut lab = with_groups(team().knobs(knobs), &format!("{PLATFORM}[[group]]\nsource = \"search\"\n"));
    export(&lab, &all_in(3, "platform|search"));
    lab.sync().exits(0);
    lab.groups("[[group]]\nsource = \"search\"\n");
    for _ in 0..3 {
        lab.sync().exits(0);
    }
    assert_eq!(members(&lab, "Platform").len(), 3, "delete_groups is off");
    lab.set("provisioning", "delete_groups = true");
    let mut answer = lab.sync();
    for _ in 0..6 {
        if answer.code == 4 {
            lab.run(&["approve", &answer.plan_id(), "--by", "ada"]).exits(0);
        }
        answer = lab.look();
    }
    assert!(lab.sandbox.group("Platform").is_none(), "{}", answer.out);
    assert_eq!(lab.active().len(), 3, "a group is never a way to remove people");
    assert_eq!(members(&lab, "search").len(), 3);
}

#[test]
fn what_was_done_by_hand_to_a_managed_group_is_undone_and_its_strangers_stay() {
    let lab = platform();
    lab.sandbox.edit(|team| {
        team.add_by_hand("guest@acme.example", "Gu", "Est");
        team.join_by_hand("Platform", "guest@acme.example");
        team.leave_by_hand("Platform", "p1@acme.example");
        team.rename_group_by_hand("Platform", "Byhand")
    });
    lab.look().exits(0);
    lab.look().exits(0);
    assert_eq!(members(&lab, "Platform"), ["guest", "p1", "p2", "p3"]);
    lab.sandbox.clear_log();
    lab.look().exits(0);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn a_group_that_was_deleted_by_hand_waits_for_a_word() {
    let lab = platform();
    lab.sandbox.edit(|team| team.delete_group_by_hand("Platform"));
    lab.look().exits(3);
    assert_eq!(lab.sent(), NOTHING);
    lab.run(&["adopt", "--group", "Platform"]).exits(0);
    lab.sync().exits(0);
    assert_eq!(members(&lab, "Platform"), ["p1", "p2", "p3"]);
}

#[test]
fn a_list_that_leaves_a_group_out_is_not_believed_before_the_group_is_asked_for() {
    let lab = platform();
    // As the team was before the group was made.
    lab.sandbox.fault(Fault::on(Kind::ListGroups, Failure::Stale { requests: 1_000 }));
    let report = lab.look().exits(0);
    assert!(report.notes().is_empty(), "{:?}", report.notes());
    let asked = lab.sandbox.reads().iter().filter(|logged| logged.kind == Kind::GetGroup).count();
    assert_eq!((asked, kinds(&lab).len()), (1, 0));
    assert_eq!(members(&lab, "Platform"), ["p1", "p2", "p3"]);
}

#[test]
fn whoever_is_invited_joins_when_they_have_accepted() {
    let lab = with_groups(team(), PLATFORM);
    let mut people = all_in(2, "platform");
    people[1].0 = people[1].0.clone().at("bo@partner.example");
    lab.sandbox
        .edit(|team| *team = team.clone().account("bo@partner.example", postman_scim_sync::sandbox::Elsewhere::NoTeam));
    export(&lab, &people);
    lab.sync();
    assert!(lab.sync().notes().contains(&"members_pending".to_owned()));
    assert_eq!(members(&lab, "Platform"), ["p1"]);
    lab.sandbox.edit(|team| assert!(team.accept_invite("bo@partner.example")));
    lab.look();
    lab.look();
    assert_eq!(members(&lab, "Platform"), ["bo@partner.example", "p1"]);
}

#[test]
fn each_kind_of_change_has_a_switch() {
    let mut lab = platform();
    for switch in ["add_members", "remove_members", "rename_groups", "create_groups"] {
        lab.set("provisioning", &format!("{switch} = false"));
    }
    let mut people = all_in(4, "platform|search");
    people[0].1 = "search";
    export(&lab, &people);
    lab.groups("[[group]]\nsource = \"platform\"\npostman = \"Other\"\n[[group]]\nsource = \"search\"\n");
    let notes = lab.sync().exits(0).notes();
    assert_eq!(notes.iter().filter(|note| *note == "switched_off").count(), 4, "{notes:?}");
    assert_eq!(kinds(&lab), [Kind::Create]);
}

#[test]
fn too_many_who_leave_groups_are_held_and_nobody_else_waits() {
    let mut lab = with_groups(team(), PLATFORM);
    lab.set("safety", "member_removals = { cycle = \"10%\", at_least = 1 }");
    export(&lab, &all_in(30, "platform"));
    lab.sync().exits(0);
    lab.sandbox.clear_log();
    let mut people = all_in(30, "platform");
    for person in &mut people[..5] {
        person.1 = "";
    }
    people[29].0 = people[29].0.clone().inactive();
    export(&lab, &people);
    assert_eq!(lab.sync().exits(4).held(), ["over_limit remove_members"]);
    assert_eq!(kinds(&lab), [Kind::Deactivate]);
    assert_eq!(members(&lab, "Platform").len(), 29);
}

#[test]
fn read_back_sends_nothing_and_says_what_is_on_one_side_only() {
    let team = team().group("Only here", Role::Developer, &[]);
    let mut lab = with_groups(team, PLATFORM);
    lab.set("provisioning", "groups = \"read_back\"");
    export(&lab, &all_in(2, "platform"));
    let notes = lab.look().exits(0).notes();
    assert!(notes.contains(&"group_only_at_postman".to_owned()), "{notes:?}");
    assert!(notes.contains(&"group_only_at_directory".to_owned()), "{notes:?}");
    assert_eq!(kinds(&lab), [Kind::Create, Kind::Create]);
}

#[test]
fn a_group_of_super_admins_says_whose_key_it_needs() {
    let team = team().key(KEY, KeyState::TeamAdmin).group("Platform", Role::SuperAdmin, &[]);
    let lab = with_groups(team, &format!("{PLATFORM}adopt = true\n"));
    export(&lab, &all_in(2, "platform"));
    lab.sync();
    let answer = lab.run(&["sync"]).exits(3);
    assert!(answer.out.contains("Super Admin"), "{}", answer.out);
    assert_eq!(lab.active().len(), 2, "people are nobody's group");
}

#[test]
fn an_instance_that_dies_leaves_neither_two_groups_nor_a_membership_less() {
    for kind in [Kind::CreateGroup, Kind::ChangeMembers] {
        let lab = with_groups(team(), PLATFORM);
        export(&lab, &all_in(3, "platform"));
        lab.die_at(kind, 1);
        lab.sync();
        lab.sync().exits(0);
        assert_eq!(members(&lab, "Platform"), ["p1", "p2", "p3"], "{kind:?}");
        assert_eq!(lab.sandbox.team().groups().len(), 1, "{kind:?}");
    }
}

#[test]
fn lost_answers_are_read_back() {
    for failure in [Failure::ResetAfter, Failure::ResetBefore] {
        for kind in [Kind::CreateGroup, Kind::ChangeMembers] {
            let lab = with_groups(team(), PLATFORM);
            export(&lab, &all_in(3, "platform"));
            lab.sandbox.fault(Fault::on(kind, failure.clone()));
            for _ in 0..3 {
                lab.sync();
            }
            lab.sync().exits(0);
            assert_eq!(members(&lab, "Platform"), ["p1", "p2", "p3"], "{kind:?} {failure:?}");
            assert_eq!(lab.sandbox.team().groups().len(), 1, "{kind:?} {failure:?}");
        }
    }
}

#[test]
fn ten_thousand_members_cost_no_more_requests_than_they_need() {
    const MANY: usize = 10_000;
    let people = all_in(MANY, "platform");
    let team = people.iter().fold(team(), |team, (row, _)| team.member(&row.mail, &row.given, &row.family));
    let lab = with_groups(team, PLATFORM);
    export(&lab, &people);
    lab.sync().exits(0);
    let writes = kinds(&lab);
    assert_eq!(writes.len(), 1 + MANY / 100, "one group, and a hundred people a request");
    assert_eq!(members(&lab, "Platform").len(), MANY);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), NOTHING);
    let mut people = people;
    people[77].1 = "";
    export(&lab, &people);
    lab.sandbox.clear_log();
    lab.sync().exits(0);
    assert!(lab.sandbox.reads().len() <= 2, "the look at the team, and at the group afterwards");
    assert_eq!(kinds(&lab), [Kind::ChangeMembers]);
    assert_eq!(lab.sandbox.standing(Standing::Active).len(), MANY + 1);
}

#[test]
fn a_group_of_a_pattern_that_nobody_has_any_more_is_empty_and_waits_for_a_person() {
    let lab = with_groups(team(), "[[group]]\nsource = \"pm-*\"\n");
    export(&lab, &all_in(2, "pm-data"));
    lab.sync().exits(0);
    export(&lab, &all_in(2, ""));
    let held = lab.sync().exits(4);
    assert_eq!(held.held(), ["over_limit empty_group"]);
    lab.run(&["approve", &held.plan_id(), "--by", "ada"]).exits(0);
    lab.sync().exits(0);
    assert_eq!(members(&lab, "pm-data"), NOTHING);
}

#[test]
fn a_whole_group_that_is_exchanged_at_once_waits_for_a_person() {
    let lab = platform();
    let mut people = all_in(4, "");
    people[3].1 = "platform";
    export(&lab, &people);
    assert_eq!(lab.sync().exits(4).held(), ["over_limit empty_group"]);
    assert_eq!(members(&lab, "Platform"), ["p1", "p2", "p3", "p4"]);
}

#[test]
fn read_back_says_what_a_push_would_do() {
    let team = team().member("p1@acme.example", "Given1", "Family1").member("p2@acme.example", "Given2", "Family2");
    let team = team.member("guest@acme.example", "Gu", "Est").group(
        "Platform",
        Role::Developer,
        &["p1@acme.example", "guest@acme.example"],
    );
    let mut lab = with_groups(team, PLATFORM);
    lab.set("provisioning", "groups = \"read_back\"");
    export(&lab, &all_in(2, "platform"));
    lab.look().exits(0);
    let answer = lab.run(&["plan", "--refresh"]).exits(0);
    assert!(answer.out.contains("Platform  missing: p2@acme.example; 1 member besides"), "{}", answer.out);
    let mut lab = platform();
    lab.set("provisioning", "groups = \"read_back\"");
    let mut people = all_in(4, "platform");
    people[0].1 = "";
    export(&lab, &people);
    let notes = lab.sync().exits(0).notes();
    assert_eq!(notes.iter().filter(|note| *note == "only_compared").count(), 2, "{notes:?}");
    assert_eq!(kinds(&lab), [Kind::Create]);
}

#[test]
fn a_second_group_of_one_name_stops_nobody_who_leaves_the_first() {
    let mut lab = platform();
    lab.groups(&format!("{PLATFORM}[[group]]\nsource = \"other\"\npostman = \"Platform\"\n"));
    let mut people = all_in(3, "platform");
    people[0].1 = "other";
    export(&lab, &people);
    assert!(lab.sync().exits(3).notes().contains(&"group_clash".to_owned()));
    assert_eq!(members(&lab, "Platform"), ["p2", "p3"]);
}

#[test]
fn groups_that_cannot_be_listed_keep_no_leaver_in_the_team_and_are_asked_for_again_alone() {
    let status = |status, shape| Failure::Status { status, shape };
    for failure in [
        status(500, Shape::Scim),
        status(403, Shape::Scim),
        status(404, Shape::Scim),
        status(404, Shape::Html),
        Failure::Bent(Bend::Total { by: 3 }),
        Failure::Truncated,
    ] {
        let lab = platform();
        let mut people = all_in(4, "platform");
        people[0].0 = people[0].0.clone().inactive();
        export(&lab, &people);
        lab.sandbox.fault(Fault::on(Kind::ListGroups, failure.clone()).always());
        let notes = lab.look().exits(3).notes();
        assert!(notes.contains(&"group_unread".to_owned()), "{failure:?}: {notes:?}");
        assert_eq!(kinds(&lab), [Kind::Deactivate, Kind::Create, Kind::ChangeMembers], "{failure:?}");
        lab.sync().exits(3);
        let read: Vec<Kind> = lab.sandbox.reads().iter().map(|logged| logged.kind).collect();
        assert!(read.contains(&Kind::ListGroups) && !read.contains(&Kind::List), "{failure:?}: {read:?}");
        lab.sandbox.faults_off();
        lab.sync().exits(0);
        lab.sandbox.clear_log();
        lab.sync().exits(0);
        assert!(!lab.sandbox.reads().iter().any(|logged| logged.kind == Kind::ListGroups), "{failure:?}");
    }
}

#[test]
fn people_who_are_held_are_no_failures_of_their_groups() {
    const GROUPS: usize = 12;
    let mut lab = with_groups(team(), "[[group]]\nsource = \"pm-*\"\npostman = \"*\"\n");
    let names: Vec<String> = (1..=GROUPS).map(|n| format!("pm-{n}")).collect();
    let everywhere = names.join("|");
    let first = || (row("0", "Ada", "Byron", "ada"), everywhere.as_str());
    export(&lab, &[first()]);
    lab.sync().exits(0);
    lab.set("safety", "creates = { cycle = \"1%\", at_least = 1 }");
    let newcomers = crowd(GROUPS).into_iter().zip(names.iter().map(String::as_str));
    export(&lab, &std::iter::once(first()).chain(newcomers).collect::<Vec<_>>());
    let answer = lab.sync().exits(4);
    assert_eq!(answer.held(), ["over_limit create", "dependent"]);
    assert!(answer.json()["stopped"].is_null(), "{}", answer.out);
}
