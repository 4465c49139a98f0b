//! Google's limits are 403s, say nothing of when to come back, and are a whole company's.

use super::{in_step, is_worthless, lab, nothing, source};
use crate::directories::cloud::Failure;
use crate::support::{Lines, crowd};

#[test]
fn storms_end_the_reading_or_pass() {
    let (lab, google) = in_step(&crowd(6), "page_size = 2");
    let project = r#"{"error":{"code":403,"message":"x","errors":[{"reason":"rateLimitExceeded"}]}}"#;
    for (failure, words) in [
        (Failure::Throttled(1), "HTTP 403: userRateLimitExceeded: the quota is used up, also at the 5th try"),
        (Failure::Crowded, "HTTP 403: quotaExceeded: the quota is used up"),
        (Failure::Refuses(403, project), "HTTP 403: rateLimitExceeded: the quota is used up"),
        (Failure::Status(429), "HTTP 429: the server is busy, also at the 5th try"),
        (Failure::Status(503), "HTTP 503: the server is busy, also at the 5th try"),
    ] {
        google.change(|account| account.common.trouble = (0..3).map(|_| ("pageToken=", failure.clone())).collect());
        lab.run(&["sync"]).exits(0);
        assert!(google.change(|account| account.common.trouble.is_empty()));
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
        google.requests();
        google.change(|account| account.common.always = vec![("pageToken=", failure)]);
        is_worthless(&lab, 1, 6, words);
        let asked = google.requests().into_iter().filter(|asked| asked.contains("pageToken=")).count();
        assert_eq!(asked, 5, "{words}");
        google.change(|account| account.common.always.clear());
    }
}

/// How the rate is kept is `src/source/rest/pace.rs`'s to test.
#[test]
fn others_have_their_part() {
    let (mut lab, google) = lab(&crowd(3), "");
    lab.source(&source(&google, "limit_share = 40"));
    let said = lab.run(&["check"]).exits(0).out.flat();
    assert!(said.contains("at most 40% of Google's 2400 requests a minute are used"), "{said}");
}

/// Once, or a few times, is nothing.
#[test]
fn what_may_pass_is_asked_again() {
    let (lab, google) = in_step(&crowd(3), "");
    let html = [500, 502, 503, 504].map(Failure::Html).into_iter();
    for failure in html.chain([Failure::Status(500), Failure::Cut, Failure::CutBehind]) {
        let said = format!("{failure:?}");
        for part in ["/users?", "/token"] {
            google.change(|account| account.common.trouble = vec![(part, failure.clone())]);
            lab.run(&["sync"]).exits(0);
            assert!(google.change(|account| account.common.trouble.is_empty()), "{said}");
            assert_eq!(lab.sent(), nothing(), "{said}");
        }
    }
}
