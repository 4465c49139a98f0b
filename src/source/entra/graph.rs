//! Microsoft Graph v1.0 for the time of one reading: who signs in, what is asked, what a refusal means, and how much of the
//! tenant's limit is left to others.
//!
//! Never: repeats anything of an error's body but its code, or asks for more than its share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Map, Value};
use url::{Position, Url};

use crate::clock::Clock;
use crate::config::Http;
use crate::config::entra_source::{Access, EntraSettings, Who};
use crate::source::SourceError;
use crate::source::oauth::{Grant, Granted, KeyFile, Place, Tokens};
use crate::source::rest::{Answer, Credential, On500, Rest};

/// The least application permission for each kind of question, the first, and others that include it.
pub type Needs = &'static [&'static str];
pub const USERS: Needs = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
pub const GROUPS: Needs = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub const APPLICATIONS: Needs = &[
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Application.ReadWrite.OwnedBy",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub const ORGANIZATION: Needs =
    &["Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/// Graph's limits are counted in windows of ten seconds ("Service-specific throttling limits").
const WINDOW: Duration = Duration::from_secs(10);

/// The tenant, asked by one application.
pub struct Graph<'a> {
    pub rest: Arc<Rest>,
    pub settings: &'a EntraSettings,
    pace: Arc<Pace>,
}

#[derive(Default)]
struct Pace {
    /// How long to keep still before the next request, in milliseconds.
    pause_ms: AtomicU64,
    pauses: AtomicU64,
}

/// A text as a value of a filter: `'` stands twice (OData 4.01, ABNF `SQUOTE-in-string`).
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Our reading is background work, which Graph may put behind others'. A cast and an advanced filter are answered only with
/// both `$count` and this header, on every page ("Advanced query capabilities"); without `$count` the header means nothing.
fn headers(path: &str) -> &'static [(&'static str, &'static str)] {
    const LOW: (&str, &str) = ("x-ms-throttle-priority", "low");
    if path.contains("count=true") { &[LOW, ("consistencylevel", "eventual")] } else { &[LOW] }
}

impl<'a> Graph<'a> {
    /// Nothing is sent or read yet.
    pub fn open(settings: &'a EntraSettings, http: &Http, clock: Clock) -> Result<Self, SourceError> {
        let client_id = settings.client_id.clone();
        let grant = match &settings.access {
            Access::Secret(secret) => Grant::ClientSecret { client_id, secret: secret.clone(), place: Place::Body },
            Access::Certificate { certificate, key } => {
                let key = KeyFile { file: key.clone(), id: None, certificate: Some(certificate.clone()) };
                Grant::ClientAssertion { client_id, key, audience: None }
            }
            Access::Federated(file) => Grant::FederatedToken { client_id, file: file.clone() },
        };
        let tokens = Tokens::open(&settings.token_url, Some(&settings.scope), grant, http, clock)?;
        let rest = Rest::open(&settings.url, http, Credential::OAuth(Box::new(tokens)), "application/json", clock)?;
        Ok(Self { rest: Arc::new(rest.sending(headers)), settings, pace: Arc::default() })
    }

    /// `$select` and `$top` of every listing of people.
    pub fn select(&self) -> String {
        format!("{}&{}", self.properties(), self.top())
    }

    pub fn properties(&self) -> String {
        format!("$select={}", self.settings.properties.join(","))
    }

    pub fn top(&self) -> String {
        format!("$top={}", self.settings.page_size)
    }

    /// What the token allows; nothing may be decided by it.
    pub async fn granted(&self) -> Result<Granted, SourceError> {
        match self.rest.credential() {
            Credential::OAuth(tokens) => tokens.granted().await,
            Credential::Token { .. } | Credential::Basic { .. } => Ok(Granted::default()),
        }
    }

    /// Any answer that another try would not change.
    pub async fn answer(&self, path: &str) -> Result<Answer, SourceError> {
        self.ask(path.to_owned()).await
    }

    /// The same, for a task of its own.
    pub fn ask(&self, path: String) -> impl Future<Output = Result<Answer, SourceError>> + Send + 'static {
        let (rest, pace, share) = (self.rest.clone(), self.pace.clone(), self.settings.limit_share);
        async move {
            let pause_ms = pace.pause_ms.swap(0, Ordering::Relaxed);
            if pause_ms > 0 {
                pace.pauses.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            }
            let answer = rest.get(&path, On500::TryAgain).await?;
            let pause = over_share(answer.header("x-ms-throttle-limit-percentage"), share);
            let pause_ms = u64::try_from(pause.as_millis()).unwrap_or_default();
            pace.pause_ms.fetch_max(pause_ms, Ordering::Relaxed);
            Ok(answer)
        }
    }

    /// For the evidence, where we had to.
    pub fn slowed_down(&self) -> Option<String> {
        let (pauses, share) = (self.pace.pauses.load(Ordering::Relaxed), self.settings.limit_share);
        (pauses > 0).then(|| format!("slowed down {pauses} times, to use at most {share} % of the limit"))
    }

    /// The object of a 200. Errors: it is another answer, and why.
    pub fn object(&self, answer: &Answer, needs: Needs) -> Result<Map<String, Value>, SourceError> {
        if answer.status != 200 {
            return Err(self.refused(answer, needs));
        }
        match self.rest.value(answer)? {
            Value::Object(fields) => Ok(fields),
            _ => Err(self.rest.malformed("the answer is JSON and no object; is `url` the address of Graph?")),
        }
    }

    /// One object; none where Graph says that there is no such.
    pub async fn one(&self, path: &str, needs: Needs) -> Result<Option<Map<String, Value>>, SourceError> {
        let answer = self.answer(path).await?;
        if answer.status == 404 && code(&answer).as_deref() == Some("Request_ResourceNotFound") {
            return Ok(None);
        }
        self.object(&answer, needs).map(Some)
    }

    fn refused(&self, answer: &Answer, needs: Needs) -> SourceError {
        let code = code(answer);
        let said = code.as_deref().unwrap_or("no code");
        match (answer.status, said) {
            (403, _) => self.rest.refused_because(answer, &lacks(needs, said)),
            (400, "Directory_ExpiredPageToken") => self.rest.refused_because(
                answer,
                "the reading took longer than Graph keeps its pages; the next cycle reads it again",
            ),
            (400, _) => self.rest.refused_because(
                answer,
                &format!("{said}: Graph does not take the request; {}", self.what_to_correct()),
            ),
            (404, _) => self.rest.refused_because(
                answer,
                &format!(
                    "{said}: it is not there, or not any more; if the next cycle says so too, take its assignment away, or \
                     correct the configuration"
                ),
            ),
            _ => self.rest.refused(answer),
        }
    }

    /// Of what the configuration puts into requests.
    fn what_to_correct(&self) -> String {
        let who = match &self.settings.who {
            Who::App(_) => Some("`app`".to_owned()),
            Who::Everybody { filter: Some(_) } => Some("`filter`".to_owned()),
            Who::Groups { .. } | Who::Everybody { filter: None } => None,
        };
        let own = self.settings.own_properties();
        let properties =
            (!own.is_empty()).then(|| format!("what [mapping] or `attributes` ask for ({})", own.join(", ")));
        let parts: Vec<String> = who.into_iter().chain(properties).collect();
        match parts.as_slice() {
            [] => "is `url` the address of Graph in the right cloud?".into(),
            parts => format!("correct {}", parts.join(", or ")),
        }
    }

    /// The path of a link, behind the version. Errors: it leads out of Graph v1.0 at the configured address, so that the
    /// token would go there too.
    pub fn pinned(&self, link: &str) -> Result<String, SourceError> {
        let base = &self.settings.url;
        let url = Url::parse(link).map_err(|_| self.rest.malformed("the link to the next page is no URL"))?;
        let is_here = url.origin() == base.origin() && url.username().is_empty() && url.password().is_none();
        let path = url[Position::BeforePath..Position::AfterQuery].strip_prefix(base.path());
        match path.filter(|path| is_here && path.starts_with('/')) {
            Some(path) => Ok(path.to_owned()),
            None => Err(self.rest.malformed(
                "the link to the next page leads to another place than `url`; it was not followed, since the token would go \
                 there too",
            )),
        }
    }
}

/// What to grant.
pub fn lacks(needs: Needs, said: &str) -> String {
    let least = needs.first().copied().unwrap_or_default();
    format!(
        "{said}: the application lacks a permission; grant it the application permission {least} of Microsoft Graph, with \
         admin consent"
    )
}

/// `error.code` of Graph's error, if it looks like one.
fn code(answer: &Answer) -> Option<String> {
    let said = Rest::said(answer);
    let code = said["error"]["code"].as_str()?;
    let is_code = (1..=60).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_code.then(|| code.to_owned())
}

/// The header is there from 0.8 of the limit on, and tells the part that is used. For so much of the window we keep still that,
/// at the same speed, our share would be used and no more.
fn over_share(used: Option<&str>, share: u32) -> Duration {
    let used: f64 = used.and_then(|used| used.trim().parse().ok()).filter(|used: &f64| used.is_finite()).unwrap_or(0.0);
    let share = f64::from(share) / 100.0;
    if used <= share { Duration::ZERO } else { WINDOW.mul_f64(1.0 - share / used) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_long_that_the_share_is_kept() {
        for (used, share, pause_s) in [
            (None, 50, 0.0),
            (Some("0.4"), 50, 0.0),
            (Some("1.0"), 50, 5.0),
            (Some(" 0.8 "), 80, 0.0),
            (Some("1.8"), 90, 5.0),
            (Some("inf"), 50, 0.0),
            (Some("much"), 50, 0.0),
            (Some("-1"), 50, 0.0),
        ] {
            assert!((over_share(used, share).as_secs_f64() - pause_s).abs() < 0.001, "{used:?} {share}");
        }
    }

    #[test]
    fn a_value_of_a_filter_ends_where_it_should() {
        assert_eq!(quoted("O'Neil"), "'O''Neil'");
        assert_eq!(headers("/users?$count=true&$top=5").len(), 2);
        assert_eq!(headers("/users/1").len(), 1);
    }
}
