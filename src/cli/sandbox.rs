//! `sandbox`: a Postman team of made-up people alone, for trying integrations with it by hand or by program.
//!
//! Never: listens on anything but this machine, or logs a key, an address or a query.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::config::nearest;
use crate::daemon::signals;
use crate::lifeline::Lifeline;
use crate::report::{clean, count, shell_word};
use crate::sandbox::{BASE_PATH, Logged, Outcome, Problem, RULES, Sandbox, Scenario, Standing, Violation, serve};

use super::sample::Sample;
use super::{Failure, terminal};

/// No scenario is near it, and no accident fills the memory.
const SCENARIO_BYTES_MAX: u64 = 16 * 1024 * 1024;

#[derive(Args, Debug, Clone)]
pub struct Options {
    /// Where to listen; loopback addresses only, port 0 for any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The team, its unknowns and its faults [default: an admin and nobody else; config/sandbox/ has samples]
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// So many members more, up to a million: member0001@acme.example and on
    #[arg(long, value_name = "N")]
    people: Option<usize>,
    /// The rate limit for writes [default: the scenario's, else Postman's 180]
    #[arg(long, value_name = "N")]
    writes_per_min: Option<u32>,
    /// The rate limit for reads [default: the scenario's, else Postman's 300]
    #[arg(long, value_name = "N")]
    reads_per_min: Option<u32>,
    /// Print a configuration of this program for that team, and end
    #[arg(long)]
    print_config: bool,
}

pub async fn run(options: &Options) -> Result<u8, Failure> {
    let scenario = scenario(options)?;
    if !options.listen.ip().is_loopback() {
        return Err(Failure::new(2, format!("{} is not on this machine", options.listen)).advise(
            "the sandbox takes a key that everybody knows and speaks plain HTTP, so it serves loopback addresses only: \
             --listen 127.0.0.1:8080",
        ));
    }
    if options.print_config {
        if options.listen.port() == 0 {
            return Err(Failure::new(2, "a configuration needs the port that the sandbox listens on, and 0 is none"));
        }
        terminal::answer(&config(&scenario, options.listen))?;
        return Ok(0);
    }
    let listener = TcpListener::bind(options.listen).await.map_err(|error| cannot_listen(options.listen, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen(options.listen, &error))?;
    let sandbox = scenario.open();
    sandbox.follow(Clock::System);
    introduce(&scenario, address, options);
    let served = serve(sandbox.clone(), listener);
    let mut counts = Counts::default();
    tokio::select! {
        ended = served => return Err(Failure::new(1, format!("the sandbox ended by itself: {ended:?}"))),
        () = show_requests(&sandbox, &mut counts) => {}
        ended = asked_to_end() => ended?,
    }
    counts.show(&sandbox.take_log());
    terminal::print(&counts.summary());
    terminal::print(&manners(&sandbox.violations()));
    Ok(0)
}

fn scenario(options: &Options) -> Result<Scenario, Failure> {
    let mut scenario = match &options.scenario {
        Some(path) => read(path)?,
        None => Scenario::with_admin(),
    };
    if let Some(people) = options.people {
        let advise = |problem| Failure::new(2, problem).advise("--people adds to the people of the scenario");
        scenario.add_people(people).map_err(advise)?;
    }
    scenario.limits.writes_per_min = options.writes_per_min.unwrap_or(scenario.limits.writes_per_min);
    scenario.limits.reads_per_min = options.reads_per_min.unwrap_or(scenario.limits.reads_per_min);
    Ok(scenario)
}

fn read(path: &Path) -> Result<Scenario, Failure> {
    let mut text = String::new();
    let file = std::fs::File::open(path).and_then(|file| file.take(SCENARIO_BYTES_MAX).read_to_string(&mut text));
    file.map_err(|error| {
        Failure::new(2, format!("could not read {}: {error}", path.display()))
            .advise("name a scenario file; docs/sandbox.md has one to start from")
    })?;
    Scenario::read(&text).map_err(|problems| {
        let what = problems.iter().map(|problem| format!("{}: {}", path.display(), advised(problem))).collect();
        Failure { exit_code: 2, what, advice: Some("docs/sandbox.md explains every key of a scenario".to_owned()) }
    })
}

/// The problem, and the known word that is spelled most like the unknown one. Serde quotes the words: first the
/// unknown one, then those it would have taken.
fn advised(problem: &Problem) -> String {
    let mut words = problem.message.split('`').skip(1).step_by(2);
    let meant = words.next().filter(|_| problem.message.starts_with("unknown")).and_then(|word| nearest(word, words));
    match meant {
        Some(word) => format!("{problem}; did you mean `{word}`?"),
        None => problem.to_string(),
    }
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    let failure = Failure::new(1, format!("cannot listen on {address}: {error}"));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => failure.advise(
            "something listens there already: end it, or choose another port with --listen 127.0.0.1:PORT (0: any that \
             is free)",
        ),
        std::io::ErrorKind::PermissionDenied => failure.advise("ports below 1024 are root's; choose a higher one"),
        _ => failure,
    }
}

fn introduce(scenario: &Scenario, address: SocketAddr, options: &Options) {
    let (key, base_url) = (scenario.key(), base_url(address));
    let team = scenario.team();
    let mut again = format!("postman-scim-sync sandbox --listen {address} --print-config");
    if let Some(path) = &options.scenario {
        again.push_str(&format!(" --scenario {}", shell_word(&path.display().to_string())));
    }
    let people = count(team.people().len() as u64, "account", "accounts");
    terminal::print(&format!(
        "Base URL  {base_url}\nKey       {key}\nTeam      {}, {people}; {} writes and {} reads a minute\n\n\
         This is no Postman service: its people are made up, its key is printed here, and all is forgotten at the end.\n\n  \
         curl -H {} {}\n\nA configuration for this program:\n\n  {again}\n\n\
         Requests are listed on standard error, without addresses. Ctrl-C ends it.",
        clean(&team.name),
        scenario.limits.writes_per_min,
        scenario.limits.reads_per_min,
        shell_word(&format!("Authorization: Bearer {key}")),
        shell_word(&format!("{base_url}/Users?startIndex=1&count=10")),
    ));
}

fn base_url(address: SocketAddr) -> String {
    format!("http://{address}{BASE_PATH}")
}

/// The least that `check`, `plan` and `sync` need.
fn config(scenario: &Scenario, address: SocketAddr) -> String {
    let team = scenario.team();
    let first = team.people().iter().find(|person| person.standing == Standing::Active);
    let protected: Vec<&str> = first.iter().map(|person| person.user_name.as_str()).collect();
    let key = shell_word(scenario.key());
    Sample {
        head: format!(
            "# For the sandbox team at that address. The key is no secret:\n#   (umask 077; printf %s {key} > sandbox.key)"
        ),
        base_url: &base_url(address),
        key_path: "sandbox.key",
        verified_domains: &scenario.team.verified_domains,
        protected: &protected,
        seats: None,
        state_path: "sandbox-state/state.db",
    }
    .toml()
}

/// Ctrl-C, or what a service manager sends.
async fn asked_to_end() -> Result<(), Failure> {
    let lifeline = Lifeline::default();
    signals::end_when_asked(&lifeline)
        .map_err(|error| Failure::new(1, format!("could not listen to signals: {error}")))?;
    lifeline.stopping().await;
    Ok(())
}

/// One line a request, as they come. Never ends.
async fn show_requests(sandbox: &Sandbox, counts: &mut Counts) {
    let mut so_far = 0;
    loop {
        so_far = sandbox.wait_for_more_than(so_far).await;
        counts.show(&sandbox.take_log());
    }
}

/// Requests by what they wanted.
#[derive(Default)]
struct Counts(BTreeMap<String, u64>);

impl Counts {
    fn show(&mut self, log: &[Logged]) {
        for logged in log {
            *self.0.entry(word(&logged.kind)).or_default() += 1;
            // Nobody may be reading any more; the team goes on.
            let _ = writeln!(anstream::stderr(), "{}", line(logged));
        }
    }

    fn summary(&self) -> String {
        let total = count(self.0.values().sum(), "request", "requests");
        let kinds: Vec<String> = self.0.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
        match kinds.is_empty() {
            true => "\nThe sandbox ended; nobody asked it anything.".to_owned(),
            false => format!("\nThe sandbox ended after {total}: {}.", kinds.join(", ")),
        }
    }
}

/// What a correct client never sends, each rule once.
fn manners(violations: &[Violation]) -> String {
    let mut by_rule: BTreeMap<&str, (u64, &Violation)> = BTreeMap::new();
    for violation in violations {
        by_rule.entry(violation.rule).or_insert((0, violation)).0 += 1;
    }
    let says = |rule: &str| RULES.iter().find(|known| known.name == rule).map_or(rule, |known| known.says).to_owned();
    let lines = by_rule.iter().map(|(rule, (n, first))| {
        let times = count(*n, "time", "times");
        format!("  {rule}, {times}, first in request {}: a correct client {}", first.seq, says(rule))
    });
    match violations.is_empty() {
        true => "Nothing was sent that a correct client does not send.".to_owned(),
        false => format!("Sent, and not as a correct client does:\n{}", lines.collect::<Vec<_>>().join("\n")),
    }
}

/// `12 PATCH /Users/4057... deactivate: 200, deactivated`.
fn line(logged: &Logged) -> String {
    let path = without_addresses(&logged.path);
    let answer = match logged.outcome {
        Outcome::Status(status) => status.to_string(),
        Outcome::Late(status) => format!("{status}, late"),
        Outcome::Cut(status) => format!("{status}, cut"),
        Outcome::Reset | Outcome::NotSent => "connection reset".to_owned(),
        Outcome::Waiting => "held".to_owned(),
    };
    let done: String = logged.done.iter().map(|done| format!(", {}", word(done))).collect();
    clean(&format!("{} {} {path} {}: {answer}{done}", logged.seq, logged.method, word(&logged.kind)))
}

/// The query may hold an address, and so may a path that somebody put together wrongly.
fn without_addresses(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // SCIM ids here are 48 characters; those of the examples and of other services are UUIDs, or numbers.
    let is_id = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit() || b"g-".contains(&byte));
    let parts = path.split('/').enumerate().map(|(at, part)| match at {
        0 | 1 if is_word(part) => part,
        0 | 1 => "{unknown}",
        _ if is_id(part) => part,
        _ => "{id}",
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A unit variant as scenarios spell it.
fn word(variant: &impl Serialize) -> String {
    let value = serde_json::to_value(variant).unwrap_or_default();
    value.as_str().unwrap_or("other").replace('_', " ")
}
