//! The management API: who may read, and the listings.

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply, at};

use super::search::{Language, Question};
use super::{Org, dpop, shape};

/// What happens to a `limit` out of the documented bounds; they do not say.
#[derive(Clone, Copy, PartialEq)]
pub enum Limits {
    /// 400, E0000001.
    Refused,
    /// The nearest one that is allowed.
    Clamped,
}

/// Who asks.
enum Caller {
    /// With the id of the admin.
    Ssws(String),
    /// With the scopes.
    Client(Vec<String>),
}

impl Org {
    pub(super) fn read(&mut self, asked: &Asked) -> Reply {
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        if path == [".well-known", "okta-organization"] {
            let links = json!({ "organization": { "href": self.common.base } });
            return Reply::json(200, &json!({ "id": self.id, "_links": links, "pipeline": "idx" }));
        }
        let ["api", "v1", rest @ ..] = path.as_slice() else {
            return self.error(404, "E0000008", "The requested path was not found");
        };
        let caller = match self.caller(asked) {
            Ok(caller) => caller,
            Err(refused) => return refused,
        };
        let scope = match rest.first() {
            Some(&"users") => "okta.users",
            Some(&"groups") => "okta.groups",
            Some(&"apps") => "okta.apps",
            _ => "okta.orgs",
        };
        if let Caller::Client(scopes) = &caller
            && !scopes.iter().any(|has| has.rsplit_once('.').is_some_and(|(of, _)| of == scope))
        {
            let scope = format!("{scope}.read");
            return self.refused(asked, 403, "insufficient_scope", &scope);
        }
        if !self.has_role {
            return self.error(403, "E0000006", "You do not have permission to perform the requested action");
        }
        self.resource(asked, rest, &caller)
    }

    fn resource(&mut self, asked: &Asked, path: &[&str], caller: &Caller) -> Reply {
        match path {
            ["org"] => {
                let org = json!({
                    "id": self.id, "companyName": "Acme", "subdomain": "acme", "status": "ACTIVE", "website": null,
                    "created": "2020-01-05T08:00:00.000Z", "expiresAt": null, "_links": {},
                });
                Reply::json(200, &org)
            }
            ["users"] => self.users(asked),
            ["users", id] => self.one_user(id, caller),
            ["users", id, "groups"] => self.user_groups(asked, id),
            ["groups"] => self.groups(asked),
            ["groups", id] => match self.groups.iter().find(|group| group.shown["id"] == *id) {
                Some(group) => Reply::json(200, &shape::linked_group(&self.common.base, &group.shown)),
                None => self.unknown(id, "UserGroup"),
            },
            ["groups", id, "users"] => self.group_users(asked, id),
            ["apps", id] => match self.apps.iter().find(|app| app.id == *id) {
                Some(app) => Reply::json(200, &shape::app(&self.common.base, app)),
                None => self.unknown(id, "AppInstance"),
            },
            ["apps", id, "users"] => self.app_users(asked, id),
            ["apps", id, "users", user] => self.app_user(asked, id, user),
            ["apps", id, "groups"] => self.app_groups(asked, id),
            _ => self.error(404, "E0000008", "The requested path was not found"),
        }
    }

    fn caller(&mut self, asked: &Asked) -> Result<Caller, Reply> {
        let authorization = asked.header("authorization");
        // Okta's own SDK for Python (3.4.6) leaves the space out.
        if let Some(token) = authorization.strip_prefix("SSWS") {
            let admin = self.ssws.get(token.trim_start()).cloned().map(Caller::Ssws);
            return admin.ok_or_else(|| self.error(401, "E0000011", "Invalid token provided"));
        }
        let Some((scheme, token)) = authorization.split_once(' ') else {
            return Err(self.error(403, "E0000005", "Invalid session"));
        };
        let now = self.common.now();
        let Some(grant) = self.grants.get(token).filter(|grant| grant.expires > now) else {
            return Err(self.refused(asked, 401, "invalid_token", ""));
        };
        // Consent may be taken back while a token lives.
        let Some(client) = self.clients.get(&grant.client) else {
            return Err(self.refused(asked, 401, "invalid_token", ""));
        };
        let granted = grant.scopes.iter().filter(|scope| client.scopes.contains(&scope.as_str()));
        let scopes = granted.cloned().collect();
        let proved = match (&grant.thumbprint, scheme) {
            (None, "Bearer") => Ok(()),
            (Some(thumbprint), "DPoP") => {
                let proof = dpop::proof(asked, &self.common.base, self.common.now());
                proof.and_then(|proof| proof.goes_with(token, thumbprint).map(|()| proof)).and_then(|proof| {
                    let is_new = self.proofs_seen.insert(proof.id);
                    if is_new { Ok(()) } else { Err("The DPoP proof JWT has already been used.".into()) }
                })
            }
            _ => Err("The token is of another kind than the scheme says.".into()),
        };
        match proved {
            Ok(()) => Ok(Caller::Client(scopes)),
            Err(why) => {
                let told = format!("DPoP error=\"invalid_dpop_proof\", error_description=\"{why}\"");
                Err(Reply::bare(401).with("www-authenticate", told))
            }
        }
    }

    /// What OAuth refuses (RFC 6750 §3), and not the API.
    fn refused(&mut self, asked: &Asked, status: u16, error: &str, scope: &str) -> Reply {
        if self.refused_in_body && status == 401 {
            return self.error(401, "E0000011", "Invalid token provided");
        }
        if self.refused_in_body {
            return self.error(403, "E0000006", "You do not have permission to perform the requested action");
        }
        let why = match error {
            "insufficient_scope" => "The access token provided does not contain the required scopes.",
            _ => "The access token is invalid or has expired.",
        };
        let (base, path) = (&self.common.base, asked.target.split('?').next().unwrap_or_default());
        let told = format!(
            "Bearer authorization_uri=\"{base}/oauth2/v1/authorize\", realm=\"{base}\", scope=\"{scope}\", \
             error=\"{error}\", error_description=\"{why}\", resource=\"{path}\""
        );
        Reply::bare(status).with("www-authenticate", told)
    }

    /// By id, by login, and by the part of it before the `@`, if nobody else has that.
    fn one_user(&mut self, id: &str, caller: &Caller) -> Reply {
        let id = match (id, caller) {
            ("me", Caller::Ssws(admin)) => admin.clone(),
            // A service app is nobody.
            _ => id.to_owned(),
        };
        let by = |is: &dyn Fn(&Value) -> bool| -> Vec<&Value> { self.people.iter().filter(|one| is(one)).collect() };
        let login = |one: &Value| one["profile"]["login"].as_str().unwrap_or_default().to_lowercase();
        let mut found = by(&|one| one["id"] == id);
        if found.is_empty() {
            found = by(&|one| login(one) == id.to_lowercase());
        }
        if found.is_empty() {
            found = by(&|one| login(one).split('@').next() == Some(&id.to_lowercase()));
        }
        match (found.as_slice(), caller) {
            ([one], _) => Reply::json(200, &shape::linked_user(&self.common.base, one)),
            (_, Caller::Ssws(admin)) if *admin == id => {
                let profile = json!({ "login": "admin@acme.example", "email": "admin@acme.example" });
                Reply::json(200, &json!({ "id": id, "status": "ACTIVE", "profile": profile }))
            }
            _ => self.unknown(&id, "User"),
        }
    }

    fn users(&mut self, asked: &Asked) -> Reply {
        let (search, filter, q) = (asked.param("search"), asked.param("filter"), asked.param("q"));
        let question = match self.question(search, filter, true) {
            Ok(question) => question,
            Err(refused) => return refused,
        };
        let everybody = if search.is_some() { self.stale.as_ref() } else { None };
        let everybody = everybody.unwrap_or(&self.people);
        let starts = |one: &Value, q: &str| {
            let names =
                ["firstName", "lastName", "email"].map(|name| one["profile"][name].as_str().unwrap_or_default());
            names.iter().any(|name| name.to_lowercase().starts_with(&q.to_lowercase()))
        };
        let found = everybody.iter().filter(|one| match (&question, q) {
            (Some(question), _) => question.matches(one),
            (None, q) => one["status"] != "DEPROVISIONED" && q.is_none_or(|q| starts(one, q)),
        });
        // A search may ask for an order; whoever is equal comes by id.
        let sort = asked.param("sortBy").filter(|_| search.is_some()).unwrap_or("id");
        let key = |one: &Value| {
            let sorted = at(one, sort).as_str().unwrap_or_default();
            format!("{sorted}\u{0}{}", one["id"].as_str().unwrap_or_default())
        };
        let rows = found.map(|one| (key(one), shape::linked_user(&self.common.base, one))).collect();
        self.listing(
            asked,
            rows,
            &Sizes { usual: if q.is_some() { 10 } else { 200 }, least: 1, most: 200, told: false },
        )
    }

    fn question(&mut self, search: Option<&str>, filter: Option<&str>, users: bool) -> Result<Option<Question>, Reply> {
        let (text, language) = match (search, filter) {
            (Some(search), _) => (search, Language::Search),
            (None, Some(filter)) => (filter, Language::Filter),
            (None, None) => return Ok(None),
        };
        Question::parse(text, language, users).map(Some).map_err(|why| match language {
            Language::Search => self.error(400, "E0000031", "Invalid search criteria."),
            Language::Filter => self.error(400, "E0000053", &format!("Invalid filter '{text}': {why}")),
        })
    }

    fn groups(&mut self, asked: &Asked) -> Reply {
        let question = match self.question(asked.param("search"), asked.param("filter"), false) {
            Ok(question) => question,
            Err(refused) => return refused,
        };
        let q = asked.param("q").map(str::to_lowercase);
        let has_stats = asked.param("expand").is_some_and(|what| what.contains("stats"));
        let found = self.groups.iter().filter(|group| match (&question, &q) {
            (Some(question), _) => question.matches(&group.shown),
            (None, Some(q)) => {
                group.shown["profile"]["name"].as_str().is_some_and(|name| name.to_lowercase().starts_with(q))
            }
            (None, None) => true,
        });
        let rows = found.map(|group| {
            let mut shown = shape::linked_group(&self.common.base, &group.shown);
            if has_stats {
                shown["_embedded"] = json!({ "stats": { "usersCount": group.people.len() } });
            }
            (group.shown["id"].to_string(), shown)
        });
        let rows = rows.collect();
        // A query cannot be paged: 300 are all there is.
        let usual = if q.is_some() { 300 } else { 10_000 };
        self.listing(asked, rows, &Sizes { usual, least: 1, most: 10_000, told: true })
    }

    fn group_users(&mut self, asked: &Asked, id: &str) -> Reply {
        let Some(group) = self.groups.iter().find(|group| group.shown["id"] == id) else {
            return self.unknown(id, "UserGroup");
        };
        // Whoever is deactivated stays in groups (a guess), and is shown.
        let members = self.people.iter().filter(|one| group.people.iter().any(|id| one["id"] == **id));
        let rows = members.map(|one| (one["id"].to_string(), shape::linked_user(&self.common.base, one))).collect();
        self.listing(asked, rows, &Sizes { usual: 1000, least: 1, most: 1000, told: false })
    }

    /// The groups of one person, by the id alone; the scope is that of people. In 2024.07.0 it has `limit` and `after` (20 in
    /// a page, at most 200: a guess from other lists), in 2026 neither.
    fn user_groups(&mut self, asked: &Asked, id: &str) -> Reply {
        if !self.people.iter().any(|person| person["id"] == id) {
            return self.unknown(id, "User");
        }
        let of = self.groups.iter().filter(|group| group.people.iter().any(|person| person == id));
        let of = of.filter(|_| !self.hides_groups_of_people);
        let rows =
            of.map(|group| (group.shown["id"].to_string(), shape::linked_group(&self.common.base, &group.shown)));
        let rows = rows.collect();
        self.listing(asked, rows, &Sizes { usual: 20, least: 1, most: 200, told: false })
    }

    fn app_users(&mut self, asked: &Asked, id: &str) -> Reply {
        let Some(app) = self.apps.iter().find(|app| app.id == id) else {
            return self.unknown(id, "AppInstance");
        };
        let mut rows = shape::assignments(self, app, asked.param("expand") == Some("user"));
        if let Some(q) = asked.param("q") {
            rows.retain(|(_, row)| row["credentials"]["userName"].as_str().is_some_and(|name| name.starts_with(q)));
        }
        self.listing(asked, rows, &Sizes { usual: 50, least: 1, most: 500, told: true })
    }

    /// By the person's id alone.
    fn app_user(&mut self, asked: &Asked, id: &str, user: &str) -> Reply {
        let Some(app) = self.apps.iter().find(|app| app.id == id) else {
            return self.unknown(id, "AppInstance");
        };
        let rows = shape::assignments(self, app, asked.param("expand") == Some("user"));
        match rows.into_iter().find(|(of, _)| of == user) {
            Some((_, row)) => Reply::json(200, &row),
            None => self.unknown(user, "AppUser"),
        }
    }

    fn app_groups(&mut self, asked: &Asked, id: &str) -> Reply {
        let Some(app) = self.apps.iter().find(|app| app.id == id) else {
            return self.unknown(id, "AppInstance");
        };
        let base = &self.common.base;
        let rows = app.groups.iter().enumerate().map(|(priority, group)| {
            let links = json!({ "group": { "href": format!("{base}/api/v1/groups/{group}") } });
            let mut row = json!({
                "id": group, "lastUpdated": "2026-01-05T08:00:00.000Z", "priority": priority, "profile": {},
                "_links": links,
            });
            if let Some(found) = self.groups.iter().find(|found| found.shown["id"] == **group)
                && asked.param("expand") == Some("group")
            {
                row["_embedded"] = json!({ "group": found.shown });
            }
            (format!("{priority:05}"), row)
        });
        let rows = rows.collect();
        self.listing(asked, rows, &Sizes { usual: 20, least: 20, most: 200, told: true })
    }

    /// One page, with a link to itself and, if there is more, to the next one: each a header line of its own.
    fn listing(&mut self, asked: &Asked, mut rows: Vec<(String, Value)>, sizes: &Sizes) -> Reply {
        rows.retain(|(_, row)| row["id"].as_str().is_none_or(|id| !self.unlisted.contains(id)));
        let limit = match asked.param("limit").map(str::parse::<usize>) {
            None => sizes.usual,
            Some(Ok(limit)) if (sizes.least..=sizes.most).contains(&limit) => limit,
            // Where no bound is documented, more than there can be is not an error.
            Some(Ok(limit)) if limit >= 1 && (!sizes.told || self.limits == Limits::Clamped) => {
                limit.clamp(sizes.least, sizes.most)
            }
            Some(_) => {
                let cause = format!("limit: must be between {} and {}", sizes.least, sizes.most);
                return self.error_of(400, "E0000001", "Api validation failed: limit", &[&cause]);
            }
        };
        let paged = asked.param("q").is_none() || asked.path.contains(&"apps".to_owned());
        let kept: Vec<&(String, String)> =
            asked.query.iter().filter(|(name, _)| name != "after" && name != "limit").collect();
        let listing = format!("{:?}{kept:?}", asked.path);
        let Some(page) = self.common.paging.page(&listing, rows, asked.param("after"), limit) else {
            return self.error_of(400, "E0000001", "Api validation failed: after", &["after: unknown cursor"]);
        };
        let path = asked.target.split('?').next().unwrap_or_default();
        let (base, elsewhere) = (&self.common.base, self.common.paging.elsewhere.as_ref());
        let reply = Reply::json(200, &Value::Array(page.rows));
        if self.common.paging.unlinked {
            return reply;
        }
        let reply = reply.with("link", format!("<{base}{}>; rel=\"self\"", asked.target));
        match page.next.filter(|_| paged) {
            Some(after) => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("after", &after);
                for (name, value) in kept {
                    query.append_pair(name, value);
                }
                query.append_pair("limit", &limit.to_string());
                let origin = elsewhere.unwrap_or(base);
                reply.with("link", format!("<{origin}{path}?{}>; rel=\"next\"", query.finish()))
            }
            None => reply,
        }
    }
}

/// Of a page.
struct Sizes {
    usual: usize,
    least: usize,
    most: usize,
    /// The bounds are documented.
    told: bool,
}
