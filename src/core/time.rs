//! Points in time as values. A `Moment` carries the wall clock and the time since boot, so that a clock
//! that was set wrong cannot make somebody look absent for a year.
//!
//! Never: reads a clock; that is `crate::clock`.

use serde::{Deserialize, Serialize};

use crate::planted::Bug;

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
        let elapsed = if self.boot != 0 && self.boot == earlier.boot && !Bug::WaitsByTheWallClock.is_planted() {
            self.uptime_s - earlier.uptime_s
        } else {
            self.unix_s - earlier.unix_s
        };
        elapsed.max(0)
    }
}

impl Moment {
    /// The same, but at most the time since boot: after a reboot the wall clock may be wrong by years.
    pub fn surely_since(self, earlier: Moment) -> i64 {
        let elapsed = self.since(earlier);
        if self.boot != 0 && self.boot != earlier.boot { elapsed.min(self.uptime_s) } else { elapsed }
    }

    /// Whether `earlier` was noted by a clock that was ahead, before the machine restarted: nothing can be measured from it, and
    /// by that clock it would be over in years.
    pub fn is_behind(self, earlier: Moment) -> bool {
        (self.boot == 0 || self.boot != earlier.boot) && self.unix_s < earlier.unix_s
    }
}

/// A duration for people, in its largest unit or two: `45 s`, `15 min`, `3 h 20 min`, `2 d 5 h`.
pub fn duration_text(seconds: i64) -> String {
    let two = |big: i64, big_unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{big} {big_unit}") } else { format!("{big} {big_unit} {small} {small_unit}") }
    };
    match seconds.max(0) {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s @ 3_600..86_400 => two(s / 3_600, "h", s % 3_600 / 60, "min"),
        s => two(s / 86_400, "d", s % 86_400 / 3_600, "h"),
    }
}
