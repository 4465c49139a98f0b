//! What an assignment and a User become.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::config::okta_source::Access;
use crate::config::secret::{Keeper, SecretFile};

pub fn settings(whom: Whom) -> OktaSettings {
    let token = SecretFile { path: "okta.token".into(), keeper: Keeper::Owner };
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.into()).collect();
    OktaSettings {
        pushed: Vec::new(),
        url: Url::parse("https://acme.okta.com").unwrap(),
        access: Access::Ssws { token },
        whom,
        groups: Vec::new(),
        active_values: texts(&["ACTIVE", "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT"]),
        inactive_values: texts(&["SUSPENDED", "DEPROVISIONED"]),
        page_size: 200,
        limit_share: 50,
        timeout: Duration::from_secs(1),
        sentinels: Vec::new(),
        inactive_sentinels: Vec::new(),
    }
}

fn read(whom: Whom, row: &Value) -> Result<DirectoryUser, &'static str> {
    person("corp", &settings(whom), "00u1".into(), row.as_object().unwrap().clone())
}

fn app() -> Whom {
    Whom::App("0oa1".into())
}

#[test]
fn every_status_is_told_apart_and_others_are_unknown() {
    for (status, active) in [
        (json!("ACTIVE"), Active::Yes),
        (json!("PROVISIONED"), Active::Yes),
        (json!("RECOVERY"), Active::Yes),
        (json!("PASSWORD_EXPIRED"), Active::Yes),
        (json!("LOCKED_OUT"), Active::Yes),
        (json!("SUSPENDED"), Active::No),
        (json!("DEPROVISIONED"), Active::No),
        (json!("STAGED"), Active::Unknown),
        (json!("ACTIVATING"), Active::Unknown),
        (json!(""), Active::Unknown),
        (json!(true), Active::Unknown),
        (Value::Null, Active::Unknown),
    ] {
        let user = json!({ "id": "00u1", "status": status });
        assert_eq!(read(Whom::Everybody, &user).unwrap().active, active, "{status}");
        // The assignment's own status is about the assignment.
        let row = json!({ "id": "00u1", "status": "ACTIVE", "_embedded": { "user": user } });
        assert_eq!(read(app(), &row).unwrap().active, active, "{status}");
    }
}

#[test]
fn an_assignment_without_its_user_is_somebody_of_unknown_state() {
    for row in [
        json!({ "id": "00u1", "status": "ACTIVE" }),
        json!({ "id": "00u1", "status": "INACTIVE", "_embedded": null }),
        json!({ "id": "00u1", "status": "ACTIVE", "_embedded": { "user": null } }),
    ] {
        let user = read(app(), &row).unwrap();
        assert_eq!((user.active, user.active_because.as_str()), (Active::Unknown, "the User's status is missing"));
        assert_eq!(user.place, "User 00u1");
    }
    let other = json!({ "id": "00u1", "_embedded": { "user": { "id": "00u2", "status": "DEPROVISIONED" } } });
    assert!(read(app(), &other).is_err(), "somebody else's state");
}

#[test]
fn names_with_dots_for_what_is_nested() {
    let user = json!({
        "id": "00u1", "status": "ACTIVE", "credentials": { "password": {} }, "_links": { "self": {} },
        "profile": { "email": "a@acme.example", "manager": { "name": "B" }, "tags": ["x"] },
    });
    let row = json!({
        "id": "00u1", "scope": "GROUP", "status": "ACTIVE", "credentials": { "userName": "ada", "password": {} },
        "profile": { "email": "b@acme.example" }, "_embedded": { "user": user },
    });
    let attributes = read(app(), &row).unwrap().attributes;
    for (name, value) in [
        ("profile.email", json!("a@acme.example")),
        ("profile.manager.name", json!("B")),
        ("profile.tags", json!(["x"])),
        ("assignment.userName", json!("ada")),
        ("assignment.scope", json!("GROUP")),
        ("assignment.profile.email", json!("b@acme.example")),
        ("status", json!("ACTIVE")),
    ] {
        assert_eq!(attributes.get(name), Some(&value), "{name}");
    }
    assert_eq!(attributes["profile"]["manager"]["name"], "B", "for expressions");
    let left_out = attributes.keys().find(|name| name.contains("credentials") || name.contains("_links"));
    assert_eq!(left_out, None);
}
