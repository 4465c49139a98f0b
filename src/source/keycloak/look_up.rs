//! One person, asked for by id, as the listing would show them now, with the groups that the person is in by the person's own
//! account: a listing of members may have moved.
//!
//! Never: takes an answer about somebody else, a refusal, or silence, for "gone".

use super::groups::Groups;
use super::person::person;
use super::server::{Server, text};
use crate::core::model::SourceId;
use crate::source::{Found, SourceError};

/// One answer an id, in their order.
pub async fn look_up(server: &Server<'_>, source: &str, ids: &[SourceId]) -> Result<Vec<Found>, SourceError> {
    let groups = Groups::find(server).await?;
    let mut found = Vec::new();
    for id in ids {
        found.push(match server.person(&id.id).await? {
            None => Found::Gone,
            Some(row) => {
                let mut user = person(source, id.id.clone(), row);
                if !groups.is_empty() {
                    user.groups = groups.around(&server.groups_of(&id.id).await?);
                }
                Found::Entry(Box::new(user))
            }
        });
    }
    if found.iter().any(|found| matches!(found, Found::Gone)) {
        somebody_is_found(server).await?;
    }
    Ok(found)
}

/// Somebody of the listing is found by the question that did not find the others.
async fn somebody_is_found(server: &Server<'_>) -> Result<(), SourceError> {
    let rows = server.page("/users", 0).await?;
    let Some(witness) = rows.first().and_then(|row| text(row.as_object()?, "id")) else {
        let nobody = "nobody is listed any more, so nobody is known to be gone; may the client still read?";
        return Err(server.rest.malformed(nobody));
    };
    match server.person(witness).await? {
        Some(_) => Ok(()),
        None => Err(server.rest.malformed("somebody who is listed is not found by id, so nobody is known to be gone")),
    }
}
