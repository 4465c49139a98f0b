//! The measurements, each beside a floor measured in the same run on the same machine.
//!
//! `cargo bench` runs all of them; `cargo bench -- quiet push` runs some, `-- quiet=1000,100000` some sizes.
//! Nothing passes or fails by the clock: a bench fails only when the work itself was not done.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on ends there")]

#[path = "../tests/it/canary.rs"]
#[allow(dead_code, reason = "what the tests need of it")]
mod canary;
mod clouds;
#[path = "../tests/interop/directories.rs"]
#[allow(dead_code, unused_imports, reason = "what the tests need of it")]
mod directories;
mod directory;
mod groups;
mod idle;
mod lab;
mod pace;
mod pull;
mod push;
mod quiet;
#[path = "../tests/it/support.rs"]
#[allow(dead_code, reason = "what the tests need of it")]
mod support;
mod team;

use std::time::Duration;

/// Name, sizes unless told otherwise, what measures one size.
type Bench = (&'static str, &'static [usize], fn(usize));

const BENCHES: [Bench; 7] = [
    ("quiet", &[10_000, 100_000, 1_000_000], quiet::measure),
    ("pull", &[100_000], pull::measure),
    ("clouds", &[20_000], clouds::measure),
    ("groups", &[10_000], groups::measure),
    ("push", &[10_000], push::measure),
    ("pace", &[1_800], pace::measure),
    ("idle", &[1_000], idle::measure),
];

fn main() {
    if team::is_child() {
        return team::serve();
    }
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, sizes, measure) in BENCHES {
        let wanted = asked.iter().find_map(|argument| match argument.split_once('=') {
            Some((asked, sizes)) if asked == name => Some(sizes.split(',').map(|n| n.parse().unwrap()).collect()),
            None if argument == name => Some(sizes.to_vec()),
            _ => None,
        });
        let sizes: Vec<usize> = wanted.unwrap_or_else(|| if asked.is_empty() { sizes.to_vec() } else { Vec::new() });
        sizes.into_iter().for_each(measure);
    }
}

/// The middle one.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// `1.234 s`
pub fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// `1.23x`
pub fn ratio(time: Duration, floor: Duration) -> String {
    format!("{:.2}x the floor of {}", time.as_secs_f64() / floor.as_secs_f64(), seconds(floor))
}
