//! Two sources and two humans, at random: addresses that are shared, exchanged and handed on, ids joined before or not, sources
//! that were not read. What must never happen, whoever is whom.

use super::worlds::{said, snapshot};
use super::*;

const SOURCES: [&str; 2] = ["corp", "hr"];
const ADDRESSES: [&str; 3] = ["ada", "bob", "cyd"];

struct Pair {
    entries: [Vec<DirectoryUser>; 2],
    read: [bool; 2],
    store: Store,
}

fn pair(seed: u64) -> Pair {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut entries = [Vec::new(), Vec::new()];
    let mut facts = Vec::new();
    let mut joined = Vec::new();
    for human in 0..2_u32 {
        let own = usize::try_from(human).unwrap();
        for (at, source) in SOURCES.into_iter().enumerate() {
            let local = if random.f32() < 0.6 { ADDRESSES[own] } else { ADDRESSES[random.usize(0..3)] };
            let active = [Active::Yes, Active::Yes, Active::Yes, Active::No, Active::Unknown][random.usize(0..5)];
            if random.f32() < 0.75 {
                entries[at].push(entry(source, human, local, "Byron", active));
            }
        }
        if random.f32() < 0.8 {
            let bound = random.usize(0..2);
            let standing = [Standing::Active, Standing::Active, Standing::Inactive][random.usize(0..3)];
            let mut row = known(SOURCES[bound], human, ADDRESSES[own], "Byron", standing);
            if random.f32() < 0.3 && standing == Standing::Active {
                row.absent = Some(Absence { first: Moment::at(NOW - 9_000), cycles: 1 });
            }
            if random.bool() {
                let entry = SourceId::new(SOURCES[1 - bound], human.to_string());
                joined.push(Fact::Joined { entry, person: row.id.clone() });
            }
            facts.push(Fact::Known(row));
        }
    }
    for (at, source) in SOURCES.into_iter().enumerate() {
        entries[at].push(entry(source, 50, &format!("zed-{source}"), "Byron", Active::Yes));
        facts.push(Fact::Known(known(source, 50, &format!("zed-{source}"), "Byron", Standing::Active)));
    }
    facts.extend(joined);
    let store = store_with(&facts);
    Pair { entries, read: [random.f32() < 0.85, random.f32() < 0.85], store }
}

impl Pair {
    fn plan(&self) -> Plan {
        let (mapping, scope) = (mapping(), Scope::default());
        let (names, store) = (SOURCES.map(str::to_owned), &self.store);
        let index = store.index(&names).unwrap();
        let folding = Folding::new(&mapping, &scope, Listing::Planned, index, BTreeMap::new());
        let mut folding = folding.joining(&names, store).unwrap();
        for (at, source) in SOURCES.into_iter().enumerate() {
            self.entries[at].iter().for_each(|entry| folding.person(entry.clone()));
            let failed = SourceError::Malformed { place: source.into(), reason: "cut".into() };
            let count = self.entries[at].len();
            folding.end_source(source, if self.read[at] { Ok(evidence(source, count)) } else { Err(failed) });
        }
        let reading = folding.finish(&self.store, &BTreeSet::new()).unwrap();
        plan_of(&reading, &snapshot(&self.store), &self.store)
    }

    fn shown(&self, id: &SourceId) -> Option<Active> {
        let at = SOURCES.iter().position(|source| *source == id.source).unwrap();
        self.entries[at].iter().find(|entry| entry.id == *id).map(|entry| entry.active)
    }

    /// What is wrong with the plan.
    fn faults(&self, plan: &Plan) -> Vec<String> {
        let rows = snapshot(&self.store).known;
        let mut faults = Vec::new();
        let mut fault = |what: &str| faults.push(what.to_owned());
        if !self.read[0] && !plan.changes.is_empty() {
            fault("the first source was not read, and would decide");
        }
        let mut taken = BTreeSet::new();
        for planned in &plan.changes {
            let id = planned.change.id();
            let by_the_first = id.source == "corp";
            match &planned.change {
                Change::Deactivate { cause, .. } => {
                    if by_the_first && self.shown(id) == Some(Active::Yes) {
                        fault("the first source shows them active");
                    }
                    if self.shown(id) == Some(Active::Unknown) && by_the_first {
                        fault("the first source does not say");
                    }
                    if *cause == Cause::Absent && self.read != [true, true] {
                        fault("absent from what was not read");
                    }
                    if *cause == Cause::Absent && rows[id].absent.is_none() {
                        fault("absent for the first time");
                    }
                    let says_so = |entries: &Vec<DirectoryUser>| entries.iter().any(|entry| entry.active == Active::No);
                    if *cause == Cause::Explicit && !self.entries.iter().any(says_so) {
                        fault("nobody is inactive");
                    }
                }
                Change::Reactivate { .. } if self.shown(id).is_none() => fault("back by another id than their own"),
                Change::Reactivate { .. } => {}
                Change::Create { id, account } => {
                    if self.shown(id) != Some(Active::Yes) {
                        fault("nobody wants them");
                    }
                    let is_freed = plan.changes.iter().any(
                        |planned| matches!(&planned.change, Change::Readdress { from, .. } if *from == account.user_name),
                    );
                    let is_held = rows.values().any(|known| known.account.user_name == account.user_name);
                    if (is_held && !is_freed) || !taken.insert(account.user_name.clone()) {
                        fault("two accounts at one address");
                    }
                }
                Change::Readdress { to, .. } => {
                    if !taken.insert(to.clone()) {
                        fault("two accounts at one address");
                    }
                }
                Change::Rename { .. } => fault("nobody has another name"),
                Change::Group(_) => fault("no group is asked for"),
            }
        }
        faults
    }
}

#[test]
fn whoever_is_whom_nothing_happens_that_must_not() {
    let mut with_changes = 0;
    for seed in 0..3_000 {
        let pair = pair(seed);
        let plan = pair.plan();
        assert_eq!(pair.faults(&plan), [""; 0], "seed {seed}: {:?}\n{:?}", said(&plan), plan.notes);
        with_changes += u32::from(!plan.changes.is_empty());
    }
    assert!(with_changes > 1_000, "{with_changes}");
}
