//! The wanted groups: who is in them. Google itself follows groups within groups, and says "everybody" in one row.
//!
//! Never: takes an empty group for one that everybody left, a group that is not shown for an empty one, or somebody of another
//! account for one of this.

use std::collections::HashSet;

use super::listing::{Listing, Of};
use super::server::Server;
use crate::source::SourceError;
use crate::source::rest::{hash, quoted, text};

/// The wanted groups.
#[derive(Default)]
pub struct Groups(Vec<Group>);

struct Group {
    /// As the configuration writes it: an address or an id.
    name: String,
    /// Of each member's id only a hash.
    members: HashSet<u128>,
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
            let group = read(server, name).await?;
            if group.members.is_empty() && !group.is_everybody {
                let why = "has no members, or they may not be read. Empty never means everybody left; correct that, or take it \
                           out of scope.groups";
                return Err(wrong(server, name, why));
            }
            groups.0.push(group);
        }
        Ok(groups)
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

async fn read(server: &Server<'_>, name: &str) -> Result<Group, SourceError> {
    let mut group = Group { name: name.to_owned(), members: HashSet::new(), is_everybody: false, listed: 0 };
    let mut listing = Listing::of(server, Of::Members(name));
    while let Some(rows) = listing.next().await? {
        for (id, row) in rows {
            match text(&row, "type") {
                Some("USER") => _ = group.members.insert(hash(&id)),
                // Its members are in the list themselves, or do not count.
                Some("GROUP") => {}
                Some("CUSTOMER") => group.is_everybody = true,
                _ => {
                    return Err(wrong(server, name, "has a member that is neither a person nor a group nor everybody"));
                }
            }
        }
    }
    Ok(group)
}

fn wrong(server: &Server<'_>, group: &str, what: &str) -> SourceError {
    server.rest.malformed(format!("the group {} {what}", quoted(group)))
}
