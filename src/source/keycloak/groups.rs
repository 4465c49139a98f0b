//! The wanted groups: which group is meant, the groups within it, and who is in any of them directly.
//!
//! Never: takes one of two that are called alike, an empty group for one that everybody left, or ten groups within it for all.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::listing::Listing;
use super::server::Server;
use crate::source::SourceError;
use crate::source::rest::{encoded, hash, quoted, text};

/// Where the configuration names groups.
pub const SCOPE: &str = "scope.groups";
pub const PUSHED: &str = "group.source";
/// A tree is not larger than that by reason.
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
            group.members = members(server, group.ids.iter()).await?;
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
            let group = find(server, name, SCOPE).await?;
            let ids = within(server, group).await?;
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
/// `place` is where the configuration names it.
pub async fn find(server: &Server<'_>, wanted: &str, place: &str) -> Result<Map<String, Value>, SourceError> {
    let missing = || wrong(server, wanted, &format!("is not there, or may not be read; correct {place}"));
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
            &format!("is there more than once; write its path into {place}, as in \"/Parent/Group\""),
        )),
    }
}

/// The group's id and, where those count, the ids of all groups within it.
pub async fn within(server: &Server<'_>, group: Map<String, Value>) -> Result<HashSet<String>, SourceError> {
    let ids = tree(server, vec![group], server.settings.nested_groups).await?.into_keys();
    Ok(ids.collect())
}

/// The ids of these groups with their names and, if asked to, those of all groups within them. Since Keycloak 23 a group says how
/// many it has, and they are a list of their own; before, it has them in it.
pub async fn tree(
    server: &Server<'_>,
    mut waiting: Vec<Map<String, Value>>,
    goes_in: bool,
) -> Result<BTreeMap<String, String>, SourceError> {
    let mut found = BTreeMap::new();
    while let Some(group) = waiting.pop() {
        let Some(id) = text(&group, "id") else {
            return Err(server.rest.malformed("a group without an `id`"));
        };
        let name = text(&group, "name").unwrap_or_default();
        if found.insert(id.to_owned(), name.to_owned()).is_some() || !goes_in {
            continue;
        }
        if found.len() > GROUPS_MAX {
            return Err(server.rest.malformed(format!("more than {GROUPS_MAX} groups in one tree")));
        }
        match group.get(COUNT).and_then(Value::as_u64) {
            Some(n) => waiting.extend(children(server, id, n).await?),
            None => {
                let inside = group.get("subGroups").and_then(Value::as_array).into_iter().flatten();
                waiting.extend(inside.filter_map(Value::as_object).cloned());
            }
        }
    }
    Ok(found)
}

/// The groups directly within one that says it has `n`.
async fn children(server: &Server<'_>, id: &str, n: u64) -> Result<Vec<Map<String, Value>>, SourceError> {
    if n == 0 {
        return Ok(Vec::new());
    }
    // Not brief: since 26.3 what is brief does not say how many groups it has (pull request 39755).
    let listing = Listing::of(server, "children", format!("/groups/{}/children", encoded(id)), Some(n));
    let (rows, shown) = rows(server, listing).await?;
    if shown == n {
        return Ok(rows);
    }
    Err(server.rest.malformed(format!(
        "a group has {n} groups within it and {shown} are shown; the next cycle reads again, unless they may not be viewed"
    )))
}

/// Every row of a listing of groups, and how many there were.
pub async fn rows(
    server: &Server<'_>,
    mut listing: Listing<'_>,
) -> Result<(Vec<Map<String, Value>>, u64), SourceError> {
    let mut groups = Vec::new();
    while let Some(rows) = listing.next().await? {
        for (id, row) in rows {
            // One that does not say how many it has would be taken for an old server's, which has them in it.
            let group = if row.contains_key(COUNT) { Some(row) } else { server.group(&id).await? };
            groups.push(group.ok_or_else(|| server.rest.malformed(MOVED))?);
        }
    }
    let shown = listing.seen().entries();
    Ok((groups, shown))
}

/// Who is in any of these groups directly, of each a hash.
pub async fn members(server: &Server<'_>, groups: impl Iterator<Item = &String>) -> Result<HashSet<u128>, SourceError> {
    let mut members = HashSet::new();
    for id in groups {
        members.extend(members_of(server, id).await?.0);
    }
    Ok(members)
}

/// Who is in this one directly, and whether somebody may have been skipped: a page of them was full, or one came after another. A
/// page may be short in its middle, where somebody on it may not be viewed.
pub async fn members_of(server: &Server<'_>, id: &str) -> Result<(HashSet<u128>, bool), SourceError> {
    // Of a member nothing but the id is needed; what is whole costs the server some questions each.
    let path = format!("/groups/{}/members?briefRepresentation=true", encoded(id));
    let (mut members, mut may_skip, mut with_rows) = (HashSet::new(), false, 0);
    let mut listing = Listing::of(server, "members", path, None);
    while let Some(rows) = listing.next().await? {
        with_rows += u32::from(!rows.is_empty());
        may_skip |= with_rows > 1 || rows.len() as u64 >= u64::from(server.settings.page_size);
        members.extend(rows.iter().map(|(id, _)| hash(id)));
    }
    Ok((members, may_skip))
}

/// As Keycloak makes them; a name is not asked for as one.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

pub fn wrong(server: &Server<'_>, group: &str, what: &str) -> SourceError {
    server.rest.malformed(format!("the group {} {what}", quoted(group)))
}
