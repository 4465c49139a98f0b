//! A user of Graph's as an entry of the directory: its properties stay as Graph names and nests them.
//!
//! Never: takes a missing `accountEnabled` for true, or properties that may not be read for empty ones.

use serde_json::{Map, Value};

use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::source::records::place::printable;

/// Of the application permission that is missing where a user comes without a name.
pub const HIDDEN: &str = "a user came without userPrincipalName, which everybody has: Graph leaves out what the application may \
    not read; grant it the application permission User.Read.All of Microsoft Graph, with admin consent";

/// The entry, without groups. Errors: why it is none.
pub fn person(source: &str, row: Map<String, Value>) -> Result<DirectoryUser, &'static str> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(id) = text("id").map(str::to_owned) else { return Err("a user has no `id`, or an empty one") };
    if text("userPrincipalName").is_none() {
        return Err(HIDDEN);
    }
    let (active, active_because) = active(row.get("accountEnabled"));
    // What Graph says of the row, and not of the person.
    let attributes = row.into_iter().filter(|(name, _)| !name.starts_with("@odata.")).collect();
    let place = format!("User {id}");
    Ok(DirectoryUser {
        id: SourceId::new(source, id),
        attributes,
        active,
        active_because,
        groups: Vec::new(),
        in_groups: Vec::new(),
        place,
    })
}

/// `userType` is `Guest`; of accounts that are old enough it is null, and they are members.
pub fn is_guest(user: &DirectoryUser) -> bool {
    user.attributes.get("userType").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("Guest"))
}

fn active(value: Option<&Value>) -> (Active, String) {
    match value {
        None | Some(Value::Null) => (Active::Unknown, "accountEnabled is missing".into()),
        Some(Value::Bool(true)) => (Active::Yes, "accountEnabled = true".into()),
        Some(Value::Bool(false)) => (Active::No, "accountEnabled = false".into()),
        Some(value) => {
            (Active::Unknown, format!("accountEnabled = {} is neither true nor false", printable(&value.to_string())))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(row: Value) -> Result<DirectoryUser, &'static str> {
        person("corp", row.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn what_may_not_be_read_is_no_person() {
        for hidden in [json!({ "id": "1" }), json!({ "id": "1", "userPrincipalName": null, "accountEnabled": null })] {
            assert_eq!(of(hidden).err(), Some(HIDDEN));
        }
        assert!(of(json!({ "userPrincipalName": "a@acme.example" })).is_err());
    }

    #[test]
    fn a_state_that_is_not_said_is_unknown() {
        let state = |enabled: Value| {
            of(json!({ "id": "1", "userPrincipalName": "a", "accountEnabled": enabled })).unwrap().active
        };
        assert_eq!(state(json!(true)), Active::Yes);
        assert_eq!(state(json!(false)), Active::No);
        for unknown in [json!(null), json!("true"), json!(1)] {
            assert_eq!(state(unknown), Active::Unknown);
        }
        let absent =
            of(json!({ "id": "1", "userPrincipalName": "a", "@odata.type": "#microsoft.graph.user" })).unwrap();
        assert_eq!((absent.active, absent.attributes.len()), (Active::Unknown, 2));
    }

    #[test]
    fn a_guest_is_one_by_its_type() {
        let kind =
            |kind: Value| is_guest(&of(json!({ "id": "1", "userPrincipalName": "a", "userType": kind })).unwrap());
        assert!(kind(json!("Guest")) && !kind(json!("Member")) && !kind(json!(null)));
    }
}
