//! The one place that reads a clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::core::time::Moment;

/// Where the time comes from. `Virtual` follows tokio's clock, so that a paused test lives a year in a second.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    System,
    Virtual { epoch_unix_s: i64, start: tokio::time::Instant, boot: u32 },
}

impl Clock {
    /// Starts a virtual clock at `epoch_unix_s`; it moves with tokio's time.
    pub fn virtual_at(epoch_unix_s: i64) -> Self {
        Self::Virtual { epoch_unix_s, start: tokio::time::Instant::now(), boot: 1 }
    }

    /// A virtual clock whose wall somebody sets to `unix_s`; the time since boot goes on. The system's stays as it is.
    #[must_use]
    pub fn set_to(self, unix_s: i64) -> Self {
        match self {
            Self::System => self,
            Self::Virtual { start, boot, .. } => {
                Self::Virtual { epoch_unix_s: unix_s.saturating_sub(elapsed_s(start)), start, boot }
            }
        }
    }

    /// The virtual machine starts anew and keeps its wall clock. The system's stays as it is.
    #[must_use]
    pub fn rebooted(self) -> Self {
        match self {
            Self::System => self,
            Self::Virtual { boot, .. } => {
                let start = tokio::time::Instant::now();
                Self::Virtual { epoch_unix_s: self.now().unix_s, start, boot: boot + 1 }
            }
        }
    }

    pub fn now(&self) -> Moment {
        match self {
            Self::System => Moment { unix_s: wall_s(), boot: boot_mark(), uptime_s: uptime_s() },
            Self::Virtual { epoch_unix_s, start, boot } => {
                let uptime_s = elapsed_s(*start);
                Moment { unix_s: epoch_unix_s.saturating_add(uptime_s), boot: *boot, uptime_s }
            }
        }
    }
}

fn elapsed_s(start: tokio::time::Instant) -> i64 {
    i64::try_from(start.elapsed().as_secs()).unwrap_or(i64::MAX)
}

fn wall_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Linux: `/proc/uptime`, proc(5). Elsewhere 0, and then `boot` is 0 too and the wall clock decides.
fn uptime_s() -> i64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = text.split('.').next().and_then(|s| s.parse::<i64>().ok());
    seconds.unwrap_or(0)
}

/// Linux: `/proc/sys/kernel/random/boot_id`, random(4).
fn boot_mark() -> u32 {
    let Ok(text) = std::fs::read_to_string("/proc/sys/kernel/random/boot_id") else { return 0 };
    let hex: String = text.chars().filter(char::is_ascii_hexdigit).take(8).collect();
    u32::from_str_radix(&hex, 16).unwrap_or(0).max(1)
}
