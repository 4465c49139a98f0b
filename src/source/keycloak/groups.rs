//! The wanted groups: which group is meant, the groups within it, and who is in any of them directly.
//!
//! Never: takes one of two that are called alike, an empty group for one that everybody left, or ten groups within it for all.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::listing::Listing;
use super::server::Server;
use crate::source::SourceError;
use crate::source::rest::{encoded, hash, quoted, text};

/// A tree is not deeper than that by reason.
const GROUPS_MAX: usize = 10_000;
/// How many groups are directly within one.
const COUNT: &str = "subGroupCount";
const MOVED: &str = "a group went while groups were read; the next cycle reads again";

/// The wanted groups.
#[derive(Default)]
pub struct Groups(Vec<Wanted>);

struct Wanted {
    /// As the configuration writes it.
    name: String,
    /// The ids of the group and of those within.
    ids: HashSet<String>,
    /// Of each member's id only a hash.
    members: HashSet<u128>,
}

impl Groups {
    /// Reads every member of every wanted group.
    pub async fn read(server: &Server<'_>) -> Result<Groups, SourceError> {
        let mut groups = Groups::find(server).await?;
        for group in &mut groups.0 {
            for id in &group.ids {
                // Of a member nothing but the id is needed; what is whole costs the server some questions each.
                let path = format!("/groups/{}/members?briefRepresentation=true", encoded(id));
                let mut listing = Listing::of(server, "members", path, None);
                while let Some(rows) = listing.next().await? {
                    group.members.extend(rows.iter().map(|(id, _)| hash(id)));
                }
            }
            if group.members.is_empty() {
                return Err(wrong(
                    server,
                    &group.name,
                    "has no members, or they may not be read. Empty never means everybody left; correct that, or take it out \
                     of scope.groups",
                ));
            }
        }
        Ok(groups)
    }

    /// The same, without their members.
    pub async fn find(server: &Server<'_>) -> Result<Groups, SourceError> {
        let mut groups = Groups::default();
        for name in &server.settings.groups {
            let group = find(server, name).await?;
            let mut ids = HashSet::new();
            within(server, &group, &mut ids).await?;
            groups.0.push(Wanted { name: name.clone(), ids, members: HashSet::new() });
        }
        Ok(groups)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The wanted groups that this person is a member of.
    pub fn of(&self, id: &str) -> Vec<String> {
        let id = hash(id);
        self.0.iter().filter(|group| group.members.contains(&id)).map(|group| group.name.clone()).collect()
    }

    /// The wanted groups of somebody who is in these directly.
    pub fn around(&self, direct: &HashSet<String>) -> Vec<String> {
        self.0.iter().filter(|group| !group.ids.is_disjoint(direct)).map(|group| group.name.clone()).collect()
    }

    /// For the evidence.
    pub fn checked(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|group| {
            let (name, members, within) = (quoted(&group.name), group.members.len(), group.ids.len() - 1);
            format!("group {name}: {members} members, {within} groups within it")
        })
    }
}

/// By its path or its id, which nobody can choose twice, before its name, which can stand in several places of the tree.
async fn find(server: &Server<'_>, wanted: &str) -> Result<Map<String, Value>, SourceError> {
    let missing = || wrong(server, wanted, "is not there, or may not be read; correct scope.groups");
    if wanted.starts_with('/') {
        let id = server.group_at(wanted).await?.ok_or_else(missing)?;
        return server.group(&id).await?.ok_or_else(missing);
    }
    if is_id(wanted)
        && let Some(group) = server.group(wanted).await?
    {
        return Ok(group);
    }
    let found = server.groups_called(wanted).await?;
    let mut called = HashSet::new();
    let mut waiting: Vec<&Value> = found.iter().collect();
    while let Some(group) = waiting.pop() {
        let is_called = group["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        called.extend(group["id"].as_str().filter(|_| is_called));
        // Servers that know of no flat list hang what was found into its tree.
        waiting.extend(group["subGroups"].as_array().into_iter().flatten());
    }
    match (called.iter().next(), called.len()) {
        (Some(id), 1) => server.group(id).await?.ok_or_else(missing),
        (None, _) => Err(missing()),
        _ => Err(wrong(
            server,
            wanted,
            "is there more than once; write its path into scope.groups, as in \"/Parent/Group\"",
        )),
    }
}

/// The group's id and, where those count, all of the groups within it. Since Keycloak 23 a group says how many it has, and they
/// are a list of their own; before, it has them in it.
async fn within(server: &Server<'_>, top: &Map<String, Value>, ids: &mut HashSet<String>) -> Result<(), SourceError> {
    let mut waiting = vec![top.clone()];
    while let Some(group) = waiting.pop() {
        let Some(id) = text(&group, "id") else {
            return Err(server.rest.malformed("a group without an `id`"));
        };
        if !ids.insert(id.to_owned()) || !server.settings.nested_groups {
            continue;
        }
        if ids.len() > GROUPS_MAX {
            return Err(server.rest.malformed(format!("more than {GROUPS_MAX} groups within a wanted one")));
        }
        let Some(n) = group.get(COUNT).and_then(Value::as_u64) else {
            let inside = group.get("subGroups").and_then(Value::as_array).into_iter().flatten();
            waiting.extend(inside.filter_map(Value::as_object).cloned());
            continue;
        };
        if n == 0 {
            continue;
        }
        // Not brief: since 26.3 what is brief does not say how many groups it has (pull request 39755).
        let path = format!("/groups/{}/children", encoded(id));
        let mut listing = Listing::of(server, "children", path, Some(n));
        while let Some(rows) = listing.next().await? {
            for (id, row) in rows {
                // One that does not say how many it has would be taken for an old server's, which has them in it.
                let group = if row.contains_key(COUNT) { Some(row) } else { server.group(&id).await? };
                waiting.push(group.ok_or_else(|| server.rest.malformed(MOVED))?);
            }
        }
        if listing.seen().entries() != n {
            let shown = listing.seen().entries();
            return Err(server.rest.malformed(format!(
                "a group has {n} groups within it and {shown} are shown; the next cycle reads again, unless they may not be viewed"
            )));
        }
    }
    Ok(())
}

/// As Keycloak makes them; a name is not asked for as one.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn wrong(server: &Server<'_>, group: &str, what: &str) -> SourceError {
    server.rest.malformed(format!("the group {} {what}", quoted(group)))
}
