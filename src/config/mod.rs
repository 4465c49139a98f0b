//! Configuration: defaults, one TOML file, then environment variables, to a checked `Config`.
//!
//! Never: stops at the first problem, or holds a secret in anything that prints.

pub mod entra_source;
pub mod exec_source;
pub mod file_source;
pub mod google_source;
pub mod keycloak_source;
pub mod ldap_source;
pub mod load;
pub mod okta_source;
pub mod records;
pub mod schedule;
pub mod schema;
pub mod scim_source;
pub mod secret;

mod check;
mod findings;
mod fingerprint;
mod groups;
mod layers;
mod lines;
mod policy;
mod postman;
mod products;
mod settings;
mod suggest;
mod values;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::core::mapping::MappingSettings;
use crate::core::policy::Policy;
use crate::core::scope::Scope;

pub use load::{load, load_without_key};
pub use schedule::Schedule;
pub use schema::describe_keys;
pub use suggest::nearest;

/// How the key travels in `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `Bearer PMAK-...`
    Bearer,
    /// The raw key, as Okta's SCIM 2.0 test app (Header Auth) sends it.
    Header,
}

/// Where the SCIM key is read, again after a 401.
#[derive(Clone, Debug)]
pub enum KeySource {
    File(PathBuf),
    /// A file that systemd put into the service's credentials directory, with a mode of its own.
    Credential(PathBuf),
    /// From the environment: accepted, and warned about.
    Environment(SecretString),
    /// Nowhere to be seen, and not needed by the verb that loads this.
    Missing,
}

/// `[postman]`, the part that is about the connection.
#[derive(Clone, Debug)]
pub struct Postman {
    /// Without a trailing slash.
    pub base_url: url::Url,
    pub key: KeySource,
    pub auth: Auth,
    pub writes_per_min: u32,
    pub reads_per_min: u32,
}

/// `[http]`.
#[derive(Clone, Debug, Default)]
pub struct Http {
    pub proxy: Proxy,
    /// A PEM file whose certificates are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    #[default]
    None,
    Environment,
    Url(url::Url),
}

/// `[log]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    /// Without it each verb has its own.
    pub level: Option<tracing::Level>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// When `status` calls silence an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarms {
    /// Seconds without a good cycle.
    pub silence_s: i64,
    /// Seconds without a change in the team; none unless the configuration says.
    pub no_change_s: Option<i64>,
}

/// `[[source]]`, checked by its own type.
#[derive(Clone, Debug)]
pub struct SourceSettings {
    pub name: String,
    pub kind: SourceKind,
    /// Which directory it has to be, read by whom, as `core::evidence::Identity` prints it. Without it, the one of the first
    /// approved cycle.
    pub identity: Option<String>,
    /// A word for a restore that was meant; a new one lets the directory's data go back once.
    pub restored: Option<String>,
}

#[derive(Clone, Debug)]
pub enum SourceKind {
    File(file_source::FileSettings),
    Exec(exec_source::ExecSettings),
    Ldap(ldap_source::LdapSettings),
    Scim(scim_source::ScimSettings),
    Okta(okta_source::OktaSettings),
    Keycloak(keycloak_source::KeycloakSettings),
    Entra(entra_source::EntraSettings),
    Google(google_source::GoogleSettings),
}

impl SourceKind {
    /// Whether somebody answers who can say which directory it is and who reads it: not a file, nor a program's lines.
    pub fn is_server(&self) -> bool {
        !matches!(self, Self::File(_) | Self::Exec(_))
    }

    /// How long one reading may take in all; a file has no such limit.
    pub fn timeout(&self) -> Option<Duration> {
        match self {
            Self::File(_) => None,
            Self::Exec(settings) => Some(settings.timeout),
            Self::Ldap(settings) => Some(settings.timeout),
            Self::Scim(settings) => Some(settings.timeout),
            Self::Okta(settings) => Some(settings.timeout),
            Self::Keycloak(settings) => Some(settings.timeout),
            Self::Entra(settings) => Some(settings.timeout),
            Self::Google(settings) => Some(settings.timeout),
        }
    }
}

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from; none when all of it came from flags and the environment.
    pub path: Option<PathBuf>,
    pub postman: Postman,
    pub http: Http,
    /// Exactly one in this version.
    pub sources: Vec<SourceSettings>,
    pub mapping: MappingSettings,
    pub scope: Scope,
    pub policy: Policy,
    /// How long a request whose answer was lost may still take effect before "not there" counts as "did not happen".
    pub settle_wait_s: i64,
    pub refresh_every_s: i64,
    pub alarms: Alarms,
    pub log: Log,
    pub schedule: Schedule,
    pub state_path: PathBuf,
    /// Things that are legal and unwise, for people.
    pub warnings: Vec<String>,
    /// A hash of every setting a plan depends on (mapping, scope, policy, source names): part of the plan's id.
    pub fingerprint: String,
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `postman.base_url`; empty for the file as a whole.
    pub key: String,
    /// The line in the file, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do: a key that is spelled like it, a value that works.
    pub advice: Option<String>,
}

/// One line: where, which key, what is wrong, what to do.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}
