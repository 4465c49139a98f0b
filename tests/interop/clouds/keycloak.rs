//! python-keycloak against the emulator of Keycloak.

use serde_json::{Value, json};

use crate::directories::keycloak::{CLIENT, Keycloak, REALM, REALM_ID, SECRET, group, group_id, user, user_id};
use crate::support::crowd;

use super::{ran, seen};

/// More people than a page has, of whom the second is not enabled; a group with another one in it.
fn keycloak() -> Keycloak {
    let keycloak = Keycloak::start_realm(crowd(101).iter().map(user).collect());
    keycloak.change(|realm| {
        realm.person("2")["enabled"] = json!(false);
        realm.person("1")["attributes"] = json!({ "department": ["Research"] });
        realm.groups =
            vec![group("1", "Engineering", None, &["1", "2"]), group("2", "Backend", Some("1"), &["1", "3"])];
    });
    keycloak
}

#[test]
fn python_keycloak_reads_people_groups_and_members_page_by_page() {
    let keycloak = keycloak();
    let arguments = [&keycloak.url(), REALM, CLIENT, SECRET, &user_id("1"), &group_id("1")];
    let steps: Vec<(String, Value)> = ran("keycloak_client.py", &arguments);
    assert_eq!(seen(&steps, "users"), json!([101, 101]));
    assert_eq!(seen(&steps, "a page"), json!([user_id("101"), user_id("10")]));
    assert_eq!(seen(&steps, "count"), json!([101, 1]));
    assert_eq!(seen(&steps, "search"), json!([user_id("101")]));
    assert_eq!(seen(&steps, "id of"), json!(user_id("1")));
    assert_eq!(seen(&steps, "a user"), json!([user_id("1"), "p1@acme.example", true, ["Research"]]));
    assert_eq!(seen(&steps, "groups of"), json!(["/Engineering/Backend", "/Engineering"]));
    let tree = json!([["/Engineering", [["/Engineering/Backend", []]]]]);
    assert_eq!((seen(&steps, "groups"), seen(&steps, "tree")), (tree.clone(), tree), "it goes down the tree itself");
    assert_eq!(seen(&steps, "children"), json!(["Backend"]));
    assert_eq!(seen(&steps, "members"), json!([user_id("1"), user_id("2")]));
    assert_eq!(seen(&steps, "by path"), "Backend");
    assert_eq!(seen(&steps, "groups in all"), json!({ "count": 2 }));
    assert_eq!(seen(&steps, "realm"), REALM_ID);
    assert_eq!(seen(&steps, "known"), json!(["authorization_endpoint", "token_endpoint"]));
    assert_eq!(seen(&steps, "no user"), json!([404, "User not found"]));
    assert_eq!(seen(&steps, "no group"), json!([404, "Could not find group by id"]));
    assert_eq!(seen(&steps, "no realm"), json!([404, "Realm not found."]));
    assert_eq!(seen(&steps, "write"), json!([403, "HTTP 403 Forbidden"]));
    assert_eq!(seen(&steps, "bad secret"), json!([401, "unauthorized_client"]));
    assert_eq!(seen(&steps, "no such realm"), json!([404, "Realm does not exist"]));
    assert_eq!(keycloak.writes().len(), 1, "the one that was tried");
}
