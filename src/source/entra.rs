//! The entra source: Microsoft Entra ID over Microsoft Graph v1.0. People are read by assignment to an enterprise
//! application, by group, or as a listing of users.
//!
//! Never: takes what the application may not read for what is not there, leaves the origin and version of Graph, or writes.

mod assigned;
mod direct;
mod examine;
pub(super) mod graph;
mod groups;
mod listing;
mod look_up;
mod organization;
mod people;
pub(super) mod person;
mod pushed;

use super::rest::pushed::Pushed;
use super::rest::{Adapter, Limit, Provider, encoded};
use super::{Finding, Fold, LookedUp, SourceError};
use crate::config::entra_source::{EntraSettings, Who};
use crate::core::evidence::Evidence;
use crate::core::model::SourceId;
use graph::{Graph, USERS};
use listing::Listing;
use people::People;
use pushed::Tenant;

/// One tenant.
pub type EntraSource = Adapter<EntraSettings>;

impl EntraSource {
    fn graph(&self) -> Result<Graph<'_>, SourceError> {
        Graph::open(&self.settings, &self.http, self.clock)
    }
}

/// With `$count`, so that filters of every kind are taken, and Graph says how many there are.
async fn everybody(graph: &Graph<'_>, filter: Option<&str>, people: &mut People<'_>) -> Result<String, SourceError> {
    let filter = filter.map(|filter| format!("&$filter={}", encoded(filter))).unwrap_or_default();
    let path = format!("/users?$count=true&{}{filter}", graph.select());
    let mut listing = Listing::new(graph, path, USERS);
    listing.rest(&mut |row| people.take(row, &[])).await?;
    listing.finish("users")
}

impl Provider for EntraSource {
    fn describe(&self) -> String {
        format!("entra {}", self.settings.tenant)
    }

    fn limit(&self) -> Limit<'_> {
        Limit { time: self.settings.timeout, url: &self.settings.url, raise: "`timeout`" }
    }

    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let graph = self.graph()?;
        let identity = organization::read(&graph).await?.identity(&self.settings);
        // Before anybody is handed over, so that each is with theirs.
        let pushed = Pushed::read(&self.settings.pushed, &Tenant { graph: &graph, source: &self.name }).await?;
        let mut people = People::new(&graph, &self.name, pushed, fold);
        let mut checked = match &self.settings.who {
            Who::App(app) => assigned::read(&graph, app, &mut people).await?,
            Who::Groups { names, nested } => groups::read(&graph, names, *nested, &mut people).await?,
            Who::Everybody { filter } => vec![everybody(&graph, filter.as_deref(), &mut people).await?],
        };
        checked.extend(graph.slowed_down());
        let groups = people.pushed();
        let (entries, more) = people.finish()?;
        checked.extend(more);
        let evidence =
            Evidence { can_probe: true, identity: Some(identity), ..Evidence::of_listing(&self.name, entries) };
        Ok(Evidence { groups, checked, ..evidence })
    }

    async fn look_up_all(&self, ids: &[SourceId]) -> Result<LookedUp, SourceError> {
        let graph = self.graph()?;
        let identity = organization::read(&graph).await?.identity(&self.settings);
        let found = look_up::look_up(&graph, &self.name, ids).await?;
        Ok(LookedUp::of(identity, found))
    }

    async fn examined(&self) -> Result<Vec<Finding>, SourceError> {
        examine::examine(&self.graph()?, self.clock.now().unix_s).await
    }
}
