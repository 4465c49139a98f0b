//! One person, asked for by id, as the listing would show them now, with the groups that the person is in by the person's own
//! account: a listing of members may have moved.
//!
//! Never: takes an answer about somebody else, a refusal, or silence, for "gone", or a lockout for a dismissal.

use super::groups::Groups;
use super::person::person;
use super::server::Server;
use crate::core::model::{Active, SourceId};
use crate::source::{Found, SourceError};

/// By id older servers say so of whom brute-force protection keeps out for some minutes, too; the listing never does
/// (keycloak#11726, #39549). Who is disabled is listed, so the next listing says it.
const LOCKED: &str = "enabled = false by id, which may be a lockout of some minutes; the listing decides";

/// One answer an id, in their order.
pub async fn look_up(server: &Server<'_>, source: &str, ids: &[SourceId]) -> Result<Vec<Found>, SourceError> {
    let groups = Groups::find(server).await?;
    let mut found = Vec::new();
    for id in ids {
        found.push(match server.person(&id.id).await? {
            None => Found::Gone,
            Some(row) => {
                let mut user = person(source, id.id.clone(), row);
                if user.active == Active::No {
                    user.active = Active::Unknown;
                    user.active_because = LOCKED.into();
                }
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
    let Some(witness) = server.somebody().await? else {
        let nobody = "nobody is listed any more, so nobody is known to be gone; may the client still read?";
        return Err(server.rest.malformed(nobody));
    };
    match server.person(&witness).await? {
        Some(_) => Ok(()),
        None => Err(server.rest.malformed("somebody who is listed is not found by id, so nobody is known to be gone")),
    }
}
