//! Reads: the whole team, one member by userName or by id, and whether the team can be read at all.
//!
//! Never: believes that a filter was applied, that a listing is complete, or that a 403 or 404 is about the person
//! before the team has answered.

use std::sync::Mutex;
use std::time::Duration;

use super::call::{Call, Failure, Line};
use super::error::{About, Verdict};
use super::key::Credentials;
use super::listing::{MEMBERS, MEMBERS_A_PAGE};
use super::pace::{self, Kind, Pace};
use super::wire::{self, NotScim, Page};
use super::{Cause, PostmanError};
use crate::clock::Clock;
use crate::core::model::{Member, ScimId, UserName};
use crate::http::{Method, Response, Transport};
use crate::lifeline::Lifeline;
use crate::planted::Bug;

/// Pages of a filtered listing in which the name does not show, before the whole team is listed instead.
pub(super) const FIND_PAGES_MAX: u64 = 5;
pub(super) const NAME_BYTES_MAX: usize = 1024;

/// Reads. A dry run has one of these and no writer. There is one at a time: it remembers how much of the team's rate
/// limit is used, and a reload's goes on from there.
pub struct Reader<T> {
    pub(super) line: Line<T>,
}

impl<T> Reader<T> {
    pub fn new(transport: T, credentials: Credentials, limits: pace::Limits, clock: Clock) -> Self {
        let random = Mutex::new(fastrand::Rng::new());
        let (pace, breaker, budget) = (Pace::new(limits), Mutex::default(), Mutex::default());
        let lifeline = Lifeline::default();
        Self { line: Line { transport, credentials, pace, clock, random, breaker, budget, lifeline } }
    }

    /// Requests end with it: nothing more is begun once the end was asked for.
    pub fn held_by(mut self, lifeline: &Lifeline) -> Self {
        self.line.lifeline = lifeline.clone();
        self
    }

    /// Another reader of the same team goes before this one: what it knows of the team's limits still holds.
    pub fn go_on_from(&mut self, before: Self) {
        self.line.pace.go_on_from(before.line.pace);
    }

    /// Makes the waits between tries repeatable.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.line.random = Mutex::new(fastrand::Rng::with_seed(seed));
        self
    }

    /// How requests reach the team; the simulation looks at its own.
    pub fn transport(&self) -> &T {
        &self.line.transport
    }

    /// How long requests were held back by rate limits so far.
    pub fn waited(&self) -> Duration {
        self.line.pace.waited()
    }
}

impl<T: Transport> Reader<T> {
    /// Every member, each once. The total is cross-checked: a listing that comes short is read once more, and is then
    /// `ShortListing`. Returns how many were shown.
    pub async fn list(&self, each: &mut (dyn FnMut(Member) + Send)) -> Result<u64, PostmanError> {
        self.list_all(&MEMBERS, each).await
    }

    /// The member with that userName. Postman's filter is case-sensitive, so the name is asked for as given, then in
    /// lower case; and every answer is compared again here.
    pub async fn find(&self, user_name: &UserName) -> Result<Option<Member>, PostmanError> {
        let found = self.find_spelled(user_name, user_name.as_str()).await?;
        let lower = user_name.key();
        if found.is_some() || lower == user_name.as_str() {
            return Ok(found);
        }
        self.find_spelled(user_name, &lower).await
    }

    async fn find_spelled(&self, user_name: &UserName, spelling: &str) -> Result<Option<Member>, PostmanError> {
        if spelling.len() > NAME_BYTES_MAX {
            let detail = "the userName is longer than a request can carry";
            return Err(listing("find a member", String::new()).error(Cause::BadRequest, None, detail));
        }
        let mut start_index = 1;
        for _ in 0..FIND_PAGES_MAX {
            let call = listing("find a member", wire::find_path(spelling, start_index, MEMBERS_A_PAGE));
            let page = self.page(&call, MEMBERS.page).await?;
            if page.resources.is_empty() {
                return Ok(None);
            }
            start_index += u64::try_from(page.resources.len()).unwrap_or(u64::MAX);
            let believes = Bug::BelievesTheFilter.is_planted();
            let mut matches = page.resources.into_iter().filter(|m| m.account.user_name == *user_name || believes);
            if let Some(member) = matches.next() {
                return Ok(Some(member));
            }
        }
        self.find_by_listing(user_name).await
    }

    /// For a service that ignores the filter.
    async fn find_by_listing(&self, user_name: &UserName) -> Result<Option<Member>, PostmanError> {
        let mut found = None;
        let mut keep = |member: Member| {
            if member.account.user_name == *user_name {
                found.get_or_insert(member);
            }
        };
        self.list(&mut keep).await?;
        Ok(found)
    }

    /// One member by id; `None` for 404 and for a 403 that is about the person (a probe of the team tells).
    pub async fn get(&self, id: &ScimId) -> Result<Option<Member>, PostmanError> {
        let call = by_id("read a member", Method::Get, id, None)?;
        let response = match self.send(&call).await {
            Ok(response) => response,
            Err(error) if error.cause == Cause::NotInTeam => return Ok(None),
            Err(error) => return Err(error),
        };
        let member = wire::member(&response.body).map_err(|reason| not_scim(&call, &response, &reason))?;
        if member.scim_id != *id {
            return Err(call.error(Cause::NotScim, Some(response.status), "the answer shows another id"));
        }
        Ok(Some(member))
    }

    /// `GET /Users?startIndex=1&count=1`: the "Test API Credentials" of the Okta page. Returns `totalResults`.
    pub async fn probe(&self) -> Result<u64, PostmanError> {
        let page = self.page(&listing("test the credentials", wire::list_path(1, 1)), MEMBERS.page).await?;
        Ok(page.total.unwrap_or(u64::try_from(page.resources.len()).unwrap_or(u64::MAX)))
    }

    /// A listing has nobody a refusal could be about, so no probe is needed.
    pub(super) async fn page<R>(
        &self,
        call: &Call,
        read: fn(&[u8]) -> Result<Page<R>, NotScim>,
    ) -> Result<Page<R>, PostmanError> {
        let response = self.line.send(call).await.map_err(|failure| failure.error)?;
        read(&response.body).map_err(|reason| not_scim(call, &response, &reason))
    }

    /// Sends a request about one person. What could be about the key or the team is settled by reading the team.
    pub(super) async fn send(&self, call: &Call) -> Result<Response, PostmanError> {
        let Failure { verdict, mut error } = match self.line.send(call).await {
            Ok(response) => return Ok(response),
            Err(failure) => failure,
        };
        let is_one_bad_read = call.method == Method::Get && error.cause == Cause::Unavailable;
        if is_one_bad_read {
            // One member that Postman cannot show must not stop every cycle.
            error.cause = if self.probe().await.is_ok() { Cause::Unknown } else { Cause::Unavailable };
        } else if let Verdict::IfTeamReads(cause) = verdict {
            self.probe().await?;
            if cause == Cause::GroupGone {
                self.probe_groups().await?;
            }
            error.cause = cause;
        }
        Err(error)
    }
}

pub(super) fn listing(operation: &'static str, path: String) -> Call {
    Call { operation, about: About::Team, method: Method::Get, path, body: None }
}

/// A request for one member. An id that cannot be one path segment is refused before anything is sent.
pub(super) fn by_id(
    operation: &'static str,
    method: Method,
    id: &ScimId,
    body: Option<Vec<u8>>,
) -> Result<Call, PostmanError> {
    let about = About::Member(if method == Method::Get { Kind::Read } else { Kind::Write });
    by_path(operation, about, method, wire::user_path(id), body)
}

pub(super) fn by_path(
    operation: &'static str,
    about: About,
    method: Method,
    path: Option<String>,
    body: Option<Vec<u8>>,
) -> Result<Call, PostmanError> {
    let call = Call { operation, about, method, path: path.clone().unwrap_or_default(), body };
    if path.is_none() {
        return Err(call.error(Cause::BadRequest, None, "not sent: the id cannot stand in a path"));
    }
    Ok(call)
}

pub(super) fn not_scim(call: &Call, response: &Response, reason: &NotScim) -> PostmanError {
    call.error(Cause::NotScim, Some(response.status), &reason.to_string())
}
