//! Every key of the configuration, in one table: path, kind, default, meaning. Loading, suggestions, the
//! fingerprint and the documentation read this table, so that none of them can forget a key.
//!
//! Never: reads a value; `values` does.

mod keys;

pub use keys::KEYS;

/// What later versions will know: `(path, what to do until then)`.
pub const LATER: &[(&str, &str)] = &[
    ("web", "remove the section; the status page comes in a later version"),
    ("notify", "remove the section; notifications come in a later version"),
    ("source.join", "remove it; sources are joined by userName in this version"),
    ("source.replaces", "remove it; keep the source's old name in this version"),
];

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    Flag,
    /// A whole number within these bounds.
    Whole {
        min: u64,
        max: u64,
    },
    /// `90s`, `15m`, `1h`, `7d`: at most so many seconds.
    Duration {
        max_s: i64,
    },
    /// `"5%"`, or a number of people.
    Share,
    Texts,
    /// A program and its arguments; the order counts.
    Command,
    /// Patterns over userNames: `*` stands for any run of characters.
    Patterns,
    /// Names of domains, without `@`.
    Domains,
    /// Relative paths start at the configuration file.
    Path,
    BaseUrl,
    Proxy,
    /// Five or six fields.
    Cron,
    Timezone,
    /// An attribute's name or an expression.
    Mapping,
    /// A table of column = name.
    Names,
    /// Only from the environment, and only with a warning.
    Secret,
}

/// What holds when a key is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// The key must be set.
    Problem,
    /// The key must be set, but for these types of `[[source]]`, which have a usual one.
    Needed { but: &'static [&'static str] },
    /// There is a meaning to its absence, told in the key's own.
    Nothing,
    /// As an environment variable would say it; lists are separated by commas.
    Default(&'static str),
}

/// Whether the same directory and team would give another plan under another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Plan,
    Elsewhere,
}

/// The types of `[[source]]` that this version reads.
pub const SOURCE_TYPES: [&str; 8] = ["file", "exec", "ldap", "scim", "okta", "entra", "google", "keycloak"];

/// Sections that are lists of tables, `[[source]]`.
pub(super) const LISTS: [&str; 2] = ["source", "group"];

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// `postman.base_url`; keys of each `[[source]]` begin with `source.`, those of each `[[group]]` with `group.`.
    pub path: &'static str,
    pub kind: Kind,
    pub unset: Unset,
    pub reach: Reach,
    /// One line for people, without a full stop.
    pub meaning: &'static str,
    /// The types of `[[source]]` that have it; empty for every type, and outside `[[source]]`.
    pub types: &'static [&'static str],
}

impl Key {
    /// The last part of the path.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// Whether it is one of each table of a list.
    pub(super) fn is_of_list(&self) -> bool {
        LISTS.contains(&self.section())
    }

    /// Everything before the name: `safety.deactivations`.
    pub fn section(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The default as it would be written in the file; nothing when there is none.
    pub fn default_toml(&self) -> Option<String> {
        let Unset::Default(text) = self.unset else { return None };
        Some(match self.kind {
            Kind::Flag | Kind::Whole { .. } => text.into(),
            Kind::Texts | Kind::Patterns | Kind::Domains => {
                let parts: Vec<String> = text.split(',').filter(|part| !part.is_empty()).map(quoted).collect();
                format!("[{}]", parts.join(", "))
            }
            _ => quoted(text),
        })
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// All keys, in the order of the reference configuration.
pub fn describe_keys() -> &'static [Key] {
    KEYS
}

/// The key with that path.
pub fn key(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Whether some key lies below that path.
pub(super) fn is_section(path: &str) -> bool {
    KEYS.iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// Keys and sections that a later version will know, with what to do until then.
pub(super) fn later(path: &str) -> Option<&'static str> {
    LATER.iter().find(|(later, _)| *later == path).map(|(_, advice)| *advice)
}
