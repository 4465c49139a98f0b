//! The groups that `[[group]]` asks for: by path, id or name, or every one of the tree whose own name matches a pattern.
//!
//! Never: takes what the server's search finds for what matches, the top of the tree for all of it, or a page of members for
//! everybody.

use std::collections::HashSet;

use super::groups::{PUSHED, find, members_of, rows, tree, within, wrong};
use super::listing::Listing;
use super::server::Server;
use crate::core::groups::rules::Asked;
use crate::source::SourceError;
use crate::source::rest::pushed::{Directory, Group, Members};
use crate::source::rest::{quoted, text};

/// Asks one realm.
pub struct Realm<'a> {
    pub server: &'a Server<'a>,
}

impl Realm<'_> {
    /// From the top down, each level as long as it is counted: the search is a listing that may be cut.
    async fn matching(&self, asked: &Asked) -> Result<Vec<Group>, SourceError> {
        let server = self.server;
        if asked.text().starts_with('/') {
            let why = "a pattern is of names and not of paths; write the name alone, pm-*, or one path without a *";
            return Err(server.rest.malformed(format!("group.source: {}: {why}", quoted(&asked.text()))));
        }
        let n = server.tops().await?;
        let listing = Listing::of(server, "groups", "/groups?briefRepresentation=false".into(), Some(n));
        let (tops, shown) = rows(server, listing).await?;
        if shown != n {
            return Err(server.rest.malformed(format!(
                "groups for {}: {n} were counted at the top and {shown} are shown; the next cycle reads again, unless they may not \
                 be viewed",
                quoted(&asked.text())
            )));
        }
        let all = tree(server, tops, true).await?;
        if all.values().any(String::is_empty) {
            return Err(server.rest.malformed("a group without a name, so whether it matches is not known"));
        }
        let matching = all.into_iter().filter(|(_, name)| asked.star(name).is_some());
        Ok(matching.map(|(id, name)| Group { id, name, address: None }).collect())
    }

    /// Pages by offset skip somebody where somebody before them goes, and members are counted nowhere: what fills a page, or
    /// is on several, has to come twice the same.
    async fn people(&self, id: &str) -> Result<HashSet<u128>, SourceError> {
        let (members, may_skip) = members_of(self.server, id).await?;
        if may_skip && members_of(self.server, id).await?.0 != members {
            return Err(self
                .server
                .rest
                .malformed("its members moved while they were read; the next cycle reads again"));
        }
        Ok(members)
    }

    async fn everybody(&self, group: &Group) -> Result<HashSet<u128>, SourceError> {
        let found = self.server.group(&group.id).await?;
        let found = found.ok_or_else(|| self.server.rest.malformed("it went while groups were read"))?;
        let mut everybody = HashSet::new();
        for id in within(self.server, found).await? {
            everybody.extend(self.people(&id).await?);
        }
        Ok(everybody)
    }
}

impl Directory for Realm<'_> {
    async fn find(&self, asked: &Asked) -> Result<Vec<Group>, SourceError> {
        let name = match asked {
            Asked::Every { .. } => return self.matching(asked).await,
            Asked::One(name) => name,
        };
        let found = find(self.server, name, PUSHED).await?;
        match (text(&found, "id"), text(&found, "name")) {
            (Some(id), Some(name)) => Ok(vec![Group { id: id.into(), name: name.into(), address: None }]),
            _ => Err(wrong(self.server, name, "does not show its id and its name")),
        }
    }

    async fn members(&self, group: &Group) -> Result<Members, SourceError> {
        let read = self.everybody(group).await;
        let read = read.map_err(|error| error.because(|why| format!("the group {}: {why}", quoted(&group.name))))?;
        Ok(Members::People(read.into()))
    }
}
