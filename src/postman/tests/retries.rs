//! What is tried again, how often, and what never is. Time is tokio's, paused.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::*;

fn limited(retry_after: &str) -> Answer {
    let mut answer = scim_error(429, "", "That's 180 attempts in less than a minute.");
    if let Ok(response) = &mut answer {
        response.headers.push(("retry-after".into(), retry_after.into()));
    }
    answer
}

#[tokio::test(start_paused = true)]
async fn a_read_is_tried_five_times() {
    for trouble in [not_sent(), unknown(), json(500, ""), json(502, "<html>"), json(408, "")] {
        let first = trouble.clone();
        let reader = team(move |n, _| if n < 4 { first.clone() } else { page_of(&[], Some(9)) });
        assert_eq!(reader.probe().await.unwrap(), 9);
        let reader = team(move |_, _| trouble.clone());
        reader.probe().await.unwrap_err();
        assert_eq!(reader.paths().len(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_answer_and_a_definite_no_are_not_tried_again() {
    for answer in [refused(), scim_error(400, "", "no"), json(200, "<html>"), json(403, "")] {
        let reader = team(move |_, _| answer.clone());
        reader.probe().await.unwrap_err();
        assert_eq!(reader.paths().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_may_have_had_its_effect_is_sent_once() {
    let cut = || json(200, "{\"id\":");
    for trouble in [unknown(), refused(), json(500, ""), json(503, ""), json(504, "<html>"), json(408, ""), cut()] {
        for n_kind in 0..4 {
            let trouble = trouble.clone();
            let reader = team(move |_, _| trouble.clone());
            let writer = Writer::new(&reader);
            let error = match n_kind {
                0 => writer.create(&ada()).await,
                1 => writer.rename(&id("1"), &Name::new("A", "B")).await,
                2 => writer.readdress(&id("1"), &UserName::new("b@example.com")).await,
                _ => writer.set_active(&id("1"), false).await,
            };
            assert_eq!(error.unwrap_err().cause, Cause::Unknown);
            assert_eq!(reader.paths().len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_not_sent_is_tried_three_times() {
    let reader = team(|_, _| not_sent());
    let error = Writer::new(&reader).create(&ada()).await.unwrap_err();
    assert_eq!((error.cause, reader.paths().len()), (Cause::NoConnection, 3));
    let reader =
        team(|n, _| if n < 2 { not_sent() } else { json(201, &user("1", "ada@example.com", true).to_string()) });
    assert!(Writer::new(&reader).create(&ada()).await.is_ok());
    // Not sent, then sent and unanswered: doubt, and no third try.
    let reader = team(|n, _| if n == 0 { not_sent() } else { unknown() });
    assert_eq!(Writer::new(&reader).create(&ada()).await.unwrap_err().cause, Cause::Unknown);
    assert_eq!(reader.paths().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_limited_request_waits_as_long_as_it_was_told() {
    let reader = team(|n, _| if n == 0 { limited("17") } else { json(200, &user("1", "a@x", false).to_string()) });
    let start = Instant::now();
    Writer::new(&reader).set_active(&id("1"), false).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(17));
    assert_eq!(reader.waited(), Duration::from_secs(17));
    let reader = team(|_, _| limited("soon"));
    let start = Instant::now();
    let error = Writer::new(&reader).set_active(&id("1"), false).await.unwrap_err();
    assert_eq!((error.cause, reader.paths().len()), (Cause::RateLimited, 5));
    assert_eq!(start.elapsed(), Duration::from_secs(240));
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_a_quarter_of_an_hour_ends_the_cycle_and_says_when() {
    let reader = team(|_, _| limited("901"));
    let start = Instant::now();
    for _ in 0..3 {
        let error = Writer::new(&reader).set_active(&id("1"), false).await.unwrap_err();
        assert_eq!((error.cause, error.blast()), (Cause::RateLimited, Blast::Cycle));
        assert!(error.detail.ends_with("until 2027-01-15T08:15:01Z"), "{error}");
    }
    assert_eq!((reader.paths().len(), start.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn second_tries_have_a_budget() {
    let reader = team(|_, request| match request.path.starts_with("/Users/") {
        true => json(500, ""),
        false => page_of(&[], Some(1)),
    });
    // Each call brings a probe, so two first tries: eight calls make sixteen.
    for _ in 0..8 {
        reader.get(&id("1")).await.unwrap_err();
    }
    let again = reader.paths().iter().filter(|path| path.contains("/Users/")).count() - 8;
    assert_eq!(again, 13, "ten, and a fifth of sixteen");
    tokio::time::sleep(Duration::from_secs(61)).await;
    reader.get(&id("1")).await.unwrap_err();
    assert_eq!(reader.paths().iter().filter(|path| path.contains("/Users/")).count(), 8 + 13 + 5);
}

#[tokio::test(start_paused = true)]
async fn waits_between_tries_stay_in_their_bounds_and_follow_the_seed() {
    let time = |seed| async move {
        let reader = team(|_, _| unknown()).with_seed(seed);
        let start = Instant::now();
        reader.probe().await.unwrap_err();
        start.elapsed()
    };
    assert_eq!(time(1).await, time(1).await);
    let mut distinct = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let elapsed = time(seed).await;
        // 0.5 + 1 + 2 + 4 seconds at most, and a millisecond of tokio's rounding each.
        assert!(elapsed <= Duration::from_millis(7504), "{elapsed:?}");
        distinct.insert(elapsed);
    }
    assert!(distinct.len() > 10);
}

#[tokio::test(start_paused = true)]
async fn an_outage_stops_the_writes_and_a_quiet_half_minute_lets_one_try() {
    let works = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = works.clone();
    let reader = team(move |_, _| match seen.load(Ordering::SeqCst) {
        0 => json(503, ""),
        _ => json(200, &user("1", "a@x", false).to_string()),
    });
    let writer = Writer::new(&reader);
    for _ in 0..5 {
        assert_eq!(writer.set_active(&id("1"), false).await.unwrap_err().cause, Cause::Unknown);
    }
    for _ in 0..3 {
        let error = writer.set_active(&id("1"), false).await.unwrap_err();
        assert_eq!((error.cause, error.blast()), (Cause::NoConnection, Blast::Cycle));
    }
    assert_eq!(reader.n_sent(Method::Patch), 5);
    works.store(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(30)).await;
    for _ in 0..3 {
        writer.set_active(&id("1"), false).await.unwrap();
    }
    assert_eq!(reader.n_sent(Method::Patch), 8);
}

#[tokio::test(start_paused = true)]
async fn a_poison_user_does_not_look_like_an_outage() {
    let reader = team(|_, request| match request.path.starts_with("/Users/") {
        true => json(500, ""),
        false => page_of(&[], Some(1)),
    });
    for _ in 0..10 {
        assert_eq!(reader.get(&id("1")).await.unwrap_err().cause, Cause::Unknown);
    }
}

/// A key file, and a team that takes one key only.
fn rotating(file_after: &'static str) -> (tempfile::TempDir, Reader<Script>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("scim.key");
    write_key(&path, "PMAK-old\n");
    let reader = team_with_key(KeySource::File(path.clone()), move |_, request| {
        if request.authorization.expose_secret() == "Bearer PMAK-new" {
            return json(200, &user("1", "a@x", false).to_string());
        }
        write_key(&path, file_after);
        scim_error(401, "", "Unable to access the team.")
    });
    (dir, reader)
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_read_after_a_401_for_writes_too() {
    let (_dir, reader) = rotating("PMAK-new\n");
    Writer::new(&reader).set_active(&id("1"), false).await.unwrap();
    Writer::new(&reader).set_active(&id("1"), false).await.unwrap();
    assert_eq!(reader.keys(), ["Bearer PMAK-old", "Bearer PMAK-new", "Bearer PMAK-new"]);
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_wrong_or_broken_key_is_refused_once() {
    for (file_after, n_sent) in [("PMAK-old\n", 1), ("PMAK-other\n", 2), ("changeme\n", 1), ("", 1)] {
        let (_dir, reader) = rotating(file_after);
        let error = Writer::new(&reader).set_active(&id("1"), false).await.unwrap_err();
        assert_eq!((error.cause, reader.paths().len()), (Cause::KeyRefused, n_sent), "{file_after:?}");
        assert!(!format!("{error} {error:?}").contains("PMAK"));
    }
}

/// As the configuration wants it: for its owner only.
fn write_key(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::RepeatsAPost.is_caught_by(a_write_that_may_have_had_its_effect_is_sent_once);
}
