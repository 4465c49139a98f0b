//! Google's client for Python against the emulator of Google Workspace.

use serde_json::{Value, json};

use crate::directories::cloud::Failure;
use crate::directories::google::{ADMIN, CUSTOMER, Google, Member, Who, group, group_id, org_unit, user, user_id};
use crate::support::crowd;

use super::{ran, seen};

/// Five people of whom the second is suspended and the third is in an org unit; a group with another one in it.
fn google() -> Google {
    let google = Google::start_account(crowd(6).iter().map(user).collect());
    google.change(|account| {
        account.delete("6");
        account.person("2")["suspended"] = json!(true);
        account.person("3")["orgUnitPath"] = json!("/Sales/North");
        account.groups = vec![group("1", "Outer", &["1", "2"]), group("2", "Inner", &["3"])];
        account.groups[0].members.push(Member { who: Who::Group(group_id("2")), role: "MEMBER" });
        account.org_units = vec![org_unit("/Sales"), org_unit("/Sales/North")];
        account.common.trouble.push(("query=p1", Failure::Throttled(1)));
        account.common.trouble.push(("query=p1", Failure::Status(503)));
    });
    google
}

fn client(google: &Google) -> Vec<(String, Value)> {
    let folder = tempfile::TempDir::new().unwrap();
    let key = folder.path().join("false.json");
    std::fs::write(&key, google.key_file()).unwrap();
    let (url, key) = (google.url(), key.to_str().unwrap());
    ran("google_client.py", &[&url, key, ADMIN, "nobody@acme.example", &group_id("1")])
}

fn ids(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| user_id(row)).collect()
}

#[test]
fn googles_client_reads_people_groups_and_members_page_by_page() {
    let google = google();
    let steps = client(&google);
    assert_eq!(seen(&steps, "users"), json!([ids(&["1", "2"]), ids(&["3", "4"]), ids(&["5"])]));
    assert_eq!(seen(&steps, "ordered"), json!([ids(&["5", "4", "3", "2", "1"])]));
    assert_eq!(seen(&steps, "suspended"), json!([ids(&["2"])]));
    assert_eq!(seen(&steps, "below"), json!([ids(&["3"])]));
    assert_eq!(seen(&steps, "deleted"), json!([ids(&["6"])]));
    assert_eq!(seen(&steps, "nobody"), Value::Null);
    assert_eq!(seen(&steps, "a user"), json!([user_id("1"), "Given1 Family1", false, CUSTOMER]));
    assert_eq!(seen(&steps, "fields"), json!({ "users": [{ "id": user_id("1"), "name": { "givenName": "Given1" } }] }));
    assert_eq!(seen(&steps, "groups"), json!([[group_id("2")], [group_id("1")]]));
    assert_eq!(seen(&steps, "groups of"), json!([[group_id("1")]]));
    assert_eq!(seen(&steps, "a group"), json!(["outer@acme.example", "2"]));
    assert_eq!(seen(&steps, "members"), json!([[group_id("2"), user_id("1")], [user_id("2")]]));
    let derived = json!([["GROUP", "ACTIVE"], ["USER", "ACTIVE"], ["USER", "ACTIVE"], ["USER", "SUSPENDED"]]);
    assert_eq!(seen(&steps, "derived"), derived);
    assert_eq!(seen(&steps, "has member"), json!({ "isMember": true }));
    assert_eq!(seen(&steps, "units"), json!(["/Sales", "/Sales/North"]));
    assert_eq!(seen(&steps, "customer"), CUSTOMER);
    assert_eq!(seen(&steps, "again"), json!(ids(&["1"])), "after a limit and an outage");
    let asked = google.requests();
    assert_eq!(asked.iter().filter(|line| line.contains("query=p1")).count(), 3);
    assert_eq!(google.writes(), Vec::<String>::new());
}

#[test]
fn googles_client_understands_why_it_was_refused() {
    let steps = client(&google());
    for (name, expected) in [
        ("no such user", json!([404, "notFound"])),
        ("no such group", json!([404, "notFound"])),
        ("bad query", json!([400, "invalid"])),
        ("bad token", json!([400, "invalid"])),
        ("too many", json!([400, "invalidParameter"])),
        // Of `details`, which it prefers to `errors`.
        ("narrow", json!([403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"])),
        ("not granted", json!(["no token", "unauthorized_client"])),
        ("unknown admin", json!(["no token", "invalid_grant"])),
        ("no admin", json!([403, "forbidden"])),
        ("nobody at all", json!([403, "forbidden"])),
    ] {
        assert_eq!(seen(&steps, name), expected, "{name}");
    }
}
