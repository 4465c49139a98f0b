//! The token endpoint (RFC 6749 §3.2): one URL, asked by POST; or the metadata server of a machine at
//! Google, asked by GET. A token asked for twice does no harm, so whatever may pass is
//! tried again, as `rest` does it.
//!
//! Never: sends the same assertion twice.

use std::time::UNIX_EPOCH;

use url::{Position, Url};

use super::grant::Credentials;
use crate::clock::Clock;
use crate::config::Http;
use crate::http::client::HttpTransport;
use crate::http::client::form::Form;
use crate::http::label;
use crate::http::{Response, TransportError, headers};
use crate::source::SourceError;
use crate::source::rest::{self, TRIES_MAX, WAIT_MAX};

/// How it is asked.
enum Way {
    Form,
    /// GET, of the metadata server of a machine.
    Metadata,
}

pub struct Endpoint {
    way: Way,
    url: Url,
    place: String,
    transport: HttpTransport,
    clock: Clock,
}

/// An answer that another try would not change.
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    /// The endpoint's clock: `Date` (RFC 9110 §6.6.1).
    pub date_unix_s: Option<i64>,
    /// Ours at that time.
    pub received_unix_s: i64,
}

impl Endpoint {
    pub fn open(url: &Url, http: &Http, clock: Clock) -> Result<Self, SourceError> {
        let place = label(url);
        // The client's base is the origin, and its rules look at the rest: no user, no fragment, https unless loopback.
        let mut base = url.clone();
        base.set_path("/");
        base.set_query(None);
        let transport = HttpTransport::new(&base, http)
            .map_err(|error| SourceError::Unreachable { place: place.clone(), reason: error.to_string() })?;
        Ok(Self { way: Way::Form, url: url.clone(), place, transport, clock })
    }

    /// The metadata server of the machine that this runs on, at a path of its own.
    pub fn of_metadata(host: Option<&str>, path: &str, clock: Clock) -> Result<Self, SourceError> {
        let wrong = |reason: String| SourceError::Unreachable { place: "the metadata server".into(), reason };
        let (transport, base) = HttpTransport::to_metadata_server(host).map_err(|error| wrong(error.to_string()))?;
        let url = base.join(path).map_err(|_| wrong("a path that makes no URL".into()))?;
        Ok(Self { way: Way::Metadata, place: label(&base), url, transport, clock })
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    /// Asks until there is an answer worth reading. `credentials` is called for every try.
    pub async fn ask(&self, credentials: impl Fn() -> Result<Credentials, SourceError>) -> Result<Reply, SourceError> {
        self.ask_at(&self.url[Position::BeforePath..Position::AfterQuery], credentials).await
    }

    /// The same of another path there.
    pub async fn ask_at(
        &self,
        path: &str,
        credentials: impl Fn() -> Result<Credentials, SourceError>,
    ) -> Result<Reply, SourceError> {
        let mut tries = 0;
        loop {
            let Credentials { authorization, fields } = credentials()?;
            let path = path.to_owned();
            let answer = match self.way {
                Way::Form => self.transport.post_form(Form { path, authorization, fields }).await,
                Way::Metadata => self.transport.get_metadata(&path).await,
            };
            tries += 1;
            match self.pause(&answer, tries)? {
                Some(wait) if tries < TRIES_MAX => tokio::time::sleep(wait).await,
                _ => return answer.map(|response| self.reply(response)).map_err(|error| self.lost(&error)),
            }
        }
    }

    /// How long to wait until the next try; nothing where another one helps nobody.
    fn pause(
        &self,
        answer: &Result<Response, TransportError>,
        tries: u32,
    ) -> Result<Option<std::time::Duration>, SourceError> {
        match answer {
            Err(TransportError::NotSent { .. } | TransportError::Unknown { .. }) => Ok(Some(rest::backoff(tries))),
            Err(error @ (TransportError::Barred { .. } | TransportError::Refused { .. })) => Err(self.lost(error)),
            Ok(Response { status: 500 | 502 | 504, .. }) => Ok(Some(rest::backoff(tries))),
            Ok(Response { status: status @ (429 | 503), headers, .. }) => {
                match headers::retry_after(headers, self.clock.now().unix_s) {
                    Some(wait) if wait > WAIT_MAX => Err(self.unreachable(format!(
                        "the token endpoint (HTTP {status}) asks to be left alone for {} s; a later cycle asks again",
                        wait.as_secs()
                    ))),
                    asked => Ok(Some(asked.unwrap_or_else(|| rest::backoff(tries)))),
                }
            }
            Ok(_) => Ok(None),
        }
    }

    fn reply(&self, response: Response) -> Reply {
        let date = response.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        let date = date.and_then(|date| i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok());
        let received_unix_s = self.clock.now().unix_s;
        Reply { status: response.status, body: response.body, date_unix_s: date, received_unix_s }
    }

    fn lost(&self, error: &TransportError) -> SourceError {
        match error {
            TransportError::NotSent { reason, .. } | TransportError::Barred { reason, .. } => {
                self.unreachable(format!("could not connect to the token endpoint: {reason}"))
            }
            TransportError::Unknown { reason, .. } => {
                self.unreachable(format!("no answer from the token endpoint: {reason}"))
            }
            TransportError::Refused { reason, .. } => {
                self.malformed(format!("the token endpoint answered with {reason}"))
            }
        }
    }

    pub fn unreachable(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Unreachable { place: self.place.clone(), reason: reason.into() }
    }

    pub fn malformed(&self, reason: impl Into<String>) -> SourceError {
        SourceError::Malformed { place: self.place.clone(), reason: reason.into() }
    }
}
