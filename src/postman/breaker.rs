//! Stops sending when nothing works: an outage must not turn every planned write into a doubt.
//!
//! Never: counts an answer below 500 as a failure, or stays open without trying again.

use std::time::Duration;

use tokio::time::Instant;

/// Requests (each with all its tries) that may fail one after another.
const FAILURES_MAX: u32 = 5;
/// How long it stays open until one request is let through.
const COOL_DOWN: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    /// When one may be let through.
    next_trial: Option<Instant>,
}

impl Breaker {
    /// Whether a request may be sent. While open, one each cool-down.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        match self.next_trial {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                self.next_trial = Some(now + COOL_DOWN);
                true
            }
        }
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    pub(super) fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            self.next_trial = Some(now + COOL_DOWN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_at_the_fifth_and_lets_one_through_after_the_cool_down() {
        let (start, mut breaker) = (Instant::now(), Breaker::default());
        for _ in 0..4 {
            breaker.failed(start);
            assert!(breaker.admits(start));
        }
        breaker.failed(start);
        assert!(!breaker.admits(start) && !breaker.admits(start + COOL_DOWN - Duration::from_millis(1)));
        assert!(breaker.admits(start + COOL_DOWN));
        assert!(!breaker.admits(start + COOL_DOWN));
        breaker.succeeded();
        assert!(breaker.admits(start));
    }
}
