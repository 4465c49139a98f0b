//! Properties of text that names somebody: distinguished names, userNames, and what the mapping makes of attributes.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::{Map, Value};

use crate::core::dn::{Dn, Key, parent};
use crate::core::mapping::{Mapping, MappingSettings, is_email};
use crate::core::model::{Active, DirectoryUser, SourceId, UserName};
use crate::core::text::{is_deceptive, toml_string};

/// Two texts, cut at the first line break.
fn two(data: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(data);
    let (first, second) = text.split_once('\n').unwrap_or((&text, ""));
    (first.to_owned(), second.to_owned())
}

/// A name is below its parent, which is one shorter; and it is the same name in other letters of ASCII.
pub fn dn(data: &[u8]) {
    let (text, base) = two(data);
    let key = Key::of(&text);
    assert_eq!(key, Key::of(&text));
    let Some(dn) = Dn::parse(&text) else { return };
    assert_eq!(dn.key(), key);
    assert!(dn.is_below(&dn));
    assert_eq!(Key::of(&text.to_ascii_uppercase()), key, "letter case made another entry of it");
    match parent(&text) {
        Some(above) => {
            let above = Dn::parse(above).expect("the parent of a name is a name");
            assert_eq!(above.depth() + 1, dn.depth());
            assert!(dn.is_below(&above) && !above.is_below(&dn));
        }
        None => assert!(dn.depth() <= 1, "an entry below another one has a parent"),
    }
    if let Some(base) = Dn::parse(&base) {
        assert_eq!(dn.is_below(&base) && base.is_below(&dn), dn == base);
        assert_eq!(dn == base, dn.key() == base.key());
    }
}

/// Equality, order, hash and key of two userNames say the same.
pub fn user_name(data: &[u8]) {
    let (a, b) = two(data);
    let (a, b) = (UserName::new(a), UserName::new(b));
    let hash = |name: &UserName| {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(a == b, a.key() == b.key());
    assert_eq!(a == b, a.cmp(&b).is_eq());
    assert!(a != b || hash(&a) == hash(&b));
    assert_eq!(UserName::new(a.key()), a, "the form that is equal for equal names is another name");
    assert!(a.key().ends_with(&a.domain()));
    // A name in JSON is the same name.
    let json = serde_json::to_string(&a).expect("a text has a JSON form");
    assert_eq!(serde_json::from_str::<UserName>(&json).ok().as_ref(), Some(&a));
    // In a configuration too, and without a character that hides.
    let toml = toml_string(a.as_str());
    assert!(!toml.chars().any(|c| c.is_control() || is_deceptive(c)));
    let toml = format!("x = {toml}");
    let document = toml_edit::Document::parse(toml.as_str());
    assert_eq!(document.ok().as_ref().and_then(|document| document["x"].as_str()), Some(a.as_str()));
}

/// What comes out of the mapping can be sent, and a person without it is told why in one line.
pub fn mapping(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // JSON where it is, so that numbers, lists and objects come too.
    let values = text.splitn(3, '\n').map(|line| serde_json::from_str(line).unwrap_or_else(|_| Value::from(line)));
    let attributes: Map<String, Value> =
        ["mail", "given", "family"].map(str::to_owned).into_iter().zip(values).collect();
    let settings = MappingSettings {
        user_name: "mail".into(),
        given_name: "{{ given | trim | title }}".into(),
        family_name: "family".into(),
    };
    let mapping = Mapping::compile(&settings).expect("settings as the documents have them");
    let user = DirectoryUser {
        id: SourceId::new("hr", "1"),
        attributes,
        active: Active::Yes,
        active_because: String::new(),
        groups: Vec::new(),
        in_groups: Vec::new(),
        place: "line 1".into(),
    };
    match mapping.account(&user) {
        Ok(account) => {
            let (name, user_name) = (&account.name, account.user_name.as_str());
            assert!(is_email(user_name) && user_name.matches('@').count() == 1);
            assert!(!user_name.chars().any(|c| c.is_control() || c.is_whitespace() || is_deceptive(c)));
            for part in [&name.given, &name.family] {
                assert!(!part.is_empty() && part.len() <= 256 && !part.chars().any(char::is_control), "{part:?}");
                assert_eq!(part.trim(), part);
            }
        }
        Err(rejection) => {
            let told = rejection.to_string();
            assert!(!told.is_empty() && !told.contains('\n'), "{told:?}");
            assert!(!rejection.without_value().is_empty());
        }
    }
}
