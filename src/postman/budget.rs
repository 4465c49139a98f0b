//! How many requests may be second tries: a service that is down must not get five times the requests.
//!
//! Never: bounds first tries; the pace does.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Second tries to first ones.
const PERCENT: usize = 20;
/// So many are allowed besides, so that a quiet cycle can try again at all.
const RESERVE: usize = 10;
/// What was longer ago counts no more.
const WINDOW: Duration = Duration::from_secs(60);

/// Both lists are as long as the rate limits of a minute allow.
#[derive(Debug, Default)]
pub(super) struct Budget {
    first: VecDeque<Instant>,
    again: VecDeque<Instant>,
}

impl Budget {
    /// A request that is sent for the first time.
    pub(super) fn deposit(&mut self, now: Instant) {
        forget(&mut self.first, now);
        self.first.push_back(now);
    }

    /// Whether one more second try is within the budget; counts it then.
    pub(super) fn withdraw(&mut self, now: Instant) -> bool {
        forget(&mut self.first, now);
        forget(&mut self.again, now);
        let allowed = self.again.len() < RESERVE + self.first.len() * PERCENT / 100;
        if allowed {
            self.again.push_back(now);
        }
        allowed
    }
}

fn forget(times: &mut VecDeque<Instant>, now: Instant) {
    while times.front().is_some_and(|&at| at + WINDOW <= now) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(budget: &mut Budget, now: Instant) -> usize {
        (0..1000).take_while(|_| budget.withdraw(now)).count()
    }

    #[test]
    fn ten_a_minute_and_a_fifth_of_what_was_sent() {
        for (n_first, expected) in [(0, 10), (4, 10), (5, 11), (9, 11), (10, 12), (180, 46)] {
            let (now, mut budget) = (Instant::now(), Budget::default());
            (0..n_first).for_each(|_| budget.deposit(now));
            assert_eq!(granted(&mut budget, now), expected, "{n_first}");
        }
    }

    #[test]
    fn a_minute_later_it_is_there_again() {
        let (start, mut budget) = (Instant::now(), Budget::default());
        (0..50).for_each(|_| budget.deposit(start));
        assert_eq!(granted(&mut budget, start), 20);
        assert_eq!(granted(&mut budget, start + WINDOW - Duration::from_millis(1)), 0);
        assert_eq!(granted(&mut budget, start + WINDOW), 10, "the reserve; the fifty are forgotten too");
    }
}
