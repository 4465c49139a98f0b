//! The Admin REST API: who may read what, and people.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply};

use super::{Realm, error, find, forbidden, http_error, not_found, shape};

/// What the token says that its bearer may.
pub(super) struct Rights {
    roles: BTreeSet<&'static str>,
    visible: BTreeSet<String>,
}

impl Rights {
    fn has(&self, any: &[&str]) -> bool {
        any.iter().any(|role| self.roles.contains(role))
    }

    /// Everybody, and every group.
    pub fn views_all(&self) -> bool {
        self.has(&["view-users", "manage-users"])
    }

    /// May ask for people at all; what comes of it is another question.
    fn asks_for_people(&self) -> bool {
        self.views_all() || self.has(&["query-users"]) || !self.visible.is_empty()
    }

    pub fn asks_for_groups(&self) -> bool {
        self.views_all() || self.has(&["query-groups"])
    }

    pub fn views(&self, person: &Value) -> bool {
        self.views_all() || person["id"].as_str().is_some_and(|id| self.visible.contains(id))
    }

    pub fn manages(&self) -> bool {
        self.has(&["manage-users"])
    }
}

/// `first` and `max`; a negative one is none.
pub(super) fn window(asked: &Asked, usual: Option<usize>) -> Result<(usize, usize), Reply> {
    let number = |name: &str| asked.param(name).filter(|text| !text.is_empty()).map(str::parse::<i64>).transpose();
    let (Ok(first), Ok(max)) = (number("first"), number("max")) else { return Err(not_found()) };
    let first = usize::try_from(first.unwrap_or(0)).unwrap_or(0);
    let max = match max {
        Some(max) => usize::try_from(max).unwrap_or(usize::MAX),
        None => usual.unwrap_or(usize::MAX),
    };
    Ok((first, max))
}

pub(super) fn flag(asked: &Asked, name: &str, usual: bool) -> bool {
    asked.param(name).map_or(usual, |value| value.eq_ignore_ascii_case("true"))
}

impl Realm {
    pub(super) fn admin(&mut self, asked: &Asked, path: &[&str]) -> Reply {
        let rights = match self.rights(asked) {
            Ok(rights) => rights,
            Err(refused) => return refused,
        };
        match path {
            ["serverinfo"] => {
                let version = match (self.is_before_23, self.is_23_to_26_0) {
                    (true, _) => "22.0.5",
                    (_, true) => "25.0.6",
                    _ => "26.4.7",
                };
                let info = json!({ "systemInfo": { "version": version }, "profileInfo": { "name": "default" } });
                // Of the whole server, which only administrators of `master` see.
                if rights.has(&["view-system"]) { Reply::json(200, &info) } else { Reply::json(200, &json!({})) }
            }
            ["realms", realm, ..] if *realm != self.name => error(404, "Realm not found."),
            ["realms", _] => self.realm(&rights),
            ["realms", _, "users"] => self.users(asked, &rights),
            ["realms", _, "users", "count"] => self.count(asked, &rights),
            ["realms", _, "users", id, rest @ ..] => self.one_user(asked, id, rest, &rights),
            ["realms", _, rest @ ..] => self.group_things(asked, rest, &rights),
            _ => not_found(),
        }
    }

    fn rights(&self, asked: &Asked) -> Result<Rights, Reply> {
        let token = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let grant = self.tokens.get(token).filter(|grant| grant.expires > self.common.now() && grant.realm == self.id);
        let grant = grant.ok_or_else(|| http_error(401, "Unauthorized"))?;
        let mut roles = grant.roles.clone();
        if roles.contains("view-users") {
            // Composite: it has these within it.
            roles.extend(["query-users", "query-groups"]);
        }
        Ok(Rights { roles, visible: self.visible.clone() })
    }

    /// Without the right to view it a realm is only its name.
    fn realm(&self, rights: &Rights) -> Reply {
        if rights.roles.is_empty() {
            return forbidden();
        }
        if !rights.has(&["view-realm", "manage-realm"]) {
            return Reply::json(200, &json!({ "realm": self.name }));
        }
        let body = json!({
            "id": self.id, "realm": self.name, "displayName": "Acme", "enabled": true,
            "accessTokenLifespan": self.token_lives, "registrationEmailAsUsername": false, "loginWithEmailAllowed": true,
            "duplicateEmailsAllowed": false, "adminEventsEnabled": false,
        });
        Reply::json(200, &body)
    }

    /// Sorted by username, which is how they are cut into pages. Service accounts are in no list of people.
    fn found(&self, asked: &Asked) -> Vec<&Value> {
        let is_listed = |one: &Value| one["id"].as_str().is_some_and(|id| !self.unlisted.contains(id));
        let is_person = |one: &&Value| one.get("serviceAccountClientId").is_none() && is_listed(one);
        let mut found: Vec<&Value> =
            self.people.iter().filter(is_person).filter(|one| find::matches(asked, one)).collect();
        found.sort_by_key(|one| one["username"].as_str().unwrap_or_default().to_owned());
        found
    }

    fn users(&self, asked: &Asked, rights: &Rights) -> Reply {
        if !rights.asks_for_people() {
            return forbidden();
        }
        self.page_of(asked, self.found(asked), rights)
    }

    /// Whoever may not be viewed is left out without a word.
    pub(super) fn page_of(&self, asked: &Asked, mut found: Vec<&Value>, rights: &Rights) -> Reply {
        let (first, max) = match window(asked, Some(100)) {
            Ok(window) => window,
            Err(refused) => return refused,
        };
        if !self.filtered_after_paging {
            found.retain(|one| rights.views(one));
        }
        let is_brief = flag(asked, "briefRepresentation", false);
        // Something in between that does not pass the offset on.
        let first = if self.common.paging.circle { 0 } else { first };
        let back = usize::from(self.common.paging.repeated && first > 0);
        let page = found.into_iter().skip(first - back).take(max).filter(|one| rights.views(one));
        let rows: Vec<Value> = page.map(|one| shape::shown(one, is_brief, rights.manages())).collect();
        Reply::json(200, &json!(rows))
    }

    fn count(&self, asked: &Asked, rights: &Rights) -> Reply {
        if !rights.asks_for_people() {
            return forbidden();
        }
        let n = self.found(asked).into_iter().filter(|one| rights.views(one)).count();
        Reply::json(200, &json!(n))
    }

    fn one_user(&self, asked: &Asked, id: &str, path: &[&str], rights: &Rights) -> Reply {
        let Some(person) = self.people.iter().find(|person| person["id"] == *id) else {
            // Nobody learns of an id by asking.
            return if rights.asks_for_people() { error(404, "User not found") } else { forbidden() };
        };
        if !rights.views(person) {
            return forbidden();
        }
        match path {
            [] => {
                let mut shown = shape::shown(person, false, rights.manages());
                if self.locked.contains(id) {
                    shown["enabled"] = json!(false);
                }
                Reply::json(200, &shown)
            }
            ["groups", rest @ ..] => {
                let mut groups: Vec<_> =
                    self.groups.iter().filter(|group| group.members.iter().any(|member| member == id)).collect();
                groups.sort_by(|one, other| one.name.cmp(&other.name));
                match rest {
                    [] => {
                        let (first, max) = match window(asked, None) {
                            Ok(window) => window,
                            Err(refused) => return refused,
                        };
                        let is_brief = flag(asked, "briefRepresentation", true);
                        let rows: Vec<Value> =
                            groups.iter().skip(first).take(max).map(|group| self.shown(group, is_brief)).collect();
                        Reply::json(200, &json!(rows))
                    }
                    ["count"] => Reply::json(200, &json!({ "count": groups.len() })),
                    _ => not_found(),
                }
            }
            _ => not_found(),
        }
    }
}
