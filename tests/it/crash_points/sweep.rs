//! Every point of a scene, one run each: what is exhausted, what is sampled, and the count of it.
//!
//! Never: judges a run; it has been judged.

use std::collections::BTreeMap;

use serde_json::json;

use super::fate::{Harm, Lasts, Step, Trouble};
use super::run::{Ending, Plant, Story, prepare, run};
use super::scenes::Scene;
use super::stage::Start;

/// Pairs of crashes a kind, unless told otherwise.
const PAIRS: usize = 6;
/// Violations that are printed.
const SHOWN: usize = 12;

/// Each point of a cycle with these steps: a death before it and after it, and each trouble that it can meet, once and for good.
fn points(steps: &[Step]) -> Vec<Harm> {
    let mut points = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        points.extend([Harm::DiesBefore(at), Harm::DiesAfter(at)]);
        let troubles: &[Trouble] = match step {
            Step::Commit => &[Trouble::NoCommit],
            Step::Read => &Trouble::OF_READS,
            Step::Write => &Trouble::OF_WRITES,
        };
        for trouble in troubles.iter().copied() {
            points.push(Harm::Meets { at, trouble, lasts: Lasts::Once });
            // What lasts from a read on lasts from the write after it, too, which has points of its own.
            if *step != Step::Read || trouble == Trouble::ResetAfter {
                points.push(Harm::Meets { at, trouble, lasts: Lasts::ForGood });
            }
        }
    }
    points
}

fn deaths(steps: &[Step]) -> impl Iterator<Item = Harm> {
    (0..steps.len()).flat_map(|at| [Harm::DiesBefore(at), Harm::DiesAfter(at)])
}

/// What came of a scene.
#[derive(Default)]
pub struct Tally {
    pub points: usize,
    pub pairs: usize,
    pub violations: Vec<String>,
    /// How many runs were right after so many calm cycles.
    calm: BTreeMap<usize, usize>,
}

impl Tally {
    fn count(&mut self, story: Story, ending: &Ending) {
        *self.calm.entry(ending.calm).or_default() += 1;
        self.violations.extend(ending.broken.first().map(|_| format!("{story:?}: {:?}", ending.broken)));
    }
}

/// What the harmed cycle does when nothing harms it.
pub fn unharmed(scene: &Scene, start: &Start) -> Vec<Step> {
    let ending = run(scene, start, Story::of(Harm::None));
    assert_eq!(ending.broken, Vec::<String>::new(), "{}: wrong without any harm", scene.name);
    let writes = ending.steps.iter().filter(|step| **step == Step::Write).count();
    assert_eq!(writes, scene.writes, "{}: {:?}", scene.name, ending.steps);
    assert!(ending.steps.contains(&Step::Commit) && ending.steps.contains(&Step::Read), "{}", scene.name);
    ending.steps
}

/// The kinds of change that a scene is about.
pub fn kinds(scene: &Scene) -> Vec<String> {
    let ending = run(scene, &prepare(scene), Story::of(Harm::None));
    ending.kinds.into_iter().map(str::to_owned).collect()
}

/// All points of a scene, and some pairs.
pub fn exhaust(scene: &Scene) {
    let start = prepare(scene);
    let steps = unharmed(scene, &start);
    let mut tally = Tally::default();
    let mut pairs = Vec::new();
    for point in points(&steps) {
        let story = Story::of(point);
        let ending = run(scene, &start, story);
        tally.points += 1;
        tally.count(story, &ending);
        let dies = matches!(point, Harm::DiesBefore(_) | Harm::DiesAfter(_));
        if dies && ending.on_the_way > 0 {
            let story = Story { late: true, ..story };
            tally.points += 1;
            tally.count(story, &run(scene, &start, story));
        }
        if dies {
            pairs.extend(deaths(&ending.second_steps).map(|second| Story { second, ..story }));
        }
    }
    let all = pairs.len();
    fastrand::Rng::with_seed(7).shuffle(&mut pairs);
    pairs.truncate(asked_pairs());
    for story in pairs {
        tally.pairs += 1;
        tally.count(story, &run(scene, &start, story));
    }
    let of = |wanted| steps.iter().filter(|step| **step == wanted).count();
    println!(
        "{:24} {:2} reads {:2} writes {:2} commits: {:3} points, {:3} of {all} pairs, {} violations; right after (cycles: runs) {:?}",
        scene.name,
        of(Step::Read),
        of(Step::Write),
        of(Step::Commit),
        tally.points,
        tally.pairs,
        tally.violations.len(),
        tally.calm,
    );
    note(scene, &tally);
    assert!(tally.points > 2 * steps.len() && tally.pairs > 0, "{}: {} points", scene.name, tally.points);
    let shown = &tally.violations[..tally.violations.len().min(SHOWN)];
    assert!(shown.is_empty(), "{}: {} runs ended wrong\n{}", scene.name, tally.violations.len(), shown.join("\n"));
}

/// The violations of all deaths of a scene, with a bug planted.
pub fn with_plant(scene: &Scene, plant: Plant) -> Vec<String> {
    let start = prepare(scene);
    let steps = unharmed(scene, &start);
    let stories = deaths(&steps).map(|first| Story { plant, ..Story::of(first) });
    stories.flat_map(|story| run(scene, &start, story).broken).collect()
}

fn asked_pairs() -> usize {
    match std::env::var("CRASH_POINT_PAIRS") {
        Err(_) => PAIRS,
        Ok(all) if all == "all" => usize::MAX,
        Ok(number) => number.parse().expect("CRASH_POINT_PAIRS is a number or `all`"),
    }
}

/// One line for the ledger, if there is one.
fn note(scene: &Scene, tally: &Tally) {
    let told = json!({
        "kind": scene.name, "points": tally.points, "pairs": tally.pairs, "violations": tally.violations.len(),
    });
    crate::ledger::enter("crash_points", &told);
}
