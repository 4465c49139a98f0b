//! Attribute names in the spelling of RFC 7643, whatever letter case a server writes them in (§2.1: case-insensitive).
//!
//! Never: takes one of two attributes that are one name in two spellings; which of them counts cannot be known.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Of RFC 7643 and RFC 7644, and `nextCursor` of RFC 9865. Others keep the server's spelling.
const KNOWN: &[&str] = &[
    "$ref",
    "Resources",
    "active",
    "addresses",
    "authenticationSchemes",
    "costCenter",
    "country",
    "cursor",
    "department",
    "display",
    "displayName",
    "division",
    "documentationUri",
    "emails",
    "employeeNumber",
    "entitlements",
    "externalId",
    "familyName",
    "filter",
    "formatted",
    "givenName",
    "groups",
    "honorificPrefix",
    "honorificSuffix",
    "id",
    "ims",
    "itemsPerPage",
    "locale",
    "locality",
    "manager",
    "members",
    "meta",
    "middleName",
    "name",
    "nextCursor",
    "nickName",
    "organization",
    "pagination",
    "password",
    "phoneNumbers",
    "photos",
    "postalCode",
    "preferredLanguage",
    "primary",
    "profileUrl",
    "region",
    "roles",
    "schemas",
    "scimType",
    "startIndex",
    "streetAddress",
    "supported",
    "timezone",
    "title",
    "totalResults",
    "type",
    "userName",
    "userType",
    "value",
    "x509Certificates",
];

/// The RFC's spelling.
pub fn spelled(name: &str) -> &str {
    KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name)).copied().unwrap_or(name)
}

/// The same JSON with every known name in the RFC's spelling. Errors: the name that stands in one object twice.
pub fn spelled_in(value: Value) -> Result<Value, String> {
    Ok(match value {
        Value::Object(fields) => Value::Object(object(fields)?),
        Value::Array(values) => Value::Array(values.into_iter().map(spelled_in).collect::<Result<_, _>>()?),
        plain => plain,
    })
}

fn object(fields: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut seen = BTreeSet::new();
    let mut spelled_fields = Map::new();
    for (name, value) in fields {
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(spelled(&name).to_owned());
        }
        spelled_fields.insert(spelled(&name).to_owned(), spelled_in(value)?);
    }
    Ok(spelled_fields)
}

/// `true`, or the word; nothing for whatever else stands there.
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(word) if word.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(word) if word.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// An id, which is text (RFC 7643 §3.1); some servers write numbers. Nothing for an empty one, or one with control characters.
pub fn id(resource: &Map<String, Value>) -> Option<String> {
    let id = match resource.get("id")? {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    (!id.trim().is_empty() && !id.chars().any(char::is_control)).then_some(id)
}

/// The attribute's text, if it is one.
pub fn text<'a>(resource: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    resource.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_in_any_letter_case_are_those_of_the_rfc() {
        let given = json!({ "USERNAME": "a", "Name": { "GivenName": "b" }, "Emails": [{ "VALUE": "c", "Primary": true }], "costumeSize": 3 });
        let expected = json!({ "userName": "a", "name": { "givenName": "b" }, "emails": [{ "value": "c", "primary": true }], "costumeSize": 3 });
        assert_eq!(spelled_in(given).unwrap(), expected);
    }

    #[test]
    fn one_name_in_two_spellings_is_refused() {
        for twice in [
            json!({ "active": true, "Active": false }),
            json!({ "emails": [{ "value": "a", "VALUE": "b" }] }),
            json!({ "costumeSize": 3, "CostumeSize": 4 }),
        ] {
            assert!(spelled_in(twice).is_err());
        }
    }

    #[test]
    fn the_list_is_spelled_and_sorted() {
        assert!(KNOWN.is_sorted());
        assert_eq!(spelled("FAMILYNAME"), "familyName");
        assert_eq!(spelled("resources"), "Resources");
    }

    #[test]
    fn an_id_is_text_or_a_whole_number() {
        let of = |value: Value| id(json!({ "id": value }).as_object().unwrap());
        assert_eq!(of(json!("a b/c@d")).as_deref(), Some("a b/c@d"));
        assert_eq!(of(json!(17)).as_deref(), Some("17"));
        for bad in [json!(null), json!(""), json!(" "), json!("a\u{1}"), json!(1.5), json!(["a"])] {
            assert_eq!(of(bad), None);
        }
    }
}
