//! Points in time for people: RFC 3339 in UTC without fractions, and how long ago that was.
//!
//! Never: reads a clock; "now" is an argument.

use chrono::{DateTime, SecondsFormat};

use crate::core::time::{Moment, duration_text};

/// `2026-03-01T12:00:00Z`.
pub fn instant(unix_s: i64) -> String {
    match DateTime::from_timestamp(unix_s, 0) {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        None => format!("second {unix_s} since 1970"),
    }
}

/// `2026-03-01T12:00:00Z (3 h 20 min ago)`.
pub fn past(moment: Moment, now: Moment) -> String {
    format!("{} ({} ago)", instant(moment.unix_s), duration_text(now.since(moment)))
}

/// `2026-03-01T12:00:00Z (in 3 h 20 min)`; `(now)` when it has come.
pub fn coming(unix_s: i64, now: Moment) -> String {
    let left_s = unix_s.saturating_sub(now.unix_s);
    if left_s <= 0 {
        return format!("{} (now)", instant(unix_s));
    }
    format!("{} (in {})", instant(unix_s), duration_text(left_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_and_total() {
        let now = Moment::at(1_772_366_400);
        assert_eq!(past(Moment::at(now.unix_s - 12_000), now), "2026-03-01T08:40:00Z (3 h 20 min ago)");
        assert_eq!(coming(now.unix_s + 900, now), "2026-03-01T12:15:00Z (in 15 min)");
        assert_eq!(coming(now.unix_s, now), "2026-03-01T12:00:00Z (now)");
        assert_eq!(coming(i64::MIN, now), format!("second {} since 1970 (now)", i64::MIN));
        assert_eq!(instant(i64::MAX), format!("second {} since 1970", i64::MAX));
    }
}
