//! The sandbox team in another process: this program started once more.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use postman_scim_sync::clock::Clock;
use postman_scim_sync::sandbox::{KeyState, Limits, Outcome, Sandbox, Team, spawn};

/// Obviously false.
pub const KEY: &str = "PMAK-false-key-of-a-bench";
const CHILD: &str = "POSTMAN_SCIM_SYNC_BENCH_TEAM";

pub fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// What requests the team got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub reads: usize,
    pub writes: usize,
    /// Answered with 429.
    pub limited: usize,
}

/// A team that runs until it is dropped.
pub struct TeamProcess {
    child: Child,
    answers: BufReader<ChildStdout>,
    questions: ChildStdin,
    pub base_url: String,
}

impl TeamProcess {
    /// `members` people besides the admin, and so many requests a minute of each kind.
    pub fn start(members: usize, per_min: u32) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(CHILD, format!("{members} {per_min}")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (questions, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut team = Self { child, answers: BufReader::new(stdout), questions, base_url: String::new() };
        team.base_url = team.answer();
        team
    }

    /// Since the last call.
    pub fn count(&mut self) -> Count {
        self.questions.write_all(b"count\n").unwrap();
        let answer = self.answer();
        let mut numbers = answer.split(' ').map(|number| number.parse().unwrap());
        let mut next = || numbers.next().unwrap();
        Count { reads: next(), writes: next(), limited: next() }
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for TeamProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Person `n`, as the team and the export have them.
pub fn person(n: usize) -> (String, String, String) {
    (format!("person{n}@acme.example"), format!("Given{n}"), format!("Family{n}"))
}

/// The child's life: says where it is, and answers until the parent has gone.
pub fn serve() {
    let asked = std::env::var(CHILD).unwrap();
    let (members, per_min) = asked.split_once(' ').unwrap();
    let per_min = per_min.parse().unwrap();
    let mut team = Team::new("Bench").verified("acme.example").key(KEY, KeyState::Active).member(
        "admin@acme.example",
        "Post",
        "Man",
    );
    team = team.limits(Limits { writes_per_min: per_min, reads_per_min: per_min });
    for n in 1..=members.parse().unwrap() {
        let (user_name, given, family) = person(n);
        team = team.member(&user_name, &given, &family);
    }
    let sandbox = Sandbox::new(team);
    sandbox.follow(Clock::System);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let served = runtime.block_on(spawn(sandbox.clone())).unwrap();
    println!("{}", served.base_url());
    for _ in std::io::stdin().lines().map_while(Result::ok) {
        let log = sandbox.take_log();
        let limited = log.iter().filter(|logged| logged.outcome == Outcome::Status(429)).count();
        let writes = log.iter().filter(|logged| logged.is_write()).count();
        println!("{} {writes} {limited}", log.len() - writes);
    }
}
