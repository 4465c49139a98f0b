//! What only a person may decide, by name: whose account it is.

use crate::support::{Lab, Row, crowd, row, team};

const NOTHING: [&str; 0] = [];

fn first_is(new: Row) -> Vec<Row> {
    let mut people = crowd(3);
    people[0] = new;
    people
}

#[test]
fn a_new_directory_id_gets_the_old_account_only_by_name() {
    let mut lab = Lab::in_step(team(), &crowd(3));
    lab.set("safety", "absence_wait = \"0s\"");
    let account = lab.sandbox.person("p1@acme.example").unwrap().id;
    lab.export(&first_is(row("new-id", "Given1", "Family1", "p1")));
    for _ in 0..3 {
        assert_eq!(lab.sync().exits(3).notes(), ["new_directory_id"]);
    }
    assert_eq!(lab.active().len(), 3);
    lab.run(&["adopt", "p1@acme.example", "--rebind"]).exits(0);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), NOTHING);

    lab.export(&first_is(row("new-id", "Given1", "Family1", "p1").inactive()));
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    assert_eq!(lab.sandbox.person("p1@acme.example").unwrap().id, account);
}

#[test]
fn a_leavers_address_is_not_given_to_a_newcomer_by_itself() {
    let lab = Lab::in_step(team(), &crowd(3));
    let leaver = crowd(1).remove(0).inactive();
    let mut people = first_is(leaver);
    lab.export(&people);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);

    people.push(row("4", "New", "Comer", "p1"));
    lab.export(&people);
    for _ in 0..2 {
        assert_eq!(lab.look().exits(3).notes(), ["new_directory_id"]);
    }
    assert_eq!(lab.sent(), NOTHING, "nobody else's work comes back to life");
}

#[test]
fn nor_while_the_leaver_is_leaving() {
    let lab = Lab::in_step(team(), &crowd(3));
    let mut people = first_is(crowd(1).remove(0).inactive());
    people.push(row("4", "New", "Comer", "p1"));
    lab.export(&people);
    assert_eq!(lab.sync().exits(3).notes(), ["new_directory_id"]);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    assert_eq!(lab.sync().exits(3).notes(), ["new_directory_id"]);
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn nor_when_the_leaver_was_removed_since_postman_would_give_the_old_account() {
    // In both orders of the directory's ids.
    for newcomer in ["0", "9"] {
        let lab = Lab::in_step(team(), &crowd(3));
        let account = lab.sandbox.person("p1@acme.example").unwrap().id;
        let mut people = first_is(crowd(1).remove(0).inactive());
        lab.export(&people);
        lab.sync().exits(0);
        lab.sandbox.edit(|team| team.remove_by_hand("p1@acme.example"));
        people.push(row(newcomer, "New", "Comer", "p1"));
        lab.export(&people);
        lab.sandbox.clear_log();
        for _ in 0..2 {
            assert_eq!(lab.look().exits(3).notes(), ["new_directory_id"]);
        }
        assert_eq!(lab.sent(), NOTHING);

        lab.run(&["adopt", "p1@acme.example", "--rebind"]).exits(0);
        lab.look().exits(0);
        assert_eq!(lab.sent(), ["create p1@acme.example"]);
        assert_eq!(lab.look().exits(0).notes(), NOTHING);
        assert_eq!(lab.sent(), NOTHING);
        assert_eq!(lab.sandbox.person("p1@acme.example").unwrap().id, account);
    }
}

#[test]
fn a_stranger_is_taken_under_management_and_leaves_like_anybody() {
    let mut lab = Lab::in_step(team().member("stranger@acme.example", "Un", "Known"), &crowd(3));
    lab.set("safety", "absence_wait = \"0s\"");
    assert_eq!(lab.look().exits(0).notes(), ["stranger"]);
    lab.run(&["adopt", "stranger@acme.example"]).exits(0);
    assert_eq!(lab.sync().exits(0).notes(), ["due"]);
    assert_eq!(lab.sent(), NOTHING);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate stranger@acme.example"]);
}

#[test]
fn matches_are_adopted_by_one_word_where_they_are_only_reported() {
    let joined = team().member("p1@acme.example", "Given1", "Family1").member("p2@acme.example", "Given2", "Old");
    let mut lab = Lab::new(joined.member("stranger@acme.example", "Un", "Known"));
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("provisioning", "matches = \"report\"");
    lab.export(&crowd(2));
    assert_eq!(lab.sync().exits(0).notes(), ["match", "match", "stranger"]);
    lab.run(&["adopt", "--all"]).exits(0);
    assert_eq!(lab.look().exits(0).notes(), ["stranger"]);
    assert_eq!(lab.sent(), ["rename p2@acme.example"]);
}

#[test]
fn nobody_is_adopted_twice_or_out_of_nowhere() {
    let lab = Lab::in_step(team(), &crowd(1));
    lab.run(&["adopt", "p1@acme.example"]).exits(1);
    lab.run(&["adopt", "nobody@acme.example"]).exits(1);
    lab.run(&["adopt", "p1@acme.example", "--rebind"]).exits(1);
    lab.run(&["adopt", "--all"]).exits(1);
    lab.run(&["adopt"]).exits(2);
}

#[test]
fn a_protected_account_is_not_adopted() {
    let lab = Lab::in_step(team(), &crowd(1));
    lab.run(&["adopt", "admin@acme.example"]);
    for _ in 0..2 {
        lab.look().exits(0);
    }
    assert_eq!(lab.sent(), NOTHING);
}

#[test]
fn a_protected_member_is_not_taken_under_management() {
    let lab = Lab::in_step(team(), &crowd(2));
    let refused = lab.run(&["adopt", "admin@acme.example"]).exits(1);
    assert!(refused.err.contains("protected"), "{}", refused.err);
}

#[test]
fn somebody_with_an_account_gets_no_second_one() {
    let mut people = crowd(3);
    let lab = Lab::in_step(team(), &people);
    // The directory gives p1 an address that a member who joined by hand has.
    lab.sandbox.edit(|team| team.add_by_hand("new@acme.example", "New", "Comer"));
    people[0].mail = "new@acme.example".into();
    lab.export(&people);
    for arguments in [&["adopt", "new@acme.example"][..], &["adopt", "--all"]] {
        lab.run(arguments).exits(1);
    }
    let plan = lab.run(&["plan", "--refresh", "--format", "json"]).exits(0);
    assert_eq!(plan.notes(), ["address_taken_by_stranger"], "p1 keeps the account p1");
}

#[test]
fn an_address_that_two_people_have_is_nobodys_stranger() {
    let mut people = crowd(3);
    let lab = Lab::in_step(team(), &people);
    lab.sandbox.edit(|team| team.add_by_hand("twice@acme.example", "Two", "Rows"));
    people.push(row("8", "Two", "Rows", "twice"));
    people.push(row("9", "Two", "Rows", "twice"));
    lab.export(&people);
    let refused = lab.run(&["adopt", "twice@acme.example"]).exits(1);
    assert!(refused.err.contains("several people"), "{}", refused.err);
}
