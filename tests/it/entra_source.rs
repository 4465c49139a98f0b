//! The entra source through the built program: a tenant as the directory, over HTTP.

mod look_up;
mod pushed;
mod scope;
mod trouble;

use crate::directories::entra::{APP, CLIENT, Entra, PRINCIPAL, SECRET, TENANT, group, group_id, user, user_id};
use crate::directories::jwt;
use crate::support::{Lab, Lines, Row, crowd, row, team};
use serde_json::json;

/// The lines of a `[[source]]`; `more` says how to sign in, and who is read.
fn source(entra: &Entra, more: &str) -> String {
    let url = entra.url();
    format!(
        "type = \"entra\"\nurl = \"{url}\"\nlogin_url = \"{url}\"\ntenant = \"{TENANT}\"\nclient_id = \"{CLIENT}\"\n{more}\n"
    )
}

fn with_secret(entra: &Entra, more: &str) -> String {
    source(entra, &format!("client_secret_file = \"entra.secret\"\n{more}"))
}

fn assigned(entra: &Entra) -> String {
    with_secret(entra, &format!("app = \"{APP}\""))
}

/// A lab whose directory is a tenant of these people; the source is everybody, and nothing is written yet.
fn lab(people: &[Row]) -> (Lab, Entra) {
    let entra = Entra::start_tenant(people.iter().map(user).collect());
    let mut lab = Lab::new(team());
    lab.write("entra.secret", SECRET);
    for wait in ["settle_wait", "absence_wait"] {
        lab.set("safety", &format!("{wait} = \"0s\""));
    }
    lab.set("mapping", "given_name = \"givenName\"");
    lab.set("mapping", "family_name = \"surname\"");
    lab.wide_open();
    lab.source(&with_secret(&entra, ""));
    (lab, entra)
}

/// After its first cycle, by that source.
fn in_step(people: &[Row], lines: impl Fn(&Entra) -> String, set_up: impl FnOnce(&Entra)) -> (Lab, Entra) {
    let (mut lab, entra) = lab(people);
    set_up(&entra);
    lab.set("safety", "first_sync = \"apply\"");
    lab.source(&lines(&entra));
    lab.run(&["sync"]).exits(0);
    lab.sandbox.clear_log();
    entra.requests();
    (lab, entra)
}

/// Reads them all once, with nothing else; says how many they are.
fn fetched(lab: &Lab) -> usize {
    let path = lab.path("people.jsonl");
    let _ = std::fs::remove_file(&path);
    lab.run(&["fetch", "--out", path.to_str().unwrap()]).exits(0);
    // The last line says that it is the whole of it.
    std::fs::read_to_string(&path).unwrap().lines().count() - 1
}

fn nothing() -> Vec<String> {
    Vec::new()
}

/// The requests for people and groups since the last call.
fn asked(entra: &Entra, part: &str) -> Vec<String> {
    entra.requests().into_iter().filter(|line| line.contains(part)).collect()
}

#[test]
fn plan_approval_sync_and_a_quiet_second_cycle() {
    let (mut lab, entra) = lab(&crowd(5));
    lab.source(&assigned(&entra));
    entra.change(|tenant| {
        tenant.groups.push(group("1", "Postman", &[user_id("1"), user_id("2"), user_id("3")]));
        tenant.assign("Group", &group_id("1"));
        tenant.assign("User", &user_id("3"));
        tenant.assign("User", &user_id("4"));
        tenant.assign("ServicePrincipal", &user_id("9"));
    });
    let plan = lab.plan().exits(0);
    lab.run(&["sync", "--approve", &plan.plan_id()]).exits(0);
    let team = ["p1@acme.example", "p2@acme.example", "p3@acme.example", "p4@acme.example"];
    assert_eq!(lab.active(), team, "p5 is not assigned");
    lab.sandbox.clear_log();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    assert_eq!(entra.writes(), nothing());
}

#[test]
fn a_team_follows_assignments() {
    let (lab, entra) = in_step(&crowd(6), assigned, |entra| {
        entra.change(|tenant| {
            tenant.groups.push(group("1", "Postman", &["1", "2", "3", "4"].map(user_id)));
            tenant.assign("Group", &group_id("1"));
            tenant.assign("User", &user_id("5"));
            tenant.assign("User", &user_id("6"));
        });
    });
    assert_eq!(lab.active().len(), 6);
    entra.change(|tenant| {
        tenant.people.push(user(&row("7", "Grace", "Hopper", "grace")));
        tenant.groups[0].members.push(user_id("7"));
        tenant.person("1")["surname"] = json!("Married");
        tenant.person("2")["accountEnabled"] = json!(false);
        tenant.groups[0].members.retain(|id| *id != user_id("3"));
        tenant.person("4")["mail"] = json!("moved@acme.example");
        tenant.assignments.retain(|assignment| assignment.principal != user_id("5"));
        tenant.delete("6");
    });
    let sent = || {
        lab.run(&["sync"]).exits(0);
        let mut sent = lab.sent();
        sent.sort();
        sent
    };
    let expected = [
        "create grace@acme.example",
        "deactivate p2@acme.example",
        "deactivate p6@acme.example",
        "readdress p4@acme.example",
        "rename p1@acme.example",
    ];
    assert_eq!(sent(), expected);
    // Who is there and no longer assigned: the list may lag.
    assert_eq!(sent(), ["deactivate p3@acme.example", "deactivate p5@acme.example"]);
    assert_eq!(sent(), nothing());
}

#[test]
fn a_listing_takes_a_request_for_each_999_people() {
    let (mut lab, entra) = lab(&crowd(2_000));
    let pages = |entra: &Entra| asked(entra, "microsoft.graph.user?").len() + asked(entra, "/users?").len();
    assert_eq!(fetched(&lab), 2_000);
    let requests = entra.requests();
    assert_eq!(requests.len(), 5, "token, organization, three pages: {requests:#?}");
    assert!(requests[2..].iter().all(|line| line.contains("$top=999")), "{requests:#?}");

    lab.source(&assigned(&entra));
    entra.change(|tenant| {
        let members: Vec<String> = (1..=2_000).map(|i| user_id(&i.to_string())).collect();
        tenant.groups.push(group("1", "Postman", &members));
        tenant.assign("Group", &group_id("1"));
        tenant.assign("User", &user_id("1"));
    });
    assert_eq!(fetched(&lab), 2_000);
    let requests = entra.requests();
    assert_eq!(requests.len(), 7, "token, organization, application, assignments, three pages: {requests:#?}");
    assert_eq!(pages(&entra), 0);
}

/// The secret is in the other tests.
#[test]
fn an_application_signs_in_by_certificate_or_with_a_federated_token() {
    let (mut lab, entra) = lab(&crowd(3));
    let der = entra.change(|tenant| tenant.clients[CLIENT].certificates[0].clone());
    // Behind another one, which is not the key's: what is told is when our own ends.
    let mut another = rcgen::CertificateParams::new(["another.example".to_owned()]).unwrap();
    another.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let another = another.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    lab.write("entra.pem", &format!("{}{}", another.pem(), jwt::pem("CERTIFICATE", &der)));
    lab.write("entra.key", jwt::KEY);
    let federated = |claims: &serde_json::Value| jwt::signed(&json!({ "alg": "RS256", "kid": "k8s" }), claims);
    let claims = json!({ "iss": "https://k8s.example", "sub": "system:serviceaccount:a:sync",
        "aud": "api://AzureADTokenExchange", "exp": 4_000_000_000_u64 });
    lab.write("k8s.token", &federated(&claims));
    entra.change(|tenant| {
        tenant.clients.get_mut(CLIENT).unwrap().federated.push(crate::directories::entra::Federated {
            issuer: "https://k8s.example".into(),
            subject: "system:serviceaccount:a:sync".into(),
            audience: "api://AzureADTokenExchange".into(),
            keys: vec![jwt::public_jwk("k8s")],
        });
    });
    for access in
        ["certificate_file = \"entra.pem\"\nprivate_key_file = \"entra.key\"", "federated_token_file = \"k8s.token\""]
    {
        lab.source(&source(&entra, access));
        lab.run(&["plan"]).exits(0);
        let said = lab.run(&["check"]).out.flat();
        assert!(said.contains("Entra tenant \"Acme\", 7e"), "{said}");
        assert_eq!(said.contains("certificate until"), access.contains("certificate"), "{said}");
        assert!(!said.contains("until 2001") && said.contains("travels in clear text"), "{said}");
    }
    entra.change(|tenant| tenant.clients.get_mut(CLIENT).unwrap().federated.clear());
    let said = lab.run(&["plan"]).exits(1).out.flat();
    assert!(said.contains("no federated credential"), "{said}");
}

#[test]
fn check_names_tenant_and_application_and_says_what_it_may() {
    let (mut lab, entra) = lab(&crowd(3));
    lab.source(&assigned(&entra));
    entra.change(|tenant| tenant.assign("User", &user_id("1")));
    let said = lab.run(&["check"]).out.flat();
    let line = format!("identity = \"tenant {TENANT} as application {CLIENT}\"");
    for words in [&*line, "application \"Postman\"", "it may Application.Read.All, GroupMember.Read.All"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    entra.change(|tenant| tenant.permissions.insert("User.ReadWrite.All"));
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains("it may more than read: User.ReadWrite.All"), "{said}");
    entra.change(|tenant| {
        tenant.permissions.remove("User.ReadWrite.All");
        tenant.roles.push("fe930be7-5e62-47db-91af-98c3a49a38b1");
    });
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains("it may more than read: the directory role fe930be7"), "{said}");
    entra.change(|tenant| tenant.permissions = ["User.Read.All", "Organization.Read.All"].into());
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("Application.Read.All is not granted") && said.contains("GroupMember.Read.All"), "{said}");
    assert_eq!(entra.writes(), nothing());
}
