//! `run`: the daemon.

use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::daemon::requests::AdoptWish;
use crate::daemon::{self, Gear, Office, Start, signals};
use crate::engine::observe::Context;
use crate::lifeline::Lifeline;
use crate::store::{Answer, Store, StoreError};

use super::setup::{self, Setup};
use super::{Failure, adopt, log};

/// The command line's side of the daemon.
struct CommandLine {
    config: Option<PathBuf>,
    lifeline: Lifeline,
}

pub async fn run(config: Option<&Path>) -> Result<u8, Failure> {
    let lifeline = Lifeline::default();
    // First of all: a reload that comes while this starts must not end it.
    let signals =
        signals::listen(&lifeline).map_err(|error| Failure::new(1, format!("could not listen to signals: {error}")))?;
    let office = CommandLine { config: config.map(Path::to_owned), lifeline: lifeline.clone() };
    let (gear, clock) = office.gear()?;
    office.in_use(&gear);
    let store = Store::open(&gear.config.state_path).map_err(|error| match error {
        StoreError::Locked { .. } => Failure::new(6, error.to_string())
            .advise("one daemon is enough; `status` says who works there, and a `sync` by hand ends by itself"),
        error => error.into(),
    })?;
    daemon::run(Start { office, gear, store, signals, lifeline, clock }).await?;
    Ok(0)
}

impl CommandLine {
    fn gear(&self) -> Result<(Gear, Clock), Failure> {
        let mut setup = Setup::read(self.config.as_deref())?;
        // The whole process ends at once.
        setup.lifeline = self.lifeline.clone();
        let reader = setup.reader()?;
        let Setup { config, mapping, sources, clock, .. } = setup;
        Ok((Gear { config, mapping, sources, reader }, clock))
    }
}

impl Office for CommandLine {
    fn load(&self) -> Result<Gear, Vec<String>> {
        match self.gear() {
            Ok((gear, _)) => Ok(gear),
            Err(Failure { what, advice, .. }) => Err(what.into_iter().chain(advice).collect()),
        }
    }

    fn in_use(&self, gear: &Gear) {
        log::take_over(&gear.config.log);
        setup::warn(&gear.config);
    }

    async fn adopt(&self, gear: &Gear, store: &mut Store, wish: &AdoptWish, by: &str) -> Answer {
        let Gear { config, mapping, sources, reader } = gear;
        let (clock, lifeline) = (Clock::System, &self.lifeline);
        let context = Context { config, mapping, sources, clock, lifeline };
        match adopt::decide(&context, store, reader, wish, by).await {
            Ok(said) => Answer { said: vec![said], ..Answer::default() },
            Err(Failure { exit_code, what, advice }) => Answer { exit_code, said: what, advice, ..Answer::default() },
        }
    }
}
