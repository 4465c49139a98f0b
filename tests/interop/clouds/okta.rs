//! Okta's SDK for Python against the emulator of Okta.

use serde_json::{Value, json};

use crate::directories::jwt;
use crate::directories::okta::{APP, CLIENT, Client, KID, ORG, Okta, TOKEN, group, group_id, user, user_id};
use crate::support::crowd;

use super::{ran, seen};

/// Five people of whom the second is deactivated; the group has 1, 3 and 4, and the app that group and the fifth.
fn okta() -> Okta {
    let okta = Okta::start_org(crowd(5).iter().map(user).collect());
    okta.change(|org| {
        org.person("2")["status"] = json!("DEPROVISIONED");
        org.groups.push(group("1", "Engineering", &["1", "3", "4"]));
        org.assign_group("1");
        org.assign(&["5"]);
        let (keys, scopes) = (vec![jwt::public_jwk(KID)], vec!["okta.users.read"]);
        org.clients.insert(format!("{CLIENT}-dpop"), Client { keys, scopes, dpop: true });
    });
    okta
}

fn client(okta: &Okta, kid: &str) -> Vec<(String, Value)> {
    let folder = tempfile::TempDir::new().unwrap();
    let key = folder.path().join("false.pem");
    std::fs::write(&key, jwt::KEY).unwrap();
    let arguments = [&okta.url(), TOKEN, APP, &group_id("1"), CLIENT, kid, key.to_str().unwrap()];
    ran("okta_client.py", &arguments)
}

fn ids(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| user_id(row)).collect()
}

#[test]
fn oktas_sdk_reads_people_groups_and_assignments_page_by_page() {
    let okta = okta();
    let steps = client(&okta, KID);
    assert_eq!(seen(&steps, "users"), json!([ids(&["1", "3"]), ids(&["4", "5"])]));
    assert_eq!(seen(&steps, "search"), json!([ids(&["2"])]));
    assert_eq!(seen(&steps, "group users"), json!([ids(&["1", "3"]), ids(&["4"])]));
    assert_eq!(seen(&steps, "app users"), json!([ids(&["1", "3"]), ids(&["4", "5"])]));
    assert_eq!(seen(&steps, "app groups"), json!([[group_id("1")]]));
    assert_eq!(seen(&steps, "a row"), json!(["USER", "ACTIVE", "p5@acme.example", "p5@acme.example"]));
    assert_eq!(seen(&steps, "a user"), json!([user_id("1"), "ACTIVE", "Given1", "p1@acme.example"]));
    assert_eq!(seen(&steps, "a group"), json!([group_id("1"), "OKTA_GROUP", "2026-01-05T08:00:00+00:00"]));
    assert_eq!(seen(&steps, "org"), json!([ORG, ORG]));
    assert_eq!(seen(&steps, "nobody"), json!([404, "E0000007"]));
    assert_eq!(seen(&steps, "a bad filter"), json!([400, "E0000053"]));
    assert_eq!(seen(&steps, "a bad search"), json!([400, "E0000031"]));
    assert_eq!(seen(&steps, "a bad token"), json!([401, "E0000011"]));
    assert_eq!(seen(&steps, "private key"), json!([ids(&["1", "3"]), ids(&["4", "5"])]));
    assert_eq!(seen(&steps, "private key and proof"), json!([ids(&["1", "3"]), ids(&["4", "5"])]));
    assert_eq!(okta.writes(), Vec::<String>::new());
}
