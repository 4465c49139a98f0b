//! One person, asked for by id, as the listing would show them now, with the groups that the person is in by the person's own
//! account: a listing of members may have moved.
//!
//! "Not there" counts only where the same question finds somebody who is, and "not in it" where it finds a member: an account
//! whose role was narrowed is told both too.
//! Never: takes an answer about somebody else, or silence, for "gone".

use super::groups::{self, Group};
use super::person::person;
use super::server::Server;
use crate::config::okta_source::Whom;
use crate::core::model::{Active, SourceId};
use crate::source::{Found, SourceError};

/// One answer an id, in their order.
pub async fn look_up(server: &Server<'_>, source: &str, ids: &[SourceId]) -> Result<Vec<Found>, SourceError> {
    let groups = groups::find_all(server).await?;
    let mut found = Vec::new();
    for id in ids {
        found.push(ask(server, source, &groups, &id.id).await?);
    }
    if found.iter().any(|found| matches!(found, Found::Gone)) {
        somebody_is_found(server).await?;
    }
    for group in groups.iter().filter(|group| found.iter().any(|found| is_out_of(found, group))) {
        a_member_is_in(server, group).await?;
    }
    Ok(found)
}

async fn ask(server: &Server<'_>, source: &str, groups: &[Group], id: &str) -> Result<Found, SourceError> {
    let Some(row) = server.person(id).await? else { return Ok(Found::Gone) };
    let mut user = person(source, server.settings, id.to_owned(), row).map_err(|why| server.rest.malformed(why))?;
    if !groups.is_empty() {
        let own = server.groups_of(id).await?;
        user.groups = groups.iter().filter(|group| own.contains(&group.id)).map(|group| group.name.clone()).collect();
    }
    // Whether a search still finds them only its index can say, and that lags: two readings decide.
    if let Whom::Search(search) = &server.settings.whom
        && user.active != Active::No
        && !server.matches(search, id).await?
    {
        return Ok(Found::CannotAsk);
    }
    Ok(Found::Entry(Box::new(user)))
}

fn is_out_of(found: &Found, group: &Group) -> bool {
    matches!(found, Found::Entry(user) if !user.groups.contains(&group.name))
}

/// Whom the group shows is in it by the question that shows others out of it.
async fn a_member_is_in(server: &Server<'_>, group: &Group) -> Result<(), SourceError> {
    let Some(member) = server.first_of(&server.members(&group.id)).await? else {
        return Err(groups::empty(server, group));
    };
    if server.groups_of(&member).await?.contains(&group.id) {
        return Ok(());
    }
    Err(groups::wrong(
        server,
        &group.name,
        "shows somebody who is not in it by their own groups, so nobody is known to have left it; may the account read the \
         groups of single people?",
    ))
}

/// The app is there and active, and somebody of the listing is found by the question that did not find the others.
async fn somebody_is_found(server: &Server<'_>) -> Result<(), SourceError> {
    server.active_app().await?;
    let Some(witness) = server.first_of(&server.people()).await? else {
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
