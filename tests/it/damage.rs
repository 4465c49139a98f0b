//! Damaged disks: state files of real cycles, cut, flipped, torn, exchanged, at thousands of points, each opened as a cycle
//! does and given to cycles. Refused with a clear error, or recovered to what was committed once; never a panic or a
//! hang, and never somebody who loses access, or an account too many.
//!
//! `DAMAGE_POINTS=100000` takes so many; `DAMAGE_FROM=4711` begins with another seed; the ledger gets one line for each run.
//! Never: counts a point whose damage left the bytes as they were.

mod fixture;
mod outcome;
mod points;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use fastrand::Rng;
use fixture::{Fixture, fixtures};
use outcome::{Outcome, Verdict, judge};
use points::{Point, sampled, structural};

const POINTS: usize = 2_000;
/// Violations that are printed.
const SHOWN: usize = 200;

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// All that can be counted, and by chance as many more as are asked for.
fn chosen(fixtures: &[Fixture], points: usize, from: u64) -> Vec<(usize, Point)> {
    let mut random = Rng::with_seed(from);
    let each = |at: usize| structural(&fixtures[at].files).into_iter().map(move |point| (at, point));
    let mut all: Vec<(usize, Point)> = (0..fixtures.len()).flat_map(each).collect();
    while all.len() < points {
        let at = random.usize(..fixtures.len());
        all.push((at, sampled(&fixtures[at].files, &fixtures[at].read, &mut random)));
    }
    all
}

/// By fixture, kind of damage and outcome.
type Sums = BTreeMap<(String, String), u64>;

#[derive(Default)]
struct Sum {
    outcomes: Sums,
    unseen: BTreeMap<String, u64>,
    violations: Vec<String>,
}

impl Sum {
    fn add(&mut self, fixture: &Fixture, point: &Point, verdict: Verdict) {
        if let Outcome::Unseen(columns) = &verdict.outcome {
            columns.iter().for_each(|column| *self.unseen.entry(column.clone()).or_default() += 1);
        }
        let outcome = match &verdict.outcome {
            Outcome::Unseen(_) => "Unseen".to_owned(),
            outcome => format!("{outcome:?}"),
        };
        *self.outcomes.entry((point.kind(), outcome)).or_default() += 1;
        if matches!(verdict.outcome, Outcome::RefusedAtOpen(1) | Outcome::RefusedInCycle(1)) {
            println!("{}, {point:?}: {:?} {}", fixture.name, verdict.outcome, verdict.said);
        }
        if matches!(verdict.outcome, Outcome::Unseen(_)) && !matches!(point, Point::FlipMain(_)) {
            println!("{}, {point:?}: {:?}", fixture.name, verdict.outcome);
        }
        let told = verdict
            .violations
            .into_iter()
            .map(|wrong| format!("{}, {point:?}, {:?}: {wrong}", fixture.name, verdict.outcome));
        self.violations.extend(told);
    }
}

fn run(fixtures: &[Fixture], points: &[(usize, Point)]) -> Sum {
    let (sum, next) = (Mutex::new(Sum::default()), AtomicUsize::new(0));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let other_log = fixtures[1].older_log();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let folder = in_memory();
                fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some((at, point)) = points.get(n) else { break };
                    let verdict = judge(&fixtures[*at], point, point.is_of_its_own(), folder.path(), &other_log);
                    sum.lock().unwrap().add(&fixtures[*at], point, verdict);
                }
            });
        }
    });
    sum.into_inner().unwrap()
}

/// A folder whose files are never waited for: it is not the disk that is tried here.
fn in_memory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap()
}

#[test]
fn damaged_at_any_point_it_is_refused_or_comes_right() {
    let since = Instant::now();
    let (_lab, fixtures) = fixtures();
    let points =
        chosen(&fixtures, number("DAMAGE_POINTS").unwrap_or(POINTS), number("DAMAGE_FROM").unwrap_or(0) as u64);
    let sum = run(&fixtures, &points);
    let seconds = since.elapsed().as_secs_f64();
    let outcomes: BTreeMap<String, u64> =
        sum.outcomes.iter().map(|((kind, outcome), n)| (format!("{kind} {outcome}"), *n)).collect();
    println!("{} points in {seconds:.1} s: {outcomes:#?}\nunseen: {:#?}", points.len(), sum.unseen);
    let told = serde_json::json!({
        "points": points.len(), "outcomes": outcomes, "unseen": sum.unseen, "violations": sum.violations.len(),
        "seconds": seconds,
    });
    crate::ledger::enter("damage", &told);
    let first = &sum.violations[..sum.violations.len().min(SHOWN)];
    assert!(first.is_empty(), "{} violations:\n{}", sum.violations.len(), first.join("\n"));
}
