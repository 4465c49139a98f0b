//! What the daemon and the commands beside it tell each other: who is at work, the pause, and answers to requests.
//!
//! Never: says that a daemon is at work because a row says so; the instance lock does.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Transaction;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::Chain;
use super::error::{Attempt, Result};
use super::place::Place;
use super::settings::{get, put};
use super::{CycleId, Store};
use crate::core::plan::Entries;
use crate::core::time::Moment;

const DAEMON: &str = "daemon";
const PAUSED: &str = "paused";
const ANSWERS: &str = "answers";
/// Answers that nobody came for go after so many more.
const ANSWERS_KEPT: usize = 20;

/// A running daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonRow {
    pub pid: u32,
    pub since: Moment,
}

/// Scheduled cycles wait until somebody ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    pub by: String,
    pub reason: Option<String>,
    pub since: Moment,
}

/// What became of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub exit_code: u8,
    /// The cycle that was asked for.
    pub cycle: Option<CycleId>,
    /// Lines for people.
    pub said: Vec<String>,
    pub advice: Option<String>,
    /// The plan that was approved is not the plan: what is only in the plan now.
    #[serde(default, skip_serializing_if = "Entries::is_empty")]
    pub appeared: Entries,
    /// And what was only in the one that was approved.
    #[serde(default, skip_serializing_if = "Entries::is_empty")]
    pub gone: Entries,
}

impl Store {
    /// Whether an instance holds the lock of the state at `path`, as of now.
    pub fn is_locked(path: &Path) -> Result<bool> {
        match Place::at(path)? {
            Some(place) => place.is_locked(),
            None => Ok(false),
        }
    }

    /// The daemon that left this row. It runs if the lock is held: whoever takes the lock removes the row of a daemon
    /// that was killed.
    pub fn daemon(&self) -> Result<Option<DaemonRow>> {
        self.setting(DAEMON)
    }

    pub fn set_daemon(&mut self, daemon: Option<&DaemonRow>) -> Result<()> {
        self.write("store who is at work", |tx| match daemon {
            Some(daemon) => put(tx, DAEMON, daemon),
            None => remove(tx, DAEMON),
        })
    }

    pub fn paused(&self) -> Result<Option<Paused>> {
        self.setting(PAUSED)
    }

    pub fn pause(&mut self, paused: &Paused) -> Result<()> {
        self.write("store the pause", |tx| {
            put(tx, PAUSED, paused)?;
            Chain::at_end(tx, None, paused.since)?.push("pause", "", paused)
        })
    }

    /// What was ended; none if nothing was paused.
    pub fn resume(&mut self, by: &str, now: Moment) -> Result<Option<Paused>> {
        self.write("end the pause", |tx| {
            let paused = get(tx, PAUSED)?;
            if paused.is_some() {
                remove(tx, PAUSED)?;
                Chain::at_end(tx, None, now)?.push("resume", "", &json!({ "by": by }))?;
            }
            Ok(paused)
        })
    }

    /// The answer to the request of that number, once there is one.
    pub fn answer(&self, number: i64) -> Result<Option<Answer>> {
        let answers: Option<BTreeMap<i64, Answer>> = self.setting(ANSWERS)?;
        Ok(answers.and_then(|mut answers| answers.remove(&number)))
    }

    pub fn set_answer(&mut self, numbers: &[i64], answer: &Answer) -> Result<()> {
        self.write("store an answer", |tx| {
            let mut answers: BTreeMap<i64, Answer> = get(tx, ANSWERS)?.unwrap_or_default();
            answers.extend(numbers.iter().map(|number| (*number, answer.clone())));
            while answers.len() > ANSWERS_KEPT {
                answers.pop_first();
            }
            put(tx, ANSWERS, &answers)
        })
    }

    /// Takes back a request. False if it was taken already.
    pub fn withdraw(&mut self, number: i64, now: Moment) -> Result<bool> {
        self.write("take a request back", |tx| {
            let waited = tx.execute("DELETE FROM request WHERE number = ?", [number])? > 0;
            if waited {
                Chain::at_end(tx, None, now)?.push("withdraw", "", &json!({ "number": number }))?;
            }
            Ok(waited)
        })
    }
}

fn remove(tx: &Transaction<'_>, name: &str) -> Attempt<()> {
    tx.execute("DELETE FROM setting WHERE name = ?", [name])?;
    Ok(())
}
