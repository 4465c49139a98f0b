//! One person, asked for by id, as the listing would show them now.
//!
//! A 404 says that somebody is gone only where the same question finds somebody who is there: a token that may not read by id
//! any more, or a server that went astray, answers 404 too.
//! Never: takes an answer about somebody else, or silence, for "gone".

use serde_json::{Map, Value};

use super::groups::Groups;
use super::listing::Listing;
use super::names::id;
use super::person::person;
use super::server::{Server, quoted};
use crate::core::model::SourceId;
use crate::source::{Found, SourceError};

/// What the server says of one id.
enum Said {
    Gone,
    Is(Map<String, Value>),
    /// There, and the server cannot say whether the filter holds.
    Exists,
}

/// One answer an id, in their order.
pub async fn look_up(server: &Server<'_>, source: &str, ids: &[SourceId]) -> Result<Vec<Found>, SourceError> {
    let groups = Groups::read(server, source).await?;
    let mut found = Vec::new();
    for id in ids {
        found.push(match ask(server, &id.id).await? {
            Said::Gone => Found::Gone,
            Said::Exists => Found::CannotAsk,
            Said::Is(resource) => {
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

/// By id, and under the configured filter, which a person has to match still.
async fn ask(server: &Server<'_>, wanted: &str) -> Result<Said, SourceError> {
    let Some(filter) = &server.settings.filter else {
        return Ok(server.one("/Users", wanted).await?.map_or(Said::Gone, Said::Is));
    };
    let answer = server.search("/Users", &format!("({filter}) and id eq {}", quoted(wanted))).await?;
    if matches!(answer.status, 400 | 501) {
        // It takes the filter alone and not with another.
        return Ok(server.one("/Users", wanted).await?.map_or(Said::Gone, |_| Said::Exists));
    }
    let mut resources = server.list(&answer)?.resources;
    match (resources.pop(), resources.is_empty()) {
        (None, _) => Ok(Said::Gone),
        (Some(resource), true) if id(&resource).as_deref() == Some(wanted) => Ok(Said::Is(resource)),
        _ => Err(server.rest.malformed("/Users answered with others than were asked for by filter")),
    }
}

/// Somebody of the listing is found by the same question.
async fn witness(server: &Server<'_>) -> Result<(), SourceError> {
    let mut listing = Listing::new(server, "/Users", server.settings.filter.as_deref());
    let Some((witness, _)) = listing.next().await?.unwrap_or_default().into_iter().next() else {
        let nobody = "/Users shows nobody any more, so nobody is known to be gone; may the token still read?";
        return Err(server.rest.malformed(nobody));
    };
    match ask(server, &witness).await? {
        Said::Is(_) | Said::Exists => Ok(()),
        Said::Gone => Err(server.rest.malformed(
            "/Users does not find by id whom it lists, so nobody is known to be gone; may the token read single people?",
        )),
    }
}

/// Errors: the server answers a filter with people that it does not match.
pub async fn knows_filters(server: &Server<'_>, filter: &str) -> Result<(), SourceError> {
    let nobody = "no-such-id-5b2f0c9e-of-postman-scim-sync";
    let answer = server.search("/Users", &format!("({filter}) and id eq {}", quoted(nobody))).await?;
    // It reads filters, or it would not have refused this one. Whether it takes ours is for the listing to say.
    if matches!(answer.status, 400 | 501) {
        return Ok(());
    }
    let page = server.list(&answer)?;
    if page.resources.is_empty() && page.total.unwrap_or(0) == 0 {
        return Ok(());
    }
    Err(server.rest.malformed(
        "the server answers a filter with people whom it does not match, so `filter` cannot be used; take it out and use [scope]",
    ))
}
