//! A command beside the daemon: it asks, waits for the answer, and shows it.
//!
//! Never: waits for an instance that is no daemon, or leaves a request behind that nobody waits for.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::clock::Clock;
use crate::core::time::Moment;
use crate::daemon::requests::{ADOPT, AdoptWish, SYNC, SyncWish, in_words};
use crate::lifeline::Lifeline;
use crate::store::{Answer, DaemonRow, Store, StoreError};

use super::{Failure, setup};

/// How often the answer is looked for.
const LOOK: Duration = Duration::from_millis(200);
/// A cycle that runs and the one after it, at most two hours each.
const PATIENCE_S: i64 = 4 * 60 * 60;

/// The daemon that works with the state at `path`. None when nobody does, or somebody who is no daemon.
pub fn daemon(path: &Path) -> Result<Option<DaemonRow>, StoreError> {
    if !Store::is_locked(path)? {
        return Ok(None);
    }
    match Store::view(path)? {
        Some(store) => store.daemon(),
        None => Ok(None),
    }
}

/// A cycle of the daemon that begins after this.
pub async fn sync(path: &Path, wish: &SyncWish, by: &str) -> Result<Answer, Failure> {
    ask(path, SYNC, wish, by).await
}

/// A decision that the daemon carries out between two cycles.
pub async fn adopt(path: &Path, wish: &AdoptWish, by: &str) -> Result<Answer, Failure> {
    ask(path, ADOPT, wish, by).await
}

async fn ask(path: &Path, kind: &str, wish: &impl Serialize, by: &str) -> Result<Answer, Failure> {
    let lifeline = Lifeline::default();
    setup::end_when_asked(&lifeline)?;
    let detail = serde_json::to_string(wish).expect("a wish is plain data with text keys");
    let mut store = Store::open_beside(path)?;
    let asked = Clock::System.now();
    let number = store.ask(kind, &detail, &in_words(kind, &detail), by, asked)?;
    let ended = wait(&store, path, number, asked, &lifeline).await;
    let given_up = match ended {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(given_up)) => Ok(given_up),
        Err(error) => Err(error),
    };
    let taken_back = store.withdraw(number, Clock::System.now());
    let GivenUp { what, advice } = given_up?;
    let fate = match taken_back? {
        true => "the request was taken back",
        false => "what the daemon has begun, it finishes",
    };
    Err(Failure::new(1, format!("{what}; {fate}")).advise(advice))
}

/// Nobody waits for the answer any longer.
struct GivenUp {
    what: &'static str,
    advice: &'static str,
}

async fn wait(
    store: &Store,
    path: &Path,
    number: i64,
    asked: Moment,
    lifeline: &Lifeline,
) -> Result<Result<Answer, GivenUp>, StoreError> {
    loop {
        // In this order: a daemon that ends answers first.
        let running = daemon(path)?.is_some();
        if let Some(answer) = store.answer(number)? {
            return Ok(Ok(answer));
        }
        let (what, advice) = if lifeline.is_stopping() {
            ("asked to end before the daemon answered", "`status` shows what it does")
        } else if !running {
            ("the daemon ended before it answered", "look at its log; then give the command again")
        } else if Clock::System.now().since(asked) > PATIENCE_S {
            ("the daemon has not answered for hours", "look at its log and at `status`")
        } else {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = lifeline.stopping() => {}
            }
            continue;
        };
        return Ok(Err(GivenUp { what, advice }));
    }
}
