//! Who is in a group, and in the groups inside.
//!
//! Never: guesses what a member is.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::find::Finder;
use super::wrong;
use crate::source::SourceError;
use crate::source::scim::names::text;

/// A tree is not larger than that by reason.
const GROUPS_MAX: usize = 10_000;

/// Who and what is in a group.
#[derive(Default)]
pub struct Inside {
    /// Ids of members that are no groups, as far as anybody says: people, who may be deleted, or what the account may not read.
    pub members: HashSet<String>,
    /// The group itself, and those inside where they count: id and displayName.
    pub groups: BTreeMap<String, String>,
    /// Those of the members of whom nothing says what they are, and who are no group of the listing.
    pub unsaid: HashSet<String>,
}

enum Kind {
    Person,
    Group,
    Unsaid,
}

/// Everybody in the group `id`, which is called `wanted` in the configuration. A group that was looked into is not looked into
/// again.
pub async fn inside(finder: &Finder<'_>, wanted: &str, id: String) -> Result<Inside, SourceError> {
    let server = finder.server;
    let (mut inside, mut waiting) = (Inside::default(), vec![id]);
    while let Some(group) = waiting.pop() {
        if inside.groups.contains_key(&group) {
            continue;
        }
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
                Kind::Person => false,
                Kind::Group => true,
                Kind::Unsaid => finder.is_listed(value).await?,
            };
            if !is_group {
                if matches!(kind(member), Kind::Unsaid) {
                    inside.unsaid.insert(value.to_owned());
                }
                inside.members.insert(value.to_owned());
            } else if server.settings.nested_groups {
                waiting.push(value.to_owned());
            }
        }
        if inside.groups.len() >= GROUPS_MAX {
            return Err(wrong(server, wanted, &format!("has more than {GROUPS_MAX} groups in it")));
        }
        let name = text(&resource, "displayName").unwrap_or(&group).to_owned();
        inside.groups.insert(group, name);
    }
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
