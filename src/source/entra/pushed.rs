//! The groups that `[[group]]` asks for, by displayName or id, or by a pattern of displayNames.
//!
//! Both questions, which groups there are and who is in one, are such as Graph does not answer from the index that may lag. A group
//! that hides its members can hold no groups and be in none (only Microsoft 365 groups can hide them), so an empty one is all that
//! can be hidden.
//! Never: takes such a group for one that everybody left.

use super::graph::{Graph, quoted};
use super::groups::{self, PUSHED, is_empty, listed, member_ids};
use crate::config::entra_source::is_guid;
use crate::core::groups::rules::Asked;
use crate::source::SourceError;
use crate::source::rest::encoded;
use crate::source::rest::pushed::{Directory, Group, Members};

/// Asks one tenant.
pub struct Tenant<'a> {
    pub graph: &'a Graph<'a>,
    /// The name of the `[[source]]`.
    pub source: &'a str,
}

impl Tenant<'_> {
    /// Of every page. The beginning is a filter of Graph's; whether the whole name matches is seen here.
    async fn matching(&self, asked: &Asked, before: &str) -> Result<Vec<Group>, SourceError> {
        let filter = match before {
            "" => String::new(),
            _ => format!("$filter={}&", encoded(&format!("startswith(displayName,{})", quoted(before)))),
        };
        let path = format!("/groups?{filter}$select=id,displayName&{}", self.graph.top());
        let all = listed(self.graph, &path).await?;
        if all.iter().any(|(id, name)| !is_guid(id) || name.is_empty()) {
            return Err(self.graph.rest.malformed("a group without a displayName, so whether it matches is not known"));
        }
        let matching = all.into_iter().filter(|(_, name)| asked.star(name).is_some());
        Ok(matching.map(|(id, name)| Group { id, name, address: None }).collect())
    }
}

impl Directory for Tenant<'_> {
    async fn find(&self, asked: &Asked) -> Result<Vec<Group>, SourceError> {
        match asked {
            Asked::Every { before, .. } => self.matching(asked, before).await,
            Asked::One(name) => {
                let found = groups::find(self.graph, name, PUSHED).await?;
                Ok(vec![Group { id: found.group.id, name: found.called, address: None }])
            }
        }
    }

    async fn members(&self, group: &Group) -> Result<Members, SourceError> {
        let group = groups::Group { id: group.id.clone(), name: group.name.clone() };
        let ids = member_ids(self.graph, &group, self.graph.settings.nested_groups, self.source).await?;
        if ids.is_empty() {
            is_empty(self.graph, &group, "take it out of [[group]]").await?;
        }
        Ok(Members::People(ids.into()))
    }
}
