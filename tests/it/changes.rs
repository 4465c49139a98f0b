//! Every kind of change, what it costs, and what stops it: switches, seats, invitations, scope, addresses that
//! collide.

use postman_scim_sync::sandbox::{Elsewhere, Kind, Standing};

use crate::support::{Lab, Row, crowd, row, team};

const NOTHING: [&str; 0] = [];

fn lab(people: &[Row]) -> Lab {
    Lab::in_step(team(), people)
}

fn standing(lab: &Lab, user_name: &str) -> Standing {
    lab.sandbox.person(user_name).unwrap().standing
}

#[test]
fn a_newcomer_costs_one_write() {
    let lab = lab(&crowd(2));
    lab.export(&crowd(3));
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["create p3@acme.example"]);
    let person = lab.sandbox.person("p3@acme.example").unwrap();
    assert_eq!((person.given.as_str(), person.family.as_str()), ("Given3", "Family3"));
}

#[test]
fn an_explicit_leaver_is_out_at_once_for_one_read_and_one_write() {
    let mut people = crowd(3);
    let lab = lab(&people);
    people[0] = people[0].clone().inactive();
    lab.export(&people);
    lab.sync().exits(0);
    lab.sandbox.clear_log();

    people[1] = people[1].clone().inactive();
    lab.export(&people);
    lab.sync().exits(0);
    let them = lab.sandbox.person("p2@acme.example").unwrap();
    let about_them = |kind: Kind| {
        lab.sandbox.log().iter().filter(|l| l.kind == kind && l.scim_id.as_ref() == Some(&them.id)).count()
    };
    assert_eq!((about_them(Kind::Get), about_them(Kind::Deactivate)), (1, 1));
    assert_eq!(lab.sandbox.reads().len(), 2, "and one read to see that it is still this team");
    assert_eq!(lab.active(), ["p3@acme.example"]);
}

#[test]
fn whoever_vanished_is_out_after_two_real_cycles() {
    let mut lab = lab(&crowd(3));
    lab.set("safety", "absence_wait = \"0s\"");
    lab.export(&crowd(2));
    assert_eq!(lab.sync().exits(0).notes(), ["due"]);
    lab.plan().exits(0);
    assert_eq!(lab.active().len(), 3, "dry runs do not count");
    lab.sync().exits(0);
    assert_eq!(lab.active().len(), 2);
}

#[test]
fn whoever_is_seen_again_begins_a_new_absence() {
    let mut lab = lab(&crowd(3));
    lab.set("safety", "absence_wait = \"0s\"");
    for export in [2, 3, 2] {
        lab.export(&crowd(export));
        lab.sync().exits(0);
    }
    assert_eq!(lab.sent(), NOTHING);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
}

#[test]
fn absence_waits_as_long_as_it_is_told() {
    let lab = lab(&crowd(3));
    lab.export(&crowd(2));
    for _ in 0..3 {
        assert_eq!(lab.sync().exits(0).notes(), ["due"]);
    }
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn a_leaver_who_returns_keeps_the_account() {
    let mut people = crowd(2);
    let lab = lab(&people);
    let before = lab.sandbox.person("p1@acme.example").unwrap().id;
    people[0] = people[0].clone().inactive();
    lab.export(&people);
    lab.sync().exits(0);
    lab.export(&[people[0].clone().named("New", "Name"), people[1].clone()]);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"], "the name of somebody who left is nobody's business");

    lab.export(&[crowd(1).remove(0).named("New", "Name"), people[1].clone()]);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["reactivate p1@acme.example", "rename p1@acme.example"]);
    let after = lab.sandbox.person("p1@acme.example").unwrap();
    assert_eq!((after.id, after.given.as_str(), after.standing), (before, "New", Standing::Active));
    lab.sync().exits(0);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn either_name() {
    let mut people = crowd(2);
    let lab = lab(&people);
    people[0].given = "Ada".into();
    people[1].family = "King".into();
    lab.export(&people);
    lab.sync().exits(0);
    let names = |user_name| lab.sandbox.person(user_name).map(|p| (p.given, p.family)).unwrap();
    assert_eq!(names("p1@acme.example"), ("Ada".into(), "Family1".into()));
    assert_eq!(names("p2@acme.example"), ("Given2".into(), "King".into()));
    assert_eq!(lab.sent().len(), 2);
}

#[test]
fn an_address_changes_in_place() {
    let lab = lab(&crowd(2));
    let before = lab.sandbox.person("p1@acme.example").unwrap().id;
    lab.export(&[crowd(1).remove(0).at("ada@acme.example"), crowd(2).remove(1)]);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["readdress p1@acme.example"]);
    assert_eq!(lab.sandbox.person("ada@acme.example").unwrap().id, before);
}

#[test]
fn an_address_outside_the_verified_domains_stays() {
    let lab = lab(&crowd(2));
    lab.export(&[crowd(1).remove(0).at("p1@elsewhere.example"), crowd(2).remove(1)]);
    assert_eq!(lab.sync().exits(3).notes(), ["unverified_domain"]);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn a_change_of_case_is_none() {
    let lab = lab(&crowd(1));
    lab.export(&[crowd(1).remove(0).at("P1@ACME.example")]);
    lab.look().exits(0);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn a_freed_address_goes_to_a_newcomer_in_the_same_cycle() {
    let lab = lab(&crowd(2));
    lab.export(&[crowd(1).remove(0).at("ada@acme.example"), crowd(2).remove(1), row("3", "New", "Comer", "p1")]);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["readdress p1@acme.example", "create p1@acme.example"]);
    assert_eq!(lab.sandbox.person("p1@acme.example").unwrap().given, "New");
}

#[test]
fn a_chain_of_addresses_is_done_in_order_and_a_swap_not_at_all() {
    let lab = lab(&crowd(5));
    let to = |i: usize, local: &str| crowd(5).remove(i - 1).at(&format!("{local}@acme.example"));
    lab.export(&[to(1, "p2"), to(2, "p3"), to(3, "free"), to(4, "p5"), to(5, "p4")]);
    assert_eq!(lab.sync().exits(3).notes(), ["swap"]);
    assert_eq!(lab.sent(), ["readdress p3@acme.example", "readdress p2@acme.example", "readdress p1@acme.example"]);
    assert_eq!(lab.sandbox.person("p4@acme.example").unwrap().given, "Given4");
}

#[test]
fn two_people_with_one_address_stay_as_they_are() {
    let lab = lab(&crowd(2));
    let rival = crowd(2).remove(1).at("P1@acme.example").named("Not", "Ada");
    lab.export(&[crowd(1).remove(0).named("Other", "Name"), rival]);
    assert_eq!(lab.sync().exits(3).notes(), ["duplicate"]);
    lab.export(&[crowd(1).remove(0), crowd(2).remove(1), row("3", "A", "B", "new"), row("4", "C", "D", "NEW")]);
    assert_eq!(lab.sync().exits(3).notes(), ["duplicate"]);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn the_three_switches() {
    let mut people = crowd(3);
    let mut lab = lab(&people);
    for switch in ["create_users", "update_users", "deactivate_users"] {
        lab.set("provisioning", &format!("{switch} = false"));
    }
    people[0].given = "Ada".into();
    people[1] = people[1].clone().inactive();
    people.push(row("4", "New", "Comer", "new"));
    people[2].mail = "other@acme.example".into();
    lab.export(&people);
    assert_eq!(lab.sync().exits(0).notes(), ["switched_off"; 4]);
    assert_eq!(lab.sent(), NOTHING);

    let on = |lab: &mut Lab, switch: &str| {
        lab.set("provisioning", &format!("{switch} = true"));
        lab.sync().exits(0);
        lab.sent()
    };
    assert_eq!(on(&mut lab, "create_users"), ["create new@acme.example"]);
    assert_eq!(on(&mut lab, "update_users"), ["readdress p3@acme.example", "rename p1@acme.example"]);
    assert_eq!(on(&mut lab, "deactivate_users"), ["deactivate p2@acme.example"]);
}

#[test]
fn without_a_free_seat_creates_wait_and_nobody_is_held() {
    let lab = Lab::in_step(team().seats(3), &crowd(2));
    let mut people = crowd(4);
    people[0].given = "Ada".into();
    lab.export(&people);
    let stopped = lab.sync().exits(3);
    assert_eq!(stopped.json()["phase_stops"].as_array().unwrap().len(), 1);
    assert!(lab.sent().contains(&"rename p1@acme.example".into()), "the other phases go on");
    lab.sandbox.edit(|team| team.seats = Some(5));
    lab.sync().exits(0);
    assert_eq!(lab.active().len(), 4);
}

#[test]
fn a_leavers_seat_is_free_for_a_newcomer_in_the_same_cycle() {
    let lab = Lab::in_step(team().seats(3), &crowd(2));
    let mut people = crowd(3);
    people[0] = people[0].clone().inactive();
    lab.export(&people);
    lab.sync().exits(0);
    assert_eq!(lab.active(), ["p2@acme.example", "p3@acme.example"]);
}

#[test]
fn an_invitation_is_sent_once_and_noticed_when_it_is_accepted() {
    let guest = row("9", "Guest", "Person", "x").at("guest@partner.example");
    let lab = Lab::in_step(team().account("guest@partner.example", Elsewhere::NoTeam), &crowd(1));
    lab.export(&[crowd(1).remove(0), guest.clone()]);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["create guest@partner.example"]);
    for _ in 0..2 {
        assert_eq!(lab.look().exits(0).notes(), ["invitation_pending"]);
    }
    assert_eq!(lab.sent(), NOTHING, "never a second POST");

    assert!(lab.sandbox.edit(|team| team.accept_invite("guest@partner.example")));
    assert_eq!(lab.look().exits(0).notes(), NOTHING);
    lab.export(&[crowd(1).remove(0), guest.inactive()]);
    lab.sync().exits(0);
    assert_eq!(standing(&lab, "guest@partner.example"), Standing::Deactivated);
}

#[test]
fn somebody_who_belongs_to_another_team_is_held_and_the_others_go_on() {
    let lab = Lab::in_step(team().account("guest@partner.example", Elsewhere::OtherTeam), &crowd(1));
    let guest = row("9", "Guest", "Person", "x").at("guest@partner.example");
    lab.export(&[crowd(1).remove(0), guest, row("2", "New", "Comer", "new")]);
    lab.sync().exits(3);
    assert_eq!(lab.active(), ["new@acme.example", "p1@acme.example"]);
    lab.sandbox.clear_log();
    assert_eq!(lab.sync().exits(3).notes(), ["held:conflict"]);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn people_of_a_group() {
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("source", "groups = \"groups\"");
    lab.set("scope", "groups = [\"postman-users\"]");
    let export = |groups_of_1: &str| {
        let head = "id,given,family,mail,status,groups\n";
        let people = [("1", groups_of_1), ("2", "postman-users"), ("3", "staff")];
        let rows = people.map(|(id, groups)| format!("{id},G{id},F{id},p{id}@acme.example,active,{groups}\n"));
        lab.write("people.csv", &(head.to_owned() + &rows.concat()));
    };
    export("staff|postman-users");
    lab.sync().exits(0);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example"]);
    export("staff");
    lab.sync().exits(0);
    assert_eq!(lab.active(), ["p2@acme.example"], "their entry was read, so nothing has to be waited for");
}

#[test]
fn an_unknown_state_changes_nothing() {
    let mut people = crowd(3);
    let lab = lab(&people);
    people[0].status = "on sabbatical".into();
    people[0].given = "Ada".into();
    people[1].status = String::new();
    lab.export(&people);
    // Exit 3: a member whose state nobody knows may be a leaver with a new status.
    assert_eq!(lab.sync().exits(3).notes(), ["unknown_state", "unknown_state"]);
    assert_eq!(lab.sent(), NOTHING);
}

/// Sixteen creates that no seat is left for are one reason and not sixteen failures.
#[test]
fn many_creates_without_a_seat_stop_their_phase_and_nothing_else() {
    let lab = Lab::in_step(team().seats(3), &crowd(2));
    let mut people = crowd(18);
    people[1].family = "Neu".into();
    lab.export(&people);
    let synced = lab.sync().exits(3).json();
    assert_eq!((synced["stopped"].is_null(), synced["phase_stops"].as_array().map(Vec::len)), (true, Some(1)));
    assert!(lab.sent().contains(&"rename p2@acme.example".to_owned()), "the phase after it went on");
}
