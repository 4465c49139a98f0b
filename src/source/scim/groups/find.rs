//! Which group is meant: by its id, which nobody can choose, before its name, which anybody who makes groups can.
//!
//! Never: takes one of two.

use std::collections::HashSet;

use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use super::wrong;
use crate::source::SourceError;
use crate::source::rest::quoted;
use crate::source::scim::listing::Listing;
use crate::source::scim::names::{id, text};
use crate::source::scim::server::Server;

/// Groups of one server. `all` is read when it is needed.
pub struct Finder<'a> {
    pub server: &'a Server<'a>,
    all: OnceCell<All>,
}

/// The groups that the listing shows.
#[derive(Default)]
struct All {
    ids: HashSet<String>,
    /// The id and the displayName of each.
    named: Vec<(String, String)>,
}

/// What a filter says of a name.
enum ByFilter {
    One(String),
    Nobody,
    /// The server does not know filters, or more than one are called so.
    Unsure,
}

impl<'a> Finder<'a> {
    pub fn new(server: &'a Server<'a>) -> Self {
        Self { server, all: OnceCell::new() }
    }

    /// The id of the group that has that id or is called so. `place` is where the configuration names it. Errors: none, several,
    /// or one of each.
    pub async fn find(&self, wanted: &str, place: &str) -> Result<String, SourceError> {
        let has_id = self.server.is_id("/Groups", wanted).await?;
        let called = match self.by_filter(wanted).await? {
            ByFilter::One(id) => vec![id],
            // Beside an id that is enough. Alone it is not: some servers answer every filter with nobody.
            ByFilter::Nobody if has_id => Vec::new(),
            ByFilter::Nobody | ByFilter::Unsure => self.called(wanted).await?,
        };
        let wrong = |what: &str| Err(wrong(self.server, wanted, what));
        match (has_id, called.as_slice()) {
            (true, []) => Ok(wanted.to_owned()),
            (_, [id]) if !has_id || id == wanted => Ok(id.clone()),
            (true, _) => wrong("is the id of one group and the displayName of another; rename the other one"),
            (false, []) => wrong(&format!("is not there, or may not be read; correct {place}")),
            (false, _) => wrong(&format!("is there more than once; write its id into {place}")),
        }
    }

    /// By `displayName`, where the server knows filters: where all that it shows is called so, and is one.
    async fn by_filter(&self, wanted: &str) -> Result<ByFilter, SourceError> {
        let answer = self.server.search("/Groups", &format!("displayName eq {}", quoted(wanted))).await?;
        if answer.status != 200 {
            return Ok(ByFilter::Unsure);
        }
        let Ok(page) = self.server.list(&answer) else { return Ok(ByFilter::Unsure) };
        let is_wanted = |group: &Map<String, Value>| text(group, "displayName").is_some_and(|name| same(name, wanted));
        Ok(match (page.resources.as_slice(), page.total) {
            ([], None | Some(0)) => ByFilter::Nobody,
            ([group], None | Some(1)) if is_wanted(group) => id(group).map_or(ByFilter::Unsure, ByFilter::One),
            _ => ByFilter::Unsure,
        })
    }

    /// The ids of the groups that are called so; in other letter case, where none is exactly.
    async fn called(&self, wanted: &str) -> Result<Vec<String>, SourceError> {
        let named = &self.all().await?.named;
        let called = |same: &dyn Fn(&str) -> bool| -> Vec<String> {
            named.iter().filter(|(_, name)| same(name)).map(|(id, _)| id.clone()).collect()
        };
        let exact = called(&|name| name == wanted);
        Ok(if exact.is_empty() { called(&|name| same(name, wanted)) } else { exact })
    }

    /// What a group is called. Errors: nothing.
    pub async fn name(&self, id: &str) -> Result<String, SourceError> {
        let group = self.server.one("/Groups", id).await?.unwrap_or_default();
        let name = text(&group, "displayName").filter(|name| !name.is_empty());
        name.map(str::to_owned).ok_or_else(|| wrong(self.server, id, "has no displayName"))
    }

    /// Whether the listing of groups shows that id.
    pub async fn is_listed(&self, id: &str) -> Result<bool, SourceError> {
        Ok(self.all().await?.ids.contains(id))
    }

    async fn all(&self) -> Result<&All, SourceError> {
        self.all.get_or_try_init(|| self.listed()).await
    }

    async fn listed(&self) -> Result<All, SourceError> {
        let mut all = All::default();
        let mut listing = Listing::new(self.server, "/Groups", None);
        while let Some(groups) = listing.next().await? {
            for (id, group) in groups {
                all.ids.insert(id.clone());
                all.named.push((id, text(&group, "displayName").unwrap_or_default().to_owned()));
            }
        }
        Ok(all)
    }

    /// The id and the displayName of every group of the listing.
    pub async fn named(&self) -> Result<&[(String, String)], SourceError> {
        Ok(&self.all().await?.named)
    }
}

/// As `[scope]` compares them.
fn same(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}
