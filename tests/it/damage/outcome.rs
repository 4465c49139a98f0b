//! One damage point: the files are put there, opened as a cycle opens them, and cycles run until nothing is left to do.
//! What comes of it is judged by the team and its log.
//!
//! Never: takes a refusal for a fault, or silence for a refusal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use postman_scim_sync::clock::Clock;
use postman_scim_sync::config::Auth;
use postman_scim_sync::engine::cycle::{Asked, cycle};
use postman_scim_sync::engine::observe::{Context, Refresh};
use postman_scim_sync::lifeline::Lifeline;
use postman_scim_sync::postman::{Credentials, Reader, pace};
use postman_scim_sync::sandbox::{Kind, Logged, Sandbox, Standing, Team};
use postman_scim_sync::source::{self, Source};
use postman_scim_sync::store::{Store, StoreError};

use super::fixture::{Dump, Fixture, REFUSED, STRANGER, dump, refuses};
use super::points::Point;

/// Longer than any number of cycles here takes.
const HANGS: Duration = Duration::from_secs(60);
const ADMIN: &str = "admin@acme.example";

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Exit code 7 or 1, before the first request.
    RefusedAtOpen(u8),
    /// The same in the middle of a cycle.
    RefusedInCycle(u8),
    /// A state that was committed once, or a new one where there was none; and all came right.
    Recovered,
    /// A change that nothing noticed, in these tables, and all came right.
    Unseen(BTreeSet<String>),
}

pub struct Verdict {
    pub outcome: Outcome,
    /// The error, where it was one.
    pub said: String,
    pub violations: Vec<String>,
}

/// Puts the files there and lets the program have them. `whole`: to the end, even where nothing that a cycle reads is
/// other than it was once.
pub fn judge(fixture: &Fixture, point: &Point, whole: bool, folder: &Path, other_log: &[u8]) -> Verdict {
    put(fixture, point, folder, other_log);
    let sandbox = Sandbox::new(fixture.team.clone());
    sandbox.fault(refuses());
    let mut life = Life { fixture, path: folder.join("state.db"), sandbox, violations: Vec::new() };
    let cycles = 3 + u32::from(point.sets_back());
    let lived = catch_unwind(AssertUnwindSafe(|| life.live(cycles, whole)));
    let (outcome, said) = match lived {
        Ok(Ok(unseen)) if unseen.is_empty() => (Outcome::Recovered, String::new()),
        Ok(Ok(unseen)) => (Outcome::Unseen(unseen), String::new()),
        Ok(Err((at_open, error))) => {
            let code = life.code(&error);
            (if at_open { Outcome::RefusedAtOpen(code) } else { Outcome::RefusedInCycle(code) }, error.to_string())
        }
        Err(_) => {
            life.violations.push("a panic, or a cycle that hangs".to_owned());
            (Outcome::RefusedInCycle(101), String::new())
        }
    };
    life.violations.extend(harm(fixture, &life.sandbox));
    Verdict { outcome, said, violations: life.violations }
}

fn put(fixture: &Fixture, point: &Point, folder: &Path, other_log: &[u8]) {
    let (main, wal, shm) = point.done(&fixture.files, &fixture.older, other_log);
    for (name, content) in [("state.db", main), ("state.db-wal", wal), ("state.db-shm", Some(shm))] {
        let path = folder.join(name);
        let _ = fs::remove_file(&path);
        if let Some(content) = content.filter(|content| !content.is_empty() || name == "state.db") {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// The program with these files.
struct Life<'a> {
    fixture: &'a Fixture,
    path: PathBuf,
    sandbox: Sandbox,
    violations: Vec<String>,
}

impl Life<'_> {
    /// So many cycles, each as a process of its own; the last has to find nothing to do. What was changed and nobody
    /// noticed; or the error, and whether it came before the first request.
    fn live(&mut self, cycles: u32, whole: bool) -> Result<BTreeSet<String>, (bool, StoreError)> {
        let mut store = Store::open(&self.path).map_err(|error| (true, error))?;
        let unseen = unseen_in(self.fixture, &self.path);
        self.cycle(&mut store, Refresh::WhenDue)?;
        if !whole && !unseen.iter().any(|column| is_read(column)) {
            return Ok(unseen);
        }
        for _ in 1..cycles {
            drop(store);
            store = Store::open(&self.path).map_err(|error| (false, error))?;
            self.sandbox.clear_log();
            self.cycle(&mut store, Refresh::Now)?;
        }
        // Whom Postman refuses may be asked for again.
        let writes = self.sandbox.writes();
        if let Some(write) = writes.iter().find(|write| write.user_name.as_deref() != Some(REFUSED)) {
            self.violations.push(format!("not at rest in the end: {:?} of {:?}", write.kind, write.user_name));
        }
        self.violations.extend(at_rest(self.fixture, &self.sandbox.team()));
        Ok(unseen)
    }

    fn cycle(&mut self, store: &mut Store, refresh: Refresh) -> Result<(), (bool, StoreError)> {
        let exit = one_cycle(self.fixture, store, &self.sandbox, refresh).map_err(|error| (false, error))?;
        self.violations.extend(harm(self.fixture, &self.sandbox));
        if !matches!(exit, 0 | 3) {
            self.violations.push(format!("exit {exit}"));
        }
        Ok(())
    }

    /// The exit code that `sync` has for it; what is damaged says so, and what to do.
    fn code(&mut self, error: &StoreError) -> u8 {
        let text = error.to_string();
        if !text.contains("state database") && !text.contains("state.db") {
            self.violations.push(format!("an error that does not say what it is about: {text}"));
        }
        match error {
            StoreError::Locked { .. } => 6,
            StoreError::Damaged { advice, .. } => {
                if advice.is_empty() {
                    self.violations.push(format!("no advice: {text}"));
                }
                7
            }
            StoreError::Newer { .. } => 7,
            StoreError::Failed { .. } => 1,
        }
    }
}

/// Cycles add to these and read nothing back; `history` does.
fn is_read(column: &str) -> bool {
    !["audit", "plan", "cycle"].iter().any(|table| column.split('.').next() == Some(table))
}

fn one_cycle(fixture: &Fixture, store: &mut Store, sandbox: &Sandbox, refresh: Refresh) -> Result<u8, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Fixture { config, mapping, .. } = fixture;
    let clock = Clock::System;
    let sources: Vec<Box<dyn Source>> =
        config.sources.iter().map(|settings| source::open(settings, &config.http, clock)).collect();
    let lifeline = Lifeline::default();
    let context = Context { config, mapping, sources: &sources, clock, lifeline: &lifeline };
    let credentials = Credentials::new(config.postman.key.clone(), Auth::Bearer).unwrap();
    let limits = pace::Limits { reads_per_min: 100_000, writes_per_min: 100_000 };
    let reader = Reader::new(sandbox.clone(), credentials, limits, clock).with_seed(1);
    let asked = Asked { refresh, approval: None };
    let report = runtime.block_on(async { tokio::time::timeout(HANGS, cycle(&context, store, &reader, &asked)).await });
    Ok(report.expect("a cycle hangs")?.exit_code)
}

/// The tables that hold what was never committed.
fn unseen_in(fixture: &Fixture, path: &Path) -> BTreeSet<String> {
    let Ok(now) = dump(path) else { return BTreeSet::from(["unreadable".to_owned()]) };
    if fixture.committed.contains(&now) {
        return BTreeSet::new();
    }
    // Of all that were committed, the nearest one.
    let differs = |then: &Dump| -> BTreeSet<String> {
        let tables: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        let unlike = tables.into_iter().filter(|table| then.get(*table) != now.get(*table));
        unlike.flat_map(|table| columns(table, then.get(table), now.get(table))).collect()
    };
    fixture.committed.iter().map(differs).min_by_key(BTreeSet::len).unwrap_or_default()
}

/// `member.given`, where one row differs in one column; `member` where there are more or fewer rows.
fn columns(table: &str, then: Option<&BTreeSet<String>>, now: Option<&BTreeSet<String>>) -> BTreeSet<String> {
    let none = BTreeSet::new();
    let (then, now) = (then.unwrap_or(&none), now.unwrap_or(&none));
    let (lost, new): (Vec<_>, Vec<_>) = (then.difference(now).collect(), now.difference(then).collect());
    let ([lost], [new]) = (&lost[..], &new[..]) else { return BTreeSet::from([table.to_owned()]) };
    let (lost, new) = (lost.split('\u{1f}'), new.split('\u{1f}'));
    let unlike = lost.zip(new).filter(|(lost, new)| lost != new);
    unlike.map(|(lost, _)| format!("{table}.{}", lost.split('=').next().unwrap_or_default())).collect()
}

/// Whatever became of the program: nothing that was sent may have done harm.
fn harm(fixture: &Fixture, sandbox: &Sandbox) -> Vec<String> {
    let mut wrong = Vec::new();
    let team = sandbox.team();
    for write in sandbox.writes().iter().filter(|write| write.had_effect()) {
        let whom = write.user_name.clone().unwrap_or_default();
        let wrongly = match write.kind {
            Kind::Deactivate => !fixture.leavers.contains(&whom),
            Kind::DeleteGroup => true,
            Kind::ChangeMembers => !removals_are_right(fixture, &team, write),
            _ => false,
        };
        if wrongly || whom == ADMIN || whom == STRANGER {
            wrong.push(format!("HARM {:?} of {whom:?}: {:?}", write.kind, write.body));
        }
    }
    let mut accounts: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for person in team.people() {
        if let Some(owner) = fixture.owners.get(&person.user_name) {
            accounts.entry(owner).or_default().push(&person.user_name);
        }
    }
    let doubled = accounts.iter().filter(|(_, accounts)| accounts.len() > 1);
    wrong.extend(doubled.map(|(owner, accounts)| format!("HARM {owner} has two accounts: {accounts:?}")));
    wrong
}

fn removals_are_right(fixture: &Fixture, team: &Team, write: &Logged) -> bool {
    let body: serde_json::Value = serde_json::from_str(write.body.as_deref().unwrap_or_default()).unwrap_or_default();
    let group =
        team.groups().iter().find(|group| write.scim_id.as_ref() == Some(&group.id)).map(|group| group.name.clone());
    let operations = body["Operations"].as_array().cloned().unwrap_or_default();
    let removed = operations.iter().filter(|operation| operation["op"] == "remove");
    let ids = removed.filter_map(|operation| operation["path"].as_str()?.split('"').nth(1).map(str::to_owned));
    let belongs = |id: String| {
        let person = team.people().iter().find(|person| person.id == id);
        let wanted = person.and_then(|person| fixture.desired.get(&person.user_name));
        wanted.is_some_and(|(_, groups)| group.as_ref().is_some_and(|group| groups.contains(group)))
    };
    !ids.into_iter().any(belongs)
}

/// The team is as the directory wants it.
fn at_rest(fixture: &Fixture, team: &Team) -> Vec<String> {
    let groups_of = |name: &str| -> BTreeSet<String> {
        let groups = team.groups();
        groups.iter().filter(|group| team.members_of(group).contains(&name)).map(|group| group.name.clone()).collect()
    };
    let active = team.people().iter().filter(|person| person.standing == Standing::Active);
    let ours = active.filter(|person| !matches!(person.user_name.as_str(), ADMIN | STRANGER));
    let found: BTreeMap<String, (String, BTreeSet<String>)> =
        ours.map(|p| (p.user_name.clone(), (p.family.clone(), groups_of(&p.user_name)))).collect();
    let everybody: BTreeSet<&String> =
        fixture.desired.keys().chain(found.keys()).filter(|name| *name != REFUSED).collect();
    let differs = everybody.into_iter().filter(|name| fixture.desired.get(*name) != found.get(*name));
    differs.map(|who| format!("{who} should be {:?} and is {:?}", fixture.desired.get(who), found.get(who))).collect()
}
