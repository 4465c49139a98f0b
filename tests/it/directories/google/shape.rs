//! People, groups and org units as Google shows them.

use serde_json::{Value, json};

use crate::directories::jwt::sha256;
use crate::support::Row;

use super::{Group, Member, Who};

const THEN: &str = "2026-01-05T08:00:00.000Z";

/// The id of a row's id: 21 digits, and in the order of numbers.
pub fn user_id(row: &str) -> String {
    format!("1{row:0>20}")
}

pub fn group_id(row: &str) -> String {
    format!("0{row:0>14}")
}

/// Of somebody in another account.
pub fn foreign_id(mail: &str) -> String {
    let digits: String = sha256(mail.as_bytes()).bytes().map(|byte| char::from(b'0' + byte % 10)).take(20).collect();
    format!("9{digits}")
}

/// A row as a user: `inactive` is suspended, `archived` is archived; anything that has no word there is not told.
pub fn user(row: &Row) -> Value {
    let Row { id, given, family, mail, status } = row;
    let mut user = json!({
        "kind": "admin#directory#user", "id": user_id(id), "primaryEmail": mail,
        "name": { "givenName": given, "familyName": family, "fullName": format!("{given} {family}") },
        "isAdmin": false, "isDelegatedAdmin": false, "lastLoginTime": "1970-01-01T00:00:00.000Z", "creationTime": THEN,
        "agreedToTerms": true, "suspended": false, "archived": false, "changePasswordAtNextLogin": false,
        "ipWhitelisted": false, "emails": [{ "address": mail, "primary": true }], "orgUnitPath": "/",
        "isMailboxSetup": true, "isEnrolledIn2Sv": false, "isEnforcedIn2Sv": false, "includeInGlobalAddressList": true,
    });
    match status.as_str() {
        "inactive" => {
            user["suspended"] = json!(true);
            user["suspensionReason"] = json!("ADMIN");
        }
        "archived" => user["archived"] = json!(true),
        "active" => {}
        // Not told.
        _ => drop(user.as_object_mut().unwrap().remove("suspended")),
    }
    user
}

/// A group whose members are these rows of people.
pub fn group(row: &str, name: &str, people: &[&str]) -> Group {
    let mail = format!("{}@acme.example", name.to_lowercase().replace(' ', "-"));
    let shown = json!({
        "kind": "admin#directory#group", "id": group_id(row), "email": mail, "name": name, "description": "",
        "adminCreated": true,
    });
    let members = people.iter().map(|row| Member { who: Who::User(user_id(row)), role: "MEMBER" }).collect();
    Group { shown, members }
}

/// By its whole path.
pub fn org_unit(path: &str) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = if parent.is_empty() { "/" } else { parent };
    let unit = json!({
        "kind": "admin#directory#orgUnit", "name": name, "orgUnitPath": path, "parentOrgUnitPath": parent,
        "orgUnitId": format!("id:{}", sha256(path.as_bytes())),
        "parentOrgUnitId": format!("id:{}", sha256(parent.as_bytes())),
    });
    with_etag(&unit)
}

/// Another one after any change.
pub fn etag(value: &Value) -> String {
    format!("\"{}\"", sha256(value.to_string().as_bytes()))
}

pub fn with_etag(value: &Value) -> Value {
    let mut shown = value.clone();
    shown["etag"] = json!(etag(value));
    shown
}
