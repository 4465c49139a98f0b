//! People looked up by immutable id, before they are removed.
//!
//! Never: believes "not found" from a server that would not find anybody.

use std::collections::BTreeMap;

use super::id;
use super::people::People;
use super::session::{Scope, Session};
use crate::config::ldap_source::LdapSettings;
use crate::core::model::{DirectoryUser, SourceId};
use crate::source::{Found, SourceError};

/// One answer an id, in their order: each as a reading would show them now.
pub async fn look_up(
    session: &mut Session,
    settings: &LdapSettings,
    mut people: People<'_>,
    ids: &[SourceId],
) -> Result<Vec<Found>, SourceError> {
    let filters: BTreeMap<&str, String> =
        ids.iter().filter_map(|id| Some((id.id.as_str(), id::filter(&settings.id, &id.id)?))).collect();
    let mut found = BTreeMap::new();
    if !filters.is_empty() {
        let any_of = format!("(&{}(|{}))", settings.filter, filters.values().cloned().collect::<String>());
        found = find(session, settings, &mut people, &any_of).await?;
    }
    if filters.keys().any(|id| !found.contains_key(*id)) {
        prove(session, settings).await?;
    }
    Ok(ids
        .iter()
        .map(|id| match found.remove(id.id.as_str()) {
            Some(person) => Found::Entry(Box::new(person)),
            None if filters.contains_key(id.id.as_str()) => Found::Gone,
            None => Found::CannotAsk,
        })
        .collect())
}

async fn find(
    session: &mut Session,
    settings: &LdapSettings,
    people: &mut People<'_>,
    filter: &str,
) -> Result<BTreeMap<String, DirectoryUser>, SourceError> {
    let mut found = BTreeMap::new();
    let attributes = people.attributes();
    let place = session.place().to_owned();
    for base in &settings.bases {
        let mut each = |entry| {
            let person = people.understand(&entry);
            let person = person.map_err(|reason| SourceError::Malformed { place: place.clone(), reason })?;
            found.insert(person.id.id.clone(), person);
            Ok(())
        };
        session.search(base, Scope::Subtree, filter, &attributes, &mut each).await?;
    }
    Ok(found)
}

/// "Not found" counts only where somebody is found in the same way: an account whose rights were narrowed is answered
/// with success and nothing.
async fn prove(session: &mut Session, settings: &LdapSettings) -> Result<(), SourceError> {
    for base in &settings.bases {
        let Some(entry) = session.any(base, &settings.filter, &[&settings.id]).await? else {
            return Err(session.malformed(super::nobody_below(base)));
        };
        let id = id::of(&entry, &settings.id).map_err(|reason| session.malformed(format!("an entry {reason}")))?;
        let by_id = id::filter(&settings.id, &id).unwrap_or_default();
        let filter = format!("(&{}{by_id})", settings.filter);
        if session.any(base, &filter, &[&settings.id]).await?.is_none() {
            let reason = format!("nobody is found by {}; may the account search by it?", settings.id);
            return Err(session.malformed(reason));
        }
    }
    Ok(())
}
