//! The groups that `[[group]]` asks for, by address or id, or by a pattern of names or of addresses.
//!
//! Names are anybody's to choose, and addresses are not: a pattern with an `@` is one of addresses, and such groups are called by
//! theirs, so that the `*` stands for a part of it.
//! Never: searches for a group; Google's search of groups is an index that lags.

use serde_json::{Map, Value};

use super::groups::{self, Groups};
use super::listing::{Listing, Of};
use super::server::Server;
use crate::core::groups::rules::Asked;
use crate::source::SourceError;
use crate::source::rest::pushed::{Directory, Group, Members};
use crate::source::rest::text;

/// Asks one account, of which groups of `scope.groups` are read already.
pub struct Account<'a> {
    pub server: &'a Server<'a>,
    pub read: &'a Groups,
}

impl Account<'_> {
    /// Of every page.
    async fn matching(&self, asked: &Asked) -> Result<Vec<Group>, SourceError> {
        let pattern = asked.text();
        let called = if pattern.contains('@') { "email" } else { "name" };
        let mut found = Vec::new();
        let mut listing = Listing::of(self.server, Of::Groups { asked: &pattern });
        while let Some(rows) = listing.next().await? {
            for (id, row) in rows {
                let (name, address) = (self.text_of(&row, called)?, self.text_of(&row, "email")?);
                if asked.star(name).is_some() {
                    found.push(Group { id, name: name.to_owned(), address: Some(address.to_owned()) });
                }
            }
        }
        Ok(found)
    }

    fn text_of<'r>(&self, row: &'r Map<String, Value>, name: &str) -> Result<&'r str, SourceError> {
        text(row, name).ok_or_else(|| self.server.rest.malformed(format!("a group without `{name}`")))
    }
}

impl Directory for Account<'_> {
    async fn find(&self, asked: &Asked) -> Result<Vec<Group>, SourceError> {
        let Asked::One(key) = asked else { return self.matching(asked).await };
        let group = self.server.group(key).await?;
        let text = |name| self.text_of(&group, name).map(str::to_owned);
        Ok(vec![Group { id: text("id")?, name: text("name")?, address: Some(text("email")?) }])
    }

    async fn members(&self, group: &Group) -> Result<Members, SourceError> {
        if let Some(members) = self.read.members_of(&group.id, group.address.as_deref().unwrap_or_default()) {
            return Ok(members);
        }
        let (people, is_everybody) = groups::members(self.server, &group.id, &group.name).await?;
        Ok(groups::known(&people.into(), is_everybody))
    }
}
