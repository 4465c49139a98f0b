//! The entra source: Microsoft Entra ID over Microsoft Graph v1.0. People are read by assignment to an enterprise
//! application, by group, or as a listing of users.
//!
//! Never: takes what the application may not read for what is not there, leaves the origin and version of Graph, or writes.

mod assigned;
mod direct;
mod examine;
mod graph;
mod groups;
mod listing;
mod look_up;
mod organization;
mod people;
mod person;

use futures_util::future::BoxFuture;

use super::rest::{encoded, in_time};
use super::{Finding, Fold, LookedUp, Source, SourceError};
use crate::clock::Clock;
use crate::config::Http;
use crate::config::entra_source::{EntraSettings, Who};
use crate::core::evidence::Evidence;
use crate::core::model::SourceId;
use graph::{Graph, USERS};
use listing::Listing;
use people::People;

/// One tenant.
pub struct EntraSource {
    name: String,
    settings: EntraSettings,
    http: Http,
    clock: Clock,
}

impl EntraSource {
    /// Connects to nothing yet.
    pub fn open(name: &str, settings: &EntraSettings, http: &Http, clock: Clock) -> EntraSource {
        Self { name: name.into(), settings: settings.clone(), http: http.clone(), clock }
    }

    fn graph(&self) -> Result<Graph<'_>, SourceError> {
        Graph::open(&self.settings, &self.http, self.clock)
    }

    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let graph = self.graph()?;
        let identity = organization::read(&graph).await?.identity(&self.settings);
        let mut people = People::new(&graph, &self.name, fold);
        let mut checked = match &self.settings.who {
            Who::App(app) => assigned::read(&graph, app, &mut people).await?,
            Who::Groups { names, nested } => groups::read(&graph, names, *nested, &mut people).await?,
            Who::Everybody { filter } => vec![everybody(&graph, filter.as_deref(), &mut people).await?],
        };
        checked.extend(graph.slowed_down());
        let (entries, more) = people.finish()?;
        checked.extend(more);
        Ok(Evidence { can_probe: true, identity: Some(identity), checked, ..Evidence::of_listing(&self.name, entries) })
    }

    async fn look_up_all(&self, ids: &[SourceId]) -> Result<LookedUp, SourceError> {
        let graph = self.graph()?;
        let identity = organization::read(&graph).await?.identity(&self.settings);
        let found = look_up::look_up(&graph, &self.name, ids).await?;
        Ok(LookedUp::of(identity, found))
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
        in_time(self.settings.timeout, &self.settings.url, "`timeout`", work).await
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

impl Source for EntraSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        format!("entra {}", self.settings.tenant)
    }

    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        Box::pin(self.in_time(self.read_whole(fold)))
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
        Box::pin(self.in_time(self.look_up_all(ids)))
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async {
            let advice = "correct that; until then nobody is removed as missing".to_owned();
            let work = async { examine::examine(&self.graph()?, self.clock.now().unix_s).await };
            self.in_time(work).await.unwrap_or_else(|error| vec![Finding::Wrong(error.to_string(), advice)])
        })
    }
}
