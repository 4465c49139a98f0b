//! Who is in a group, and in the groups inside.
//!
//! Never: guesses what a member is.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::find::Finder;
use super::wrong;
use crate::source::SourceError;
use crate::source::scim::names::text;

/// Ids of the members, by what they are.
pub struct Inside {
    pub people: HashSet<String>,
    /// Neither said to be people nor listed groups.
    pub untold: HashSet<String>,
    /// The group itself, and those inside where they count.
    pub groups: HashSet<String>,
}

enum Kind {
    Person,
    Group,
    Unsaid,
}

/// Everybody in the group `id`, which is called `wanted` in the configuration. A group that was looked into is not looked into
/// again.
pub async fn inside(finder: &mut Finder<'_>, wanted: &str, id: String) -> Result<Inside, SourceError> {
    let server = finder.server;
    let (people, untold, groups) = (HashSet::new(), HashSet::new(), HashSet::from([id.clone()]));
    let (mut inside, mut waiting) = (Inside { people, untold, groups }, vec![id]);
    while let Some(group) = waiting.pop() {
        let Some(resource) = server.one("/Groups", &group).await? else {
            return Err(wrong(server, wanted, "has a group in it that is not there, or may not be read"));
        };
        let Some(members) = members(&resource) else {
            return Err(wrong(server, wanted, "has `members` that are no list of objects"));
        };
        for member in members {
            let Some(value) = text(member, "value") else {
                return Err(wrong(server, wanted, "has a member without a `value`; a member is {\"value\": \"ID\"}"));
            };
            let is_group = match kind(member) {
                Kind::Person => {
                    inside.people.insert(value.to_owned());
                    false
                }
                Kind::Group => true,
                Kind::Unsaid if finder.is_listed(value).await? => true,
                Kind::Unsaid => {
                    inside.untold.insert(value.to_owned());
                    false
                }
            };
            if is_group && server.settings.nested_groups && inside.groups.insert(value.to_owned()) {
                waiting.push(value.to_owned());
            }
        }
    }
    inside.untold.retain(|id| !inside.people.contains(id));
    Ok(inside)
}

/// Nothing where it is no list of objects.
fn members(group: &Map<String, Value>) -> Option<Vec<&Map<String, Value>>> {
    match group.get("members") {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(members)) => members.iter().map(Value::as_object).collect(),
        Some(_) => None,
    }
}

/// `type` says what a member is, or the address in `$ref` (RFC 7643 §4.2); both are optional.
fn kind(member: &Map<String, Value>) -> Kind {
    let said = text(member, "type").unwrap_or_default();
    let at = text(member, "$ref").unwrap_or_default();
    let within = |endpoint: &str| at.contains(endpoint) || at.starts_with(&endpoint[1..]);
    match () {
        () if said.eq_ignore_ascii_case("group") => Kind::Group,
        () if said.eq_ignore_ascii_case("user") => Kind::Person,
        () if within("/Groups/") => Kind::Group,
        () if within("/Users/") => Kind::Person,
        () => Kind::Unsaid,
    }
}
