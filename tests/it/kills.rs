//! Real processes and real ends: the built program killed (SIGKILL) at moments that a seed chooses, in the middle of
//! forty changes of every kind, alone and as a daemon, while it recovers and while the directory changes its mind. Two
//! cycles later (three, where somebody in doubt vanished) the team is as it should be, nothing was sent twice, everybody has
//! one account, and the files are whole.
//!
//! `KILLS=5000` kills so many, in several worlds at once; `KILLS_FROM=7` begins with another seed; `KILLS_BIG=100` kills so many
//! in a cycle of two thousand changes; the ledger gets a line for each world.
//! Never: reads its own verdict off the program.

mod checker;
mod deaths;
mod people;
mod signals;
pub mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use people::{FORTY, Mix};
use world::{Bug, World};

const KILLS: u64 = 40;
const KILLS_BIG: u64 = 1;
/// A world's database and log grow with each kill, so that it gets slower.
const KILLS_A_WORLD: u64 = 20;
/// Two thousand and some.
const TWO_THOUSAND: Mix =
    Mix { creates: 400, leavers: 250, absent: 50, returners: 100, renames: 700, readdresses: 450, moves: 100 };

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The sum over many worlds.
#[derive(Default)]
struct Sum {
    told: BTreeMap<&'static str, u64>,
    doubts: BTreeMap<String, u64>,
    violations: Vec<String>,
}

impl Sum {
    fn add(&mut self, world: &World) {
        let told = &world.told;
        for (name, n) in [
            ("kills", told.kills),
            ("done_before", told.done_before),
            ("kills_in_recovery", told.kills_in_recovery),
            ("kills_of_daemons", told.kills_of_daemons),
            ("minds_changed", told.minds_changed),
            ("cycles", told.cycles),
            ("writes", told.writes),
        ] {
            *self.told.entry(name).or_default() += n;
        }
        for (kind, n) in &world.checker.doubts {
            *self.doubts.entry(kind.clone()).or_default() += n;
        }
        self.violations.extend(world.checker.violations.iter().cloned());
    }

    /// A line in the ledger as soon as a world has ended, so that a long run that is broken off counts too.
    fn note(&self, seed: u64) {
        let told = serde_json::json!({
            "seed": seed, "told": self.told, "doubts": self.doubts, "violations": self.violations.len(),
        });
        crate::ledger::enter("kills", &told);
    }
}

/// Runs worlds, numbered from `from`, on every core until so many processes were killed.
fn run(kills: u64, from: u64, world: impl Fn(u64) -> World + Sync) -> Sum {
    let sum = Mutex::new(Sum::default());
    let worlds = kills.div_ceil(KILLS_A_WORLD);
    let next = AtomicU64::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(worlds as usize) {
            scope.spawn(|| {
                while let at = next.fetch_add(1, Ordering::Relaxed)
                    && at < worlds
                {
                    let mut world = world(from + at);
                    world.kill(KILLS_A_WORLD.min(kills - at * KILLS_A_WORLD));
                    let history = world.lab.run(&["history", "--format", "json"]).exits(0).json();
                    assert_eq!(history["audit"]["chain"], "unbroken", "{}", history["audit"]);
                    let mut one = Sum::default();
                    one.add(&world);
                    one.note(from + at);
                    sum.lock().unwrap().add(&world);
                }
            });
        }
    });
    sum.into_inner().unwrap()
}

/// Says how it went, there and in the ledger, and fails if anything was wrong.
#[track_caller]
fn conclude(what: &str, sum: &Sum, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!("{what}: {:?} in {seconds:.1} s; left in doubt: {:?}", sum.told, sum.doubts);
    assert!(sum.violations.is_empty(), "{} violations:\n{}", sum.violations.len(), sum.violations.join("\n"));
}

#[test]
fn killed_at_any_moment_of_forty_changes() {
    let since = Instant::now();
    let kills = number("KILLS").unwrap_or(KILLS);
    let sum = run(kills, number("KILLS_FROM").unwrap_or(0), |seed| World::new(seed, Bug::None));
    conclude("kills", &sum, since);
    // Otherwise the moments would be no moments.
    assert!(sum.told["kills"] >= kills && sum.doubts.len() >= 5, "{:?}", sum.doubts);
}

#[test]
fn killed_at_any_moment_of_two_thousand_changes() {
    let since = Instant::now();
    let kills = number("KILLS_BIG").unwrap_or(KILLS_BIG);
    let sum = run(kills, number("KILLS_FROM").unwrap_or(0), |seed| World::of(seed, Bug::None, 2400, TWO_THOUSAND));
    conclude("kills_big", &sum, since);
}

/// Kills with this bug until something is found to be wrong.
#[track_caller]
fn assert_caught(bug: Bug, by: &str) {
    let mut world = World::of(0, bug, 60, FORTY);
    // The sandbox's own rules may find it too.
    ["blind_repeat", "overlap", "absent", "unaimed", "outsiders"].into_iter().for_each(|rule| world.lab.excuse(rule));
    world.kill(10);
    let violations = &world.checker.violations;
    println!("{bug:?}, after {} kills:\n  {}", world.told.kills, violations.join("\n  "));
    assert!(violations.iter().any(|violation| violation.contains(by)), "{bug:?} goes unnoticed: {violations:?}");
}

#[test]
fn fails_when_the_marks_are_gone() {
    assert_caught(Bug::ForgetsMarks, "I6 begun and not ended");
}

#[test]
fn fails_when_nothing_was_written_to_the_disk() {
    assert_caught(Bug::ForgetsAll, "I10");
}

#[test]
fn fails_when_lost_requests_are_sent_again() {
    assert_caught(Bug::Replays, "I7");
}
