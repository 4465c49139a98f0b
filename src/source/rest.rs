//! GET and JSON: what a directory behind a REST API is asked with, over the hardened client of `crate::http`.
//!
//! A read may be repeated, so whatever may pass is tried again: a broken connection, 500, 502, and 429, 503 or 504 after the
//! wait they ask for. No other 4xx is, but for a 403 that the provider uses for its limits, and a 401 after which the secret's
//! file holds another one.
//! Never: sends anything but GET, follows a link by itself, or repeats a value of an answer in an error.

mod adapter;
mod ahead;
pub(super) mod link;
mod manners;
mod pace;
pub mod pushed;
mod seen;
mod text;

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use super::oauth::Tokens;
use super::records::strict;
use super::{Finding, SourceError};
use crate::clock::Clock;
use crate::config::Http;
use crate::config::secret::{SecretError, SecretFile};
use crate::http::client::{Extra, HttpTransport};
use crate::http::{Method, Request, Response, Transport, TransportError, headers, label};

pub use adapter::{Adapter, Limit, Provider};
pub use ahead::Ahead;
pub use manners::{Manners, RateHeaders};
pub use pace::Pace;
pub use seen::{Row, Seen, hash};
pub use text::{encoded, flat, quoted, text};

pub(super) const TRIES_MAX: u32 = 5;
const BACKOFF_BASE: Duration = Duration::from_millis(250);
const BACKOFF_CAP: Duration = Duration::from_secs(15);
/// A reading is not worth a longer wait; the next cycle asks again.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(120);

/// What stands in `Authorization`. The file is read for every request, so a new secret needs no restart.
pub enum Credential {
    /// `Bearer`, or a scheme of the vendor's.
    Token { scheme: &'static str, file: SecretFile },
    /// RFC 7617.
    Basic { user: String, password: SecretFile },
    /// A bearer token of a token endpoint's (RFC 6750), renewed before it ends and after a 401.
    OAuth(Box<Tokens>),
}

impl Credential {
    async fn header(&self, wrong: impl Fn(SecretError) -> SourceError) -> Result<SecretString, SourceError> {
        Ok(SecretString::from(match self {
            Credential::Token { scheme, file } => {
                format!("{scheme} {}", file.read().map_err(wrong)?.expose_secret())
            }
            Credential::Basic { user, password } => {
                let password = password.read().map_err(wrong)?;
                let both = SecretString::from(format!("{user}:{}", password.expose_secret()));
                format!("Basic {}", BASE64_STANDARD.encode(both.expose_secret()))
            }
            Credential::OAuth(tokens) => format!("Bearer {}", tokens.token().await?.expose_secret()),
        }))
    }

    /// After a 401 on that header. What is read from a file is read anew in any case.
    async fn refused(&self, header: &SecretString) {
        if let (Credential::OAuth(tokens), Some(token)) = (self, header.expose_secret().strip_prefix("Bearer ")) {
            tokens.refused(token).await;
        }
    }

    fn file(&self) -> String {
        match self {
            Credential::Token { file, .. } | Credential::Basic { password: file, .. } => {
                file.path.display().to_string()
            }
            Credential::OAuth(tokens) => tokens.file(),
        }
    }
}

/// Whether a 500 may pass, or is how some servers say that they do not know the question.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On500 {
    TryAgain,
    Take,
}

/// One server.
pub struct Rest {
    place: String,
    url: Url,
    transport: HttpTransport,
    credential: Credential,
    clock: Clock,
    manners: Option<Manners>,
    pace: Option<Pace>,
    /// Whether a 403 is a limit that passes, and no refusal.
    is_limit: fn(&Answer) -> bool,
    /// Below which the names of its endpoints begin, for messages: `/api/v1`.
    root: String,
}

/// An answer that another try would not change.
pub struct Answer {
    pub status: u16,
    /// The first part of the path, for messages: the rest may hold an id.
    asked: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// An answer that nobody gave.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn of(status: u16, body: &[u8]) -> Self {
        Self { status, asked: "/fuzz".into(), headers: Vec::new(), body: body.to_vec() }
    }

    /// As it came, for whoever looks for one thing in it before the rest is read.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl Rest {
    /// Builds the client; no connection is made yet. `accept`: the media types that the server may answer with.
    pub fn open(
        url: &Url,
        http: &Http,
        credential: Credential,
        accept: &'static str,
        clock: Clock,
    ) -> Result<Self, SourceError> {
        let place = label(url);
        let transport = HttpTransport::new(url, http)
            .map_err(|error| SourceError::Unreachable { place: place.clone(), reason: error.to_string() })?;
        let (url, transport) = (url.clone(), transport.accepting(accept));
        Ok(Self {
            place,
            url,
            transport,
            credential,
            clock,
            manners: None,
            pace: None,
            is_limit: |_| false,
            root: String::new(),
        })
    }

    /// Leaves others their part of the server's rate limit.
    pub fn with_manners(self, manners: Manners) -> Self {
        Self { manners: Some(manners), ..self }
    }

    /// The same, of a server that does not say how much of its limit is left.
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace: Some(pace), ..self }
    }

    /// Of a server that says 403 where others say 429.
    pub fn with_limits_at_403(self, is_limit: fn(&Answer) -> bool) -> Self {
        Self { is_limit, ..self }
    }

    /// Endpoints are named in messages without that beginning of their path.
    pub fn with_root(self, root: &str) -> Self {
        Self { root: root.into(), ..self }
    }

    pub fn manners(&self) -> Option<&Manners> {
        self.manners.as_ref()
    }

    /// Where the next page is, by the answer's `Link` header (RFC 8288): a path for `get`, or none on the last page. Errors: it
    /// leads to another server, or to another listing than `path`.
    pub fn next_page(&self, answer: &Answer, path: &str) -> Result<Option<String>, SourceError> {
        link::next(&answer.headers, &self.url, path).map_err(|why| self.malformed(format!("{}: {why}", answer.asked)))
    }

    /// Sends these headers besides, by the path that is asked for.
    pub fn sending(self, extra: Extra) -> Self {
        Self { transport: self.transport.sending(extra), ..self }
    }

    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Any answer that another try would not change. `path` begins with `/` and is percent-encoded.
    pub async fn get(&self, path: &str, on_500: On500) -> Result<Answer, SourceError> {
        let (mut tries, mut renewed) = (0, false);
        loop {
            self.keep_to_our_share().await?;
            let authorization = self.authorization().await?;
            let request =
                Request { method: Method::Get, path: path.into(), authorization: authorization.clone(), body: None };
            let answer = self.transport.send(request).await;
            tries += 1;
            if let (Ok(response), Some(manners)) = (&answer, &self.manners) {
                manners.heard(&response.headers, self.clock.now().unix_s);
            }
            if matches!(&answer, Ok(response) if response.status == 401) && !renewed {
                renewed = true;
                self.credential.refused(&authorization).await;
                if self.authorization().await?.expose_secret() != authorization.expose_secret() {
                    continue;
                }
            }
            let pause = self.pause(&answer, on_500, tries)?;
            if let Some(wait) = pause.filter(|_| tries < TRIES_MAX) {
                tokio::time::sleep(wait).await;
                continue;
            }
            let Response { status, headers, body } = answer.map_err(|error| self.lost(&error))?;
            let asked = first_part(path.strip_prefix(self.root.as_str()).unwrap_or(path));
            let answer = Answer { status, asked, headers, body };
            if status != 403 || tries >= TRIES_MAX || !(self.is_limit)(&answer) {
                return Ok(answer);
            }
            tokio::time::sleep(backoff(tries)).await;
        }
    }

    /// How long to wait until the next try; nothing where another one helps nobody.
    fn pause(
        &self,
        answer: &Result<Response, TransportError>,
        on_500: On500,
        tries: u32,
    ) -> Result<Option<Duration>, SourceError> {
        let response = match answer {
            Ok(response) => response,
            Err(TransportError::NotSent { .. } | TransportError::Unknown { .. }) => return Ok(Some(backoff(tries))),
            Err(error @ (TransportError::Barred { .. } | TransportError::Refused { .. })) => {
                return Err(self.lost(error));
            }
        };
        match response.status {
            500 if on_500 == On500::Take => Ok(None),
            500 | 502 => Ok(Some(backoff(tries))),
            429 | 503 | 504 => match self.asked_to_wait(response) {
                Some(wait) if wait > WAIT_MAX => Err(self.put_off(response.status, wait)),
                asked => Ok(Some(asked.unwrap_or_else(|| backoff(tries)))),
            },
            _ => Ok(None),
        }
    }

    /// By its own headers, or by those that everybody has.
    fn asked_to_wait(&self, response: &Response) -> Option<Duration> {
        let now_unix_s = self.clock.now().unix_s;
        let own = self.manners.as_ref().and_then(|manners| manners.asked_to_wait(&response.headers, now_unix_s));
        own.or_else(|| headers::retry_after(&response.headers, now_unix_s))
    }

    /// Waits while what is left of the rate limit is others'.
    async fn keep_to_our_share(&self) -> Result<(), SourceError> {
        if let Some(pace) = &self.pace {
            pace.wait().await;
        }
        let now_unix_s = self.clock.now().unix_s;
        match self.manners.as_ref().and_then(|manners| manners.wait(now_unix_s)) {
            None => Ok(()),
            Some(wait) if wait > WAIT_MAX => Err(self.unreachable(format!(
                "our share of its rate limit is used up for {} s; a later cycle asks again, or raise `limit_share`",
                wait.as_secs()
            ))),
            Some(wait) => {
                tracing::debug!("{}: our share of the rate limit is used up for {} s", self.place, wait.as_secs());
                tokio::time::sleep(wait).await;
                Ok(())
            }
        }
    }

    async fn authorization(&self) -> Result<SecretString, SourceError> {
        self.credential.header(|error| self.unreachable(error.to_string())).await
    }

    /// The JSON of a 2xx, without a key that stands twice.
    pub fn value(&self, answer: &Answer) -> Result<Value, SourceError> {
        if !(200..300).contains(&answer.status) {
            return Err(self.refused(answer));
        }
        let wrong = |what: String| self.malformed(format!("{} answered with {what}", answer.asked));
        let text = std::str::from_utf8(&answer.body).map_err(|_| wrong("something that is not UTF-8".into()))?;
        strict::parse(text).map_err(|error| wrong(format!("{}; is `url` right?", strict::explain(&error))))
    }

    /// The object that a 2xx has to be.
    pub fn object(&self, value: Value) -> Result<Map<String, Value>, SourceError> {
        match value {
            Value::Object(object) => Ok(object),
            _ => Err(self.malformed("the API answered with JSON that is no object; is `url` right?")),
        }
    }

    /// The list that a 2xx has to be.
    pub fn list(&self, value: Value) -> Result<Vec<Value>, SourceError> {
        match value {
            Value::Array(rows) => Ok(rows),
            _ => Err(self.malformed("the API answered with JSON that is no list; is `url` right?")),
        }
    }

    /// An error's body as far as it is JSON, to look for words that the protocol defines.
    pub fn said(answer: &Answer) -> Value {
        std::str::from_utf8(&answer.body).ok().and_then(|text| strict::parse(text).ok()).unwrap_or_default()
    }

    /// Why this answer is none, and what to do.
    pub fn refused(&self, answer: &Answer) -> SourceError {
        let what = match answer.status {
            401 => {
                format!("the credentials are not accepted; write the right ones into {}", self.credential.file())
            }
            403 => "the account may not read that; give it the right to read users and groups".into(),
            404 | 501 => "it is not there; is `url` the address below which the server has it?".into(),
            429 | 503 => format!("the server is busy, also at the {TRIES_MAX}th try; the next cycle asks again"),
            500..=599 => "the server failed; its log says why".into(),
            _ => "the server does not take the request".into(),
        };
        self.refused_because(answer, &what)
    }

    /// The same, where the provider's own words say more.
    pub fn refused_because(&self, answer: &Answer, what: &str) -> SourceError {
        let reason = format!("{}: HTTP {}: {what}", answer.asked, answer.status);
        match answer.status {
            // Of us, or of everybody, and not of what was asked for.
            401 | 408 | 429 => self.unreachable(reason),
            400..=499 | 501 if !(self.is_limit)(answer) => self.not_this(reason),
            _ => self.unreachable(reason),
        }
    }

    fn put_off(&self, status: u16, wait: Duration) -> SourceError {
        let seconds = wait.as_secs();
        self.unreachable(format!("HTTP {status}: asked to be left alone for {seconds} s; a later cycle asks again"))
    }

    /// There is no answer, or one that policy does not read. The host stands in the place already.
    fn lost(&self, error: &TransportError) -> SourceError {
        match error {
            TransportError::NotSent { reason, .. } | TransportError::Barred { reason, .. } => {
                self.unreachable(format!("could not connect: {reason}"))
            }
            TransportError::Unknown { reason, .. } => self.unreachable(format!("no answer: {reason}")),
            TransportError::Refused { reason, .. } => self.malformed(format!("it answered with {reason}")),
        }
    }

    pub fn unreachable(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Unreachable { place: self.place.clone(), reason: reason.into() }
    }

    /// An answer that is none to this question, from a server that answers others.
    pub fn not_this(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Refused { place: self.place.clone(), reason: reason.into() }
    }

    pub fn malformed(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Malformed { place: self.place.clone(), reason: reason.into() }
    }
}

/// For `check`: whether what signs in can be read on its way.
pub fn in_the_clear(url: &Url) -> Option<Finding> {
    let clear = "the token travels in clear text; on this machine only, which is all that http:// is allowed for";
    (url.scheme() == "http").then(|| Finding::Unwise(clear.into()))
}

/// `/Users` of `/Users/2819c223?attributes=id`.
fn first_part(path: &str) -> String {
    let name = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    format!("/{name}")
}

/// Full jitter: anything between nothing and the doubled base.
pub(super) fn backoff(tries: u32) -> Duration {
    BACKOFF_CAP.min(BACKOFF_BASE.saturating_mul(1 << tries.min(16))).mul_f64(fastrand::f64())
}
