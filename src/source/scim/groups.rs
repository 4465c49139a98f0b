//! The wanted groups: each found exactly once, with everybody in it, members of groups inside included.
//!
//! Never: takes what a server answered to a filter it does not know for the group, or a group whose members cannot be told for
//! an empty one.

mod find;
mod members;
mod pushed;

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::names::text;
use super::server::Server;
use crate::core::evidence::Nesting;
use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::quoted;
pub use find::Finder;
pub use pushed::Pushed;

/// The members of the wanted groups, and how many of them were people of the listing.
pub struct Groups {
    wanted: Vec<Wanted>,
    nested: bool,
}

struct Wanted {
    /// As the configuration writes it.
    name: String,
    id: String,
    /// The group and those inside: id and displayName.
    groups: BTreeMap<String, String>,
    /// Of each member's id only a hash; also of ids that are nobody's.
    members: HashSet<u128>,
    seen: u64,
}

impl Groups {
    /// Reads the wanted groups. `source` is the name under which people are known.
    pub async fn read(finder: &Finder<'_>, source: &str) -> Result<Groups, SourceError> {
        let server = finder.server;
        let mut groups = Groups { wanted: Vec::new(), nested: server.settings.nested_groups };
        for name in &server.settings.groups {
            let id = finder.find(name, "scope.groups").await?;
            let inside = members::inside(finder, name, id.clone()).await?;
            if inside.members.is_empty() {
                return Err(wrong(
                    server,
                    name,
                    "is empty, or its members may not be read; correct that, or take it out of scope.groups",
                ));
            }
            let members = inside.members.iter().map(|id| hash(source, id)).collect();
            groups.wanted.push(Wanted { name: name.clone(), id, groups: inside.groups, members, seen: 0 });
        }
        Ok(groups)
    }

    /// Writes down in which of the wanted groups a person is. Whom a group does not show, and whose own `groups` says that they
    /// are in it, is in it and not known to be active: `members` may be cut short, and nothing happens on a contradiction.
    pub fn put(&self, user: &mut DirectoryUser) {
        let hash = id_hash(&user.id);
        let is_shown = |group: &&Wanted| group.members.contains(&hash);
        // Some servers take people who are disabled out of `members` at once.
        let is_cut = |group: &&Wanted| user.active != Active::No && says_to_be_in(user, &group.id, self.inside(group));
        let cut = self.wanted.iter().filter(|group| !is_shown(group)).find(is_cut).map(|group| group.name.clone());
        let shown = self.wanted.iter().filter(is_shown).map(|group| group.name.clone());
        user.groups = shown.chain(cut.clone()).collect();
        if let Some(name) = cut {
            user.active = Active::Unknown;
            user.active_because = format!("their own `groups` has {}, and its `members` has not them", quoted(&name));
        }
    }

    /// The same for a person of the listing, who is counted.
    pub fn put_listed(&mut self, user: &mut DirectoryUser) {
        let hash = id_hash(&user.id);
        for group in self.wanted.iter_mut().filter(|group| group.members.contains(&hash)) {
            group.seen += 1;
        }
        self.put(user);
    }

    /// For the evidence: a group inside that is hidden one day looks like the id of somebody who was deleted, which many servers
    /// leave among the members.
    pub fn nesting(&self, source: &str) -> Nesting {
        if !self.nested {
            return Nesting::default();
        }
        let groups = self.wanted.iter().flat_map(|wanted| &wanted.groups);
        let mut others: Vec<u128> = self.wanted.iter().flat_map(|wanted| wanted.members.iter().copied()).collect();
        others.sort_unstable();
        others.dedup();
        Nesting { followed: groups.map(|(id, name)| (hash(source, id), quoted(name))).collect(), others }
    }

    /// The groups whose people count as the group's, where others do.
    fn inside<'a>(&self, group: &'a Wanted) -> Option<&'a BTreeMap<String, String>> {
        self.nested.then_some(&group.groups)
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

/// Whether the person's own `groups` (RFC 7643 §4.1.2) names the group or, where those count, one inside. It may name groups
/// further out too, so that without groups inside only what is called `direct` is one.
fn says_to_be_in(user: &DirectoryUser, group: &str, inside: Option<&BTreeMap<String, String>>) -> bool {
    let own = user.attributes.get("groups").and_then(Value::as_array);
    own.into_iter().flatten().filter_map(Value::as_object).any(|own| {
        let is_direct = || text(own, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("direct"));
        text(own, "value").is_some_and(|id| match inside {
            Some(inside) => inside.contains_key(id),
            None => group == id && is_direct(),
        })
    })
}

fn hash(source: &str, id: &str) -> u128 {
    id_hash(&SourceId::new(source, id))
}

fn wrong(server: &Server<'_>, group: &str, what: &str) -> SourceError {
    server.rest.malformed(format!("the group {} {what}", quoted(group)))
}
