//! How many requests may be on their way at once: additive increase, multiplicative decrease.
//!
//! Never: more than `MAX` or fewer than one.

/// Where a process begins: a service in trouble meets two of us, not eight.
const START: u32 = 2;
/// `engine::apply` has no more than that under way, so more would be without use.
pub(super) const MAX: u32 = 8;
/// One more is allowed after so many successes in a row.
const SUCCESSES: u32 = 20;

#[derive(Clone, Copy, Debug)]
pub(super) struct Width {
    limit: u32,
    successes: u32,
}

impl Default for Width {
    fn default() -> Self {
        Self { limit: START, successes: 0 }
    }
}

impl Width {
    pub(super) fn has_room(self, in_flight: u32) -> bool {
        in_flight < self.limit
    }

    /// 429 and 503 say "too much"; what else fails says nothing about how much.
    pub(super) fn observe(&mut self, status: u16) {
        match status {
            429 | 503 => *self = Self { limit: (self.limit / 2).max(1), successes: 0 },
            200..=299 if self.limit < MAX => {
                self.successes += 1;
                if self.successes == SUCCESSES {
                    *self = Self { limit: self.limit + 1, successes: 0 };
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit_after(statuses: &[(u16, usize)]) -> u32 {
        let mut width = Width::default();
        for &(status, times) in statuses {
            (0..times).for_each(|_| width.observe(status));
        }
        (0..=MAX).find(|&in_flight| !width.has_room(in_flight)).unwrap()
    }

    #[test]
    fn one_more_after_twenty_successes_and_half_of_it_after_a_429() {
        for (statuses, expected) in [
            (&[][..], 2),
            (&[(200, 19)], 2),
            (&[(200, 20)], 3),
            (&[(200, 119)], 7),
            (&[(201, 120)], 8),
            (&[(204, 10_000)], 8),
            (&[(200, 120), (429, 1)], 4),
            (&[(200, 120), (503, 2)], 2),
            (&[(429, 1)], 1),
            (&[(429, 100)], 1),
            (&[(429, 1), (200, 20)], 2),
            (&[(200, 19), (429, 1), (200, 19)], 1),
            (&[(200, 19), (400, 5), (500, 5), (401, 1), (200, 1)], 3),
        ] {
            assert_eq!(limit_after(statuses), expected, "{statuses:?}");
        }
    }
}
