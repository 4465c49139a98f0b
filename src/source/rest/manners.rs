//! Manners: a rate limit that a whole company shares is not used up by us. The provider's headers say how much is left; when that
//! is others' part, we wait for the next window.
//!
//! Never: believes a clock but the provider's own for when a window ends, or divides by a limit that is none.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

const CROWDED_MAX: Duration = Duration::from_secs(10);

/// The names of a provider's headers, in lower case. The reset is a time, in seconds since 1970.
pub struct RateHeaders {
    pub limit: &'static str,
    pub remaining: &'static str,
    pub reset: &'static str,
}

/// What one provider's limit leaves to us.
pub struct Manners {
    headers: RateHeaders,
    /// Percent of the limit that we use at most.
    share: u32,
    told: Mutex<Told>,
}

#[derive(Clone, Copy, Default)]
struct Told {
    /// The last limit that was one.
    limit: Option<u32>,
    /// By our clock: others' part begins before, and a new window then.
    quiet_until_unix_s: Option<i64>,
}

impl Manners {
    /// `share`: percent of the limit, from 1 to 100.
    pub fn new(headers: RateHeaders, share: u32) -> Self {
        Self { headers, share: share.clamp(1, 100), told: Mutex::default() }
    }

    pub fn share(&self) -> u32 {
        self.share
    }

    /// Requests in a window, as the last answer with a limit said.
    pub fn limit(&self) -> Option<u32> {
        self.told().limit
    }

    /// An answer came.
    pub fn heard(&self, headers: &[(String, String)], now_unix_s: i64) {
        let number = |name: &str| header(headers, name)?.parse::<u32>().ok();
        // Okta says 0 of 0 where too many were asked at once: that is no window's limit.
        let Some(limit) = number(self.headers.limit).filter(|&limit| limit > 0) else { return };
        let Some(remaining) = number(self.headers.remaining) else { return };
        let of_others = u64::from(limit) * u64::from(100 - self.share) / 100;
        let is_used_up = u64::from(remaining) <= of_others;
        let wait = self.until_reset(headers, now_unix_s).filter(|_| is_used_up);
        let until = wait.and_then(|wait| now_unix_s.checked_add(i64::try_from(wait.as_secs()).ok()?));
        *self.lock() = Told { limit: Some(limit), quiet_until_unix_s: until };
    }

    /// How long to wait before the next request. After that one goes in any case, since only an answer says what is left.
    pub fn wait(&self, now_unix_s: i64) -> Option<Duration> {
        let until = self.lock().quiet_until_unix_s.take()?;
        u64::try_from(until.saturating_sub(now_unix_s)).ok().filter(|&left_s| left_s > 0).map(Duration::from_secs)
    }

    /// How long a 429 asks us to wait. Of a limit on requests at once, 0 of 0, the end is a guess of the provider's.
    pub fn asked_to_wait(&self, headers: &[(String, String)], now_unix_s: i64) -> Option<Duration> {
        let is_crowded = header(headers, self.headers.limit) == Some("0");
        self.until_reset(headers, now_unix_s).map(|wait| if is_crowded { wait.min(CROWDED_MAX) } else { wait })
    }

    /// From the answer's own `Date` to the end of its window, a second at least; nothing where it does not say.
    fn until_reset(&self, headers: &[(String, String)], now_unix_s: i64) -> Option<Duration> {
        let reset_unix_s = header(headers, self.headers.reset)?.parse::<i64>().ok()?;
        let date = header(headers, "date").and_then(|date| httpdate::parse_http_date(date).ok());
        let date_unix_s = date.and_then(|date| i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok());
        let left_s = reset_unix_s.saturating_sub(date_unix_s.unwrap_or(now_unix_s)).max(1);
        u64::try_from(left_s).ok().map(Duration::from_secs)
    }

    fn told(&self) -> Told {
        *self.lock()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;
    /// The same moment on the provider's clock, which is 100 s ahead of ours.
    const DATE: &str = "Fri, 15 Jan 2027 08:01:40 GMT";

    fn told(share: u32, limit: &str, remaining: &str) -> Option<u64> {
        let names = RateHeaders { limit: "x-limit", remaining: "x-left", reset: "x-reset" };
        let manners = Manners::new(names, share);
        let reset = (NOW + 130).to_string();
        let headers = [("x-limit", limit), ("x-left", remaining), ("x-reset", &reset), ("date", DATE)];
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        manners.heard(&headers, NOW);
        let wait = manners.wait(NOW).map(|wait| wait.as_secs());
        assert_eq!(manners.wait(NOW), None, "one request goes in any case");
        wait
    }

    #[test]
    fn what_is_left_below_our_share_is_others() {
        assert_eq!(told(50, "600", "301"), None);
        assert_eq!(told(50, "600", "300"), Some(30), "by the clock of the provider");
        assert_eq!(told(50, "600", "0"), Some(30));
        assert_eq!(told(10, "600", "541"), None);
        assert_eq!(told(10, "600", "540"), Some(30));
        assert_eq!(told(100, "600", "1"), None);
        assert_eq!(told(100, "600", "0"), Some(30));
    }

    #[test]
    fn a_window_that_is_full_and_one_that_never_was() {
        let names = RateHeaders { limit: "x-limit", remaining: "x-left", reset: "x-reset" };
        let manners = Manners::new(names, 50);
        for (limit, wait_s) in [("600", 90), ("0", 10)] {
            let headers = [("x-limit", limit), ("x-left", "0"), ("x-reset", "1800000190"), ("date", DATE)];
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(manners.asked_to_wait(&headers, NOW), Some(Duration::from_secs(wait_s)));
        }
        assert_eq!(manners.asked_to_wait(&[], NOW), None);
    }

    #[test]
    fn a_limit_that_is_none_says_nothing() {
        for (limit, remaining) in [("0", "0"), ("", "0"), ("600", ""), ("600", "-1"), ("many", "few")] {
            assert_eq!(told(50, limit, remaining), None, "{limit} {remaining}");
        }
    }
}
