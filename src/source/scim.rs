//! The scim source: any SCIM 2.0 server as the directory (RFC 7643, 7644, 9865).
//!
//! Never: follows a link to another origin, takes what a server answered to a filter it does not know for the answer, or writes.

mod groups;
mod listing;
mod look_up;
pub(super) mod names;
pub(super) mod person;
pub(super) mod server;

use super::rest::{Adapter, Limit, Provider, in_the_clear};
use super::sentinels::Sentinels;
use super::{Finding, Fold, LookedUp, SourceError};
use crate::config::scim_source::ScimSettings;
use crate::core::evidence::{Evidence, HighWater};
use crate::core::model::SourceId;
use crate::core::text::toml_string;
use crate::http::label;
use groups::{Finder, Groups, Pushed};
use listing::Listing;
use server::Server;

/// One directory.
pub type ScimSource = Adapter<ScimSettings>;

impl ScimSource {
    async fn server(&self) -> Result<Server<'_>, SourceError> {
        Server::open(&self.settings, &self.http, self.clock).await
    }
}

impl Provider for ScimSource {
    fn describe(&self) -> String {
        format!("scim {}", label(&self.settings.url))
    }

    fn limit(&self) -> Limit<'_> {
        Limit { time: self.settings.timeout, url: &self.settings.url, raise: "`timeout`" }
    }

    /// Groups first, so that each person can be handed over with theirs.
    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let server = self.server().await?;
        let identity = server.identity().await?;
        let filter = self.settings.filter.as_deref();
        if let Some(filter) = filter {
            look_up::knows_filters(&server, filter).await?;
        }
        let finder = Finder::new(&server);
        let mut groups = Groups::read(&finder, &self.name).await?;
        let mut pushed = Pushed::read(&finder, &self.name).await?;
        let mut sentinels = Sentinels::of(&self.settings.sentinels, &self.settings.inactive_sentinels);
        let mut listing = Listing::new(&server, "/Users", filter);
        let mut entries = 0;
        while let Some(resources) = listing.next().await? {
            for (_, resource) in resources {
                let mut user = person::person(&self.name, resource).map_err(|why| server.rest.malformed(why))?;
                groups.put_listed(&mut user);
                pushed.put(&mut user);
                sentinels.saw(&user);
                entries += 1;
                fold.person(user);
            }
        }
        let mut checked = vec![listing.checked()];
        checked.extend(groups.finish(&server)?);
        checked.extend(sentinels.finish().map_err(|why| server.rest.malformed(why))?);
        let nesting = groups.nesting(&self.name);
        let groups = pushed.evidence(&finder).await?;
        Ok(Evidence {
            can_probe: true,
            identity,
            nesting,
            groups,
            checked,
            ..Evidence::of_listing(&self.name, entries)
        })
    }

    async fn look_up_all(&self, ids: &[SourceId]) -> Result<LookedUp, SourceError> {
        let server = self.server().await?;
        let identity = server.identity().await?;
        let groups = Groups::read(&Finder::new(&server), &self.name).await?;
        let found = look_up::look_up(&server, &self.name, &groups, ids).await?;
        Ok(LookedUp { identity, high_water: HighWater::default(), nesting: groups.nesting(&self.name), found })
    }

    async fn examined(&self) -> Result<Vec<Finding>, SourceError> {
        let server = self.server().await?;
        let identity = server.identity().await?;
        let provider = &server.provider;
        let paging = if server.pages_by_cursor() { "cursor" } else { "index" };
        let mut said = format!("SCIM 2.0 at {}, pages by {paging}", self.settings.url);
        if !provider.schemes.is_empty() {
            said.push_str(&format!("; it signs in by {}", provider.schemes.join(", ")));
        }
        if let Some(documentation) = &provider.documentation {
            said.push_str(&format!("; its documentation is {documentation}"));
        }
        let mut findings = vec![Finding::Good(said)];
        findings.push(match identity {
            Some(identity) => Finding::Good(format!("identity = {}", toml_string(&identity.to_string()))),
            None => Finding::Unwise(
                "/Me fails, so nobody knows who reads; what was remembered of that counts for nothing until it answers, \
                 or says 404"
                    .into(),
            ),
        });
        if !provider.read {
            findings.push(Finding::Unwise("it says nothing of itself: no /ServiceProviderConfig".into()));
        }
        if self.settings.filter.is_some() && provider.filter == Some(false) {
            let advice = "take `filter` out and use [scope]".to_owned();
            findings.push(Finding::Wrong("`filter` is set, and the server says that it knows none".into(), advice));
        }
        findings.extend(in_the_clear(&self.settings.url));
        if self.settings.sentinels.is_empty() {
            let none =
                "no `sentinels`: another tenant behind the same address would be noticed by nothing but the limits";
            findings.push(Finding::Unwise(none.into()));
        }
        Ok(findings)
    }
}
