//! The way to the team: each request asks `Fate` whether it arrives and whether its answer is heard. Beside it stands a
//! witness, who looks into the state file when a write arrives: is it marked there?
//!
//! Never: answers for the team, or asks the engine.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use postman_scim_sync::http::{Method, Request, Response, Transport, TransportError};
use postman_scim_sync::sandbox::{Failure, Fault, Sandbox};

use super::disk::Disk;
use super::fate::{Fate, Turn};

#[derive(Clone)]
pub struct Wire {
    sandbox: Sandbox,
    fate: Fate,
    disk: Disk,
    state: Arc<Mutex<State>>,
    /// A planted bug: whatever arrives has no mark.
    sends_unmarked: bool,
}

#[derive(Default)]
struct State {
    departed: u64,
    /// Writes that left and have not arrived.
    on_the_way: Vec<(u64, Request)>,
    /// The last write that arrived.
    last: Option<Request>,
    unmarked: Vec<String>,
}

impl Wire {
    pub fn new(sandbox: &Sandbox, fate: &Fate, disk: &Disk, sends_unmarked: bool) -> Self {
        let (sandbox, fate, disk) = (sandbox.clone(), fate.clone(), disk.clone());
        Self { sandbox, fate, disk, state: Arc::default(), sends_unmarked }
    }

    /// Writes that were on their way when the process died.
    pub fn take_on_the_way(&self) -> Vec<Request> {
        std::mem::take(&mut self.lock().on_the_way).into_iter().map(|(_, request)| request).collect()
    }

    pub fn take_last(&self) -> Option<Request> {
        self.lock().last.take()
    }

    /// Writes that arrived without a mark on the disk.
    pub fn take_unmarked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().unmarked)
    }

    fn departs(&self, request: &Request, is_write: bool) -> u64 {
        let mut state = self.lock();
        state.departed += 1;
        let number = state.departed;
        if is_write {
            state.on_the_way.push((number, request.clone()));
        }
        number
    }

    fn arrives(&self, number: u64) {
        self.lock().on_the_way.retain(|(other, _)| *other != number);
    }

    fn witness(&self) {
        let writes = self.sandbox.writes();
        let Some(write) = writes.last() else { return };
        let unmarked = self.disk.unmarked(write);
        self.lock().unmarked.extend(unmarked);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Transport for Wire {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if self.fate.is_dead() {
            return pending().await;
        }
        let is_write = request.method != Method::Get;
        let number = self.departs(&request, is_write);
        // Different for each, so that the order of arrival is never a matter of chance.
        tokio::time::sleep(Duration::from_millis(10 + number % 50)).await;
        let turn = self.fate.request(is_write);
        match &turn {
            Turn::Never => return pending().await,
            Turn::Arrives => {}
            Turn::ArrivesUnheard => self.sandbox.fault(Fault::any(Failure::ResetAfter)),
            Turn::Meets(failure) => self.sandbox.fault(Fault::any(failure.clone())),
        }
        self.arrives(number);
        if is_write {
            self.lock().last = Some(request.clone());
            if self.sends_unmarked {
                self.disk.spoil("DELETE FROM mark");
            }
        }
        let answer = self.sandbox.send(request).await;
        if is_write {
            self.witness();
        }
        if matches!(turn, Turn::ArrivesUnheard) {
            return pending().await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        answer
    }
}
