//! The window, the pauses and the quota, on tokio's paused clock.

use super::*;

fn pace(reads_per_min: u32, writes_per_min: u32) -> Pace {
    Pace::new(Limits { reads_per_min, writes_per_min })
}

fn header(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

const NOW: i64 = 1_800_000_000;

#[tokio::test(start_paused = true)]
async fn never_more_than_the_limit_in_any_window_and_no_slower_than_needed() {
    let pace = pace(300, 180);
    let mut sent = Vec::new();
    let start = Instant::now();
    for _ in 0..1000 {
        let _permit = pace.admit(Kind::Write).await;
        sent.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
    for pair in sent.windows(181) {
        assert!(pair[180] - pair[0] >= Duration::from_millis(60_250), "{pair:?}");
    }
    // 1,000 writes: a burst and five windows.
    let five_windows = WINDOW * 5;
    assert!(sent[999] >= five_windows && sent[999] < five_windows + Duration::from_secs(2), "{:?}", sent[999]);
    assert!(pace.waited() > Duration::from_secs(200));
}

#[tokio::test(start_paused = true)]
async fn many_at_once_keep_the_window_too() {
    let pace = pace(50, 1);
    let start = Instant::now();
    let times = (0..200).map(|_| async {
        let _permit = pace.admit(Kind::Read).await;
        start.elapsed()
    });
    let mut times = futures_util::future::join_all(times).await;
    times.sort();
    for pair in times.windows(51) {
        assert!(pair[50] - pair[0] >= WINDOW);
    }
    assert!(times[199] < WINDOW * 3 + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_429_pauses_its_own_kind_only() {
    let pace = pace(300, 180);
    let start = Instant::now();
    drop(pace.admit(Kind::Write).await);
    pace.observe(Kind::Write, 429, &header("retry-after", "12"), NOW);
    drop(pace.admit(Kind::Read).await);
    assert_eq!(start.elapsed(), Duration::ZERO);
    drop(pace.admit(Kind::Write).await);
    assert_eq!(start.elapsed(), Duration::from_secs(12));
    pace.observe(Kind::Write, 429, &[], NOW);
    // A shorter wait does not take back a longer one.
    pace.observe(Kind::Write, 429, &header("retry-after", "1"), NOW);
    drop(pace.admit(Kind::Write).await);
    assert_eq!(start.elapsed(), Duration::from_secs(72));
}

#[tokio::test(start_paused = true)]
async fn a_503_pauses_only_if_it_says_how_long() {
    let pace = pace(300, 180);
    let start = Instant::now();
    pace.observe(Kind::Read, 503, &header("x-ratelimit-reset", "30"), NOW);
    drop(pace.admit(Kind::Read).await);
    assert_eq!(start.elapsed(), Duration::ZERO);
    pace.observe(Kind::Read, 503, &header("retry-after", "30"), NOW);
    drop(pace.admit(Kind::Read).await);
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn what_the_server_has_left_counts_when_others_use_the_limit_too() {
    let pace = pace(300, 180);
    let start = Instant::now();
    let told = |remaining: &str| {
        let mut headers = header("x-ratelimit-remaining", remaining);
        headers.extend(header("x-ratelimit-reset", "1800000025"));
        headers
    };
    pace.observe(Kind::Read, 200, &told("2"), NOW);
    for expected_s in [0, 0, 25] {
        drop(pace.admit(Kind::Read).await);
        assert_eq!(start.elapsed(), Duration::from_secs(expected_s));
    }
    drop(pace.admit(Kind::Write).await);
    assert_eq!(start.elapsed(), Duration::from_secs(25));
}

#[tokio::test(start_paused = true)]
async fn requests_on_their_way_are_taken_off_what_is_left() {
    let pace = pace(300, 180);
    let start = Instant::now();
    // Room for a third at once.
    (0..20).for_each(|_| pace.observe(Kind::Read, 200, &[], NOW));
    let (first, _second, _third) =
        (pace.admit(Kind::Read).await, pace.admit(Kind::Read).await, pace.admit(Kind::Read).await);
    // The first is answered: three left, and two of ours are on their way.
    pace.observe(Kind::Read, 200, &header("ratelimit", "limit=300, remaining=3, reset=10"), NOW);
    drop(first);
    drop(pace.admit(Kind::Read).await);
    assert_eq!(start.elapsed(), Duration::ZERO);
    drop(pace.admit(Kind::Read).await);
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_lower_limit_is_taken_over_and_a_higher_one_is_not() {
    let pace = pace(300, 180);
    let start = Instant::now();
    pace.observe(Kind::Write, 200, &header("x-ratelimit-limit", "1000"), NOW);
    for _ in 0..180 {
        drop(pace.admit(Kind::Write).await);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    drop(pace.admit(Kind::Write).await);
    assert_eq!(start.elapsed(), WINDOW);
    pace.observe(Kind::Read, 200, &header("x-ratelimit-limit", "2"), NOW);
    for _ in 0..3 {
        drop(pace.admit(Kind::Read).await);
    }
    assert_eq!(start.elapsed(), WINDOW * 2);
}

#[tokio::test(start_paused = true)]
async fn two_at_once_at_first_and_one_more_when_one_has_ended() {
    let pace = pace(300, 180);
    let start = Instant::now();
    let holds = |seconds| {
        let pace = &pace;
        async move {
            let permit = pace.admit(Kind::Write).await;
            let began = start.elapsed();
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            drop(permit);
            began.as_secs()
        }
    };
    let began = futures_util::future::join_all([holds(10), holds(30), holds(5), holds(5), holds(5)]).await;
    assert_eq!(began, [0, 0, 10, 15, 20]);
    // Reads have their own.
    let (_write, _another) = (pace.admit(Kind::Write).await, pace.admit(Kind::Write).await);
    drop(pace.admit(Kind::Read).await);
}

#[tokio::test(start_paused = true)]
async fn a_quarter_of_an_hour_is_waited_for_and_a_second_more_is_not() {
    let pace = pace(300, 180);
    let start = Instant::now();
    pace.observe(Kind::Write, 429, &header("retry-after", "900"), NOW);
    assert!(pace.admit(Kind::Write).await.is_ok());
    assert_eq!(start.elapsed(), Duration::from_secs(900));
    pace.observe(Kind::Write, 429, &header("retry-after", "901"), NOW);
    for _ in 0..3 {
        assert_eq!(pace.admit(Kind::Write).await.err(), Some(Deferred { until_unix_s: NOW + 901 }));
    }
    assert!(pace.admit(Kind::Read).await.is_ok());
    assert_eq!(start.elapsed(), Duration::from_secs(900), "nobody waited");
    // No header shuts us out for good.
    tokio::time::sleep(Duration::from_secs(900)).await;
    assert!(pace.admit(Kind::Write).await.is_ok());
    pace.observe(Kind::Write, 429, &header("retry-after", "9223372036854775807"), NOW);
    assert!(pace.admit(Kind::Write).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_on_keeps_the_window_and_has_limits_of_its_own() {
    let before = pace(10, 1);
    let start = Instant::now();
    for _ in 0..3 {
        drop(before.admit(Kind::Read).await);
    }
    drop(before.admit(Kind::Write).await);
    let mut after = pace(4, 2);
    after.go_on_from(before);
    drop(after.admit(Kind::Read).await);
    drop(after.admit(Kind::Write).await);
    assert_eq!(start.elapsed(), Duration::ZERO, "one more of each fits");
    drop(after.admit(Kind::Read).await);
    assert_eq!(start.elapsed(), WINDOW);
}
