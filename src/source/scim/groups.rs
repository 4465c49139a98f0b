//! The wanted groups: each found exactly once, with everybody in it, members of groups inside included.
//!
//! Never: takes what a server answered to a filter it does not know for the group, a group whose members cannot be told for
//! an empty one, or a group that may not be read for a person.

mod find;
mod members;

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::names::text;
use super::server::{Server, quoted};
use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use find::Finder;

/// Members that are neither said to be people nor seen in a listing: one question each.
const ASKED_MAX: usize = 1_000;

/// The members of the wanted groups, and how many of them were people of the listing.
pub struct Groups {
    wanted: Vec<Wanted>,
    nested: bool,
    /// Members of which nothing says yet that they are people, and one of the wanted groups each is in.
    untold: BTreeMap<String, usize>,
    /// Hashes of the ids of members that had to be told to be people by something else than the group.
    told: HashSet<u128>,
}

struct Wanted {
    /// As the configuration writes it.
    name: String,
    id: String,
    /// The ids of the group and of those inside.
    ids: HashSet<String>,
    /// Of each member's id only a hash; also of ids that are nobody's.
    members: HashSet<u128>,
    seen: u64,
}

impl Groups {
    /// Reads the wanted groups. `source` is the name under which people are known.
    pub async fn read(server: &Server<'_>, source: &str) -> Result<Groups, SourceError> {
        let mut finder = Finder::new(server);
        let nested = server.settings.nested_groups;
        let mut groups = Groups { wanted: Vec::new(), nested, untold: BTreeMap::new(), told: HashSet::new() };
        for name in &server.settings.groups {
            let id = finder.find(name).await?;
            let inside = members::inside(&mut finder, name, id.clone()).await?;
            if inside.people.is_empty() && inside.untold.is_empty() {
                return Err(wrong(
                    server,
                    name,
                    "is empty, or its members may not be read; correct that, or take it out of scope.groups",
                ));
            }
            let hash = |id: &String| id_hash(&SourceId::new(source, id.as_str()));
            let members = inside.people.iter().chain(&inside.untold).map(hash).collect();
            let at = groups.wanted.len();
            groups.wanted.push(Wanted { name: name.clone(), id, ids: inside.groups, members, seen: 0 });
            groups.told.extend(inside.untold.iter().map(hash));
            // Where groups inside do not count, it does not matter that a member may be one.
            groups.untold.extend(inside.untold.into_iter().filter(|_| nested).map(|id| (id, at)));
        }
        Ok(groups)
    }

    /// The wanted groups that this person is in. Errors: one of them does not show a member whom their own `groups` puts into it.
    pub fn of(&self, server: &Server<'_>, user: &DirectoryUser) -> Result<Vec<String>, SourceError> {
        let hash = id_hash(&user.id);
        let (is_in, is_out): (Vec<_>, Vec<_>) = self.wanted.iter().partition(|group| group.members.contains(&hash));
        // Some servers take people who are disabled out of `members` at once.
        let is_cut = |group: &&Wanted| user.active != Active::No && self.says_to_be_in(user, group);
        match is_out.into_iter().find(is_cut) {
            None => Ok(is_in.into_iter().map(|group| group.name.clone()).collect()),
            Some(group) => Err(wrong(
                server,
                &group.name,
                "does not show somebody whose own `groups` says that they are in it; is `members` cut short? If it was only \
                 changed just now, the next cycle reads it again",
            )),
        }
    }

    /// The same for a person of the listing, who is counted.
    pub fn of_listed(&mut self, server: &Server<'_>, user: &DirectoryUser) -> Result<Vec<String>, SourceError> {
        let hash = id_hash(&user.id);
        for group in self.wanted.iter_mut().filter(|group| group.members.contains(&hash)) {
            group.seen += 1;
        }
        self.untold.remove(user.id.id.as_str());
        self.of(server, user)
    }

    /// Whether the person's own `groups` (RFC 7643 §4.1.2) names the group or, where those count, one inside. It may name groups
    /// further out too, so that without groups inside only what is called `direct` is one.
    fn says_to_be_in(&self, user: &DirectoryUser, group: &Wanted) -> bool {
        let own = user.attributes.get("groups").and_then(Value::as_array);
        own.into_iter().flatten().filter_map(Value::as_object).any(|own| {
            let is_direct = || text(own, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("direct"));
            text(own, "value")
                .is_some_and(|id| if self.nested { group.ids.contains(id) } else { group.id == id && is_direct() })
        })
    }

    /// Asks for each member that nothing says to be a person: a group that the listing does not show would hide all who are in
    /// it. `told` are those who were people in the reading before.
    pub async fn ask_about_untold(
        &mut self,
        server: &Server<'_>,
        told: &HashSet<u128>,
        source: &str,
    ) -> Result<(), SourceError> {
        let mut untold = std::mem::take(&mut self.untold);
        untold.retain(|id, _| !told.contains(&id_hash(&SourceId::new(source, id.as_str()))));
        if let Some(group) = untold.values().next().filter(|_| untold.len() > ASKED_MAX) {
            let what = format!(
                "has members, {} with those of other groups, who are not listed and of whom nothing says that they are people; \
                 more than {ASKED_MAX} are not asked for. Let the server write `type` or `$ref`, or set nested_groups = false",
                untold.len()
            );
            return Err(wrong(server, &self.wanted[*group].name, &what));
        }
        for (id, group) in untold {
            if server.one("/Users", &id).await?.is_none() {
                return Err(wrong(
                    server,
                    &self.wanted[group].name,
                    "has a member that is no User and no Group which can be read, so somebody may be hidden in it. Give the \
                     account the right to read every group; or take out of the group whoever was deleted; or set \
                     nested_groups = false, if no group in a group counts",
                ));
            }
        }
        Ok(())
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

    /// Hashes of the ids of members that turned out to be people.
    pub fn told(self) -> HashSet<u128> {
        self.told
    }
}

fn wrong(server: &Server<'_>, group: &str, what: &str) -> SourceError {
    server.rest.malformed(format!("the group {} {what}", quoted(group)))
}
