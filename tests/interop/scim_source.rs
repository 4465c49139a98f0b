//! SCIM servers nobody here wrote as the directory: scim2-server, by index and by cursor, and canaille. The sandbox team
//! follows.

mod server;

use serde_json::{Value, json};

use crate::reading::{ask, read};
use crate::support::{Lab, Lines, team};
use server::{Server, TOKEN, canaille, scim2_server};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn lab(server: &Server, more: &str) -> Lab {
    let mut lab = Lab::new(team().verified("acme.example.com"));
    lab.write("idp.token", TOKEN);
    lab.set("postman", "verified_domains = [\"acme.example\", \"acme.example.com\"]");
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("mapping", "given_name = \"givenName\"");
    lab.set("mapping", "family_name = \"sn\"");
    lab.wide_open();
    lab.source(&format!("type = \"scim\"\nurl = \"{}\"\ntoken_file = \"idp.token\"\n{more}", server.url()));
    lab
}

fn person(name: &str) -> Value {
    let emails = json!([{ "value": format!("{name}@acme.example"), "type": "work", "primary": true }]);
    json!({
        "schemas": [USER], "userName": name, "name": { "givenName": name, "familyName": "Lovelace" },
        "active": true, "emails": emails,
    })
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

fn group(server: &Server, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    id(&server.done("POST", "/Groups", &json!({ "schemas": [GROUP], "displayName": name, "members": members })))
}

fn patch(server: &Server, path: &str, operation: Value) {
    server.done("PATCH", path, &json!({ "schemas": [PATCH], "Operations": [operation] }));
}

/// Twenty people, of whom the first twelve are in the group, six of them by a group inside.
fn company(server: &Server) -> Vec<String> {
    let make = |i: usize| id(&server.done("POST", "/Users", &person(&format!("p{i}"))));
    let ids: Vec<String> = (1..=20).map(make).collect();
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let inside = group(server, "Inside", &all[6..12]);
    group(server, "Postman Users", &[&all[..6], &[inside.as_str()]].concat());
    group(server, "Others", &all[12..]);
    ids
}

fn follows(server: &Server, more: &str) {
    let ids = company(server);
    let mut lab = lab(server, more);
    lab.set("scope", "groups = [\"Postman Users\"]");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 12);
    lab.sent();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), Vec::<String>::new(), "the second cycle is quiet");

    // One is hired, one marries, one leaves, one is disabled, and one leaves the group.
    let new = id(&server.done("POST", "/Users", &person("new")));
    let find = |name: &str| {
        let filter = format!("/Groups?filter=displayName%20eq%20%22{name}%22");
        id(&server.done("GET", &filter, &Value::Null)["Resources"][0])
    };
    let (wanted, inside) = (find("Postman%20Users"), find("Inside"));
    patch(server, &format!("/Groups/{wanted}"), json!({ "op": "add", "path": "members", "value": [{ "value": new }] }));
    patch(
        server,
        &format!("/Users/{}", ids[0]),
        json!({ "op": "replace", "path": "name.familyName", "value": "King" }),
    );
    server.done("DELETE", &format!("/Users/{}", ids[1]), &Value::Null);
    patch(server, &format!("/Users/{}", ids[2]), json!({ "op": "replace", "path": "active", "value": false }));
    let filter = format!("members[value eq \"{}\"]", ids[6]);
    patch(server, &format!("/Groups/{inside}"), json!({ "op": "remove", "path": filter }));
    let answer = lab.run(&["sync"]).exits(0);
    let mut sent = lab.sent();
    sent.sort();
    let expected = [
        "create new@acme.example",
        "deactivate p2@acme.example",
        "deactivate p3@acme.example",
        "deactivate p7@acme.example",
        "rename p1@acme.example",
    ];
    assert_eq!(sent, expected, "{}", answer.out);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), Vec::<String>::new());
}

#[test]
fn a_team_follows_scim2_server_page_by_page() {
    follows(&scim2_server(false), "page_size = 7\n");
}

#[test]
fn a_team_follows_scim2_server_by_cursor() {
    let server = scim2_server(true);
    follows(&server, "page_size = 7\n");
    let said = lab(&server, "page_size = 7\n").run(&["sync"]).exits(0).out.flat();
    assert!(said.contains("Users in 3 pages by cursor"), "{said}");
}

#[test]
fn a_server_that_forgot_everybody_removes_nobody() {
    let server = scim2_server(false);
    let ids = company(&server);
    let lab = lab(&server, "");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 20);
    lab.sent();
    for id in &ids {
        server.done("DELETE", &format!("/Users/{id}"), &Value::Null);
    }
    assert_eq!(lab.sync().exits(4).held(), ["empty"]);
    assert_eq!((lab.active().len(), lab.sent()), (20, Vec::new()));
}

#[test]
fn a_team_follows_canaille() {
    let server = canaille(30);
    let mut lab = lab(&server, "page_size = 7\n");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 30);
    lab.sent();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), Vec::<String>::new());

    let listed = server.done("GET", "/Users", &Value::Null);
    let by_name = |name: &str| {
        listed["Resources"].as_array().unwrap().iter().find(|user| user["userName"] == name).unwrap().clone()
    };
    let mut married = by_name("p1");
    married["name"]["familyName"] = json!("King");
    server.done("PUT", &format!("/Users/{}", id(&married)), &married);
    server.done("DELETE", &format!("/Users/{}", id(&by_name("p2"))), &Value::Null);
    lab.run(&["sync"]).exits(0);
    let mut sent = lab.sent();
    sent.sort();
    assert_eq!(sent, ["deactivate p2@acme.example.com", "rename p1@acme.example.com"]);

    // It answers every filter with everybody, and its groups have userNames for ids.
    for (section, line, said) in [
        ("source", "filter = 'userName eq \"p3\"'\n", "answers a filter with people whom it does not match"),
        ("scope", "groups = [\"everybody\"]", "none of the 29 members of the group \"everybody\" is among the people"),
    ] {
        match section {
            "source" => {
                let url = server.url();
                lab.source(&format!("type = \"scim\"\nurl = \"{url}\"\ntoken_file = \"idp.token\"\n{line}"));
            }
            _ => {
                lab.source(&format!("type = \"scim\"\nurl = \"{}\"\ntoken_file = \"idp.token\"\n", server.url()));
                lab.set(section, line);
            }
        }
        let answer = lab.run(&["sync"]).exits(1);
        assert!(answer.out.flat().contains(said), "{}", answer.out);
        assert_eq!((lab.active().len(), lab.sent()), (29, Vec::new()));
    }
}

/// Two of the groups are asked for, one of them with a group inside; then one has a new name, and one a member who was deleted.
#[test]
fn who_is_in_the_groups_of_scim2_server_is_known() {
    let server = scim2_server(false);
    let ids = company(&server);
    let mut lab = lab(&server, "");
    let lines = format!("type = \"scim\"\nurl = \"{}\"\ntoken_file = \"idp.token\"\npage_size = 7\n", server.url());
    ask(&mut lab, &lines, &["Postman Users", "Oth*", "Nothing"]);
    let before = read(&lab).unwrap();
    let group = |name: &str| {
        let filter = format!("/Groups?filter=displayName%20eq%20%22{name}%22");
        id(&server.done("GET", &filter, &Value::Null)["Resources"][0])
    };
    let (wanted, others) = (group("Postman%20Users"), group("Others"));
    let found = |name: &str| {
        let mut found = vec!["Nothing: Err".to_owned(), format!("Oth*: {others} {name:?} has 8")];
        found.push(format!("Postman Users: {wanted} \"Postman Users\" has 12"));
        found
    };
    assert_eq!(before.found(), found("Others"));
    let in_groups = before.in_groups("mail");
    assert_eq!(in_groups.len(), 20);
    assert_eq!(
        (&in_groups["p7@acme.example"], &in_groups["p13@acme.example"]),
        (&vec![wanted.clone()], &vec![others.clone()])
    );
    patch(
        &server,
        &format!("/Groups/{others}"),
        json!({ "op": "replace", "path": "displayName", "value": "Other people" }),
    );
    assert_eq!(read(&lab).unwrap().found(), found("Other people"));
    // It leaves the ids of the deleted among the members, and says of no member what it is.
    server.done("DELETE", &format!("/Users/{}", ids[1]), &Value::Null);
    let read = read(&lab).unwrap();
    assert_eq!(
        (read.people.len(), read.found().contains(&"Postman Users: Err".to_owned())),
        (19, true),
        "{:?}",
        read.found()
    );
    assert!(read.reasons().iter().any(|why| why.contains("which is no User and no Group")), "{:?}", read.reasons());
}
