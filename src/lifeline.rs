//! One handle between whoever runs a cycle and the cycle: "end soon" goes in, "still at work" comes out.
//!
//! Never: ends anything by itself. Who holds it looks at it where stopping is safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// A request that has left has so long for its answer once the end was asked for. With what is recorded after it,
/// the process ends within ten seconds.
const LAST_ANSWERS: Duration = Duration::from_secs(7);

/// Clones are the same handle. The default is one that nobody has asked to stop.
#[derive(Clone, Debug)]
pub struct Lifeline {
    stop: watch::Sender<bool>,
    beats: Arc<AtomicU64>,
}

impl Default for Lifeline {
    fn default() -> Self {
        Self { stop: watch::Sender::new(false), beats: Arc::default() }
    }
}

impl Lifeline {
    /// Begin nothing new, and end.
    pub fn ask_to_stop(&self) {
        self.stop.send_replace(true);
    }

    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Returns once the end was asked for.
    pub async fn stopping(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Returns when no answer can be waited for any longer.
    pub async fn out_of_time(&self) {
        self.stopping().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    }

    /// A step of work was done: an entry read, a request begun.
    pub fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Steps so far. A number that stands still while a cycle runs is a cycle that hangs.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }
}
