//! How fast we may go: the team's SCIM limits (reads and writes a minute, shared by every client of the team), kept
//! by ourselves and corrected by what the answers say.
//!
//! Never: more sends in any window than the limit, or a pause that a server's header could make endless.

mod headers;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use headers::Quota;

/// A minute, and a quarter of a second for requests that overtake each other on the way.
const WINDOW: Duration = Duration::from_millis(60_250);

/// Postman counts reads and writes apart; DELETE is a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Write => "write",
        }
    }
}

/// Requests a minute. Postman: 300 reads and 180 writes a team.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub reads_per_min: u32,
    pub writes_per_min: u32,
}

/// Holds requests back until they may go.
pub struct Pace {
    reads: Mutex<Lane>,
    writes: Mutex<Lane>,
    waited_ms: AtomicU64,
}

/// One kind of request.
struct Lane {
    /// As configured.
    per_min: u32,
    /// As the last answer said, when that is less.
    told_per_min: u32,
    /// When each request of the window was let go, oldest first.
    sent: VecDeque<Instant>,
    in_flight: u32,
    paused_until: Option<Instant>,
    /// How many more the server takes, until when: others use the limit too.
    left: Option<(u32, Instant)>,
}

/// A request on its way; dropped when it is over, however it ended.
pub(super) struct Permit<'a> {
    lane: &'a Mutex<Lane>,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut lane = lock(self.lane);
        lane.in_flight = lane.in_flight.saturating_sub(1);
    }
}

impl Pace {
    pub fn new(limits: Limits) -> Self {
        let lane = |per_min| Mutex::new(Lane::new(per_min));
        Self { reads: lane(limits.reads_per_min), writes: lane(limits.writes_per_min), waited_ms: AtomicU64::new(0) }
    }

    /// Waits until a request of that kind may be sent, and counts it.
    pub(super) async fn admit(&self, kind: Kind) -> Permit<'_> {
        let lane = self.lane(kind);
        let start = Instant::now();
        loop {
            let verdict = lock(lane).admit(Instant::now());
            match verdict {
                Ok(()) => break,
                Err(until) => tokio::time::sleep_until(until).await,
            }
        }
        let waited_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.waited_ms.fetch_add(waited_ms, Ordering::Relaxed);
        Permit { lane }
    }

    /// Takes over what an answer says about limits. `now_unix_s` is for headers that hold a date.
    pub(super) fn observe(&self, kind: Kind, status: u16, headers: &[(String, String)], now_unix_s: i64) {
        let mut lane = lock(self.lane(kind));
        let now = Instant::now();
        let quota = headers::quota(headers, now_unix_s);
        lane.told(quota, now);
        let pause = match status {
            429 => Some(headers::retry_after(headers, now_unix_s).unwrap_or(headers::PAUSE_DEFAULT)),
            503 => headers::retry_after_only(headers, now_unix_s),
            _ => None,
        };
        if let Some(pause) = pause {
            lane.paused_until = lane.paused_until.max(Some(now + pause));
        }
    }

    /// How long requests were held back so far, all together; for reports.
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_ms.load(Ordering::Relaxed))
    }

    fn lane(&self, kind: Kind) -> &Mutex<Lane> {
        match kind {
            Kind::Read => &self.reads,
            Kind::Write => &self.writes,
        }
    }
}

impl Lane {
    fn new(per_min: u32) -> Self {
        let per_min = per_min.max(1);
        let sent = VecDeque::new();
        Self { per_min, told_per_min: u32::MAX, sent, in_flight: 0, paused_until: None, left: None }
    }

    /// Lets a request go, or says when to ask again.
    fn admit(&mut self, now: Instant) -> Result<(), Instant> {
        while self.sent.front().is_some_and(|&at| at + WINDOW <= now) {
            self.sent.pop_front();
        }
        self.paused_until = self.paused_until.filter(|&until| until > now);
        self.left = self.left.filter(|&(_, until)| until > now);
        if let Some(until) = self.paused_until {
            return Err(until);
        }
        let n_max = usize::try_from(self.per_min.min(self.told_per_min)).unwrap_or(usize::MAX);
        if self.sent.len() >= n_max {
            return Err(self.sent[self.sent.len() - n_max] + WINDOW);
        }
        if let Some((left, until)) = &mut self.left {
            if *left == 0 {
                return Err(*until);
            }
            *left -= 1;
        }
        self.sent.push_back(now);
        self.in_flight += 1;
        Ok(())
    }

    /// The answer in hand is still counted as in flight; the others in flight may not be in the server's count yet.
    fn told(&mut self, quota: Quota, now: Instant) {
        if let Some(limit) = quota.limit {
            self.told_per_min = limit;
        }
        let Some(remaining) = quota.remaining else { return };
        let left = remaining.saturating_sub(self.in_flight.saturating_sub(1));
        let until = now + quota.reset.unwrap_or(headers::PAUSE_DEFAULT);
        self.left = match self.left {
            // The same window, seen by answers that overtook each other: the smaller number is the later one. The end
            // stays, so that a number without a reset is taken afresh every two seconds.
            Some((before, end)) if end > now && end.max(until) - end.min(until) < Duration::from_secs(2) => {
                Some((before.min(left), end))
            }
            _ => Some((left, until)),
        };
    }
}

fn lock(lane: &Mutex<Lane>) -> std::sync::MutexGuard<'_, Lane> {
    lane.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
