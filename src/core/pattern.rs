//! Patterns over userNames: `*` stands for any run of characters, everything else for itself, ASCII case aside.
//!
//! Never: regular expressions; an admin reads these in a hurry.

use super::model::UserName;

/// One pattern, such as `breakglass-*@acme.example`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    pub fn new(text: &str) -> Self {
        Self(text.to_ascii_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The userName it stands for, when it holds no `*`.
    pub fn exact(&self) -> Option<UserName> {
        (!self.0.contains('*')).then(|| UserName::new(self.0.clone()))
    }

    pub fn matches(&self, user_name: &UserName) -> bool {
        let text = user_name.key();
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let Some(last) = self.0.contains('*').then(|| self.0.rsplit('*').next().unwrap_or_default()) else {
            return rest.is_empty();
        };
        let Some(middle) = rest.strip_suffix(last) else { return false };
        rest = middle;
        let inner: Vec<&str> = parts.collect();
        for part in &inner[..inner.len().saturating_sub(1)] {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        true
    }
}

/// The first pattern of a list that matches.
pub fn first_match<'a>(patterns: &'a [Pattern], user_name: &UserName) -> Option<&'a Pattern> {
    patterns.iter().find(|pattern| pattern.matches(user_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_run_and_nothing_else_is_special() {
        for (pattern, text, expected) in [
            ("ada@acme.example", "Ada@ACME.example", true),
            ("ada@acme.example", "ada@acme.example.evil", false),
            ("*@acme.example", "ada@acme.example", true),
            ("*@acme.example", "ada@acme.example.evil", false),
            ("breakglass-*@acme.example", "breakglass-1@acme.example", true),
            ("breakglass-*@acme.example", "breakglass@acme.example", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
            ("*", "anybody", true),
            ("a.c", "abc", false),
            ("", "", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(&UserName::new(text)), expected, "{pattern} on {text}");
        }
    }
}
