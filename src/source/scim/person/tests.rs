//! What real servers write, and what a mapping finds of it.

use serde_json::json;

use super::*;
use crate::source::scim::names::spelled_in;

fn of(user: Value) -> DirectoryUser {
    let Value::Object(fields) = spelled_in(user).unwrap() else { panic!("no object") };
    person("corp", fields).unwrap()
}

fn with(mut user: Value, name: &str, value: Value) -> DirectoryUser {
    user["id"] = json!("2819c223");
    user[name] = value;
    of(user)
}

#[test]
fn the_defaults_of_the_mapping_find_their_attributes() {
    let user = of(json!({
        "id": "2819c223", "userName": "bjensen", "displayName": "Babs",
        "name": { "givenName": "Barbara", "familyName": "Jensen", "formatted": "Ms. Barbara J Jensen, III" },
        "emails": [{ "value": "babs@home.example", "type": "home" }, { "value": "bj@acme.example", "type": "work", "primary": true }],
        "active": true, "password": "false-secret",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "employeeNumber": "701984", "department": "Tour" },
        "urn:acme:1.0:badge": { "colour": "red", "userName": "not this one" },
    }));
    for (name, value) in [
        ("mail", "bj@acme.example"),
        ("email", "bj@acme.example"),
        ("givenName", "Barbara"),
        ("familyName", "Jensen"),
        ("sn", "Jensen"),
        ("displayName", "Babs"),
        ("userName", "bjensen"),
        ("employeeNumber", "701984"),
        ("department", "Tour"),
        ("colour", "red"),
    ] {
        assert_eq!(user.attributes[name], value, "{name}");
    }
    assert_eq!(user.attributes["name"]["formatted"], "Ms. Barbara J Jensen, III");
    assert!(!user.attributes.contains_key("password"));
    assert_eq!((user.id.id.as_str(), user.place.as_str(), user.active), ("2819c223", "User 2819c223", Active::Yes));
}

#[test]
fn the_email_that_counts() {
    let at = |value: &str, kind: &str, primary: Value| json!({ "value": value, "type": kind, "primary": primary });
    for (emails, expected) in [
        (json!([at("a@x", "home", json!(true)), at("b@x", "work", json!(false))]), json!("a@x")),
        (json!([at("a@x", "home", json!("True")), at("b@x", "work", json!("False"))]), json!("a@x")),
        (json!([at("a@x", "home", json!(null)), at("b@x", "Work", json!(null))]), json!("b@x")),
        (json!([{ "value": "a@x" }]), json!("a@x")),
        (json!(["a@x"]), json!("a@x")),
        (json!({ "value": "a@x" }), json!("a@x")),
        (json!([{ "value": "a@x" }, { "value": "b@x" }]), json!(["a@x", "b@x"])),
        (json!([at("a@x", "work", json!(true)), at("b@x", "work", json!(true))]), json!(["a@x", "b@x"])),
        (json!([at("a@x", "work", json!(true)), at("a@x", "work", json!(true))]), json!("a@x")),
        // A primary one that is empty says nothing.
        (json!([at(" ", "work", json!(true)), at("b@x", "home", json!(false))]), json!("b@x")),
        (json!([{ "value": "" }, { "display": "a@x" }]), json!(null)),
        (json!([]), json!(null)),
        (json!(null), json!(null)),
    ] {
        let user = with(json!({}), "emails", emails.clone());
        assert_eq!(user.attributes.get("mail").cloned().unwrap_or_default(), expected, "{emails}");
    }
}

#[test]
fn active_is_yes_no_or_unknown() {
    for (value, expected) in [
        (json!(true), Active::Yes),
        (json!(false), Active::No),
        (json!("True"), Active::Yes),
        (json!("False"), Active::No),
        (json!(null), Active::Unknown),
        (json!("disabled"), Active::Unknown),
        (json!(0), Active::Unknown),
        (json!(["true"]), Active::Unknown),
    ] {
        assert_eq!(with(json!({}), "active", value.clone()).active, expected, "{value}");
    }
    assert_eq!(of(json!({ "id": "1" })).active, Active::Unknown);
    assert_eq!(of(json!({ "id": "1", "ACTIVE": false })).active, Active::No);
}

#[test]
fn a_name_with_its_urn_is_that_attribute() {
    let user = of(json!({
        "id": "1",
        "urn:ietf:params:scim:schemas:core:2.0:User:Active": "False",
        "urn:ietf:params:scim:schemas:core:2.0:user:name": { "familyName": "Jensen" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:Department": "Tour",
    }));
    assert_eq!((user.active, &user.attributes["sn"]), (Active::No, &json!("Jensen")));
    assert_eq!(user.attributes["department"], "Tour");
    let twice = json!({ "id": "1", "active": true, "urn:ietf:params:scim:schemas:core:2.0:User:active": false });
    let Value::Object(twice) = twice else { panic!("no object") };
    assert!(person("corp", twice).is_err());
}

#[test]
fn where_two_have_a_name_the_core_counts_then_the_enterprise_extension() {
    let user = of(json!({
        "id": "1", "department": "core", "name": { "division": "name" },
        "URN:A": { "department": "a", "costCenter": "a", "division": "a", "colour": "a" },
        "urn:b": { "colour": "b" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "costCenter": "17", "division": "e" },
    }));
    for (name, value) in [("department", "core"), ("division", "name"), ("costCenter", "17"), ("colour", "a")] {
        assert_eq!(user.attributes[name], value, "{name}");
    }
}

#[test]
fn what_has_no_id_is_nobody() {
    for user in [json!({}), json!({ "id": "" }), json!({ "id": null })] {
        let Value::Object(user) = user else { panic!("no object") };
        assert!(person("corp", user).is_err());
    }
}
