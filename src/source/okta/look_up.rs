//! One person, asked for by id, as the listing would show them now.
//!
//! "Not there" counts only where the same question finds somebody who is: an account whose role was narrowed is told "not there"
//! too.
//! Never: takes an answer about somebody else, or silence, for "gone".

use super::groups::Groups;
use super::person::person;
use super::server::Server;
use crate::config::okta_source::Whom;
use crate::core::model::{Active, SourceId};
use crate::source::{Found, SourceError};

/// One answer an id, in their order.
pub async fn look_up(server: &Server<'_>, source: &str, ids: &[SourceId]) -> Result<Vec<Found>, SourceError> {
    let groups = Groups::read(server).await?;
    let mut found = Vec::new();
    for id in ids {
        found.push(ask(server, source, &groups, &id.id).await?);
    }
    if found.iter().any(|found| matches!(found, Found::Gone)) {
        somebody_is_found(server).await?;
    }
    Ok(found)
}

async fn ask(server: &Server<'_>, source: &str, groups: &Groups, id: &str) -> Result<Found, SourceError> {
    let Some(row) = server.person(id).await? else { return Ok(Found::Gone) };
    let mut user = person(source, server.settings, id.to_owned(), row).map_err(|why| server.rest.malformed(why))?;
    user.groups = groups.of(id);
    // Whether a search still finds them only its index can say, and that lags: two readings decide.
    if let Whom::Search(search) = &server.settings.whom
        && user.active != Active::No
        && !server.matches(search, id).await?
    {
        return Ok(Found::CannotAsk);
    }
    Ok(Found::Entry(Box::new(user)))
}

/// The app is there and active, and somebody of the listing is found by the question that did not find the others.
async fn somebody_is_found(server: &Server<'_>) -> Result<(), SourceError> {
    server.active_app().await?;
    let Some(witness) = server.somebody().await? else {
        let nobody = "nobody is listed any more, so nobody is known to be gone; may the account still read?";
        return Err(server.rest.malformed(nobody));
    };
    match server.person(&witness).await? {
        Some(_) => Ok(()),
        None => Err(server.rest.malformed(
            "somebody who is listed is not found by id, so nobody is known to be gone; may the account read single people?",
        )),
    }
}
