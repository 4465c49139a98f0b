//! A User of Okta's, or an assignment with its User, as an entry of the directory. Every attribute stays as Okta names it, and
//! what is nested can be named with dots: `profile.email`.
//!
//! Never: takes a status that it was not told about for yes or no, or the assignment's status for the person's.

use serde_json::{Map, Value};

use crate::config::okta_source::{OktaSettings, Whom};
use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::source::records::place::printable;
use crate::source::rest::{flat, text};

/// Nothing that a mapping could use; `credentials` tells how somebody signs in.
const LEFT_OUT: [&str; 3] = ["_links", "_embedded", "credentials"];
/// The members of an assignment that say something of the person.
const ASSIGNMENT: [&str; 5] = ["scope", "status", "externalId", "profile", "credentials"];

/// The entry, without its groups. Errors: why it is none.
pub fn person(
    source: &str,
    settings: &OktaSettings,
    id: String,
    row: Map<String, Value>,
) -> Result<DirectoryUser, &'static str> {
    let (mut attributes, status) = match &settings.whom {
        Whom::App(_) => of_assignment(&id, row)?,
        _ => {
            let status = row.get("status").cloned();
            (row, status)
        }
    };
    attributes.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    attributes.extend(flat(&attributes));
    let (active, active_because) = active(settings, status.as_ref());
    let place = format!("User {}", printable(&id));
    Ok(DirectoryUser {
        id: SourceId::new(source, id),
        attributes,
        active,
        active_because,
        groups: Vec::new(),
        in_groups: Vec::new(),
        place,
    })
}

/// The attributes of the person, with those of the assignment under `assignment`, and the person's status.
fn of_assignment(id: &str, mut row: Map<String, Value>) -> Result<(Map<String, Value>, Option<Value>), &'static str> {
    let user = row.get_mut("_embedded").and_then(|embedded| embedded.get_mut("user")).map(Value::take);
    let mut attributes = match user {
        Some(Value::Object(user)) if text(&user, "id") == Some(id) => user,
        Some(Value::Object(_)) => return Err("an assignment holds a User with another id"),
        _ => Map::from_iter([("id".to_owned(), Value::from(id))]),
    };
    let status = attributes.get("status").cloned();
    let mut assignment: Map<String, Value> =
        ASSIGNMENT.iter().filter_map(|name| Some(((*name).to_owned(), row.remove(*name)?))).collect();
    // Of the credentials there, the name that the person has at the app.
    let name = assignment.remove("credentials").and_then(|mut all| all.get_mut("userName").map(Value::take));
    assignment.extend(name.map(|name| ("userName".to_owned(), name)));
    attributes.insert("assignment".into(), Value::Object(assignment));
    Ok((attributes, status))
}

fn active(settings: &OktaSettings, status: Option<&Value>) -> (Active, String) {
    let Some(status) = status.filter(|status| !status.is_null()) else {
        return (Active::Unknown, "the User's status is missing".into());
    };
    let is_in =
        |values: &[String]| status.as_str().is_some_and(|is| values.iter().any(|value| value.eq_ignore_ascii_case(is)));
    let shown = printable(status.as_str().unwrap_or("no text"));
    match (is_in(&settings.active_values), is_in(&settings.inactive_values)) {
        (true, false) => (Active::Yes, format!("status = {shown}")),
        (false, true) => (Active::No, format!("status = {shown}")),
        _ => (Active::Unknown, format!("status = {shown} is neither in active_values nor in inactive_values")),
    }
}

#[cfg(test)]
pub mod tests;
