//! One person, asked for by id, and whether they belong still.
//!
//! Members of groups are asked for without a cast, which Graph does not answer from an index that lags. The list of assignments
//! "might have replication delays for app role assignments that were recently granted or removed", and a filter is an index:
//! whoever is missing there is missing for sure after a second reading only.
//! Never: takes a 404 for "gone" where nobody would be found, or an answer about somebody else.

use std::collections::HashSet;

use serde_json::Value;

use super::graph::{Graph, USERS, quoted};
use super::person::{is_guest, person};
use super::{assigned, groups};
use crate::config::entra_source::Who;
use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::core::snapshot::id_hash;
use crate::source::rest::encoded;
use crate::source::{Found, SourceError};

/// Who belongs now.
enum Belonging<'a> {
    Assigned(HashSet<u128>),
    /// Of each wanted group, who is in it.
    Groups(Vec<(String, HashSet<u128>)>),
    Matching(&'a str),
    Everybody,
}

/// One answer an id, in their order.
pub async fn look_up(graph: &Graph<'_>, source: &str, ids: &[SourceId]) -> Result<Vec<Found>, SourceError> {
    let mut users = Vec::new();
    for id in ids {
        users.push(by_id(graph, source, &id.id).await?);
    }
    if users.iter().any(Option::is_none) {
        prove(graph).await?;
    }
    // The groups are read only where somebody is there who could be in them.
    let belonging = if users.iter().any(Option::is_some) { Some(belonging(graph, source).await?) } else { None };
    let mut found = Vec::new();
    for user in users {
        found.push(match (user, &belonging) {
            (Some(user), Some(belonging)) => judge(graph, user, belonging).await?,
            _ => Found::Gone,
        });
    }
    Ok(found)
}

/// None where Graph says that there is no such user. Errors: another one came.
async fn by_id(graph: &Graph<'_>, source: &str, id: &str) -> Result<Option<DirectoryUser>, SourceError> {
    let path = format!("/users/{}?{}", encoded(id), graph.properties());
    let Some(row) = graph.one(&path, USERS).await? else { return Ok(None) };
    let user = person(source, row).map_err(|why| graph.rest.malformed(why))?;
    if user.id.id != id {
        return Err(graph.rest.malformed("/users answered with another user than was asked for by id"));
    }
    Ok(Some(user))
}

/// "Not found" counts only where somebody whom Graph lists is found by the same question.
async fn prove(graph: &Graph<'_>) -> Result<(), SourceError> {
    let answer = graph.answer("/users?$select=id&$top=1").await?;
    let list = graph.object(&answer, USERS)?;
    let witness = list.get("value").and_then(|value| value[0]["id"].as_str()).unwrap_or_default();
    if witness.is_empty() {
        return Err(graph.rest.malformed("/users shows nobody any more, so nobody is known to be gone"));
    }
    match graph.one(&format!("/users/{}?$select=id", encoded(witness)), USERS).await? {
        Some(_) => Ok(()),
        None => Err(graph.rest.malformed("/users does not find by id whom it lists, so nobody is known to be gone")),
    }
}

async fn belonging<'a>(graph: &'a Graph<'_>, source: &str) -> Result<Belonging<'a>, SourceError> {
    match &graph.settings.who {
        Who::App(app) => Ok(Belonging::Assigned(assigned::assigned_ids(graph, app, source).await?)),
        Who::Groups { names, nested } => {
            let mut read = Vec::new();
            for name in names {
                let group = groups::find(graph, name, groups::SCOPE).await?.group;
                let ids = groups::member_ids(graph, &group, *nested, source).await?;
                if ids.is_empty() {
                    return Err(groups::wrong(
                        graph,
                        name,
                        "shows nobody any more, so nobody is known to have left it",
                    ));
                }
                read.push((name.clone(), ids));
            }
            Ok(Belonging::Groups(read))
        }
        Who::Everybody { filter: Some(filter) } => Ok(Belonging::Matching(filter)),
        Who::Everybody { filter: None } => Ok(Belonging::Everybody),
    }
}

/// Whoever is there and does not belong is out, as a reading leaves them out.
async fn judge(graph: &Graph<'_>, mut user: DirectoryUser, belonging: &Belonging<'_>) -> Result<Found, SourceError> {
    if is_guest(&user) && !graph.settings.guests {
        return Ok(Found::Gone);
    }
    let hash = id_hash(&user.id);
    Ok(match belonging {
        Belonging::Groups(read) => {
            user.groups = read.iter().filter(|(_, ids)| ids.contains(&hash)).map(|(name, _)| name.clone()).collect();
            Found::Entry(Box::new(user))
        }
        // Whoever is disabled is out by their own entry, whatever else they left with it.
        _ if user.active == Active::No => Found::Entry(Box::new(user)),
        // Both lists may lag; whether they do is for a second reading to say.
        Belonging::Assigned(ids) if !ids.contains(&hash) => Found::CannotAsk,
        Belonging::Matching(filter) if !matches(graph, filter, &user.id.id).await? => Found::CannotAsk,
        Belonging::Assigned(_) | Belonging::Matching(_) | Belonging::Everybody => Found::Entry(Box::new(user)),
    })
}

async fn matches(graph: &Graph<'_>, filter: &str, id: &str) -> Result<bool, SourceError> {
    let filter = encoded(&format!("({filter}) and id eq {}", quoted(id)));
    let answer = graph.answer(&format!("/users?$count=true&$filter={filter}&$select=id")).await?;
    let list = graph.object(&answer, USERS)?;
    match list.get("value").and_then(Value::as_array).map(Vec::as_slice) {
        Some([]) => Ok(false),
        Some([one]) if one["id"] == id => Ok(true),
        _ => Err(graph.rest.malformed("/users answered with others than were asked for by filter")),
    }
}
