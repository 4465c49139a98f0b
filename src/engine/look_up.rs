//! Before a removal the directory is asked about that one person, by immutable id: a listing that did not show them, or
//! showed them outside the scope, may have been wrong.
//!
//! Never: asks about anybody who is not managed, or about more than a thousand of a source in a cycle; or believes a server
//! that holds another directory than the one that was read, or an older state of it.

use std::collections::BTreeMap;

use crate::core::evidence::{Behind, Evidence, Identity, Presence};
use crate::core::model::{SourceId, Wanted};
use crate::core::reading::Reading;
use crate::core::snapshot::Snapshot;
use crate::source::{Found, LOOKED_UP_AT_ONCE, LookedUp, Source};

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
        let evidence = read.and_then(|read| read.evidence.as_ref().ok()).filter(|evidence| evidence.can_probe);
        let Some(evidence) = evidence else { continue };
        let of_source = |id: &&SourceId| id.source == source.name();
        let ids: Vec<SourceId> = to_be_removed(reading, snapshot).filter(of_source).take(ASKED_MAX).cloned().collect();
        let mut failed = None;
        for some in ids.chunks(LOOKED_UP_AT_ONCE) {
            context.lifeline.beat();
            let said = match &failed {
                // A directory that went away is not waited for once for every hundred people.
                Some(reason) => Err(String::clone(reason)),
                None => ask(context, &**source, evidence, some).await,
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

async fn ask(
    context: &Context<'_>,
    source: &dyn Source,
    read: &Evidence,
    ids: &[SourceId],
) -> Result<Vec<Presence>, String> {
    let looked_up = source.look_up(ids).await.map_err(|error| error.to_string())?;
    if let Some(reason) = not_as_read(&looked_up, read) {
        return Err(reason);
    }
    if looked_up.found.len() != ids.len() {
        return Err("the source answered for others than were asked about".into());
    }
    Ok(looked_up.found.into_iter().map(|found| presence(context, found)).collect())
}

/// Why a look-up says nothing about those whom the reading did not show: it may have got another server, since a name can
/// stand for several, and the first of `source.urls` may be gone by now.
fn not_as_read(now: &LookedUp, read: &Evidence) -> Option<String> {
    if now.identity != read.identity {
        let name = |identity: &Option<Identity>| match identity {
            Some(identity) => identity.to_string(),
            None => "one that does not say which it is".into(),
        };
        let (now, read) = (name(&now.identity), name(&read.identity));
        return Some(format!(
            "the look-up came to another directory or account than the reading: {now}, and not {read}"
        ));
    }
    if let Some(group) = now.nesting.lost(&read.nesting.followed).first() {
        return Some(format!(
            "the group {group}, which was just read, may no longer be seen, and is still a member of a group of scope.groups"
        ));
    }
    let Behind { server, before, now } = now.high_water.behind(&read.high_water)?;
    let now = now.map_or_else(|| "says nothing of it".into(), |now| format!("is at {now}"));
    Some(format!(
        "the look-up came to a server whose data are behind those that were read: {server} was at {before}, and this one {now}"
    ))
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
    let judged = context.config.scope.judge(&user, user_name).map(|_| ());
    match wanted(judged, &user, context.sources.len() > 1) {
        Wanted::Out(because) => Presence::Inactive(because),
        Wanted::OutOfScope(rule) => Presence::OutOfScope(rule),
        Wanted::In | Wanted::Unknown(_) => Presence::Present,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::evidence::{HighWater, Nesting};

    fn identity(directory: &str) -> Option<Identity> {
        Some(Identity { directory: directory.into(), principal: "cn=sync".into() })
    }

    fn at(mark: &str) -> HighWater {
        HighWater { by_server: BTreeMap::from([("server 001".into(), mark.into())]), of_all: true }
    }

    #[test]
    fn only_the_directory_that_was_read_can_say_that_somebody_is_gone() {
        let read = Evidence { identity: identity("dc=acme"), high_water: at("b"), ..Evidence::of_listing("corp", 9) };
        let why = |identity, high_water| {
            not_as_read(&LookedUp { identity, high_water, nesting: Nesting::default(), found: Vec::new() }, &read)
        };
        for (now, good) in [("a", false), ("b", true), ("c", true)] {
            assert_eq!(why(identity("dc=acme"), at(now)).is_none(), good, "{now}");
        }
        let told = why(identity("dc=acme"), HighWater::default()).unwrap();
        assert!(told.ends_with("server 001 was at b, and this one says nothing of it"), "{told}");
        let told = why(identity("dc=copy"), at("b")).unwrap();
        assert!(told.ends_with("dc=copy as cn=sync, and not dc=acme as cn=sync"), "{told}");
        assert!(why(None, at("b")).is_some());
    }
}
