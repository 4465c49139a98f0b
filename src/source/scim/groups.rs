//! The wanted groups: each found exactly once, with everybody in it, members of groups inside included.
//!
//! Never: takes what a server answered to a filter it does not know for the group, or a group whose members cannot be told for
//! an empty one.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::listing::Listing;
use super::names::{id, text};
use super::server::{Server, quoted};
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;

/// The members of the wanted groups, and how many of them were people of the listing.
pub struct Groups {
    wanted: Vec<Wanted>,
}

struct Wanted {
    /// As the configuration writes it.
    name: String,
    /// Of each member's id only a hash; also of ids that are nobody's.
    members: HashSet<u128>,
    seen: u64,
}

enum Kind {
    Person,
    Group,
    Unsaid,
}

impl Groups {
    /// Reads the wanted groups. `source` is the name under which people are known.
    pub async fn read(server: &Server<'_>, source: &str) -> Result<Groups, SourceError> {
        let mut reader = Reader { server, source, all: None };
        let mut wanted = Vec::new();
        for name in &server.settings.groups {
            let id = reader.find(name).await?;
            let members = reader.people_in(name, id).await?;
            if members.is_empty() {
                return Err(server.rest.malformed(format!(
                    "the group {} is empty, or its members may not be read; correct that, or take it out of scope.groups",
                    quoted(name)
                )));
            }
            wanted.push(Wanted { name: name.clone(), members, seen: 0 });
        }
        Ok(Groups { wanted })
    }

    /// The wanted groups that this person is in.
    pub fn of(&self, id: &SourceId) -> Vec<String> {
        let hash = id_hash(id);
        self.wanted.iter().filter(|group| group.members.contains(&hash)).map(|group| group.name.clone()).collect()
    }

    /// The same for a person of the listing, who is counted.
    pub fn of_listed(&mut self, id: &SourceId) -> Vec<String> {
        let hash = id_hash(id);
        for group in self.wanted.iter_mut().filter(|group| group.members.contains(&hash)) {
            group.seen += 1;
        }
        self.of(id)
    }

    /// After the last person: what was seen of each group. Errors: a group of whose members nobody was there, as when its
    /// members are no ids.
    pub fn finish(&self, server: &Server<'_>) -> Result<Vec<String>, SourceError> {
        if let Some(group) = self.wanted.iter().find(|group| group.seen == 0) {
            let (name, members) = (quoted(&group.name), group.members.len());
            return Err(server.rest.malformed(format!(
                "none of the {members} members of the group {name} is among the people who were read; a member's `value` \
                 has to be the `id` of a User, and one that `filter` lets through"
            )));
        }
        let told = |group: &Wanted| {
            let (name, seen, members) = (quoted(&group.name), group.seen, group.members.len());
            format!("group {name}: {seen} of its {members} members were read")
        };
        Ok(self.wanted.iter().map(told).collect())
    }
}

/// Groups of one server. `all` is read when it is needed: the id and the name of each.
struct Reader<'a> {
    server: &'a Server<'a>,
    source: &'a str,
    all: Option<Vec<(String, String)>>,
}

impl Reader<'_> {
    /// The id of the group that is called so, or that has that id.
    async fn find(&mut self, wanted: &str) -> Result<String, SourceError> {
        if let Some(id) = self.by_filter(wanted).await? {
            return Ok(id);
        }
        if self.server.is_id("/Groups", wanted).await? {
            return Ok(wanted.to_owned());
        }
        let all = self.all().await?;
        let called = |same: &dyn Fn(&str) -> bool| {
            all.iter().filter(|(_, name)| same(name)).map(|(id, _)| id.clone()).collect::<Vec<_>>()
        };
        let exact = called(&|name| name == wanted);
        let mut found = if exact.is_empty() { called(&|name| same(name, wanted)) } else { exact };
        match (found.pop(), found.is_empty()) {
            (Some(id), true) => Ok(id),
            (Some(_), false) => Err(self.wrong(wanted, "is there more than once; write its id into scope.groups")),
            (None, _) => Err(self.wrong(wanted, "is not there, or may not be read; correct scope.groups")),
        }
    }

    /// By `displayName`, where the server knows filters: where all that it shows is called so, and is one.
    async fn by_filter(&self, wanted: &str) -> Result<Option<String>, SourceError> {
        let answer = self.server.search("/Groups", &format!("displayName eq {}", quoted(wanted))).await?;
        if answer.status != 200 {
            return Ok(None);
        }
        let Ok(page) = self.server.list(&answer) else { return Ok(None) };
        let is_wanted = |group: &Map<String, Value>| text(group, "displayName").is_some_and(|name| same(name, wanted));
        match page.resources.as_slice() {
            [group] if is_wanted(group) && page.total.is_none_or(|total| total == 1) => Ok(id(group)),
            _ => Ok(None),
        }
    }

    async fn all(&mut self) -> Result<&[(String, String)], SourceError> {
        if self.all.is_none() {
            let mut all = Vec::new();
            let mut listing = Listing::new(self.server, "/Groups", None);
            while let Some(groups) = listing.next().await? {
                let named = |(id, group): (String, Map<String, Value>)| {
                    (id, text(&group, "displayName").unwrap_or_default().to_owned())
                };
                all.extend(groups.into_iter().map(named));
            }
            self.all = Some(all);
        }
        Ok(self.all.as_deref().unwrap_or_default())
    }

    /// Hashes of the ids of everybody in the group. A group that was looked into is not looked into again.
    async fn people_in(&mut self, wanted: &str, group: String) -> Result<HashSet<u128>, SourceError> {
        let (mut people, mut seen, mut waiting) = (HashSet::new(), HashSet::from([group.clone()]), vec![group]);
        while let Some(group) = waiting.pop() {
            let Some(resource) = self.server.one("/Groups", &group).await? else {
                return Err(self.wrong(wanted, "has a group in it that is not there, or may not be read"));
            };
            for member in self.members(wanted, &resource)? {
                let Some(value) = member.get("value").and_then(Value::as_str) else {
                    return Err(self.wrong(wanted, "has a member without a `value`; a member is {\"value\": \"ID\"}"));
                };
                let is_group = match kind(member) {
                    Kind::Group => true,
                    Kind::Person => false,
                    Kind::Unsaid => self.all().await?.iter().any(|(id, _)| id == value),
                };
                if !is_group {
                    people.insert(id_hash(&SourceId::new(self.source, value)));
                } else if self.server.settings.nested_groups && seen.insert(value.to_owned()) {
                    waiting.push(value.to_owned());
                }
            }
        }
        Ok(people)
    }

    fn members<'r>(
        &self,
        wanted: &str,
        group: &'r Map<String, Value>,
    ) -> Result<Vec<&'r Map<String, Value>>, SourceError> {
        let members = match group.get("members") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(members)) => members.iter().map(Value::as_object).collect(),
            Some(_) => None,
        };
        members.ok_or_else(|| self.wrong(wanted, "has `members` that are no list of objects"))
    }

    fn wrong(&self, wanted: &str, what: &str) -> SourceError {
        self.server.rest.malformed(format!("the group {} {what}", quoted(wanted)))
    }
}

/// As `[scope]` compares them.
fn same(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

/// `type` says what a member is, or the address in `$ref` (RFC 7643 §4.2); both are optional.
fn kind(member: &Map<String, Value>) -> Kind {
    let said = text(member, "type").unwrap_or_default();
    let at = text(member, "$ref").unwrap_or_default();
    let within = |endpoint: &str| at.contains(endpoint) || at.starts_with(&endpoint[1..]);
    match () {
        () if said.eq_ignore_ascii_case("group") => Kind::Group,
        () if said.eq_ignore_ascii_case("user") => Kind::Person,
        () if within("/Groups/") => Kind::Group,
        () if within("/Users/") => Kind::Person,
        () => Kind::Unsaid,
    }
}
