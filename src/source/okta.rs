//! The okta source: people assigned to an app of an Okta org, members of its groups, or its users (Okta management API).
//!
//! Never: sends anything but reads, follows a link away from the org, or takes a status that it was not told about for yes or no.

mod examine;
mod groups;
mod listing;
mod look_up;
pub(super) mod person;
mod pushed;
mod refusal;
pub(super) mod server;

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::rest::pushed::Pushed;
use super::rest::{Adapter, Limit, Provider, hash, quoted};
use super::sentinels::Sentinels;
use super::{Finding, Fold, LookedUp, SourceError};
use crate::config::okta_source::{OktaSettings, Whom};
use crate::core::evidence::Evidence;
use crate::core::model::SourceId;
use crate::http::label;
use groups::Groups;
use listing::Listing;
use pushed::Org;
use server::Server;

/// One org.
pub type OktaSource = Adapter<OktaSettings>;

/// What goes by in one reading.
struct Reading<'a> {
    source: &'a OktaSource,
    fold: &'a mut dyn Fold,
    sentinels: Sentinels<'a>,
    pushed: Pushed,
    entries: u64,
}

impl Reading<'_> {
    fn person(&mut self, id: String, row: Map<String, Value>, groups: Vec<String>) -> Result<(), &'static str> {
        let in_groups = self.pushed.of(hash(&id), &groups);
        let mut user = person::person(&self.source.name, &self.source.settings, id, row)?;
        (user.groups, user.in_groups) = (groups, in_groups);
        self.sentinels.saw(&user);
        self.entries += 1;
        self.fold.person(user);
        Ok(())
    }
}

impl OktaSource {
    fn server(&self) -> Result<Server<'_>, SourceError> {
        Server::open(&self.settings, &self.http, self.clock)
    }
}

/// One listing; groups, where some are wanted, are read before, so that each person can be handed over with theirs.
async fn people(server: &Server<'_>, reading: &mut Reading<'_>) -> Result<Vec<String>, SourceError> {
    let app = server.active_app().await?;
    let groups = Groups::read(server).await?;
    let org = Org { server, read: &groups, on_the_way: None };
    reading.pushed = Pushed::read(&server.settings.pushed, &org).await?;
    let what = if app.is_some() { "assignments" } else { "users" };
    let mut listing = Listing::of(server, what, server.people());
    while let Some(rows) = listing.next().await? {
        for (id, row) in rows {
            let of = groups.of(&id);
            reading.person(id, row, of).map_err(|why| server.rest.malformed(why))?;
        }
    }
    if listing.seen().entries() == 0 {
        let what =
            app.as_ref().map_or("nobody is shown".into(), |app| format!("nobody is assigned to the {}", app.named()));
        return Err(server.rest.malformed(format!(
            "{what}, or it may not be seen. Empty never means everybody left; look at the account's role, and at `app` or `filter`"
        )));
    }
    let mut checked: Vec<String> = app.iter().map(server::App::named).collect();
    checked.push(format!("{what}: {}", listing.seen().checked()));
    checked.extend(groups.checked());
    Ok(checked)
}

/// The members of each wanted group, one listing after the other. Who is in several is handed over with the first, and with all
/// of them: so the members of the later ones are read before.
async fn members(server: &Server<'_>, reading: &mut Reading<'_>) -> Result<Vec<String>, SourceError> {
    let (mut checked, mut seen) = (Vec::new(), HashSet::new());
    let all = groups::find_all(server).await?;
    let later = Groups::with_members(server, all.iter().skip(1).cloned().collect()).await?;
    let org = Org { server, read: &later, on_the_way: all.first() };
    reading.pushed = Pushed::read(&server.settings.pushed, &org).await?;
    for group in all {
        let mut listing = Listing::of(server, quoted(&group.name), server.members(&group.id));
        while let Some(rows) = listing.next().await? {
            for (id, row) in rows.into_iter().filter(|(id, _)| seen.insert(hash(id))).collect::<Vec<_>>() {
                let others = later.of(&id).into_iter().filter(|name| *name != group.name);
                let of = std::iter::once(group.name.clone()).chain(others).collect();
                reading.person(id, row, of).map_err(|why| server.rest.malformed(why))?;
            }
        }
        if listing.seen().entries() == 0 {
            return Err(groups::empty(server, &group));
        }
        checked.push(format!("group {}: {}", quoted(&group.name), listing.seen().checked()));
    }
    Ok(checked)
}

impl Provider for OktaSource {
    fn describe(&self) -> String {
        format!("okta {}", label(&self.settings.url))
    }

    fn limit(&self) -> Limit<'_> {
        Limit { time: self.settings.timeout, url: &self.settings.url, raise: "`timeout` or `limit_share`" }
    }

    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let server = self.server()?;
        let identity = server.identity().await?;
        let sentinels = Sentinels::of(&self.settings.sentinels, &self.settings.inactive_sentinels);
        let mut reading = Reading { source: self, fold, sentinels, pushed: Pushed::default(), entries: 0 };
        let mut checked = match self.settings.whom {
            Whom::Groups => members(&server, &mut reading).await?,
            _ => people(&server, &mut reading).await?,
        };
        checked.extend(reading.sentinels.finish().map_err(|why| server.rest.malformed(why))?);
        let (entries, groups) = (reading.entries, reading.pushed.evidence());
        let evidence =
            Evidence { can_probe: true, identity: Some(identity), ..Evidence::of_listing(&self.name, entries) };
        Ok(Evidence { groups, checked, ..evidence })
    }

    async fn look_up_all(&self, ids: &[SourceId]) -> Result<LookedUp, SourceError> {
        let server = self.server()?;
        let identity = server.identity().await?;
        let found = look_up::look_up(&server, &self.name, ids).await?;
        Ok(LookedUp::of(identity, found))
    }

    async fn examined(&self) -> Result<Vec<Finding>, SourceError> {
        examine::examine(&self.settings, &self.http, self.clock).await
    }
}
