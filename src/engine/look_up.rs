//! Before a removal the directory is asked about that one person, by immutable id: a listing that did not show them, or
//! showed them outside the scope, may have been wrong.
//!
//! Never: asks about anybody whom a removal would not hit, or about more than a thousand in a cycle.

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
        for some in ids.chunks(LOOKED_UP_AT_ONCE) {
            context.lifeline.beat();
            probes.extend(some.iter().cloned().zip(ask(context, &**source, some).await));
        }
    }
    probes
}

/// The absent, and members whom the reading showed outside the scope.
fn to_be_removed<'a>(reading: &'a Reading, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a SourceId> {
    let in_team = |id: &SourceId| snapshot.known.get(id).is_some_and(|known| known.is_in_team());
    let is_out = |wanted: &Wanted| matches!(wanted, Wanted::OutOfScope(_));
    let out = reading.people.iter().filter(move |user| is_out(&user.wanted) && in_team(&user.id));
    reading.absent.iter().chain(out.map(|user| &user.id))
}

async fn ask(context: &Context<'_>, source: &dyn Source, ids: &[SourceId]) -> Vec<Presence> {
    match source.look_up(ids).await {
        Ok(found) if found.len() == ids.len() => found.into_iter().map(|found| presence(context, found)).collect(),
        Ok(_) => vec![Presence::Failed("the source answered for others than were asked about".into()); ids.len()],
        Err(error) => vec![Presence::Failed(error.to_string()); ids.len()],
    }
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
