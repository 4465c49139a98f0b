//! Microsoft Entra ID as the directory: the token endpoint and Graph v1.0, from their public documents. One address is
//! both hosts. What the documents leave open is a knob, or marked as a guess where it is.
//!
//! ```text
//! let entra = Entra::start_tenant(crowd(5).iter().map(user).collect());
//! entra.change(|tenant| tenant.assign("User", &user_id("1")));
//! entra.change(|tenant| tenant.permissions.remove("User.Read.All")); // member lists come with nulls
//! assert_eq!(entra.requests(), ["POST /7e.../oauth2/v2.0/token", "/v1.0/servicePrincipals(appId='...')/appRoleAssignedTo"]);
//! ```
//!
//! Never: a write. It is refused, and `writes` has it. `getByIds` and `$batch` are reads.

mod filter;
mod graph;
mod lists;
mod login;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};

use super::cloud::{Asked, Cloud, Common, Failure, Reply, Served};

pub use shape::{group, group_id, guest, hidden, user, user_id};

pub const TENANT: &str = "7e000000-0000-4000-8000-000000000001";
/// The application that reads.
pub const CLIENT: &str = "c1000000-0000-4000-8000-000000000001";
/// Obviously false.
pub const SECRET: &str = "false~secret~of~a~test";
/// The enterprise application that people are assigned to, and its service principal.
pub const APP: &str = "a9900000-0000-4000-8000-000000000001";
pub const PRINCIPAL: &str = "59000000-0000-4000-8000-000000000001";
/// Assigned without a role.
pub const DEFAULT_ROLE: &str = "00000000-0000-0000-0000-000000000000";

pub type Entra = Served<Tenant>;

/// The data, and the knobs. A knob that is not turned is what the documents say.
pub struct Tenant {
    pub common: Common<Tenant>,
    pub id: String,
    /// Verified domains; a token can be asked for at one of them, too.
    pub domains: Vec<&'static str>,
    /// Graph users with everything they have; `user` makes one of a row.
    pub people: Vec<Value>,
    /// Deleted less than 30 days ago.
    pub deleted: Vec<Value>,
    pub groups: Vec<Group>,
    /// Devices, contacts and other members of groups, with their `@odata.type`.
    pub others: Vec<Value>,
    pub assignments: Vec<Assignment>,
    pub clients: BTreeMap<String, Client>,
    /// Application permissions that an admin consented to.
    pub permissions: BTreeSet<&'static str>,
    /// `wids`: directory roles; the first is every application's.
    pub roles: Vec<&'static str>,
    /// Seconds an access token lives.
    pub token_lives: i64,
    /// What the scope is of, beside the emulator's own address: `https://graph.microsoft.com`.
    pub resource: &'static str,
    /// A cast of a list to users without `ConsistencyLevel: eventual` and `$count=true`.
    pub plain_cast: PlainCast,
    /// A certificate is found by `x5t#S256`; where not, by `x5t` only, as some tenants were seen to do (entra-docs 1301).
    pub sha256_thumbprints: bool,
    /// What the login host calls itself, if it is not where it is: behind something that speaks TLS.
    pub login_host: Option<String>,
    /// Resource units in ten seconds.
    pub units: u32,
    /// The part of the limit that every answer says is used, in place of what the units make of it.
    pub used: Option<&'static str>,
    /// Every request to Graph: when it arrived, and its `x-ms-throttle-priority`.
    pub arrivals: Vec<(Instant, String)>,
    /// What answers with `ConsistencyLevel: eventual` see, if they lag.
    stale: Option<(Vec<Value>, Vec<Group>)>,
    /// Principals whose assignments are not listed: "this list might have replication delays".
    pub not_yet_listed: BTreeSet<String>,
    tokens: BTreeMap<String, i64>,
    spent: (u32, i64),
}

#[derive(Clone)]
pub struct Group {
    pub shown: Value,
    /// Ids of people, groups and others.
    pub members: Vec<String>,
}

pub struct Assignment {
    /// `User`, `Group` or `ServicePrincipal`.
    pub kind: &'static str,
    pub principal: String,
    pub role: &'static str,
}

/// What an application registration knows its client by.
#[derive(Default)]
pub struct Client {
    /// Each, and whether it has expired.
    pub secrets: BTreeMap<String, bool>,
    /// DER.
    pub certificates: Vec<Vec<u8>>,
    pub federated: Vec<Federated>,
}

/// A federated identity credential.
pub struct Federated {
    pub issuer: String,
    pub subject: String,
    pub audience: String,
    /// Of the issuer, JWKs.
    pub keys: Vec<Value>,
}

/// The documents ask for advanced query parameters; tenants were seen to do each of these without them.
#[derive(Clone, Copy, PartialEq)]
pub enum PlainCast {
    Refused,
    /// Members of every type.
    Ignored,
    /// As with them.
    Served,
}

impl Entra {
    /// A tenant with these people and one enterprise application that nobody is assigned to; the client has a secret, a
    /// certificate of the false key, and the least permissions.
    pub fn start_tenant(people: Vec<Value>) -> Self {
        Self::start(Tenant::of(people))
    }
}

impl Tenant {
    /// What `start_tenant` serves.
    pub fn of(people: Vec<Value>) -> Self {
        let client = Client {
            secrets: BTreeMap::from([(SECRET.into(), false)]),
            certificates: vec![super::jwt::certificate()],
            federated: Vec::new(),
        };
        Self {
            common: Common::new(),
            id: TENANT.into(),
            domains: vec!["acme.onmicrosoft.com", "acme.example"],
            people,
            deleted: Vec::new(),
            groups: Vec::new(),
            others: Vec::new(),
            assignments: Vec::new(),
            clients: BTreeMap::from([(CLIENT.into(), client)]),
            permissions: ["Application.Read.All", "GroupMember.Read.All", "Organization.Read.All", "User.Read.All"]
                .into(),
            roles: vec!["0997a1d0-0d1d-4acb-b408-d5ca73121e90"],
            token_lives: 3599,
            resource: "https://graph.microsoft.com",
            plain_cast: PlainCast::Refused,
            sha256_thumbprints: true,
            login_host: None,
            units: 8000,
            used: None,
            arrivals: Vec::new(),
            stale: None,
            not_yet_listed: BTreeSet::new(),
            tokens: BTreeMap::new(),
            spent: (0, 0),
        }
    }

    /// Assigns a `User` or `Group` to the application, by its id.
    pub fn assign(&mut self, kind: &'static str, principal: &str) {
        self.assignments.push(Assignment { kind, principal: principal.into(), role: DEFAULT_ROLE });
    }

    /// The person of that row.
    pub fn person(&mut self, row: &str) -> &mut Value {
        let id = user_id(row);
        self.people.iter_mut().find(|person| person["id"] == *id).unwrap()
    }

    /// Into the recycle bin: out of every list and group at once.
    pub fn delete(&mut self, row: &str) {
        let id = user_id(row);
        let at = self.people.iter().position(|person| person["id"] == *id).unwrap();
        let mut person = self.people.remove(at);
        person["deletedDateTime"] = json!("2026-01-06T08:00:00Z");
        self.deleted.push(person);
        self.groups.iter_mut().for_each(|group| group.members.retain(|member| *member != id));
        self.assignments.retain(|assignment| assignment.principal != id);
    }

    /// Whoever lists with `ConsistencyLevel: eventual` sees what was there now.
    pub fn freeze_index(&mut self) {
        self.stale = Some((self.people.clone(), self.groups.clone()));
    }

    pub fn thaw_index(&mut self) {
        self.stale = None;
    }

    /// No access token is good any more.
    pub fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// The same address is another tenant from now on.
    pub fn becomes(&mut self, id: &str, people: Vec<Value>) {
        (self.id, self.people) = (id.into(), people);
        self.groups.clear();
        self.assignments.clear();
    }

    fn may(&self, any: &[&str]) -> bool {
        any.iter().any(|permission| self.permissions.contains(permission))
    }

    fn error(&mut self, status: u16, code: &str, message: &str) -> Reply {
        let (id, date) = (self.common.fresh("request"), self.common.date());
        let inner = json!({ "date": date, "request-id": id, "client-request-id": id });
        Reply::json(status, &json!({ "error": { "code": code, "message": message, "innerError": inner } }))
    }

    fn missing(&mut self, id: &str) -> Reply {
        let why =
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        self.error(404, "Request_ResourceNotFound", &why)
    }

    fn denied(&mut self) -> Reply {
        self.error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    fn throttled(&mut self, seconds: i64) -> Reply {
        let reply = self.error(429, "TooManyRequests", "Too Many Requests");
        let reply = reply.with("retry-after", seconds).with("x-ms-throttle-limit-percentage", "1.2");
        reply
            .with("x-ms-throttle-scope", format!("Tenant_Application/ReadWrite/{CLIENT}/{}", self.id))
            .with("x-ms-throttle-information", "ResourceUnitLimitExceeded")
    }

    /// Takes that many resource units of the ten seconds.
    fn spend(&mut self, units: u32) -> Result<(), Reply> {
        let now = self.common.now();
        if now >= self.spent.1 {
            self.spent = (0, now + 10);
        }
        if self.spent.0 + units > self.units {
            return Err(self.throttled((self.spent.1 - now).max(1)));
        }
        self.spent.0 += units;
        Ok(())
    }
}

impl Cloud for Tenant {
    fn common(&mut self) -> &mut Common<Self> {
        &mut self.common
    }

    fn answer(&mut self, asked: &Asked) -> Reply {
        match asked.path.first().map(String::as_str) {
            Some("v1.0") => self.graph(asked),
            _ => self.login(asked),
        }
    }

    fn fail(&mut self, failure: &Failure) -> Reply {
        match failure {
            Failure::Throttled(seconds) => self.throttled(i64::try_from(*seconds).unwrap()),
            Failure::Crowded => self.error(503, "serviceNotAvailable", "Service unavailable").with("retry-after", 1),
            Failure::Status(401) => self.error(401, "InvalidAuthenticationToken", "Access token is empty."),
            Failure::Status(403) => self.denied(),
            Failure::Status(504) => self.error(504, "UnknownError", "").with("retry-after", 1),
            Failure::Status(status) => self.error(*status, "UnknownError", ""),
            _ => self.error(500, "generalException", ""),
        }
    }

    fn dress(&mut self, asked: &Asked, reply: Reply) -> Reply {
        let (id, date) = (self.common.fresh("request"), self.common.date());
        let own = asked.header("client-request-id");
        let own = if own.is_empty() { &id } else { own };
        reply.with("request-id", &id).with("client-request-id", own).with("date", date)
    }
}
