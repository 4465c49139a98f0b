//! A User as an entry: names with dots, flags, org units.

use std::time::Duration;

use serde_json::json;
use url::Url;

use super::*;
use crate::config::google_source::Access;

/// Of somebody who reads everybody in an account.
pub fn settings() -> GoogleSettings {
    GoogleSettings {
        pushed: Vec::new(),
        url: Url::parse("http://127.0.0.1:1").unwrap(),
        token_url: Url::parse("http://127.0.0.1:1/token").unwrap(),
        access: Access::Machine,
        whom: Whom::Customer("my_customer".into()),
        org_units: Vec::new(),
        groups: Vec::new(),
        nested_groups: true,
        guests: false,
        inactive_values: vec!["suspended".into(), "archived".into()],
        fields: vec!["id".into()],
        page_size: 500,
        limit_share: 100,
        timeout: Duration::from_secs(60),
        sentinels: Vec::new(),
        inactive_sentinels: Vec::new(),
    }
}

fn of(settings: &GoogleSettings, value: Value) -> DirectoryUser {
    person("hr", settings, "1".into(), value.as_object().unwrap().clone())
}

#[test]
fn names_have_dots_and_an_alias_is_an_attribute() {
    let value = json!({
        "id": "1", "customerId": "C1", "primaryEmail": "a@x", "name": { "givenName": "Ada" }, "aliases": ["old@x"],
        "customSchemas": { "hr": { "number": "7" } },
    });
    let user = of(&settings(), value);
    assert_eq!((&user.attributes["name.givenName"], &user.attributes["aliases"]), (&json!("Ada"), &json!(["old@x"])));
    assert_eq!((&user.attributes["customSchemas.hr.number"], user.place.as_str()), (&json!("7"), "User 1"));
    assert_eq!(user.attributes.get("customerId"), None);
}

#[test]
fn only_flags_that_are_there_say_whether_somebody_is_active() {
    let both = settings();
    let suspended = GoogleSettings { inactive_values: vec!["suspended".into()], ..settings() };
    for (settings, flags, active) in [
        (&both, json!({ "suspended": false, "archived": false }), Active::Yes),
        (&both, json!({ "suspended": true, "archived": false }), Active::No),
        (&both, json!({ "suspended": false, "archived": true }), Active::No),
        (&both, json!({ "suspended": true }), Active::No),
        (&both, json!({ "suspended": false }), Active::Unknown),
        (&both, json!({ "archived": false }), Active::Unknown),
        (&both, json!({ "suspended": "false", "archived": false }), Active::Unknown),
        (&both, json!({ "suspended": null, "archived": false }), Active::Unknown),
        (&both, json!({}), Active::Unknown),
        (&suspended, json!({ "suspended": false }), Active::Yes),
        (&suspended, json!({ "suspended": false, "archived": true }), Active::Yes),
        (&suspended, json!({ "archived": true }), Active::Unknown),
    ] {
        assert_eq!(of(settings, flags.clone()).active, active, "{flags}");
    }
}

#[test]
fn org_units_with_those_below_and_none_that_only_begin_alike() {
    let staff = GoogleSettings { org_units: vec!["/Staff".into()], ..settings() };
    for (path, wanted) in [
        (json!("/Staff"), Unit::Wanted),
        (json!("/Staff/North"), Unit::Wanted),
        (json!("/Staffing"), Unit::Another),
        (json!("/staff"), Unit::Another),
        (json!("/"), Unit::Another),
        (json!("/Other/Staff"), Unit::Another),
        (json!(""), Unit::Unknown),
        (json!("Staff"), Unit::Unknown),
        (Value::Null, Unit::Unknown),
    ] {
        let row = json!({ "orgUnitPath": path, "suspended": false, "archived": false });
        assert_eq!(unit(&staff, row.as_object().unwrap()), wanted, "{path}");
        assert_eq!(of(&staff, row).active == Active::Unknown, wanted == Unit::Unknown, "{path}");
    }
    assert_eq!(unit(&settings(), &Map::new()), Unit::Wanted);
}

#[test]
fn one_domain_goes_by_the_address() {
    let domain = GoogleSettings { whom: Whom::Domain("acme.example".into()), ..settings() };
    for (mail, is_of) in [("a@acme.example", true), ("a@ACME.example", true), ("a@other.example", false), ("", true)] {
        assert_eq!(is_of_domain(&domain, json!({ "primaryEmail": mail }).as_object().unwrap()), is_of, "{mail}");
    }
}
