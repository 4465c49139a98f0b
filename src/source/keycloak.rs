//! The keycloak source: the people of one realm, and the groups they are in (Keycloak's Admin REST API).
//!
//! Never: sends anything but reads, believes a listing that is not as long as it was counted before and after, or takes
//! whom it may not view for gone.

mod examine;
mod groups;
mod listing;
mod look_up;
pub(super) mod person;
mod pushed;
pub(super) mod server;

use super::rest::pushed::Pushed;
use super::rest::{Adapter, Limit, Provider, hash};
use super::sentinels::Sentinels;
use super::{Finding, Fold, LookedUp, SourceError};
use crate::config::keycloak_source::KeycloakSettings;
use crate::core::evidence::Evidence;
use crate::core::model::SourceId;
use crate::http::label;
use groups::Groups;
use listing::Listing;
use pushed::Realm;
use server::Server;

/// One realm.
pub type KeycloakSource = Adapter<KeycloakSettings>;

impl KeycloakSource {
    fn server(&self) -> Result<Server<'_>, SourceError> {
        Server::open(&self.settings, &self.http, self.clock)
    }
}

/// Errors: nobody, or not as many as the realm has.
fn whole(server: &Server<'_>, entries: u64, before: u64, after: u64) -> Result<(), SourceError> {
    if entries == 0 {
        return Err(server.rest.malformed(
            "nobody is shown. Empty never means everybody left; has the service account the role view-users? With query-users \
             alone it sees nobody",
        ));
    }
    if entries == before && entries == after {
        return Ok(());
    }
    Err(server.rest.malformed(format!(
        "{before} people were counted, {entries} were shown, and {after} were counted then: somebody came or went meanwhile, \
         and the next cycle reads again; if it stays so, the service account may not view everybody and needs view-users"
    )))
}

impl Provider for KeycloakSource {
    fn describe(&self) -> String {
        format!("keycloak {} realm {}", label(&self.settings.url), self.settings.realm)
    }

    fn limit(&self) -> Limit<'_> {
        Limit { time: self.settings.timeout, url: &self.settings.url, raise: "`timeout`" }
    }

    /// Groups first, so that each person can be handed over with theirs. Pages by offset are no snapshot, and nothing says
    /// that there are more: the count before and after has to be what was read.
    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let server = self.server()?;
        let identity = server.identity().await?;
        let groups = Groups::read(&server).await?;
        let mut pushed = Pushed::read(&self.settings.pushed, &Realm { server: &server }).await?;
        let mut sentinels = Sentinels::of(&self.settings.sentinels, &self.settings.inactive_sentinels);
        let before = server.count().await?;
        let path = format!("/users?briefRepresentation={}", !self.settings.is_whole);
        let mut listing = Listing::of(&server, "users", path, Some(before));
        while let Some(rows) = listing.next().await? {
            for (id, row) in rows {
                let mut user = person::person(&self.name, id, row);
                user.groups = groups.of(&user.id.id);
                user.in_groups = pushed.of(hash(&user.id.id), &user.groups);
                sentinels.saw(&user);
                fold.person(user);
            }
        }
        let (entries, after) = (listing.seen().entries(), server.count().await?);
        whole(&server, entries, before, after)?;
        let mut checked =
            vec![format!("users: {}, as many as were counted before and after", listing.seen().checked())];
        checked.extend(groups.checked());
        checked.extend(sentinels.finish().map_err(|why| server.rest.malformed(why))?);
        let (identity, groups) = (Some(identity), pushed.evidence());
        Ok(Evidence { can_probe: true, identity, groups, checked, ..Evidence::of_listing(&self.name, entries) })
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
