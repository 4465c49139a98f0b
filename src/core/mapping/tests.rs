//! The mapping: attributes, expressions, addresses, and what is rejected.

use serde_json::{Value, json};

use super::*;
use crate::core::model::{Active, SourceId};

fn user(attributes: Value) -> DirectoryUser {
    DirectoryUser {
        id: SourceId::new("hr", "1"),
        attributes: attributes.as_object().expect("an object").clone(),
        active: Active::Yes,
        active_because: String::new(),
        groups: Vec::new(),
        in_groups: Vec::new(),
        place: "people.csv line 2".into(),
    }
}

fn settings(user_name: &str, given_name: &str, family_name: &str) -> MappingSettings {
    MappingSettings { user_name: user_name.into(), given_name: given_name.into(), family_name: family_name.into() }
}

fn plain() -> Mapping {
    Mapping::compile(&settings("mail", "givenName", "sn")).expect("compiles")
}

/// Maps one attribute to the given name, everything else being fine.
fn given(setting: &str, mut attributes: Value) -> Result<String, Rejection> {
    attributes["mail"] = json!("ada@acme.example");
    attributes["sn"] = json!("Lovelace");
    let mapping = Mapping::compile(&settings("mail", setting, "sn")).expect("compiles");
    mapping.account(&user(attributes)).map(|account| account.name.given)
}

fn missing(target: &str, from: &str) -> Rejection {
    Rejection::Missing { target: target.into(), from: from.into() }
}

#[test]
fn three_attributes_make_an_account() {
    let ada = json!({"mail": " Ada@ACME.example\n", "givenName": "Ada ", "sn": "Lovelace", "password": "not-a-secret"});
    let account = plain().account(&user(ada)).expect("maps");
    assert_eq!(account.user_name.as_str(), "Ada@ACME.example");
    assert_eq!(account.name, Name::new("Ada", "Lovelace"));
}

#[test]
fn an_attribute_is_found_by_its_exact_name_before_any_other_spelling() {
    assert_eq!(given("First", json!({"first": "lower", "First": "exact", "FIRST": "upper"})).unwrap(), "exact");
    assert_eq!(given("fIrst", json!({"first": "lower", "FIRST": "upper"})).unwrap(), "upper");
    assert_eq!(given("FIRST NAME", json!({"First Name": "Ada"})).unwrap(), "Ada");
    // No folding beyond ASCII: the Kelvin sign is not a k.
    assert_eq!(given("nick", json!({"nic\u{212a}": "Ada"})), Err(missing("given_name", "nick")));
}

#[test]
fn values_of_every_kind() {
    let several = |values| Err(Rejection::Several { target: "given_name".into(), values });
    for (value, expected) in [
        (json!("Ada"), Ok("Ada")),
        (json!(7), Ok("7")),
        (json!(true), Ok("true")),
        (json!(["Ada"]), Ok("Ada")),
        (json!([null, " ", "Ada"]), Ok("Ada")),
        (json!([["Ada"]]), Ok("Ada")),
        (json!(["Ada", "Augusta"]), several(2)),
        (json!(["Ada", "Ada"]), several(2)),
        (json!({"formatted": "Ada"}), several(1)),
        (json!(null), Err(missing("given_name", "givenName"))),
        (json!(""), Err(missing("given_name", "givenName"))),
        (json!(" \t\u{a0}\u{3000}"), Err(missing("given_name", "givenName"))),
        (json!([]), Err(missing("given_name", "givenName"))),
        (json!({}), Err(missing("given_name", "givenName"))),
    ] {
        assert_eq!(given("givenName", json!({"givenName": value})), expected.map(str::to_owned), "{value}");
    }
    assert_eq!(given("givenName", json!({})), Err(missing("given_name", "givenName")));
}

#[test]
fn names_keep_their_letters_and_have_a_limit() {
    for name in [
        "Zoë",
        "Zoe\u{308}",
        "李小龍",
        "Nguyễn Thị Minh",
        "محمد",
        "O'Brien-\"Jr.\"",
        "می\u{200c}خواهم",
        "👩‍💻",
        "<b>&amp;",
    ] {
        assert_eq!(given("givenName", json!({"givenName": name})).as_deref(), Ok(name));
    }
    let unusable = Err(Rejection::Unusable { target: "given_name".into() });
    assert!(given("givenName", json!({"givenName": "é".repeat(128)})).is_ok());
    for name in ["é".repeat(129), "A\u{1b}[31mda".into(), "Ada\nAdmin".into(), "A\0da".into(), "A\u{85}da".into()] {
        assert_eq!(given("givenName", json!({"givenName": name})), unusable, "{name:?}");
    }
}

#[test]
fn addresses_taken_and_refused() {
    let long_local = format!("{}@acme.example", "a".repeat(64));
    let long = format!("a@{}.example", ["b".repeat(60).as_str(); 4].join("."));
    for taken in [
        "ada@acme.example",
        "ada.lovelace+postman@acme.co.example",
        "o'brien@acme.example",
        "ada@localhost",
        "ada@xn--bcher-kva.example",
        "müller@bücher.example",
        "ADA_1%x!#$&*/=?^`{|}~-@acme.example",
        &long_local,
        &long,
    ] {
        assert!(is_email(taken), "{taken}");
    }
    let too_long_local = format!("{}@acme.example", "a".repeat(65));
    let too_long = format!("a@{}.example", ["b".repeat(62).as_str(); 4].join("."));
    for refused in [
        "ada",
        "@acme.example",
        "ada@",
        "ada@@acme.example",
        "ada@acme@evil.example",
        "\"ada@x\"@acme.example",
        "ada@acme..example",
        "ada@.example",
        "ada@acme.example.",
        "ada@-acme.example",
        "ada@acme-.example",
        "ada@acme_x.example",
        "ada @acme.example",
        "ada@acme.example\nbcc:eve@evil.example",
        "Ada <ada@acme.example>",
        "<ada@acme.example>",
        "mailto:ada@acme.example",
        "ada@acme.example,eve@evil.example",
        "ada@[127.0.0.1]",
        "ada\u{200b}@acme.example",
        "ada@acme\u{202e}.example",
        "ada\u{0}@acme.example",
        "ada@acme\u{a0}.example",
        "ada\\@acme.example",
        "ada@acme.example\" or userName pr",
        &too_long_local,
        &too_long,
    ] {
        assert!(!is_email(refused), "{refused}");
        let person = user(json!({"mail": refused, "givenName": "Ada", "sn": "L"}));
        let value = refused.chars().take(254).collect();
        assert_eq!(plain().account(&person), Err(Rejection::NotAnEmail { value }), "{refused}");
    }
}

#[test]
fn several_addresses_are_never_chosen_from() {
    let person = user(json!({"mail": ["a@acme.example", "b@acme.example"], "givenName": "Ada", "sn": "L"}));
    assert_eq!(plain().account(&person), Err(Rejection::Several { target: "user_name".into(), values: 2 }));
}

#[test]
fn expressions_build_one_text() {
    let person = || {
        json!({
            "uid": " ada ", "n": 7, "vip": true, "first name": "Ada", "one": ["Ada"], "middle": "", "nothing": null,
            "mails": ["ada@acme.example", "ada@old.example"], "profile": {"email": "p@acme.example", "phones": []},
        })
    };
    for (expression, expected) in [
        ("{{ uid }}@acme.example", "ada@acme.example"),
        ("{{ uid|upper }}-{{ n }}-{{ vip }}", "ADA-7-true"),
        ("{{ attrs[\"first name\"] }}", "Ada"),
        ("{{ attrs.uid }}", "ada"),
        ("{{ one }}", "Ada"),
        ("{{ one|lower }}", "ada"),
        ("{{ one|first }}", "Ada"),
        ("{{ one ~ '!' }}", "Ada!"),
        ("{{ mails|first }}", "ada@acme.example"),
        ("{{ mails[1] }}", "ada@old.example"),
        ("{{ mails|join('+') }}", "ada@acme.example+ada@old.example"),
        ("{% for m in mails if 'old' in m %}{{ m }}{% endfor %}", "ada@old.example"),
        ("{{ profile.email }}", "p@acme.example"),
        ("{{ middle|default(uid) }}", "ada"),
        ("{{ uid|default(contact.email) }}", "ada"),
        ("{% if contact.email is defined %}x{% else %}{{ uid }}{% endif %}", "ada"),
        ("{% if nothing is defined %}x{% else %}{{ uid }}{% endif %}", "ada"),
        ("  {{ uid }}  ", "ada"),
        ("{{ '<' ~ uid ~ '&' }}", "<ada&"),
    ] {
        assert_eq!(given(expression, person()).as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn expressions_without_a_value_are_rejected_not_shortened() {
    let person = || json!({"uid": "ada", "middle": " ", "nothing": null, "list": ["a", "b"], "part": {"x": 1}});
    let several = |values| Rejection::Several { target: "given_name".into(), values };
    for (expression, expected) in [
        ("{{ givenname }}", missing("given_name", "{{ givenname }}")),
        ("{{ uid }}{{ nope }}", missing("given_name", "{{ uid }}{{ nope }}")),
        ("{{ nope|lower }}", missing("given_name", "{{ nope|lower }}")),
        ("{{ middle }}", missing("given_name", "{{ middle }}")),
        ("{{ nothing }}", missing("given_name", "{{ nothing }}")),
        ("{{ none }}", missing("given_name", "{{ none }}")),
        ("{{ part.y }}", missing("given_name", "{{ part.y }}")),
        ("{{ contact.email }}", missing("given_name", "{{ contact.email }}")),
        ("{{ uid ~ contact.email }}", missing("given_name", "{{ uid ~ contact.email }}")),
        ("{{ contact.email|lower }}", missing("given_name", "{{ contact.email|lower }}")),
        ("{{ contact|default(contact.x) }}", missing("given_name", "{{ contact|default(contact.x) }}")),
        ("{{ part.y.z }}", missing("given_name", "{{ part.y.z }}")),
        ("{{ attrs['no such'] }}", missing("given_name", "{{ attrs['no such'] }}")),
        ("{{ range }}", missing("given_name", "{{ range }}")),
        ("{{ '  ' }}", missing("given_name", "{{ '  ' }}")),
        ("{{ list }}", several(2)),
        ("{{ list|upper }}", several(2)),
        ("{{ uid ~ list }}", several(2)),
        ("{{ part }}", several(1)),
        ("{{ attrs }}", several(5)),
    ] {
        assert_eq!(given(expression, person()), Err(expected), "{expression}");
    }
}

#[test]
fn failing_expressions_tell_the_kind_and_never_the_value() {
    for expression in ["{{ uid + 1 }}", "{{ uid|int }}", "{{ [uid] }}", "{{ uid.nope() }}"] {
        let Err(Rejection::Expression { error, .. }) = given(expression, json!({"uid": "ada-private"})) else {
            panic!("{expression} did not fail");
        };
        assert!(!error.contains("private"), "{error}");
    }
}

#[test]
fn fuel_ends_an_expression_that_does_not_end() {
    let big: Vec<u32> = (0..30_000).collect();
    let out_of_fuel =
        Err(Rejection::Expression { target: "given_name".into(), error: "engine ran out of fuel".into() });
    assert_eq!(given("{% for n in list %}{% set x = n %}{% endfor %}x", json!({"list": big})), out_of_fuel);
}

#[test]
fn expressions_that_call_themselves_fail_and_do_not_end_the_process() {
    for expression in [
        "{% macro again(n) %}{{ again(n) }}{% endmacro %}{{ again(1) }}",
        "{% include 'given_name' %}{{ uid }}",
        "{% import 'given_name' as me %}{{ uid }}",
        "{% extends 'given_name' %}{{ uid }}",
    ] {
        let small = std::thread::Builder::new().stack_size(1 << 21);
        let thread = small.spawn(move || {
            let compiled = Mapping::compile(&settings("mail", expression, "sn"));
            let person = user(json!({"mail": "ada@acme.example", "sn": "Lovelace", "uid": "ada"}));
            compiled.is_err() || compiled.is_ok_and(|mapping| mapping.account(&person).is_err())
        });
        assert!(thread.expect("starts").join().expect("no panic"), "{expression}");
    }
}

#[test]
fn hostile_values_stay_values() {
    for hostile in
        ["{{ 7*7 }}", "{% raw %}", "'; DROP TABLE people;--", "=cmd|' /C calc'!A0", "\u{202e}gpj.exe", "%s%n"]
    {
        assert_eq!(given("{{ name }}", json!({"name": hostile})).as_deref(), Ok(hostile));
        assert_eq!(given("name", json!({"name": hostile})).as_deref(), Ok(hostile));
    }
    // A value that looks like our own mark for several values is refused like any control character.
    assert!(given("{{ name }}", json!({"name": "\u{1}2\u{1}"})).is_err());
    assert!(given("{{ name }}", json!({"name": "\u{1}x\u{1}"})).is_err());
    assert_eq!(given("{{ attrs }}", json!({"attrs": "x"})), given("{{ attrs }}", json!({"other": "x"})));
}

#[test]
fn wrong_settings_are_all_told_at_once() {
    let wrong = Mapping::compile(&settings("{{ uid", "", "{{ x|no_such_filter }}")).expect_err("three wrong");
    let targets: Vec<_> = wrong.iter().map(|(target, _)| *target).collect();
    assert_eq!(targets, ["user_name", "given_name", "family_name"]);
    for unknown in [
        "{{ uid|no_such }}",
        "{% if uid is no_such %}x{% endif %}",
        "{{ no_such(uid) }}",
        "{{ uid() }}",
        "{{ range(9) }}",
    ] {
        assert!(Mapping::compile(&settings(unknown, "a", "b")).is_err(), "{unknown}");
    }
    for one in ["{ mail }", "{# mail #}", "mail}}", " "] {
        assert!(Mapping::compile(&settings(one, "a", "b")).is_err(), "{one}");
    }
}

#[test]
fn an_expression_has_a_length() {
    let padded = |bytes: usize| format!("{{{{ uid }}}}{}", "x".repeat(bytes - 9));
    assert!(Mapping::compile(&settings("mail", "a", &padded(1_024))).is_ok());
    assert!(Mapping::compile(&settings("mail", "a", &padded(1_025))).is_err());
}

#[test]
fn rejections_name_the_setting() {
    for (rejection, expected) in [
        (missing("user_name", "mail"), "mail is empty"),
        (missing("user_name", "{{ uid }}"), "the expression of mapping.user_name comes out empty"),
        (Rejection::NotAnEmail { value: "a\u{1b}\u{202e}".into() }, "\"a\\u{1b}\\u{202e}\" is no e-mail address"),
        (
            Rejection::Several { target: "user_name".into(), values: 2 },
            "mapping.user_name finds 2 values and nothing says which one counts",
        ),
        (
            Rejection::Unusable { target: "given_name".into() },
            "mapping.given_name is longer than 256 bytes or holds control characters",
        ),
    ] {
        assert_eq!(rejection.to_string(), expected);
    }
}

#[test]
fn a_mapping_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&plain());
}
