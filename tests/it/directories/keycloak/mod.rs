//! Keycloak as the directory, from its Admin REST documentation and what its resources are documented to do (26): one
//! realm with people and groups, and its token endpoint. What the documents leave open is a knob, or marked as a guess.
//!
//! ```text
//! let keycloak = Keycloak::start_realm(crowd(5).iter().map(user).collect());
//! keycloak.change(|realm| realm.common.before("first=100", 1, |realm| realm.delete("1"))); // between two pages
//! keycloak.change(|realm| realm.roles.remove("view-users"));   // from the next token on: lists are empty, with 200
//! assert_eq!(keycloak.requests(), ["/admin/realms/acme/users?first=0&max=100"]);
//! ```
//!
//! Never: a write. It is refused, and `writes` has it.

mod api;
mod find;
mod groups;
mod shape;
mod token;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::cloud::{Asked, Cloud, Common, Failure, Reply, Served};
use super::jwt;

pub use shape::{group, group_id, user, user_id};

pub const REALM: &str = "acme";
pub const REALM_ID: &str = "4ea10000-0000-4000-8000-000000000001";
pub const CLIENT: &str = "postman-sync";
/// Obviously false.
pub const SECRET: &str = "false-secret-of-a-test";
pub const KID: &str = "a-false-key";
/// The user whom the client is, in `sub`.
pub const SERVICE_ACCOUNT: &str = "5e000000-0000-4000-8000-000000000001";

pub type Keycloak = Served<Realm>;

/// The data, and the knobs. A knob that is not turned is what the documents say.
pub struct Realm {
    pub common: Common<Realm>,
    pub name: String,
    pub id: String,
    /// Before everything: `/auth` up to Keycloak 16, and where `http-relative-path` says so.
    pub prefix: &'static str,
    /// `UserRepresentation`s with everything they have; `user` makes one of a row.
    pub people: Vec<Value>,
    pub groups: Vec<Group>,
    pub clients: BTreeMap<String, Client>,
    /// Roles of `realm-management` that the service account has; a token keeps those of its time.
    pub roles: BTreeSet<&'static str>,
    /// Fine-grained rights: whom the client may view without `view-users`.
    pub visible: BTreeSet<String>,
    /// People, by id, whom lists and counts leave out, and who are there: an index that lags.
    pub unlisted: BTreeSet<String>,
    /// Whoever may not be viewed is taken out of a page after it was cut, so that pages are short in the middle; where
    /// not, before.
    pub filtered_after_paging: bool,
    /// Before Keycloak 23 a list of groups had the whole tree in it, and no count; `/children` could not be read.
    pub is_before_23: bool,
    /// From Keycloak 23 to 26.0 a group asked for by path came without the count of those within it (issue 31410, mended by
    /// pull request 33161).
    pub is_23_to_26_0: bool,
    /// Ids of people whom brute-force protection keeps out for some minutes: by id they were shown disabled (issues 11726,
    /// 12872 and 39549), and in lists as they are.
    pub locked: BTreeSet<String>,
    /// Since 26.2 an assertion has one audience only.
    pub one_audience: bool,
    /// What the realm calls itself, if it is not where it is.
    pub frontend: Option<String>,
    /// "Always use lightweight access token": no roles are in it.
    pub is_lightweight: bool,
    /// Seconds an access token lives.
    pub token_lives: i64,
    tokens: BTreeMap<String, Grant>,
    assertions_seen: BTreeSet<String>,
}

#[derive(Clone)]
pub struct Group {
    pub id: String,
    pub name: String,
    pub parent: Option<String>,
    /// Ids of people; those of groups within it are not among them.
    pub members: Vec<String>,
    pub attributes: Value,
}

/// A confidential client.
pub struct Client {
    pub secret: Option<String>,
    /// Public JWKs.
    pub keys: Vec<Value>,
    /// "Service accounts roles" are switched on.
    pub has_service_account: bool,
}

/// An access token.
struct Grant {
    roles: BTreeSet<&'static str>,
    /// The id of the realm that gave it.
    realm: String,
    expires: i64,
}

impl Keycloak {
    /// A realm with these people, and a client with a secret, a key, and the least roles.
    pub fn start_realm(people: Vec<Value>) -> Self {
        Self::start(Realm::of(people))
    }
}

impl Realm {
    /// What `start_realm` serves.
    pub fn of(people: Vec<Value>) -> Self {
        let client =
            Client { secret: Some(SECRET.into()), keys: vec![jwt::public_jwk(KID)], has_service_account: true };
        Self {
            common: Common::new(),
            name: REALM.into(),
            id: REALM_ID.into(),
            prefix: "",
            people,
            groups: Vec::new(),
            clients: BTreeMap::from([(CLIENT.into(), client)]),
            roles: ["query-groups", "query-users", "view-realm", "view-users"].into(),
            visible: BTreeSet::new(),
            unlisted: BTreeSet::new(),
            filtered_after_paging: true,
            is_before_23: false,
            is_23_to_26_0: false,
            locked: BTreeSet::new(),
            is_lightweight: false,
            one_audience: true,
            frontend: None,
            token_lives: 60,
            tokens: BTreeMap::new(),
            assertions_seen: BTreeSet::new(),
        }
    }

    /// The person of that row.
    pub fn person(&mut self, row: &str) -> &mut Value {
        let id = user_id(row);
        self.people.iter_mut().find(|person| person["id"] == *id).unwrap()
    }

    /// For good: nothing of a person is left.
    pub fn delete(&mut self, row: &str) {
        let id = user_id(row);
        self.people.retain(|person| person["id"] != *id);
        self.leave(row);
    }

    /// Out of every group.
    pub fn leave(&mut self, row: &str) {
        let id = user_id(row);
        self.groups.iter_mut().for_each(|group| group.members.retain(|member| *member != id));
    }

    /// Moves somebody in every list, since they are sorted by it.
    pub fn rename(&mut self, row: &str, username: &str) {
        self.person(row)["username"] = json!(username.to_lowercase());
    }

    /// No access token is good any more ("not before").
    pub fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// The realm was deleted and made again by the same name.
    pub fn becomes(&mut self, id: &str, people: Vec<Value>) {
        (self.id, self.people) = (id.into(), people);
        self.groups.clear();
    }

    /// Of a group, with its names kept apart where one has a slash in it.
    fn path(&self, group: &Group) -> String {
        let above = group.parent.as_ref().and_then(|id| self.groups.iter().find(|above| above.id == *id));
        let name = group.name.replace('/', "~/");
        format!("{}/{name}", above.map(|above| self.path(above)).unwrap_or_default())
    }

    fn url(&self) -> String {
        format!("{}{}", self.frontend.as_ref().unwrap_or(&self.common.base), self.prefix)
    }
}

/// As the error handler writes it.
fn error(status: u16, error: &str) -> Reply {
    Reply::json(status, &json!({ "error": error }))
}

fn http_error(status: u16, name: &str) -> Reply {
    let why = "For more on this error consult the server log.";
    Reply::json(status, &json!({ "error": format!("HTTP {status} {name}"), "error_description": why }))
}

fn forbidden() -> Reply {
    http_error(403, "Forbidden")
}

fn not_found() -> Reply {
    error(404, "HTTP 404 Not Found")
}

impl Cloud for Realm {
    fn common(&mut self) -> &mut Common<Self> {
        &mut self.common
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        let prefix: Vec<&str> = self.prefix.split('/').skip(1).collect();
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        let Some(path) = path.strip_prefix(prefix.as_slice()) else { return not_found() };
        match (asked.method.as_str(), path) {
            (method, ["realms", realm, rest @ ..]) => self.public(asked, method, realm, rest),
            ("GET", ["admin", rest @ ..]) => self.admin(asked, rest),
            ("GET", _) => not_found(),
            _ => {
                self.common.wrote(asked);
                forbidden()
            }
        }
    }

    /// Keycloak has no rate limit; what is before it may have one.
    fn fail(&mut self, failure: &Failure) -> Reply {
        match failure {
            Failure::Throttled(seconds) => {
                Reply::text(429, "text/plain", "Too Many Requests".into()).with("retry-after", seconds)
            }
            // More requests than `http-max-queued-requests`.
            Failure::Crowded => Reply::bare(503),
            Failure::Status(401) => http_error(401, "Unauthorized"),
            Failure::Status(403) => forbidden(),
            Failure::Status(404) => not_found(),
            Failure::Status(503) => http_error(503, "Service Unavailable"),
            _ => error(500, "unknown_error"),
        }
    }

    fn dress(&mut self, _asked: &Asked, reply: Reply) -> Reply {
        let date = self.common.date();
        reply.with("date", date).with("cache-control", "no-cache")
    }
}
