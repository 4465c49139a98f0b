//! The google source through the built program: a Google Workspace account as the directory, over HTTP.

mod access;
mod check;
mod groups;
mod limits;
mod look_up;
mod metadata;
mod pages;
mod pushed;
mod units;
mod worthless;

use serde_json::json;

use crate::directories::google::{ADMIN, CUSTOMER, Google, group, user, user_id};
use crate::support::{Lab, Lines, Row, crowd, row, team};

const USERS: &str = "/admin/directory/v1/users";

/// The lines of a `[[source]]` with a service account that acts for an admin.
fn source(google: &Google, more: &str) -> String {
    let (url, share) = (google.url(), if more.contains("limit_share") { "" } else { "limit_share = 100\n" });
    format!(
        "type = \"google\"\nurl = \"{url}\"\nlogin_url = \"{url}\"\nkey_file = \"google.json\"\nsubject = \"{ADMIN}\"\n\
         {share}{more}\n"
    )
}

/// The same with a service account that acts for nobody.
fn by_itself(google: &Google) -> String {
    source(google, "").replace(&format!("subject = \"{ADMIN}\""), &format!("customer = \"{CUSTOMER}\""))
}

/// A lab whose directory is an account of these people; nothing is written yet.
fn lab(people: &[Row], more: &str) -> (Lab, Google) {
    let google = Google::start_account(people.iter().map(user).collect());
    let mut lab = Lab::new(team());
    lab.write("google.json", &google.key_file());
    for (key, value) in [("first_sync", "apply"), ("settle_wait", "0s"), ("absence_wait", "0s")] {
        lab.set("safety", &format!("{key} = \"{value}\""));
    }
    let names = [("user_name", "primaryEmail"), ("given_name", "name.givenName"), ("family_name", "name.familyName")];
    for (key, name) in names {
        lab.set("mapping", &format!("{key} = \"{name}\""));
    }
    lab.wide_open();
    lab.source(&source(&google, more));
    (lab, google)
}

/// The same, after its first cycle.
fn in_step(people: &[Row], more: &str) -> (Lab, Google) {
    let (lab, google) = lab(people, more);
    begin(&lab, &google);
    (lab, google)
}

fn begin(lab: &Lab, google: &Google) {
    lab.run(&["sync"]).exits(0);
    lab.sandbox.clear_log();
    google.requests();
}

fn nothing() -> Vec<String> {
    Vec::new()
}

fn sent(lab: &Lab) -> Vec<String> {
    let mut sent = lab.sent();
    sent.sort();
    sent
}

/// Nobody is touched, and the report says why.
#[track_caller]
fn is_worthless(lab: &Lab, code: i32, people: usize, words: &str) {
    let said = lab.run(&["sync"]).exits(code).out.flat();
    assert!(said.contains(words), "{words}: {said}");
    assert_eq!((lab.active().len(), lab.sent()), (people, nothing()), "{words}");
}

/// From an account to the team: a plan, a person's approval, a cycle, and a quiet one that costs the least.
#[test]
fn a_team_follows_an_account() {
    let (mut lab, google) = lab(&crowd(6), "");
    lab.set("safety", "first_sync = \"approve\"");
    let plan = lab.plan();
    assert_eq!(plan.code, 0, "{}", plan.err);
    lab.run(&["sync", "--approve", &plan.plan_id()]).exits(0);
    assert_eq!(lab.active().len(), 6);
    lab.sent();
    google.requests();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing(), "the second cycle is quiet");
    let fields = "archived%2CcustomerId%2Cid%2CisGuestUser%2Cname%2CorgUnitPath%2CprimaryEmail%2Csuspended";
    let listing = format!(
        "{USERS}?customer=my_customer&maxResults=500&orderBy=email&fields=kind%2CnextPageToken%2Cusers%28{fields}%29"
    );
    assert_eq!(google.requests(), ["POST /token".to_owned(), listing], "and asks for nothing that nobody needs");

    google.change(|account| {
        account.delete("1");
        account.person("2")["suspended"] = json!(true);
        account.person("3")["archived"] = json!(true);
        account.person("4")["name"]["familyName"] = json!("Married");
        account.person("5")["primaryEmail"] = json!("moved@acme.example");
        account.person("5")["aliases"] = json!(["p5@acme.example"]);
        account.people.push(user(&row("7", "New", "Comer", "p7")));
    });
    lab.run(&["sync"]).exits(0);
    let expected = [
        "create p7@acme.example",
        "deactivate p1@acme.example",
        "deactivate p2@acme.example",
        "deactivate p3@acme.example",
        "readdress p5@acme.example",
        "rename p4@acme.example",
    ];
    assert_eq!(sent(&lab), expected);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    // Back from a suspension.
    google.change(|account| account.person("2")["suspended"] = json!(false));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["reactivate p2@acme.example"]);
    assert_eq!(google.writes(), nothing());
}

#[test]
fn as_many_requests_as_pages() {
    let (lab, google) = lab(&crowd(1_001), "");
    lab.run(&["fetch", "--out", lab.path("people.jsonl").to_str().unwrap()]).exits(0);
    assert_eq!(google.requests().len(), 4, "a token, and three pages at 500");
}

#[test]
fn a_flag_that_is_missing_changes_nothing_and_one_may_be_no_reason_to_leave() {
    let (mut lab, google) = in_step(&crowd(20), "");
    google.change(|account| {
        account.person("1").as_object_mut().unwrap().remove("suspended");
        account.person("2").as_object_mut().unwrap().remove("archived");
        account.person("3")["suspended"] = json!("yes");
    });
    lab.run(&["sync"]).exits(3);
    assert_eq!((lab.active().len(), lab.sent()), (20, nothing()));
    google.change(|account| {
        account.people = crowd(20).iter().map(user).collect();
        account.person("4")["archived"] = json!(true);
    });
    lab.source(&source(&google, "inactive_values = [\"suspended\"]"));
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (20, nothing()));
}

#[test]
fn guests_are_left_out_unless_they_count() {
    let people: Vec<Row> = crowd(4);
    let (mut lab, google) = lab(&people, "");
    google.change(|account| account.person("4")["isGuestUser"] = json!(true));
    begin(&lab, &google);
    assert_eq!(lab.active().len(), 3);
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert!(said.contains("1 guests left out"), "{said}");
    // Somebody who was one of the people, and is a guest from now on.
    google.change(|account| account.person("1")["isGuestUser"] = json!(true));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    // A group or an org unit of guests alone has nobody.
    google.change(|account| {
        account.groups = vec![group("1", "Team", &["1", "4"])];
        account.person("4")["orgUnitPath"] = json!("/Guests");
    });
    lab.set("scope", "groups = [\"team@acme.example\"]");
    is_worthless(&lab, 1, 2, "none of them is somebody who is listed");
    lab.set("scope", "groups = []");
    lab.source(&source(&google, "org_units = [\"/Guests\"]"));
    is_worthless(&lab, 1, 2, "nobody is in the org unit \"/Guests\"");
    lab.source(&source(&google, "guests = true"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(sent(&lab), ["create p4@acme.example", "reactivate p1@acme.example"]);
}

/// An alias is nobody, and a person's old address is an alias.
#[test]
fn an_alias_joins_nobody_and_can_be_mapped() {
    let (mut lab, google) = in_step(&crowd(3), "");
    google.change(|account| {
        account.person("1")["primaryEmail"] = json!("new1@acme.example");
        account.person("1")["aliases"] = json!(["p1@acme.example"]);
        // A newcomer who gets the address of the second one, who has left.
        account.delete("2");
        account.people.push(user(&row("9", "Another", "Person", "p2")));
    });
    lab.run(&["sync"]).exits(3);
    assert_eq!(lab.sent(), ["readdress p1@acme.example"]);
    assert_eq!(lab.sandbox.person("p2@acme.example").unwrap().given, "Given2", "not taken over by the newcomer");
    lab.set("mapping", "given_name = \"{{ aliases|default(['none'])|first }}\"");
    let fetched = lab.run(&["fetch"]).exits(0).out;
    assert!(fetched.contains("\"aliases\":[\"p1@acme.example\"]"), "{fetched}");
    assert!(google.requests().iter().any(|asked| asked.contains("%28aliases%2Carchived")), "asked for");
}

#[test]
fn schemas_of_the_accounts_own_are_asked_for_only_where_they_are_mapped() {
    let (mut lab, google) = lab(&crowd(2), "attributes = [\"emails\", \"customSchemas\"]");
    google.change(|account| account.person("1")["customSchemas"] = json!({ "hr": { "nick": "Ada" } }));
    lab.set("mapping", "given_name = \"{{ attrs['customSchemas.hr.nick']|default(name.givenName) }}\"");
    begin(&lab, &google);
    assert_eq!(lab.sandbox.person("p1@acme.example").unwrap().given, "Ada");
    assert_eq!(lab.sandbox.person("p2@acme.example").unwrap().given, "Given2");
    lab.run(&["fetch"]).exits(0);
    let asked = google.requests().join(" ");
    assert!(
        asked.contains("&projection=full&") && asked.contains("customSchemas") && asked.contains("emails"),
        "{asked}"
    );
}

#[test]
fn one_domain_of_several_and_who_moved_to_another() {
    let people: Vec<Row> = crowd(4);
    let (mut lab, google) = lab(&people, "");
    google.change(|account| {
        account.domains.push("other.example".into());
        account.person("4")["primaryEmail"] = json!("p4@other.example");
    });
    lab.set("postman", "verified_domains = [\"acme.example\", \"other.example\"]");
    lab.source(&source(&google, "domain = \"acme.example\""));
    begin(&lab, &google);
    assert_eq!(lab.active().len(), 3);
    google.change(|account| account.person("1")["primaryEmail"] = json!("p1@other.example"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing(), "is there by id, so two readings decide");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    lab.source(&source(&google, "domain = \"nowhere.example\""));
    is_worthless(&lab, 1, 2, "notFound: it is not there, or may not be read; correct `domain`");
}

#[test]
fn fetch_prints_it_and_the_file_source_reads_it_back() {
    let (mut lab, _google) = in_step(&crowd(3), "");
    let fetched = lab.run(&["fetch"]).exits(0);
    assert!(fetched.out.ends_with("{\"end\":true,\"count\":3}\n"), "{}", fetched.out);
    assert!(!fetched.out.contains("customerId"), "{}", fetched.out);
    assert!(fetched.out.contains(&user_id("1")), "{}", fetched.out);
    lab.write("people.jsonl", &fetched.out);
    let lines = fetched.err.lines().skip_while(|line| !line.starts_with("type")).collect::<Vec<_>>().join("\n");
    lab.source(&lines);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), nothing());
}
