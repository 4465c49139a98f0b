//! The first cycle: 500 people through approval, matches that are taken over without a request, strangers that
//! are left alone, and a second cycle that has nothing to send.

use crate::support::{Lab, crowd, row, team};

/// People `from..=to` of `crowd`, as members who joined by hand or by single sign-on.
fn joined(from: usize, to: usize) -> postman_scim_sync::sandbox::Team {
    (from..=to)
        .fold(team(), |team, i| team.member(&format!("p{i}@acme.example"), &format!("Given{i}"), &format!("Family{i}")))
}

#[test]
fn five_hundred_people_through_approval_and_then_nothing() {
    let lab = Lab::new(joined(1, 20).member("stranger@acme.example", "Un", "Known"));
    lab.export(&crowd(500));

    let held = lab.sync().exits(4);
    assert_eq!(held.held(), ["first_sync"]);
    assert_eq!(held.notes(), ["stranger"]);
    assert_eq!(lab.sent(), Vec::<String>::new());

    lab.run(&["approve", &held.plan_id()]).exits(0);
    let applied = lab.sync().exits(0);
    assert_eq!(applied.plan_id(), held.plan_id());
    assert_eq!(applied.json()["adopted"], 20);
    assert_eq!(lab.sent().len(), 480, "one write each, and none for a match");
    assert_eq!(lab.active().len(), 501);

    let again = lab.sync().exits(0);
    assert_eq!(again.json()["outcomes"], serde_json::json!([]));
    assert_eq!(lab.sandbox.writes().len(), 0);
    assert_eq!(lab.sandbox.reads().len(), 1, "one look: does the key still open this team?");
}

#[test]
fn the_plan_in_one_breath_and_refused_when_it_moved() {
    let lab = Lab::new(team());
    lab.export(&crowd(3));
    let looked_at = lab.plan().exits(0).plan_id();

    lab.export(&crowd(4));
    let refused = lab.run(&["sync", "--approve", &looked_at, "--format", "json"]).exits(4);
    let moved = refused.json()["moved"]["reason"].as_str().unwrap().to_owned();
    assert!(moved.contains(&refused.plan_id()) && moved.contains(&looked_at), "{moved}");
    assert_eq!(lab.sent(), Vec::<String>::new());

    lab.run(&["sync", "--approve", &refused.plan_id()]).exits(0);
    assert_eq!(lab.active().len(), 4);
}

#[test]
fn a_first_plan_may_be_applied_at_once_where_the_configuration_says_so() {
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.export(&crowd(5));
    lab.sync().exits(0);
    assert_eq!(lab.active().len(), 5);
}

#[test]
fn even_then_the_limits_count() {
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.export(&crowd(11));
    assert_eq!(lab.sync().exits(4).held(), ["over_limit create"]);
    assert_eq!(lab.sent(), Vec::<String>::new());
}

#[test]
fn matches_are_only_reported_where_the_configuration_says_so() {
    let mut lab = Lab::new(joined(1, 2));
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("provisioning", "matches = \"report\"");
    lab.export(&crowd(2));
    for _ in 0..2 {
        assert_eq!(lab.look().exits(0).notes(), ["match", "match"]);
    }
    assert_eq!(lab.sent(), Vec::<String>::new(), "nothing sent, nobody duplicated");

    lab.export(&[row("1", "Other", "Name", "p1").inactive()]);
    lab.look().exits(0);
    assert_eq!(lab.sent(), Vec::<String>::new(), "whoever is only reported is not managed");
}

#[test]
fn a_member_in_another_spelling_is_the_same_person() {
    let mut lab = Lab::new(team().member("Mixed.Case@Acme.example", "Mixed", "Case"));
    lab.set("safety", "first_sync = \"apply\"");
    lab.export(&[row("7", "Mixed", "Case", "mixed.case")]);
    assert_eq!(lab.sync().exits(0).json()["adopted"], 1);
    lab.look().exits(0);
    lab.export(&[row("7", "Mixed", "Case", "MIXED.case")]);
    lab.look().exits(0);
    assert_eq!(lab.sent(), Vec::<String>::new());
}

#[test]
fn a_match_who_has_left_is_adopted_first_and_deactivated_in_a_later_cycle() {
    let mut lab = Lab::new(joined(1, 3));
    lab.set("safety", "first_sync = \"apply\"");
    lab.export(&[crowd(1)[0].clone().inactive(), crowd(3)[1].clone(), crowd(3)[2].clone()]);
    let first = lab.sync().exits(0);
    assert_eq!((first.json()["adopted"].clone(), first.notes()), (3.into(), vec!["adopted_inactive".to_owned()]));
    assert_eq!(lab.sent(), Vec::<String>::new());
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

#[test]
fn protected_accounts_are_in_no_plan() {
    let mut lab = Lab::new(joined(1, 1));
    lab.set("safety", "first_sync = \"apply\"");
    let admin = row("9", "Another", "Name", "admin");
    lab.export(&[admin.clone(), crowd(1).remove(0)]);
    lab.sync().exits(0);
    lab.export(&[admin.inactive(), crowd(1).remove(0)]);
    lab.look().exits(0);
    assert_eq!(lab.sent(), Vec::<String>::new());
    assert_eq!(lab.sandbox.person("admin@acme.example").unwrap().given, "Post");
}
