//! The scim source through the built program: a server as the directory, over HTTP.

mod groups;
mod look_up;
mod pushed;
mod worthless;

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::directories::scim::{Failure, ScimServer, TOKEN, Total, enterprise, user};
use crate::support::{Lab, Lines, Row, crowd, row, team};
use serde_json::{Value, json};

/// A lab whose directory is a server of these people; nothing is written yet.
fn lab(people: &[Row]) -> (Lab, ScimServer) {
    lab_of(people.iter().map(user).collect())
}

fn lab_of(people: Vec<Value>) -> (Lab, ScimServer) {
    let idp = ScimServer::start(people);
    let mut lab = Lab::new(team());
    lab.write("idp.token", TOKEN);
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.set("safety", "absence_wait = \"0s\"");
    lab.set("mapping", "given_name = \"givenName\"");
    lab.set("mapping", "family_name = \"sn\"");
    lab.wide_open();
    lab.source(&idp.source());
    (lab, idp)
}

/// The same, after its first cycle.
fn in_step(people: &[Row]) -> (Lab, ScimServer) {
    let (lab, idp) = lab(people);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), people.len());
    lab.sandbox.clear_log();
    idp.requests();
    (lab, idp)
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_team_follows_a_scim_server() {
    let (lab, idp) = in_step(&crowd(5));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing(), "the second cycle is quiet");

    idp.change(|directory| {
        directory.people.push(user(&row("6", "Grace", "Hopper", "grace")));
        directory.people[0]["name"]["familyName"] = json!("Married");
        directory.people[1]["active"] = json!(false);
        directory.people.remove(2);
        directory.people[2]["emails"][0]["value"] = json!("moved@acme.example");
    });
    lab.run(&["sync"]).exits(0);
    let mut sent = lab.sent();
    sent.sort();
    assert_eq!(
        sent,
        [
            "create grace@acme.example",
            "deactivate p2@acme.example",
            "deactivate p3@acme.example",
            "readdress p4@acme.example",
            "rename p1@acme.example"
        ]
    );
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

#[test]
fn pages_follow_what_came_and_not_what_was_asked_for() {
    let (lab, idp) = lab(&crowd(7));
    idp.change(|directory| directory.page_most = 3);
    idp.change(|directory| directory.last_page_again = true);
    lab.run(&["plan"]).exits(0);
    let pages: Vec<String> = idp.requests().into_iter().filter(|request| request.starts_with("/Users")).collect();
    let expected = ["/Users?startIndex=1&count=100", "/Users?startIndex=4&count=100", "/Users?startIndex=7&count=100"];
    assert_eq!(pages, expected);
}

#[test]
fn pages_by_cursor_where_the_server_has_them_or_the_configuration_wants_them() {
    let (mut lab, idp) = lab(&crowd(5));
    idp.change(|directory| (directory.page_most, directory.cursors) = (2, true));
    let users = |idp: &ScimServer| {
        idp.requests().into_iter().filter(|request| request.starts_with("/Users")).collect::<Vec<_>>()
    };
    let by_cursor = ["/Users?cursor=&count=100", "/Users?cursor=c2&count=100", "/Users?cursor=c4&count=100"];
    lab.run(&["plan"]).exits(0);
    assert_eq!(users(&idp), by_cursor);
    // totalResults is not needed where the last page says so itself.
    idp.change(|directory| directory.total = Total::Absent);
    lab.run(&["plan"]).exits(0);
    assert_eq!(users(&idp), by_cursor);

    idp.change(|directory| directory.total = Total::True);
    lab.source(&format!("{}paging = \"index\"\npage_size = 2\n", idp.source()));
    lab.run(&["plan"]).exits(0);
    assert_eq!(users(&idp)[..2], ["/Users?startIndex=1&count=2", "/Users?startIndex=3&count=2"]);

    idp.change(|directory| directory.always = vec![("/ServiceProviderConfig", Failure::Status(404))]);
    lab.source(&format!("{}paging = \"cursor\"\n", idp.source()));
    lab.run(&["plan"]).exits(0);
    assert_eq!(users(&idp), by_cursor);
}

#[test]
fn a_server_that_fails_at_count_is_asked_without_it() {
    let (lab, idp) = lab(&crowd(5));
    idp.change(|directory| (directory.count_refused, directory.page_most) = (true, 2));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 5);
    let counted = idp.requests().iter().filter(|request| request.contains("count=")).count();
    assert_eq!(counted, 1);
}

#[test]
fn what_may_pass_is_asked_again() {
    let (lab, idp) = lab(&crowd(3));
    for (part, failure) in [
        ("/Users", Failure::Status(500)),
        ("/Users", Failure::Status(502)),
        ("/Users", Failure::Cut),
        ("/Users", Failure::Wait(429, "1")),
        ("/Users", Failure::Wait(503, "0")),
        ("/ServiceProviderConfig", Failure::Status(504)),
    ] {
        idp.change(|directory| directory.trouble = vec![(part, failure)]);
        lab.run(&["plan"]).exits(0);
        assert!(idp.change(|directory| directory.trouble.is_empty()));
    }
}

#[test]
fn a_token_that_was_replaced_is_read_again() {
    let (lab, idp) = in_step(&crowd(3));
    idp.change(|directory| directory.rotates = Some((lab.path("idp.token"), "false-second-token")));
    lab.run(&["sync"]).exits(0);
    assert_eq!(idp.requests()[..2], ["/ServiceProviderConfig", "/ServiceProviderConfig"]);
    assert_eq!(lab.sent(), nothing());
}

/// Whoever reads is part of the evidence: `/Me` where there is one, and never the token, which may be replaced.
#[test]
fn the_account_behind_the_token() {
    let (lab, idp) = lab(&crowd(2));
    let none = [501, 404, 403, 405, 400].map(Failure::Status);
    for failure in none.into_iter().chain([Failure::Redirect("/Users/1")]) {
        idp.change(|directory| directory.always = vec![("/Me", failure)]);
        lab.run(&["plan"]).exits(0);
    }
    for failure in [Failure::Status(401), Failure::Wait(429, "900")] {
        idp.change(|directory| directory.always = vec![("/Me", failure)]);
        lab.run(&["plan"]).exits(1);
    }
    idp.change(|directory| (directory.always, directory.me) = (Vec::new(), Some(json!({ "id": "reader" }))));
    lab.run(&["plan"]).exits(0);
}

/// Nobody is to pin "bearer token" because `/Me` had a bad day.
#[test]
fn where_me_fails_the_account_is_unknown_and_not_another() {
    let (mut lab, idp) = lab(&crowd(3));
    idp.change(|directory| directory.me = Some(json!({ "id": "reader" })));
    lab.run(&["sync"]).exits(0);
    lab.sent();
    idp.change(|directory| directory.people[0]["active"] = json!(false));
    for failure in [Failure::Status(500), Failure::Says("<html>"), Failure::Says("{}")] {
        idp.change(|directory| directory.always = vec![("/Me", failure)]);
        let said = lab.run(&["sync"]).exits(1).out.flat();
        assert!(said.contains("does not say which it is and who reads it") && !said.contains("identity ="), "{said}");
        assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
        let said = lab.run(&["check"]).exits(1).out.flat();
        assert!(said.contains("warn source hr: /Me fails, so nobody knows who reads"), "{said}");
    }
    // Gone for good is another account, and says so.
    idp.change(|directory| directory.always = vec![("/Me", Failure::Status(404))]);
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("it was User reader, and is bearer token"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
    // What `check` prints can be pasted.
    let said = lab.run(&["check"]).out;
    idp.change(|directory| directory.always.clear());
    let printed = lab.run(&["check"]).exits(0).out;
    let line = |said: &str| {
        said.lines().find_map(|line| line.split_once("source hr: identity = ")).map(|(_, text)| text.to_owned())
    };
    assert_eq!(line(&said), Some(format!("\"{} as bearer token\"", idp.url())));
    lab.source(&format!("{}identity = {}\n", idp.source(), line(&printed).unwrap()));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

/// The directory itself would notice, in every one of these tests.
#[test]
#[should_panic(expected = "DELETE /Users/1")]
fn a_write_would_be_noticed() {
    let idp = ScimServer::start(Vec::new());
    let place = idp.url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let mut connection = TcpStream::connect(place).unwrap();
    connection.write_all(b"DELETE /scim/v2/Users/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "refused");
}

#[test]
fn it_asks_for_scim_and_takes_json() {
    let (lab, idp) = lab(&crowd(1));
    lab.run(&["plan"]).exits(0);
    assert_eq!(idp.change(|directory| directory.accept.clone()), "application/scim+json, application/json;q=0.9");
}

#[test]
fn basic_and_the_account_behind_it() {
    let (mut lab, idp) = lab(&crowd(2));
    // RFC 7617: the base64 of `scim reader:false pass`.
    idp.change(|directory| directory.authorization = "Basic c2NpbSByZWFkZXI6ZmFsc2UgcGFzcw==".into());
    lab.write("idp.password", "false pass\n");
    let url = idp.url();
    lab.source(&format!("type = \"scim\"\nurl = \"{url}\"\nuser = \"scim reader\"\npassword_file = \"idp.password\""));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 2);
}

#[test]
fn names_in_any_case_words_for_booleans_and_ids_with_anything_in_them() {
    let odd = json!({
        "ID": "a b/c@d.example?#%", "USERNAME": "p1", "Active": "True", "Name": { "GivenName": "Ada", "FamilyName": "L" },
        "Emails": [{ "Value": "other@acme.example" }, { "Value": "ada@acme.example", "Primary": "true" }],
    });
    let (lab, idp) = lab_of(vec![odd, user(&row("2", "B", "B", "b"))]);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["ada@acme.example", "b@acme.example"]);
    // Out of the listing, and there by id.
    idp.change(|directory| {
        directory.people[0]["id"] = json!("a b/c@d.example?#%");
        directory.unlisted.insert("a b/c@d.example?#%".into());
    });
    lab.sync();
    assert_eq!(lab.active().len(), 2);
    assert!(idp.requests().contains(&"/Users/a%20b%2Fc%40d.example%3F%23%25".to_owned()));
    // With nobody else whose id is as odd, a 404 may be a proxy's: then it is two readings that count.
    idp.change(|directory| directory.people.remove(0));
    lab.sync();
    assert_eq!(lab.active().len(), 2);
    lab.sync();
    assert_eq!(lab.active(), ["b@acme.example"]);
}

#[test]
fn unknown_changes_nothing() {
    let (lab, idp) = in_step(&crowd(10));
    for odd in [Value::Null, json!("gone"), json!(0)] {
        idp.change(|directory| directory.people[0]["active"] = odd);
        lab.sync();
        assert_eq!((lab.active().len(), lab.sent()), (10, nothing()));
    }
}

#[test]
fn expressions_see_extensions_and_what_is_nested() {
    let ada = user(&row("1", "Ada", "Lovelace", "ada"));
    let (mut lab, _idp) = lab_of(vec![enterprise(ada, json!({ "employeeNumber": "17", "department": "Engines" }))]);
    lab.set("mapping", "user_name = \"{{ userName }}\"");
    lab.set("mapping", "given_name = \"{{ name.givenName }} ({{ department }})\"");
    lab.set("mapping", "family_name = \"employeeNumber\"");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active(), ["ada@acme.example"]);
    let plan = lab.run(&["fetch"]).exits(0);
    assert!(plan.out.contains("\"department\":\"Engines\""), "{}", plan.out);
}

#[test]
fn fetch_prints_it_and_the_file_source_reads_it_back() {
    let (mut lab, _idp) = lab(&crowd(3));
    lab.run(&["sync"]).exits(0);
    let fetched = lab.run(&["fetch"]).exits(0);
    assert!(fetched.out.ends_with("{\"end\":true,\"count\":3}\n"), "{}", fetched.out);
    lab.write("people.jsonl", &fetched.out);
    let lines = fetched.err.lines().skip_while(|line| !line.starts_with("type")).collect::<Vec<_>>().join("\n");
    lab.source(&lines);
    lab.sandbox.clear_log();
    lab.sync().exits(0);
    assert_eq!(lab.sent(), nothing());
}

#[test]
fn check_reads_it_as_a_cycle_would() {
    let (lab, idp) = lab(&crowd(3));
    let said = lab.run(&["check"]).exits(0).out.flat();
    let place = idp.url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    assert!(said.contains(&format!("source hr (scim {place}): 3 entries, 3 in scope")), "{said}");
    std::fs::remove_file(lab.path("idp.token")).unwrap();
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains("could not read the file") && said.contains("idp.token"), "{said}");
}
