//! The org's rate limits are everybody's: what is asked for is kept to, and others have their part.

use super::{by_app, in_step, lab, nothing, source};
use crate::directories::cloud::Failure;
use crate::support::{Lines, crowd};

/// Never below half of the window's requests, though the reading needs more than a window has.
#[test]
fn others_have_their_part() {
    let (mut lab, okta) = lab(&crowd(30));
    okta.change(|org| (org.rate_limit, org.window, org.common.paging.most) = (12, 2, Some(2)));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 30);
    assert_eq!(okta.change(|org| org.least_left.take()), Some(6), "half, by default");
    lab.source(&source(&okta, &format!("limit_share = 90\n{}", by_app())));
    lab.run(&["sync"]).exits(0);
    assert_eq!(okta.change(|org| org.least_left.take()), Some(1));
}

/// The clock that counts is Okta's own.
#[test]
fn a_window_ends_by_the_clock_of_okta() {
    let (lab, okta) = lab(&crowd(20));
    for ahead in [-100_000, 100_000] {
        okta.change(|org| {
            (org.rate_limit, org.window, org.common.paging.most) = (12, 2, Some(2));
            org.common.clock_ahead = ahead;
            org.least_left = None;
        });
        lab.run(&["fetch"]).exits(0);
        assert_eq!(okta.change(|org| org.least_left.take()), Some(6));
    }
}

/// Others use it up, and a request at a time too many are asked: some tries, and no cycle that never ends.
#[test]
fn storms_end_the_reading_or_pass() {
    let (lab, okta) = in_step(&crowd(6));
    for failure in [Failure::Throttled(1), Failure::Crowded] {
        okta.change(|org| {
            org.common.paging.most = Some(2);
            org.common.trouble = (0..3).map(|_| ("after=", failure.clone())).collect();
        });
        lab.run(&["sync"]).exits(0);
        assert!(okta.change(|org| org.common.trouble.is_empty()));
        okta.change(|org| org.common.always = vec![("after=", failure)]);
        let said = lab.run(&["sync"]).exits(1).out.flat();
        assert!(said.contains("HTTP 429: the server is busy, also at the 5th try"), "{said}");
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
        okta.change(|org| org.common.always.clear());
    }
}

/// Our share of a day is no wait for a cycle.
#[test]
fn a_window_that_is_too_long_to_wait_for_ends_the_reading() {
    let (lab, okta) = lab(&crowd(6));
    okta.change(|org| (org.rate_limit, org.window, org.common.paging.most) = (8, 86_400, Some(1)));
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("our share of its rate limit is used up for 86"), "{said}");
    assert!(said.contains("a later cycle asks again, or raise `limit_share`"), "{said}");
    assert_eq!(okta.change(|org| org.least_left.take()), Some(4));
    assert_eq!((lab.active().len(), lab.sent()), (0, nothing()));
}
