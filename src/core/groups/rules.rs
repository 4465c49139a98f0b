//! `[[group]]`: which groups of a directory are pushed, and what each is called at Postman.
//!
//! Never: asks a directory; the adapters do, with `Asked`.

/// One `[[group]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The `name` of the `[[source]]` that has them.
    pub from: String,
    /// `group.source`.
    pub asked: Asked,
    /// `group.postman`; without it a group is called as at the directory. Of a pattern, its `*` stands for what the other `*`
    /// stood for.
    pub postman: Option<String>,
    /// `group.adopt`.
    pub adopt: bool,
}

/// Which groups a rule means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Exactly one, in the words that `scope.groups` has for it at this type of source.
    One(String),
    /// Every group whose name is this, with one `*` for any run of characters. Compared ASCII-case-insensitively.
    Every { before: String, after: String },
}

impl Asked {
    /// As it is written in the configuration: with a `*`, a pattern.
    pub fn of(text: &str) -> Self {
        match text.split_once('*') {
            Some((before, after)) => Self::Every { before: before.to_owned(), after: after.to_owned() },
            None => Self::One(text.to_owned()),
        }
    }

    pub fn text(&self) -> String {
        match self {
            Self::One(name) => name.clone(),
            Self::Every { before, after } => format!("{before}*{after}"),
        }
    }

    /// Of a pattern, what its `*` stands for in this name; nothing where the name does not match.
    pub fn star<'n>(&self, name: &'n str) -> Option<&'n str> {
        let Self::Every { before, after } = self else { return None };
        let end = name.len().checked_sub(after.len()).filter(|end| before.len() <= *end)?;
        let (head, star, tail) = (name.get(..before.len())?, name.get(before.len()..end)?, name.get(end..)?);
        (head.eq_ignore_ascii_case(before) && tail.eq_ignore_ascii_case(after)).then_some(star)
    }
}

impl Rule {
    /// What a directory group of that name is called at Postman.
    pub fn postman_name(&self, directory_name: &str) -> String {
        match (&self.postman, self.asked.star(directory_name)) {
            (None, _) => directory_name.to_owned(),
            (Some(postman), Some(star)) => postman.replacen('*', star, 1),
            (Some(postman), None) => postman.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_the_same_on_both_sides() {
        let rule = |source: &str, postman: Option<&str>| Rule {
            from: "corp".into(),
            asked: Asked::of(source),
            postman: postman.map(str::to_owned),
            adopt: false,
        };
        assert_eq!(rule("pm-*", Some("IdP *")).postman_name("PM-Platform"), "IdP Platform");
        assert_eq!(rule("pm-*", None).postman_name("pm-platform"), "pm-platform");
        assert_eq!(rule("pm-platform", Some("Platform")).postman_name("whatever"), "Platform");
        assert_eq!(rule("*-team", Some("*")).postman_name("Größe-team"), "Größe");
        for (pattern, name) in [("pm-*", "px-platform"), ("a*a", "a"), ("*é", "e"), ("ab*", "aé")] {
            assert_eq!(Asked::of(pattern).star(name), None, "{pattern} {name}");
        }
        assert_eq!(Asked::of("a*a").star("aa"), Some(""));
    }
}
