//! The ldap source: OpenLDAP, 389 Directory Server, FreeIPA, Active Directory (RFC 4510 to 4519).
//!
//! Never: follows a referral, sends a password in clear text unless told to, or writes.

mod answer;
mod bind;
pub mod dn;
mod driver;
pub mod entry;
pub mod groups;
mod pages;
pub mod root;
pub mod session;
mod tls;

use futures_util::future::BoxFuture;

use super::{Finding, Fold, Found, Source, SourceError};
use crate::clock::Clock;
use crate::config::ldap_source::LdapSettings;
use crate::core::evidence::Evidence;
use crate::core::model::SourceId;

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
}

impl Source for LdapSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        "ldap".into()
    }

    fn read<'a>(&'a self, _fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        let reason = format!("not built {:?} {:?}", self.settings.directory, self.clock);
        Box::pin(async { Err(SourceError::Unreachable { place: "ldap".into(), reason }) })
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<Vec<Found>, SourceError>> {
        Box::pin(async { Ok(vec![Found::CannotAsk; ids.len()]) })
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }
}
