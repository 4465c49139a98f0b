//! Groups: each found exactly once, with the people in it.
//!
//! A reading asks with a cast to users, which Graph answers from an index that may lag ("Advanced query capabilities"). So whoever
//! is looked up before a removal is looked for without it.
//! Never: takes a group whose members may not be read for an empty one.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::graph::{GROUPS, Graph, quoted};
use super::listing::Listing;
use super::people::People;
use crate::config::entra_source::is_guid;
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::encoded;

/// Where the configuration names groups.
pub const SCOPE: &str = "scope.groups";
pub const PUSHED: &str = "group.source";

/// One group, as far as it matters.
pub struct Group {
    pub id: String,
    /// As the configuration or the directory calls it.
    pub name: String,
}

/// A group that was looked for.
pub struct Found {
    pub group: Group,
    /// `displayName`.
    pub called: String,
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
        let group = find(graph, name, SCOPE).await?.group;
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

/// Hashes of the ids of all people in it, by a question that Graph does not answer from the index.
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
            // Without a cast groups and devices come too.
            if is_person(&row) {
                ids.extend(row.get("id").and_then(Value::as_str).map(|id| id_hash(&SourceId::new(source, id))));
            }
            Ok(())
        })
        .await
        .map_err(|error| of_group(&group.name, error))?;
    Ok(ids)
}

/// Of a group that shows nobody, which it may. Errors: it hides its members, which looks the same, or it is not there. `instead`:
/// what to do, if not correct that.
pub async fn is_empty(graph: &Graph<'_>, group: &Group, instead: &str) -> Result<(), SourceError> {
    let path = format!("/groups/{}?$select=id,visibility", encoded(&group.id));
    match graph.one(&path, GROUPS).await? {
        None => Err(wrong(
            graph,
            &group.name,
            &format!("is not there any more; the next cycle reads it again, or {instead}"),
        )),
        Some(found) if found.get("visibility").and_then(Value::as_str) == Some("HiddenMembership") => Err(wrong(
            graph,
            &group.name,
            &format!(
                "hides its members; grant the application permission Member.Read.Hidden of Microsoft Graph, or {instead}"
            ),
        )),
        Some(_) => Ok(()),
    }
}

/// Of a row of members: whatever does not say that it is something else.
pub fn is_person(row: &Map<String, Value>) -> bool {
    row.get("@odata.type").and_then(Value::as_str).is_none_or(|kind| kind == "#microsoft.graph.user")
}

fn kind(nested: bool) -> &'static str {
    if nested { "transitiveMembers" } else { "members" }
}

/// By id where the name is one (a GUID), else by displayName, which others may give to a group of theirs. `place` is where it
/// is named.
pub async fn find(graph: &Graph<'_>, name: &str, place: &str) -> Result<Found, SourceError> {
    let absent = || wrong(graph, name, &format!("is not there; correct {place}, and nobody leaves by it"));
    if is_guid(name) {
        let path = format!("/groups/{name}?$select=id,displayName");
        let Some(found) = graph.one(&path, GROUPS).await? else { return Err(absent()) };
        let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !text("id").eq_ignore_ascii_case(name) {
            return Err(wrong(graph, name, "is asked for by id, and another one came"));
        }
        return Ok(Found { group: Group { id: text("id"), name: name.to_owned() }, called: text("displayName") });
    }
    let filter = encoded(&format!("displayName eq {}", quoted(name)));
    let mut found = listed(graph, &format!("/groups?$filter={filter}&$select=id,displayName&$top=2")).await?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(absent()),
        (Some((id, called)), true) if is_guid(&id) && called.to_lowercase() == name.to_lowercase() => {
            Ok(Found { group: Group { id, name: name.to_owned() }, called })
        }
        (Some(_), true) => Err(wrong(graph, name, "is asked for by displayName, and another one came")),
        (Some(_), false) => {
            Err(wrong(graph, name, "is the displayName of several groups; write the id of the right one"))
        }
    }
}

/// Id and displayName of each group of a list.
pub async fn listed(graph: &Graph<'_>, path: &str) -> Result<Vec<(String, String)>, SourceError> {
    let mut found = Vec::new();
    let mut listing = Listing::new(graph, path.to_owned(), GROUPS);
    listing
        .rest(&mut |row| {
            let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push((text("id"), text("displayName")));
            Ok(())
        })
        .await?;
    Ok(found)
}

pub fn shown(name: &str) -> String {
    Value::from(name).to_string()
}

/// The same error, which says which group it is about.
fn of_group(name: &str, error: SourceError) -> SourceError {
    error.because(|reason| format!("the group {}: {reason}", shown(name)))
}

pub fn wrong(graph: &Graph<'_>, group: &str, what: &str) -> SourceError {
    graph.rest.malformed(format!("the group {} {what}", shown(group)))
}
