//! One person, asked for by id, as the listing would show them now.
//!
//! "Not there" counts only where the same question finds somebody who is: an admin whose role was narrowed is told "not there"
//! too.
//! Never: takes an answer about somebody else, or silence, for "gone".

use super::groups::Groups;
use super::person::{Unit, is_guest, is_of_domain, person, unit};
use super::server::{Answered, Server};
use crate::core::model::{Active, SourceId};
use crate::source::{Found, LookedUp, SourceError};

/// One answer an id, in their order, and whose account it was.
pub async fn look_up(server: &Server<'_>, source: &str, ids: &[SourceId]) -> Result<LookedUp, SourceError> {
    let principal = server.principal().await?;
    let (witness, customer) = server.somebody().await?;
    let mut groups = Groups::read(server).await?;
    let mut found = Vec::new();
    for id in ids {
        found.push(ask(server, source, &mut groups, &customer, &id.id).await?);
    }
    if found.iter().any(|found| matches!(found, Found::Gone | Found::CannotAsk)) {
        prove(server, &witness).await?;
    }
    Ok(LookedUp::of(server.identity(&customer, principal), found))
}

/// What is said of an id counts only where the same question finds somebody who is listed.
async fn prove(server: &Server<'_>, witness: &str) -> Result<(), SourceError> {
    match server.person(witness).await? {
        Answered::Person(_) => Ok(()),
        Answered::Refused(why) => Err(why),
        Answered::Nobody => Err(server.rest.malformed(
            "somebody who is listed is not found by id, so nobody is known to be gone; may the admin read single people?",
        )),
    }
}

async fn ask(
    server: &Server<'_>,
    source: &str,
    groups: &mut Groups,
    customer: &str,
    id: &str,
) -> Result<Found, SourceError> {
    let row = match server.person(id).await? {
        Answered::Person(row) => row,
        Answered::Nobody => return Ok(Found::Gone),
        // Of this id alone: the others are not kept waiting for it, cycle after cycle.
        Answered::Refused(_) => return Ok(Found::CannotAsk),
    };
    server.customer(&mut Some(customer.to_owned()), &row)?;
    if !server.settings.guests && is_guest(&row) {
        return Ok(Found::Gone);
    }
    let is_elsewhere = unit(server.settings, &row) == Unit::Another || !is_of_domain(server.settings, &row);
    let mut user = person(source, server.settings, id.to_owned(), row);
    // An org unit may have been renamed this very minute, and what a listing of one domain goes by only Google knows: whoever
    // works and is found elsewhere leaves by two readings.
    if is_elsewhere && user.active != Active::No {
        return Ok(Found::CannotAsk);
    }
    user.groups = groups.of(id);
    Ok(Found::Entry(Box::new(user)))
}
