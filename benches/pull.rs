//! (c) A cycle in which nothing changed, from a real slapd, beside its floor: `ldapsearch` reading the same pages of the same
//! attributes, its output thrown away. Ours decides about everybody and records the cycle besides; `fetch` alone reads and
//! prints, to nowhere too.

use std::process::Stdio;
use std::time::Duration;

use crate::directory::Slapd;
use crate::lab::{Lab, Run, mib};
use crate::team::Count;
use crate::{median, ratio, seconds};

const RUNS: usize = 5;

pub fn measure(people: usize) {
    let slapd = Slapd::start(people);
    let mut lab = Lab::with_source(people, u32::MAX, &slapd.source());
    let first = lab.sync();
    assert_eq!(first.report["adopted"], people, "everybody is in the team already, and is adopted");
    lab.team.count();
    // Once before it counts: the directory's pages are in memory then, for all of them.
    assert_eq!(slapd.count(), people, "the floor reads everybody too");
    let (mut floors, mut syncs, mut fetches) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        floors.push(slapd.search());
        syncs.push(quiet(&mut lab, people));
        fetches.push(lab.run(&["fetch"], Stdio::null()));
    }
    let floor = median(floors);
    let time = |runs: &[Run]| median(runs.iter().map(|run| run.time).collect());
    let peak = |runs: &[Run]| mib(runs.iter().map(|run| run.peak_kib).max().unwrap());
    let inside: Vec<Duration> =
        syncs.iter().map(|run| Duration::from_millis(run.report["elapsed_ms"].as_u64().unwrap())).collect();
    println!(
        "pull {people}: `sync` {} ({}), the cycle within it {}, peak {}; `fetch` {} ({}), peak {}; first cycle, which adopts \
         all: {}, peak {}",
        seconds(time(&syncs)),
        ratio(time(&syncs), floor),
        seconds(median(inside)),
        peak(&syncs),
        seconds(time(&fetches)),
        ratio(time(&fetches), floor),
        peak(&fetches),
        seconds(first.time),
        mib(first.peak_kib),
    );
}

fn quiet(lab: &mut Lab, people: usize) -> Run {
    let run = lab.sync();
    assert_eq!(run.report["proposal"]["sources"][0]["understood"]["mapped"], people);
    assert_eq!(lab.team.count(), Count { reads: 1, writes: 0, limited: 0 }, "a quiet cycle is one read");
    run
}
