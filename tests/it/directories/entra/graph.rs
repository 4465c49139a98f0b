//! Graph v1.0: who may read, one object at a time, and several requests in one.

use std::time::Instant;

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply};

use super::{APP, PRINCIPAL, Tenant, shape};

pub(super) const USERS: &[&str] =
    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
pub(super) const GROUPS: &[&str] = &[
    "GroupMember.Read.All",
    "Group.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
const APPLICATIONS: &[&str] =
    &["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const ORGANIZATION: &[&str] =
    &["Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

impl Tenant {
    pub(super) fn graph(&mut self, asked: &Asked) -> Reply {
        self.arrivals.push((Instant::now(), asked.header("x-ms-throttle-priority").to_owned()));
        let token = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let now = self.common.now();
        let reply = match self.tokens.get(token) {
            Some(expires) if *expires > now => return self.read(asked),
            Some(_) => {
                self.error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
            }
            None if token.is_empty() => self.error(401, "InvalidAuthenticationToken", "Access token is empty."),
            None => self.error(401, "InvalidAuthenticationToken", "Access token validation failure."),
        };
        let base = &self.common.base;
        let told = format!("Bearer realm=\"\", authorization_uri=\"{base}/common/oauth2/authorize\", client_id=\"x\"");
        reply.with("www-authenticate", told)
    }

    fn read(&mut self, asked: &Asked) -> Reply {
        let path: Vec<&str> = asked.path.iter().skip(1).map(String::as_str).collect();
        let units = units(asked, &path);
        if let Err(throttled) = self.spend(units) {
            return throttled;
        }
        let reply = match (asked.method.as_str(), path.as_slice()) {
            ("GET", path) => self.resource(asked, path),
            ("POST", ["directoryObjects", "getByIds"]) => self.by_ids(asked),
            ("POST", ["$batch"]) => self.batch(asked),
            _ => {
                self.common.wrote(asked);
                self.denied()
            }
        };
        let used = f64::from(self.spent.0) / f64::from(self.units);
        let reply = reply.with("x-ms-resource-unit", units);
        // Only near the limit.
        let used = self.used.map(str::to_owned).or_else(|| (used >= 0.8).then(|| format!("{used:.1}")));
        match used {
            Some(used) => reply.with("x-ms-throttle-limit-percentage", used),
            None => reply,
        }
    }

    fn resource(&mut self, asked: &Asked, path: &[&str]) -> Reply {
        let needed = match path.first() {
            Some(&"users") => USERS,
            Some(&"directory") => USERS,
            Some(&"groups") => GROUPS,
            Some(&"organization") => ORGANIZATION,
            _ => APPLICATIONS,
        };
        if !self.may(needed) {
            return self.denied();
        }
        match path {
            ["organization"] => self.organization(),
            ["users"] => self.users(asked),
            ["users", id] => self.one_user(asked, id),
            ["groups"] => self.groups_list(asked),
            ["groups", id] => match self.groups.iter().find(|group| group.shown["id"] == *id) {
                Some(group) => Reply::json(200, &group.shown),
                None => self.missing(id),
            },
            ["groups", id, kind @ ("members" | "transitiveMembers")] => self.members(asked, id, kind, None),
            ["groups", id, kind @ ("members" | "transitiveMembers"), cast] => self.members(asked, id, kind, Some(cast)),
            ["directory", "deletedItems", "microsoft.graph.user"] => self.deleted_users(asked),
            ["servicePrincipals"] => self.principals(asked),
            [principal] if is_principal(principal) => self.principal(),
            ["servicePrincipals", PRINCIPAL] => self.principal(),
            [principal, "appRoleAssignedTo"] if is_principal(principal) => self.assigned(asked),
            ["servicePrincipals", PRINCIPAL, "appRoleAssignedTo"] => self.assigned(asked),
            [other, ..] if other.starts_with("servicePrincipals") => self.missing(path.get(1).unwrap_or(other)),
            [other, ..] => {
                let why = format!("Resource not found for the segment '{other}'.");
                self.error(400, "BadRequest", &why)
            }
            [] => self.error(400, "BadRequest", "Invalid version."),
        }
    }

    fn organization(&self) -> Reply {
        let domains = self.domains.iter().enumerate().map(|(i, name)| {
            json!({ "name": name, "isInitial": i == 0, "isDefault": i == 1, "type": "Managed", "capabilities": "Email" })
        });
        let domains: Vec<Value> = domains.collect();
        let one = json!({ "id": self.id, "displayName": "Acme", "tenantType": "AAD", "verifiedDomains": domains });
        Reply::json(200, &json!({ "value": [one] }))
    }

    fn principal(&self) -> Reply {
        Reply::json(200, &self.principal_shown())
    }

    pub(super) fn principal_shown(&self) -> Value {
        json!({
            "id": PRINCIPAL, "appId": APP, "displayName": "Postman", "accountEnabled": true,
            "appRoleAssignmentRequired": true, "servicePrincipalType": "Application", "appOwnerOrganizationId": self.id,
        })
    }

    /// By object id and by userPrincipalName.
    fn one_user(&mut self, asked: &Asked, id: &str) -> Reply {
        let names = match self.selected(asked) {
            Ok(names) => names,
            Err(refused) => return refused,
        };
        let is = |one: &&Value| {
            one["id"] == id || one["userPrincipalName"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(id))
        };
        match self.people.iter().find(is) {
            Some(person) => Reply::json(200, &shape::shown(person, &names, None, true)),
            None => self.missing(id),
        }
    }

    pub(super) fn selected<'a>(&mut self, asked: &'a Asked) -> Result<Vec<&'a str>, Reply> {
        shape::selected(asked.param("$select")).map_err(|unknown| {
            let why = format!("Could not find a property named '{unknown}' on type 'microsoft.graph.user'.");
            self.error(400, "BadRequest", &why)
        })
    }

    /// Up to a thousand objects by their ids; those that are not there are left out.
    fn by_ids(&mut self, asked: &Asked) -> Reply {
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        let texts = |name: &str| -> Vec<String> {
            let all = body[name].as_array().into_iter().flatten();
            all.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (ids, types) = (texts("ids"), texts("types"));
        if ids.is_empty() || ids.len() > 1000 {
            return self.error(400, "Request_BadRequest", "The number of ids must be between 1 and 1000.");
        }
        if !self.may(USERS) && !self.may(GROUPS) {
            return self.denied();
        }
        let names = match self.selected(asked) {
            Ok(names) => names,
            Err(refused) => return refused,
        };
        let wants = |kind: &str| types.is_empty() || types.iter().any(|one| one == kind || one == "directoryObject");
        let is_wanted = |object: &Value| ids.iter().any(|id| object["id"] == **id);
        let readable = self.may(USERS);
        let people = self.people.iter().filter(|one| wants("user") && is_wanted(one));
        let people = people.map(|one| shape::shown(one, &names, Some("#microsoft.graph.user"), readable));
        let groups = self.groups.iter().filter(|one| wants("group") && is_wanted(&one.shown)).map(|one| {
            let mut shown = one.shown.clone();
            shown["@odata.type"] = json!("#microsoft.graph.group");
            shown
        });
        let found: Vec<Value> = people.chain(groups).collect();
        Reply::json(200, &json!({ "value": found }))
    }

    /// Up to twenty, each throttled and refused for itself. Answers come in the opposite order, since none is promised.
    fn batch(&mut self, asked: &Asked) -> Reply {
        let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        let requests = body["requests"].as_array().cloned().unwrap_or_default();
        if requests.is_empty() || requests.len() > 20 {
            return self.error(400, "BadRequest", "Number of batch request steps must be between 1 and 20.");
        }
        let mut responses = Vec::new();
        for request in requests.iter().rev() {
            let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
            let one = asked.again(&text("method"), &format!("/v1.0{}", text("url")));
            let level = request["headers"]["ConsistencyLevel"].as_str().unwrap_or_default();
            let reply = self.graph(&one.with_header("consistencylevel", level));
            let headers: Value = reply.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
            responses.push(json!({ "id": request["id"], "status": reply.status, "headers": headers, "body": body }));
        }
        Reply::json(200, &json!({ "responses": responses }))
    }
}

fn is_principal(segment: &str) -> bool {
    segment == format!("servicePrincipals(appId='{APP}')")
}

/// What a request costs (Graph, "Service-specific throttling limits", identity and access).
fn units(asked: &Asked, path: &[&str]) -> u32 {
    let base: u32 = match path {
        ["users", ..] => 2,
        ["groups", _, "transitiveMembers", ..] => 5,
        ["groups", _, "members", ..] => 3,
        ["groups", _] => 1,
        ["groups"] => 3,
        _ => 1,
    };
    let less = u32::from(asked.param("$select").is_some())
        + u32::from(asked.param("$top").and_then(|top| top.parse::<u32>().ok()).is_some_and(|top| top < 20));
    base.saturating_sub(less).max(1) + u32::from(asked.param("$expand").is_some())
}
