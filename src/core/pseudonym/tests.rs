//! What pseudonyms keep, and that they keep nothing else.

use serde_json::json;

use super::*;
use crate::core::model::{Active, SourceId};

fn keep() -> Keep {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Keep {
        active_attributes: texts(&["status"]),
        active_values: texts(&["active", "true", "terminated"]),
        verified_domains: texts(&["acme.test"]),
        scope_groups: texts(&["postman-users"]),
        names: ["name".to_owned(), "first".to_owned()].into(),
    }
}

fn made() -> Pseudonyms {
    Pseudonyms::new(b"0123456789abcdef", keep())
}

#[test]
fn the_same_text_gets_the_same_pseudonym_and_another_salt_another() {
    let (one, other) = (made(), Pseudonyms::new(b"another salt of 16", keep()));
    assert_eq!(one.text("Lovelace"), one.text("Lovelace"));
    assert_ne!(one.text("Lovelace"), one.text("Lovelade"));
    assert_ne!(one.text("Lovelace"), other.text("Lovelace"));
}

#[test]
fn case_differs_where_it_differed_and_nowhere_else() {
    let one = made();
    let spellings = ["lovelace", "Lovelace", "LOVELACE", "LoveLace", "loveLace", "lOvelace", "LOVElace"];
    let texts: Vec<String> = spellings.iter().map(|text| one.text(text)).collect();
    for (at, text) in texts.iter().enumerate() {
        assert!(text.eq_ignore_ascii_case(&texts[0]), "{text}");
        assert!(!texts[..at].contains(text), "{texts:?}");
    }
    assert_eq!(one.text("ada@Acme.test").to_ascii_lowercase(), one.text("ADA@acme.TEST").to_ascii_lowercase());
    assert_ne!(one.text("ada@Acme.test"), one.text("ada@acme.test"));
    // Letters beyond ASCII are never folded, here as everywhere.
    assert_ne!(one.text("josé").to_lowercase(), one.text("josÉ").to_lowercase());
}

#[test]
fn what_the_mapping_judges_by_stays() {
    let one = made();
    assert_eq!((one.text(""), one.text("  ")), (String::new(), " ".to_owned()));
    assert!(one.text(" Ada ").starts_with(' ') && one.text(" Ada ").ends_with(' '));
    assert_eq!(one.text(" Ada ").trim(), one.text("Ada"));
    assert!(one.text("Ada").is_ascii() && !one.text("Łukasz").is_ascii());
    assert!(one.text("A\u{7}da").contains('\u{1}'));
    assert!(one.text(&"n".repeat(257)).len() > 256 && one.text(&"n".repeat(256)).len() <= 256);
    assert!(one.text("ada@acme.test").ends_with("@verified-1.example"));
    assert!(is_email(&one.text("ada@elsewhere.test")) && !one.text("ada@elsewhere.test").contains("verified"));
    let domain = |text: &str| one.text(text).split_once('@').map(|(_, domain)| domain.to_owned());
    assert_eq!(domain("a@elsewhere.test"), domain("b@elsewhere.test"));
    assert_ne!(domain("a@elsewhere.test"), domain("a@another.test"));
    for wrong in ["no address", "two@at@signs", "a b@acme.test", &format!("{}@acme.test", "a".repeat(65))] {
        assert!(!is_email(wrong) && !is_email(&one.text(wrong)), "{wrong}");
    }
}

fn entry() -> DirectoryUser {
    let attributes = json!({
        "status": "Terminated", "enabled": true, "salary": 91234, "ratio": 0.7182, "manager": "grace@acme.test",
        "name": {"first": "Adalina", "nickname": "Countess", "more": [{"Byronic": ["Ockham", null, ""]}]},
        "someone@acme.test": "odd", "note": "terminated",
    });
    DirectoryUser {
        id: SourceId::new("hr", "E-1815-Kz"),
        attributes: attributes.as_object().cloned().unwrap_or_default(),
        active: Active::No,
        active_because: "status = \"Terminated\"".into(),
        groups: vec!["Postman-Users".into(), "secret-project".into()],
        in_groups: Vec::new(),
        place: "people.csv line 7".into(),
    }
}

#[test]
fn nothing_of_an_entry_is_left_but_its_schema_and_its_state() {
    let user = made().user(entry());
    let all = format!("{} {:?} {}", user.id, user.groups, serde_json::to_string(&user.attributes).unwrap());
    for original in [
        "1815",
        "true",
        "91234",
        "7182",
        "grace",
        "acme.test",
        "Adalina",
        "nickname",
        "Countess",
        "more",
        "Byronic",
        "Ockham",
        "someone",
        "odd",
        "terminated",
        "ostman-",
        "secret",
        "line 7",
    ] {
        assert!(!all.contains(original), "{original}: {all}");
    }
    assert_eq!(user.attributes["status"], "Terminated", "a state that the settings list stays");
    assert!(user.groups[0].eq_ignore_ascii_case("scope-group-1") && user.groups[0] != "scope-group-1");
    assert!(user.attributes["name"]["first"].is_string() && user.attributes["salary"].is_u64());
    assert!(user.attributes["ratio"].is_f64() && (user.active, user.active_because.as_str()) == (Active::No, ""));
}

#[test]
fn names_of_entries_and_groups_of_a_directory_are_values_like_any_other() {
    let made = made();
    let entry = DirectoryUser {
        id: SourceId::new("corp", "5f2c6c1e-0000-4000-8000-000000000001"),
        attributes: json!({
            "dn": "uid=ada,ou=People,dc=acme,dc=test",
            "memberOf": ["cn=postman-users,ou=Groups,dc=acme,dc=test", "cn=Payroll,dc=acme,dc=test"],
            "manager": "uid=ada,ou=People,dc=acme,dc=test",
            "STATUS": "Terminated",
        })
        .as_object()
        .unwrap()
        .clone(),
        active: Active::No,
        active_because: "status = \"Terminated\"".into(),
        groups: vec!["postman-users".into(), "Payroll".into()],
        in_groups: Vec::new(),
        place: "entryUUID 5f2c6c1e-0000-4000-8000-000000000001".into(),
    };
    let entry = made.user(entry);
    let text =
        serde_json::to_string(&entry.attributes).unwrap() + &entry.id.id + &entry.place + &entry.groups.join(" ");
    for word in ["ada", "people", "acme", "postman-users", "payroll", "groups", "dc=", "5f2c6c1e"] {
        assert!(!text.to_ascii_lowercase().contains(word), "{word}: {text}");
    }
    // Who is whose manager can still be seen, and who is in scope, and the state under any spelling of its attribute.
    assert_eq!(entry.attributes["dn"], entry.attributes["manager"]);
    assert_eq!(entry.groups[0], "scope-group-1");
    assert_eq!(entry.attributes["STATUS"], "Terminated");
}
