//! The whole engine against a simulated directory and the embedded team: faults, crashes, lost answers and people
//! who edit by hand, by seed. It must end in the right state within two cycles, and must fail when a bug is planted.
//!
//! `SIMULATION_SEEDS=20000` runs more of them, `SIMULATION_FROM=4711 SIMULATION_SEEDS=1` replays one and prints it.
//! `SIMULATION_THREADS=1` keeps to one core. The ledger gets one line for each run.
//! Never: depends on the machine's clock, threads or network.

mod auditor;
mod chaos;
pub mod directory;
mod features;
mod group_auditor;
pub mod groups;
mod ledger;
mod named;
mod planted;
#[cfg(feature = "planted")]
mod planted_in_src;
pub mod setup;
mod state;
mod trace;
mod trouble;
mod wire;
pub mod world;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use ledger::Totals;
use wire::Bug;
use world::{Ending, simulate};

const SEEDS: u64 = 120;
/// Each of so many seeds is run twice.
const TWICE_EVERY: u64 = 50;
const TRACE_LINES: usize = 40;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

fn seeds() -> Range<u64> {
    let from = number("SIMULATION_FROM").unwrap_or(0);
    from..from + number("SIMULATION_SEEDS").unwrap_or(SEEDS)
}

fn replay(seed: u64, ending: &Ending) -> String {
    let all = std::env::var("SIMULATION_FROM").is_ok();
    let skip = if all { 0 } else { ending.trace.len().saturating_sub(TRACE_LINES) };
    format!(
        "seed {seed}:\n  {}\n{}\nreplay: SIMULATION_FROM={seed} SIMULATION_SEEDS=1 cargo test --test it simulation",
        ending.violations.join("\n  "),
        ending.trace[skip..].join("\n")
    )
}

/// Each seed once, on as many threads as there are cores: a world has its own runtime, and shares nothing.
fn for_each(seeds: &Range<u64>, run: impl Fn(u64) + Sync) {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let threads = number("SIMULATION_THREADS").unwrap_or(cores).max(1);
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    run(seed);
                }
            });
        }
    });
}

#[test]
fn ends_in_the_right_state_whatever_goes_wrong() {
    let seeds = seeds();
    let (failed, totals) = (Mutex::new(Vec::new()), Mutex::new(Totals::default()));
    for_each(&seeds, |seed| {
        let ending = simulate(seed, Bug::None);
        totals.lock().unwrap().add(&ending);
        if seed % TWICE_EVERY == 0 {
            assert_eq!(ending.trace, simulate(seed, Bug::None).trace, "seed {seed} is not repeatable");
        }
        if !ending.violations.is_empty() {
            println!("seed {seed}: {}", ending.violations.join("; "));
            failed.lock().unwrap().push((seed, replay(seed, &ending)));
        }
    });
    let (mut failed, totals) = (failed.into_inner().unwrap(), totals.into_inner().unwrap());
    println!("{totals}");
    totals.keep(&seeds);
    // Otherwise "set aside, with a reason" would excuse everything, or nothing would have gone wrong.
    let speaks = seeds.end - seeds.start >= SEEDS;
    assert!(!speaks || totals.says_something(), "{totals}");
    failed.sort();
    let numbers: BTreeSet<u64> = failed.iter().map(|(seed, _)| *seed).collect();
    assert!(failed.is_empty(), "{} seeds failed: {numbers:?}\n{}", failed.len(), failed[0].1);
}
