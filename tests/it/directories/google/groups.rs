//! Groups and who is in them, directly or by another group.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::directories::cloud::{Asked, Reply};

use super::api::Kind;
use super::{Account, Group, Member, Who, query, shape};

const GROUPS: Kind = Kind { kind: "admin#directory#groups", rows: "groups", usual: 200, most: 200, is_bounded: false };
const MEMBERS: Kind =
    Kind { kind: "admin#directory#members", rows: "members", usual: 200, most: 200, is_bounded: false };

impl Account {
    pub(super) fn group_things(&mut self, asked: &Asked, path: &[&str]) -> Reply {
        if path == ["groups"] {
            return self.groups(asked);
        }
        let ["groups", key, rest @ ..] = path else { return self.missing("path") };
        let Some(group) = self.groups.iter().find(|group| is_called(group, key)).cloned() else {
            // A group of somebody else's domain is forbidden, not unknown.
            let domain = key.split_once('@').map(|(_, domain)| domain);
            let is_own = domain.is_none_or(|domain| self.domains.iter().any(|own| own == domain));
            return if is_own { self.missing("groupKey") } else { self.forbidden() };
        };
        match rest {
            [] => Reply::json(200, &self.shown(&group)),
            ["members"] => self.members(asked, &group),
            ["members", key] => {
                let rows = self.rows(&group, false);
                match rows.iter().map(|(_, row)| row).find(|row| row["id"] == *key || row["email"] == *key) {
                    Some(row) => Reply::json(200, row),
                    None => self.missing("memberKey"),
                }
            }
            ["hasMember", key] => self.has_member(&group, key),
            _ => self.missing("path"),
        }
    }

    fn groups(&mut self, asked: &Asked) -> Reply {
        // Only the groups that somebody is in directly.
        let user = asked.param("userKey");
        if user.is_some() && asked.param("customer").is_some() {
            return self.error(400, "global", "badRequest", "Bad Request");
        }
        let domain = match self.is_own(asked) {
            Ok(domain) => domain,
            Err(_) if user.is_some() && asked.param("domain").is_none() => None,
            Err(refused) => return refused,
        };
        let Ok(question) = asked.param("query").map(query::Group::parse).transpose() else {
            return self.invalid("query");
        };
        let key = user.or_else(|| question.as_ref().and_then(query::Group::member));
        let member = key.map(|key| self.somebody(key));
        if let Some(None) = member {
            return self.missing("userKey");
        }
        let is_in = |group: &Group| match &member {
            Some(Some(who)) => group.members.iter().any(|member| member.who == *who),
            _ => true,
        };
        let mail = |group: &Group| group.shown["email"].as_str().unwrap_or_default().to_lowercase();
        let is_of =
            |group: &Group| domain.as_ref().is_none_or(|domain| mail(group).split('@').next_back() == Some(domain));
        let fits = |group: &Group| question.as_ref().is_none_or(|question| question.matches(&group.shown));
        let found = self.groups.iter().filter(|group| is_in(group) && is_of(group) && fits(group));
        let rows = found.map(|group| (mail(group), self.shown(group))).collect();
        self.listing(asked, rows, &GROUPS)
    }

    /// A person or a group of the account, by id or address.
    fn somebody(&self, key: &str) -> Option<Who> {
        let id = |one: &Value| one["id"].as_str().unwrap_or_default().to_owned();
        let is = |one: &Value, name: &str| one[name].as_str().is_some_and(|name| name.eq_ignore_ascii_case(key));
        let person = self.people.iter().find(|one| is(one, "id") || is(one, "primaryEmail"));
        let person = person.map(|one| Who::User(id(one)));
        person.or_else(|| {
            let group = self.groups.iter().find(|group| is_called(group, key));
            group.map(|group| Who::Group(id(&group.shown)))
        })
    }

    fn shown(&self, group: &Group) -> Value {
        let n = group.members.iter().filter(|member| matches!(member.who, Who::User(_) | Who::External(_))).count();
        let mut shown = group.shown.clone();
        shown["directMembersCount"] = json!(n.to_string());
        shape::with_etag(&shown)
    }

    fn members(&mut self, asked: &Asked, group: &Group) -> Reply {
        let mut rows = self.rows(group, asked.param("includeDerivedMembership") == Some("true"));
        if let Some(roles) = asked.param("roles") {
            let roles: Vec<&str> = roles.split(',').collect();
            if !roles.iter().all(|role| ["OWNER", "MANAGER", "MEMBER"].contains(role)) {
                return self.invalid("roles");
            }
            rows.retain(|(_, row)| row["role"].as_str().is_some_and(|role| roles.contains(&role)));
        }
        self.listing(asked, rows, &MEMBERS)
    }

    /// With derived ones: groups within it stay in the list, and everybody comes once.
    fn rows(&self, group: &Group, derived: bool) -> Vec<(String, Value)> {
        let (mut rows, mut seen, mut open) = (Vec::new(), BTreeSet::new(), vec![(group, true)]);
        while let Some((group, is_direct)) = open.pop() {
            for member in &group.members {
                let role = if is_direct { member.role } else { "MEMBER" };
                let Some(row) = self.row(member, role) else { continue };
                let id = row["id"].as_str().unwrap_or_default().to_owned();
                if !seen.insert(id.clone()) {
                    continue;
                }
                if let (Who::Group(inner), true) = (&member.who, derived) {
                    open.extend(
                        self.groups.iter().find(|group| group.shown["id"] == **inner).map(|inner| (inner, false)),
                    );
                }
                rows.push((id, row));
            }
        }
        rows
    }

    fn row(&self, member: &Member, role: &str) -> Option<Value> {
        let row = match &member.who {
            Who::User(id) => {
                let person = self.people.iter().find(|person| person["id"] == **id)?;
                let is = |name: &str| person[name] == true;
                let status = if is("suspended") {
                    "SUSPENDED"
                } else if is("archived") {
                    "ARCHIVED"
                } else {
                    "ACTIVE"
                };
                json!({ "id": id, "email": person["primaryEmail"], "type": "USER", "status": status })
            }
            Who::Group(id) => {
                let group = self.groups.iter().find(|group| group.shown["id"] == **id)?;
                json!({ "id": id, "email": group.shown["email"], "type": "GROUP", "status": "ACTIVE" })
            }
            Who::Customer => json!({ "id": self.customer, "type": "CUSTOMER" }),
            Who::External(mail) => json!({ "id": shape::foreign_id(mail), "email": mail, "type": "USER" }),
        };
        let mut row = shape::with_etag(&row);
        row["kind"] = json!("admin#directory#member");
        row["role"] = json!(role);
        Some(row)
    }

    /// Directly or not; whoever is not of the account cannot be asked for.
    fn has_member(&self, group: &Group, key: &str) -> Reply {
        let Some(Who::User(id)) = self.somebody(key) else {
            let domain = key.split_once('@').map(|(_, domain)| domain);
            let is_own = domain.is_none_or(|domain| self.domains.iter().any(|own| own == domain));
            return if is_own { self.missing("memberKey") } else { self.invalid("memberKey") };
        };
        let is_member = self.rows(group, true).iter().any(|(member, _)| *member == id);
        Reply::json(200, &json!({ "isMember": is_member }))
    }
}

fn is_called(group: &Group, key: &str) -> bool {
    let is = |name: &Value| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(key));
    is(&group.shown["id"])
        || is(&group.shown["email"])
        || group.shown["aliases"].as_array().into_iter().flatten().any(is)
}
