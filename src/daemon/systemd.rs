//! What the service manager is told (sd_notify(3)), and whether its watchdog may be fed. Without NOTIFY_SOCKET it is
//! told nothing.
//!
//! Never: feeds the watchdog from a timer of its own; the work loop does, as long as the work goes on.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::Instant;

use crate::config::{Config, SourceKind};
use crate::report::clean_reason;

/// A cycle may be silent for so long: Postman may ask to wait for 15 minutes, and a directory that is read as a whole
/// may take half an hour for its first entry.
const SILENCE: Duration = Duration::from_secs(35 * 60);
/// A program that a source starts may be silent for all of its time, and then it is stopped.
const AFTER_TIMEOUT: Duration = Duration::from_secs(5 * 60);

fn silence(config: &Config) -> Duration {
    longest(config.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Exec(exec) => Some(exec.timeout),
        SourceKind::Ldap(ldap) => Some(ldap.timeout),
        SourceKind::Scim(scim) => Some(scim.timeout),
        SourceKind::Okta(okta) => Some(okta.timeout),
        SourceKind::Keycloak(keycloak) => Some(keycloak.timeout),
        SourceKind::Google(google) => Some(google.timeout),
        SourceKind::File(_) => None,
    }))
}

fn longest(timeouts: impl Iterator<Item = Duration>) -> Duration {
    timeouts.map(|timeout| timeout + AFTER_TIMEOUT).fold(SILENCE, Duration::max)
}

pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// `Type=notify-reload` wants the time with it, so that it knows which reload this is.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!("the service manager was not told of the reload: {error}"),
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("the service manager could not be told: {error}");
    }
}

/// The line of `systemctl status`, told when it changes.
#[derive(Default)]
pub(super) struct StatusLine(String);

impl StatusLine {
    /// A line break in it would begin another word to the service manager.
    pub(super) fn set(&mut self, text: &str) {
        let text = clean_reason(text);
        if self.0 != text {
            tell(&[NotifyState::Status(&text)]);
            self.0 = text;
        }
    }
}

/// The service manager's watchdog.
pub(super) struct Watchdog {
    /// Fed three times in the time it allows.
    every: Option<Duration>,
    fed: Option<Instant>,
    signs: Signs,
}

impl Watchdog {
    /// As WATCHDOG_USEC has it.
    pub(super) fn new(now: Instant, config: &Config) -> Self {
        let every = sd_notify::watchdog_enabled().map(|allowed| allowed / 3);
        Self { every, fed: None, signs: Signs { beats: 0, moved: now, silence: silence(config) } }
    }

    /// From now on with that configuration.
    pub(super) fn watch(&mut self, config: &Config) {
        self.signs.silence = silence(config);
    }

    /// Called at each turn of the work loop.
    pub(super) fn turn(&mut self, beats: u64, is_working: bool, now: Instant) {
        let alive = self.signs.alive(beats, is_working, now);
        let hungry = self.every.is_some_and(|every| self.fed.is_none_or(|fed| now - fed >= every));
        if alive && hungry {
            tell(&[NotifyState::Watchdog]);
            self.fed = Some(now);
        }
    }
}

/// Signs of life of a cycle.
struct Signs {
    beats: u64,
    moved: Instant,
    /// How long a cycle may give none.
    silence: Duration,
}

impl Signs {
    /// A cycle that has done nothing for too long hangs. Without one, the turning loop is the sign.
    fn alive(&mut self, beats: u64, is_working: bool, now: Instant) -> bool {
        if !is_working || beats != self.beats {
            (self.beats, self.moved) = (beats, now);
        }
        now - self.moved <= self.silence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_that_hangs_starves_the_watchdog() {
        let start = Instant::now();
        let after = |minutes: u64| start + Duration::from_secs(minutes * 60);
        let mut signs = Signs { beats: 0, moved: start, silence: SILENCE };
        assert!(signs.alive(0, false, after(600)), "nothing to do is no hanging");
        assert!(signs.alive(1, true, after(601)));
        assert!(signs.alive(1, true, after(636)), "Postman may ask for a pause");
        assert!(!signs.alive(1, true, after(637)), "and this is no pause any more");
        assert!(signs.alive(2, true, after(638)), "a step is a sign of life");
        assert!(!signs.alive(2, true, after(700)));
        assert!(signs.alive(2, false, after(701)), "the cycle ended");
        assert!(signs.alive(2, true, after(702)), "and the next begins its own silence");
    }

    #[test]
    fn a_program_may_be_silent_for_all_of_its_time() {
        let after = |hours: u64| longest([Duration::from_secs(hours * 3600), Duration::from_secs(60)].into_iter());
        assert_eq!(longest(std::iter::empty()), SILENCE);
        assert_eq!(after(0), SILENCE);
        let start = Instant::now();
        let mut signs = Signs { beats: 0, moved: start, silence: after(24) };
        assert!(signs.alive(0, true, start + Duration::from_secs(24 * 3600)));
        assert!(!signs.alive(0, true, start + Duration::from_secs(25 * 3600)));
    }
}
