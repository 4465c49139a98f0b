//! The way to the team: takes time, and the process can die on it, before a request arrives or after it had its
//! effect and before the answer is read.
//!
//! Never: answers for the team.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postman_scim_sync::http::{Method, Request, Response, Transport, TransportError};
use postman_scim_sync::sandbox::Sandbox;
use secrecy::SecretString;
use tokio::sync::Notify;

/// Where the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    Never,
    /// When the n-th write is on its way, counted from 0.
    BeforeWrite(u64),
    /// When the n-th write has had its effect and the answer was not read.
    AfterWrite(u64),
    /// After that much time, wherever it is.
    After(Duration),
    /// It is asked to end after that much time, and ends by itself.
    Asked(Duration),
}

/// What is wrong with the tool, in the tests that plant a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    None,
    /// The marks are gone whenever a cycle begins.
    ForgetsMarks,
    /// Writes without an answer are sent again when the next cycle begins.
    Replays,
    /// A reading that broke off counts as complete.
    BelievesHalfAListing,
    /// Another directory is not told from this one.
    TakesAnyDirectory,
    /// A look-up believes the groups that the listing had.
    LooksUpOldGroups,
    /// A group of which half the members were shown counts as whole.
    BelievesHalfAGroup,
}

#[derive(Clone)]
pub struct Wire {
    sandbox: Sandbox,
    state: Arc<Mutex<State>>,
    dead: Arc<Notify>,
}

struct State {
    random: fastrand::Rng,
    death: Death,
    writes: u64,
    /// Writes whose answer did not come, for `Bug::Replays`.
    unanswered: Vec<Request>,
}

impl Wire {
    pub fn new(sandbox: Sandbox, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        let state = State { random, death: Death::Never, writes: 0, unanswered: Vec::new() };
        Self { sandbox, state: Arc::new(Mutex::new(state)), dead: Arc::new(Notify::new()) }
    }

    /// A new process, that will die there.
    pub fn begin(&mut self, death: Death) {
        self.dead = Arc::new(Notify::new());
        let mut state = self.state.lock().unwrap();
        (state.death, state.writes) = (death, 0);
    }

    /// Returns when the process has died.
    pub async fn died(&self) {
        let after = match self.state.lock().unwrap().death {
            Death::After(after) => after,
            _ => Duration::MAX,
        };
        tokio::select! { biased;
            () = self.dead.notified() => {}
            () = tokio::time::sleep(after), if after != Duration::MAX => {}
        }
    }

    /// `Bug::Replays`: what a queue of requests does that outlives its process.
    pub async fn replay(&self) {
        let requests = std::mem::take(&mut self.state.lock().unwrap().unanswered);
        for request in requests {
            let _ = self.sandbox.send(request).await;
        }
    }

    /// Other clients of the team read it: what lags by a number of requests comes into sight.
    pub async fn bystander(&self, requests: u32) {
        for _ in 0..requests {
            let authorization = SecretString::from("Bearer PMAK-somebody-else");
            let request = Request { method: Method::Get, path: "/Users?count=1".into(), authorization, body: None };
            let _ = self.sandbox.send(request).await;
        }
    }

    fn depart(&self, is_write: bool) -> (Duration, Duration, Death) {
        let mut state = self.state.lock().unwrap();
        let there = Duration::from_millis(state.random.u64(1..80));
        let back = Duration::from_millis(state.random.u64(1..80));
        let n = state.writes;
        state.writes += u64::from(is_write);
        let dies = is_write && matches!(state.death, Death::BeforeWrite(at) | Death::AfterWrite(at) if at == n);
        (there, back, if dies { state.death } else { Death::Never })
    }

    fn departed(&self, request: &Request, is_write: bool) {
        if is_write {
            self.state.lock().unwrap().unanswered.push(request.clone());
        }
    }

    fn answered(&self, path: &str, body: Option<&[u8]>) {
        let mut state = self.state.lock().unwrap();
        state.unanswered.retain(|request| request.path != path || request.body.as_deref() != body);
    }

    async fn die(&self) {
        self.dead.notify_one();
        pending::<()>().await;
    }
}

impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let is_write = request.method != Method::Get;
        let (there, back, death) = self.depart(is_write);
        self.departed(&request, is_write);
        tokio::time::sleep(there).await;
        if matches!(death, Death::BeforeWrite(_)) {
            self.die().await;
        }
        let (path, body) = (request.path.clone(), request.body.clone());
        let answer = self.sandbox.send(request).await;
        if matches!(death, Death::AfterWrite(_)) {
            self.die().await;
        }
        tokio::time::sleep(back).await;
        if is_write && answer.as_ref().is_ok_and(|response| response.status < 500) {
            self.answered(&path, body.as_deref());
        }
        answer
    }
}
