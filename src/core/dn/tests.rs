//! Names as servers write them, and any text at all.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn same(one: &str, other: &str) {
    let parsed = |text: &str| Dn::parse(text).unwrap_or_else(|| panic!("{text}"));
    assert_eq!(parsed(one), parsed(other), "{one} | {other}");
    assert_eq!(Key::of(one), Key::of(other), "{one} | {other}");
}

#[track_caller]
fn different(one: &str, other: &str) {
    assert_ne!(Dn::parse(one), Dn::parse(other), "{one} | {other}");
    assert_ne!(Key::of(one), Key::of(other), "{one} | {other}");
}

#[test]
fn one_name_has_many_spellings() {
    let ada = "uid=ada,ou=People,dc=acme,dc=example";
    for spelling in [
        "UID=Ada,OU=people,DC=ACME,DC=example",
        "uid = ada , ou = People , dc = acme , dc = example ",
        "uid=ada;ou=People;dc=acme;dc=example",
        "userid=ada,ou=People,domainComponent=acme,0.9.2342.19200300.100.1.25=example",
        "OID.0.9.2342.19200300.100.1.1=ada,ou=People,dc=acme,dc=example",
        r"uid=\61d\61,ou=People,dc=acme,dc=example",
        r#"uid="ada",ou="People",dc=acme,dc=example"#,
    ] {
        same(ada, spelling);
    }
    same("cn=Ada  Lovelace,dc=x", r"cn=\20ada Lovelace\ ,dc=x");
    same("cn=Åse,dc=x", r"cn=\C3\85SE,dc=x");
    same("cn=José,dc=x", "cn=Jose\u{301},dc=x");
    same("cn=JOSÉ,dc=x", r"cn=JOSE\CC\81,dc=x");
    same("cn=\u{212b}ngström,dc=x", "cn=ångström,dc=x");
    same("cn=Ａda,dc=x", "cn=ada,dc=x");
    same("cn=a\u{a0}b,dc=x", "cn=a b,dc=x");
    same("cn=Lovelace\\, Ada,dc=x", r#"cn="Lovelace, Ada",dc=x"#);
    same(r"cn=Lovelace\, Ada,dc=x", r"cn=Lovelace\2C Ada,dc=x");
    same("cn=a+sn=b,dc=x", "SN=B + CN=A,dc=x");
    same("cn=#04024869,dc=x", "cn=#04024869 ,dc=x");
    same(r"cn=a\0ACNF:11,dc=x", r"cn=A\0acnf:11,DC=x");
    same("cn=a=b,dc=x", r"cn=a\=b,dc=x");
}

#[test]
fn other_names_are_other_names() {
    different("uid=ada,dc=x", "uid=ada,dc=y");
    different("uid=ada,dc=x", "uid=ada,ou=x,dc=x");
    different("uid=ada,dc=x", "cn=ada,dc=x");
    different("cn=a+sn=b,dc=x", "cn=a,sn=b,dc=x");
    different(r"cn=a\,dc\=x", "cn=a,dc=x");
    different("cn=#6869,dc=x", "cn=hi,dc=x");
    different(r"cn=\#6869,dc=x", "cn=#6869,dc=x");
    different("cn=ab,dc=x", "cn=a b,dc=x");
    different("cn=Jose,dc=x", "cn=José,dc=x");
    // A key of another kind than that of the same text.
    assert_ne!(Key::of("cn=a"), Key::of_name("cn=a"));
}

#[test]
fn what_is_no_name_is_refused_and_still_has_a_key() {
    for text in [
        "postman-users",
        "=a,dc=x",
        "cn,dc=x",
        "cn=a,",
        "cn=a,,dc=x",
        "cn=a+,dc=x",
        r"cn=a\",
        r"cn=a\4",
        r"cn=a\4g,dc=x",
        "cn=#,dc=x",
        "cn=#0,dc=x",
        "cn=#0g,dc=x",
        "cn=\"a,dc=x",
        "cn=\"a\"b,dc=x",
        "cn ada=b",
    ] {
        assert_eq!(Dn::parse(text), None, "{text}");
        assert_eq!(Key::of(text), Key::of(&text.to_uppercase()), "{text}");
    }
    assert_eq!(Dn::parse(""), Some(Dn { rdns: Vec::new() }));
}

#[test]
fn below_is_the_entry_itself_or_deeper() {
    let dn = |text: &str| Dn::parse(text).unwrap();
    let base = dn("ou=People,dc=acme,dc=example");
    for (name, expected) in [
        ("ou=people, dc=Acme, dc=example", true),
        ("uid=ada,ou=People,dc=acme,dc=example", true),
        ("cn=x,uid=ada,ou=People,dc=acme,dc=example", true),
        ("dc=acme,dc=example", false),
        ("ou=Other People,dc=acme,dc=example", false),
        (r"cn=a\,ou=People,dc=acme,dc=example", false),
        ("", false),
    ] {
        assert_eq!(dn(name).is_below(&base), expected, "{name}");
        assert!(dn(name).is_below(&dn("")), "{name}");
    }
    assert_eq!((base.depth(), dn("").depth()), (3, 0));
    assert_eq!((base.name(), dn("").name(), dn("cn=#6869").name()), (Some("people".into()), None, None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in ".*", strange in "[a,=+;# \"\\\\0-9]{0,24}") {
        for text in [text, strange] {
            let key = Key::of(&text);
            prop_assert_eq!(key, Key::of(&text));
        }
    }

    /// What the library escapes is read as what it was: one attribute, one value, nothing of it a separator.
    #[test]
    fn what_was_escaped_is_read_as_it_was(value in "\\PC{0,12}|[a ,=+;#\"\\\\<>]{0,12}") {
        let text = format!("cn={},dc=x", ldap3::dn_escape(value.as_str()));
        let expected = vec![
            vec![Attribute { name: "cn".into(), value: Value::Text(folded(value.as_bytes())) }],
            vec![Attribute { name: "dc".into(), value: Value::Text(b"x".to_vec()) }],
        ];
        prop_assert_eq!(Dn::parse(&text).map(|dn| dn.rdns), Some(expected), "{}", text);
    }
}

#[test]
fn the_dn_above_is_as_it_was_written() {
    for (dn, above) in [
        ("uid=ada, ou=People,dc=acme", Some("ou=People,dc=acme")),
        (r"cn=King\, Ada,ou=a\+b,dc=acme", Some(r"ou=a\+b,dc=acme")),
        (r"cn=ends\\,dc=acme", Some("dc=acme")),
        (r#"cn="a,b";dc=acme"#, Some("dc=acme")),
        ("cn=a+sn=b,dc=acme", Some("dc=acme")),
        ("dc=acme", None),
        ("", None),
        ("no DN, at all", None),
    ] {
        assert_eq!(parent(dn), above, "{dn}");
    }
}
