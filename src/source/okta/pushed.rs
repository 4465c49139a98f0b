//! The groups that `[[group]]` asks for, by name or id, or by a pattern of names.
//!
//! Never: takes a name of Okta's search for one that matches.

use super::groups::{self, Groups, PUSHED};
use super::listing::Listing;
use super::server::Server;
use crate::core::groups::rules::Asked;
use crate::source::SourceError;
use crate::source::rest::pushed::{Directory, Group, Members};
use crate::source::rest::quoted;

/// Asks one org, which groups of `scope.groups` are read of already.
pub struct Org<'a> {
    pub server: &'a Server<'a>,
    /// With their members.
    pub read: &'a Groups,
    /// Whose members are read on the way.
    pub on_the_way: Option<&'a groups::Group>,
}

impl Org<'_> {
    fn of_scope(&self) -> impl Iterator<Item = &groups::Group> {
        self.read.iter().map(|(group, _)| group).chain(self.on_the_way)
    }

    /// Every page of the groups whose names begin as the pattern does, or of all.
    async fn matching(&self, asked: &Asked, before: &str) -> Result<Vec<Group>, SourceError> {
        let mut found = Vec::new();
        let mut listing =
            Listing::of(self.server, format!("groups for {}", quoted(&asked.text())), self.server.groups(before));
        while let Some(rows) = listing.next().await? {
            for (id, row) in rows {
                let name = row.get("profile").and_then(|profile| profile["name"].as_str());
                let Some(name) = name.filter(|name| !name.is_empty()) else {
                    return Err(self
                        .server
                        .rest
                        .malformed("a group without a name, so whether it matches is not known"));
                };
                if asked.star(name).is_some() {
                    found.push(Group { id, name: name.to_owned(), address: None });
                }
            }
        }
        Ok(found)
    }
}

impl Directory for Org<'_> {
    async fn find(&self, asked: &Asked) -> Result<Vec<Group>, SourceError> {
        let name = match asked {
            Asked::Every { before, .. } => return self.matching(asked, before).await,
            Asked::One(name) => name,
        };
        let known = self.of_scope().find(|group| group.name == *name).cloned();
        let group = match known {
            Some(group) => group,
            None => groups::find(self.server, name, PUSHED).await?,
        };
        Ok(vec![Group { id: group.id, name: group.called, address: None }])
    }

    async fn members(&self, group: &Group) -> Result<Members, SourceError> {
        if let Some(scope) = self.on_the_way.filter(|scope| scope.id == group.id) {
            return Ok(Members::OfScope(scope.name.clone()));
        }
        if let Some((_, members)) = self.read.iter().find(|(scope, _)| scope.id == group.id) {
            return Ok(Members::People(members.clone()));
        }
        let read = groups::members(self.server, &group.id, "its members").await;
        let read = read.map_err(|error| error.because(|why| format!("the group {}: {why}", quoted(&group.name))))?;
        Ok(Members::People(read.into()))
    }
}
