//! The keycloak source through the built program: a realm as the directory, over HTTP.

use serde_json::json;

use crate::directories::cloud::Failure;
use crate::directories::jwt;
use crate::directories::keycloak::{CLIENT, KID, Keycloak, REALM, REALM_ID, SECRET, group, user, user_id};
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
        format!("{USERS}?first=0&max=500"),
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

/// One was hidden by the other: as many as before, and not the same. The look-up knows better.
#[test]
fn who_fell_between_two_pages_is_there_by_id() {
    let (lab, keycloak) = in_step(&crowd(6), "page_size = 2");
    keycloak.change(|realm| {
        realm.common.before("first=2&", 1, |realm| {
            realm.delete("1");
            realm.people.push(user(&row("9", "New", "Comer", "p9")));
        });
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("users: 6 in 3 pages, as many as were counted before and after"), "{said}");
    assert_eq!(lab.sent(), ["create p9@acme.example"], "the third is in no page, and there");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

#[test]
fn groups_by_name_and_path_with_those_within_them() {
    let (mut lab, keycloak) = lab(&crowd(6), "page_size = 2");
    keycloak.change(|realm| {
        realm.groups =
            vec![group("1", "Engineering", None, &["1"]), group("2", "Backend", Some("1"), &["2", "3", "4"])];
        realm.groups.push(group("3", "Sales", None, &["5"]));
        realm.groups.push(group("4", "Backend", Some("3"), &["6"]));
        realm.groups.extend((10..23).map(|i| group(&i.to_string(), &format!("T{i}"), Some("2"), &[])));
        realm.groups.push(group("30", "Deep", Some("22"), &["5"]));
    });
    lab.set("scope", "groups = [\"engineering\"]");
    begin(&lab, &keycloak);
    assert_eq!(
        lab.active(),
        [1, 2, 3, 4, 5].map(|i| format!("p{i}@acme.example")),
        "thirteen groups, and one in the last"
    );
    // A listing of members moved; the person's own groups say that they are in one.
    keycloak.change(|realm| realm.common.before("members?first=2&", 1, |realm| realm.rename("2", "zoe")));
    let said = lab.run(&["sync"]);
    assert_eq!(lab.sent(), nothing(), "{}", said.out);
    keycloak.change(|realm| realm.leave("3"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
    for (name, words) in [
        ("Backend", "is there more than once; write its path into scope.groups"),
        ("Nothing", "is not there, or may not be read"),
        ("/Nothing", "is not there, or may not be read"),
        ("T10", "has no members, or they may not be read"),
    ] {
        lab.set("scope", &format!("groups = [\"{name}\"]"));
        is_worthless(&lab, 1, 4, words);
    }
    // Of a server that shows fewer groups than it counts.
    lab.set("scope", "groups = [\"/Engineering/Backend\"]");
    keycloak.change(|realm| realm.common.always = vec![("children?first=2&", Failure::Says("[]"))]);
    is_worthless(&lab, 1, 4, "a group has 13 groups within it and 2 are shown");
}

#[test]
fn old_servers_have_the_tree_in_the_group_and_live_under_auth() {
    let (mut lab, keycloak) = lab(&crowd(4), "");
    keycloak.change(|realm| {
        (realm.prefix, realm.is_before_23) = ("/auth", true);
        realm.groups = vec![group("1", "Engineering", None, &["1"]), group("2", "Backend", Some("1"), &["2"])];
    });
    lab.source(&source(&keycloak, "").replace("\"\nrealm", "/auth\"\nrealm"));
    lab.set("scope", "groups = [\"Engineering\"]");
    begin(&lab, &keycloak);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example"]);
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
fn gone_is_what_keycloak_says_in_its_own_words() {
    let (lab, keycloak) = in_step(&crowd(6), "");
    keycloak.change(|realm| _ = realm.unlisted.insert(user_id("6")));
    let not_found = "{\"error\":\"User not found\"}";
    for failure in [Failure::Html(404), Failure::Status(404), Failure::Refuses(404, not_found)] {
        keycloak.change(|realm| realm.common.always = vec![("/users/0", failure)]);
        lab.run(&["sync"]).exits(3);
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    }
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

#[test]
fn check_names_the_realm_and_warns_where_the_token_can_write() {
    let (lab, keycloak) = in_step(&crowd(3), "");
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains(&format!("Keycloak realm {REALM} ({REALM_ID}) as client {CLIENT}")), "{said}");
    assert!(said.contains("no role of realm-management that writes"), "{said}");
    keycloak.change(|realm| _ = realm.roles.insert("manage-users"));
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains("the token may write (manage-users)"), "{said}");
    assert_eq!(keycloak.writes(), nothing());
}
