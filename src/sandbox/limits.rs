//! Postman's two rate limits, per team and shared by all its keys: 180 writes and 300 reads a minute.
//!
//! Never: reads a clock.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The window the texts of the 429 speak of.
const WINDOW_S: i64 = 60;

/// Attempts allowed in any minute. The default is Postman's (API reference, "SCIM" rate limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub writes_per_min: u32,
    pub reads_per_min: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { writes_per_min: 180, reads_per_min: 300 }
    }
}

/// Which bucket a request draws from: GET reads, everything else writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bucket {
    Writes,
    Reads,
}

/// The attempts of the last minute.
#[derive(Clone, Default)]
pub(super) struct Meter {
    writes: VecDeque<i64>,
    reads: VecDeque<i64>,
}

/// Too many: the limit that was met, and in how many seconds there is room again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exceeded {
    pub limit: u32,
    pub wait_s: i64,
}

impl Meter {
    /// Counts one attempt. A refused attempt is not counted, so a client that waits gets through.
    pub(super) fn count(&mut self, limits: Limits, bucket: Bucket, now_s: i64) -> Result<(), Exceeded> {
        let (limit, attempts) = match bucket {
            Bucket::Writes => (limits.writes_per_min, &mut self.writes),
            Bucket::Reads => (limits.reads_per_min, &mut self.reads),
        };
        while attempts.front().is_some_and(|at| *at <= now_s - WINDOW_S) {
            attempts.pop_front();
        }
        if attempts.len() >= limit as usize {
            let oldest = attempts.front().copied().unwrap_or(now_s);
            return Err(Exceeded { limit, wait_s: (oldest + WINDOW_S - now_s).max(1) });
        }
        attempts.push_back(now_s);
        Ok(())
    }

    /// What is left in that bucket, and in how many seconds its oldest attempt is forgotten.
    pub(super) fn left(&self, limits: Limits, bucket: Bucket, now_s: i64) -> (u32, u32, i64) {
        let (limit, attempts) = match bucket {
            Bucket::Writes => (limits.writes_per_min, &self.writes),
            Bucket::Reads => (limits.reads_per_min, &self.reads),
        };
        let used = u32::try_from(attempts.len()).unwrap_or(u32::MAX);
        let reset_s = attempts.front().map_or(WINDOW_S, |oldest| oldest + WINDOW_S - now_s);
        (limit, limit.saturating_sub(used), reset_s.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_apart_and_open_again_after_a_minute() {
        let limits = Limits { writes_per_min: 2, reads_per_min: 1 };
        let mut meter = Meter::default();
        assert_eq!(meter.count(limits, Bucket::Writes, 100), Ok(()));
        assert_eq!(meter.count(limits, Bucket::Writes, 130), Ok(()));
        assert_eq!(meter.count(limits, Bucket::Writes, 140), Err(Exceeded { limit: 2, wait_s: 20 }));
        assert_eq!(meter.count(limits, Bucket::Reads, 140), Ok(()), "a bucket of its own");
        assert_eq!(meter.count(limits, Bucket::Writes, 160), Ok(()), "the first attempt is a minute old");
        assert_eq!(meter.count(limits, Bucket::Writes, 160), Err(Exceeded { limit: 2, wait_s: 30 }));
    }
}
