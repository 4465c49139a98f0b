//! The request log that tests read: what was asked, what was answered, what it did.
//!
//! Never: holds an `Authorization` header, or more than it is told to.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::call::Kind;
use super::errors::ScimError;
use super::people::Done;
use super::team::Moment;

/// Enough for any test, and about a hundred megabytes at most.
const REQUESTS_MAX: usize = 100_000;

/// What the client got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A whole answer.
    Status(u16),
    /// An answer of that status, later than the client may care to wait.
    Late(u16),
    /// An answer of that status, cut in the middle of its body.
    Cut(u16),
    /// The connection was reset before any of an answer.
    Reset,
    /// In-process only: the request never arrived.
    NotSent,
    /// `HangBefore`: not looked at yet.
    Waiting,
}

/// What only the door or the team can see of a request that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slip {
    /// A body that does not say it is JSON.
    ContentType,
    /// An `Accept` that has no room for JSON.
    Accept,
    /// One of the team's keys stands in path or query. The log has the path without it.
    KeyInUrl,
    /// Another PATCH to the same group had no answer yet.
    Overlaps,
    /// DELETE of a group that somebody is in.
    Occupied,
    /// POST of a group with members who are not in the team.
    Outsiders,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// From 1, over the whole life of the sandbox.
    pub seq: u64,
    pub at_unix_s: i64,
    /// Whose it is: a number for each `Authorization` that was ever sent, from 1.
    pub client: u32,
    pub method: String,
    /// With the query, as it was sent, relative to the base URL.
    pub path: String,
    pub kind: Kind,
    /// The id in the path, or of the member or group a POST created.
    pub scim_id: Option<String>,
    /// Of the person the request was about, as it was before: of that id, of the POST's body, or of the filter.
    pub user_name: Option<String>,
    pub outcome: Outcome,
    /// When the answer went out, and the newest request then: later than its own only where it was held.
    pub(super) answered: Moment,
    /// What the answer said no with, if it was of the catalogue and arrived whole.
    pub error: Option<ScimError>,
    /// How many seconds a 429 asked to wait, where it said so in a way the documents show.
    pub wait_s: Option<i64>,
    /// What it did to the team. A `ResetLate` request is completed here when it takes effect.
    pub done: Vec<Done>,
    pub slips: Vec<Slip>,
    pub body: Option<String>,
}

impl Logged {
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }
    pub fn had_effect(&self) -> bool {
        !self.done.is_empty()
    }
    /// The client read a success.
    pub fn succeeded(&self) -> bool {
        matches!(self.outcome, Outcome::Status(200..=299))
    }
    /// The client cannot know what became of it: no whole answer, or one that speaks of the server's trouble.
    pub fn is_unknown(&self) -> bool {
        !matches!(self.outcome, Outcome::NotSent | Outcome::Status(..=499))
    }
}

/// All requests, up to a number. Clearing hides them and forgets nothing, since the rules look back.
pub(super) struct Log {
    requests: VecDeque<Logged>,
    shown_from: u64,
    requests_max: usize,
    /// Nothing was dropped yet.
    pub(super) is_whole: bool,
    /// By a hash of what they sent as `Authorization`.
    clients: HashMap<u64, u32>,
}

impl Default for Log {
    fn default() -> Self {
        let (requests, clients) = (VecDeque::new(), HashMap::new());
        Self { requests, shown_from: 0, requests_max: REQUESTS_MAX, is_whole: true, clients }
    }
}

impl Log {
    pub(super) fn push(&mut self, logged: Logged) {
        self.requests.push_back(logged);
        self.drop_surplus();
    }

    pub(super) fn at_most(&mut self, requests_max: usize) {
        self.requests_max = requests_max;
        self.drop_surplus();
    }

    fn drop_surplus(&mut self) {
        let surplus = self.requests.len().saturating_sub(self.requests_max);
        self.is_whole &= surplus == 0;
        self.requests.drain(..surplus);
    }

    pub(super) fn hide(&mut self) {
        self.shown_from = self.requests.back().map_or(self.shown_from, |last| last.seq + 1);
    }

    pub(super) fn shown(&self) -> impl Iterator<Item = &Logged> {
        let hidden = self.requests.partition_point(|logged| logged.seq < self.shown_from);
        self.requests.range(hidden..)
    }

    pub(super) fn all(&mut self) -> &[Logged] {
        self.requests.make_contiguous()
    }

    pub(super) fn find(&mut self, seq: u64) -> Option<&mut Logged> {
        let at = self.requests.binary_search_by_key(&seq, |logged| logged.seq).ok()?;
        self.requests.get_mut(at)
    }

    pub(super) fn client(&mut self, authorization: Option<&str>) -> u32 {
        let next = u32::try_from(self.clients.len()).unwrap_or(u32::MAX).saturating_add(1);
        let mut hasher = DefaultHasher::new();
        authorization.hash(&mut hasher);
        *self.clients.entry(hasher.finish()).or_insert(next)
    }
}
