//! What a request that waits, and one that is on the wire, come to when the end is asked for. Time is tokio's, paused.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::lifeline::Lifeline;

/// A team that takes so long for each answer.
struct Slow {
    answers_after: Duration,
    seen: AtomicUsize,
}

impl Transport for Slow {
    async fn send(&self, _: Request) -> Answer {
        self.seen.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.answers_after).await;
        json(201, &user("1", "ada@example.com", true).to_string())
    }
}

/// Asks to end after a second, and says what a create came to, how often it was sent, and when it ended.
async fn ended(answers_after_s: u64, is_paced: bool) -> (Result<Member, Cause>, usize, u64) {
    let slow = Slow { answers_after: Duration::from_secs(answers_after_s), seen: AtomicUsize::new(0) };
    let key = KeySource::Environment(SecretString::from("PMAK-false"));
    let limits = pace::Limits { reads_per_min: 1, writes_per_min: 1 };
    let credentials = Credentials::new(key, Auth::Bearer).unwrap();
    let lifeline = Lifeline::default();
    let reader = Reader::new(slow, credentials, limits, Clock::virtual_at(1_800_000_000)).held_by(&lifeline);
    let writer = Writer::new(&reader);
    let start = Instant::now();
    let create = async {
        if is_paced {
            let first = writer.create(&ada()).await;
            assert!(first.is_ok());
        }
        writer.create(&ada()).await.map_err(|error| error.cause)
    };
    let stop = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        lifeline.ask_to_stop();
        lifeline.ask_to_stop();
    };
    let (came_to, ()) = tokio::join!(create, stop);
    (came_to, reader.transport().seen.load(Ordering::Relaxed), start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_the_limit_is_not_sent() {
    let (came_to, sent, seconds) = ended(0, true).await;
    assert_eq!((came_to.unwrap_err(), sent, seconds), (Cause::Stopping, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_on_the_wire_gets_its_answer() {
    let (came_to, sent, seconds) = ended(5, false).await;
    assert_eq!((came_to.is_ok(), sent, seconds), (true, 1, 5));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_answer_in_time_is_in_doubt() {
    let (came_to, sent, seconds) = ended(3_600, false).await;
    assert_eq!((came_to.unwrap_err(), sent, seconds), (Cause::Unknown, 1, 8));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_begun_after_it() {
    let lifeline = Lifeline::default();
    lifeline.ask_to_stop();
    let reader = team(|_, _| page_of(&[], Some(9))).held_by(&lifeline);
    assert_eq!(reader.probe().await.unwrap_err().cause, Cause::Stopping);
    assert!(reader.paths().is_empty());
    assert_eq!(lifeline.beats(), 1, "and asking was a step");
}
