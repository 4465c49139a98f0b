//! People, groups and rows of assignments as Okta shows them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::directories::cloud::merged;
use crate::support::Row;

use super::{App, Group, Org};

const THEN: &str = "2026-01-05T08:00:00.000Z";

/// The Okta id of a row's id: 20 characters, and in the order of numbers.
pub fn user_id(row: &str) -> String {
    format!("00u{row:0>17}")
}

pub fn group_id(row: &str) -> String {
    format!("00g{row:0>17}")
}

/// A row as an Okta User: `active` is ACTIVE, `inactive` is DEPROVISIONED, any other status is put in capitals.
pub fn user(row: &Row) -> Value {
    let Row { id, given, family, mail, status } = row;
    let status = match status.as_str() {
        "active" => "ACTIVE".to_owned(),
        "inactive" => "DEPROVISIONED".to_owned(),
        other => other.to_uppercase(),
    };
    json!({
        "id": user_id(id), "status": status, "created": THEN, "activated": THEN, "statusChanged": THEN,
        "lastLogin": null, "lastUpdated": THEN, "passwordChanged": null, "type": { "id": "oty0000000000000TYPE" },
        "profile": {
            "firstName": given, "lastName": family, "login": mail, "email": mail,
            "mobilePhone": null, "secondEmail": null,
        },
        "credentials": { "provider": { "type": "OKTA", "name": "OKTA" } },
    })
}

/// A group whose members are these rows of people.
pub fn group(row: &str, name: &str, people: &[&str]) -> Group {
    let shown = json!({
        "id": group_id(row), "created": THEN, "lastUpdated": THEN, "lastMembershipUpdated": THEN,
        "objectClass": ["okta:user_group"], "type": "OKTA_GROUP", "profile": { "name": name, "description": null },
    });
    Group { shown, people: people.iter().map(|row| user_id(row)).collect() }
}

/// With the links that every user has.
pub fn linked_user(base: &str, user: &Value) -> Value {
    let id = user["id"].as_str().unwrap_or_default();
    merged(user.clone(), &json!({ "_links": { "self": { "href": format!("{base}/api/v1/users/{id}") } } }))
}

pub fn linked_group(base: &str, group: &Value) -> Value {
    let here = format!("{base}/api/v1/groups/{}", group["id"].as_str().unwrap_or_default());
    let links = json!({ "users": { "href": format!("{here}/users") }, "apps": { "href": format!("{here}/apps") } });
    merged(group.clone(), &json!({ "_links": links }))
}

pub fn app(base: &str, app: &App) -> Value {
    let here = format!("{base}/api/v1/apps/{}", app.id);
    json!({
        "id": app.id, "name": "acme_postman_1", "label": app.label, "status": app.status, "created": THEN,
        "lastUpdated": THEN, "signOnMode": "SAML_2_0", "features": [],
        "_links": { "users": { "href": format!("{here}/users") }, "groups": { "href": format!("{here}/groups") } },
    })
}

/// Who is assigned: by themselves (`USER`), or by the first of the app's groups that they are in (`GROUP`).
pub fn assignments(org: &Org, app: &App, with_user: bool) -> Vec<(String, Value)> {
    let is_in = |id: &str, group: &&Group| group.people.iter().any(|person| person == id);
    let direct: BTreeSet<&str> = app.people.iter().map(String::as_str).collect();
    let assigned = org.people.iter().filter_map(|person| {
        let id = person["id"].as_str().unwrap_or_default();
        let groups = app.groups.iter().filter_map(|group| org.groups.iter().find(|found| found.shown["id"] == **group));
        let group = groups.into_iter().find(|group| is_in(id, group)).map(|group| &group.shown["id"]);
        let is_direct = direct.contains(id);
        let is_gone = person["status"] == "DEPROVISIONED" && !org.deprovisioned_stay;
        let is_assigned = (is_direct || group.is_some()) && !is_gone;
        is_assigned.then(|| (id.to_owned(), assignment(org, app, person, group.filter(|_| !is_direct), with_user)))
    });
    assigned.collect()
}

fn assignment(org: &Org, app: &App, person: &Value, group: Option<&Value>, with_user: bool) -> Value {
    let (base, id) = (&org.common.base, person["id"].as_str().unwrap_or_default());
    let is_gone = person["status"] == "DEPROVISIONED";
    let mut row = json!({
        "id": id, "externalId": null, "created": THEN, "lastUpdated": THEN, "statusChanged": THEN,
        "passwordChanged": null, "scope": if group.is_some() { "GROUP" } else { "USER" },
        "status": if is_gone { "INACTIVE" } else { "ACTIVE" }, "syncState": "DISABLED",
        "credentials": { "userName": person["profile"]["login"] },
        // The app's profile, not the person's: an app made by hand has next to nothing in it.
        "profile": { "email": person["profile"]["email"] },
        "_links": {
            "app": { "href": format!("{base}/api/v1/apps/{}", app.id) },
            "user": { "href": format!("{base}/api/v1/users/{id}") },
        },
    });
    if let Some(group) = group.and_then(Value::as_str) {
        row["_links"]["group"] = json!({ "href": format!("{base}/api/v1/groups/{group}"), "name": group });
    }
    if with_user {
        row["_embedded"] = json!({ "user": linked_user(base, person) });
    }
    app.rows.get(id).map_or(row.clone(), |other| merged(row, other))
}
