//! (a) A cycle in which nothing changed, beside its floor: the same file read once and one pass over the snapshot.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::lab::{Lab, Run, mib};
use crate::team::Count;
use crate::{median, ratio, seconds};

const RUNS: usize = 3;

pub fn measure(people: usize) {
    let mut lab = Lab::new(people, people, u32::MAX);
    let first = lab.sync();
    assert_eq!(first.report["adopted"], people, "everybody is in the team already, and is adopted");
    lab.team.count();
    let runs: Vec<Run> = (0..RUNS).map(|_| quiet(&mut lab)).collect();
    let floors = (0..RUNS).map(|_| floor(&lab, people)).collect();
    let time = median(runs.iter().map(|run| run.time).collect());
    let inside =
        median(runs.iter().map(|run| Duration::from_millis(run.report["elapsed_ms"].as_u64().unwrap())).collect());
    println!(
        "quiet {people}: `sync` {} ({}), the cycle within it {}, peak {}; first cycle, which adopts all: {}, peak {}",
        seconds(time),
        ratio(time, median(floors)),
        seconds(inside),
        mib(runs.iter().map(|run| run.peak_kib).max().unwrap()),
        seconds(first.time),
        mib(first.peak_kib),
    );
}

fn quiet(lab: &mut Lab) -> Run {
    let run = lab.sync();
    assert_eq!(lab.team.count(), Count { reads: 1, writes: 0, limited: 0 }, "a quiet cycle is one read");
    run
}

/// What no program that does the work can leave out, without the program's start.
fn floor(lab: &Lab, people: usize) -> Duration {
    let start = Instant::now();
    let mut rows = csv::Reader::from_path(lab.path("people.csv")).unwrap();
    let mut record = csv::StringRecord::new();
    let mut read = 0;
    while rows.read_record(&mut record).unwrap() {
        read += 1;
    }
    let conn = Connection::open_with_flags(lab.path("state/state.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = conn.prepare("SELECT id_hash, fingerprint FROM member").unwrap();
    let mut passed = statement.query([]).unwrap();
    let mut seen = 0;
    while let Some(row) = passed.next().unwrap() {
        let hashes: ([u8; 16], [u8; 16]) = (row.get(0).unwrap(), row.get(1).unwrap());
        seen += usize::from(hashes.0 != hashes.1);
    }
    assert_eq!((read, seen), (people, people));
    start.elapsed()
}
