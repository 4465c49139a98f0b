//! Headers that ask a client to wait: RFC 9110, the rate-limit draft, and every form Postman's documents show.
//!
//! Never: believes a value it cannot read, or says less than a second.

use std::time::{Duration, UNIX_EPOCH};

const PAUSE_MIN_S: i64 = 1;

/// A number above this is a time (seconds since 1970), below it a wait in seconds.
const EPOCH_FROM: i64 = 1_000_000_000;

/// What an answer says about the window it was counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quota {
    pub limit: Option<u32>,
    pub remaining: Option<u32>,
    pub reset: Option<Duration>,
}

/// How long a 429 asks us to wait.
pub(crate) fn retry_after(headers: &[(String, String)], now_unix_s: i64) -> Option<Duration> {
    retry_after_only(headers, now_unix_s).or_else(|| quota(headers, now_unix_s).reset)
}

/// The headers that ask for a wait outright: RFC 9110 §10.2.3, and Postman's two spellings of it.
pub(crate) fn retry_after_only(headers: &[(String, String)], now_unix_s: i64) -> Option<Duration> {
    let named = ["retry-after", "x-ratelimit-retryafter", "retryafter"];
    named.into_iter().find_map(|name| all(headers, name).find_map(|value| wait(value, now_unix_s)))
}

/// Limit, remaining and reset: `X-RateLimit-*`, `RateLimit-*`, and the draft's `RateLimit: limit=, remaining=, reset=`.
pub(crate) fn quota(headers: &[(String, String)], now_unix_s: i64) -> Quota {
    let find = |part: &str| {
        let single = [format!("x-ratelimit-{part}"), format!("ratelimit-{part}")];
        let single = single.into_iter().find_map(|name| all(headers, &name).next());
        single.or_else(|| all(headers, "ratelimit").find_map(|value| member(value, part)))
    };
    Quota {
        limit: find("limit").and_then(leading_number).filter(|&limit| limit > 0),
        remaining: find("remaining").and_then(leading_number),
        reset: find("reset").and_then(|value| wait(value, now_unix_s)),
    }
}

fn all<'a>(headers: &'a [(String, String)], name: &str) -> impl Iterator<Item = &'a str> {
    let name = name.to_owned();
    headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(&name)).map(|(_, value)| value.trim())
}

/// One member of `limit=300, remaining=12, reset=40`.
fn member<'a>(value: &'a str, part: &str) -> Option<&'a str> {
    let pairs = value.split([',', ';']).filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| key.trim() == part).map(|(_, value)| value.trim())
}

/// `300`, and `300, 300;w=60` as the draft allows.
fn leading_number(value: &str) -> Option<u32> {
    value.split([',', ';']).next()?.trim().parse().ok()
}

/// Seconds, a time in seconds since 1970, or an HTTP-date; a second at least.
fn wait(value: &str, now_unix_s: i64) -> Option<Duration> {
    let wait_s = match value.parse::<i64>() {
        Ok(number) if number > EPOCH_FROM => number.saturating_sub(now_unix_s),
        Ok(number) if number >= 0 => number,
        Ok(_) => return None,
        Err(_) => {
            let at = httpdate::parse_http_date(value).ok()?;
            let at_unix_s = i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()?;
            at_unix_s.saturating_sub(now_unix_s)
        }
    };
    Some(Duration::from_secs(u64::try_from(wait_s.max(PAUSE_MIN_S)).unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn every_form_of_a_wait() {
        type Row<'a> = (&'a [(&'a str, &'a str)], Option<u64>);
        let table: &[Row<'_>] = &[
            (&[], None),
            (&[("retry-after", "7")], Some(7)),
            (&[("Retry-After", " 7 ")], Some(7)),
            (&[("retry-after", "0")], Some(1)),
            (&[("retry-after", "900")], Some(900)),
            (&[("retry-after", "901")], Some(901)),
            (&[("retry-after", "315360000")], Some(315_360_000)),
            (&[("retry-after", "-5")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "1.5")], None),
            (&[("retry-after", "99999999999999999999999")], None),
            (&[("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT")], Some(30)),
            (&[("retry-after", "Fri, 15 Jan 2027 07:00:00 GMT")], Some(1)),
            (&[("retry-after", "Mon, 15 Jan 2057 07:00:00 GMT")], Some(946_767_600)),
            (&[("retry-after", "never"), ("x-ratelimit-retryafter", "9")], Some(9)),
            (&[("retryafter", "11")], Some(11)),
            (&[("retry-after", "3"), ("x-ratelimit-reset", "50")], Some(3)),
            (&[("x-ratelimit-reset", "1800000042")], Some(42)),
            (&[("ratelimit-reset", "42")], Some(42)),
            (&[("ratelimit", "limit=300, remaining=0, reset=17")], Some(17)),
            (&[("ratelimit-reset-month", "5")], None),
        ];
        for (pairs, expected) in table {
            let found = retry_after(&headers(pairs), NOW).map(|wait| wait.as_secs());
            assert_eq!(found, *expected, "{pairs:?}");
        }
    }

    #[test]
    fn every_form_of_a_quota() {
        let full = Quota { limit: Some(300), remaining: Some(12), reset: Some(Duration::from_secs(40)) };
        for pairs in [
            &[("x-ratelimit-limit", "300"), ("x-ratelimit-remaining", "12"), ("x-ratelimit-reset", "1800000040")][..],
            &[("ratelimit-limit", "300, 300;w=60"), ("ratelimit-remaining", "12"), ("ratelimit-reset", "40")],
            &[("ratelimit", "limit=300, remaining=12, reset=40"), ("ratelimit-policy", "300;w=60")],
        ] {
            assert_eq!(quota(&headers(pairs), NOW), full, "{pairs:?}");
        }
        for pairs in [
            &[("x-ratelimit-limit", "0"), ("x-ratelimit-remaining", "-1"), ("x-ratelimit-reset", "x")][..],
            &[("ratelimit-limit-month", "10000"), ("ratelimit-remaining-month", "0")],
            &[("ratelimit", "garbage")],
        ] {
            assert_eq!(quota(&headers(pairs), NOW), Quota::default(), "{pairs:?}");
        }
    }
}
