//! One person, asked for by id, as the listing would show them now.
//!
//! A 404 says that somebody is gone only where the same question finds somebody who is there: a token that may not read by id
//! any more, or a server that went astray, answers 404 too.
//! Never: takes an answer about somebody else, or silence, for "gone".

use serde_json::{Map, Value};

use super::groups::Groups;
use super::names::id;
use super::person::person;
use super::server::{Server, quoted};
use crate::core::model::SourceId;
use crate::source::{Found, SourceError};

/// One answer an id, in their order.
pub async fn look_up(server: &Server<'_>, source: &str, ids: &[SourceId]) -> Result<Vec<Found>, SourceError> {
    let groups = Groups::read(server, source).await?;
    let mut found = Vec::new();
    for id in ids {
        let resource = match &server.settings.filter {
            None => server.one("/Users", &id.id).await?,
            Some(filter) => by_filter(server, filter, &id.id).await?,
        };
        found.push(match resource {
            None => Found::Gone,
            Some(resource) => {
                let mut user = person(source, resource).map_err(|why| server.rest.malformed(why))?;
                user.groups = groups.of(id);
                Found::Entry(Box::new(user))
            }
        });
    }
    if found.iter().any(|found| matches!(found, Found::Gone)) {
        witness(server).await?;
    }
    Ok(found)
}

/// The person, if they match the configured filter still.
async fn by_filter(server: &Server<'_>, filter: &str, wanted: &str) -> Result<Option<Map<String, Value>>, SourceError> {
    let both = format!("({filter}) and id eq {}", quoted(wanted));
    let answer = server.search("/Users", &both).await?;
    let mut resources = server.list(&answer)?.resources;
    match (resources.pop(), resources.is_empty()) {
        (None, _) => Ok(None),
        (Some(resource), true) if id(&resource).as_deref() == Some(wanted) => Ok(Some(resource)),
        _ => Err(server.rest.malformed("/Users answered with others than were asked for by filter")),
    }
}

/// Somebody of the listing is found by the same question.
async fn witness(server: &Server<'_>) -> Result<(), SourceError> {
    let filter = server.settings.filter.as_deref();
    let mut listing = super::listing::Listing::new(server, "/Users", filter);
    let first = listing.next().await?.unwrap_or_default().into_iter().next();
    let nobody = "/Users shows nobody any more, so nobody is known to be gone; may the token still read?";
    let Some((witness, _)) = first else { return Err(server.rest.malformed(nobody)) };
    let found = match filter {
        None => server.one("/Users", &witness).await?,
        Some(filter) => by_filter(server, filter, &witness).await?,
    };
    match found {
        Some(_) => Ok(()),
        None => Err(server.rest.malformed(
            "/Users does not find by id whom it lists, so nobody is known to be gone; may the token read single people?",
        )),
    }
}

/// Errors: the server answers a filter with people that it does not match.
pub async fn knows_filters(server: &Server<'_>, filter: &str) -> Result<(), SourceError> {
    let nobody = "no-such-id-5b2f0c9e-of-postman-scim-sync";
    let answer = server.search("/Users", &format!("({filter}) and id eq {}", quoted(nobody))).await?;
    if answer.status == 400 {
        return Err(server
            .rest
            .malformed("the server does not take `filter` (HTTP 400); correct it, or take it out and use [scope]"));
    }
    let page = server.list(&answer)?;
    if page.resources.is_empty() && page.total.unwrap_or(0) == 0 {
        return Ok(());
    }
    Err(server.rest.malformed(
        "the server answers a filter with people whom it does not match, so `filter` cannot be used; take it out and use [scope]",
    ))
}
