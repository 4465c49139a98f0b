//! What has to be looked after while a cycle runs: signals, the reload, the watchdog.
//!
//! Never: touches what the running cycle works with.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::signals::Signal;
use super::systemd::{self, Watchdog};
use super::{Gear, Office};
use crate::config::Config;
use crate::lifeline::Lifeline;

/// Requests of commands are taken within so long.
const LOOK: Duration = Duration::from_secs(1);

pub(super) struct Desk<O> {
    pub(super) office: Arc<O>,
    pub(super) lifeline: Lifeline,
    signals: mpsc::Receiver<Signal>,
    tick: Interval,
    watchdog: Watchdog,
    state_path: PathBuf,
    /// A configuration that was read and found right; the next cycle works with it.
    pub(super) new_gear: Option<Gear>,
    /// SIGUSR1: a cycle now.
    pub(super) asked: bool,
}

impl<O: Office> Desk<O> {
    pub(super) fn new(office: Arc<O>, lifeline: Lifeline, signals: mpsc::Receiver<Signal>, config: &Config) -> Self {
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let watchdog = Watchdog::new(Instant::now(), config);
        let state_path = config.state_path.clone();
        Self { office, lifeline, signals, tick, watchdog, state_path, new_gear: None, asked: false }
    }

    /// Waits for a signal or the next second.
    pub(super) async fn turn(&mut self, is_working: bool) {
        tokio::select! {
            Some(signal) = self.signals.recv() => match signal {
                Signal::Cycle => self.asked = true,
                Signal::Reload => self.reload(),
            },
            _ = self.tick.tick() => {}
        }
        self.watchdog.turn(self.lifeline.beats(), is_working, Instant::now());
    }

    /// How long a cycle may be silent is as this configuration has it.
    pub(super) fn watch(&mut self, config: &Config) {
        self.watchdog.watch(config);
    }

    /// Does the work, and looks after the rest meanwhile. A panic ends the work only. Errors: what it said.
    pub(super) async fn beside<T>(&mut self, work: impl Future<Output = T>) -> Result<T, String> {
        let mut work = pin!(AssertUnwindSafe(work).catch_unwind());
        loop {
            tokio::select! {
                done = &mut work => return done.map_err(|panic| said(&*panic)),
                () = self.turn(true) => {}
            }
        }
    }

    /// Reads and checks the configuration. A wrong one changes nothing.
    fn reload(&mut self) {
        systemd::reloading();
        match self.office.load() {
            Ok(gear) if gear.config.state_path != self.state_path => {
                let path = self.state_path.display();
                tracing::error!("configuration not taken: state.path cannot change while the daemon works with {path}");
                tracing::error!("the daemon goes on with the configuration it had; restart it to use another state");
            }
            Ok(gear) => {
                tracing::info!("configuration read again; it holds from the next cycle on");
                self.new_gear = Some(gear);
            }
            Err(problems) => {
                for problem in &problems {
                    tracing::error!("configuration not taken: {problem}");
                }
                tracing::error!("the daemon goes on with the configuration it had");
            }
        }
        systemd::ready();
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}
