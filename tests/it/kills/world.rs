//! One world of kills: a team, a directory and the built program between them, killed round after round.
//!
//! Never: decides whether the outcome is right; that is the checker's.

use std::time::{Duration, Instant};

use fastrand::Rng;

use super::checker::Checker;
use super::deaths::{Moment, kill};
use super::people::{Directory, FORTY, Mix};
use crate::support::{Lab, team};

/// What is wrong, in the tests that plant it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    None,
    /// The marks are gone when the process is.
    ForgetsMarks,
    /// The state is as it was before the process began, as if nothing of it had been written to the disk.
    ForgetsAll,
    /// What had no answer is sent once more.
    Replays,
}

/// What came of it.
#[derive(Default)]
pub struct Told {
    pub kills: u64,
    /// Processes that were done before their moment.
    pub done_before: u64,
    pub kills_in_recovery: u64,
    pub kills_of_daemons: u64,
    pub minds_changed: u64,
    /// Cycles after the last death until nothing was left to do.
    pub cycles: u64,
    pub writes: u64,
}

pub struct World {
    pub lab: Lab,
    random: Rng,
    pub directory: Directory,
    pub checker: Checker,
    mix: Mix,
    bug: Bug,
    /// How long a whole cycle takes, and what it sends.
    takes: Duration,
    requests: usize,
    writes: u64,
    pub told: Told,
    seed: u64,
}

impl World {
    /// A team of sixty, killed in cycles of forty changes.
    pub fn new(seed: u64, bug: Bug) -> Self {
        Self::of(seed, bug, 60, FORTY)
    }

    /// In step, after one cycle of that many changes that nobody killed.
    pub fn of(seed: u64, bug: Bug, people: usize, mix: Mix) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut directory = Directory::new(people);
        let everybody = directory.people.iter().map(|person| person.row.clone());
        let team = everybody.fold(team(), |team, row| team.member(&row.mail, &row.given, &row.family));
        let mut lab = Lab::new(team);
        for line in ["first_sync = \"apply\"", "settle_wait = \"0s\"", "absence_wait = \"0s\""] {
            lab.set("safety", line);
        }
        lab.wide_open();
        lab.set("source", "groups = \"teams\"");
        lab.set("provisioning", "groups = \"push\"");
        lab.set("schedule", "cron = \"* * * * * *\"");
        directory.publish(&mut lab);
        for _ in 0..2 {
            lab.sync().exits(0);
        }
        directory.change(&mut random, mix);
        directory.publish(&mut lab);
        lab.sandbox.clear_log();
        let since = Instant::now();
        lab.sync().exits(0);
        let takes = since.elapsed();
        let (requests, writes) = (lab.sandbox.log().len(), lab.sandbox.writes().len() as u64);
        // Whoever vanished leaves in the second cycle.
        lab.sync().exits(0);
        let mut checker = Checker::default();
        let log = lab.sandbox.take_log();
        checker.after_death(&lab.sandbox, &lab.path("state"), &directory, log);
        let told = Told::default();
        Self { lab, random, directory, checker, mix, bug, takes, requests, writes, told, seed }
    }

    /// Kills and looks on, until so many processes were killed.
    pub fn kill(&mut self, kills: u64) {
        while self.told.kills < kills && self.checker.violations.is_empty() {
            self.round();
        }
    }

    /// The directory says something else.
    pub fn change(&mut self) {
        self.directory.change(&mut self.random, self.mix);
        if self.random.u32(..8) == 0 {
            self.directory.found_group(&mut self.random);
        }
        self.directory.publish(&mut self.lab);
    }

    fn round(&mut self) {
        self.change();
        let kept = (self.bug == Bug::ForgetsAll).then(|| self.keep());
        let moment = self.one_process();
        if let Some(kept) = kept {
            self.put_back(&kept);
        }
        while self.random.u32(..4) == 0 {
            self.told.kills_in_recovery += 1;
            self.one_process();
        }
        if self.random.u32(..3) == 0 {
            self.told.minds_changed += 1;
            self.directory.change_its_mind(&mut self.random);
            self.directory.publish(&mut self.lab);
        }
        self.recover();
        for violation in &mut self.checker.violations {
            *violation = format!("seed {}, kill {}, {moment:?}: {violation}", self.seed, self.told.kills);
        }
    }

    /// One process up to its end, and what is left of it.
    fn one_process(&mut self) -> Moment {
        let is_daemon = self.random.u32(..10) == 0;
        let moment = match is_daemon {
            true => Moment::After(self.takes * 2 + self.takes.mul_f64(self.random.f64()) + Duration::from_millis(500)),
            false => Moment::choose(&mut self.random, self.takes, self.requests, self.writes),
        };
        match kill(&self.lab, if is_daemon { &["run"] } else { &["sync"] }, moment) {
            None => {
                self.told.kills += 1;
                self.told.kills_of_daemons += u64::from(is_daemon);
            }
            Some(0 | 3) => self.told.done_before += 1,
            Some(code) => self.checker.violations.push(format!("exit {code} before it could be killed")),
        }
        self.spoil();
        self.look();
        moment
    }

    /// The checker looks at what came, and at the files.
    pub fn look(&mut self) {
        let log = self.lab.sandbox.take_log();
        self.told.writes += log.iter().filter(|logged| logged.is_write()).count() as u64;
        let removals = log.clone();
        self.checker.after_death(&self.lab.sandbox, &self.lab.path("state"), &self.directory, log);
        self.checker.check_removals(&self.lab.sandbox, &self.directory, &removals);
    }

    /// Two cycles, and one that has nothing left to do. Whoever vanished while a request about them was in doubt is known to be in the
    /// team only when the first has settled it, which is after its reading: their two readings begin with the second.
    pub fn recover(&mut self) {
        let has_absent = self.directory.people.iter().any(|person| person.absent);
        for _ in 0..if has_absent { 3 } else { 2 } {
            let answer = self.lab.sync();
            self.told.cycles += 1;
            if !matches!(answer.code, 0 | 3) {
                self.checker.violations.push(format!("I8 exit {}: {} {}", answer.code, answer.out, answer.err));
            }
            let had_work = !self.lab.sandbox.writes().is_empty() || answer.code != 0;
            self.look();
            // Whoever vanished waits for a second reading.
            if !had_work && self.directory.people.iter().all(|person| !person.absent) {
                break;
            }
        }
        self.checker.at_rest(&self.lab.sandbox, &self.directory);
        let answer = self.lab.look();
        let writes = self.lab.sandbox.writes();
        if answer.code != 0 || !writes.is_empty() {
            self.checker
                .violations
                .push(format!("I8 exit {}, and {writes:?} are left to do: {}", answer.code, answer.out));
        }
        self.look();
        let manners = self.lab.sandbox.violations();
        self.checker.violations.extend(manners.iter().map(|broken| format!("seq {}: {}", broken.seq, broken.rule)));
    }

    fn spoil(&mut self) {
        match self.bug {
            Bug::ForgetsMarks => {
                let state = rusqlite::Connection::open(self.lab.path("state/state.db")).unwrap();
                state.execute("DELETE FROM mark", []).unwrap();
            }
            Bug::Replays => replay(&self.lab),
            Bug::None | Bug::ForgetsAll => {}
        }
    }

    fn keep(&self) -> Vec<u8> {
        std::fs::read(self.lab.path("state/state.db")).unwrap()
    }

    fn put_back(&self, kept: &[u8]) {
        for name in ["state/state.db-wal", "state/state.db-shm"] {
            let _ = std::fs::remove_file(self.lab.path(name));
        }
        std::fs::write(self.lab.path("state/state.db"), kept).unwrap();
    }
}

/// What a queue does that outlives its process: the last write that had no answer is sent again.
fn replay(lab: &Lab) {
    use std::io::{Read, Write};
    let writes = lab.sandbox.writes();
    let Some(write) = writes.iter().rev().find(|logged| logged.is_unknown()) else { return };
    let body = write.body.clone().unwrap_or_default();
    let mut stream = std::net::TcpStream::connect(lab.door()).unwrap();
    write!(
        stream,
        "{} /scim/v2{} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer {}\r\ncontent-type: application/scim+json\r\n\
         accept: application/scim+json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        write.method,
        write.path,
        crate::support::KEY,
        body.len()
    )
    .unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
}
