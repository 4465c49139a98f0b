//! Before a removal the directory is asked about that one person, by immutable id: a listing that did not show them, or
//! showed them outside the scope, may have been wrong.
//!
//! Never: asks about anybody who is not managed, or about more than a thousand of a source in a cycle.

use std::collections::BTreeMap;

use crate::core::evidence::Presence;
use crate::core::model::{SourceId, Wanted};
use crate::core::reading::Reading;
use crate::core::snapshot::Snapshot;
use crate::source::{Found, LOOKED_UP_AT_ONCE, Source};

use super::fold::wanted;
use super::observe::Context;

/// More removals than that are held by the guard anyway, and whoever was not asked about has to wait like anybody whom
/// nobody can be asked about.
const ASKED_MAX: usize = 1_000;

/// What each source that can be asked says about the people it no longer shows in scope.
pub(super) async fn look_up(
    context: &Context<'_>,
    reading: &Reading,
    snapshot: &Snapshot,
) -> BTreeMap<SourceId, Presence> {
    let mut probes = BTreeMap::new();
    for source in context.sources {
        let read = reading.sources.iter().find(|read| read.source == source.name());
        if !read.and_then(|read| read.evidence.as_ref().ok()).is_some_and(|evidence| evidence.can_probe) {
            continue;
        }
        let of_source = |id: &&SourceId| id.source == source.name();
        let ids: Vec<SourceId> = to_be_removed(reading, snapshot).filter(of_source).take(ASKED_MAX).cloned().collect();
        let mut failed = None;
        for some in ids.chunks(LOOKED_UP_AT_ONCE) {
            context.lifeline.beat();
            let said = match &failed {
                // A directory that went away is not waited for once for every hundred people.
                Some(reason) => Err(String::clone(reason)),
                None => ask(context, &**source, some).await,
            };
            failed = said.as_ref().err().cloned();
            let said = said.unwrap_or_else(|reason| vec![Presence::Failed(reason); some.len()]);
            probes.extend(some.iter().cloned().zip(said));
        }
    }
    probes
}

/// The absent, and managed people whom the reading showed outside the scope: those who are not in the team by their row may
/// be by the listing, and are kept in the reading only then.
fn to_be_removed<'a>(reading: &'a Reading, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a SourceId> {
    let is_out = |wanted: &Wanted| matches!(wanted, Wanted::OutOfScope(_));
    let is_managed = |id: &SourceId| snapshot.known.contains_key(id);
    let out = reading.people.iter().filter(move |user| is_out(&user.wanted) && is_managed(&user.id));
    reading.absent.iter().chain(out.map(|user| &user.id))
}

async fn ask(context: &Context<'_>, source: &dyn Source, ids: &[SourceId]) -> Result<Vec<Presence>, String> {
    let found = source.look_up(ids).await.map_err(|error| error.to_string())?;
    if found.len() != ids.len() {
        return Err("the source answered for others than were asked about".into());
    }
    Ok(found.into_iter().map(|found| presence(context, found)).collect())
}

/// The same judgement as over an entry of the listing.
fn presence(context: &Context<'_>, found: Found) -> Presence {
    let user = match found {
        Found::Gone => return Presence::Gone,
        Found::CannotAsk => return Presence::CannotAsk,
        Found::Entry(user) => user,
    };
    let account = context.mapping.account(&user);
    let user_name = account.as_ref().ok().map(|account| &account.user_name);
    match wanted(&context.config.scope, &user, user_name) {
        Wanted::Out(because) => Presence::Inactive(because),
        Wanted::OutOfScope(rule) => Presence::OutOfScope(rule),
        Wanted::In | Wanted::Unknown(_) => Presence::Present,
    }
}
