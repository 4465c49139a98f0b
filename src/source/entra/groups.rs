//! Groups: each found exactly once, with the people in it.
//!
//! A reading asks with a cast to users, which Graph answers from an index that may lag ("Advanced query capabilities"). So whoever
//! is looked up before a removal is looked for without it.
//! Never: takes a group whose members may not be read for an empty one.

use std::collections::HashSet;

use serde_json::Value;

use super::graph::{GROUPS, Graph, quoted};
use super::listing::Listing;
use super::people::People;
use crate::config::entra_source::is_guid;
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::encoded;

/// One group, as far as it matters.
pub struct Group {
    pub id: String,
    /// As the configuration or the directory calls it.
    pub name: String,
}

/// `scope.groups`: everybody in them, with the group that they came by.
pub async fn read(
    graph: &Graph<'_>,
    names: &[String],
    nested: bool,
    people: &mut People<'_>,
) -> Result<Vec<String>, SourceError> {
    let mut checked = Vec::new();
    for name in names {
        let group = find(graph, name).await?;
        let in_group = [name.clone()];
        let listing = members(graph, &group, nested, people, &in_group, |_| {}).await?;
        if listing.is_empty() {
            return Err(wrong(
                graph,
                name,
                "is empty, or its members may not be read; correct that, or take it out of scope.groups",
            ));
        }
        checked.push(listing.finish(&format!("members of {}", shown(name)))?);
    }
    Ok(checked)
}

/// Hands over the people of a group. `also` hears of each id.
pub async fn members<'a>(
    graph: &'a Graph<'a>,
    group: &Group,
    nested: bool,
    people: &mut People<'_>,
    groups: &[String],
    mut also: impl FnMut(&str) + Send,
) -> Result<Listing<'a>, SourceError> {
    let kind = kind(nested);
    let path = format!("/groups/{}/{kind}/microsoft.graph.user?$count=true&{}", encoded(&group.id), graph.select());
    let mut listing = Listing::new(graph, path, GROUPS);
    listing
        .rest(&mut |row| {
            also(row.get("id").and_then(Value::as_str).unwrap_or_default());
            people.take(row, groups)
        })
        .await
        .map_err(|error| of_group(&group.name, error))?;
    Ok(listing)
}

/// Hashes of the ids of all members, by a question that Graph does not answer from the index.
pub async fn member_ids(
    graph: &Graph<'_>,
    group: &Group,
    nested: bool,
    source: &str,
) -> Result<HashSet<u128>, SourceError> {
    let path = format!("/groups/{}/{}?$select=id&{}", encoded(&group.id), kind(nested), graph.top());
    let mut ids = HashSet::new();
    let mut listing = Listing::new(graph, path, GROUPS);
    listing
        .rest(&mut |row| {
            ids.extend(row.get("id").and_then(Value::as_str).map(|id| id_hash(&SourceId::new(source, id))));
            Ok(())
        })
        .await
        .map_err(|error| of_group(&group.name, error))?;
    Ok(ids)
}

/// Of an assigned group that shows nobody, which it may. Errors: it hides its members, which looks the same, or it is not there.
pub async fn is_empty(graph: &Graph<'_>, group: &Group) -> Result<(), SourceError> {
    let path = format!("/groups/{}?$select=id,visibility", encoded(&group.id));
    match graph.one(&path, GROUPS).await? {
        None => Err(wrong(
            graph,
            &group.name,
            "is assigned and not there; the next cycle reads it again, or take its assignment away",
        )),
        Some(found) if found.get("visibility").and_then(Value::as_str) == Some("HiddenMembership") => Err(wrong(
            graph,
            &group.name,
            "hides its members; grant the application permission Member.Read.Hidden of Microsoft Graph, or take the group's \
             assignment away",
        )),
        Some(_) => Ok(()),
    }
}

fn kind(nested: bool) -> &'static str {
    if nested { "transitiveMembers" } else { "members" }
}

/// By id where the name is one (a GUID), else by displayName, which others may give to a group of theirs.
pub async fn find(graph: &Graph<'_>, name: &str) -> Result<Group, SourceError> {
    if is_guid(name) {
        let path = format!("/groups/{name}?$select=id,displayName");
        return match graph.one(&path, GROUPS).await? {
            Some(found) if found.get("id").and_then(Value::as_str).is_some_and(|id| id.eq_ignore_ascii_case(name)) => {
                Ok(Group { id: name.to_owned(), name: name.to_owned() })
            }
            Some(_) => Err(wrong(graph, name, "is asked for by id, and another one came")),
            None => Err(wrong(graph, name, "is not there; correct scope.groups, and nobody leaves by it")),
        };
    }
    let filter = encoded(&format!("displayName eq {}", quoted(name)));
    let mut found = Vec::new();
    let path = format!("/groups?$filter={filter}&$select=id,displayName&$top=2");
    let mut listing = Listing::new(graph, path, GROUPS);
    listing
        .rest(&mut |row| {
            let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push((text("id"), text("displayName")));
            Ok(())
        })
        .await?;
    match found.as_slice() {
        [(id, called)] if is_guid(id) && called.to_lowercase() == name.to_lowercase() => {
            Ok(Group { id: id.clone(), name: name.to_owned() })
        }
        [_] => Err(wrong(graph, name, "is asked for by displayName, and another one came")),
        [] => Err(wrong(graph, name, "is not there; correct scope.groups, and nobody leaves by it")),
        _ => Err(wrong(graph, name, "is the displayName of several groups; write the id of the right one")),
    }
}

pub fn shown(name: &str) -> String {
    Value::from(name).to_string()
}

/// The same error, which says which group it is about.
fn of_group(name: &str, error: SourceError) -> SourceError {
    let about = |reason| format!("the group {}: {reason}", shown(name));
    match error {
        SourceError::Unreachable { place, reason } => SourceError::Unreachable { place, reason: about(reason) },
        SourceError::Malformed { place, reason } => SourceError::Malformed { place, reason: about(reason) },
    }
}

pub fn wrong(graph: &Graph<'_>, group: &str, what: &str) -> SourceError {
    graph.rest.malformed(format!("the group {} {what}", shown(group)))
}
