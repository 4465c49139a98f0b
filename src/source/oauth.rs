//! Access tokens for directories behind REST APIs: the client credentials grant (RFC 6749 §4.4) with a secret, a signed or a
//! foreign assertion (RFC 7523 §2.2), and the JWT bearer grant (RFC 7523 §2.1).
//!
//! ```text
//! let tokens = Tokens::open(&endpoint, Some("okta.users.read"), grant, &http, clock)?;
//! let token = tokens.token().await?;              // asks once, however many callers there are
//! tokens.refused(token.expose_secret()).await;    // after a 401: the next call asks for another
//! ```
//!
//! Never: shows a token, a secret or an assertion, repeats what a token endpoint says but for its error codes, or sends
//! credentials to another place than the token endpoint.

mod answer;
mod assertion;
mod endpoint;
mod grant;
mod key;
mod refusal;
mod service_account;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::SourceError;
use crate::clock::Clock;
use crate::config::Http;
use crate::core::time::{Moment, duration_text};
use answer::Answer;
use endpoint::{Endpoint, Reply};
use grant::Credentials;
use refusal::Refusal;

pub use answer::Granted;
pub use grant::{Grant, KeyFile, Place};

/// The service account that a machine at Google runs as (Google Cloud, "Predefined VM metadata keys").
const MACHINE: &str = "/computeMetadata/v1/instance/service-accounts/default";

/// A token is renewed as long before its end, or a third of its life if that is shorter: Keycloak's may live a minute.
const RENEWED_BEFORE_S: i64 = 60;

/// The tokens of one client at one token endpoint, one at a time.
pub struct Tokens {
    endpoint: Endpoint,
    scope: Option<String>,
    grant: Grant,
    clock: Clock,
    /// Held while one is asked for, so that several callers ask once.
    held: Mutex<Option<Held>>,
}

struct Held {
    answer: Answer,
    /// When it was asked for: its life does not begin later.
    asked: Moment,
}

/// No token.
struct Refused {
    why: Refusal,
    /// Where our clock was found to be wrong by so many seconds.
    off_s: Option<i64>,
}

impl Held {
    fn is_fresh(&self, now: Moment) -> bool {
        let life_s = self.answer.life_s;
        now.since(self.asked) < life_s - RENEWED_BEFORE_S.min(life_s / 3)
    }
}

impl Tokens {
    /// Builds the client; nothing is sent or read yet. `scope` is the list of RFC 6749 §3.3, separated by spaces. Errors: a URL
    /// that is neither https nor this machine's, certificates or a proxy that cannot be used.
    pub fn open(
        endpoint: &Url,
        scope: Option<&str>,
        grant: Grant,
        http: &Http,
        clock: Clock,
    ) -> Result<Self, SourceError> {
        let endpoint = Endpoint::open(endpoint, http, clock)?;
        Ok(Self { endpoint, scope: scope.map(str::to_owned), grant, clock, held: Mutex::new(None) })
    }

    /// Tokens of the service account that this machine at Google runs as. `host` is `GCE_METADATA_HOST`; `scope` as for `open`.
    pub fn of_machine(host: Option<&str>, scope: &str, clock: Clock) -> Result<Self, SourceError> {
        let scopes: String = byte_serialize(scope.replace(' ', ",").as_bytes()).collect();
        let endpoint = Endpoint::of_metadata(host, &format!("{MACHINE}/token?scopes={scopes}"), clock)?;
        let scope = Some(scope.to_owned());
        Ok(Self { endpoint, scope, grant: Grant::Machine, clock, held: Mutex::new(None) })
    }

    /// The address of the service account whose tokens these are: of its key file, or of the metadata server's own account.
    pub async fn service_account(&self) -> Result<String, SourceError> {
        if let Some((email, _)) = self.grant.service_account().map_err(|reason| self.endpoint.unreachable(reason))? {
            return Ok(email);
        }
        let nothing = || Ok(Credentials { authorization: None, fields: Zeroizing::default() });
        let reply = self.endpoint.ask_at(&format!("{MACHINE}/email"), nothing).await?;
        if reply.status != 200 {
            return Err(self.endpoint.unreachable(Refusal::read(&reply).explain(&self.grant, self.scope.as_deref())));
        }
        let email = String::from_utf8(reply.body).ok().map(|text| text.trim().to_owned());
        let is_one =
            |text: &String| text.len() <= 320 && text.contains('@') && text.bytes().all(|b| b.is_ascii_graphic());
        email.filter(is_one).ok_or_else(|| self.endpoint.malformed("the metadata server names no service account"))
    }

    /// The token in force. Asks for one where there is none, or where it ends soon.
    pub async fn token(&self) -> Result<SecretString, SourceError> {
        self.with_answer(|answer| answer.token.clone()).await
    }

    /// After a 401: forgets that token, unless another one has taken its place meanwhile.
    pub async fn refused(&self, token: &str) {
        let mut held = self.held.lock().await;
        held.take_if(|held| held.answer.token.expose_secret() == token);
    }

    /// For `check`: what the token allows and whom it stands for, as far as the answer or the token says it. Nobody but the
    /// API can check that, so nothing may be decided by it.
    pub async fn granted(&self) -> Result<Granted, SourceError> {
        self.with_answer(|answer| answer.granted(self.scope.as_deref())).await
    }

    /// What the admin has to mend where tokens are refused: the file, for messages.
    pub fn file(&self) -> String {
        self.grant.file().display().to_string()
    }

    /// The same, for a scope that it may better not have: nothing where the endpoint refuses that scope (RFC 6749 §5.2).
    pub async fn granted_if(&self) -> Result<Option<Granted>, SourceError> {
        match self.another().await? {
            Ok(held) => Ok(Some(held.answer.granted(self.scope.as_deref()))),
            Err(refused) if refused.why.is_of_scope(&self.grant) => Ok(None),
            Err(refused) => Err(self.told(&refused)),
        }
    }

    async fn with_answer<T>(&self, take: impl FnOnce(&Answer) -> T) -> Result<T, SourceError> {
        let mut held = self.held.lock().await;
        let fresh = held.take().filter(|held| held.is_fresh(self.clock.now()));
        let current = match fresh {
            Some(fresh) => fresh,
            None => self.another().await?.map_err(|refused| self.told(&refused))?,
        };
        Ok(take(&held.insert(current).answer))
    }

    /// Errors: there is no answer that could be read. Within: the endpoint gives no token.
    async fn another(&self) -> Result<Result<Held, Refused>, SourceError> {
        let asked = self.clock.now();
        let reply = self.ask(0).await?;
        let (reply, off_s) = match self.clock_is_off(&reply) {
            Some(off_s) => (self.ask(off_s).await?, Some(off_s)),
            None => (reply, None),
        };
        if reply.status == 200 {
            let answer = Answer::read(&reply.body).map_err(|reason| self.endpoint.malformed(reason))?;
            return Ok(Ok(Held { answer, asked }));
        }
        Ok(Err(Refused { why: Refusal::read(&reply), off_s }))
    }

    fn told(&self, refused: &Refused) -> SourceError {
        let mut reason = refused.why.explain(&self.grant, self.scope.as_deref());
        if let Some(off_s) = refused.off_s {
            reason.push_str(&format!("; besides, {}", skew(off_s)));
        }
        self.endpoint.unreachable(reason)
    }

    /// One question, with the clock put right by so many seconds. Each try has an assertion of its own: a `jti` counts once.
    async fn ask(&self, off_s: i64) -> Result<Reply, SourceError> {
        let form = || {
            let now_unix_s = self.clock.now().unix_s + off_s;
            let form = self.grant.form(self.endpoint.url(), self.scope.as_deref(), now_unix_s);
            form.map_err(|reason| self.endpoint.unreachable(reason))
        };
        self.endpoint.ask(form).await
    }

    /// By how many seconds, where an assertion of ours was refused and the endpoint has another time than we have.
    fn clock_is_off(&self, reply: &Reply) -> Option<i64> {
        let off_s = reply.date_unix_s? - reply.received_unix_s;
        let is_off = matches!(reply.status, 400 | 401) && self.grant.signs() && off_s.abs() >= assertion::LEEWAY_S;
        is_off.then(|| {
            tracing::warn!("{}: {}; one more try by its clock", self.endpoint.place(), skew(off_s));
            off_s
        })
    }
}

/// Seconds from our clock to the endpoint's.
fn skew(off_s: i64) -> String {
    let direction = if off_s > 0 { "behind" } else { "ahead of" };
    let by = duration_text(off_s.abs());
    format!("the clock of this machine is {by} {direction} the token endpoint's; let NTP set it")
}

#[cfg(test)]
mod tests;
