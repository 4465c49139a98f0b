//! Every world of two sources and one human: what each source shows, whether it was read to its end, what the snapshot says,
//! under whose id, and whether the two entries were joined before. What has to happen is said here once more, in the words of
//! the rule and not of the code.

use super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    Absent,
    In,
    /// With another family name.
    Renamed,
    /// With another address and family name.
    Moved,
    Out,
    OutOfScope,
    Unknown,
}
use Shows::{Absent, In, Moved, Out, OutOfScope, Renamed, Unknown};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    Active,
    Inactive,
    /// Active, and absent since two hours.
    AbsentBefore,
}

/// The human's row: bound to which source, how they stand, and whether the other source's entry was joined before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub bound: usize,
    pub applied: Applied,
    pub linked: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct World {
    pub shows: [Shows; 2],
    pub read: [bool; 2],
    pub row: Option<Row>,
}

const SOURCES: [&str; 2] = ["corp", "hr"];
const SHOWS: [Shows; 7] = [Absent, In, Renamed, Moved, Out, OutOfScope, Unknown];

fn all() -> Vec<World> {
    let mut rows = vec![None];
    for applied in [Applied::Active, Applied::Inactive, Applied::AbsentBefore] {
        for (bound, linked) in [(0, false), (0, true), (1, false), (1, true)] {
            rows.push(Some(Row { bound, applied, linked }));
        }
    }
    let mut worlds = Vec::new();
    for corp in SHOWS {
        for hr in SHOWS {
            for read in [[true, true], [true, false], [false, true], [false, false]] {
                worlds.extend(rows.iter().map(|&row| World { shows: [corp, hr], read, row }));
            }
        }
    }
    worlds
}

/// A store for each row: reading and planning leave it as it is.
#[derive(Default)]
struct Stores(Vec<(Option<Row>, Store)>);

impl Stores {
    fn of(&mut self, world: World) -> &Store {
        let found = self.0.iter().position(|(row, _)| *row == world.row);
        let at = found.unwrap_or_else(|| {
            self.0.push((world.row, world.store()));
            self.0.len() - 1
        });
        &self.0[at].1
    }
}

impl World {
    pub fn store(&self) -> Store {
        let mut facts: Vec<Fact> = SOURCES.map(|source| Fact::Known(filler(source))).into();
        let Some(row) = self.row else { return store_with(&facts) };
        let standing = if row.applied == Applied::Inactive { Standing::Inactive } else { Standing::Active };
        let mut ada = known(SOURCES[row.bound], 1, "ada", "Byron", standing);
        if row.applied == Applied::AbsentBefore {
            ada.absent = Some(Absence { first: Moment::at(NOW - 7_200), cycles: 1 });
        }
        let person = id_hash(&ada.id);
        facts.push(Fact::Known(ada));
        let mut store = store_with(&facts);
        let other = SOURCES[1 - row.bound];
        let joined = Joined { id: id_hash(&SourceId::new(other, "1")), person, source: other.into() };
        store.remember_joined(&if row.linked { vec![joined] } else { vec![] }).unwrap();
        store
    }

    pub fn read(&self, store: &Store) -> Reading {
        let (mapping, scope) = (mapping(), Scope { groups: vec!["team".into()], ..Scope::default() });
        let index = store.index().unwrap();
        let folding = Folding::new(&mapping, &scope, Listing::Planned, index, BTreeMap::new());
        let mut folding = folding.joining(&SOURCES.map(str::to_owned), store).unwrap();
        for (at, source) in SOURCES.into_iter().enumerate() {
            let people: Vec<DirectoryUser> =
                [Some(shown_filler(source)), self.entry(at)].into_iter().flatten().collect();
            let count = people.len();
            people.into_iter().for_each(|person| folding.person(person));
            let failed = SourceError::Malformed { place: "page 2".into(), reason: "reset".into() };
            folding.end_source(source, if self.read[at] { Ok(evidence(source, count)) } else { Err(failed) });
        }
        folding.finish(store, &BTreeSet::new()).unwrap()
    }

    fn entry(&self, at: usize) -> Option<DirectoryUser> {
        let (local, family) = (self.local(at), self.family(at));
        let active = match self.shows[at] {
            Absent => return None,
            Out => Active::No,
            Unknown => Active::Unknown,
            _ => Active::Yes,
        };
        let mut entry = entry(SOURCES[at], 1, local, family, active);
        entry.groups = if self.shows[at] == OutOfScope { vec![] } else { vec!["team".into()] };
        Some(entry)
    }

    fn local(&self, at: usize) -> &'static str {
        if self.shows[at] == Moved { "ada.king" } else { "ada" }
    }

    fn family(&self, at: usize) -> &'static str {
        if matches!(self.shows[at], Moved | Renamed) { "King" } else { "Byron" }
    }
}

fn filler(source: &str) -> Known {
    known(source, 99, &format!("zed-{source}"), "Byron", Standing::Active)
}

fn shown_filler(source: &str) -> DirectoryUser {
    DirectoryUser { groups: vec!["team".into()], ..entry(source, 99, &format!("zed-{source}"), "Byron", Active::Yes) }
}

/// The changes of a plan, sorted: `corp rename King`.
pub fn said(plan: &Plan) -> Vec<String> {
    let mut said: Vec<String> = plan.changes.iter().map(|planned| in_words(&planned.change)).collect();
    said.sort();
    said
}

fn in_words(change: &Change) -> String {
    let what = match change {
        Change::Deactivate { cause, .. } => format!("deactivate {cause:?}"),
        Change::Readdress { to, .. } => format!("readdress {}", to.as_str()),
        Change::Reactivate { .. } => "reactivate".into(),
        Change::Create { account, .. } => format!("create {}", account.user_name.as_str()),
        Change::Rename { to, .. } => format!("rename {}", to.family),
    };
    format!("{} {what}", change.id())
}

/// What the rule says has to happen: no code of the fold or the planner is asked.
struct Rule(World);

impl Rule {
    fn expected(&self) -> Vec<String> {
        let mut expected = match self.0.row {
            None => self.nobody_known(),
            Some(row) => {
                let (of_row, newcomer) = self.split(row);
                let mut changes = self.of_row(row, &of_row);
                let frees = changes.iter().any(|change| change.contains("readdress"));
                // Their own address is taken until this plan frees it, and only a person says whose a bound account is.
                let newcomer = newcomer.filter(|&at| self.0.local(at) != "ada" || frees);
                changes.extend(newcomer.and_then(|at| self.create(at)));
                changes
            }
        };
        expected.sort();
        expected
    }

    fn is_wanted(&self, at: usize) -> bool {
        matches!(self.0.shows[at], In | Renamed | Moved)
    }

    /// Every source up to this one was read.
    fn may_decide(&self, at: usize) -> bool {
        self.0.read[..=at].iter().all(|read| *read)
    }

    fn create(&self, at: usize) -> Option<String> {
        let may = self.is_wanted(at) && self.may_decide(at);
        may.then(|| format!("{}:1 create {}@acme.example", SOURCES[at], self.0.local(at)))
    }

    /// Without a row only the address says that two entries are one human; the first source that has them in scope decides.
    fn nobody_known(&self) -> Vec<String> {
        let there = |at: usize| !matches!(self.0.shows[at], Absent | OutOfScope);
        if there(0) && there(1) && self.0.local(0) == self.0.local(1) {
            return self.create(0).into_iter().collect();
        }
        [0, 1].into_iter().filter_map(|at| self.create(at)).collect()
    }

    /// Which sources speak of the row's human, and which one perhaps of somebody else.
    fn split(&self, row: Row) -> (Vec<usize>, Option<usize>) {
        let (own, other) = (row.bound, 1 - row.bound);
        let shown = |at: usize| self.0.shows[at] != Absent;
        let in_team = row.applied != Applied::Inactive;
        let one_human = if row.linked {
            in_team || shown(own)
        } else if shown(own) {
            self.0.local(own) == self.0.local(other)
        } else {
            in_team && self.0.local(other) == "ada"
        };
        // An entry that nobody ever saw in scope is nobody's.
        let one_human = one_human && (row.linked || self.0.shows[other] != OutOfScope);
        let mut of_row: Vec<usize> = [own].into_iter().filter(|&at| shown(at)).collect();
        of_row.extend(Some(other).filter(|&at| shown(at) && one_human));
        of_row.sort();
        (of_row, Some(other).filter(|&at| shown(at) && !one_human))
    }

    fn of_row(&self, row: Row, of_row: &[usize]) -> Vec<String> {
        let id = format!("{}:1", SOURCES[row.bound]);
        let waited = row.applied == Applied::AbsentBefore;
        let leaves = |cause: &str, at_once: bool| {
            let leaves = row.applied != Applied::Inactive && (at_once || waited);
            leaves.then(|| format!("{id} deactivate {cause}")).into_iter().collect::<Vec<_>>()
        };
        // Whoever was shown before and is not now.
        let missing = |at: usize| self.0.shows[at] == Absent && (at == row.bound || row.linked);
        let decides = of_row.iter().copied().find(|&at| self.0.shows[at] != OutOfScope);
        let Some(at) = decides else {
            let at_once = !of_row.is_empty() && !missing(0) && !missing(1);
            return if self.0.read == [true, true] { leaves("Absent", at_once) } else { vec![] };
        };
        if !self.may_decide(at) {
            return vec![];
        }
        match self.0.shows[at] {
            Out if at == 1 && missing(0) => leaves("Absent", false),
            Out => leaves("Explicit", true),
            Unknown => vec![],
            _ => {
                let back = (row.applied == Applied::Inactive).then(|| format!("{id} reactivate"));
                let name = (self.0.family(at) != "Byron").then(|| format!("{id} rename King"));
                let address = (self.0.local(at) != "ada").then(|| format!("{id} readdress ada.king@acme.example"));
                [back, name, address].into_iter().flatten().collect()
            }
        }
    }
}

#[test]
fn in_every_world_happens_what_the_rule_says() {
    let (mut worlds, mut with_changes, mut stores) = (0, 0, Stores::default());
    for world in all() {
        let plan = world.plan_of(stores.of(world));
        assert_eq!(said(&plan), Rule(world).expected(), "{world:?}\n{:?}", plan.notes);
        worlds += 1;
        with_changes += u32::from(!plan.changes.is_empty());
    }
    assert_eq!(worlds, 2_548);
    assert!(with_changes > 500, "{with_changes}");
}

impl World {
    fn plan_of(&self, store: &Store) -> Plan {
        plan_of(&self.read(store), &snapshot(store), store)
    }
}

/// The whole snapshot of a store of these worlds.
pub fn snapshot(store: &Store) -> Snapshot {
    let rows: Vec<i64> = store.index().unwrap().iter().map(|row| row.row).collect();
    let known = store.known_by_rows(&rows).unwrap().into_iter().map(|known| (known.id.clone(), known)).collect();
    Snapshot { known, holds: store.holds().unwrap(), doubts: store.doubts().unwrap() }
}

/// The planner with one mistake, made by a lie about its input; the rule, which knows the world, must find each.
type Lie = fn(&mut World, &mut Reading);
const BUGS: &[(&str, Lie)] = &[
    ("a source that was not read counts as read", |_, reading| {
        for source in &mut reading.sources {
            source.evidence = Ok(evidence(&source.source, usize::try_from(source.understood.entries).unwrap()));
        }
    }),
    ("whoever decides, it counts as the last source's word", |_, reading| {
        reading.people.iter_mut().for_each(|user| user.decided_by = "hr".into());
    }),
    ("whoever decides, it counts as the first source's word", |_, reading| {
        reading.people.iter_mut().for_each(|user| user.decided_by = "corp".into());
    }),
    ("the first source's not showing somebody is believed at once", |_, reading| reading.lapsed.clear()),
    ("whoever one source does not show is absent", |_, reading| {
        let gone = |user: &DesiredUser| user.id.source != user.decided_by;
        reading.absent.extend(reading.people.iter().filter(|user| gone(user)).map(|user| user.id.clone()));
        reading.people.retain(|user| !gone(user));
    }),
    ("out of scope in one source is out of all", |world, reading| {
        if world.shows.contains(&OutOfScope) {
            let out = Wanted::OutOfScope("in no group".into());
            reading.people.iter_mut().filter(|user| user.id.id == "1").for_each(|user| user.wanted = out.clone());
        }
    }),
];

#[test]
fn every_planted_bug_is_found() {
    let mut stores = Stores::default();
    for (name, lie) in BUGS {
        let mut is_found = |mut world: World| {
            let store = stores.of(world);
            let mut reading = world.read(store);
            lie(&mut world, &mut reading);
            said(&plan_of(&reading, &snapshot(store), store)) != Rule(world).expected()
        };
        assert!(all().into_iter().any(&mut is_found), "not found: {name}");
    }
    // The ones in the fold: the order of sources, and what was joined before, are taken from it.
    let mut backwards = |world: World| {
        let turned = World { shows: [world.shows[1], world.shows[0]], read: [world.read[1], world.read[0]], row: None };
        said(&turned.plan_of(stores.of(turned))) != Rule(world).expected()
    };
    assert!(all().into_iter().filter(|world| world.row.is_none()).any(&mut backwards));
    let mut forgetful = |world: World| {
        let forgot = world.row.map(|row| Row { linked: false, ..row });
        let forgot = World { row: forgot, ..world };
        said(&forgot.plan_of(stores.of(forgot))) != Rule(world).expected()
    };
    assert!(all().into_iter().any(&mut forgetful));
}
