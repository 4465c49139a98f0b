//! Every world of two sources and one human: what each source shows, whether it was read to its end, what the snapshot says,
//! under whose id, whether their entries were joined before, and whether they have a new id. What has to happen is said in
//! `rule` once more, in the words of the rule and not of the code.

use super::rule::Rule;
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
    /// Inactive, and out of scope.
    Stripped,
    Unknown,
}
use Shows::{Absent, In, Moved, Out, OutOfScope, Renamed, Stripped, Unknown};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    Active,
    Inactive,
    /// Active, and since two hours missing wherever they are missing now.
    AbsentBefore,
    /// Active, and for good missing wherever they are missing now.
    LeftBefore,
    /// Inactive, and since then, two hours ago, missing wherever they are missing now.
    OutBefore,
    /// Inactive, and missing for good since before that wherever they are missing now.
    OutAfterLeft,
}

impl Applied {
    pub fn in_team(self) -> bool {
        matches!(self, Self::Active | Self::AbsentBefore | Self::LeftBefore)
    }
}

/// The human's row: bound to which source, how they stand, whether the other source's entry was joined before, and whether the
/// source shows them under a new id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Nobody's: to a source that is not configured any more; then it is corp's entry that was joined before.
    pub bound: Option<usize>,
    pub applied: Applied,
    pub linked: bool,
    pub renumbered: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct World {
    pub shows: [Shows; 2],
    pub read: [bool; 2],
    pub row: Option<Row>,
}

pub const SOURCES: [&str; 2] = ["corp", "hr"];
const SHOWS: [Shows; 8] = [Absent, In, Renamed, Moved, Out, OutOfScope, Stripped, Unknown];

fn all() -> Vec<World> {
    use Applied::{AbsentBefore, Active, Inactive, LeftBefore, OutAfterLeft, OutBefore};
    let mut rows = vec![None];
    for linked in [false, true] {
        for applied in [Active, Inactive, AbsentBefore, LeftBefore, OutBefore, OutAfterLeft] {
            for (bound, renumbered) in [(0, false), (1, false), (0, true), (1, true)] {
                rows.push(Some(Row { bound: Some(bound), applied, linked, renumbered }));
            }
        }
        for applied in [Active, Inactive] {
            rows.push(Some(Row { bound: None, applied, linked, renumbered: false }));
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
        let standing = if row.applied.in_team() { Standing::Active } else { Standing::Inactive };
        let mut ada = known(row.bound.map_or("old", |at| SOURCES[at]), 1, "ada", "Byron", standing);
        let absence = Absence { first: Moment::at(NOW - 7_200), cycles: 1 };
        let missing = match row.applied {
            Applied::AbsentBefore | Applied::OutBefore => Some(Missing::Since(absence)),
            Applied::LeftBefore | Applied::OutAfterLeft => Some(Missing::ForGood),
            Applied::Active | Applied::Inactive => None,
        };
        ada.absent = Some(absence).filter(|_| row.applied == Applied::AbsentBefore);
        let person = ada.id.clone();
        facts.push(Fact::Known(ada));
        let other = row.bound.map_or(0, |at| 1 - at);
        if row.linked {
            facts.push(Fact::Joined { entry: SourceId::new(SOURCES[other], "1"), person: person.clone() });
        }
        let of_them = row.bound.into_iter().chain(Some(other).filter(|_| row.linked));
        facts.extend(of_them.filter(|_| missing.is_some()).map(|at| {
            let source = SOURCES[at].to_owned();
            Fact::Missing { person: person.clone(), source, missing }
        }));
        store_with(&facts)
    }

    pub fn read(&self, store: &Store) -> Reading {
        let (mapping, scope) = (mapping(), Scope { groups: vec!["team".into()], ..Scope::default() });
        let index = store.index(&SOURCES.map(str::to_owned)).unwrap();
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
            Out | Stripped => Active::No,
            Unknown => Active::Unknown,
            _ => Active::Yes,
        };
        let is_new = self.row.is_some_and(|row| row.renumbered && row.bound == Some(at));
        let mut entry = entry(SOURCES[at], if is_new { 3 } else { 1 }, local, family, active);
        if matches!(self.shows[at], OutOfScope | Stripped) {
            entry.groups.clear();
        }
        Some(entry)
    }

    pub fn local(&self, at: usize) -> &'static str {
        if self.shows[at] == Moved { "ada.king" } else { "ada" }
    }

    pub fn family(&self, at: usize) -> &'static str {
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
        Change::Group(group) => group.name().to_owned(),
    };
    format!("{} {what}", change.id())
}

#[test]
fn in_every_world_happens_what_the_rule_says() {
    let (mut worlds, mut with_changes, mut stores) = (0, 0, Stores::default());
    let mut wrong = Vec::new();
    for world in all() {
        let plan = world.plan_of(stores.of(world));
        let (is, rule) = (said(&plan), Rule::of(world).expected());
        if is != rule {
            wrong.push(format!("{world:?}\n  is {is:?}\n  rule {rule:?}\n  {:?}", plan.notes));
        }
        worlds += 1;
        with_changes += u32::from(!plan.changes.is_empty());
    }
    assert!(wrong.is_empty(), "{} of {worlds}:\n{}", wrong.len(), wrong[..wrong.len().min(12)].join("\n"));
    assert_eq!(worlds, 13_568);
    assert!(with_changes > 500, "{with_changes}");
}

impl World {
    fn plan_of(&self, store: &Store) -> Plan {
        plan_of(&self.read(store), &snapshot(store), store)
    }
}

/// The whole snapshot of a store of these worlds.
pub fn snapshot(store: &Store) -> Snapshot {
    let rows: Vec<i64> = store.index(&SOURCES.map(str::to_owned)).unwrap().iter().map(|row| row.row).collect();
    let known = store.known_by_rows(&rows).unwrap().into_iter().map(|known| (known.id.clone(), known)).collect();
    Snapshot { known, holds: store.holds().unwrap(), doubts: store.doubts().unwrap(), groups: store.groups().unwrap() }
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
    ("that the first source does not show somebody is believed at once", |_, reading| reading.entries.clear()),
    ("that the first source lost somebody is never believed", |_, reading| {
        reading.entries.iter_mut().for_each(|entry| entry.missing = None);
    }),
    ("whoever is out comes back once the source that put them out was silent for long enough", |_, reading| {
        let waiting = reading.entries.iter_mut().filter(|entry| entry.missing.is_some());
        waiting.for_each(|entry| entry.missing = Some(Missing::ForGood));
    }),
    ("somebody whose account is bound to another id is a newcomer", |_, reading| reading.rebinds.clear()),
    ("of a source that is not configured nobody knows whose people they are", |world, reading| {
        if world.row.is_some_and(|row| row.bound.is_none()) {
            reading.rebinds.clear();
        }
    }),
    ("a new id is somebody else", |world, reading| {
        if world.row.is_some_and(|row| row.renumbered) {
            reading.rebinds.clear();
        }
    }),
    ("taken out of the groups, inactive does not count", |world, reading| {
        let was = |user: &&mut DesiredUser| {
            let at = SOURCES.iter().position(|source| *source == user.decided_by);
            at.is_some_and(|at| world.shows[at] == Stripped) && user.id.id == "1"
        };
        reading.people.iter_mut().filter(was).for_each(|user| user.wanted = Wanted::OutOfScope("in no group".into()));
    }),
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
            said(&plan_of(&reading, &snapshot(store), store)) != Rule::of(world).expected()
        };
        assert!(all().into_iter().any(&mut is_found), "not found: {name}");
    }
    // The ones in the fold: the order of sources, and what was joined before, are taken from it.
    let mut backwards = |world: World| {
        let turned = World { shows: [world.shows[1], world.shows[0]], read: [world.read[1], world.read[0]], row: None };
        said(&turned.plan_of(stores.of(turned))) != Rule::of(world).expected()
    };
    assert!(all().into_iter().filter(|world| world.row.is_none()).any(&mut backwards));
    let mut forgetful = |world: World| {
        let forgot = world.row.map(|row| Row { linked: false, ..row });
        let forgot = World { row: forgot, ..world };
        said(&forgot.plan_of(stores.of(forgot))) != Rule::of(world).expected()
    };
    assert!(all().into_iter().any(&mut forgetful));
}
