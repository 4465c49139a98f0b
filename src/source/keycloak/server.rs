//! One realm for the time of one reading: how it is asked, which realm it is, and who asks.
//!
//! Never: takes a 404 of anything but the API itself for "not there", or an answer about another one for the one asked for.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::clock::Clock;
use crate::config::Http;
use crate::config::keycloak_source::{Access, KeycloakSettings};
use crate::core::evidence::Identity;
use crate::source::SourceError;
use crate::source::oauth::{Grant, KeyFile, Place, Tokens};
use crate::source::rest::{Answer, Credential, On500, Rest, encoded, text};

/// A realm that can be asked.
pub struct Server<'a> {
    pub rest: Arc<Rest>,
    pub settings: &'a KeycloakSettings,
    root: String,
}

/// Tokens of the client, by `client_credentials`.
pub fn tokens(settings: &KeycloakSettings, http: &Http, clock: Clock) -> Result<Tokens, SourceError> {
    let mut endpoint = settings.url.clone();
    let before = endpoint.path().trim_end_matches('/').to_owned();
    endpoint.set_path(&format!("{before}/realms/{}/protocol/openid-connect/token", encoded(&settings.realm)));
    let client_id = settings.client_id.clone();
    let grant = match &settings.access {
        Access::Secret(secret) => Grant::ClientSecret { client_id, secret: secret.clone(), place: Place::Basic },
        Access::Key { key, key_id } => {
            let key = KeyFile { file: key.clone(), id: key_id.clone(), certificate: None };
            Grant::ClientAssertion { client_id, key, audience: None }
        }
    };
    Tokens::open(&endpoint, None, grant, http, clock)
}

impl<'a> Server<'a> {
    /// Connects to nothing yet.
    pub fn open(settings: &'a KeycloakSettings, http: &Http, clock: Clock) -> Result<Self, SourceError> {
        let credential = Credential::OAuth(Box::new(tokens(settings, http, clock)?));
        let root = format!("/admin/realms/{}", encoded(&settings.realm));
        let rest = Rest::open(&settings.url, http, credential, "application/json", clock)?.with_root(&root);
        Ok(Self { rest: Arc::new(rest), settings, root })
    }

    /// The realm, by its id: one that was deleted and made again under its name has another. A client signs in by its name.
    pub async fn identity(&self) -> Result<Identity, SourceError> {
        let realm = self.object("").await?;
        let Some(id) = text(&realm, "id") else {
            return Err(self.rest.malformed(
                "the realm does not show its id; give the client's service account the role view-realm of realm-management",
            ));
        };
        let directory = format!("Keycloak realm {} ({id})", self.settings.realm);
        Ok(Identity { directory, principal: format!("client {}", self.settings.client_id) })
    }

    /// How many people the realm has, as far as they may be viewed.
    pub async fn count(&self) -> Result<u64, SourceError> {
        let count = self.value(&self.get("/users/count").await?)?;
        count.as_u64().ok_or_else(|| self.rest.malformed("/users/count is no number; is `url` a Keycloak server?"))
    }

    /// Where a page of that listing is.
    pub fn page_of(&self, listing: &str, first: u64) -> String {
        let (and, max) = (if listing.contains('?') { '&' } else { '?' }, self.settings.page_size);
        format!("{}{listing}{and}first={first}&max={max}", self.root)
    }

    /// The id of somebody who is listed; none where nobody is.
    pub async fn somebody(&self) -> Result<Option<String>, SourceError> {
        let rows = self.list("/users?first=0&max=1&briefRepresentation=true").await?;
        Ok(rows.first().and_then(|row| text(row.as_object()?, "id")).map(str::to_owned))
    }

    /// The person; none where the API says that there is nobody.
    pub async fn person(&self, id: &str) -> Result<Option<Map<String, Value>>, SourceError> {
        self.one("/users", id, "User not found").await
    }

    pub async fn group(&self, id: &str) -> Result<Option<Map<String, Value>>, SourceError> {
        self.one("/groups", id, "Could not find group by id").await
    }

    /// The id of the group at that path, and nothing else: Keycloak 23 to 26.0 shows it there without the groups within it, and
    /// without saying that there are any (keycloak#31410).
    pub async fn group_at(&self, path: &str) -> Result<Option<String>, SourceError> {
        let names: Vec<String> = path.trim_start_matches('/').split('/').map(encoded).collect();
        let answer = self.get(&format!("/group-by-path/{}", names.join("/"))).await?;
        if is_missing(&answer, "Group path does not exist") {
            return Ok(None);
        }
        let group = self.object_of(&answer)?;
        match text(&group, "id").filter(|_| text(&group, "path") == Some(path)) {
            Some(id) => Ok(Some(id.to_owned())),
            None => Err(self.rest.malformed(OTHER)),
        }
    }

    /// How many groups there are at the top of the tree.
    pub async fn tops(&self) -> Result<u64, SourceError> {
        let count = self.object("/groups/count?top=true").await?;
        let count = count.get("count").and_then(Value::as_u64);
        count.ok_or_else(|| self.rest.malformed("/groups/count has no `count`; is `url` a Keycloak server?"))
    }

    /// Groups with that in their names, or with such groups in them.
    pub async fn groups_called(&self, name: &str) -> Result<Vec<Value>, SourceError> {
        self.list(&format!("/groups?search={}&populateHierarchy=false", encoded(name))).await
    }

    /// Ids of the groups that somebody is in directly.
    pub async fn groups_of(&self, id: &str) -> Result<HashSet<String>, SourceError> {
        let groups = self.list(&format!("/users/{}/groups?briefRepresentation=true", encoded(id))).await?;
        let ids = groups.iter().map(|group| group["id"].as_str().map(str::to_owned));
        ids.collect::<Option<_>>().ok_or_else(|| self.rest.malformed("a group without an `id`"))
    }

    async fn one(&self, of: &str, wanted: &str, missing: &str) -> Result<Option<Map<String, Value>>, SourceError> {
        let answer = self.get(&format!("{of}/{}", encoded(wanted))).await?;
        if is_missing(&answer, missing) {
            return Ok(None);
        }
        let resource = self.object_of(&answer)?;
        let is_it = text(&resource, "id") == Some(wanted);
        if is_it { Ok(Some(resource)) } else { Err(self.rest.malformed(OTHER)) }
    }

    async fn get(&self, path: &str) -> Result<Answer, SourceError> {
        self.rest.get(&format!("{}{path}", self.root), On500::TryAgain).await
    }

    async fn object(&self, path: &str) -> Result<Map<String, Value>, SourceError> {
        self.object_of(&self.get(path).await?)
    }

    fn object_of(&self, answer: &Answer) -> Result<Map<String, Value>, SourceError> {
        self.rest.object(self.value(answer)?)
    }

    async fn list(&self, path: &str) -> Result<Vec<Value>, SourceError> {
        self.rows(&self.get(path).await?)
    }

    /// The rows of one page.
    pub fn rows(&self, answer: &Answer) -> Result<Vec<Value>, SourceError> {
        self.rest.list(self.value(answer)?)
    }

    fn value(&self, answer: &Answer) -> Result<Value, SourceError> {
        let told = |what: &str| Err(self.rest.refused_because(answer, what));
        match answer.status {
            200 => self.rest.value(answer),
            403 => told(
                "the client may not read that; give its service account the roles view-users and view-realm of \
                 realm-management (the client's page, Service accounts roles), and the same to its dedicated client scope (Client \
                 scopes, Scope) where \"Full scope allowed\" is off",
            ),
            404 if is_missing(answer, "Realm not found.") => told("there is no such realm; correct `realm`"),
            404 => told("it is not there; is `url` right? Servers up to 16 have /auth behind it"),
            _ => Err(self.rest.refused(answer)),
        }
    }
}

const OTHER: &str = "the API answered with another one than was asked for";

/// A 404 in the API's own words: one of whatever answers in between says nothing.
fn is_missing(answer: &Answer, words: &str) -> bool {
    answer.status == 404 && Rest::said(answer)["error"] == words
}
