//! How fast we may go: the team's SCIM limits (reads and writes a minute, shared by every client of the team), kept
//! by ourselves and corrected by what the answers say.
//!
//! Never: more sends in any window than the limit, or a pause that a server's header could make endless.

mod width;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::http::headers::{self, Quota};
use width::Width;

/// A minute, and a quarter of a second for requests that overtake each other on the way.
const WINDOW: Duration = Duration::from_millis(60_250);
/// Postman's own text says "Wait for a minute"; so that is what no header means.
const PAUSE_DEFAULT: Duration = Duration::from_secs(60);
/// Nobody waits longer than that within a cycle.
const PAUSE_MAX: Duration = Duration::from_secs(15 * 60);

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
    reads: Gate,
    writes: Gate,
    waited_ms: AtomicU64,
}

/// The answer asked for a longer wait than a cycle is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deferred {
    /// Seconds since 1970 UTC.
    pub until_unix_s: i64,
}

/// Why a request may not go yet.
enum Wait {
    Until(Instant),
    /// Until another one ends.
    Room,
    /// Longer than anybody waits.
    Deferred(Deferred),
}

/// One kind of request.
struct Gate {
    lane: Mutex<Lane>,
    /// Somebody ended.
    ended: Notify,
}

/// What is known of it.
struct Lane {
    /// As configured.
    per_min: u32,
    /// As the last answer said, when that is less.
    told_per_min: u32,
    /// When each request of the window was let go, oldest first.
    sent: VecDeque<Instant>,
    in_flight: u32,
    width: Width,
    paused_until: Option<Instant>,
    /// While paused: the pause was cut short, and this is when the answer wanted us back.
    deferred: Option<Deferred>,
    /// How many more the server takes, until when: others use the limit too.
    left: Option<(u32, Instant)>,
}

/// A request on its way; dropped when it is over, however it ended.
pub(super) struct Permit<'a> {
    gate: &'a Gate,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut lane = lock(&self.gate.lane);
        lane.in_flight = lane.in_flight.saturating_sub(1);
        drop(lane);
        self.gate.ended.notify_waiters();
    }
}

impl Pace {
    pub fn new(limits: Limits) -> Self {
        let gate = |per_min| Gate { lane: Mutex::new(Lane::new(per_min)), ended: Notify::new() };
        Self { reads: gate(limits.reads_per_min), writes: gate(limits.writes_per_min), waited_ms: AtomicU64::new(0) }
    }

    /// Goes on from what another one, which is no longer used, knows of the same team. The limits stay its own.
    pub(super) fn go_on_from(&mut self, before: Self) {
        for (gate, before) in [(&mut self.reads, before.reads), (&mut self.writes, before.writes)] {
            let lane = gate.lane.get_mut().unwrap_or_else(PoisonError::into_inner);
            let known = before.lane.into_inner().unwrap_or_else(PoisonError::into_inner);
            *lane = Lane { per_min: lane.per_min, in_flight: 0, ..known };
        }
    }

    /// Waits until a request of that kind may be sent, and counts it. Errors: the team asked for a wait that no cycle
    /// is to sit out.
    pub(super) async fn admit(&self, kind: Kind) -> Result<Permit<'_>, Deferred> {
        let gate = self.gate(kind);
        let start = Instant::now();
        loop {
            // Made before the look, so that an end between the two is not missed.
            let ended = gate.ended.notified();
            let verdict = lock(&gate.lane).admit(Instant::now());
            match verdict {
                Ok(()) => break,
                Err(Wait::Until(until)) => tokio::time::sleep_until(until).await,
                Err(Wait::Room) => ended.await,
                Err(Wait::Deferred(deferred)) => return Err(deferred),
            }
        }
        let waited_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.waited_ms.fetch_add(waited_ms, Ordering::Relaxed);
        Ok(Permit { gate })
    }

    /// Takes over what an answer says about limits. `now_unix_s` is for headers that hold a date.
    pub(super) fn observe(&self, kind: Kind, status: u16, headers: &[(String, String)], now_unix_s: i64) {
        let mut lane = lock(&self.gate(kind).lane);
        let now = Instant::now();
        lane.width.observe(status);
        let quota = headers::quota(headers, now_unix_s);
        lane.told(quota, now);
        let pause = match status {
            429 => Some(headers::retry_after(headers, now_unix_s).unwrap_or(PAUSE_DEFAULT)),
            503 => headers::retry_after_only(headers, now_unix_s),
            _ => None,
        };
        if let Some(asked) = pause {
            lane.pause(asked, now, now_unix_s);
        }
    }

    /// How long requests were held back so far, all together; for reports.
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_ms.load(Ordering::Relaxed))
    }

    /// The least time that so many reads take at the configured rate.
    pub(super) fn least(&self, reads: u64) -> Duration {
        let per_min = lock(&self.reads.lane).per_min;
        Duration::from_secs_f64(WINDOW.as_secs_f64() * reads as f64 / f64::from(per_min))
    }

    fn gate(&self, kind: Kind) -> &Gate {
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
        let (told_per_min, width) = (u32::MAX, Width::default());
        Self { per_min, told_per_min, sent, in_flight: 0, width, paused_until: None, deferred: None, left: None }
    }

    /// A shorter wait does not take back a longer one. What is longer than a cycle is worth ends the cycle; even then
    /// one may ask again after the longest pause, so that no header shuts us out for good.
    fn pause(&mut self, asked: Duration, now: Instant, now_unix_s: i64) {
        self.paused_until = self.paused_until.max(Some(now + asked.min(PAUSE_MAX)));
        if asked > PAUSE_MAX {
            let asked_s = i64::try_from(asked.as_secs()).unwrap_or(i64::MAX);
            self.deferred = Some(Deferred { until_unix_s: now_unix_s.saturating_add(asked_s) });
        }
    }

    /// Lets a request go, or says when to ask again.
    fn admit(&mut self, now: Instant) -> Result<(), Wait> {
        while self.sent.front().is_some_and(|&at| at + WINDOW <= now) {
            self.sent.pop_front();
        }
        self.paused_until = self.paused_until.filter(|&until| until > now);
        self.left = self.left.filter(|&(_, until)| until > now);
        match (self.paused_until, self.deferred) {
            (Some(_), Some(deferred)) => return Err(Wait::Deferred(deferred)),
            (Some(until), None) => return Err(Wait::Until(until)),
            (None, _) => self.deferred = None,
        }
        // Before the rate, so that a request is counted when it goes.
        if !self.width.has_room(self.in_flight) {
            return Err(Wait::Room);
        }
        let n_max = usize::try_from(self.per_min.min(self.told_per_min)).unwrap_or(usize::MAX);
        if self.sent.len() >= n_max {
            return Err(Wait::Until(self.sent[self.sent.len() - n_max] + WINDOW));
        }
        if let Some((left, until)) = &mut self.left {
            if *left == 0 {
                return Err(Wait::Until(*until));
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
        let until = now + quota.reset.unwrap_or(PAUSE_DEFAULT).min(PAUSE_MAX);
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
