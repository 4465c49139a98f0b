//! What becomes of changes that somebody made to the team by hand.

use postman_scim_sync::sandbox::{Standing, Team};

use crate::support::{Lab, Row, crowd, row, team};

const NOTHING: [&str; 0] = [];
const P1: &str = "p1@acme.example";

/// Three people in step, and then somebody's hand.
fn after(hand: impl FnOnce(&mut Team) -> bool) -> Lab {
    let lab = Lab::in_step(team(), &crowd(3));
    assert!(lab.sandbox.edit(hand), "the hand found nothing to do");
    lab
}

fn first_inactive() -> Vec<Row> {
    let mut people = crowd(3);
    people[0] = people[0].clone().inactive();
    people
}

fn standing(lab: &Lab) -> Standing {
    lab.sandbox.person(P1).unwrap().standing
}

/// The person is held, in this cycle and the next, and nothing is sent.
fn is_held(lab: &Lab, why: &str) {
    for _ in 0..2 {
        assert_eq!(lab.look().exits(3).notes(), [format!("held:{why}")]);
    }
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn deactivated_by_hand_stays_so_until_somebody_adopts_them() {
    let lab = after(|team| team.deactivate_by_hand(P1));
    is_held(&lab, "deactivated_by_hand");
    lab.run(&["adopt", P1]).exits(0);
    assert_eq!(lab.sent(), NOTHING, "the decision itself sends nothing");
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["reactivate p1@acme.example"]);
}

#[test]
fn deactivated_by_hand_stays_so_until_the_directory_takes_them_out_and_in_again() {
    let lab = after(|team| team.deactivate_by_hand(P1));
    is_held(&lab, "deactivated_by_hand");
    lab.export(&first_inactive());
    assert_eq!(lab.sync().exits(0).notes(), NOTHING);
    assert_eq!(lab.sent(), NOTHING);
    lab.export(&crowd(3));
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["reactivate p1@acme.example"]);
}

#[test]
fn an_export_that_misses_them_once_gives_no_access_back() {
    let lab = after(|team| team.deactivate_by_hand(P1));
    is_held(&lab, "deactivated_by_hand");
    lab.export(&crowd(3)[1..]);
    lab.sync();
    lab.export(&crowd(3));
    is_held(&lab, "deactivated_by_hand");
}

#[test]
fn removed_by_hand_stays_so_until_somebody_adopts_them() {
    let lab = after(|team| team.remove_by_hand(P1));
    is_held(&lab, "removed_by_hand");
    lab.run(&["adopt", P1]).exits(0);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["create p1@acme.example"]);
    assert_eq!(standing(&lab), Standing::Active);
    lab.look().exits(0);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn removed_by_hand_stays_so_until_the_directory_takes_them_out_and_in_again() {
    let lab = after(|team| team.remove_by_hand(P1));
    is_held(&lab, "removed_by_hand");
    lab.export(&first_inactive());
    lab.sync().exits(0);
    lab.export(&crowd(3));
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["create p1@acme.example"]);
}

#[test]
fn whoever_is_brought_back_by_hand_is_managed_as_before() {
    let lab = after(|team| team.remove_by_hand(P1));
    is_held(&lab, "removed_by_hand");
    lab.sandbox.edit(|team| team.add_by_hand(P1, "Given1", "Family1"));
    assert_eq!(lab.look().exits(0).notes(), NOTHING);
    lab.export(&first_inactive());
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

#[test]
fn a_leaver_removed_by_hand_is_nobodys_concern() {
    let lab = Lab::in_step(team(), &crowd(3));
    lab.export(&first_inactive());
    lab.sync().exits(0);
    lab.sandbox.edit(|team| team.remove_by_hand(P1));
    lab.sandbox.clear_log();
    assert_eq!(lab.look().exits(0).notes(), NOTHING);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn a_leaver_let_in_by_hand_is_taken_out_again() {
    let lab = Lab::in_step(team(), &crowd(3));
    lab.export(&first_inactive());
    lab.sync().exits(0);
    for _ in 0..2 {
        assert!(lab.sandbox.edit(|team| team.reactivate_by_hand(P1)));
        lab.sandbox.clear_log();
        assert_eq!(lab.look().exits(0).notes(), ["drift"]);
        assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    }
    assert!(lab.sandbox.edit(|team| team.reactivate_by_hand(P1)));
    assert_eq!(lab.look().exits(3).notes(), ["held:undone"]);
    assert_eq!(lab.sent(), NOTHING, "two who undo each other's work need a person");
}

#[test]
fn a_name_changed_by_hand_is_put_back_twice_and_then_held() {
    let lab = Lab::in_step(team(), &crowd(3));
    for _ in 0..2 {
        lab.sandbox.edit(|team| team.rename_by_hand(P1, "Nick", "Name"));
        assert_eq!(lab.look().exits(0).notes(), ["drift"]);
        assert_eq!(lab.sent(), ["rename p1@acme.example"]);
    }
    lab.sandbox.edit(|team| team.rename_by_hand(P1, "Nick", "Name"));
    is_held(&lab, "undone");
    lab.run(&["adopt", P1]).exits(0);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["rename p1@acme.example"]);
}

#[test]
fn a_name_changed_by_hand_to_what_the_directory_says_is_no_fight() {
    let lab = Lab::in_step(team(), &crowd(3));
    let mut people = crowd(3);
    people[0].given = "Ada".into();
    lab.export(&people);
    lab.sandbox.edit(|team| team.rename_by_hand(P1, "Ada", "Family1"));
    assert_eq!(lab.look().exits(0).notes(), NOTHING);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn an_address_changed_by_hand_is_held() {
    let lab = after(|team| team.readdress_by_hand(P1, "private@acme.example"));
    is_held(&lab, "readdressed_by_hand");
    lab.run(&["adopt", "private@acme.example"]).exits(0);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["readdress private@acme.example"], "released: the directory decides again");
}

#[test]
fn whoever_left_is_out_even_with_an_address_changed_by_hand() {
    let lab = after(|team| team.readdress_by_hand(P1, "private@acme.example"));
    is_held(&lab, "readdressed_by_hand");
    lab.export(&first_inactive());
    lab.look().exits(0);
    assert_eq!(lab.sent(), ["deactivate private@acme.example"]);
}

#[test]
fn whoever_stands_behind_the_id_is_looked_at_before_a_deactivation() {
    let lab = after(|team| team.readdress_by_hand(P1, "private@acme.example"));
    lab.export(&first_inactive());
    let aimed = lab.sync().exits(3);
    assert_eq!(aimed.json()["outcomes"][0]["result"]["ended"], "not_sent");
    assert_eq!(lab.sent(), NOTHING);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate private@acme.example"], "the next cycle listed the team, and knows");
}

#[test]
fn drift_is_seen_without_being_asked_when_somebody_new_is_wanted() {
    let lab = after(|team| team.deactivate_by_hand(P1));
    assert_eq!(lab.sync().exits(0).notes(), NOTHING, "between two listings nobody looks");
    lab.export(&crowd(4));
    assert_eq!(lab.sync().exits(3).notes(), ["held:deactivated_by_hand"]);
    assert_eq!(lab.sent(), ["create p4@acme.example"]);
}

#[test]
fn somebody_invited_by_hand_to_a_newcomers_address_is_not_duplicated() {
    let lab = after(|team| team.invite_by_hand("new@acme.example"));
    let mut people = crowd(3);
    people.push(row("4", "New", "Comer", "new"));
    lab.export(&people);
    lab.sync().exits(3);
    lab.sandbox.clear_log();
    assert_eq!(lab.look().exits(3).notes(), ["held:conflict"]);
    assert_eq!(lab.sent(), NOTHING);
    assert!(lab.sandbox.edit(|team| team.accept_invite("new@acme.example")));
    let adopted = lab.look().exits(0);
    assert_eq!((adopted.json()["adopted"].clone(), adopted.notes().len()), (1.into(), 0));
}
