//! The keycloak source through the built program: a realm as the directory, over HTTP.

mod check;
mod groups;
mod look_up;
mod pushed;
mod worthless;

use serde_json::json;

use crate::directories::jwt;
use crate::directories::keycloak::{CLIENT, KID, Keycloak, REALM, SECRET, user, user_id};
use crate::support::{Lab, Lines, Row, crowd, row, team};

const USERS: &str = "/admin/realms/acme/users";

fn source(keycloak: &Keycloak, more: &str) -> String {
    let (url, secret) = (keycloak.url(), "client_secret_file = \"keycloak.secret\"");
    format!("type = \"keycloak\"\nurl = \"{url}\"\nrealm = \"{REALM}\"\nclient_id = \"{CLIENT}\"\n{secret}\n{more}\n")
}

/// A lab whose directory is a realm of these people; nothing is written yet.
fn lab(people: &[Row], more: &str) -> (Lab, Keycloak) {
    let keycloak = Keycloak::start_realm(people.iter().map(user).collect());
    let mut lab = Lab::new(team());
    lab.write("keycloak.secret", SECRET);
    lab.write("keycloak.key", jwt::KEY);
    for (key, value) in [("first_sync", "apply"), ("settle_wait", "0s"), ("absence_wait", "0s")] {
        lab.set("safety", &format!("{key} = \"{value}\""));
    }
    for (key, name) in [("user_name", "email"), ("given_name", "firstName"), ("family_name", "lastName")] {
        lab.set("mapping", &format!("{key} = \"{name}\""));
    }
    lab.wide_open();
    lab.source(&source(&keycloak, more));
    (lab, keycloak)
}

/// The same, after its first cycle.
fn in_step(people: &[Row], more: &str) -> (Lab, Keycloak) {
    let (lab, keycloak) = lab(people, more);
    begin(&lab, &keycloak);
    (lab, keycloak)
}

fn begin(lab: &Lab, keycloak: &Keycloak) {
    lab.run(&["sync"]).exits(0);
    lab.sandbox.clear_log();
    keycloak.requests();
}

fn nothing() -> Vec<String> {
    Vec::new()
}

fn sent(lab: &Lab) -> Vec<String> {
    let mut sent = lab.sent();
    sent.sort();
    sent
}

/// Nobody is touched, and the report says that.
fn is_worthless(lab: &Lab, code: i32, people: usize, words: &str) {
    let said = lab.run(&["sync"]).exits(code).out.flat();
    assert!(said.contains(words), "{words}: {said}");
    assert_eq!((lab.active().len(), lab.sent()), (people, nothing()));
}

#[test]
fn a_team_follows_a_realm_and_a_quiet_cycle_costs_the_least() {
    let (mut lab, keycloak) = lab(&crowd(5), "");
    lab.set("safety", "first_sync = \"approve\"");
    let plan = lab.plan();
    assert_eq!(plan.code, 0, "{}", plan.err);
    lab.run(&["sync", "--approve", &plan.plan_id()]).exits(0);
    assert_eq!(lab.active().len(), 5);
    lab.sandbox.clear_log();
    keycloak.requests();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    let count = format!("{USERS}/count");
    let expected = [
        "POST /realms/acme/protocol/openid-connect/token".to_owned(),
        "/admin/realms/acme".into(),
        count.clone(),
        format!("{USERS}?briefRepresentation=true&first=0&max=500"),
        count,
    ];
    assert_eq!(keycloak.requests(), expected);
    keycloak.change(|realm| {
        realm.delete("1");
        realm.person("2")["enabled"] = json!(false);
        realm.person("3")["lastName"] = json!("Married");
        realm.person("4")["email"] = json!("moved@acme.example");
        realm.people.push(user(&row("6", "New", "Comer", "p6")));
    });
    lab.run(&["sync"]).exits(0);
    let expected = [
        "create p6@acme.example",
        "deactivate p1@acme.example",
        "deactivate p2@acme.example",
        "readdress p4@acme.example",
        "rename p3@acme.example",
    ];
    assert_eq!(sent(&lab), expected);
    assert_eq!(keycloak.writes(), nothing());
}

#[test]
fn a_listing_that_moved_removes_nobody() {
    let (lab, keycloak) = in_step(&crowd(6), "page_size = 2");
    // The third is skipped: whoever leaves meanwhile moves the others.
    keycloak.change(|realm| realm.common.before("first=2&", 1, |realm| realm.delete("1")));
    is_worthless(&lab, 1, 6, "6 people were counted, 5 were shown, and 5 were counted then");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    // Somebody came, and somebody else twice.
    keycloak.change(|realm| {
        realm.common.before("first=2&", 1, |realm| {
            realm.people.push(user(&row("0", "A", "B", "a0")));
        });
    });
    is_worthless(&lab, 1, 5, "an id came twice");
}

#[test]
fn rights_that_are_missing_remove_nobody() {
    let (lab, keycloak) = in_step(&crowd(6), "page_size = 2");
    let with = |roles: &[&'static str]| keycloak.change(|realm| realm.roles = roles.iter().copied().collect());
    with(&["query-users", "view-realm"]);
    is_worthless(&lab, 1, 6, "nobody is shown. Empty never means everybody left");
    with(&["view-users"]);
    is_worthless(&lab, 1, 6, "the realm does not show its id");
    with(&[]);
    is_worthless(&lab, 1, 6, "view-users and view-realm of realm-management");
    // Fine-grained rights for some: pages are short in their middle, and an id is refused, not denied.
    with(&["view-realm"]);
    keycloak.change(|realm| realm.visible = ["1", "6"].map(user_id).into_iter().collect());
    is_worthless(&lab, 1, 6, "may not view everybody and needs view-users");
    keycloak.change(|realm| realm.visible = ["1", "3", "5"].map(user_id).into_iter().collect());
    let said = lab.run(&["sync"]).out.flat();
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()), "{said}");
    assert!(said.contains("HTTP 403"), "{said}");
}

#[test]
fn a_token_that_ends_while_people_are_read_is_renewed() {
    let (mut lab, keycloak) = lab(&crowd(6), "page_size = 2");
    let key = format!("private_key_file = \"keycloak.key\"\nkey_id = \"{KID}\"\npage_size = 2");
    lab.source(&source(&keycloak, &key).replace("client_secret_file = \"keycloak.secret\"\n", ""));
    keycloak.change(|realm| realm.common.before("first=2&", 1, |realm| realm.expire_tokens()));
    begin(&lab, &keycloak);
    assert_eq!(lab.active().len(), 6);
    keycloak.change(|realm| realm.clients.clear());
    is_worthless(&lab, 1, 6, "invalid_client");
}

/// What a mapping does not read is not asked for: it costs the server some questions a person.
#[test]
fn attributes_of_the_realm_are_read_where_a_mapping_names_one() {
    let (mut lab, keycloak) = lab(&crowd(2), "");
    keycloak.change(|realm| realm.people.iter_mut().for_each(|one| one["attributes"] = json!({ "alias": ["Ada"] })));
    lab.set("mapping", "given_name = \"attributes.alias\"");
    begin(&lab, &keycloak);
    assert_eq!(lab.sandbox.person("p1@acme.example").unwrap().given, "Ada");
    lab.set("mapping", "given_name = \"{{ attrs['attributes.alias'] }}\"");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}
