//! When a held person is tried again.

use super::snapshot::{Hold, HoldReason};
use super::time::Moment;

const FIRST_S: i64 = 15 * 60;
const LONGEST_S: i64 = 24 * 60 * 60;

/// The hold after one more failure: 15 minutes, then twice as long each time, at most a day.
pub fn hold_again(before: Option<&Hold>, reason: HoldReason, now: Moment) -> Hold {
    let tries = before.map_or(0, |hold| hold.tries);
    let wait_s = FIRST_S.saturating_mul(1 << tries.min(10)).min(LONGEST_S);
    let since = before.map_or(now, |hold| hold.since);
    Hold { reason, since, until_unix_s: Some(now.unix_s + wait_s), tries: tries + 1 }
}

/// A hold that only a person lifts, with `adopt WHO`.
pub fn hold_for_good(reason: HoldReason, now: Moment) -> Hold {
    Hold { reason, since: now, until_unix_s: None, tries: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_from_a_quarter_of_an_hour_to_a_day() {
        let now = Moment::at(1_000_000);
        let mut hold = hold_again(None, HoldReason::Conflict, now);
        assert_eq!(hold.until_unix_s, Some(now.unix_s + 900));
        for _ in 0..20 {
            hold = hold_again(Some(&hold), HoldReason::Conflict, now);
        }
        assert_eq!(hold.until_unix_s, Some(now.unix_s + LONGEST_S));
        assert_eq!(hold.tries, 21);
        assert!(hold.holds_at(now) && !hold.holds_at(Moment::at(now.unix_s + LONGEST_S)));
    }
}
