//! The way to the team: takes time, and the process can die on it, before a request arrives or after it had its
//! effect and before the answer is read.
//!
//! Never: answers for the team.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postman_scim_sync::http::{Method, Request, Response, Transport, TransportError};
use postman_scim_sync::sandbox::Sandbox;
use secrecy::SecretString;
use serde_json::{Value, json};
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
    /// I2: a source that shows nobody is no longer told from one that nobody is in.
    BelievesTheEmpty,
    /// I3: the limits are not looked at.
    HasNoLimits,
    /// I4: a write goes to another account than the plan says.
    AimsAtStrangers,
    /// I5: the protected account is another one.
    ForgetsTheProtected,
    /// I6: each PATCH is sent a second time, and nothing says so before.
    SendsUnmarked,
    /// I8: one person is in no listing, and nobody says that it is not whole.
    NeverShowsSomebody,
    /// I10: a state that is lost counts as a whole one that knows everybody.
    KeepsActingOnALostState,
    /// I12: whoever approves one plan approves the next ones too.
    ApprovesMore,
    /// I13: a dry run is a cycle.
    DryRunApplies,
    /// I17: a key that is refused does not stop the cycle.
    GoesOnWhenRefused,
    /// I22: what was refused counts as done.
    CallsFailuresDone,
    /// I23: the look before a deactivation is answered from memory.
    AimsFromMemory,
}

/// A key of another name that works all the time, for `Bug::GoesOnWhenRefused`.
pub const SPARE_KEY: &str = "PMAK-simulated-spare";

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
    unanswered: Vec<(u64, Request)>,
    /// The process at work, counted from 1.
    process: u64,
    /// By which process each write was sent that reached the team, and which one was at work then, for the auditor.
    senders: Vec<(u64, u64)>,
    bug: Bug,
    /// Accounts that are nobody's of the directory, for `Bug::AimsAtStrangers`.
    strangers: Vec<String>,
    /// The last good answer about each account, for `Bug::AimsFromMemory`.
    remembered: BTreeMap<String, Response>,
}

impl Wire {
    pub fn new(sandbox: Sandbox, seed: u64, bug: Bug) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        let people = sandbox.team();
        let contractors = people.people().iter().filter(|person| person.user_name.starts_with("contractor"));
        let state = State {
            random,
            death: Death::Never,
            writes: 0,
            unanswered: Vec::new(),
            process: 0,
            senders: Vec::new(),
            bug,
            strangers: contractors.map(|person| person.id.clone()).collect(),
            remembered: BTreeMap::new(),
        };
        Self { sandbox, state: Arc::new(Mutex::new(state)), dead: Arc::new(Notify::new()) }
    }

    /// A new process, that will die there.
    pub fn begin(&mut self, death: Death) {
        self.dead = Arc::new(Notify::new());
        let mut state = self.state.lock().unwrap();
        (state.death, state.writes) = (death, 0);
        state.process += 1;
    }

    /// By which process each write was sent that reached the team, and which one was at work then.
    pub fn senders(&self) -> Vec<(u64, u64)> {
        self.state.lock().unwrap().senders.clone()
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
        for (process, request) in requests {
            self.sends_for(process);
            let _ = self.sandbox.send(request).await;
        }
    }

    fn sends_for(&self, process: u64) {
        let mut state = self.state.lock().unwrap();
        let at_work = state.process;
        state.senders.push((process, at_work));
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
            let mut state = self.state.lock().unwrap();
            let process = state.process;
            state.unanswered.push((process, request.clone()));
        }
    }

    fn answered(&self, path: &str, body: Option<&[u8]>) {
        let mut state = self.state.lock().unwrap();
        state.unanswered.retain(|(_, request)| request.path != path || request.body.as_deref() != body);
    }

    /// To the team; a planted bug may think better of it.
    async fn pass(&self, mut request: Request, is_write: bool) -> Result<Response, TransportError> {
        let bug = {
            let mut state = self.state.lock().unwrap();
            if let Some(answer) = state.instead(&mut request, is_write) {
                return Ok(answer);
            }
            if is_write {
                let process = state.process;
                state.senders.push((process, process));
            }
            state.bug
        };
        if bug == Bug::SendsUnmarked && request.method == Method::Patch {
            let _ = self.sandbox.send(request.clone()).await;
            let mut state = self.state.lock().unwrap();
            let process = state.process;
            state.senders.push((process, process));
        }
        let (path, body) = (request.path.clone(), request.body.clone());
        let answer = self.sandbox.send(request).await;
        answer.map(|answer| self.state.lock().unwrap().bent(&path, body.as_deref(), is_write, answer))
    }

    async fn die(&self) {
        self.dead.notify_one();
        pending::<()>().await;
    }
}

impl State {
    /// What a planted bug does to a request: it changes it, or answers it.
    fn instead(&mut self, request: &mut Request, is_write: bool) -> Option<Response> {
        let is_account = request.path.starts_with("/Users/");
        match self.bug {
            Bug::AimsAtStrangers if is_write && is_account && self.random.u32(..4) == 0 => {
                if let Some(stranger) = self.random.choice(&self.strangers) {
                    request.path = format!("/Users/{stranger}");
                }
                None
            }
            Bug::AimsFromMemory if !is_write && is_account => self.remembered.get(&request.path).cloned(),
            Bug::GoesOnWhenRefused if !is_write => {
                request.authorization = SecretString::from(format!("Bearer {SPARE_KEY}"));
                None
            }
            _ => None,
        }
    }

    /// What a planted bug makes of an answer.
    fn bent(&mut self, path: &str, asked: Option<&[u8]>, is_write: bool, answer: Response) -> Response {
        match self.bug {
            Bug::AimsFromMemory if !is_write && answer.status == 200 => {
                self.remembered.insert(path.to_owned(), answer.clone());
                answer
            }
            Bug::GoesOnWhenRefused if is_write && matches!(answer.status, 401 | 403) => {
                Response { status: 409, ..answer }
            }
            Bug::CallsFailuresDone if is_write && (400..429).contains(&answer.status) => {
                Response { status: 200, headers: Vec::new(), body: as_if_done(path, asked) }
            }
            _ => answer,
        }
    }
}

/// What a success would have said.
fn as_if_done(path: &str, asked: Option<&[u8]>) -> Vec<u8> {
    let asked: Value = asked.and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let id = path.rsplit('/').next().filter(|id| id.len() == 48);
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": id.unwrap_or("405775fe15ed41872a8eea4c8aa2b38cda9749812cc55c99"),
        "userName": asked["userName"].as_str().unwrap_or("somebody@acme.example"),
        "name": {"givenName": "Some", "familyName": "Body"},
        "active": asked["Operations"][0]["value"]["active"].as_bool().unwrap_or(true),
    })
    .to_string()
    .into_bytes()
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
        let answer = self.pass(request, is_write).await;
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
