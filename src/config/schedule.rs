//! When cycles start: a cron expression in a time zone. croner does the arithmetic, chrono-tz knows the zones.
//!
//! Never: reads a clock; "now" is an argument.

use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};
use croner::{Cron, JobType};

const DAY_S: i64 = 86_400;
/// No zone has ever skipped more.
const DAY_MIN: i64 = 24 * 60;

/// `[schedule]`, checked: the expression has a next time.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Five fields, or six with seconds first.
    pub cron: Cron,
    pub timezone: Tz,
    /// A cycle starts up to so many seconds after its time, evenly spread.
    pub jitter_s: i64,
}

impl Schedule {
    /// The first time after `unix_s`, in seconds since 1970. Where clocks change, a time of day that does not exist
    /// comes when they have jumped, and one that exists twice comes once; what recurs by the minute or by the hour
    /// goes on through both hours. None only beyond the years that croner looks at.
    pub fn next_after(&self, unix_s: i64) -> Option<i64> {
        let from = self.timezone.timestamp_opt(unix_s, 0).single()?;
        match self.cron.determine_job_type() {
            JobType::FixedTime => self.next_fixed(from),
            JobType::IntervalWildcard => self.next_recurring(from),
        }
    }

    // croner's own search in a zone goes by the wall clock only: it leaves the second of two equal hours out, and from
    // within that hour it returns a time that has passed. So it searches here where clocks do not change.

    fn next_fixed(&self, from: DateTime<Tz>) -> Option<i64> {
        let mut naive = from.naive_local();
        loop {
            naive = self.cron.find_next_occurrence(&naive.and_utc(), false).ok()?.naive_utc();
            let found = match self.timezone.from_local_datetime(&naive).earliest() {
                Some(found) => found,
                None => self.after_the_gap(naive)?,
            };
            if found > from {
                return Some(found.timestamp());
            }
        }
    }

    /// The moment that follows a stretch of wall clock that does not exist.
    fn after_the_gap(&self, naive: NaiveDateTime) -> Option<DateTime<Tz>> {
        let minute = naive.with_second(0)?;
        (1..=DAY_MIN).find_map(|n| self.timezone.from_local_datetime(&(minute + TimeDelta::minutes(n))).earliest())
    }

    fn next_recurring(&self, from: DateTime<Tz>) -> Option<i64> {
        let (mut at, mut offset) = (from.timestamp(), self.offset(from.timestamp())?);
        loop {
            let found = self.cron.find_next_occurrence(&offset.timestamp_opt(at, 0).single()?, false).ok()?.timestamp();
            if self.offset(found)? == offset {
                return Some(found);
            }
            let change = self.change(at, offset, found)?;
            (at, offset) = (change - 1, self.offset(change)?);
        }
    }

    /// The first second with another offset: days first, then halves.
    fn change(&self, from: i64, offset: FixedOffset, until: i64) -> Option<i64> {
        let (mut before, mut after) = (from, (from + DAY_S).min(until));
        while after < until && self.offset(after)? == offset {
            (before, after) = (after, (after + DAY_S).min(until));
        }
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.offset(middle)? == offset { before = middle } else { after = middle }
        }
        Some(after)
    }

    fn offset(&self, unix_s: i64) -> Option<FixedOffset> {
        Some(self.timezone.timestamp_opt(unix_s, 0).single()?.offset().fix())
    }

    /// That time as the people there read it: `14:15`, with the day when it is not the day of `now_unix_s`.
    pub fn local(&self, unix_s: i64, now_unix_s: i64) -> String {
        let at = |unix_s| self.timezone.timestamp_opt(unix_s, 0).single();
        let (Some(time), Some(now)) = (at(unix_s), at(now_unix_s)) else { return format!("second {unix_s}") };
        let day = if time.date_naive() == now.date_naive() { "" } else { "%Y-%m-%d " };
        let seconds = if unix_s % 60 == 0 { "" } else { ":%S" };
        time.format(&format!("{day}%H:%M{seconds}")).to_string()
    }
}

/// Reads an expression, and refuses one whose time never comes.
pub(super) fn cron(text: &str) -> Result<Cron, String> {
    let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
    let cron = parser.parse(text).map_err(|error| error.to_string())?;
    // Without a year field, what comes at all comes again: any day will do to start from.
    cron.find_next_occurrence(&DateTime::UNIX_EPOCH, false).map_err(|_| "that time never comes".to_owned())?;
    Ok(cron)
}

/// A zone by its name in the IANA database.
pub(super) fn timezone(text: &str) -> Option<Tz> {
    Tz::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str) -> Schedule {
        Schedule { cron: cron(text).unwrap(), timezone: timezone("Europe/Berlin").unwrap(), jitter_s: 0 }
    }

    fn utc(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(&format!("{text}Z")).unwrap().timestamp()
    }

    /// The next times after `from`, all in UTC.
    fn times(text: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = schedule(text);
        let mut at = utc(from);
        let step = |_| {
            let next = schedule.next_after(at).unwrap();
            assert!(next > at, "{text} stands still at {at}");
            at = next;
            DateTime::from_timestamp(next, 0).unwrap().format("%dT%H:%M:%S").to_string()
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn ordinary_days() {
        assert_eq!(times("*/15 * * * *", "2026-11-23T10:01:00", 2), ["23T10:15:00", "23T10:30:00"]);
        assert_eq!(times("30 3 * * *", "2026-11-23T10:01:00", 2), ["24T02:30:00", "25T02:30:00"]);
        assert_eq!(times("20 30 3 * * *", "2026-11-23T10:01:00", 1), ["24T02:30:20"]);
        assert_eq!(times("* * * * * *", "2026-11-23T10:01:00", 2), ["23T10:01:01", "23T10:01:02"]);
        assert_eq!(times("0 9 * * MON", "2026-11-23T10:01:00", 1), ["30T08:00:00"]);
    }

    #[test]
    fn a_time_that_does_not_exist_comes_when_the_clock_has_jumped() {
        // Sunday 2026-03-29: 02:00 becomes 03:00, which is 01:00 UTC.
        for (text, seconds) in [("30 2 * * *", "00"), ("7 30 2 * * *", "07")] {
            let expected = [
                format!("28T01:30:{seconds}"),
                "29T01:00:00".to_owned(),
                format!("30T00:30:{seconds}"),
                format!("31T00:30:{seconds}"),
            ];
            assert_eq!(times(text, "2026-03-27T12:00:00", 4), expected, "{text}");
        }
        let quarters = ["29T00:45:00", "29T01:00:00", "29T01:15:00"];
        assert_eq!(times("*/15 * * * *", "2026-03-29T00:30:00", 3), quarters);
        assert_eq!(times("0 */15 * * * *", "2026-03-29T00:30:00", 3), quarters);
        // Hours of which one does not exist, and from within the jump.
        assert_eq!(times("0 1-3 * * *", "2026-03-29T00:00:00", 2), ["29T01:00:00", "29T23:00:00"]);
        // After it the same hour of the day, and not one later.
        assert_eq!(times("30 3 * * *", "2026-03-28T12:00:00", 2), ["29T01:30:00", "30T01:30:00"]);
    }

    #[test]
    fn a_time_that_exists_twice_comes_once_and_quarters_go_on() {
        // Sunday 2026-10-25: 03:00 becomes 02:00, which is 01:00 UTC.
        for (text, seconds) in [("30 2 * * *", "00"), ("7 30 2 * * *", "07")] {
            let expected = ["24T00:30", "25T00:30", "26T01:30", "27T01:30"].map(|at| format!("{at}:{seconds}"));
            assert_eq!(times(text, "2026-10-23T12:00:00", 4), expected, "{text}");
        }
        let quarters = ["25T00:45:00", "25T01:00:00", "25T01:15:00", "25T01:30:00", "25T01:45:00", "25T02:00:00"];
        assert_eq!(times("*/15 * * * *", "2026-10-25T00:30:00", 6), quarters);
        assert_eq!(times("0 */15 * * * *", "2026-10-25T00:30:00", 6), quarters);
        assert_eq!(times("30 3 * * *", "2026-10-24T12:00:00", 2), ["25T02:30:00", "26T02:30:00"]);
        // From within the second of the two hours.
        assert_eq!(times("45 2 * * *", "2026-10-25T01:10:00", 1), ["26T01:45:00"]);
        assert_eq!(times("* * * * * *", "2026-10-25T00:59:58", 3), ["25T00:59:59", "25T01:00:00", "25T01:00:01"]);
    }

    #[test]
    fn times_are_told_as_people_there_read_them() {
        let schedule = schedule("*/15 * * * *");
        let now = utc("2026-11-23T13:01:00");
        assert_eq!(schedule.local(utc("2026-11-23T13:15:00"), now), "14:15");
        assert_eq!(schedule.local(utc("2026-11-23T13:15:07"), now), "14:15:07");
        assert_eq!(schedule.local(utc("2026-11-23T23:00:00"), now), "2026-11-24 00:00");
    }

    #[test]
    fn what_never_comes_or_means_nothing_is_refused() {
        for text in ["61 * * * *", "* * 30 2 *", "* * * * * * *", "every day", "* * *", ""] {
            assert!(cron(text).is_err(), "{text}");
        }
        assert!(timezone("Europe/Atlantis").is_none());
    }
}
