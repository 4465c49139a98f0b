//! Sources: one adapter a directory. A source hands each entry to the fold as it arrives and ends with evidence.
//!
//! Never: decides who is in the team, keeps the listing, or swallows an error of the directory.

mod certificate;
pub mod entra;
pub mod exec;
pub mod file;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
pub mod google;
pub mod keycloak;
pub mod ldap;
pub mod oauth;
pub mod okta;
mod records;
mod rest;
pub mod scim;
mod sentinels;

use futures_util::future::BoxFuture;

use crate::clock::Clock;
use crate::config::{Http, SourceKind, SourceSettings};
use crate::core::evidence::{Evidence, HighWater, Identity, Nesting};
use crate::core::model::{DirectoryUser, SourceId};

/// Where entries go as they are read.
pub trait Fold: Send {
    fn person(&mut self, user: DirectoryUser);
}

/// Why a reading is worth nothing. Whatever was folded before it must not be used for a removal.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SourceError {
    /// The directory cannot be reached or opened.
    #[error("{place}: {reason}")]
    Unreachable { place: String, reason: String },
    /// It was read, and it is not whole or not what was configured.
    #[error("{place}: {reason}")]
    Malformed { place: String, reason: String },
    /// It answers, and not this question: what it is about is not there, or may not be read.
    #[error("{place}: {reason}")]
    Refused { place: String, reason: String },
}

impl SourceError {
    /// The same with another reason.
    #[must_use]
    pub fn because(self, reason: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Unreachable { place, reason: why } => Self::Unreachable { place, reason: reason(why) },
            Self::Malformed { place, reason: why } => Self::Malformed { place, reason: reason(why) },
            Self::Refused { place, reason: why } => Self::Refused { place, reason: reason(why) },
        }
    }

    /// Of a question about one thing: why that one has no answer. Errors: nothing has one, since the server does not answer.
    pub fn about_one(self) -> Result<String, Self> {
        match self {
            Self::Malformed { reason, .. } | Self::Refused { reason, .. } => Ok(reason),
            Self::Unreachable { .. } => Err(self),
        }
    }
}

/// An adapter to one directory.
pub trait Source: Send + Sync {
    /// The `name` of its `[[source]]`.
    fn name(&self) -> &str;

    /// What it reads, for people: `file people.csv`.
    fn describe(&self) -> String;

    /// Hands every entry to the fold. Evidence comes only after the last entry of a complete reading.
    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>>;

    /// Looks up people by immutable id, as `read` would show them now. Only those whom a
    /// removal would hit are asked for, at most `LOOKED_UP_AT_ONCE` in one call. Errors: nothing is known of any.
    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>>;

    /// For `check`, and only for it: what a reading does not say, such as the server's name, who we are there, and rights that
    /// we should not have. Sends nothing but reads.
    fn examine(&self) -> BoxFuture<'_, Vec<Finding>>;
}

/// How many groups the `[[group]]`s may mean at one source; each is asked for and compared with everybody.
pub const ASKED_GROUPS_MAX: usize = 2_000;

/// How many people one call of `look_up` may ask for.
pub const LOOKED_UP_AT_ONCE: usize = 100;

/// What one call of `look_up` found, and where: it may have got another server than the reading did, and whether that one
/// may speak for the directory is the engine's to judge.
pub struct LookedUp {
    /// As in the evidence of a reading, established anew.
    pub identity: Option<Identity>,
    /// As in the evidence of a reading.
    pub high_water: HighWater,
    /// As in the evidence of a reading; the groups are read anew.
    pub nesting: Nesting,
    /// One answer an id, in their order.
    pub found: Vec<Found>,
}

impl LookedUp {
    /// Of a directory whose data have no order, and that follows groups within groups itself.
    pub fn of(identity: Identity, found: Vec<Found>) -> Self {
        Self { identity: Some(identity), high_water: HighWater::default(), nesting: Nesting::default(), found }
    }

    /// Of a source that can look up nobody.
    pub fn cannot_ask(ids: &[SourceId]) -> Self {
        let found = ids.iter().map(|_| Found::CannotAsk).collect();
        Self { identity: None, high_water: HighWater::default(), nesting: Nesting::default(), found }
    }
}

/// One person, looked up by immutable id.
#[derive(Clone)]
pub enum Found {
    Gone,
    /// The entry as it is now.
    Entry(Box<DirectoryUser>),
    /// This source cannot look up one person.
    CannotAsk,
}

/// One thing that `check` found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As it should be: `OpenLDAP at ldap.acme.example, TLS 1.3`.
    Good(String),
    /// Works, and is unwise.
    Unwise(String),
    /// Does not work, and what to do.
    Wrong(String, String),
}

/// The table of sources: the adapter for one `[[source]]`.
pub fn open(settings: &SourceSettings, http: &Http, clock: Clock) -> Box<dyn Source> {
    match &settings.kind {
        SourceKind::File(file) => Box::new(file::FileSource::open(&settings.name, file)),
        SourceKind::Exec(exec) => Box::new(exec::ExecSource::open(&settings.name, exec)),
        SourceKind::Ldap(ldap) => Box::new(ldap::LdapSource::open(&settings.name, ldap, clock)),
        SourceKind::Scim(scim) => Box::new(scim::ScimSource::open(&settings.name, scim, http, clock)),
        SourceKind::Keycloak(keycloak) => {
            Box::new(keycloak::KeycloakSource::open(&settings.name, keycloak, http, clock))
        }
        SourceKind::Google(google) => Box::new(google::GoogleSource::open(&settings.name, google, http, clock)),
        SourceKind::Okta(okta) => Box::new(okta::OktaSource::open(&settings.name, okta, http, clock)),
        SourceKind::Entra(entra) => Box::new(entra::EntraSource::open(&settings.name, entra, http, clock)),
    }
}
