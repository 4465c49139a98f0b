//! The okta source through the built program: an Okta org as the directory, over HTTP.

mod access;
mod check;
mod groups;
mod limits;
mod look_up;
mod pushed;
mod worthless;

use serde_json::json;

use crate::directories::jwt;
use crate::directories::okta::{APP, CLIENT, KID, Okta, TOKEN, group, user, user_id};
use crate::support::{Lab, Lines, Row, crowd, row, team};

/// The lines of a `[[source]]` that signs in with a token of an admin's.
fn source(okta: &Okta, more: &str) -> String {
    format!("type = \"okta\"\nurl = \"{}\"\ntoken_file = \"okta.token\"\n{more}\n", okta.url())
}

/// The same as a service app.
fn service_app(okta: &Okta, more: &str) -> String {
    let key = format!("private_key_file = \"okta.key\"\nkey_id = \"{KID}\"");
    format!("type = \"okta\"\nurl = \"{}\"\nclient_id = \"{CLIENT}\"\n{key}\n{more}\n", okta.url())
}

fn by_app() -> String {
    format!("app = \"{APP}\"")
}

/// A lab whose directory is an org of these people, all assigned to the app; nothing is written yet.
fn lab(people: &[Row]) -> (Lab, Okta) {
    let okta = Okta::start_org(people.iter().map(user).collect());
    let ids: Vec<&str> = people.iter().map(|row| row.id.as_str()).collect();
    okta.change(|org| org.assign(&ids));
    let mut lab = Lab::new(team());
    lab.write("okta.token", TOKEN);
    lab.write("okta.key", jwt::KEY);
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.set("safety", "absence_wait = \"0s\"");
    lab.set("mapping", "user_name = \"profile.email\"");
    lab.set("mapping", "given_name = \"profile.firstName\"");
    lab.set("mapping", "family_name = \"profile.lastName\"");
    lab.wide_open();
    lab.source(&source(&okta, &by_app()));
    (lab, okta)
}

/// The same, after its first cycle.
fn in_step(people: &[Row]) -> (Lab, Okta) {
    let (lab, okta) = lab(people);
    begin(&lab, &okta);
    assert_eq!(lab.active().len(), people.len());
    (lab, okta)
}

fn begin(lab: &Lab, okta: &Okta) {
    lab.run(&["sync"]).exits(0);
    lab.sandbox.clear_log();
    okta.requests();
}

fn nothing() -> Vec<String> {
    Vec::new()
}

fn sent(lab: &Lab) -> Vec<String> {
    let mut sent = lab.sent();
    sent.sort();
    sent
}

/// From an org to the team: a plan, a person's approval, a cycle, and a quiet one. People are assigned themselves and by a group.
#[test]
fn a_team_follows_the_assignments_of_an_app() {
    let (mut lab, okta) = lab(&crowd(3));
    okta.change(|org| {
        org.people.extend(["4", "5"].map(|id| user(&row(id, "In", "Group", &format!("p{id}")))));
        org.people.push(user(&row("6", "Not", "Assigned", "p6")));
        org.groups.push(group("1", "Engineering", &["4", "5"]));
        org.assign_group("1");
    });
    lab.source(&service_app(&okta, &by_app()));
    lab.set("safety", "first_sync = \"approve\"");
    let plan = lab.plan();
    assert_eq!(plan.code, 0, "{}", plan.err);
    lab.run(&["sync", "--approve", &plan.plan_id()]).exits(0);
    let all: Vec<String> = (1..=5).map(|i| format!("p{i}@acme.example")).collect();
    assert_eq!(lab.active(), all);
    lab.sent();
    okta.requests();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing(), "the second cycle is quiet");
    let app = format!("/api/v1/apps/{APP}");
    let expected =
        ["/.well-known/okta-organization".to_owned(), app.clone(), format!("{app}/users?limit=500&expand=user")];
    let asked: Vec<_> = okta.requests().into_iter().filter(|request| !request.starts_with("POST /oauth2")).collect();
    assert_eq!(asked, expected, "and costs nothing but the listing, and who and what it is");

    okta.change(|org| {
        org.assign(&["6"]);
        org.unassign("1");
        org.person("2")["status"] = json!("SUSPENDED");
        org.person("3")["profile"]["lastName"] = json!("Married");
        org.person("4")["profile"]["email"] = json!("moved@acme.example");
        org.person("5")["status"] = json!("DEPROVISIONED");
    });
    lab.run(&["sync"]).exits(0);
    let expected = [
        "create p6@acme.example",
        "deactivate p1@acme.example",
        "deactivate p2@acme.example",
        "deactivate p5@acme.example",
        "readdress p4@acme.example",
        "rename p3@acme.example",
    ];
    assert_eq!(sent(&lab), expected);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    assert_eq!(okta.writes(), nothing());
}

#[test]
fn as_many_requests_as_pages() {
    let (lab, okta) = lab(&crowd(1_001));
    let _ = lab.run(&["fetch", "--out", lab.path("people.jsonl").to_str().unwrap()]).exits(0);
    let listing = okta.requests().into_iter().filter(|request| request.contains("/users?")).count();
    assert_eq!(listing, 3, "at 500 in a page");
}

/// Everybody: deactivated people are left out of the plain listing, and an id finds them.
#[test]
fn everybody_and_the_statuses() {
    let (mut lab, okta) = lab(&crowd(9));
    lab.source(&source(&okta, ""));
    begin(&lab, &okta);
    assert_eq!(lab.active().len(), 9);
    let statuses = ["ACTIVE", "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "STAGED", "ACTIVATING"];
    okta.change(|org| {
        for (person, status) in org.people.iter_mut().zip(statuses.into_iter().chain(["SUSPENDED", "DEPROVISIONED"])) {
            person["status"] = json!(status);
        }
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert_eq!(sent(&lab), ["deactivate p8@acme.example", "deactivate p9@acme.example"]);
    assert!(said.contains("STAGED") && said.contains("ACTIVATING"), "{said}");
    assert!(okta.requests().contains(&format!("/api/v1/users/{}", user_id("9"))));

    // Another company's mind about two of them.
    let words = "active_values = [\"active\", \"staged\", \"suspended\"]\ninactive_values = [\"locked_out\", \"deprovisioned\"]";
    lab.source(&source(&okta, words));
    lab.run(&["sync"]).exits(3);
    assert_eq!(sent(&lab), ["deactivate p5@acme.example", "reactivate p8@acme.example"]);
}

#[test]
fn an_assignment_without_its_user_changes_nothing() {
    let (lab, okta) = in_step(&crowd(10));
    okta.change(|org| {
        org.apps[0].rows.insert(user_id("1"), json!({ "_embedded": null }));
        // The assignment's status is not the person's.
        org.apps[0].rows.insert(user_id("2"), json!({ "status": "INACTIVE" }));
    });
    lab.run(&["sync"]).exits(3);
    assert_eq!((lab.active().len(), lab.sent()), (10, nothing()));
}

#[test]
fn whoever_is_deactivated_may_stay_in_the_listing() {
    let (lab, okta) = in_step(&crowd(3));
    okta.change(|org| {
        org.deprovisioned_stay = true;
        org.person("1")["status"] = json!("DEPROVISIONED");
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

#[test]
fn names_of_the_assignment_and_expressions() {
    let (mut lab, okta) = lab(&crowd(2));
    okta.change(|org| {
        org.apps[0].rows.insert(user_id("1"), json!({ "credentials": { "userName": "template@acme.example" } }));
    });
    lab.set("mapping", "user_name = \"assignment.userName\"");
    lab.set("mapping", "given_name = \"{{ profile.firstName }} ({{ attrs['assignment.scope'] }})\"");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["p2@acme.example", "template@acme.example"]);
    assert_eq!(lab.sandbox.person("p2@acme.example").unwrap().given, "Given2 (USER)");
}

#[test]
fn fetch_prints_it_and_the_file_source_reads_it_back() {
    let (mut lab, _okta) = lab(&crowd(3));
    lab.run(&["sync"]).exits(0);
    let fetched = lab.run(&["fetch"]).exits(0);
    assert!(fetched.out.ends_with("{\"end\":true,\"count\":3}\n"), "{}", fetched.out);
    assert!(!fetched.out.contains("_links") && !fetched.out.contains("credentials"), "{}", fetched.out);
    lab.write("people.jsonl", &fetched.out);
    let lines = fetched.err.lines().skip_while(|line| !line.starts_with("type")).collect::<Vec<_>>().join("\n");
    lab.source(&lines);
    lab.sandbox.clear_log();
    lab.sync().exits(0);
    assert_eq!(lab.sent(), nothing());
}
