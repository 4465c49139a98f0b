//! Google Workspace as the directory, from the Directory API's discovery document (revision 20261104) and its public
//! guides: an account with people, groups and org units, the token endpoint, and the metadata server of a machine. One
//! address is all the hosts. What the documents leave open is a knob, or marked as a guess where it is.
//!
//! ```text
//! let google = Google::start_account(crowd(5).iter().map(user).collect());
//! google.change(|account| account.common.before("pageToken=", 1, |account| account.delete("1"))); // between two pages
//! google.change(|account| account.granted.retain(|scope| !scope.ends_with("group.readonly")));   // not delegated
//! assert_eq!(google.requests(), ["POST /token", "/admin/directory/v1/users?customer=my_customer&maxResults=500"]);
//! ```
//!
//! Never: a write. It is refused, and `writes` has it.

mod api;
mod fields;
mod groups;
mod query;
mod shape;
mod token;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::cloud::{Asked, Cloud, Common, Failure, Reply, Served};
use super::jwt;

pub use shape::{group, group_id, org_unit, user, user_id};

pub const CUSTOMER: &str = "C0false01";
pub const DOMAIN: &str = "acme.example";
/// A super administrator, who is none of the people.
pub const ADMIN: &str = "admin@acme.example";
/// Obviously false.
pub const SERVICE_ACCOUNT: &str = "sync@false-project.iam.gserviceaccount.com";
pub const KID: &str = "a-false-key";
/// What the assertion has to be for, wherever it is sent.
pub const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const SCOPES: &str = "https://www.googleapis.com/auth/";

pub type Google = Served<Account>;

/// The data, and the knobs. A knob that is not turned is what the documents say.
pub struct Account {
    pub common: Common<Account>,
    pub customer: String,
    /// The primary one first.
    pub domains: Vec<String>,
    /// Directory API users with everything they have; `user` makes one of a row.
    pub people: Vec<Value>,
    /// Ids of people who are there, and whom no list of people shows: as between two replicas.
    pub unlisted: BTreeSet<String>,
    /// The address of the service account, which a key file has.
    pub service_account: String,
    /// Deleted less than 20 days ago.
    pub deleted: Vec<Value>,
    pub groups: Vec<Group>,
    pub org_units: Vec<Value>,
    /// Whom the service account may be, each with whether the account is an administrator that is not suspended.
    pub admins: BTreeMap<String, bool>,
    /// Public JWKs of the service account.
    pub keys: Vec<Value>,
    /// Scopes that domain-wide delegation grants, without the common beginning.
    pub granted: Vec<&'static str>,
    /// An administrator's role was given to the service account itself, so that it needs to be nobody else.
    pub has_role: bool,
    /// Scopes of the machine whose metadata server gives tokens.
    pub machine_scopes: Vec<&'static str>,
    /// The service account may sign for itself (`iam.serviceAccounts.signJwt`).
    pub may_sign: bool,
    /// The Admin SDK is switched on in the project.
    pub is_enabled: bool,
    /// Seconds an access token lives.
    pub token_lives: i64,
    /// Queries in a minute for a user and a project.
    pub per_minute: u32,
    /// `quotaUser`, the minute, and how many.
    spent: (i64, u32),
    /// What a list with `query` sees, if it lags.
    stale: Option<Vec<Value>>,
    tokens: BTreeMap<String, Grant>,
}

/// A group whose members need not be people of the account.
#[derive(Clone)]
pub struct Group {
    pub shown: Value,
    pub members: Vec<Member>,
}

#[derive(Clone)]
pub struct Member {
    pub who: Who,
    /// `OWNER`, `MANAGER` or `MEMBER`.
    pub role: &'static str,
}

#[derive(Clone, PartialEq)]
pub enum Who {
    /// By the id.
    User(String),
    Group(String),
    /// Everybody in the account: shown without an address.
    Customer,
    /// Somebody of another account, by the address: shown with an id that nobody here has, and without a status.
    External(String),
}

/// An access token.
#[derive(Clone)]
struct Grant {
    /// `None`: the service account itself.
    user: Option<String>,
    scopes: BTreeSet<String>,
    expires: i64,
}

impl Google {
    /// An account with these people, and a service account with delegation for the least scopes.
    pub fn start_account(people: Vec<Value>) -> Self {
        Self::start(Account::of(people))
    }

    /// What the console gives to download, with the token endpoint here.
    pub fn key_file(&self) -> String {
        self.change(|account| account.key_file(&account.common.base.clone()))
    }
}

impl Account {
    /// What `start_account` serves.
    pub fn of(people: Vec<Value>) -> Self {
        Self {
            common: Common::new(),
            customer: CUSTOMER.into(),
            domains: vec![DOMAIN.into()],
            people,
            unlisted: BTreeSet::new(),
            service_account: SERVICE_ACCOUNT.into(),
            deleted: Vec::new(),
            groups: Vec::new(),
            org_units: Vec::new(),
            admins: BTreeMap::from([(ADMIN.into(), true)]),
            keys: vec![jwt::public_jwk(KID)],
            granted: vec![
                "admin.directory.user.readonly",
                "admin.directory.group.readonly",
                "admin.directory.group.member.readonly",
                "admin.directory.orgunit.readonly",
                "admin.directory.customer.readonly",
            ],
            has_role: false,
            machine_scopes: vec!["cloud-platform"],
            may_sign: true,
            is_enabled: true,
            token_lives: 3599,
            per_minute: 2400,
            spent: (0, 0),
            stale: None,
            tokens: BTreeMap::new(),
        }
    }

    /// What the console gives to download, with the token endpoint at `url`.
    pub fn key_file(&self, url: &str) -> String {
        let account = &self.service_account;
        let file = json!({
            "type": "service_account", "project_id": "false-project", "private_key_id": KID, "private_key": jwt::KEY,
            "client_email": account, "client_id": "100000000000000000000",
            "auth_uri": format!("{url}/o/oauth2/auth"), "token_uri": format!("{url}/token"),
            "universe_domain": "googleapis.com",
        });
        file.to_string()
    }

    /// The person of that row.
    pub fn person(&mut self, row: &str) -> &mut Value {
        let id = user_id(row);
        self.people.iter_mut().find(|person| person["id"] == *id).unwrap()
    }

    /// Out of every list and group at once; listed with `showDeleted` only.
    pub fn delete(&mut self, row: &str) {
        let id = user_id(row);
        let at = self.people.iter().position(|person| person["id"] == *id).unwrap();
        let mut person = self.people.remove(at);
        person["deletionTime"] = json!("2026-01-06T08:00:00.000Z");
        self.deleted.push(person);
        self.leave(row);
    }

    /// Out of every group.
    pub fn leave(&mut self, row: &str) {
        let who = Who::User(user_id(row));
        self.groups.iter_mut().for_each(|group| group.members.retain(|member| member.who != who));
    }

    /// Whoever lists with a `query` sees what was there now; it may take 36 hours until that ends.
    pub fn freeze_search(&mut self) {
        self.stale = Some(self.people.clone());
    }

    pub fn thaw_search(&mut self) {
        self.stale = None;
    }

    /// No access token is good any more.
    pub fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// The same key opens another account from now on.
    pub fn becomes(&mut self, customer: &str, people: Vec<Value>) {
        (self.customer, self.people) = (customer.into(), people);
        self.groups.clear();
        self.org_units.clear();
    }

    fn error(&self, status: u16, domain: &str, reason: &str, message: &str) -> Reply {
        let one = json!({ "message": message, "domain": domain, "reason": reason });
        Reply::json(status, &json!({ "error": { "code": status, "message": message, "errors": [one] } }))
    }

    fn invalid(&self, what: &str) -> Reply {
        self.error(400, "global", "invalid", &format!("Invalid Input: {what}"))
    }

    fn missing(&self, what: &str) -> Reply {
        self.error(404, "global", "notFound", &format!("Resource Not Found: {what}"))
    }

    fn forbidden(&self) -> Reply {
        self.error(403, "global", "forbidden", "Not Authorized to access this resource/api")
    }

    /// A rate limit is a 403 of another reason, and says nothing of when to come back.
    fn too_many(&self) -> Reply {
        let why = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'.";
        self.error(403, "usageLimits", "userRateLimitExceeded", why)
    }

    fn spend(&mut self) -> Result<(), Reply> {
        let minute = self.common.now() / 60;
        if self.spent.0 != minute {
            self.spent = (minute, 0);
        }
        self.spent.1 += 1;
        if self.spent.1 > self.per_minute { Err(self.too_many()) } else { Ok(()) }
    }
}

impl Cloud for Account {
    fn common(&mut self) -> &mut Common<Self> {
        &mut self.common
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        match (asked.method.as_str(), path.as_slice()) {
            ("POST", ["token"]) => self.token(asked),
            ("GET", ["computeMetadata", "v1", rest @ ..]) => self.metadata(asked, rest),
            ("POST", ["v1", "projects", "-", "serviceAccounts", account]) => self.sign(asked, account),
            ("GET", ["admin", "directory", "v1", rest @ ..]) => match self.spend() {
                Ok(()) => self.read(asked, rest),
                Err(too_many) => too_many,
            },
            ("GET", _) => {
                Reply::text(404, "text/html", "<!doctype html><title>Error 404 (Not Found)!!1</title>".into())
            }
            _ => {
                self.common.wrote(asked);
                self.forbidden()
            }
        }
    }

    fn fail(&mut self, failure: &Failure) -> Reply {
        match failure {
            Failure::Throttled(_) => self.too_many(),
            Failure::Crowded => {
                self.error(403, "usageLimits", "quotaExceeded", "The limit of concurrent requests has been reached.")
            }
            Failure::Status(400) => self.invalid("pageToken"),
            Failure::Status(401) => self.unauthenticated(),
            Failure::Status(403) => self.forbidden(),
            Failure::Status(404) => self.missing("groupKey"),
            Failure::Status(410) => self.error(410, "global", "deleted", "Resource has been deleted"),
            Failure::Status(429) => self.error(429, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
            Failure::Status(503) => self.error(503, "global", "backendError", "Service unavailable. Please try again"),
            _ => self.error(500, "global", "backendError", "Internal error encountered."),
        }
    }

    fn dress(&mut self, _asked: &Asked, reply: Reply) -> Reply {
        let date = self.common.date();
        reply.with("date", date)
    }
}
