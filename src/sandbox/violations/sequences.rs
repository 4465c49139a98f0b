//! Rules that a request breaks by what came before it.
//!
//! Never: takes a request that was already on its way for one that was sent too late: an answer takes time to be read,
//! and a client may have several requests out.

use std::collections::{HashMap, VecDeque};

use super::Scene;
use super::requests::parameter;
use crate::sandbox::call::Kind;
use crate::sandbox::errors::ScimError;
use crate::sandbox::log::{Logged, Outcome};
use crate::sandbox::team::Moment;

/// Writes that may be out beside the one that is answered first.
const ON_THE_WAY: u32 = 7;
const WINDOW_S: i64 = 60;
/// Nobody has to believe a longer wait than this: it may be a slip of a header.
const WAIT_MAX_S: i64 = 15 * 60;
/// A look is good for as long as one request may be held back: by a full minute of the limit, and by a 429 after it.
const LOOK_S: i64 = 60 + WAIT_MAX_S;

type Found = Vec<(u64, String)>;

/// An answered listing of people, so of more than one: `count=1` is how a client asks whether the team is there.
fn is_listing(logged: &Logged) -> bool {
    logged.kind == Kind::List && logged.succeeded() && parameter(logged, "count").as_deref() != Some("1")
}

/// Nothing tells a second POST from a first, so an account may be made twice (safety invariant I7).
pub(super) fn blind_repeat(scene: &Scene<'_>) -> Found {
    let (mut open, mut found) = (HashMap::new(), Found::new());
    for logged in scene.log {
        let key = logged.user_name.as_ref().map(|name| name.to_lowercase());
        match (logged.kind, key) {
            (Kind::Find, Some(key)) if logged.succeeded() => _ = open.remove(&key),
            (Kind::Create, Some(key)) => {
                if let Some(before) = open.get(&key) {
                    found.push((logged.seq, format!("POST for the userName of request {before}, unread since")));
                }
                if logged.is_unknown() || logged.succeeded() {
                    open.insert(key, logged.seq);
                }
            }
            _ if is_listing(logged) => open.clear(),
            _ => {}
        }
    }
    found
}

/// An account may have become somebody else's since it was last seen.
pub(super) fn unaimed(scene: &Scene<'_>) -> Found {
    let (mut aimed, mut found) = (HashMap::new(), Found::new());
    for logged in scene.log {
        let Some(id) = &logged.scim_id else { continue };
        match logged.kind {
            Kind::Get if logged.succeeded() => _ = aimed.insert(id.clone(), logged.answered.now_s),
            Kind::Get => _ = aimed.remove(id),
            Kind::Deactivate if aimed.get(id).is_none_or(|at_s| logged.at_unix_s - at_s >= LOOK_S) => {
                found.push((logged.seq, "a deactivation without a look at the account just before".to_owned()));
            }
            _ => {}
        }
        if logged.had_effect() {
            aimed.remove(id);
        }
    }
    found
}

/// What is not there was removed by somebody, who had a reason.
pub(super) fn absent(scene: &Scene<'_>) -> Found {
    let (mut gone, mut found) = (HashMap::new(), Found::new());
    for logged in scene.log {
        if is_listing(logged) {
            gone.clear();
        }
        let Some(id) = &logged.scim_id else { continue };
        let known = |at: &&(u64, Moment)| logged.seq > at.1.seq && logged.at_unix_s - at.1.now_s < WINDOW_S;
        if let Some((before, _)) = gone.get(id).filter(known).filter(|_| logged.is_write()) {
            found.push((logged.seq, format!("{} of what request {before} found absent", logged.method)));
        }
        if says_absent(logged) {
            gone.insert(id.clone(), (logged.seq, logged.answered));
        } else if logged.succeeded() {
            gone.remove(id);
        }
    }
    found
}

/// That the id in the path is not there. A group that is asked to take an absent person is there itself.
fn says_absent(logged: &Logged) -> bool {
    let is_group = matches!(logged.kind, Kind::GetGroup | Kind::RenameGroup | Kind::ChangeMembers | Kind::DeleteGroup);
    match logged.error {
        Some(ScimError::GroupNotFound) => is_group,
        Some(ScimError::PersonNotFound | ScimError::PersonForbidden) => !is_group,
        _ => false,
    }
}

/// Everything that follows is refused as well, and the admin should hear of it first.
pub(super) fn refused_key(scene: &Scene<'_>) -> Found {
    let (mut refused, mut found) = (HashMap::new(), Found::new());
    for logged in scene.log {
        if let Some((from_seq, since)) = refused.get_mut(&logged.client).filter(|_| logged.is_write()) {
            *since += u32::from(logged.seq > *from_seq);
            if *since > ON_THE_WAY {
                found.push((logged.seq, format!("{} with a key that was refused", logged.method)));
            }
        }
        let is_refused = logged.outcome == Outcome::Status(401) || logged.error == Some(ScimError::AdminGone);
        if is_refused {
            refused.entry(logged.client).or_insert((logged.answered.seq, 0));
        } else if logged.succeeded() {
            refused.remove(&logged.client);
        }
    }
    found
}

/// The limit is the team's: whoever fills it keeps everybody else out.
pub(super) fn over_limit(scene: &Scene<'_>) -> Found {
    let Some(limits) = scene.limits.filter(|_| scene.clock_moves) else { return Found::new() };
    let (mut windows, mut found) = (HashMap::<(u32, bool), VecDeque<i64>>::new(), Found::new());
    for logged in scene.log {
        let limit = if logged.is_write() { limits.writes_per_min } else { limits.reads_per_min };
        let window = windows.entry((logged.client, logged.is_write())).or_default();
        while window.front().is_some_and(|at_s| *at_s <= logged.at_unix_s - WINDOW_S) {
            window.pop_front();
        }
        window.push_back(logged.at_unix_s);
        if window.len() > limit as usize {
            found.push((logged.seq, format!("{} in a minute, at most {limit}", window.len())));
        }
    }
    found
}

/// Judged by whole seconds, from the second after the answer on.
pub(super) fn impatient(scene: &Scene<'_>) -> Found {
    let (mut told, mut found) = (HashMap::new(), Found::new());
    for logged in scene.log.iter().filter(|_| scene.clock_moves) {
        let lane = (logged.client, logged.is_write());
        if let Some((from_s, until_s)) = told.get(&lane)
            && (from_s + 2..*until_s).contains(&logged.at_unix_s)
        {
            found.push((logged.seq, format!("sent {} s too early", until_s - logged.at_unix_s)));
        }
        if let Some(wait_s) = logged.wait_s {
            let from_s = logged.answered.now_s;
            told.insert(lane, (from_s, from_s + wait_s.min(WAIT_MAX_S)));
        }
    }
    found
}
