//! People looked up by immutable id, before they are removed.
//!
//! Never: believes "not found" from a server that would not find anybody.

use std::collections::BTreeMap;

use super::id;
use super::people::People;
use super::referral;
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
    // Of the groups; where those are cut, they are missed by name.
    session.take_referred();
    let mut found = BTreeMap::new();
    if !filters.is_empty() {
        let any_of = format!("(&{}(|{}))", settings.filter, filters.values().cloned().collect::<String>());
        found = find(session, settings, &mut people, &any_of).await?;
    }
    if let Some(id) = found.keys().find(|id| !filters.contains_key(id.as_str())) {
        return Err(session.malformed(format!(
            "asked by {}, the server shows the entry of {id}, which is none of those that were asked for; ids must not change, not \
             even in letter case: set it back, or name another attribute as source.id",
            settings.id
        )));
    }
    if filters.keys().any(|id| !found.contains_key(*id)) {
        prove(session, settings).await?;
        whole(session, settings)?;
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
        let by_id = id::filter(&settings.id, &id).ok_or_else(|| {
            session.malformed(format!("an entry has no UUID in {}, so that nobody can be looked up by it", settings.id))
        })?;
        let filter = format!("(&{}{by_id})", settings.filter);
        if session.any(base, &filter, &[&settings.id]).await?.is_none() {
            let reason = format!("nobody is found by {}; may the account search by it?", settings.id);
            return Err(session.malformed(reason));
        }
    }
    Ok(())
}

/// "Not found" says nothing where a part of the directory is elsewhere: whoever is looked for may be there.
fn whole(session: &mut Session, settings: &LdapSettings) -> Result<(), SourceError> {
    let directory = session.root().kind().unwrap_or(settings.directory);
    let referred = session.take_referred();
    match referred.iter().find(|referral| !referral.is_of_no_people(directory)) {
        None => Ok(()),
        Some(elsewhere) => Err(session.malformed(format!(
            "below source.bases a part of the directory is on another server, {elsewhere}, which is not asked; whoever is not \
             found may be there: {}",
            referral::ADVICE
        ))),
    }
}
