//! The filter grammar of Postman: one attribute, `eq`, one quoted value. A tiny part of RFC 7644 §3.4.2.2.
//!
//! Never: looks at members.

use super::knobs::FilterSyntax;

/// What a filter asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    UserName(String),
    Active { wanted: bool },
    DisplayName(String),
}

/// `None` for whatever Postman does not support. Attribute and operator ignore case, as the RFC says; the value does not.
pub(super) fn parse(text: &str, syntax: FilterSyntax) -> Option<Filter> {
    let (attribute, rest) = text.trim().split_once(char::is_whitespace)?;
    let (operator, value) = rest.trim_start().split_once(char::is_whitespace)?;
    if !operator.eq_ignore_ascii_case("eq") {
        return None;
    }
    let value = value.trim();
    match attribute.to_ascii_lowercase().as_str() {
        "username" => Some(Filter::UserName(quoted(value, syntax)?)),
        "displayname" => Some(Filter::DisplayName(quoted(value, syntax)?)),
        "active" => truth(value, syntax).map(|wanted| Filter::Active { wanted }),
        _ => None,
    }
}

/// A JSON string, which is how the RFC writes a filter's value.
fn quoted(value: &str, syntax: FilterSyntax) -> Option<String> {
    let single = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\''));
    match (syntax, single) {
        (FilterSyntax::Lenient, Some(inner)) => Some(inner.to_owned()),
        _ => serde_json::from_str(value).ok(),
    }
}

fn truth(value: &str, syntax: FilterSyntax) -> Option<bool> {
    match (value, syntax) {
        ("\"true\"", _) | ("true", FilterSyntax::Lenient) => Some(true),
        ("\"false\"", _) | ("false", FilterSyntax::Lenient) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comparison_and_nothing_else() {
        let user = |name: &str| Some(Filter::UserName(name.into()));
        let table = [
            (r#"userName eq "ada@acme.example""#, user("ada@acme.example")),
            (r#"USERNAME EQ "ada@acme.example""#, user("ada@acme.example")),
            (r#"userName eq "a\"b\\c@acme.example""#, user(r#"a"b\c@acme.example"#)),
            (r#"userName eq "a b""#, user("a b")),
            (r#"active eq "true""#, Some(Filter::Active { wanted: true })),
            (r#"active eq "false""#, Some(Filter::Active { wanted: false })),
            (r#"displayName eq "Platform""#, Some(Filter::DisplayName("Platform".into()))),
            ("active eq true", None),
            ("userName eq 'ada@acme.example'", None),
            ("userName eq ada@acme.example", None),
            (r#"userName ne "ada@acme.example""#, None),
            (r#"userName sw "ada""#, None),
            ("userName pr", None),
            (r#"externalId eq "1""#, None),
            (r#"userName eq "a" or active eq "true""#, None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text, FilterSyntax::Documented), expected, "{text}");
        }
    }

    #[test]
    fn leniency_is_a_knob() {
        let lenient = |text| parse(text, FilterSyntax::Lenient);
        assert_eq!(lenient("userName eq 'a@b'"), Some(Filter::UserName("a@b".into())));
        assert_eq!(lenient("active eq false"), Some(Filter::Active { wanted: false }));
        assert_eq!(lenient("userName eq '"), None);
    }
}
