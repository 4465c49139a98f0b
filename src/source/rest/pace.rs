//! Pace: a share of a limit on requests a minute, where the provider does not say how much of it is left.
//!
//! Never: makes up for a pause by a burst.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Requests at least so far apart.
pub struct Pace {
    apart: Duration,
    /// From the first request on.
    beats: Mutex<Option<Interval>>,
}

impl Pace {
    /// `share`: percent of `per_minute`, from 1 to 100.
    pub fn new(per_minute: u32, share: u32) -> Self {
        let ours = (u64::from(per_minute) * u64::from(share.clamp(1, 100)) / 100).max(1);
        Self { apart: Duration::from_millis(60_000_u64.div_ceil(ours)), beats: Mutex::new(None) }
    }

    /// Until the next request may leave.
    pub async fn wait(&self) {
        let mut beats = self.beats.lock().await;
        let beats = beats.get_or_insert_with(|| {
            let mut beats = interval(self.apart);
            beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
            beats
        });
        beats.tick().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_minute_has_more_than_our_share() {
        for (share, most) in [(100, 2_400), (50, 1_200), (1, 24)] {
            let (pace, begin) = (Pace::new(2_400, share), Instant::now());
            let mut sent = 0;
            while begin.elapsed() < Duration::from_secs(60) {
                pace.wait().await;
                sent += 1;
                // A slow answer now and then is no reason to hurry.
                if sent % 10 == 0 {
                    sleep(Duration::from_millis(70)).await;
                }
            }
            assert!(sent <= most + 1 && sent > most * 9 / 20, "{share}: {sent}");
        }
    }
}
