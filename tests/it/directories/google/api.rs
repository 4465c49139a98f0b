//! The Directory API: who may read, people, org units and the account itself.

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply, only};

use super::{Account, Grant, SCOPES, fields, query, shape};

/// Of a listing.
pub(super) struct Kind {
    pub kind: &'static str,
    pub rows: &'static str,
    pub usual: usize,
    pub most: usize,
    /// The most is in the discovery document, so that more is refused; where only the text has it, more is cut.
    pub is_bounded: bool,
}

const USERS: Kind = Kind { kind: "admin#directory#users", rows: "users", usual: 100, most: 500, is_bounded: true };

impl Account {
    pub(super) fn read(&mut self, asked: &Asked, path: &[&str]) -> Reply {
        let grant = match self.grant(asked) {
            Ok(grant) => grant,
            Err(refused) => return refused,
        };
        if !self.is_enabled {
            let why = "Admin SDK API has not been used in project 1 before or it is disabled.";
            return self.error(403, "usageLimits", "accessNotConfigured", why);
        }
        let any: &[&str] = match path {
            ["users", ..] => &["user"],
            ["groups", _, "members" | "hasMember", ..] => &["group", "group.member"],
            ["groups", ..] => &["group"],
            ["customer", _, "orgunits", ..] => &["orgunit"],
            ["customers", ..] => &["customer"],
            _ => return self.missing("path"),
        };
        let may = |scope: &&str| {
            let scope = format!("{SCOPES}admin.directory.{scope}");
            grant.scopes.contains(&scope) || grant.scopes.contains(&format!("{scope}.readonly"))
        };
        if !any.iter().any(may) {
            return insufficient(any);
        }
        let is_admin = match &grant.user {
            Some(user) => self.admins.get(user) == Some(&true),
            None => self.has_role,
        };
        if !is_admin {
            return self.forbidden();
        }
        // In public threads, "Invalid Input" is what a service account gets that acts for nobody: it is of no account.
        let is_alias =
            |path: &[&str]| asked.param("customer") == Some("my_customer") || path.get(1) == Some(&"my_customer");
        if grant.user.is_none() && is_alias(path) {
            return self.invalid("customer");
        }
        let reply = match path {
            ["users"] => self.users(asked),
            ["users", key] => self.one_user(asked, key),
            ["customer", customer, "orgunits"] => self.units(asked, customer),
            ["customers", customer] => self.customer(customer),
            _ => self.group_things(asked, path),
        };
        match asked.param("fields") {
            Some(mask) if reply.status == 200 => fields::masked(reply, mask, self),
            _ => reply,
        }
    }

    /// Of the access token.
    pub(super) fn grant(&self, asked: &Asked) -> Result<Grant, Reply> {
        let now = self.common.now();
        let token = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let grant = self.tokens.get(token).filter(|grant| grant.expires > now).cloned();
        grant.ok_or_else(|| self.unauthenticated())
    }

    pub(super) fn unauthenticated(&self) -> Reply {
        let why = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
                   valid authentication credential.";
        let one = json!({
            "message": "Invalid Credentials", "domain": "global", "reason": "authError", "location": "Authorization",
            "locationType": "header",
        });
        let error = json!({ "code": 401, "message": why, "errors": [one], "status": "UNAUTHENTICATED" });
        let told = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        Reply::json(401, &json!({ "error": error })).with("www-authenticate", told)
    }

    /// Whether a listing is of this account, by `customer` or by `domain`.
    pub(super) fn is_own(&self, asked: &Asked) -> Result<Option<String>, Reply> {
        match (asked.param("customer"), asked.param("domain")) {
            (Some(customer), _) if customer == "my_customer" || customer == self.customer => Ok(None),
            // Of somebody else's account; the status is a guess.
            (Some(_), _) => Err(self.forbidden()),
            (None, Some(domain)) if self.domains.iter().any(|own| own.eq_ignore_ascii_case(domain)) => {
                Ok(Some(domain.to_lowercase()))
            }
            (None, Some(_)) => Err(self.error(404, "global", "notFound", "Domain not found.")),
            (None, None) => Err(self.error(400, "global", "badRequest", "Bad Request")),
        }
    }

    fn users(&mut self, asked: &Asked) -> Reply {
        let domain = match self.is_own(asked) {
            Ok(domain) => domain,
            Err(refused) => return refused,
        };
        let Ok(question) = asked.param("query").map(query::User::parse).transpose() else {
            return self.invalid("query");
        };
        let everybody = match (asked.param("showDeleted"), &question, &self.stale) {
            (Some("true"), ..) => &self.deleted,
            (_, Some(_), Some(stale)) => stale,
            _ => &self.people,
        };
        let is_in = |person: &Value| {
            let mail = person["primaryEmail"].as_str().unwrap_or_default().to_lowercase();
            domain.as_ref().is_none_or(|domain| mail.split('@').next_back() == Some(domain))
        };
        let is_listed = |one: &Value| !one["id"].as_str().is_some_and(|id| self.unlisted.contains(id));
        let found = everybody.iter().filter(|one| is_listed(one));
        let found = found.filter(|one| is_in(one) && question.as_ref().is_none_or(|all| all.matches(one)));
        let sorted = match asked.param("orderBy") {
            None => "id",
            Some("email") => "primaryEmail",
            Some(name @ ("familyName" | "givenName")) => name,
            Some(_) => return self.invalid("orderBy"),
        };
        let key = |one: &Value| {
            let sorted = one[sorted].as_str().or_else(|| one["name"][sorted].as_str()).unwrap_or_default();
            format!("{}\u{0}{}", sorted.to_lowercase(), one["id"].as_str().unwrap_or_default())
        };
        let mut rows = Vec::new();
        for one in found {
            match self.projected(asked, one) {
                Ok(shown) => rows.push((key(one), shown)),
                Err(refused) => return refused,
            }
        }
        self.listing(asked, rows, &USERS)
    }

    fn one_user(&self, asked: &Asked, key: &str) -> Reply {
        let names = |one: &Value, key: &str| {
            let is = |name: &Value| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(key));
            is(&one["id"]) || is(&one["primaryEmail"]) || one["aliases"].as_array().into_iter().flatten().any(is)
        };
        match self.people.iter().find(|one| names(one, key)) {
            Some(one) => self.projected(asked, one).map_or_else(|refused| refused, |one| Reply::json(200, &one)),
            None => self.missing("userKey"),
        }
    }

    /// What of a person is asked for: `customSchemas` only where the projection says so.
    fn projected(&self, asked: &Asked, person: &Value) -> Result<Value, Reply> {
        let mut shown = shape::with_etag(person);
        shown["customerId"] = json!(self.customer);
        if asked.param("viewType") == Some("domain_public") {
            return Ok(only(&shown, &["kind", "id", "etag", "primaryEmail", "name", "emails"]));
        }
        let custom = shown["customSchemas"].take();
        shown.as_object_mut().unwrap().remove("customSchemas");
        let masked = || {
            let names: Vec<&str> = asked.param("customFieldMask").unwrap_or_default().split(',').collect();
            let all = custom.as_object().into_iter().flatten();
            all.filter(move |(name, _)| names.contains(&name.as_str())).map(|(name, one)| (name.clone(), one.clone()))
        };
        let seen: serde_json::Map<String, Value> = match asked.param("projection") {
            None | Some("basic") => serde_json::Map::new(),
            Some("full") => custom.as_object().cloned().unwrap_or_default(),
            Some("custom") => masked().collect(),
            Some(_) => return Err(self.invalid("projection")),
        };
        if !seen.is_empty() {
            shown["customSchemas"] = Value::Object(seen);
        }
        Ok(shown)
    }

    /// Never paged; the root is not among them.
    fn units(&self, asked: &Asked, customer: &str) -> Reply {
        if customer != "my_customer" && customer != self.customer {
            return self.forbidden();
        }
        let under = asked.param("orgUnitPath").unwrap_or("/").trim_matches('/').to_owned();
        let under = if under.is_empty() { "/".to_owned() } else { format!("/{under}") };
        let path = |unit: &Value, name: &str| unit[name].as_str().unwrap_or_default().to_owned();
        let below = format!("{}/", under.trim_end_matches('/'));
        let units: Vec<Value> = match asked.param("type") {
            Some("all") => {
                self.org_units.iter().filter(|one| path(one, "orgUnitPath").starts_with(&below)).cloned().collect()
            }
            Some("allIncludingParent") => {
                let is_in = |one: &&Value| (path(one, "orgUnitPath") + "/").starts_with(&below);
                self.org_units.iter().filter(is_in).cloned().collect()
            }
            None | Some("children") => {
                self.org_units.iter().filter(|one| path(one, "parentOrgUnitPath") == under).cloned().collect()
            }
            Some(_) => return self.invalid("type"),
        };
        let mut body = json!({ "kind": "admin#directory#orgUnits", "etag": shape::etag(&json!(units)) });
        if !units.is_empty() {
            body["organizationUnits"] = json!(units);
        }
        Reply::json(200, &body)
    }

    fn customer(&self, key: &str) -> Reply {
        if key != "my_customer" && key != self.customer {
            return self.forbidden();
        }
        let shown = json!({
            "kind": "admin#directory#customer", "id": self.customer, "customerDomain": self.domains[0],
            "alternateEmail": "owner@elsewhere.example", "language": "en",
            "customerCreationTime": "2020-01-05T08:00:00.000Z", "postalAddress": { "organizationName": "Acme" },
        });
        Reply::json(200, &shape::with_etag(&shown))
    }

    /// One page. No rows: the member is missing, not empty.
    pub(super) fn listing(&mut self, asked: &Asked, rows: Vec<(String, Value)>, kind: &Kind) -> Reply {
        let size = match asked.param("maxResults").map(str::parse::<usize>) {
            None => kind.usual,
            Some(Ok(size)) if (1..=kind.most).contains(&size) => size,
            Some(Ok(size)) if size > kind.most && !kind.is_bounded => kind.most,
            Some(_) => {
                let given = asked.param("maxResults").unwrap_or_default();
                let why = format!("Invalid value '{given}'. Values must be within the range: [1, {}]", kind.most);
                return self.error(400, "global", "invalidParameter", &why);
            }
        };
        let kept: Vec<&(String, String)> =
            asked.query.iter().filter(|(name, _)| name != "pageToken" && name != "maxResults").collect();
        let listing = format!("{:?}{kept:?}", asked.path);
        let rows = if asked.param("sortOrder") == Some("DESCENDING") { backwards(rows) } else { rows };
        let Some(page) = self.common.paging.page(&listing, rows, asked.param("pageToken"), size) else {
            return self.invalid("pageToken");
        };
        let mut body = json!({ "kind": kind.kind, "etag": shape::etag(&json!(page.rows)) });
        if !page.rows.is_empty() {
            body[kind.rows] = Value::Array(page.rows);
        }
        if let Some(next) = page.next {
            body["nextPageToken"] = json!(next);
        }
        Reply::json(200, &body)
    }
}

/// Numbered, since only what goes up can be paged.
fn backwards(mut rows: Vec<(String, Value)>) -> Vec<(String, Value)> {
    rows.sort_by(|(one, _), (other, _)| other.cmp(one));
    rows.into_iter().enumerate().map(|(at, (_, row))| (format!("{at:09}"), row)).collect()
}

fn insufficient(any: &[&str]) -> Reply {
    let why = "Request had insufficient authentication scopes.";
    let one = json!({ "message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions" });
    let detail = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com", "metadata": { "service": "admin.googleapis.com" },
    });
    let error = json!({
        "code": 403, "message": why, "errors": [one], "status": "PERMISSION_DENIED", "details": [detail],
    });
    let scopes: Vec<String> = any.iter().map(|scope| format!("{SCOPES}admin.directory.{scope}.readonly")).collect();
    let told = format!(
        "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\", scope=\"{}\"",
        scopes.join(" ")
    );
    Reply::json(403, &json!({ "error": error })).with("www-authenticate", told)
}
