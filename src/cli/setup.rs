//! From a configuration file to everything a cycle works with.

use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::core::mapping::Mapping;
use crate::daemon::signals;
use crate::engine::observe::{Context, Refresh};
use crate::http::client::HttpTransport;
use crate::lifeline::Lifeline;
use crate::postman::pace::Limits;
use crate::postman::{Credentials, Reader};
use crate::source::{self, Source};

use super::{Failure, beside, log};

/// What most verbs need. There is one HTTP client for the life of the process: the reader's.
pub struct Setup {
    pub config: Config,
    pub mapping: Mapping,
    pub sources: Vec<Box<dyn Source>>,
    pub clock: Clock,
    pub lifeline: Lifeline,
}

impl Setup {
    /// Loads and checks the configuration, and logs as it says. All of its problems come at once, exit code 2.
    pub fn load(path: Option<&Path>) -> Result<Self, Failure> {
        let setup = Self::read(path)?;
        log::take_over(&setup.config.log);
        Ok(setup)
    }

    /// The same, and changes nothing yet.
    pub fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let config = config::load(path, &environment())?;
        let mapping = Mapping::compile(&config.mapping).map_err(|errors| Failure {
            exit_code: 2,
            what: errors.iter().map(|(target, error)| format!("mapping.{target}: {error}")).collect(),
            advice: None,
        })?;
        let sources = config.sources.iter().map(|source| source::open(source, &config.http, Clock::System)).collect();
        Ok(Self { config, mapping, sources, clock: Clock::System, lifeline: Lifeline::default() })
    }

    pub fn warn(&self) {
        warn(&self.config);
    }

    pub fn context(&self) -> Context<'_> {
        let Self { config, mapping, sources, clock, lifeline } = self;
        Context { config, mapping, sources, clock: *clock, lifeline }
    }

    /// The reading side of the team. Sends nothing yet.
    pub fn reader(&self) -> Result<Reader<HttpTransport>, Failure> {
        let postman = &self.config.postman;
        let transport = HttpTransport::new(&postman.base_url, &self.config.http)
            .map_err(|error| Failure::new(2, error.to_string()))?;
        let credentials = Credentials::new(postman.key.clone(), postman.auth).map_err(|error| {
            Failure::new(2, error.to_string())
                .advise("put the SCIM API key into the file postman.api_key_file names, readable by its owner only")
        })?;
        let limits = Limits { writes_per_min: postman.writes_per_min, reads_per_min: postman.reads_per_min };
        Ok(Reader::new(transport, credentials, limits, self.clock).held_by(&self.lifeline))
    }
}

/// Legal and unwise settings, once for each verb that reads the team. `check` shows them as steps.
pub fn warn(config: &Config) {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
}

/// For verbs that only look into the state; they need no key.
pub fn load_without_key(path: Option<&Path>) -> Result<Config, Failure> {
    let config = config::load_without_key(path, &environment())?;
    log::take_over(&config.log);
    Ok(config)
}

/// The state that a daemon works with, when one does. What is wrong with the configuration or the state is told by
/// whoever goes on without one.
pub fn beside(path: Option<&Path>) -> Option<PathBuf> {
    let state = load_without_key(path).ok()?.state_path;
    beside::daemon(&state).ok()?.map(|_| state)
}

fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// From now on SIGTERM and Ctrl-C ask the holder of the lifeline to end.
pub fn end_when_asked(lifeline: &Lifeline) -> Result<(), Failure> {
    signals::end_when_asked(lifeline).map_err(|error| Failure::new(1, format!("could not listen to signals: {error}")))
}

/// A look that was left off before its end.
pub fn asked_to_end() -> Failure {
    Failure::new(1, "asked to end before everything was read; nothing was sent")
}

/// `--refresh`, or when it is due.
pub fn refresh(now: bool) -> Refresh {
    if now { Refresh::Now } else { Refresh::WhenDue }
}
