//! One SCIM server for the time of one reading: what it says of itself, and its resources with their names spelled as in the
//! RFC.
//!
//! Never: believes an answer about a resource that was not asked for.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value};

use super::names::{boolean, id, spelled_in, text};
use crate::clock::Clock;
use crate::config::Http;
use crate::config::scim_source::{Access, Paging, ScimSettings};
use crate::core::evidence::Identity;
use crate::source::SourceError;
use crate::source::rest::{Answer, Credential, On500, Rest, encoded};

/// What RFC 7644 §3.1 and §8.1 want to be read, the better first.
const ACCEPT: &str = "application/scim+json, application/json;q=0.9";
/// RFC 7644 §3.12 and RFC 9865 §2.1: the words that may be repeated, since they hold nothing of anybody.
const SCIM_TYPES: [&str; 10] = [
    "expiredCursor",
    "invalidCount",
    "invalidCursor",
    "invalidFilter",
    "invalidPath",
    "invalidSyntax",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "tooMany",
];

/// What the server says of itself (RFC 7643 §5, RFC 9865 §4). Nothing of it is believed where it matters.
#[derive(Default)]
pub struct Provider {
    /// It answered at all.
    pub read: bool,
    pub cursor: bool,
    pub filter: Option<bool>,
    pub documentation: Option<String>,
    /// Names of the ways to sign in.
    pub schemes: Vec<String>,
}

/// A server that was asked for its configuration.
pub struct Server<'a> {
    pub rest: Rest,
    pub settings: &'a ScimSettings,
    pub provider: Provider,
    count_refused: AtomicBool,
}

impl<'a> Server<'a> {
    /// Connects, and reads the service provider's configuration where there is one.
    pub async fn open(settings: &'a ScimSettings, http: &Http, clock: Clock) -> Result<Self, SourceError> {
        let mut server = Self::unasked(settings, http, clock)?;
        let answer = server.rest.get("/ServiceProviderConfig", On500::Take).await?;
        server.may_pass(&answer)?;
        if answer.status == 200 {
            server.provider = provider(&server.object(&answer)?);
        }
        Ok(server)
    }

    /// One that has not said anything of itself; connects to nothing.
    pub fn unasked(settings: &'a ScimSettings, http: &Http, clock: Clock) -> Result<Self, SourceError> {
        let credential = match &settings.access {
            Access::Bearer { token } => Credential::Token { scheme: "Bearer", file: token.clone() },
            Access::Basic { user, password } => Credential::Basic { user: user.clone(), password: password.clone() },
        };
        let rest = Rest::open(&settings.url, http, credential, ACCEPT, clock)?;
        Ok(Self { rest, settings, provider: Provider::default(), count_refused: AtomicBool::new(false) })
    }

    /// Which directory it is, and who we are there: the resource behind `/Me` (RFC 7644 §3.11), or what we signed in with
    /// where the server has none; a token is no name, since the next one is still the same account. Nothing where `/Me` fails:
    /// it may say something else in a minute, and that would look like another account.
    pub async fn identity(&self) -> Result<Option<Identity>, SourceError> {
        let signed_in = || match &self.settings.access {
            Access::Basic { user, .. } => format!("user {user}"),
            Access::Bearer { .. } => "bearer token".into(),
        };
        let principal = match self.rest.get("/Me", On500::TryAgain).await {
            Ok(answer) => {
                self.may_pass(&answer)?;
                match answer.status {
                    200 => self.object(&answer).ok().and_then(|me| id(&me)).map(|id| format!("User {id}")),
                    500 => None,
                    _ => Some(signed_in()),
                }
            }
            // A redirect, which RFC 7644 allows here and we do not follow.
            Err(SourceError::Malformed { .. }) => Some(signed_in()),
            Err(error) => return Err(error),
        };
        // SCIM has no name for a directory but its address.
        Ok(principal.map(|principal| Identity { directory: self.settings.url.to_string(), principal }))
    }

    /// Errors: an answer that says nothing about the question, since it may be another one in a minute.
    fn may_pass(&self, answer: &Answer) -> Result<(), SourceError> {
        match answer.status {
            401 | 429 | 502..=504 => Err(self.rest.refused(answer)),
            _ => Ok(()),
        }
    }

    pub fn pages_by_cursor(&self) -> bool {
        match self.settings.paging {
            Paging::Auto => self.provider.cursor,
            Paging::Index => false,
            Paging::Cursor => true,
        }
    }

    /// The resource behind `/Users/{id}` or `/Groups/{id}`; none where the server says 404, or 410 as some do of the deleted.
    pub async fn one(&self, endpoint: &str, wanted: &str) -> Result<Option<Map<String, Value>>, SourceError> {
        let answer = self.by_id(endpoint, wanted, On500::TryAgain).await?;
        if matches!(answer.status, 404 | 410) {
            return Ok(None);
        }
        let resource = self.object(&answer)?;
        if id(&resource).as_deref() != Some(wanted) {
            return Err(self
                .rest
                .malformed(format!("{endpoint} answered with another resource than was asked for by id")));
        }
        Ok(Some(resource))
    }

    /// Whether there is such a resource, for an id that may be none.
    pub async fn is_id(&self, endpoint: &str, wanted: &str) -> Result<bool, SourceError> {
        let answer = self.by_id(endpoint, wanted, On500::Take).await?;
        self.may_pass(&answer)?;
        Ok(answer.status == 200 && id(&self.object(&answer)?).as_deref() == Some(wanted))
    }

    async fn by_id(&self, endpoint: &str, wanted: &str, on_500: On500) -> Result<Answer, SourceError> {
        self.rest.get(&format!("{endpoint}/{}", encoded(wanted)), on_500).await
    }

    /// The first resources that match, as far as they fit into a page. Whether they do match is for the caller to see.
    pub async fn search(&self, endpoint: &str, filter: &str) -> Result<Answer, SourceError> {
        self.rest.get(&format!("{endpoint}?filter={}", encoded(filter)), On500::Take).await
    }

    /// The same, for a filter that one matches or nobody; nothing where the server does not take such a filter.
    pub async fn matching(&self, endpoint: &str, filter: &str) -> Result<Option<Page>, SourceError> {
        let answer = self.search(endpoint, filter).await?;
        if matches!(answer.status, 400 | 501) {
            return Ok(None);
        }
        let page = self.list(&answer)?;
        match page.total {
            Some(total) if total > 0 && page.resources.is_empty() => Err(self
                .rest
                .malformed(format!("{endpoint} answered a filter with nobody, and totalResults is {total}"))),
            _ => Ok(Some(page)),
        }
    }

    /// One page. The first one that is asked for with `count` shows whether the server takes it.
    pub async fn page(&self, endpoint: &str, query: &str) -> Result<Page, SourceError> {
        let with_count = format!("{endpoint}?{query}&count={}", self.settings.page_size);
        let without = format!("{endpoint}?{query}");
        let path = if self.count_refused.load(Ordering::Relaxed) { &without } else { &with_count };
        let mut answer = self.rest.get(path, On500::Take).await?;
        if answer.status == 500 && path == &with_count {
            answer = self.rest.get(&without, On500::Take).await?;
            self.count_refused.store(answer.status == 200, Ordering::Relaxed);
        }
        if answer.status == 500 {
            answer = self.rest.get(path, On500::TryAgain).await?;
        }
        if matches!(answer.status, 400 | 501) {
            return Err(self.not_understood(&answer));
        }
        self.list(&answer)
    }

    fn not_understood(&self, answer: &Answer) -> SourceError {
        let said = spelled_in(Rest::said(answer)).unwrap_or_default();
        let word = SCIM_TYPES.into_iter().find(|word| said["scimType"] == *word);
        let what = match word {
            Some("expiredCursor") => {
                "the reading took longer than the server keeps a cursor; take a larger `page_size`"
            }
            Some("invalidCursor") => "the server does not know its own cursor; set `paging = \"index\"`",
            _ if self.settings.filter.is_some() => {
                "the server does not take the request; correct `filter`, or take it out"
            }
            _ if self.pages_by_cursor() => "the server does not take the request; set `paging = \"index\"`",
            _ => "the server does not take the request; try a smaller `page_size`",
        };
        let status = answer.status;
        self.rest.not_this(format!("HTTP {status}, {}: {what}", word.unwrap_or("no scimType")))
    }

    /// A ListResponse (RFC 7644 §3.4.2). Errors: it is none, so that `{}` from whatever answers in between is not nobody.
    pub fn list(&self, answer: &Answer) -> Result<Page, SourceError> {
        let mut list = self.object(answer)?;
        let wrong = |what: &str| Err(self.rest.malformed(what));
        let says_so = list.get("schemas").and_then(Value::as_array).is_some_and(|schemas| {
            schemas.iter().filter_map(Value::as_str).any(|schema| schema.ends_with(":ListResponse"))
        });
        let total = match list.get("totalResults") {
            None | Some(Value::Null) => None,
            Some(total) => match total.as_u64().or_else(|| total.as_str()?.parse().ok()) {
                Some(total) => Some(total),
                None => return wrong("`totalResults` is no number"),
            },
        };
        let next_cursor = match list.get("nextCursor") {
            None | Some(Value::Null) => None,
            Some(Value::String(cursor)) => Some(cursor.clone()).filter(|cursor| !cursor.is_empty()),
            Some(_) => return wrong("`nextCursor` is no text"),
        };
        let resources = match list.remove("Resources") {
            None | Some(Value::Null) if says_so => Vec::new(),
            Some(Value::Array(resources)) => resources,
            _ => return wrong("the answer is JSON and no SCIM ListResponse; is `url` the SCIM address?"),
        };
        let as_object = |resource| if let Value::Object(fields) = resource { Some(fields) } else { None };
        match resources.into_iter().map(as_object).collect() {
            Some(resources) => Ok(Page { resources, total, next_cursor }),
            None => wrong("a resource of the listing is no object"),
        }
    }

    fn object(&self, answer: &Answer) -> Result<Map<String, Value>, SourceError> {
        match spelled_in(self.rest.value(answer)?) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(self.rest.malformed("the answer is JSON and no object; is `url` the SCIM address?")),
            Err(name) => Err(self.rest.malformed(format!(
                "an object has \"{name}\" twice, in other letters; which one counts cannot be known"
            ))),
        }
    }
}

/// One page of a listing.
pub struct Page {
    pub resources: Vec<Map<String, Value>>,
    pub total: Option<u64>,
    pub next_cursor: Option<String>,
}

fn provider(config: &Map<String, Value>) -> Provider {
    let part = |name: &str, field: &str| config.get(name).and_then(|part| boolean(part.get(field)?));
    let schemes = config.get("authenticationSchemes").and_then(Value::as_array);
    let named = |scheme: &Value| Some(text(scheme.as_object()?, "name")?.to_owned());
    Provider {
        read: true,
        cursor: part("pagination", "cursor") == Some(true),
        filter: part("filter", "supported"),
        documentation: text(config, "documentationUri").map(str::to_owned),
        schemes: schemes.into_iter().flatten().filter_map(named).collect(),
    }
}
