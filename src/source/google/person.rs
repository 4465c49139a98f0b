//! A User of Google's as an entry of the directory. Every attribute stays as Google names it, and what is nested can be named
//! with dots: `name.givenName`.
//!
//! Never: takes a missing flag for yes or no, an alias for another person, or a missing org unit for another one.

use serde_json::{Map, Value};

use crate::config::google_source::{GoogleSettings, Whom};
use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::source::records::place::printable;
use crate::source::rest::{flat, text};

/// Of the account, not of the person.
const LEFT_OUT: [&str; 3] = ["customerId", "kind", "etag"];

/// The entry, without its groups.
pub fn person(
    source: &str,
    settings: &GoogleSettings,
    id: String,
    mut attributes: Map<String, Value>,
) -> DirectoryUser {
    attributes.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    attributes.extend(flat(&attributes));
    let (active, active_because) = match unit(settings, &attributes) {
        Unit::Unknown => (Active::Unknown, "orgUnitPath is missing".into()),
        Unit::Wanted | Unit::Another => active(settings, &attributes),
    };
    let place = format!("User {}", printable(&id));
    DirectoryUser {
        id: SourceId::new(source, id),
        attributes,
        active,
        active_because,
        groups: Vec::new(),
        in_groups: Vec::new(),
        place,
    }
}

fn active(settings: &GoogleSettings, attributes: &Map<String, Value>) -> (Active, String) {
    let flags = || settings.inactive_values.iter().map(|flag| (flag, attributes.get(flag)));
    if let Some((flag, _)) = flags().find(|(_, value)| *value == Some(&Value::Bool(true))) {
        return (Active::No, format!("{flag} = true"));
    }
    match flags().find(|(_, value)| *value != Some(&Value::Bool(false))) {
        Some((flag, None)) => (Active::Unknown, format!("{flag} is missing")),
        Some((flag, Some(_))) => (Active::Unknown, format!("{flag} is neither true nor false")),
        None => (Active::Yes, format!("neither {}", settings.inactive_values.join(" nor "))),
    }
}

/// Whether it is a guest of the account's: somebody with another organisation's address. Google says so only of guests.
pub fn is_guest(attributes: &Map<String, Value>) -> bool {
    attributes.get("isGuestUser") == Some(&Value::Bool(true))
}

/// Where somebody is, of the wanted org units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// In one of them, or below it; anywhere where none is set.
    Wanted,
    Another,
    Unknown,
}

/// Of this person.
pub fn unit(settings: &GoogleSettings, attributes: &Map<String, Value>) -> Unit {
    if settings.org_units.is_empty() {
        return Unit::Wanted;
    }
    let Some(path) = text(attributes, "orgUnitPath").filter(|path| path.starts_with('/')) else { return Unit::Unknown };
    if settings.org_units.iter().any(|wanted| is_below(path, wanted)) { Unit::Wanted } else { Unit::Another }
}

/// Whether that is the path of the wanted org unit, or of one below it. Paths are compared as Google writes them.
pub fn is_below(path: &str, wanted: &str) -> bool {
    path.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the listing of one domain would show this person still; an address that is missing says nothing.
pub fn is_of_domain(settings: &GoogleSettings, attributes: &Map<String, Value>) -> bool {
    let Whom::Domain(wanted) = &settings.whom else { return true };
    let domain = text(attributes, "primaryEmail").and_then(|mail| mail.rsplit_once('@')).map(|(_, domain)| domain);
    domain.is_none_or(|domain| domain.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
pub mod tests;
