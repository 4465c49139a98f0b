//! What the tests of the daemon share: a running one, its log, and waiting for what will happen.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Lab, Row};

/// What has not happened by then will not.
pub const DEADLINE: Duration = Duration::from_secs(90);
/// A schedule whose time does not come while a test runs.
pub const RARELY: &str = "cron = \"0 0 29 2 *\"";
pub const EVERY_SECOND: &str = "cron = \"* * * * * *\"";

/// A program of ours that runs, and what it has logged.
pub struct Running {
    child: Child,
    log: Arc<Mutex<String>>,
}

/// Waits until it holds, and says what did not come.
#[track_caller]
pub fn until(what: &str, log: impl Fn() -> String, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < DEADLINE, "{what} did not come\n{}", log());
        thread::sleep(Duration::from_millis(20));
    }
}

impl Running {
    /// A daemon that has started.
    pub fn daemon(lab: &Lab) -> Self {
        let daemon = Self::start(lab.command(&["run"]));
        daemon.says("daemon started");
        daemon
    }

    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, into) = (child.stderr.take().unwrap(), Arc::clone(&log));
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                into.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        Self { child, log }
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn count(&self, text: &str) -> usize {
        self.log().matches(text).count()
    }

    #[track_caller]
    pub fn says(&self, text: &str) {
        self.says_times(text, 1);
    }

    #[track_caller]
    pub fn says_times(&self, text: &str, times: usize) {
        until(text, || self.log(), || self.count(text) >= times);
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `TERM`, `HUP`, `USR1`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// A cycle by SIGUSR1, to its end.
    #[track_caller]
    pub fn cycle(&self) {
        let before = self.count("cycle ended");
        self.signal("USR1");
        self.says_times("cycle ended", before + 1);
    }

    /// The exit code, within the time that a service manager gives.
    #[track_caller]
    pub fn ends(mut self) -> (i32, String) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code().unwrap_or(-1), self.log());
            }
            assert!(start.elapsed() < Duration::from_secs(40), "it did not end\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    pub fn stop(self) -> String {
        self.signal("TERM");
        let (code, log) = self.ends();
        assert_eq!(code, 0, "{log}");
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In step with those people, with a schedule that leaves everything to the test.
pub fn quiet(people: &[Row]) -> Lab {
    let mut lab = Lab::in_step(crate::support::team(), people);
    lab.set("schedule", RARELY);
    lab
}

/// How many cycles have begun.
pub fn cycles(lab: &Lab) -> i64 {
    lab.run(&["status", "--format", "json"]).json()["cycles"][0]["cycle"].as_i64().unwrap_or_default()
}
