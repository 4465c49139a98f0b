//! How a process dies: at a moment that a seed chooses, by a signal, and what has to be over before anybody looks.
//!
//! Never: takes a request that still lies in a socket for one that never came.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use postman_scim_sync::sandbox::{Failure, Fault, Outcome};

use crate::support::Lab;

/// What has not happened by then will not.
const DEADLINE: Duration = Duration::from_secs(120);
/// Longer than any test waits for an answer.
const FOR_EVER: Duration = Duration::from_secs(600);

/// When.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// So long after the start, wherever it is then.
    After(Duration),
    /// When so many requests have come.
    AtRequest(usize),
    /// When the n-th write had its effect; neither it nor a later one is answered.
    AfterEffect(u64),
    /// When the n-th write has come, before its effect.
    BeforeEffect(u64),
}

impl Moment {
    /// `takes`: how long a whole cycle takes. `requests`, `writes`: about how many it sends.
    pub fn choose(random: &mut Rng, takes: Duration, requests: usize, writes: u64) -> Self {
        match random.u32(..8) {
            0..=2 => Self::After(takes.mul_f64(random.f64())),
            3 | 4 => Self::AtRequest(random.usize(1..=requests)),
            5 | 6 => Self::AfterEffect(random.u64(1..=writes)),
            _ => Self::BeforeEffect(random.u64(1..=writes)),
        }
    }

    fn prepare(self, lab: &Lab) {
        match self {
            Self::AfterEffect(n) => lab.sandbox.fault(Fault::writes(Failure::HangAfter(FOR_EVER)).nth(n).always()),
            Self::BeforeEffect(n) => lab.sandbox.fault(Fault::writes(Failure::HangBefore(FOR_EVER)).nth(n).always()),
            Self::After(_) | Self::AtRequest(_) => {}
        }
    }

    fn has_come(self, lab: &Lab, since: Instant) -> bool {
        match self {
            Self::After(time) => since.elapsed() >= time,
            Self::AtRequest(n) => lab.sandbox.log().len() >= n,
            Self::AfterEffect(_) => lab.sandbox.log().iter().any(|logged| matches!(logged.outcome, Outcome::Late(_))),
            Self::BeforeEffect(_) => lab.sandbox.log().iter().any(|logged| logged.outcome == Outcome::Waiting),
        }
    }
}

/// Runs it until the moment and kills it (SIGKILL). The exit code, if it was done before.
pub fn kill(lab: &Lab, arguments: &[&str], moment: Moment) -> Option<i32> {
    moment.prepare(lab);
    let mut process = start(lab.command(arguments));
    let since = Instant::now();
    let ended = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break status.code();
        }
        if moment.has_come(lab, since) {
            process.kill().unwrap();
            break process.wait().unwrap().code();
        }
        assert!(since.elapsed() < DEADLINE, "{moment:?} did not come");
        thread::sleep(Duration::from_micros(200));
    };
    silence(lab);
    lab.sandbox.faults_off();
    ended
}

pub fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Returns when the sandbox has closed every connection: what a dead client had sent was looked at, or never will be.
pub fn silence(lab: &Lab) {
    let door = lab.door();
    let port: u16 = door.rsplit(':').next().unwrap().parse().unwrap();
    let since = Instant::now();
    while open_connections(port) > 0 {
        assert!(since.elapsed() < DEADLINE, "the sandbox keeps a connection of a dead client");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Connections at the server's side of that port: proc(5), `/proc/net/tcp`, without the listener (0A) and TIME_WAIT (06).
fn open_connections(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let local = format!(":{port:04X}");
    let is_open = |line: &&str| {
        let mut fields = line.split_whitespace().skip(1);
        let (Some(address), _, Some(state)) = (fields.next(), fields.next(), fields.next()) else { return false };
        address.ends_with(&local) && !matches!(state, "0A" | "06")
    };
    table.lines().filter(is_open).count()
}
