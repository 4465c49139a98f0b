//! Points in time as values. A `Moment` carries the wall clock and the time since boot, so that a clock
//! that was set wrong cannot make somebody look absent for a year.
//!
//! Never: reads a clock; that is `crate::clock`.

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01 UTC, and seconds since the machine booted with a mark of which boot that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    pub unix_s: i64,
    /// A hash of the boot id; 0 where the system has none.
    pub boot: u32,
    pub uptime_s: i64,
}

impl Moment {
    /// A moment known by the wall clock only.
    pub fn at(unix_s: i64) -> Self {
        Self { unix_s, boot: 0, uptime_s: 0 }
    }

    /// Seconds from `earlier` to `self`, never negative: by uptime within one boot, else by the wall clock.
    pub fn since(self, earlier: Moment) -> i64 {
        let elapsed = if self.boot != 0 && self.boot == earlier.boot {
            self.uptime_s - earlier.uptime_s
        } else {
            self.unix_s - earlier.unix_s
        };
        elapsed.max(0)
    }
}
