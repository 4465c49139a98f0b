//! What happens to one process: its requests and commits are numbered as they come, and at one of them it dies, or meets
//! trouble.
//!
//! Never: does anything itself; the wire and the store ask it.

use std::sync::{Arc, Mutex, MutexGuard};

use postman_scim_sync::sandbox::{Failure, RetryHeader, Shape};
use tokio::sync::Notify;

/// What a process does that outlives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Read,
    Write,
    Commit,
}

/// What becomes of a process. Steps are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    None,
    /// The request never arrives, the transaction is rolled back.
    DiesBefore(usize),
    /// The request has had its effect and nobody reads the answer; the transaction is durable.
    DiesAfter(usize),
    Meets {
        at: usize,
        trouble: Trouble,
        lasts: Lasts,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    ResetBefore,
    ResetAfter,
    Status500,
    TooMany,
    Status503After,
    /// The transaction cannot be committed.
    NoCommit,
}

impl Trouble {
    pub const OF_WRITES: [Trouble; 5] =
        [Self::ResetBefore, Self::ResetAfter, Self::Status500, Self::TooMany, Self::Status503After];
    /// A read has no effect, so it is all one when it fails.
    pub const OF_READS: [Trouble; 3] = [Self::ResetAfter, Self::Status503After, Self::TooMany];

    fn failure(self) -> Option<Failure> {
        Some(match self {
            Self::ResetBefore => Failure::ResetBefore,
            Self::ResetAfter => Failure::ResetAfter,
            Self::Status500 => Failure::Status { status: 500, shape: Shape::Scim },
            Self::TooMany => Failure::TooManyRequests { header: RetryHeader::RetryAfter, wait_s: 1 },
            Self::Status503After => Failure::StatusAfter { status: 503, shape: Shape::Empty },
            Self::NoCommit => return None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    Once,
    /// Every request, or every commit, from there to the end of the process.
    ForGood,
}

/// What becomes of a request that is about to arrive.
pub enum Turn {
    Arrives,
    /// It has its effect, and there is nobody left to hear the answer.
    ArrivesUnheard,
    /// There was nobody left to send it.
    Never,
    Meets(Failure),
}

#[derive(Clone)]
pub struct Fate {
    inner: Arc<Mutex<Inner>>,
    died: Arc<Notify>,
}

struct Inner {
    harm: Harm,
    steps: Vec<Step>,
    dead: bool,
    commit_failed: bool,
    wrote_on: bool,
}

impl Fate {
    pub fn new(harm: Harm) -> Self {
        let inner = Inner { harm, steps: Vec::new(), dead: false, commit_failed: false, wrote_on: false };
        Self { inner: Arc::new(Mutex::new(inner)), died: Arc::default() }
    }

    /// Returns when the process has died.
    pub async fn died(&self) {
        self.died.notified().await;
    }

    pub fn is_dead(&self) -> bool {
        self.lock().dead
    }

    pub fn steps(&self) -> Vec<Step> {
        self.lock().steps.clone()
    }

    pub fn commit_failed(&self) -> bool {
        self.lock().commit_failed
    }

    /// Something was written to the team after a transaction could not be committed.
    pub fn wrote_on(&self) -> bool {
        self.lock().wrote_on
    }

    /// A request is about to arrive.
    pub fn request(&self, is_write: bool) -> Turn {
        let mut inner = self.lock();
        let Some(n) = inner.next(if is_write { Step::Write } else { Step::Read }) else { return Turn::Never };
        inner.wrote_on |= is_write && inner.commit_failed;
        match inner.harm {
            Harm::DiesBefore(at) if at == n => {
                self.die(&mut inner);
                Turn::Never
            }
            Harm::DiesAfter(at) if at == n => {
                self.die(&mut inner);
                Turn::ArrivesUnheard
            }
            Harm::Meets { at, trouble, lasts } if at == n || (at < n && lasts == Lasts::ForGood) => {
                trouble.failure().map_or(Turn::Arrives, Turn::Meets)
            }
            _ => Turn::Arrives,
        }
    }

    /// A transaction is about to be committed. True: it is rolled back. What died commits nothing more.
    pub fn commit(&self) -> bool {
        let mut inner = self.lock();
        let Some(n) = inner.next(Step::Commit) else { return true };
        match inner.harm {
            Harm::DiesBefore(at) if at == n => self.die(&mut inner),
            Harm::DiesAfter(at) if at == n => {
                self.die(&mut inner);
                return false;
            }
            Harm::Meets { at, trouble: Trouble::NoCommit, lasts } if at == n || (at < n && lasts == Lasts::ForGood) => {
                inner.commit_failed = true;
            }
            _ => return false,
        }
        true
    }

    fn die(&self, inner: &mut Inner) {
        inner.dead = true;
        self.died.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }
}

impl Inner {
    /// The number of the next step; none for a dead process.
    fn next(&mut self, step: Step) -> Option<usize> {
        if self.dead {
            return None;
        }
        self.steps.push(step);
        Some(self.steps.len() - 1)
    }
}
