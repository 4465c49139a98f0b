//! The ldap source: OpenLDAP, 389 Directory Server, FreeIPA, Active Directory (RFC 4510 to 4519).
//!
//! Never: follows a referral, sends a password in clear text unless told to, or writes.

mod answer;
mod bind;
mod driver;
pub mod entry;
mod examine;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
pub mod groups;
mod high_water;
mod id;
mod identity;
mod look_up;
mod pages;
mod people;
mod referral;
pub mod root;
mod sentinels;
pub mod session;
mod state;
mod tls;

#[cfg(test)]
mod tests;

use std::future::Future;

use futures_util::future::BoxFuture;
use tokio::time::timeout;

pub use crate::core::dn;

use super::{Finding, Fold, LookedUp, Source, SourceError};
use crate::clock::Clock;
use crate::config::ldap_source::LdapSettings;
use crate::core::evidence::Evidence;
use crate::core::model::SourceId;
use groups::Groups;
use people::People;
use session::{Scope, Session};

/// One directory.
pub struct LdapSource {
    name: String,
    settings: LdapSettings,
    clock: Clock,
}

impl LdapSource {
    /// Connects to nothing yet.
    pub fn open(name: &str, settings: &LdapSettings, clock: Clock) -> LdapSource {
        Self { name: name.into(), settings: settings.clone(), clock }
    }

    fn people<'a>(&'a self, groups: &'a Groups) -> People<'a> {
        People::new(&self.name, &self.settings, groups, self.clock.now().unix_s)
    }

    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let settings = &self.settings;
        let mut session = Session::open(settings).await?;
        let identity = identity::of(&mut session, &settings.bases).await?;
        let high_water = high_water::of(&mut session, &settings.bases).await?;
        let groups = Groups::read(&mut session, settings).await?;
        let mut people = self.people(&groups);
        let attributes = people.attributes();
        let place = session.place().to_owned();
        let malformed = |reason| SourceError::Malformed { place: place.clone(), reason };
        for base in &settings.bases {
            let mut each = |entry| {
                let person = people.understand(&entry).map_err(malformed)?;
                fold.person(person);
                Ok(())
            };
            if session.search(base, Scope::Subtree, &settings.filter, &attributes, &mut each).await? == 0 {
                return Err(malformed(nobody_below(base)));
            }
        }
        people.sentinels.confirm().map_err(malformed)?;
        for at in groups.lost(&mut session, settings, &people.pushed.unseen()).await? {
            people.pushed.changed(at);
        }
        let checked = [session.checked(), high_water::checked(&high_water), people.checked()].concat();
        let (source, entries) = (self.name.clone(), people.count());
        let (nesting, pushed) = (groups.nesting(), people.pushed.found());
        Ok(Evidence {
            source,
            entries,
            can_probe: true,
            identity: Some(identity),
            high_water,
            nesting,
            groups_are_names: false,
            groups: pushed,
            others: groups.others(),
            checked,
        })
    }

    /// The groups are read anew, so that whoever moved between them while the people were read is found here.
    async fn look_up_all(&self, ids: &[SourceId]) -> Result<LookedUp, SourceError> {
        let settings = &self.settings;
        let mut session = Session::open(settings).await?;
        let identity = identity::of(&mut session, &settings.bases).await?;
        let high_water = high_water::of(&mut session, &settings.bases).await?;
        let groups = Groups::of_scope(&mut session, settings).await?;
        let found = look_up::look_up(&mut session, settings, self.people(&groups), ids).await?;
        Ok(LookedUp { identity: Some(identity), high_water, nesting: groups.nesting(), found })
    }

    /// A reading or a look-up as a whole has a limit; whatever is under way then is dropped, and with it the connection.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
        let limit = self.settings.timeout;
        timeout(limit, work).await.unwrap_or_else(|_| {
            let reason =
                format!("not done in {} s (source.timeout); raise it, or narrow source.bases", limit.as_secs());
            Err(SourceError::Unreachable { place: self.describe(), reason })
        })
    }
}

/// A base that may be seen while nobody below it may looks just the same as an empty one.
fn nobody_below(base: &str) -> String {
    format!("nobody is below \"{base}\"; may the account read there, and is source.filter right?")
}

impl Source for LdapSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        let kind = self.settings.directory.name();
        let first = self.settings.servers.first().map(|server| server.url.as_str()).unwrap_or_default();
        format!("{kind} {first}")
    }

    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        Box::pin(self.in_time(self.read_whole(fold)))
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
        Box::pin(self.in_time(self.look_up_all(ids)))
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(examine::examine(&self.settings, self.clock.now().unix_s))
    }
}
