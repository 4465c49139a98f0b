//! `search` and `filter`, as far as Okta takes them.

use serde_json::Value;

use crate::directories::cloud::at;
use crate::directories::expression::{Filter, parse};

const FILTER_USERS: &[&str] =
    &["status", "lastUpdated", "id", "profile.login", "profile.email", "profile.firstName", "profile.lastName"];
const FILTER_GROUPS: &[&str] = &["id", "type", "lastUpdated", "lastMembershipUpdated"];
const TIMES: &[&str] = &["lastUpdated", "lastMembershipUpdated", "created", "activated", "statusChanged"];
const ORDER: &[&str] = &["gt", "ge", "lt", "le"];
const SEARCH_USERS: &[&str] = &["id", "status", "created", "activated", "statusChanged", "lastUpdated", "type.id"];
const SEARCH_GROUPS: &[&str] = &["id", "created", "lastMembershipUpdated", "lastUpdated", "type", "source.id"];
const CONTAINS: &[&str] =
    &["profile.firstName", "profile.lastName", "profile.email", "profile.login", "profile.name", "profile.description"];

/// Which of the two languages it is.
#[derive(Clone, Copy, PartialEq)]
pub enum Language {
    Filter,
    Search,
}

/// A question that may be asked.
pub struct Question {
    filter: Filter,
    language: Language,
}

impl Question {
    /// The error says what Okta does not take.
    pub fn parse(text: &str, language: Language, of_users: bool) -> Result<Self, String> {
        let filter = parse(text, '"')?;
        allowed(&filter, language, of_users)?;
        Ok(Self { filter, language })
    }

    pub fn matches(&self, object: &Value) -> bool {
        matches(&self.filter, object, self.language)
    }
}

fn allowed(filter: &Filter, language: Language, of_users: bool) -> Result<(), String> {
    match filter {
        Filter::And(one, other) | Filter::Or(one, other) => {
            allowed(one, language, of_users)?;
            allowed(other, language, of_users)
        }
        Filter::Compare(name, operator, _) => {
            let (name, operator) = (name.as_str(), operator.as_str());
            let (known, fits) = match language {
                Language::Filter => {
                    let known = if of_users { FILTER_USERS } else { FILTER_GROUPS }.contains(&name);
                    (known, operator == "eq" || (TIMES.contains(&name) && ORDER.contains(&operator)))
                }
                Language::Search => {
                    let names = if of_users { SEARCH_USERS } else { SEARCH_GROUPS };
                    let contains = operator == "co" && CONTAINS.contains(&name);
                    let fits = contains || operator == "sw" || operator == "eq" || ORDER.contains(&operator);
                    (names.contains(&name) || name.starts_with("profile."), fits)
                }
            };
            match (known, fits) {
                (false, _) => Err(format!("{name} cannot be asked for")),
                (_, false) => Err(format!("{operator} is not for {name}")),
                _ => Ok(()),
            }
        }
        Filter::Not(_) | Filter::In(..) | Filter::Call(..) => Err("no such operator".into()),
    }
}

fn matches(filter: &Filter, object: &Value, language: Language) -> bool {
    match filter {
        Filter::And(one, other) => matches(one, object, language) && matches(other, object, language),
        Filter::Or(one, other) => matches(one, object, language) || matches(other, object, language),
        Filter::Compare(name, operator, wanted) => {
            let has = at(object, name);
            match has.as_array() {
                // Any element will do.
                Some(elements) => elements.iter().any(|has| compares(has, operator, wanted, language)),
                None => compares(has, operator, wanted, language),
            }
        }
        Filter::Not(_) | Filter::In(..) | Filter::Call(..) => false,
    }
}

/// A filter minds the case of values, a search does not; neither minds that of operators.
fn compares(has: &Value, operator: &str, wanted: &Value, language: Language) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) if language == Language::Search => Some(text.to_lowercase()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    match (text(has), text(wanted)) {
        (Some(has), Some(wanted)) => match operator {
            "eq" => has == wanted,
            "sw" => has.starts_with(&wanted),
            "co" => has.contains(&wanted),
            "gt" => has > wanted,
            "ge" => has >= wanted,
            "lt" => has < wanted,
            _ => has <= wanted,
        },
        _ => operator == "eq" && has == wanted,
    }
}
