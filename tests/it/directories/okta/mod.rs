//! Okta as the directory, from its management API's public description (2026.06.3): an org with people, groups and apps,
//! and the org's own token endpoint. What the description leaves open is a knob, or marked as a guess where it is.
//!
//! ```text
//! let okta = Okta::start_org(crowd(5).iter().map(user).collect());
//! okta.change(|org| org.assign(&["1", "2"]));                        // to the app `APP`
//! okta.change(|org| org.common.before("after=", 1, |org| org.unassign("1"))); // between two pages
//! assert_eq!(okta.requests(), ["/api/v1/apps/0oa.../users?limit=500&expand=user"]);
//! ```
//!
//! Never: a write. It is refused, and `writes` has it.

mod api;
mod auth;
mod dpop;
mod search;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::cloud::{Asked, Cloud, Common, Failure, Reply, Served};
use super::jwt;

pub use api::Limits;
pub use shape::{group, group_id, user, user_id};

/// Obviously false.
pub const TOKEN: &str = "00false-ssws-token-of-a-test";
pub const CLIENT: &str = "0oa0000000000000CLIENT";
pub const KID: &str = "a-false-key";
pub const APP: &str = "0oa00000000000POSTMAN";
pub const ORG: &str = "00o0000000000000ACME";
const TOKEN_PATH: &str = "/oauth2/v1/token";

pub type Okta = Served<Org>;

/// The data, and the knobs. A knob that is not turned is what the documents say.
pub struct Org {
    pub common: Common<Org>,
    pub id: String,
    /// Okta Users; `user` makes one of a row.
    pub people: Vec<Value>,
    pub groups: Vec<Group>,
    pub apps: Vec<App>,
    /// In force, each with the id of the admin whose it is.
    pub ssws: BTreeMap<String, String>,
    /// Service apps: the id of each, and what it may.
    pub clients: BTreeMap<String, Client>,
    /// The admin role that lets the tokens see people, groups and apps; without it everything is 403.
    pub has_role: bool,
    /// Seconds an access token lives.
    pub token_lives: i64,
    /// An access token that is too old or lacks the scope is told so in `www-authenticate`, without a body, as Okta does
    /// (okta-sdk-golang issue 145); or by E0000011 and E0000006.
    pub refused_in_body: bool,
    /// Requests in a minute and a bucket.
    pub rate_limit: u32,
    /// Seconds of a rate limit's window.
    pub window: i64,
    pub limits: Limits,
    /// Rows of assignments whose person is DEPROVISIONED stay, as INACTIVE.
    pub deprovisioned_stay: bool,
    /// Ids of people whom no listing shows, and who are there by id.
    pub unlisted: BTreeSet<String>,
    /// The admin role has no groups of single people: there are none, without a word (a guess).
    pub hides_groups_of_people: bool,
    /// The fewest requests that any bucket had left after an answer.
    pub least_left: Option<u32>,
    /// What a search sees, if it lags; `freeze_search` makes it lag from now on.
    stale: Option<Vec<Value>>,
    grants: BTreeMap<String, Grant>,
    assertions_seen: BTreeSet<String>,
    proofs_seen: BTreeSet<String>,
    nonce: String,
    buckets: BTreeMap<&'static str, Bucket>,
}

pub struct Group {
    /// As it is shown.
    pub shown: Value,
    pub people: Vec<String>,
}

/// An app, and who is assigned to it.
pub struct App {
    pub id: String,
    pub label: String,
    /// `INACTIVE` apps keep their assignments.
    pub status: &'static str,
    pub people: Vec<String>,
    /// Ids, in the order of their priority.
    pub groups: Vec<String>,
    /// Members of a row that are other than usual, by the person's id.
    pub rows: BTreeMap<String, Value>,
}

/// A service app that gets tokens by `private_key_jwt`.
pub struct Client {
    /// Public JWKs.
    pub keys: Vec<Value>,
    /// The Okta API scopes that an admin granted.
    pub scopes: Vec<&'static str>,
    /// A proof of possession (RFC 9449) is required.
    pub dpop: bool,
}

struct Grant {
    client: String,
    scopes: Vec<String>,
    /// Of the key that has to prove itself with each request.
    thumbprint: Option<String>,
    expires: i64,
}

struct Bucket {
    used: u32,
    resets: i64,
}

impl Okta {
    /// An org with these people, one app that nobody is assigned to, an SSWS token of an admin who is none of them, and a
    /// service app with the least scopes.
    pub fn start_org(people: Vec<Value>) -> Self {
        Self::start(Org::of(people))
    }
}

impl Org {
    /// What `start_org` serves.
    pub fn of(people: Vec<Value>) -> Self {
        let client = Client {
            keys: vec![jwt::public_jwk(KID)],
            scopes: vec!["okta.apps.read", "okta.groups.read", "okta.users.read"],
            dpop: false,
        };
        let app = App {
            id: APP.into(),
            label: "Postman".into(),
            status: "ACTIVE",
            people: Vec::new(),
            groups: Vec::new(),
            rows: BTreeMap::new(),
        };
        Self {
            common: Common::new(),
            id: ORG.into(),
            people,
            groups: Vec::new(),
            apps: vec![app],
            ssws: BTreeMap::from([(TOKEN.into(), "00u00000000000000ADMIN".into())]),
            clients: BTreeMap::from([(CLIENT.into(), client)]),
            has_role: true,
            token_lives: 3600,
            refused_in_body: false,
            rate_limit: 600,
            window: 60,
            limits: Limits::Refused,
            deprovisioned_stay: false,
            unlisted: BTreeSet::new(),
            hides_groups_of_people: false,
            least_left: None,
            stale: None,
            grants: BTreeMap::new(),
            assertions_seen: BTreeSet::new(),
            proofs_seen: BTreeSet::new(),
            nonce: "false-nonce-1".into(),
            buckets: BTreeMap::new(),
        }
    }

    /// Assigns these people to the app themselves; their rows' ids, as `user` was given them.
    pub fn assign(&mut self, rows: &[&str]) {
        self.apps[0].people.extend(rows.iter().map(|id| user_id(id)));
    }

    pub fn unassign(&mut self, row: &str) {
        let id = user_id(row);
        self.apps[0].people.retain(|person| *person != id);
        for group in &mut self.groups {
            group.people.retain(|person| *person != id);
        }
    }

    /// Assigns a group to the app.
    pub fn assign_group(&mut self, row: &str) {
        self.apps[0].groups.push(group_id(row));
    }

    /// The person of that row.
    pub fn person(&mut self, row: &str) -> &mut Value {
        let id = user_id(row);
        self.people.iter_mut().find(|person| person["id"] == id).unwrap()
    }

    /// Deleted for good, which needs two DELETEs: every id of it is unknown from now on.
    pub fn delete(&mut self, row: &str) {
        let id = user_id(row);
        self.people.retain(|person| person["id"] != id);
        self.unassign(row);
    }

    /// From now on a search finds what was there now; ids and plain lists are up to date.
    pub fn freeze_search(&mut self) {
        self.stale = Some(self.people.clone());
    }

    /// The search has caught up.
    pub fn thaw_search(&mut self) {
        self.stale = None;
    }

    /// No access token is good any more.
    pub fn expire_tokens(&mut self) {
        self.grants.clear();
    }

    /// Another nonce is asked for from now on.
    #[allow(dead_code, reason = "proofs of possession come later")]
    pub fn rotate_nonce(&mut self) {
        self.nonce = self.common.fresh("nonce");
    }

    /// The same address is another org from now on: what it gave out is worth nothing.
    pub fn becomes(&mut self, id: &str, people: Vec<Value>) {
        (self.id, self.people) = (id.into(), people);
        self.groups.clear();
        self.apps[0].people.clear();
        self.apps[0].groups.clear();
    }

    fn error(&mut self, status: u16, code: &str, summary: &str) -> Reply {
        self.error_of(status, code, summary, &[])
    }

    fn error_of(&mut self, status: u16, code: &str, summary: &str, causes: &[&str]) -> Reply {
        let causes: Vec<Value> = causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
        let id = format!("oae{}", self.common.fresh("error"));
        let body = json!({
            "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": id, "errorCauses": causes,
        });
        Reply::json(status, &body)
    }

    fn unknown(&mut self, id: &str, kind: &str) -> Reply {
        self.error(404, "E0000007", &format!("Not found: Resource not found: {id} ({kind})"))
    }

    fn too_many(&mut self, limit: u32, resets: i64) -> Reply {
        let reply = self.error(429, "E0000047", "API call exceeded rate limit due to too many requests.");
        with_rate(reply, limit, 0, resets)
    }

    /// Counts the request in its bucket; too many are answered at once.
    fn count(&mut self, bucket: &'static str) -> Result<(u32, u32, i64), Reply> {
        let (now, limit, window) = (self.common.now(), self.rate_limit, self.window);
        let counted = self.buckets.entry(bucket).or_insert(Bucket { used: 0, resets: now + window });
        if now >= counted.resets {
            *counted = Bucket { used: 0, resets: now + window };
        }
        let resets = counted.resets;
        if counted.used >= limit {
            return Err(self.too_many(limit, resets));
        }
        counted.used += 1;
        let left = limit - counted.used;
        self.least_left = Some(self.least_left.map_or(left, |least| least.min(left)));
        Ok((limit, left, resets))
    }
}

fn with_rate(reply: Reply, limit: u32, remaining: u32, resets: i64) -> Reply {
    let reply = reply.with("x-rate-limit-limit", limit).with("x-rate-limit-remaining", remaining);
    reply.with("x-rate-limit-reset", resets)
}

impl Cloud for Org {
    fn common(&mut self) -> &mut Common<Self> {
        &mut self.common
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        let path = asked.target.split('?').next().unwrap_or_default();
        let counted = match self.count(bucket(&asked.path)) {
            Ok(counted) => counted,
            Err(too_many) => return too_many,
        };
        let reply = if (asked.method.as_str(), path) == ("POST", TOKEN_PATH) {
            self.token(asked)
        } else if asked.method == "GET" {
            self.read(asked)
        } else {
            self.common.wrote(asked);
            self.error(403, "E0000006", "You do not have permission to perform the requested action")
        };
        with_rate(reply, counted.0, counted.1, counted.2)
    }

    fn fail(&mut self, failure: &Failure) -> Reply {
        match failure {
            Failure::Throttled(seconds) => {
                let resets = self.common.now() + i64::try_from(*seconds).unwrap();
                self.too_many(self.rate_limit, resets)
            }
            // Of the concurrency limit: both are 0, and when it ends is a guess.
            Failure::Crowded => {
                let resets = self.common.now() + 1;
                self.too_many(0, resets)
            }
            Failure::Status(401) => self.error(401, "E0000011", "Invalid token provided"),
            Failure::Status(403) => {
                self.error(403, "E0000006", "You do not have permission to perform the requested action")
            }
            Failure::Status(404) => self.error(404, "E0000008", "The requested path was not found"),
            Failure::Status(503) => self.error(503, "E0000010", "Service is in read only mode"),
            _ => self.error(500, "E0000009", "Internal Server Error"),
        }
    }

    fn dress(&mut self, _asked: &Asked, reply: Reply) -> Reply {
        let (id, date) = (self.common.fresh("request"), self.common.date());
        reply.with("x-okta-request-id", id).with("date", date)
    }
}

/// Each of these has a limit of its own (Okta, "Management API rate limits").
fn bucket(path: &[String]) -> &'static str {
    match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["api", "v1", "users"] => "/api/v1/users",
        ["api", "v1", "users", ..] => "/api/v1/users/{id}",
        ["api", "v1", "groups"] => "/api/v1/groups",
        ["api", "v1", "groups", ..] => "/api/v1/groups/{id}",
        ["api", "v1", "apps", ..] => "/api/v1/apps",
        ["oauth2", ..] => "/oauth2/v1",
        _ => "/api/v1",
    }
}
