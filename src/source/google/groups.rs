//! The wanted groups: who is in them. Google itself follows groups within groups, and says "everybody" in one row.
//!
//! Never: takes an empty group for one that everybody left, a group that is not shown for an empty one, or somebody of another
//! account for one of this.

use std::collections::HashSet;
use std::sync::Arc;

use super::listing::{Listing, Of};
use super::server::Server;
use crate::source::SourceError;
use crate::source::rest::pushed::Members;
use crate::source::rest::{hash, quoted, text};

/// The wanted groups.
#[derive(Default)]
pub struct Groups(Vec<Group>);

struct Group {
    /// As the configuration writes it: an address or an id.
    name: String,
    /// Of each member's id only a hash.
    members: Arc<HashSet<u128>>,
    /// Everybody in the account is a member, by one row (`CUSTOMER`).
    is_everybody: bool,
    /// Members whom the listing of people has shown so far.
    listed: u64,
}

impl Groups {
    /// Reads every member of every wanted group.
    pub async fn read(server: &Server<'_>) -> Result<Groups, SourceError> {
        let mut groups = Groups::default();
        for name in &server.settings.groups {
            let (members, is_everybody) = members(server, name, name).await?;
            if members.is_empty() && !is_everybody {
                let why = "has no members, or they may not be read. Empty never means everybody left; correct that, or take it \
                           out of scope.groups";
                return Err(wrong(server, name, why));
            }
            groups.0.push(Group { name: name.clone(), members: members.into(), is_everybody, listed: 0 });
        }
        Ok(groups)
    }

    /// Who is in the wanted group with that id or address; nothing where it is none of them.
    pub fn members_of(&self, id: &str, address: &str) -> Option<Members> {
        let is = |group: &&Group| group.name == id || group.name.eq_ignore_ascii_case(address);
        self.0.iter().find(is).map(|group| known(&group.members, group.is_everybody))
    }

    /// The wanted groups that this person is in.
    pub fn of(&mut self, id: &str) -> Vec<String> {
        let id = hash(id);
        let of = self.0.iter_mut().filter(|group| group.is_everybody || group.members.contains(&id));
        of.map(|group| {
            group.listed += 1;
            group.name.clone()
        })
        .collect()
    }

    /// For the evidence, after everybody was listed. Errors: a group whose members are all somewhere else.
    pub fn finish(&self, server: &Server<'_>) -> Result<Vec<String>, SourceError> {
        if let Some(group) = self.0.iter().find(|group| group.listed == 0) {
            let why =
                "has members, and none of them is somebody who is listed; correct scope.groups, `customer` or `domain`";
            return Err(wrong(server, &group.name, why));
        }
        Ok(self.0.iter().map(Group::checked).collect())
    }
}

impl Group {
    fn checked(&self) -> String {
        let (name, members, listed) = (quoted(&self.name), self.members.len() as u64, self.listed);
        if self.is_everybody {
            return format!("group {name}: everybody in the account");
        }
        match members.saturating_sub(listed) {
            0 => format!("group {name}: {members} members"),
            others => format!(
                "group {name}: {members} members, of whom {others} are not listed (of another account or domain)"
            ),
        }
    }
}

pub fn known(people: &Arc<HashSet<u128>>, is_everybody: bool) -> Members {
    if is_everybody { Members::Everybody } else { Members::People(people.clone()) }
}

/// Of each person in a group a hash, and whether everybody is. `key`: its address or its id; `name`: for messages.
pub async fn members(server: &Server<'_>, key: &str, name: &str) -> Result<(HashSet<u128>, bool), SourceError> {
    let (mut people, mut is_everybody) = (HashSet::new(), false);
    let mut listing = Listing::of(server, Of::Members { key, name });
    while let Some(rows) = listing.next().await? {
        for (id, row) in rows {
            match text(&row, "type") {
                Some("USER") => _ = people.insert(hash(&id)),
                // Its members are in the list themselves, or do not count.
                Some("GROUP") => {}
                Some("CUSTOMER") => is_everybody = true,
                _ => {
                    return Err(wrong(server, name, "has a member that is neither a person nor a group nor everybody"));
                }
            }
        }
    }
    Ok((people, is_everybody))
}

fn wrong(server: &Server<'_>, group: &str, what: &str) -> SourceError {
    server.rest.malformed(format!("the group {} {what}", quoted(group)))
}
