//! The google source: the people of a Google Workspace account, by org unit or by group (Admin SDK, Directory API).
//!
//! Never: sends anything but reads, mixes two listings, or takes a missing flag for yes or no.

mod examine;
mod groups;
mod listing;
mod look_up;
pub(super) mod person;
mod pushed;
mod refusal;
pub(super) mod server;

use serde_json::{Map, Value};

use super::sentinels::Sentinels;
use super::{Finding, Fold, LookedUp, SourceError};
use crate::config::google_source::GoogleSettings;
use crate::core::evidence::Evidence;
use crate::core::model::{Active, SourceId};
use crate::http::label;
use crate::source::rest::pushed::Pushed;
use crate::source::rest::{Adapter, Limit, Provider, hash, quoted, text};
use groups::Groups;
use listing::{Listing, Of};
use person::Unit;
use pushed::Account;
use server::Server;

/// One account.
pub type GoogleSource = Adapter<GoogleSettings>;

impl GoogleSource {
    fn server(&self) -> Result<Server<'_>, SourceError> {
        Server::open(&self.settings, &self.http, self.clock)
    }
}

/// How many people were in each wanted org unit.
struct Units<'a> {
    settings: &'a GoogleSettings,
    people: Vec<u64>,
}

impl<'a> Units<'a> {
    fn of(settings: &'a GoogleSettings) -> Self {
        Self { settings, people: vec![0; settings.org_units.len()] }
    }

    /// Whether the person counts: is in one of them, or nobody knows where.
    fn has(&mut self, row: &Map<String, Value>) -> bool {
        match person::unit(self.settings, row) {
            Unit::Wanted => {
                let path = text(row, "orgUnitPath").unwrap_or_default();
                let units = self.settings.org_units.iter().zip(&mut self.people);
                units.filter(|(unit, _)| person::is_below(path, unit)).for_each(|(_, people)| *people += 1);
                true
            }
            Unit::Unknown => true,
            Unit::Another => false,
        }
    }

    /// For the evidence. Errors: one of them has nobody, as after a change of its name.
    fn finish(self) -> Result<Vec<String>, String> {
        let each = self.settings.org_units.iter().zip(self.people);
        each.map(|(unit, people)| match people {
            0 => Err(format!(
                "nobody is in the org unit {} or below it. Empty never means everybody left; correct org_units: paths are \
                 written as Google writes them, in its letter case",
                quoted(unit)
            )),
            people => Ok(format!("org unit {}: {people} people", quoted(unit))),
        })
        .collect()
    }
}

impl Provider for GoogleSource {
    fn describe(&self) -> String {
        format!("google {}", label(&self.settings.url))
    }

    fn limit(&self) -> Limit<'_> {
        Limit { time: self.settings.timeout, url: &self.settings.url, raise: "`timeout` or `limit_share`" }
    }

    /// Groups first, so that each person can be handed over with theirs. Whoever works and is in none of the wanted org units is
    /// left out, as if there were no such person; a leaver is one wherever they were moved to, which another source must not
    /// overrule.
    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let server = self.server()?;
        let principal = server.principal().await?;
        let mut groups = Groups::read(&server).await?;
        let mut pushed = Pushed::read(&self.settings.pushed, &Account { server: &server, read: &groups }).await?;
        let mut units = Units::of(&self.settings);
        let mut sentinels = Sentinels::of(&self.settings.sentinels, &self.settings.inactive_sentinels);
        let (mut customer, mut entries, mut guests) = (None, 0, 0);
        let mut listing = Listing::of(&server, Of::People);
        while let Some(rows) = listing.next().await? {
            for (id, row) in rows {
                server.customer(&mut customer, &row)?;
                if !self.settings.guests && person::is_guest(&row) {
                    guests += 1;
                    continue;
                }
                let (groups, in_groups) = (groups.of(&id), pushed.of(hash(&id), &[]));
                let is_wanted = units.has(&row);
                let mut user = person::person(&self.name, &self.settings, id, row);
                if !is_wanted && user.active != Active::No {
                    continue;
                }
                (user.groups, user.in_groups) = (groups, in_groups);
                sentinels.saw(&user);
                entries += 1;
                fold.person(user);
            }
        }
        let customer = customer.ok_or_else(|| server.rest.malformed(server::NOBODY))?;
        let mut checked = vec![format!("users: {}", listing.checked())];
        checked.extend((guests > 0).then(|| format!("{guests} guests left out")));
        checked.extend(units.finish().map_err(|why| server.rest.malformed(why))?);
        checked.extend(groups.finish(&server)?);
        checked.extend(sentinels.finish().map_err(|why| server.rest.malformed(why))?);
        let (identity, groups) = (Some(server.identity(&customer, principal)), pushed.evidence());
        Ok(Evidence { can_probe: true, identity, groups, checked, ..Evidence::of_listing(&self.name, entries) })
    }

    async fn look_up_all(&self, ids: &[SourceId]) -> Result<LookedUp, SourceError> {
        look_up::look_up(&self.server()?, &self.name, ids).await
    }

    async fn examined(&self) -> Result<Vec<Finding>, SourceError> {
        examine::examine(&self.settings, &self.http, self.clock).await
    }
}
