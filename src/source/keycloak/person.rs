//! A user of Keycloak's as an entry of the directory. Every attribute stays as Keycloak names it; those that the realm has
//! made up itself can be named with a dot: `attributes.department`.
//!
//! Never: takes a missing `enabled` for yes.

use serde_json::{Map, Value};

use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::source::records::place::printable;

/// Nothing that a mapping could use; `access` is about us.
const LEFT_OUT: [&str; 4] = ["access", "credentials", "disableableCredentialTypes", "requiredActions"];

/// The entry, without its groups.
pub fn person(source: &str, id: String, mut attributes: Map<String, Value>) -> DirectoryUser {
    attributes.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    let own = attributes.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, values) in own {
        let value = match values {
            Value::Array(mut values) if values.len() == 1 => values.remove(0),
            values => values,
        };
        attributes.entry(format!("attributes.{name}")).or_insert(value);
    }
    let (active, active_because) = match attributes.get("enabled") {
        Some(Value::Bool(true)) => (Active::Yes, "enabled = true"),
        Some(Value::Bool(false)) => (Active::No, "enabled = false"),
        Some(_) => (Active::Unknown, "enabled is neither true nor false"),
        None => (Active::Unknown, "enabled is missing"),
    };
    let (place, active_because) = (format!("User {}", printable(&id)), active_because.into());
    DirectoryUser {
        id: SourceId::new(source, id),
        attributes,
        active,
        active_because,
        groups: Vec::new(),
        in_groups: Vec::new(),
        place,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: Value) -> DirectoryUser {
        person("hr", "1".into(), value.as_object().unwrap().clone())
    }

    #[test]
    fn what_the_realm_made_up_has_a_dot_and_one_value_is_one() {
        let own = json!({ "department": ["Research"], "teams": ["a", "b"], "none": [] });
        let user = of(json!({ "email": "a@x", "attributes": own, "access": { "manage": true } }));
        assert_eq!(user.attributes["attributes.department"], "Research");
        assert_eq!(user.attributes["attributes.teams"], json!(["a", "b"]));
        assert_eq!((user.attributes.get("access"), user.place.as_str()), (None, "User 1"));
    }

    #[test]
    fn only_a_word_of_keycloaks_says_whether_somebody_is_active() {
        for (enabled, active) in [
            (json!(true), Active::Yes),
            (json!(false), Active::No),
            (json!("true"), Active::Unknown),
            (Value::Null, Active::Unknown),
        ] {
            assert_eq!(of(json!({ "enabled": enabled })).active, active);
        }
        assert_eq!(of(json!({})).active, Active::Unknown);
    }
}
