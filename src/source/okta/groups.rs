//! The wanted groups: which group is meant, and who is in it. Okta's groups hold people and no groups.
//!
//! Never: takes one of two that are called alike, or an empty group for one that everybody left.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::listing::Listing;
use super::server::Server;
use crate::source::SourceError;
use crate::source::rest::{hash, quoted, text};

/// Where the configuration names groups.
pub const SCOPE: &str = "scope.groups";
pub const PUSHED: &str = "group.source";

/// One group that the configuration names.
#[derive(Clone)]
pub struct Group {
    /// As the configuration writes it.
    pub name: String,
    pub id: String,
    /// As Okta calls it.
    pub called: String,
}

/// The members of the wanted groups, of each only a hash.
#[derive(Default)]
pub struct Groups(Vec<(Group, Arc<HashSet<u128>>)>);

impl Groups {
    /// Reads every member of every wanted group.
    pub async fn read(server: &Server<'_>) -> Result<Groups, SourceError> {
        Self::with_members(server, find_all(server).await?).await
    }

    /// Reads every member of these.
    pub async fn with_members(server: &Server<'_>, found: Vec<Group>) -> Result<Groups, SourceError> {
        let mut groups = Groups::default();
        for group in found {
            let members = members(server, &group.id, &group.name).await?;
            if members.is_empty() {
                return Err(empty(server, &group));
            }
            groups.0.push((group, Arc::new(members)));
        }
        Ok(groups)
    }

    /// The wanted groups that this person is in.
    pub fn of(&self, id: &str) -> Vec<String> {
        let id = hash(id);
        let of = self.0.iter().filter(|(_, members)| members.contains(&id));
        of.map(|(group, _)| group.name.clone()).collect()
    }

    /// Those that are wanted, each with its members.
    pub fn iter(&self) -> impl Iterator<Item = &(Group, Arc<HashSet<u128>>)> {
        self.0.iter()
    }

    /// For the evidence.
    pub fn checked(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(group, members)| format!("group {}: {} members", quoted(&group.name), members.len()))
    }
}

/// Of each a hash. `name`: the group's, for messages.
pub async fn members(server: &Server<'_>, group: &str, name: &str) -> Result<HashSet<u128>, SourceError> {
    let mut members = HashSet::new();
    let mut listing = Listing::of(server, quoted(name), server.members(group));
    while let Some(rows) = listing.next().await? {
        members.extend(rows.iter().map(|(id, _)| hash(id)));
    }
    Ok(members)
}

/// Every wanted group, found exactly once.
pub async fn find_all(server: &Server<'_>) -> Result<Vec<Group>, SourceError> {
    let mut found: Vec<Group> = Vec::new();
    for name in &server.settings.groups {
        let group = find(server, name, SCOPE).await?;
        // Written by name and by id.
        if found.iter().any(|other| other.id == group.id) {
            return Err(wrong(server, name, "stands in scope.groups twice; keep one of its names"));
        }
        found.push(group);
    }
    Ok(found)
}

/// By its id, which nobody can choose, before its name, which anybody who makes groups can. `place` is where it is named.
pub async fn find(server: &Server<'_>, wanted: &str, place: &str) -> Result<Group, SourceError> {
    let may_be_id = wanted.starts_with("00g") && wanted.bytes().all(|b| b.is_ascii_alphanumeric());
    let by_id = if may_be_id { server.group(wanted).await? } else { None };
    let called = |group: &Value| group["profile"]["name"].as_str().unwrap_or_default().to_owned();
    // The search is an index of Okta's, so each that it shows is looked at.
    let named = server.groups_called(wanted).await?;
    let named: Vec<(&str, String)> = named
        .iter()
        .map(|group| (group, called(group)))
        .filter(|(_, called)| called.eq_ignore_ascii_case(wanted))
        .filter_map(|(group, called)| Some((text(group.as_object()?, "id")?, called)))
        .collect();
    let group = |id: &str, called: String| Ok(Group { name: wanted.to_owned(), id: id.to_owned(), called });
    match (by_id.map(Value::Object), named.as_slice()) {
        (Some(found), []) => group(wanted, called(&found)),
        (found, [(id, called)]) if found.is_none() || *id == wanted => group(id, called.clone()),
        (Some(_), _) => {
            Err(wrong(server, wanted, "is the id of one group and the name of another; rename the other one"))
        }
        (None, []) => Err(wrong(
            server,
            wanted,
            &format!(
                "is not there, or may not be read; correct {place}, or give the account's role that group. One that was made or \
                 renamed just now is found a little later"
            ),
        )),
        (None, _) => Err(wrong(server, wanted, &format!("is there more than once; write its id into {place}"))),
    }
}

pub fn empty(server: &Server<'_>, group: &Group) -> SourceError {
    wrong(
        server,
        &group.name,
        "has no members, or they may not be read. Empty never means everybody left; correct that, or take it out of scope.groups",
    )
}

pub fn wrong(server: &Server<'_>, group: &str, what: &str) -> SourceError {
    server.rest.malformed(format!("the group {} {what}", quoted(group)))
}
