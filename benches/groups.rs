//! (g) Groups: everybody in one group and in four of two hundred small ones. A cycle in which nothing changed, beside the same
//! cycle with groups off; and what it costs that one person leaves the large one.

use std::fmt::Write;

use crate::lab::{Lab, Run, mib};
use crate::team::{Count, person};
use crate::{median, ratio, seconds};

const RUNS: usize = 3;
/// Small groups that each person is in, and how many there are.
const OF_EACH: usize = 4;
const SMALL: usize = 200;

const TABLES: &str =
    "[provisioning]\ngroups = \"push\"\n[[group]]\nsource = \"everybody\"\n[[group]]\nsource = \"pm-*\"\n";

pub fn measure(people: usize) {
    let source = "type = \"file\"\nid = \"id\"\npath = \"people.csv\"\nactive = \"status\"\ngroups = \"groups\"\n\
                  [mapping]\nuser_name = \"mail\"\ngiven_name = \"given\"\nfamily_name = \"family\"\n";
    let off = Lab::with_source(people, u32::MAX, source);
    let on = Lab::with_source(people, u32::MAX, &format!("{source}{TABLES}"));
    let lift = |class: &str| format!("{class} = {{ cycle = \"100%\", i_accept_no_limit = true }}\n");
    let lifted: String = ["member_adds", "group_creates"].map(lift).concat();
    on.write("config.toml", &(std::fs::read_to_string(on.path("config.toml")).unwrap() + &lifted));
    export(&[&off, &on], people, 0);
    let mut labs = [off, on];
    labs.iter_mut().for_each(|lab| first(lab, people));
    let quiet = labs.each_mut().map(|lab| (0..RUNS).map(|_| quiet(lab)).collect::<Vec<Run>>());
    let [without, with] = quiet.each_ref().map(|runs| median(runs.iter().map(|run| run.time).collect()));
    let [peak_without, peak] = quiet.map(|runs| runs.iter().map(|run| run.peak_kib).max().unwrap());
    export(&[&labs[1]], people, 1);
    labs[1].team.count();
    let left = labs[1].sync();
    let cost = labs[1].team.count();
    assert_eq!(cost, Count { reads: 2, writes: 1, limited: 0 }, "the team, one request, and the group once more");
    println!(
        "groups {people}: {} memberships in {} groups; a quiet `sync` {} ({}), peak {} beside {}; one who leaves the group of \
         {people}: {} write and {} reads, {}, peak {}",
        (1 + OF_EACH) * people,
        1 + SMALL,
        seconds(with),
        ratio(with, without),
        mib(peak),
        mib(peak_without),
        cost.writes,
        cost.reads,
        seconds(left.time),
        mib(left.peak_kib),
    );
}

/// Everybody is adopted, and then in their groups.
fn first(lab: &mut Lab, people: usize) {
    let first = lab.sync();
    assert_eq!(first.report["adopted"], people);
    lab.sync();
    lab.team.count();
}

fn quiet(lab: &mut Lab) -> Run {
    let run = lab.sync();
    assert_eq!(lab.team.count(), Count { reads: 1, writes: 0, limited: 0 }, "a quiet cycle is one read");
    run
}

/// `left`: so many, from the first on, are not in the large group.
fn export(labs: &[&Lab], people: usize, left: usize) {
    let mut export = "id,given,family,mail,status,groups\n".to_owned();
    for n in 1..=people {
        let (user_name, given, family) = person(n);
        let small: Vec<String> = (0..OF_EACH).map(|at| format!("pm-{}", (n + at) % SMALL)).collect();
        let large = if n <= left { "" } else { "|everybody" };
        writeln!(export, "{n},{given},{family},{user_name},active,{}{large}", small.join("|")).unwrap();
    }
    labs.iter().for_each(|lab| lab.write("people.csv", &export));
}
