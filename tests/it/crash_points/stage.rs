//! A stage: one directory, one team, one state file, and the real engine between them, process by process.
//!
//! Never: says whether an outcome is right.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use postman_scim_sync::clock::Clock;
use postman_scim_sync::config::Config;
use postman_scim_sync::core::mapping::Mapping;
use postman_scim_sync::engine::cycle::{Asked, cycle};
use postman_scim_sync::engine::observe::{Context, Refresh};
use postman_scim_sync::http::{Request, Transport};
use postman_scim_sync::lifeline::Lifeline;
use postman_scim_sync::postman::pace;
use postman_scim_sync::sandbox::{Sandbox, Team};
use postman_scim_sync::source::Source;
use postman_scim_sync::store::{Store, StoreError};
use tempfile::TempDir;

use super::disk::Disk;
use super::fate::{Fate, Harm, Step};
use super::scenes::{Act, Scene};
use super::wire::Wire;

use crate::simulation::directory::{Directory, Person};
use crate::simulation::groups::Group;
use crate::simulation::setup::EPOCH_S;
use crate::simulation::world::reader;

/// The world just before the cycle that is harmed.
pub struct Start {
    config: Arc<Config>,
    mapping: Arc<Mapping>,
    folder: TempDir,
    team: Team,
    people: Vec<Person>,
    gone: Vec<Person>,
    groups: Vec<Group>,
    elapsed: Duration,
}

impl Start {
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("state.db")
    }
}

/// How a process ended.
pub enum End {
    Died,
    StoreFailed(StoreError),
    Report,
}

/// One process: one cycle.
pub struct Ran {
    pub steps: Vec<Step>,
    pub end: End,
    /// What was seen to be wrong while it ran.
    pub broken: Vec<String>,
    /// Writes that were on their way when it died.
    pub on_the_way: Vec<Request>,
    pub last_write: Option<Request>,
}

pub struct Stage {
    pub sandbox: Sandbox,
    pub directory: Directory,
    clock: Clock,
    config: Arc<Config>,
    mapping: Arc<Mapping>,
    folder: TempDir,
    /// State files so far: each process that is killed leaves one behind.
    files: u32,
    store: Option<Store>,
    disk: Option<Disk>,
    processes: u64,
    /// A planted bug.
    pub sends_unmarked: bool,
}

/// In memory where that is to be had: what is synced there is as durable as anywhere for a process that dies.
fn folder() -> TempDir {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { TempDir::new_in(shared) } else { TempDir::new() }.unwrap()
}

fn file(folder: &TempDir, number: u32) -> PathBuf {
    folder.path().join(format!("{number}")).join("state.db")
}

impl Stage {
    /// The scene from its first cycle up to the one that is harmed.
    pub async fn prepare(scene: &Scene) -> Start {
        let clock = Clock::virtual_at(EPOCH_S);
        let directory = Directory::new(scene.people.clone(), scene.can_probe, clock);
        directory.truth().groups = scene.groups.clone();
        let config = Arc::new(scene.config());
        let mapping = Arc::new(Mapping::compile(&config.mapping).unwrap());
        let mut stage = Self::new(&config, &mapping, scene.team.clone(), directory, clock);
        stage.open();
        for act in &scene.acts {
            stage.perform(act).await;
        }
        let team = stage.sandbox.team();
        // Closed, so that the file is whole without its log.
        (stage.store, stage.disk) = (None, None);
        let truth = stage.directory.truth();
        let (people, gone, groups) = (truth.people.clone(), truth.gone.clone(), truth.groups.clone());
        drop(truth);
        let start = folder();
        Disk::copy(&stage.file(), &start.path().join("state.db"));
        let elapsed = Duration::from_secs(clock.now().uptime_s.unsigned_abs());
        Start { config, mapping, folder: start, team, people, gone, groups, elapsed }
    }

    /// As `prepare` left it.
    pub async fn at(scene: &Scene, start: &Start) -> Self {
        let clock = Clock::virtual_at(EPOCH_S);
        tokio::time::sleep(start.elapsed).await;
        let directory = Directory::new(start.people.clone(), scene.can_probe, clock);
        {
            let mut truth = directory.truth();
            (truth.gone, truth.groups) = (start.gone.clone(), start.groups.clone());
        }
        let mut stage = Self::new(&start.config, &start.mapping, start.team.clone(), directory, clock);
        stage.put(&start.file());
        stage
    }

    fn new(config: &Arc<Config>, mapping: &Arc<Mapping>, team: Team, directory: Directory, clock: Clock) -> Self {
        let sandbox = Sandbox::new(team);
        sandbox.follow(clock);
        let (config, mapping, folder) = (config.clone(), mapping.clone(), folder());
        let (files, store, disk, processes, sends_unmarked) = (0, None, None, 0, false);
        Self { sandbox, directory, clock, config, mapping, folder, files, store, disk, processes, sends_unmarked }
    }

    async fn perform(&mut self, act: &Act) {
        match act {
            Act::Cycle => {
                let ran = self.cycle(Harm::None, Refresh::WhenDue).await;
                assert!(matches!(ran.end, End::Report), "a cycle before the scene has to come to its end");
                self.sandbox.faults_off();
                self.sleep(2 * 3600).await;
            }
            Act::Directory(change) => change(&mut self.directory.truth()),
            Act::Team(change) => self.sandbox.edit(change),
            Act::Fault(fault) => self.sandbox.fault(fault.clone()),
            Act::Approve => self.approve(),
        }
    }

    /// A person approves the last plan.
    fn approve(&mut self) {
        let (now, under) = (self.clock.now(), self.config.fingerprint.clone());
        let store = self.store.as_mut().unwrap();
        let plan = store.last_plan().unwrap().expect("a plan that waits for approval");
        let (id, keys) = (plan.id, plan.keys.into_iter().collect::<Vec<_>>());
        store.approve(&id, &keys, "somebody", &under, now, now.unix_s + 24 * 3600).unwrap();
    }

    pub async fn sleep(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// The state file as it is now.
    pub fn file(&self) -> PathBuf {
        file(&self.folder, self.files)
    }

    /// Puts another state file in place of this one, as `kill -9` or a restored backup does.
    pub fn put(&mut self, from: &Path) {
        let next = file(&self.folder, self.files + 1);
        std::fs::DirBuilder::new().create(next.parent().unwrap()).unwrap();
        make_private(next.parent().unwrap());
        Disk::copy(from, &next);
        (self.store, self.disk) = (None, None);
        self.files += 1;
        self.open();
    }

    fn open(&mut self) {
        self.store = Some(Store::open(&self.file()).unwrap());
        self.disk = Some(Disk::at(&self.file()));
    }

    /// What stands in the file, whatever the store says.
    pub fn disk(&self) -> Disk {
        self.disk.clone().unwrap()
    }

    pub fn verify_audit(&mut self) -> Option<String> {
        let verified = self.store.as_ref().unwrap().verify_audit().unwrap();
        verified.err().map(|broken| format!("I18 the audit chain is broken at {broken:?}"))
    }

    /// One process with one cycle. One that dies leaves its file as it was at that moment, and another is begun on it.
    pub async fn cycle(&mut self, harm: Harm, refresh: Refresh) -> Ran {
        self.processes += 1;
        let fate = Fate::new(harm);
        let wire = Wire::new(&self.sandbox, &fate, &self.disk(), self.sends_unmarked);
        let lifeline = Lifeline::default();
        let limits = pace::Limits { reads_per_min: 3000, writes_per_min: 1800 };
        let reader = reader(&wire, self.clock, &self.config, limits, self.processes).held_by(&lifeline);
        let asked = Asked { refresh, approval: None };
        let sources: [Box<dyn Source>; 1] = [Box::new(self.directory.clone())];
        let context = Context {
            config: &self.config,
            mapping: &self.mapping,
            sources: &sources,
            clock: self.clock,
            lifeline: &lifeline,
        };
        let store = self.store.as_mut().unwrap();
        let hook = fate.clone();
        store.on_commit(move || hook.commit()).unwrap();
        let end = tokio::select! { biased;
            () = fate.died() => End::Died,
            report = cycle(&context, store, &reader, &asked) => match report {
                _ if fate.is_dead() => End::Died,
                Ok(_) => End::Report,
                Err(error) => End::StoreFailed(error),
            },
        };
        let mut broken = wire.take_unmarked();
        if fate.wrote_on() {
            broken.push("I6 something was written after the state could not be".to_owned());
        }
        if fate.commit_failed() && !matches!(end, End::StoreFailed(_)) {
            broken.push("I18 the cycle went on after the state could not be written".to_owned());
        }
        if let End::StoreFailed(error) = &end
            && !fate.commit_failed()
        {
            broken.push(format!("the store failed by itself: {error}"));
        }
        if matches!(end, End::Died) {
            let left_behind = self.file();
            self.put(&left_behind);
        }
        let (on_the_way, last_write) = (wire.take_on_the_way(), wire.take_last());
        Ran { steps: fate.steps(), end, broken, on_the_way, last_write }
    }

    /// What was on its way arrives after all, and has to find its mark still.
    pub async fn arrive(&self, late: Vec<Request>) -> Vec<String> {
        let mut unmarked = Vec::new();
        for request in late {
            let _ = self.sandbox.send(request).await;
            unmarked.extend(self.sandbox.writes().last().and_then(|write| self.disk().unmarked(write)));
        }
        unmarked
    }
}

fn make_private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
}
