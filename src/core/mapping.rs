//! Mapping: what the directory returned -> the three attributes Postman takes. Pure; compiled once.
//!
//! A setting is the name of an attribute, or an expression (`expression.rs`) when it holds `{{` or `{%`.
//! Letters are kept as the directory has them; only surrounding whitespace goes.
//!
//! Never: a fourth target, and never a password.

mod expression;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::expression::Expressions;
pub use self::text::is_email;
use self::text::{Piece, piece};
use super::model::{Account, DirectoryUser, Name, UserName};

/// The longest name that is sent, in bytes.
const NAME_BYTES_MAX: usize = 256;

/// Why the mapping made no account of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Rejection {
    /// A target came out empty. `target` is `user_name`, `given_name` or `family_name`; `from` its setting.
    Missing { target: String, from: String },
    /// The userName is no e-mail address Postman would take.
    NotAnEmail { value: String },
    /// The attribute has several values, and nothing says which one counts.
    Several { target: String, values: usize },
    /// The expression failed on this entry.
    Expression { target: String, error: String },
    /// Longer than any name is (256 bytes), or with control characters.
    Unusable { target: String },
}

impl Rejection {
    /// What may stand where nobody is to be named.
    pub fn without_value(&self) -> String {
        match self {
            Self::NotAnEmail { .. } => "mapping.user_name finds no e-mail address".to_owned(),
            Self::Missing { target, from } => format!("nothing in mapping.{target} = \"{from}\""),
            other => other.to_string(),
        }
    }
}

/// For reports about this one person: `NotAnEmail` shows the value, so it is nothing for a log.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { from, .. } if !is_expression(from) => write!(f, "{from} is empty"),
            Self::Missing { target, .. } => write!(f, "the expression of mapping.{target} comes out empty"),
            Self::NotAnEmail { value } => {
                let shown: String = value.chars().take(80).collect();
                write!(f, "\"{}\" is no e-mail address", shown.escape_debug())
            }
            Self::Several { target, values } => {
                write!(f, "mapping.{target} finds {values} values and nothing says which one counts")
            }
            Self::Expression { target, error } => write!(f, "the expression of mapping.{target} fails: {error}"),
            Self::Unusable { target } => {
                write!(f, "mapping.{target} is longer than {NAME_BYTES_MAX} bytes or holds control characters")
            }
        }
    }
}

/// One of the three settings of `[mapping]`: an attribute's name, or a minijinja expression (it holds `{{`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingSettings {
    pub user_name: String,
    pub given_name: String,
    pub family_name: String,
}

/// The three attributes Postman takes; no directory adds a fourth.
#[derive(Clone, Copy)]
enum Target {
    User,
    Given,
    Family,
}

impl Target {
    const ALL: [Target; 3] = [Target::User, Target::Given, Target::Family];

    fn as_str(self) -> &'static str {
        match self {
            Target::User => "user_name",
            Target::Given => "given_name",
            Target::Family => "family_name",
        }
    }

    fn setting(self, settings: &MappingSettings) -> &str {
        match self {
            Target::User => &settings.user_name,
            Target::Given => &settings.given_name,
            Target::Family => &settings.family_name,
        }
    }
}

fn is_expression(setting: &str) -> bool {
    setting.contains("{{") || setting.contains("{%")
}

/// The compiled mapping.
#[derive(Debug)]
pub struct Mapping {
    settings: MappingSettings,
    expressions: Expressions,
}

impl Mapping {
    /// Compiles the expressions. Errors: one `(target, message)` for each setting that is wrong.
    pub fn compile(settings: &MappingSettings) -> Result<Self, Vec<(&'static str, String)>> {
        let mut expressions = Expressions::new();
        let mut wrong = Vec::new();
        for target in Target::ALL {
            let setting = target.setting(settings);
            let compiled = if is_expression(setting) {
                expressions.add(target.as_str(), setting)
            } else {
                check_attribute_name(setting)
            };
            wrong.extend(compiled.err().map(|message| (target.as_str(), message)));
        }
        if wrong.is_empty() { Ok(Self { settings: settings.clone(), expressions }) } else { Err(wrong) }
    }

    /// The attributes it reads, sorted. `attrs["any name"]` of an expression is not among them.
    pub fn reads(&self) -> Vec<String> {
        let settings = Target::ALL.map(|target| target.setting(&self.settings));
        let plain = settings.into_iter().filter(|setting| !is_expression(setting)).map(str::to_owned);
        let mut names: Vec<String> = plain.chain(self.expressions.reads()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The account of one entry, or why there is none.
    pub fn account(&self, user: &DirectoryUser) -> Result<Account, Rejection> {
        let variables = self.expressions.variables(&user.attributes);
        let text = |target: Target| {
            let setting = target.setting(&self.settings);
            if is_expression(setting) {
                self.expressions.render(target.as_str(), setting, &variables)
            } else {
                attribute(target, setting, &user.attributes)
            }
        };
        let user_name = text(Target::User)?;
        if !is_email(&user_name) {
            return Err(Rejection::NotAnEmail { value: user_name.chars().take(254).collect() });
        }
        let given = usable(Target::Given, text(Target::Given)?)?;
        let family = usable(Target::Family, text(Target::Family)?)?;
        Ok(Account { user_name: UserName::new(user_name), name: Name::new(given, family) })
    }
}

fn check_attribute_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("is empty; name an attribute of the directory".into());
    }
    if name.contains(['{', '}']) {
        return Err("an attribute's name holds no braces; an expression is written \"{{ name }}\"".into());
    }
    Ok(())
}

/// The one value of an attribute, found by its exact name, else by the first name that differs in ASCII case.
fn attribute(target: Target, name: &str, attributes: &Map<String, Value>) -> Result<String, Rejection> {
    let same = || attributes.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).min_by_key(|(key, _)| *key);
    let value = attributes.get(name).or_else(|| same().map(|(_, value)| value));
    match value.map_or(Piece::Nothing, piece) {
        Piece::One(text) => Ok(text),
        Piece::Nothing => Err(Rejection::Missing { target: target.as_str().into(), from: name.into() }),
        Piece::Several(values) => Err(Rejection::Several { target: target.as_str().into(), values }),
    }
}

fn usable(target: Target, text: String) -> Result<String, Rejection> {
    if text.len() > NAME_BYTES_MAX || text.chars().any(char::is_control) {
        return Err(Rejection::Unusable { target: target.as_str().into() });
    }
    Ok(text)
}
