//! One request with its tries: the only place that repeats anything.
//!
//! A read is repeated after any failure that may pass. A write is repeated only when it surely had no effect:
//! nothing left the machine, a 429, or a 401 after which the key was found to have changed. Whatever else happens to
//! a write is doubt, and the engine settles it by reading.
//! Never: repeats a write that may have had its effect, or logs a path or a body.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::SecondsFormat;
use tokio::time::Instant;

use super::breaker::Breaker;
use super::budget::Budget;
use super::error::{About, Verdict, verdict};
use super::key::Credentials;
use super::pace::{Deferred, Kind, Pace};
use super::{Cause, PostmanError, wire};
use crate::clock::Clock;
use crate::http::{Method, Request, Response, Transport, TransportError};
use crate::lifeline::Lifeline;
use crate::planted::Bug;

const READ_TRIES_MAX: u32 = 5;
const WRITE_TRIES_MAX: u32 = 3;
const LIMITED_TRIES_MAX: u32 = 5;
const BACKOFF_BASE: Duration = Duration::from_millis(500);
const BACKOFF_CAP: Duration = Duration::from_secs(60);

/// What to ask, and how its errors are called.
pub(super) struct Call {
    /// `deactivate a member`
    pub operation: &'static str,
    pub about: About,
    pub method: Method,
    pub path: String,
    pub body: Option<Vec<u8>>,
}

/// Everything a request needs besides itself.
pub(super) struct Line<T> {
    pub transport: T,
    pub credentials: Credentials,
    pub pace: Pace,
    pub clock: Clock,
    pub random: Mutex<fastrand::Rng>,
    pub breaker: Mutex<Breaker>,
    pub budget: Mutex<Budget>,
    pub lifeline: Lifeline,
}

/// A call that did not succeed; `IfTeamReads` waits for a probe.
pub(super) struct Failure {
    pub verdict: Verdict,
    pub error: PostmanError,
}

/// How often it was tried, by what came of it.
#[derive(Default)]
struct Tries {
    failed: u32,
    limited: u32,
    renewed: u32,
}

/// What one try came to.
enum Next {
    Again,
    AgainAfter(Duration),
    Done(Response),
    Failed(Cause, Option<u16>, String),
    Refused(Response),
}

impl Call {
    fn kind(&self) -> Kind {
        if self.method == Method::Get { Kind::Read } else { Kind::Write }
    }

    pub(super) fn error(&self, cause: Cause, status: Option<u16>, detail: &str) -> PostmanError {
        PostmanError::new(cause, status, self.operation, detail)
    }

    fn failure(&self, cause: Cause, status: Option<u16>, detail: &str) -> Failure {
        Failure { verdict: Verdict::Is(cause), error: self.error(cause, status, detail) }
    }
}

impl<T: Transport> Line<T> {
    /// Sends, tries again where that is safe, and returns a 2xx or what went wrong.
    pub(super) async fn send(&self, call: &Call) -> Result<Response, Failure> {
        if !lock(&self.breaker).admits(Instant::now()) {
            let detail = "not sent: the last requests all failed, and the next is tried in half a minute";
            return Err(call.failure(Cause::NoConnection, None, detail));
        }
        let mut tries = Tries::default();
        lock(&self.budget).deposit(Instant::now());
        loop {
            match self.attempt(call, &mut tries).await {
                Next::Again => {}
                // The next attempt notices the end.
                Next::AgainAfter(wait) => tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.lifeline.stopping() => {}
                },
                Next::Done(response) => {
                    lock(&self.breaker).succeeded();
                    return Ok(response);
                }
                Next::Refused(response) => {
                    lock(&self.breaker).succeeded();
                    let body = wire::error_body(&response.body);
                    let verdict = verdict(response.status, &body, call.about);
                    let (Verdict::Is(cause) | Verdict::IfTeamReads(cause)) = verdict;
                    return Err(Failure { verdict, error: call.error(cause, Some(response.status), &body.text) });
                }
                Next::Failed(cause, status, detail) => {
                    if !matches!(cause, Cause::RateLimited | Cause::Stopping) {
                        lock(&self.breaker).failed(Instant::now());
                    }
                    return Err(call.failure(cause, status, &detail));
                }
            }
        }
    }

    async fn attempt(&self, call: &Call, tries: &mut Tries) -> Next {
        self.lifeline.beat();
        let permit = tokio::select! {
            biased;
            () = self.lifeline.stopping() => return stopped(),
            permit = self.pace.admit(call.kind()) => match permit {
                Ok(permit) => permit,
                Err(deferred) => return put_off(deferred),
            },
        };
        let key = self.credentials.key();
        let request = Request {
            method: call.method,
            path: call.path.clone(),
            authorization: self.credentials.authorization(&key),
            body: call.body.clone(),
        };
        let start = Instant::now();
        let answer = tokio::select! {
            biased;
            answer = self.transport.send(request) => answer,
            () = self.lifeline.out_of_time() => Err(out_of_time()),
        };
        trace(call, &answer, start.elapsed());
        let response = match answer {
            Ok(mut response) => {
                Credentials::blot(&key, &mut response.body);
                response
            }
            Err(error) => return self.after_error(call, tries, None, &error),
        };
        self.pace.observe(call.kind(), response.status, &response.headers, self.clock.now().unix_s);
        drop(permit);
        match response.status {
            200..=299 => Next::Done(response),
            // A 401 had no effect, so a write may be repeated too.
            401 if tries.renewed == 0 && self.credentials.renew(&key) => {
                tries.renewed += 1;
                Next::Again
            }
            429 => self.after_limit(tries, &response),
            // Transports that see a redirect refuse it themselves.
            status @ (..=199 | 300..=399) => {
                let reason = "a status that ends nothing".to_owned();
                let error = TransportError::Refused { host: "the team".to_owned(), reason };
                self.after_error(call, tries, Some(status), &error)
            }
            408 | 500..=599 => self.after_trouble(call, tries, &response),
            _ => Next::Refused(response),
        }
    }

    fn after_error(&self, call: &Call, tries: &mut Tries, status: Option<u16>, error: &TransportError) -> Next {
        let (cause, tries_max) = match (error, call.kind()) {
            (TransportError::Barred { .. }, _) => (Cause::NoConnection, 1),
            (TransportError::NotSent { .. }, Kind::Read) => (Cause::NoConnection, READ_TRIES_MAX),
            (TransportError::NotSent { .. }, Kind::Write) => (Cause::NoConnection, WRITE_TRIES_MAX),
            (TransportError::Unknown { .. }, Kind::Read) => (Cause::Unavailable, READ_TRIES_MAX),
            (TransportError::Refused { .. }, Kind::Read) => (Cause::NotScim, 1),
            (TransportError::Unknown { .. }, _) if Bug::RepeatsAPost.is_planted() => (Cause::Unknown, WRITE_TRIES_MAX),
            (TransportError::Unknown { .. } | TransportError::Refused { .. }, Kind::Write) => (Cause::Unknown, 1),
        };
        self.again(tries, tries_max, cause, status, error.to_string())
    }

    /// 5xx and 408. To a write nothing is concluded from it, whatever its text says.
    fn after_trouble(&self, call: &Call, tries: &mut Tries, response: &Response) -> Next {
        let (cause, tries_max) = match call.kind() {
            Kind::Read => (Cause::Unavailable, READ_TRIES_MAX),
            Kind::Write => (Cause::Unknown, 1),
        };
        let text = wire::error_body(&response.body).text;
        self.again(tries, tries_max, cause, Some(response.status), text)
    }

    fn again(&self, tries: &mut Tries, tries_max: u32, cause: Cause, status: Option<u16>, detail: String) -> Next {
        tries.failed += 1;
        if tries.failed >= tries_max || !lock(&self.budget).withdraw(Instant::now()) {
            return Next::Failed(cause, status, detail);
        }
        Next::AgainAfter(self.backoff(tries.failed))
    }

    /// A 429 was not processed. The pace holds the next try back for as long as the answer asked.
    fn after_limit(&self, tries: &mut Tries, response: &Response) -> Next {
        tries.limited += 1;
        if tries.limited < LIMITED_TRIES_MAX && lock(&self.budget).withdraw(Instant::now()) {
            return Next::Again;
        }
        Next::Failed(Cause::RateLimited, Some(429), wire::error_body(&response.body).text)
    }

    /// Full jitter: anything between nothing and the doubled base.
    fn backoff(&self, failed: u32) -> Duration {
        let cap = BACKOFF_CAP.min(BACKOFF_BASE.saturating_mul(1 << failed.saturating_sub(1).min(16)));
        cap.mul_f64(lock(&self.random).f64())
    }
}

fn stopped() -> Next {
    Next::Failed(Cause::Stopping, None, "not sent: the program was asked to end".to_owned())
}

fn out_of_time() -> TransportError {
    TransportError::Unknown {
        host: "the team".to_owned(),
        reason: "the program had to end before the answer".to_owned(),
    }
}

/// The wait that was asked for is longer than a cycle is worth.
fn put_off(deferred: Deferred) -> Next {
    let until = chrono::DateTime::from_timestamp(deferred.until_unix_s, 0);
    let until = until.map_or("a far day".to_owned(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
    Next::Failed(Cause::RateLimited, None, format!("not sent: the team asked to be left alone until {until}"))
}

fn trace(call: &Call, answer: &Result<Response, TransportError>, elapsed: Duration) {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let status = match answer {
        Ok(response) => response.status.to_string(),
        Err(TransportError::NotSent { .. } | TransportError::Barred { .. }) => "not sent".to_owned(),
        Err(TransportError::Unknown { .. }) => "unknown".to_owned(),
        Err(TransportError::Refused { .. }) => "refused".to_owned(),
    };
    tracing::debug!(
        scim.method = call.method.as_str(),
        scim.kind = call.kind().as_str(),
        scim.status = status,
        elapsed_ms,
        "request"
    );
}

fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
