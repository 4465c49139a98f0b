//! Graph's lists: what is asked for, and pages of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply};

use super::filter::{self, Question};
use super::graph::USERS;
use super::{Group, PRINCIPAL, PlainCast, Tenant, shape};

type Rows = Vec<(String, Value)>;

fn key(object: &Value) -> String {
    object["id"].as_str().unwrap_or_default().to_owned()
}

impl Tenant {
    /// Asked with both advanced query parameters: answered from an index that may lag.
    fn is_advanced(asked: &Asked) -> bool {
        asked.header("consistencylevel").eq_ignore_ascii_case("eventual") && asked.param("$count") == Some("true")
    }

    fn people_of(&self, asked: &Asked) -> &[Value] {
        match &self.stale {
            Some((people, _)) if Self::is_advanced(asked) => people,
            _ => &self.people,
        }
    }

    fn groups_of(&self, asked: &Asked) -> &[Group] {
        match &self.stale {
            Some((_, groups)) if Self::is_advanced(asked) => groups,
            _ => &self.groups,
        }
    }

    fn question(&mut self, asked: &Asked, names: &[&str]) -> Result<Option<Question>, Reply> {
        let Some(text) = asked.param("$filter") else { return Ok(None) };
        let parsed = Question::parse(text, names, Self::is_advanced(asked));
        parsed.map(Some).map_err(|(code, why)| self.error(400, code, &why))
    }

    pub(super) fn users(&mut self, asked: &Asked) -> Reply {
        let rows = self.question(asked, filter::USERS).and_then(|question| {
            let names = self.selected(asked)?;
            let found = self.people_of(asked).iter();
            let found = found.filter(|one| question.as_ref().is_none_or(|question| question.matches(one)));
            Ok(found.map(|one| (key(one), shape::shown(one, &names, None, true))).collect())
        });
        self.listing(asked, rows)
    }

    pub(super) fn deleted_users(&mut self, asked: &Asked) -> Reply {
        let rows = self
            .selected(asked)
            .map(|names| self.deleted.iter().map(|one| (key(one), shape::shown(one, &names, None, true))).collect());
        self.listing(asked, rows)
    }

    pub(super) fn groups_list(&mut self, asked: &Asked) -> Reply {
        let rows = self.question(asked, filter::GROUPS).map(|question| {
            let found = self.groups_of(asked).iter().map(|group| &group.shown);
            let found = found.filter(|one| question.as_ref().is_none_or(|question| question.matches(one)));
            found.map(|one| (key(one), one.clone())).collect()
        });
        self.listing(asked, rows)
    }

    pub(super) fn principals(&mut self, asked: &Asked) -> Reply {
        let rows = self.question(asked, filter::PRINCIPALS).map(|question| {
            let one = self.principal_shown();
            let is_found = question.is_none_or(|question| question.matches(&one));
            if is_found { vec![(key(&one), one)] } else { Vec::new() }
        });
        self.listing(asked, rows)
    }

    /// Groups as groups, and one row for each role of a principal.
    pub(super) fn assigned(&mut self, asked: &Asked) -> Reply {
        if asked.param("$filter").is_some() {
            return self.error(400, "Request_UnsupportedQuery", "Unsupported Query.");
        }
        let listed = self.assignments.iter().enumerate();
        let listed = listed.filter(|(_, assignment)| !self.not_yet_listed.contains(&assignment.principal));
        let rows = listed.map(|(i, assignment)| {
            let of_people = self.people.iter().chain(self.groups.iter().map(|group| &group.shown));
            let name = of_people.into_iter().find(|one| one["id"] == *assignment.principal);
            let row = json!({
                "id": format!("false-assignment-{i:05}"), "deletedDateTime": null, "appRoleId": assignment.role,
                "createdDateTime": "2026-01-05T08:00:00Z", "principalDisplayName": name.map(|one| &one["displayName"]),
                "principalId": assignment.principal, "principalType": assignment.kind,
                "resourceDisplayName": "Postman", "resourceId": PRINCIPAL,
            });
            (format!("{i:05}"), row)
        });
        let rows = rows.collect();
        self.listing(asked, Ok(rows))
    }

    pub(super) fn members(&mut self, asked: &Asked, id: &str, kind: &str, cast: Option<&str>) -> Reply {
        let rows = self.members_found(asked, id, kind == "transitiveMembers", cast);
        self.listing(asked, rows)
    }

    fn members_found(&mut self, asked: &Asked, id: &str, deep: bool, cast: Option<&str>) -> Result<Rows, Reply> {
        let cast = match cast {
            Some("microsoft.graph.user") => Some("#microsoft.graph.user"),
            Some("microsoft.graph.group") => Some("#microsoft.graph.group"),
            Some(other) => {
                let why = format!("Resource not found for the segment '{other}'.");
                return Err(self.error(400, "BadRequest", &why));
            }
            None => None,
        };
        let advanced = Self::is_advanced(asked);
        if asked.param("$filter").is_some() && !advanced {
            let why = "The specified filter to the reference property query is currently not supported.";
            return Err(self.error(400, "Request_UnsupportedQuery", why));
        }
        if cast.is_some() && !advanced && self.plain_cast == PlainCast::Refused {
            let why = "Unsupported referenced-object resource identifier for link property.";
            return Err(self.error(400, "Request_UnsupportedQuery", why));
        }
        let cast = cast.filter(|_| advanced || self.plain_cast == PlainCast::Served);
        let question = self.question(asked, filter::USERS)?;
        let names = self.selected(asked)?;
        let groups = self.groups_of(asked);
        if !groups.iter().any(|group| group.shown["id"] == id) {
            return Err(self.missing(id));
        }
        // Directory.Read.All is not enough either.
        let is_hidden =
            |group: &Group| group.shown["visibility"] == "HiddenMembership" && !self.may(&["Member.Read.Hidden"]);
        let open: Vec<Group> = groups.iter().filter(|group| !is_hidden(group)).cloned().collect();
        let ids = members_of(&open, id, deep);
        let readable = self.may(USERS);
        let is_member = |one: &Value| one["id"].as_str().is_some_and(|id| ids.contains(id));
        // With a cast the type is known, and not said.
        let told = cast.is_none().then_some("#microsoft.graph.user");
        let people = self.people_of(asked).iter().filter(|one| is_member(one));
        let people = people.filter(|one| question.as_ref().is_none_or(|question| question.matches(one)));
        let people = people.map(|one| (key(one), shape::shown(one, &names, told, readable)));
        let mut rows: Rows = if cast == Some("#microsoft.graph.group") { Vec::new() } else { people.collect() };
        if cast != Some("#microsoft.graph.user") {
            let inside = groups.iter().map(|group| &group.shown).filter(|one| is_member(one));
            rows.extend(inside.map(|one| (key(one), typed(one, "#microsoft.graph.group"))));
        }
        if cast.is_none() {
            // Devices are for nobody's eyes here: there is no permission for them.
            let others = self.others.iter().filter(|one| is_member(one));
            rows.extend(others.map(|one| {
                let kind = one["@odata.type"].as_str().unwrap_or_default();
                (key(one), shape::shown(one, &names, Some(kind), false))
            }));
        }
        Ok(rows)
    }

    /// One page, and the address of the next one, with everything that was asked.
    fn listing(&mut self, asked: &Asked, rows: Result<Rows, Reply>) -> Reply {
        let rows = match rows {
            Ok(rows) => rows,
            Err(refused) => return refused,
        };
        let size = match asked.param("$top").map(str::parse::<usize>) {
            None => 100,
            Some(Ok(top @ 1..=999)) => top,
            Some(_) => {
                let top = asked.param("$top").unwrap_or_default();
                let why = format!("Invalid page size specified: '{top}'. Must be between 1 and 999 inclusive.");
                return self.error(400, "Request_BadRequest", &why);
            }
        };
        let n_rows = rows.len();
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        let is_token = |part: &&str| part.starts_with("$skiptoken=") || part.starts_with("%24skiptoken=");
        let kept: Vec<&str> = query.split('&').filter(|part| !part.is_empty() && !is_token(part)).collect();
        let listing = format!("{path}?{}", kept.join("&"));
        let Some(page) = self.common.paging.page(&listing, rows, asked.param("$skiptoken"), size) else {
            let why = "The specified page token value has expired and can no longer be included in your request.";
            return self.error(400, "Directory_ExpiredPageToken", why);
        };
        let kind = asked.path.get(1).map_or("", String::as_str);
        let mut body = json!({ "@odata.context": format!("{}/v1.0/$metadata#{kind}", self.common.base) });
        if Self::is_advanced(asked) && page.is_first {
            body["@odata.count"] = json!(n_rows);
        }
        if let Some(token) = page.next {
            let origin = self.common.paging.elsewhere.as_ref().unwrap_or(&self.common.base);
            let query: Vec<&str> = kept;
            let query: String = query.iter().map(|part| format!("{part}&")).collect();
            body["@odata.nextLink"] = json!(format!("{origin}{path}?{query}$skiptoken={token}"));
        }
        body["value"] = json!(page.rows);
        Reply::json(200, &body)
    }
}

fn typed(object: &Value, kind: &str) -> Value {
    let mut object = object.clone();
    object["@odata.type"] = json!(kind);
    object
}

/// Ids of who is in it; `deep`, also of who is in groups inside it, each once, and never for ever.
fn members_of<'a>(groups: &'a [Group], id: &str, deep: bool) -> BTreeSet<&'a str> {
    let direct = |id: &str| groups.iter().find(|group| group.shown["id"] == id).map(|group| &group.members);
    let (mut found, mut open) = (BTreeSet::new(), vec![id]);
    while let Some(id) = open.pop() {
        for member in direct(id).into_iter().flatten() {
            if found.insert(member.as_str()) && deep {
                open.push(member);
            }
        }
    }
    found
}
