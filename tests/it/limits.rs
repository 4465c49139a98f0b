//! The guard, seen from outside: what is held, what goes on, and how narrow an approval is.

use crate::support::{Answer, Lab, Row, crowd, row, team};

const NOTHING: [&str; 0] = [];

/// A team in step with thirty people, under the limits everybody has.
fn thirty() -> Lab {
    let mut lab = Lab::new(team());
    lab.export(&crowd(30));
    let plan_id = lab.plan().plan_id();
    lab.run(&["sync", "--approve", &plan_id]).exits(0);
    lab.set("safety", "settle_wait = \"0s\"");
    lab.sandbox.clear_log();
    lab
}

/// The crowd, of whom those people have left.
fn without(leavers: std::ops::RangeInclusive<usize>) -> Vec<Row> {
    let leave = |(i, row): (usize, Row)| if leavers.contains(&(i + 1)) { row.inactive() } else { row };
    crowd(30).into_iter().enumerate().map(leave).collect()
}

fn approved(lab: &Lab, held: &Answer) -> Answer {
    lab.run(&["approve", &held.plan_id(), "--by", "Grace"]).exits(0);
    lab.sync()
}

#[test]
fn a_mass_of_creates_is_held_and_one_dismissal_is_not() {
    let lab = thirty();
    let mut people = without(1..=1);
    people[1].given = "Ada".into();
    people.extend((1..=11).map(|i| row(&format!("n{i}"), "New", "Comer", &format!("n{i}"))));
    lab.export(&people);
    let held = lab.sync().exits(4);
    assert_eq!(held.held(), ["over_limit create"]);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example", "rename p2@acme.example"]);
    let held = lab.sync().exits(4);
    assert_eq!(lab.sent(), NOTHING);
    approved(&lab, &held).exits(0);
    assert_eq!(lab.active().len(), 40);
}

#[test]
fn a_mass_of_leavers_keeps_access_until_somebody_approves() {
    let lab = thirty();
    lab.export(&without(1..=4));
    let held = lab.sync().exits(4);
    assert_eq!(held.held(), ["over_limit deactivate_explicit"]);
    assert_eq!(lab.active().len(), 30);
    approved(&lab, &held).exits(0);
    assert_eq!(lab.active().len(), 26);
}

#[test]
fn an_approval_is_for_those_people_and_not_for_more() {
    let lab = thirty();
    lab.export(&without(1..=4));
    let held = lab.sync().exits(4);
    lab.run(&["approve", &held.plan_id()]).exits(0);
    lab.export(&without(1..=8));
    lab.sync().exits(4);
    assert_eq!(lab.active().len(), 30, "four unapproved are over the limit, so the class waits");
    lab.export(&without(1..=7));
    lab.sync().exits(0);
    assert_eq!(lab.active().len(), 23, "the approved, and as many more as the limits allow");
}

#[test]
fn an_approval_is_used_once() {
    let lab = thirty();
    lab.export(&without(1..=4));
    let held = lab.sync().exits(4);
    approved(&lab, &held).exits(0);
    lab.export(&crowd(30));
    lab.sync().exits(0);
    assert_eq!(lab.active().len(), 30);
    lab.export(&without(1..=4));
    lab.sync().exits(4);
    assert_eq!(lab.active().len(), 30);
}

#[test]
fn a_plan_nobody_stored_cannot_be_approved() {
    let lab = thirty();
    lab.run(&["approve", "0123456789"]).exits(1);
}

#[test]
fn a_slow_bleed_meets_the_days_limit() {
    let lab = thirty();
    for last in [2, 4] {
        lab.export(&without(1..=last));
        lab.sync().exits(0);
    }
    lab.export(&without(1..=6));
    let held = lab.sync().exits(4);
    assert_eq!(held.json()["proposal"]["held"][0]["window"], "day");
    assert_eq!(lab.active().len(), 26);
    lab.sync().exits(4);
    assert_eq!(lab.active().len(), 26, "and trying again does not help");
    lab.export(&without(1..=5));
    lab.sync().exits(0);
    assert_eq!(lab.active().len(), 25, "one more was left of the day's five");
}

#[test]
fn an_empty_directory_is_no_empty_company() {
    let mut lab = thirty();
    lab.set("safety", "absence_wait = \"0s\"");
    lab.export(&[]);
    for _ in 0..3 {
        let held = lab.sync().exits(4);
        assert_eq!(held.held(), ["empty"]);
    }
    assert_eq!(lab.plan().exits(4).held(), ["empty"]);
    assert_eq!(lab.sent(), NOTHING);
    lab.export(&crowd(30));
    lab.sync().exits(0);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn nor_is_a_directory_of_which_nobody_is_in_scope() {
    let mut lab = thirty();
    lab.set("scope", "include = [\"*@typo.example\"]");
    assert_eq!(lab.sync().exits(4).held(), ["nobody_in_scope"]);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn nor_is_one_whose_column_was_renamed() {
    let lab = thirty();
    let renamed = std::fs::read_to_string(lab.path("people.csv")).unwrap().replace(",status\n", ",state\n");
    lab.write("people.csv", &renamed);
    lab.sync().exits(1);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn a_shrunken_directory_meets_the_limit() {
    let mut lab = thirty();
    lab.set("safety", "absence_wait = \"0s\"");
    lab.export(&crowd(10));
    lab.sync().exits(0);
    assert_eq!(lab.sync().exits(4).held(), ["over_limit deactivate_absent"]);
    assert_eq!(lab.active().len(), 30);
}

#[test]
fn nobody_is_deactivated_while_nobody_is_protected() {
    let mut lab = thirty();
    lab.set("postman", "protected = []");
    lab.export(&without(1..=1));
    let held = lab.sync().exits(4);
    assert_eq!(held.held(), ["no_protected_accounts deactivate_explicit"]);
    approved(&lab, &held).exits(4);
    assert_eq!(lab.sent(), NOTHING, "and no approval lifts that");
}

#[test]
fn an_approval_is_for_the_settings_it_was_given_under() {
    let mut people = crowd(12);
    let mut lab = Lab::in_step(team(), &people);
    lab.set("safety", "deactivations = { cycle = 1 }");
    people[..3].iter_mut().for_each(|person| person.status = "inactive".into());
    lab.export(&people);
    let held = lab.sync().exits(4);
    lab.run(&["approve", &held.plan_id()]).exits(0);
    lab.set("safety", "grace = \"1d\"");
    lab.sync().exits(4);
    assert_eq!(lab.sent(), [""; 0], "other settings, another yes");
    let again = lab.sync().exits(4);
    lab.run(&["approve", &held.plan_id()]).exits(1);
    lab.run(&["approve", &again.plan_id()]).exits(0);
    lab.sync().exits(0);
    assert_eq!(lab.sent().len(), 3);
    let applied = lab.run(&["approve", &again.plan_id()]).exits(1);
    assert!(applied.err.contains("nothing of plan"), "{}", applied.err);
}
