//! (d) The memory of a daemon that has nothing to do, after its first quiet cycle and after many.

use std::process::Command;
use std::time::Duration;

use crate::lab::{Lab, memory_kib, mib};
use crate::team::Count;

const PEOPLE: usize = 1_000;

pub fn measure(cycles: usize) {
    let mut lab = Lab::new(PEOPLE, PEOPLE, u32::MAX);
    lab.sync();
    lab.team.count();
    let mut daemon = lab.spawn(&["run"]);
    let (pid, rss) = (daemon.id(), "VmRSS:");
    // A signal that comes before the daemon listens would end it.
    std::thread::sleep(Duration::from_secs(1));
    cycle_now(&mut lab, pid);
    let after_one = memory_kib(pid, rss);
    (1..cycles).for_each(|_| cycle_now(&mut lab, pid));
    let after_all = memory_kib(pid, rss);
    signal(pid, "TERM");
    let status = daemon.wait().unwrap();
    assert!(status.success(), "{status}");
    println!(
        "idle: daemon over {PEOPLE} people, {} after one quiet cycle, {} after {cycles}",
        mib(after_one),
        mib(after_all)
    );
}

/// A quiet cycle is one read; when the team has answered it, the cycle is as good as over.
fn cycle_now(lab: &mut Lab, pid: u32) {
    signal(pid, "USR1");
    let mut reads = 0;
    while reads == 0 {
        std::thread::sleep(Duration::from_millis(2));
        let Count { reads: new, writes, .. } = lab.team.count();
        assert_eq!(writes, 0);
        reads = new;
    }
}

fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap();
    assert!(status.success(), "the daemon has gone");
}
