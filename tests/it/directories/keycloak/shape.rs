//! People and groups as Keycloak shows them.

use serde_json::{Value, json};

use crate::directories::cloud::only;
use crate::support::Row;

use super::{Group, Realm};

/// The id of a row's id.
pub fn user_id(row: &str) -> String {
    format!("00000000-0000-4000-8000-{row:0>12}")
}

pub fn group_id(row: &str) -> String {
    format!("99000000-0000-4000-8000-{row:0>12}")
}

/// A row as a `UserRepresentation`; neither `active` nor `inactive` is no word at all, which a real one never is. Keycloak
/// keeps names and addresses in lower case, and leaves out what is empty.
pub fn user(row: &Row) -> Value {
    let Row { id, given, family, mail, status } = row;
    let mail = mail.to_lowercase();
    let username = if mail.is_empty() { id } else { &mail };
    let mail = Some(&mail).filter(|mail| !mail.is_empty());
    let enabled = match status.as_str() {
        "active" => Some(true),
        "inactive" => Some(false),
        _ => None,
    };
    json!({
        "id": user_id(id), "username": username, "firstName": given, "lastName": family, "email": mail, "emailVerified": true,
        "createdTimestamp": 1_767_600_000_000_i64, "enabled": enabled, "totp": false,
        "disableableCredentialTypes": [], "requiredActions": [], "notBefore": 0, "attributes": {},
    })
}

/// What a list has of a person: brief, without attributes.
pub fn shown(person: &Value, is_brief: bool, manages: bool) -> Value {
    const BRIEF: [&str; 9] = [
        "id",
        "username",
        "firstName",
        "lastName",
        "email",
        "emailVerified",
        "createdTimestamp",
        "enabled",
        "federationLink",
    ];
    let mut shown = if is_brief { only(person, &BRIEF) } else { person.clone() };
    // What is not set is not there.
    let members = shown.as_object_mut().unwrap();
    members.retain(|_, member| !member.is_null() && *member != json!({}));
    shown["access"] = json!({ "manage": manages, "view": true, "mapRoles": manages, "impersonate": false });
    shown
}

/// A group whose members are these rows of people, at the top or within the group of that row.
pub fn group(row: &str, name: &str, parent: Option<&str>, people: &[&str]) -> Group {
    Group {
        id: group_id(row),
        name: name.into(),
        parent: parent.map(group_id),
        members: people.iter().map(|row| user_id(row)).collect(),
        attributes: json!({}),
    }
}

impl Realm {
    pub(super) fn inner(&self, group: &Group) -> Vec<&Group> {
        let mut inner: Vec<&Group> = self.groups.iter().filter(|one| one.parent.as_ref() == Some(&group.id)).collect();
        inner.sort_by(|one, other| one.name.cmp(&other.name));
        inner
    }

    /// Without what is within it: since 23 that is a number.
    pub(super) fn shown(&self, group: &Group, is_brief: bool) -> Value {
        let mut shown = json!({ "id": group.id, "name": group.name, "path": self.path(group), "subGroups": [] });
        if !self.is_before_23 {
            shown["subGroupCount"] = json!(self.inner(group).len());
            if let Some(parent) = &group.parent {
                shown["parentId"] = json!(parent);
            }
        }
        if !is_brief {
            shown["attributes"] = group.attributes.clone();
            (shown["realmRoles"], shown["clientRoles"]) = (json!([]), json!({}));
        }
        shown["access"] = json!({ "view": true, "viewMembers": true, "manage": false, "manageMembers": false });
        shown
    }
}
