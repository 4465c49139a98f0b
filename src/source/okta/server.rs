//! One Okta org for the time of one reading: how it is asked, which org it is, who asks, and the app.
//!
//! Never: takes a 404 of anything but the API itself for "not there", or an answer about another person for the one asked for.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::listing::Listing;
use super::refusal;
use crate::clock::Clock;
use crate::config::Http;
use crate::config::okta_source::{Access, OktaSettings, Whom};
use crate::core::evidence::Identity;
use crate::source::SourceError;
use crate::source::oauth::{Grant, KeyFile, Tokens};
use crate::source::records::place::printable;
use crate::source::rest::{Answer, Credential, Manners, On500, RateHeaders, Rest, encoded, quoted, text};

const ROOT: &str = "/api/v1";
/// Okta, "Rate limits": on every answer of the API.
const RATE: RateHeaders =
    RateHeaders { limit: "x-rate-limit-limit", remaining: "x-rate-limit-remaining", reset: "x-rate-limit-reset" };

/// An org that can be asked.
pub struct Server<'a> {
    pub rest: Arc<Rest>,
    pub settings: &'a OktaSettings,
}

/// The app whose assignments are read.
pub struct App {
    pub id: String,
    /// As admins see it.
    pub label: String,
    pub status: String,
}

impl App {
    /// `app Postman (0oa1)`.
    pub fn named(&self) -> String {
        format!("app {} ({})", self.label, self.id)
    }
}

impl<'a> Server<'a> {
    /// Connects to nothing yet.
    pub fn open(settings: &'a OktaSettings, http: &Http, clock: Clock) -> Result<Self, SourceError> {
        let credential = match &settings.access {
            Access::Ssws { token } => Credential::Token { scheme: "SSWS", file: token.clone() },
            Access::ServiceApp { .. } => Credential::OAuth(Box::new(tokens(settings, &scopes(settings), http, clock)?)),
        };
        let rest = Rest::open(&settings.url, http, credential, "application/json", clock)?;
        let rest = rest.with_root(ROOT).with_manners(Manners::new(RATE, settings.limit_share));
        Ok(Self { rest: Arc::new(rest), settings })
    }

    /// The org, by its id, and who reads: the service app, or the admin whose token it is. Another token of the same admin is the
    /// same reader.
    pub async fn identity(&self) -> Result<Identity, SourceError> {
        let org = self.object("/.well-known/okta-organization").await?;
        let Some(org) = text(&org, "id") else {
            return Err(self.rest.malformed("the org does not say its id; is `url` the address of an Okta org?"));
        };
        let principal = match &self.settings.access {
            Access::ServiceApp { client_id, .. } => format!("client {client_id}"),
            Access::Ssws { .. } => {
                let me = self.object(&format!("{ROOT}/users/me")).await?;
                let id = text(&me, "id").ok_or_else(|| self.rest.malformed("/users/me has no `id`"))?;
                format!("User {id}")
            }
        };
        Ok(Identity { directory: format!("Okta org {org}"), principal })
    }

    /// The app, where one is configured. Errors: it is not there, or may not be seen.
    pub async fn app(&self) -> Result<Option<App>, SourceError> {
        let Whom::App(id) = &self.settings.whom else { return Ok(None) };
        let Some(app) = self.one(&format!("{ROOT}/apps/{}", encoded(id)), id).await? else {
            return Err(self.rest.malformed(format!(
                "there is no app {id}, or the account may not see it; correct `app`, or give the account's role that app"
            )));
        };
        let shown = |name| printable(text(&app, name).unwrap_or("without a name"));
        Ok(Some(App { id: id.clone(), label: shown("label"), status: shown("status") }))
    }

    /// The same, for a reading. Errors besides: it is not active, so that being assigned gives nothing.
    pub async fn active_app(&self) -> Result<Option<App>, SourceError> {
        match self.app().await? {
            Some(app) if app.status != "ACTIVE" => Err(self.rest.malformed(inactive(&app))),
            app => Ok(app),
        }
    }

    /// Where the listing of people begins; for groups see `groups`.
    pub fn people(&self) -> String {
        let limit = self.settings.page_size;
        match &self.settings.whom {
            Whom::App(id) => format!("{ROOT}/apps/{}/users?limit={limit}&expand=user", encoded(id)),
            // Without an order pages of a search overlap.
            Whom::Search(search) => {
                format!("{ROOT}/users?limit={limit}&search={}&sortBy=id&sortOrder=asc", encoded(search))
            }
            Whom::Everybody | Whom::Groups => format!("{ROOT}/users?limit={limit}"),
        }
    }

    pub fn members(&self, group: &str) -> String {
        format!("{ROOT}/groups/{}/users?limit={}", encoded(group), self.settings.page_size.min(200))
    }

    /// The id of the first one of a listing; none where it is empty.
    pub async fn first_of(&self, listing: &str) -> Result<Option<String>, SourceError> {
        let path = listing.split('?').next().unwrap_or(listing);
        let rows = self.list(&format!("{path}?limit=1")).await?;
        Ok(rows.first().and_then(|row| text(row.as_object()?, "id")).map(str::to_owned))
    }

    /// Ids of the groups that somebody is in. Some versions of Okta's description have pages there and some have not, so that
    /// no size is asked for.
    pub async fn groups_of(&self, id: &str) -> Result<HashSet<String>, SourceError> {
        let mut listing =
            Listing::of(self, "groups of a person", format!("{ROOT}/users/{}/groups", encoded(id))).whole_or_linked();
        let mut ids = HashSet::new();
        while let Some(rows) = listing.next().await? {
            ids.extend(rows.into_iter().map(|(id, _)| id));
        }
        Ok(ids)
    }

    /// The person, as the listing would show them; none where the API says that there is nobody, or no assignment.
    pub async fn person(&self, id: &str) -> Result<Option<Map<String, Value>>, SourceError> {
        let path = match &self.settings.whom {
            Whom::App(app) => format!("{ROOT}/apps/{}/users/{}?expand=user", encoded(app), encoded(id)),
            _ => format!("{ROOT}/users/{}", encoded(id)),
        };
        self.one(&path, id).await
    }

    pub async fn group(&self, id: &str) -> Result<Option<Map<String, Value>>, SourceError> {
        self.one(&format!("{ROOT}/groups/{}", encoded(id)), id).await
    }

    /// The groups that a search by name finds, on one page: there is more than one only where names are alike.
    pub async fn groups_called(&self, name: &str) -> Result<Vec<Value>, SourceError> {
        let search = encoded(&format!("profile.name eq {}", quoted(name)));
        self.list(&format!("{ROOT}/groups?limit=200&search={search}")).await
    }

    /// Where the listing of the groups begins whose names begin so; of all for an empty text.
    pub fn groups(&self, beginning: &str) -> String {
        let listing = format!("{ROOT}/groups?limit={}", self.settings.page_size.min(200));
        match beginning {
            "" => listing,
            _ => {
                let search = encoded(&format!("profile.name sw {}", quoted(beginning)));
                // Without an order pages of a search overlap.
                format!("{listing}&search={search}&sortBy=id&sortOrder=asc")
            }
        }
    }

    /// Those of these people, by id, who match the configured search now.
    pub async fn matches(&self, search: &str, id: &str) -> Result<bool, SourceError> {
        let both = encoded(&format!("({search}) and id eq {}", quoted(id)));
        let found = self.list(&format!("{ROOT}/users?limit=2&search={both}")).await?;
        Ok(found.iter().any(|user| user["id"] == id))
    }

    /// One resource by id.
    async fn one(&self, path: &str, wanted: &str) -> Result<Option<Map<String, Value>>, SourceError> {
        let answer = self.rest.get(path, On500::TryAgain).await?;
        if answer.status == 404 && refusal::code(&answer).as_deref() == Some(refusal::NOT_FOUND) {
            return Ok(None);
        }
        let resource = self.object_of(&answer)?;
        // A user is found by login too, and by the part of it before the @.
        if text(&resource, "id") != Some(wanted) {
            return Err(self.rest.malformed("the API answered with another one than was asked for by id"));
        }
        Ok(Some(resource))
    }

    async fn object(&self, path: &str) -> Result<Map<String, Value>, SourceError> {
        let answer = self.rest.get(path, On500::TryAgain).await?;
        self.object_of(&answer)
    }

    fn object_of(&self, answer: &Answer) -> Result<Map<String, Value>, SourceError> {
        self.rest.object(self.value(answer)?)
    }

    async fn list(&self, path: &str) -> Result<Vec<Value>, SourceError> {
        let answer = self.rest.get(path, On500::TryAgain).await?;
        self.rows(&answer)
    }

    /// The rows of one page.
    pub fn rows(&self, answer: &Answer) -> Result<Vec<Value>, SourceError> {
        self.rest.list(self.value(answer)?)
    }

    fn value(&self, answer: &Answer) -> Result<Value, SourceError> {
        if answer.status == 200 { self.rest.value(answer) } else { Err(refusal::refused(&self.rest, answer)) }
    }
}

/// Why the assignments of this app say nothing.
pub fn inactive(app: &App) -> String {
    format!(
        "the {} is {} and not ACTIVE, so that its assignments give nobody anything; activate it, or correct `app`",
        app.named(),
        app.status
    )
}

/// The scopes that such a reading needs, and no others. The groups of one person are a matter of users.
pub fn scopes(settings: &OktaSettings) -> String {
    let (by_app, in_scope) = (matches!(settings.whom, Whom::App(_)), !settings.groups.is_empty());
    let groups = in_scope || !settings.pushed.is_empty();
    let needed = [("okta.apps.read", by_app), ("okta.users.read", !by_app || in_scope), ("okta.groups.read", groups)];
    needed.iter().filter(|(_, is_needed)| *is_needed).map(|(scope, _)| *scope).collect::<Vec<_>>().join(" ")
}

/// Tokens of the service app with that scope. The org's own server gives them; no other's have these scopes.
pub fn tokens(settings: &OktaSettings, scope: &str, http: &Http, clock: Clock) -> Result<Tokens, SourceError> {
    let Access::ServiceApp { client_id, key, key_id } = &settings.access else {
        let place = crate::http::label(&settings.url);
        return Err(SourceError::Unreachable { place, reason: "there is no service app".into() });
    };
    let mut endpoint = settings.url.clone();
    endpoint.set_path("/oauth2/v1/token");
    let key = KeyFile { file: key.clone(), id: key_id.clone(), certificate: None };
    let grant = Grant::ClientAssertion { client_id: client_id.clone(), key, audience: None };
    Tokens::open(&endpoint, Some(scope), grant, http, clock)
}
