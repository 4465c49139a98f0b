//! An embedded Postman team that speaks real SCIM: for `demo`, for `sandbox`, and the tests' fake. One state
//! machine, two doors: in-process for simulation (`impl Transport`), HTTP for everything else (`serve`, `spawn`).
//!
//! What is documented it does as documented; what is unknown is a field of `Knobs`; what goes wrong is a `Fault`.
//!
//! Never: reads the system's clock unless it is told to follow one, or does anything twice differently under one seed.

mod answer;
mod bend;
mod body;
mod call;
mod door;
mod errors;
mod faults;
mod filter;
mod fixtures;
mod group_body;
mod groups;
mod hand;
mod http;
mod knobs;
mod limits;
mod listing;
mod log;
mod machine;
mod past;
mod people;
mod register;
mod resource;
mod scenario;
mod seconds;
mod team;
#[cfg(test)]
mod tests;
mod violations;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::clock::Clock;

pub use bend::Bend;
pub use call::Kind;
pub use errors::{ScimError, Shape};
pub use faults::{Failure, Fault};
pub use groups::{Group, Maker, Role};
pub use http::{BASE_PATH, Served, serve, spawn};
pub use knobs::*;
pub use limits::Limits;
pub use log::{Logged, Outcome, Slip};
pub use people::Done;
pub use scenario::{DEFAULT_KEY, Problem, Scenario};
pub use team::{Elsewhere, Existence, KeyState, Person, Plan, Scim, Standing, Team};
pub use violations::{RULES, Rule, Violation};

use call::Call;
use machine::{Machine, Reply};

/// Where a sandbox's own clock stands at first: 2026-01-01T00:00:00Z.
pub const EPOCH_S: i64 = 1_767_225_600;

/// A running team. Clones are the same team.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

struct Shared {
    machine: Mutex<Machine>,
    /// How many requests had an effect so far.
    effects: watch::Sender<u64>,
    /// How many requests were logged so far.
    logged: watch::Sender<u64>,
    connections: AtomicU64,
}

impl Sandbox {
    pub fn new(team: Team) -> Self {
        Self {
            shared: Arc::new(Shared {
                machine: Mutex::new(Machine::new(team)),
                effects: watch::Sender::new(0),
                logged: watch::Sender::new(0),
                connections: AtomicU64::new(0),
            }),
        }
    }

    /// What a human does to the team: `sandbox.edit(|team| team.remove_by_hand("ada@acme.example"))`. Not logged.
    pub fn edit<R>(&self, change: impl FnOnce(&mut Team) -> R) -> R {
        let mut machine = self.lock();
        machine.tick();
        change(&mut machine.team)
    }

    /// A copy of the team as it is: to look at, or to restore later.
    pub fn team(&self) -> Team {
        self.lock().team.clone()
    }

    /// Puts another team behind the same address: a key of somebody else, a restored backup.
    pub fn replace_team(&self, team: Team) {
        self.lock().replace_team(team);
    }

    /// The person with that userName, in the team or not.
    pub fn person(&self, user_name: &str) -> Option<Person> {
        self.lock().team.find(user_name).cloned()
    }

    /// The first group of that name.
    pub fn group(&self, name: &str) -> Option<Group> {
        self.lock().team.find_group(name).cloned()
    }

    /// The userNames of the members of that group; nobody where there is none.
    pub fn members(&self, group: &str) -> Vec<String> {
        let machine = self.lock();
        let members = machine.team.find_group(group).map(|group| machine.team.members_of(group));
        members.unwrap_or_default().into_iter().map(str::to_owned).collect()
    }

    /// Everybody who stands to the team in that way, in order of arrival.
    pub fn standing(&self, standing: Standing) -> Vec<Person> {
        self.lock().team.people().iter().filter(|person| person.standing == standing).cloned().collect()
    }

    /// Adds a scripted fault. Of several that match, the first added strikes.
    pub fn fault(&self, fault: Fault) {
        self.lock().faults.add(fault);
    }

    /// From now on `per_mille` of all requests meet one of `failures`, as the seed decides.
    pub fn storm(&self, seed: u64, per_mille: u32, failures: Vec<Failure>) {
        self.lock().faults.storm(seed, per_mille, failures);
    }

    /// Ends every fault. What `ResetLate` still owes keeps its time.
    pub fn faults_off(&self) {
        self.lock().faults = Default::default();
    }

    /// What `ResetLate` still owes happens now.
    pub fn settle_late(&self) {
        let effects = self.lock().settle_all();
        self.tell(effects);
    }

    pub fn log(&self) -> Vec<Logged> {
        self.lock().log.shown().cloned().collect()
    }
    /// From now on the log begins anew. `violations` still looks back.
    pub fn clear_log(&self) {
        self.lock().log.hide();
    }
    /// Keeps so many requests from now on, the newest; 100,000 unless told.
    pub fn log_at_most(&self, requests: usize) {
        self.lock().log.at_most(requests);
    }
    /// The log, which begins anew.
    pub fn take_log(&self) -> Vec<Logged> {
        let mut machine = self.lock();
        let shown = machine.log.shown().cloned().collect();
        machine.log.hide();
        shown
    }
    /// The logged requests that are not GET.
    pub fn writes(&self) -> Vec<Logged> {
        self.lock().log.shown().filter(|logged| logged.is_write()).cloned().collect()
    }
    /// The logged GET requests.
    pub fn reads(&self) -> Vec<Logged> {
        self.lock().log.shown().filter(|logged| !logged.is_write()).cloned().collect()
    }

    /// What a correct client never sends, and was sent since the sandbox began (or as far back as the log goes).
    pub fn violations(&self) -> Vec<Violation> {
        let mut machine = self.lock();
        let (limits, clock_moves, is_whole) = (machine.team.limits, machine.clock.is_some(), machine.log.is_whole);
        violations::find(machine.log.all(), limits, clock_moves, is_whole)
    }

    /// Requests that had an effect so far; clearing the log doesn't clear this.
    pub fn effects(&self) -> u64 {
        *self.shared.effects.borrow()
    }

    /// Returns when `n` requests in all had an effect. With `Failure::HangAfter` the client has no answer yet.
    pub async fn wait_for_effects(&self, n: u64) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.shared.effects.subscribe().wait_for(|so_far| *so_far >= n).await;
    }

    /// Returns when more than `n` requests in all were logged, and says how many.
    pub async fn wait_for_more_than(&self, n: u64) -> u64 {
        self.shared.logged.subscribe().wait_for(|so_far| *so_far > n).await.map_or(n, |so_far| *so_far)
    }

    /// TCP connections the HTTP door accepted so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The team's clock from now on stands still at this moment.
    pub fn set_now(&self, unix_s: i64) {
        self.lock().set_now(unix_s);
    }

    /// The team's clock from now on is this one: the system's for `demo`, the virtual one in a simulation.
    pub fn follow(&self, clock: Clock) {
        self.lock().clock = Some(clock);
    }

    /// One request, through either door.
    fn take(&self, call: Call) -> (u64, Reply) {
        let (seq, reply, effects) = self.lock().take(call);
        self.shared.logged.send_modify(|so_far| *so_far += 1);
        self.tell(effects);
        (seq, reply)
    }

    /// The reply to a request that was held.
    fn resume(&self, seq: u64) -> Reply {
        let (reply, effects) = self.lock().resume(seq);
        self.tell(effects);
        reply
    }

    /// The door is done with that request.
    fn finished(&self, seq: u64) {
        self.lock().finished(seq);
    }

    fn tell(&self, effects: u64) {
        if effects > 0 {
            self.shared.effects.send_modify(|so_far| *so_far += effects);
        }
    }

    fn accepted(&self) {
        self.shared.connections.fetch_add(1, Ordering::SeqCst);
    }

    /// A test that panicked while it edited the team leaves a team that is still whole enough to read.
    fn lock(&self) -> MutexGuard<'_, Machine> {
        self.shared.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
