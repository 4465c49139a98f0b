//! People and groups as Graph has them, and what of them is shown.

use serde_json::{Value, json};

use crate::directories::cloud::only;
use crate::support::Row;

use super::Group;

/// Without `$select`, of a user.
const USUAL: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
/// What else may be selected here.
const MORE: &[&str] = &[
    "accountEnabled",
    "userType",
    "employeeId",
    "department",
    "companyName",
    "onPremisesImmutableId",
    "deletedDateTime",
    "createdDateTime",
    "mailNickname",
    "otherMails",
    "proxyAddresses",
    "employeeType",
    "city",
    "country",
    "externalUserState",
    "onPremisesSyncEnabled",
    "usageLocation",
    "onPremisesExtensionAttributes",
    "identities",
    "employeeHireDate",
    "employeeLeaveDateTime",
    "userPrincipalName",
    "onPremisesSamAccountName",
];

/// The object id of a row's id, in the order of numbers.
pub fn user_id(row: &str) -> String {
    format!("5e000000-0000-4000-8000-{row:0>12}")
}

pub fn group_id(row: &str) -> String {
    format!("96000000-0000-4000-8000-{row:0>12}")
}

/// A row as a Graph user: `active` is enabled, `inactive` is not, any other status is put into `accountEnabled` as text.
pub fn user(row: &Row) -> Value {
    let Row { id, given, family, mail, status } = row;
    let enabled = match status.as_str() {
        "active" => json!(true),
        "inactive" => json!(false),
        other => json!(other),
    };
    json!({
        "id": user_id(id), "userPrincipalName": mail, "mail": if mail.is_empty() { Value::Null } else { json!(mail) },
        "displayName": format!("{given} {family}"), "givenName": given, "surname": family, "accountEnabled": enabled,
        "userType": "Member", "businessPhones": [], "deletedDateTime": null,
    })
}

/// The same person as a guest of another organisation.
pub fn guest(mut user: Value) -> Value {
    let name = user["mail"].as_str().unwrap_or_default().replace('@', "_");
    user["userPrincipalName"] = json!(format!("{name}#EXT#@acme.onmicrosoft.com"));
    user["userType"] = json!("Guest");
    user["externalUserState"] = json!("Accepted");
    user
}

/// A security group whose members have these ids.
pub fn group(row: &str, name: &str, members: &[String]) -> Group {
    let shown = json!({
        "id": group_id(row), "displayName": name, "description": null, "groupTypes": [], "mail": null,
        "mailEnabled": false, "securityEnabled": true, "deletedDateTime": null, "visibility": null,
    });
    Group { shown, members: members.to_vec() }
}

/// The properties to be shown, or the one that there is none of.
pub fn selected(select: Option<&str>) -> Result<Vec<&str>, String> {
    let Some(select) = select else { return Ok(USUAL.to_vec()) };
    let names: Vec<&str> = select.split(',').map(str::trim).collect();
    match names.iter().find(|name| !USUAL.contains(name) && !MORE.contains(name)) {
        Some(unknown) => Err((*unknown).to_owned()),
        None => Ok(names),
    }
}

/// The group shows its members to nobody without `Member.Read.Hidden`: an empty list, and no error.
pub fn hidden(mut group: Group) -> Group {
    group.shown["visibility"] = json!("HiddenMembership");
    group
}

/// A user with these properties. Who may not read users sees that there is one, and nothing of it.
pub fn shown(user: &Value, names: &[&str], kind: Option<&str>, readable: bool) -> Value {
    let mut shown = only(user, names);
    if !readable {
        for name in names.iter().filter(|name| **name != "id") {
            shown[*name] = if *name == "businessPhones" { json!([]) } else { Value::Null };
        }
        shown["id"] = user["id"].clone();
    }
    if let Some(kind) = kind {
        shown["@odata.type"] = json!(kind);
    }
    shown
}
