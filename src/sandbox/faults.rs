//! What goes wrong with a request, and when: scripted rules first, then a seeded storm.
//!
//! Never: touches the team; it only says which failure the request meets.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::http::Method;

use super::bend::Bend;
use super::call::{Kind, Reading};
use super::errors::{ScimError, Shape};
use super::knobs::RetryHeader;

/// What the client meets instead of an honest answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Failure {
    /// That status in that shape, and no effect. `Status { status: 200, shape: Shape::Html }` is a captive portal.
    Status { status: u16, shape: Shape },
    /// An error of the catalogue, and no effect.
    Scim(ScimError),
    /// 429 and no effect, whatever the limits say.
    TooManyRequests { header: RetryHeader, wait_s: i64 },
    /// A 302 to that place, and no effect.
    Redirect { location: String },
    /// In-process `TransportError::NotSent`; over HTTP, where the connection exists already, as `ResetBefore`.
    NotSent,
    /// The request is read, the connection is reset, nothing happened.
    ResetBefore,
    /// It happened, and the connection is reset.
    ResetAfter,
    /// It happens when that many more requests have come; until then nothing is seen of it. The connection is reset.
    ResetLate { requests: u64 },
    /// It happened, and the answer waits that long: the window to kill a client in (`Sandbox::wait_for_effects`).
    /// In-process there is no waiting: the answer is unknown at once.
    HangAfter(#[serde(with = "super::seconds")] Duration),
    /// The request waits that long before it is looked at. A client that gives up before has asked for nothing.
    /// In-process there is no waiting: served at once.
    HangBefore(#[serde(with = "super::seconds")] Duration),
    /// It happened, and the body comes one byte at a time with that pause between. In-process it comes at once.
    Drip(#[serde(with = "super::seconds")] Duration),
    /// A read shows the team as it was so many requests ago. A write: as if there were no fault.
    Stale { requests: u64 },
    /// It happened, and the answer is nearly right.
    Bent(Bend),
    /// It happened, and the answer says otherwise.
    StatusAfter { status: u16, shape: Shape },
    /// The answer of a success, and nothing happened.
    NoEffect,
    /// 200 with the resource as it was, and nothing happened. A POST has no such resource: as `NoEffect`.
    Ignored,
    /// It happened; the body is the first half of the JSON, well framed.
    Truncated,
    /// It happened; the connection is reset in the middle of the body.
    CutBody,
}

impl Failure {
    /// What a storm is made of: what a client can get over by asking again. Nothing here asks a test to wait, and nothing shows
    /// somebody as absent whom no second look could find: an old state, or nobody where a filter found somebody.
    pub fn menu() -> Vec<Failure> {
        vec![
            Self::NotSent,
            Self::ResetBefore,
            Self::ResetAfter,
            Self::ResetLate { requests: 3 },
            Self::Status { status: 503, shape: Shape::Empty },
            Self::Status { status: 500, shape: Shape::Scim },
            Self::Status { status: 502, shape: Shape::Html },
            Self::StatusAfter { status: 500, shape: Shape::Scim },
            Self::StatusAfter { status: 504, shape: Shape::Html },
            Self::TooManyRequests { header: RetryHeader::RetryAfter, wait_s: 1 },
            Self::TooManyRequests { header: RetryHeader::Absent, wait_s: 1 },
            Self::Truncated,
            Self::CutBody,
            Self::Status { status: 429, shape: Shape::Flat },
            Self::Status { status: 503, shape: Shape::Text },
            Self::Status { status: 200, shape: Shape::Html },
            Self::Bent(Bend::Total { by: 3 }),
            Self::Bent(Bend::Total { by: -3 }),
            Self::Bent(Bend::NoTotal),
            Self::Bent(Bend::ShortPage { entries: 2 }),
            Self::Bent(Bend::Overlap { entries: 1 }),
            Self::Bent(Bend::Gap { entries: 1 }),
            Self::Bent(Bend::FirstPageAgain),
            Self::Bent(Bend::ContentType("text/plain".to_owned())),
            Self::Bent(Bend::UnknownAttributes),
        ]
    }
}

/// A scripted failure: which requests, from the how-manieth on, how often. Once at the first match unless said otherwise.
#[derive(Clone, Debug)]
pub struct Fault {
    scope: Scope,
    about: Option<String>,
    skip: u64,
    left: Option<u64>,
    failure: Failure,
}

#[derive(Clone, Debug)]
enum Scope {
    Any,
    Reads,
    Writes,
    Kind(Kind),
    At { method: Method, path_prefix: String },
}

impl Fault {
    pub fn any(failure: Failure) -> Self {
        Self::scoped(Scope::Any, failure)
    }
    pub fn reads(failure: Failure) -> Self {
        Self::scoped(Scope::Reads, failure)
    }
    pub fn writes(failure: Failure) -> Self {
        Self::scoped(Scope::Writes, failure)
    }
    pub fn on(kind: Kind, failure: Failure) -> Self {
        Self::scoped(Scope::Kind(kind), failure)
    }
    /// `path_prefix` is relative to the base URL: `/Users`.
    pub fn at(method: Method, path_prefix: &str, failure: Failure) -> Self {
        Self::scoped(Scope::At { method, path_prefix: path_prefix.to_owned() }, failure)
    }

    fn scoped(scope: Scope, failure: Failure) -> Self {
        Self { scope, about: None, skip: 0, left: Some(1), failure }
    }

    /// Only requests about that person: a SCIM id or a userName as the log shows them.
    pub fn about(mut self, whom: &str) -> Self {
        self.about = Some(whom.to_owned());
        self
    }
    /// From the `n`th match on, counted from 1.
    pub fn nth(mut self, n: u64) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }
    pub fn times(mut self, times: u64) -> Self {
        self.left = Some(times);
        self
    }
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    fn concerns(&self, reading: &Reading, user_name: Option<&str>) -> bool {
        let in_scope = match &self.scope {
            Scope::Any => true,
            Scope::Reads => reading.is_read(),
            Scope::Writes => !reading.is_read(),
            Scope::Kind(kind) => reading.kind == *kind,
            Scope::At { method, path_prefix } => {
                reading.call.method == method.as_str() && reading.call.path.starts_with(path_prefix)
            }
        };
        let about = self.about.as_deref();
        in_scope && about.is_none_or(|whom| reading.scim_id() == Some(whom) || user_name == Some(whom))
    }

    /// Counts a matching request and says whether it fails.
    fn strikes(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        match &mut self.left {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }
}

/// Random failures that a seed decides.
#[derive(Clone)]
struct Storm {
    random: fastrand::Rng,
    per_mille: u32,
    failures: Vec<Failure>,
}

/// All the trouble that is set up.
#[derive(Clone, Default)]
pub(super) struct Faults {
    rules: Vec<Fault>,
    storm: Option<Storm>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.rules.push(fault);
    }

    pub(super) fn storm(&mut self, seed: u64, per_mille: u32, failures: Vec<Failure>) {
        self.storm = Some(Storm { random: fastrand::Rng::with_seed(seed), per_mille, failures });
    }

    /// The failure this request meets: of the first rule that strikes, else of the storm.
    pub(super) fn choose(&mut self, reading: &Reading, user_name: Option<&str>) -> Option<Failure> {
        let matching = self.rules.iter_mut().filter(|rule| rule.concerns(reading, user_name));
        for rule in matching {
            if rule.strikes() {
                return Some(rule.failure.clone());
            }
        }
        let storm = self.storm.as_mut()?;
        let strikes = storm.random.u32(0..1000) < storm.per_mille;
        if !strikes || storm.failures.is_empty() {
            return None;
        }
        let at = storm.random.usize(0..storm.failures.len());
        storm.failures.get(at).cloned()
    }
}
