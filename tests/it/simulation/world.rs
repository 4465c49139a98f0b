//! One simulated world: a directory, a team, the real engine between them, and an auditor that looks on.
//!
//! Never: decides whether the outcome is right; that is the auditor's.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use postman_scim_sync::clock::Clock;
use postman_scim_sync::config::{Auth, Config};
use postman_scim_sync::core::mapping::Mapping;
use postman_scim_sync::core::model::ScimId;
use postman_scim_sync::core::pattern::Pattern;
use postman_scim_sync::core::plan::{Change, ChangeKey, Plan, PlannedChange};
use postman_scim_sync::core::policy::Policy;
use postman_scim_sync::core::snapshot::Fact;
use postman_scim_sync::engine::cycle::{Approval, Asked, cycle};
use postman_scim_sync::engine::observe::{Context, Refresh};
use postman_scim_sync::engine::outcome::CycleReport;
use postman_scim_sync::http::Transport;
use postman_scim_sync::lifeline::Lifeline;
use postman_scim_sync::postman::{Credentials, Reader, pace};
use postman_scim_sync::sandbox::{KeyState, Sandbox, Standing};
use postman_scim_sync::source::Source;

use super::auditor::{Auditor, CycleFacts};
use super::chaos::{self, one_in, pick};
use super::directory::{Directory, Mood, NAME, Person, Truth};
use super::features::{self, Features};
use super::groups;
use super::setup::{self, ADMIN, EPOCH_S, KEY};
use super::state::StateFile;
use super::trace::counted;
use super::wire::{Bug, Death, Wire};

/// How one seed ended.
#[derive(Debug, Default)]
pub struct Ending {
    pub violations: Vec<String>,
    /// What happened, request by request: equal for equal seeds.
    pub trace: Vec<String>,
    pub crashes: u32,
    pub lost_answers: u32,
    pub deactivations: u32,
    /// People whom the last cycle wanted otherwise and set aside with a reason, of all.
    pub set_aside: usize,
    pub people: usize,
    pub cycles: u64,
    /// What went wrong in this world, by what it was.
    pub faults: BTreeMap<&'static str, u64>,
}

/// Runs one seed from the first cycle to the audit.
pub fn simulate(seed: u64, bug: Bug) -> Ending {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(seed, bug);
        world.chaos().await;
        world.rest().await;
        world.end()
    })
}

pub(super) struct World {
    pub(super) random: Rng,
    /// Of its own, so that people fare as they do without groups.
    group_random: Rng,
    groups_made: usize,
    /// Of its own too, for all that `features` brings.
    pub(super) extra: Rng,
    pub(super) features: Features,
    pub(super) bug: Bug,
    /// As the machine of the tool has it; the others have the true one.
    pub(super) clock: Clock,
    pub(super) true_clock: Clock,
    pub(super) sandbox: Sandbox,
    pub(super) directory: Directory,
    pub(super) config: Config,
    /// As it was in the beginning.
    pub(super) base: Policy,
    mapping: Mapping,
    pub(super) state: StateFile,
    wire: Wire,
    pub(super) limits: pace::Limits,
    reader: Reader<Wire>,
    pub(super) auditor: Auditor,
    strangers: Vec<String>,
    hired: usize,
    pub(super) trace: Vec<String>,
    crashes: u32,
    pub(super) cycles: u64,
    pub(super) faults: BTreeMap<&'static str, u64>,
    /// The plans that were shown: their ids, keys, and the accounts that they deactivate.
    pub(super) plans: Vec<Shown>,
    /// Nothing is between the tool and an honest team in the next cycle.
    pub(super) is_clear: bool,
    set_aside: usize,
    pub(super) narrow: bool,
    /// The last audit record in the trace.
    pub(super) audited: i64,
}

/// A plan that a person may have read.
pub(super) struct Shown {
    pub plan_id: String,
    pub keys: Vec<ChangeKey>,
    pub leavers: Vec<String>,
}

impl World {
    fn new(seed: u64, bug: Bug) -> Self {
        let mut random = Rng::with_seed(seed);
        let clock = Clock::virtual_at(EPOCH_S);
        let mut hired = random.usize(5..=25);
        let mut people: Vec<Person> = (0..hired).map(|n| chaos::person(&mut random, n)).collect();
        if random.bool() {
            hired += 1;
            let mut admin = chaos::person(&mut random, hired);
            admin.mail = ADMIN.to_owned();
            people.push(admin);
        }
        let mut extra = Rng::with_seed(seed ^ 0x6578_7472_6173);
        let features = Features::of(&mut extra);
        if features.second_source {
            people.iter_mut().skip(2).step_by(5).filter(|person| person.mail != ADMIN).for_each(Person::move_to_second);
        }
        let strangers: Vec<String> = (0..random.usize(1..4)).map(|n| format!("contractor{n}@acme.example")).collect();
        let team = setup::team(seed, &mut random, &people, &strangers, |knobs| {
            if features.odd_service {
                features::odd_service(knobs, &mut extra);
            }
        });
        let sandbox = Sandbox::new(team);
        sandbox.follow(clock);
        let narrow = one_in(&mut random, 4);
        let mut group_random = Rng::with_seed(seed ^ 0x0067_726f_7570);
        let policy = groups::policy(&mut group_random);
        let mut config = setup::config(&mut random, narrow, policy);
        let limits = features::limits(features, &sandbox);
        (config.postman.reads_per_min, config.postman.writes_per_min) = (limits.reads_per_min, limits.writes_per_min);
        let mapping = Mapping::compile(&config.mapping).unwrap();
        let some = groups::some(&mut group_random, &people);
        let directory = Directory::new(people, random.bool(), clock);
        {
            let mut truth = directory.truth();
            truth.groups = some;
            truth.look_up_is_old = bug == Bug::LooksUpOldGroups;
            truth.has_no_name = bug == Bug::TakesAnyDirectory;
            truth.hides_emptiness = bug == Bug::BelievesTheEmpty;
            truth.hides_somebody = bug == Bug::NeverShowsSomebody;
            truth.second = features.second_source.then_some(Mood::Well);
            truth.can_probe &= !features.is_file;
            truth.tells_who = !features.is_file;
        }
        let wire = Wire::new(sandbox.clone(), random.u64(..), bug);
        let reader = reader(&wire, clock, &config, limits, random.u64(..));
        let state = StateFile::new(one_in(&mut random, 10));
        let auditor = Auditor::new(&sandbox, narrow, &config.policy.groups);
        let base = config.policy.clone();
        match bug {
            Bug::HasNoLimits => config.policy.limits.deactivations = setup::open(),
            Bug::ForgetsTheProtected => config.policy.protected = vec![Pattern::new("nobody@acme.example")],
            _ => {}
        }
        let trace = vec![format!("features {features:?}")];
        Self {
            random,
            extra,
            features,
            true_clock: clock,
            base: Policy { protected: config.policy.protected.clone(), ..base },
            limits,
            cycles: 0,
            faults: BTreeMap::new(),
            plans: Vec::new(),
            is_clear: false,
            group_random,
            groups_made: 3,
            bug,
            clock,
            sandbox,
            directory,
            config,
            mapping,
            state,
            wire,
            reader,
            auditor,
            strangers,
            hired,
            trace,
            crashes: 0,
            set_aside: 0,
            narrow,
            audited: 0,
        }
    }

    /// Six to twelve cycles in bad weather.
    async fn chaos(&mut self) {
        let mut held = None;
        for n in 0..self.random.usize(6..=12) {
            for _ in 0..self.random.usize(..4) {
                let mut truth = self.directory.truth();
                chaos::change_directory(&mut truth, &mut self.random, &mut self.hired, &self.strangers);
            }
            for _ in 0..self.random.usize(..3) {
                let moved = chaos::edit_team(&self.sandbox, &mut self.random);
                moved.into_iter().for_each(|scim_id| self.auditor.moved_by_hand(scim_id));
            }
            self.change_groups();
            let weather = chaos::weather(&self.sandbox, &mut self.random);
            self.count(weather);
            if one_in(&mut self.random, 4) && self.state.back_up_or_restore() {
                self.state_changed("state restored");
            }
            let loses = one_in(&mut self.random, if self.bug == Bug::KeepsActingOnALostState { 6 } else { 60 });
            if loses {
                self.lose_state();
            }
            self.choose_mood();
            let death = self.choose_death();
            self.more_trouble(weather);
            let approval = held.take().filter(|_| self.random.bool());
            let approval = self.odd_approval(approval);
            let planned = self.dry_run(approval.is_some() || death != Death::Never).await;
            let report = self.cycle(death, approval).await;
            self.compare_with_dry_run(planned, report.as_ref());
            held = report.and_then(|report| report.proposal).filter(|p| p.is_held()).map(|p| p.plan_id);
            self.undo_by_rival();
            self.pass_time(n).await;
            self.pause().await;
        }
    }

    fn change_groups(&mut self) {
        let random = &mut self.group_random;
        let mut truth = self.directory.truth();
        let Truth { groups, people, .. } = &mut *truth;
        for _ in 0..random.usize(..4) {
            groups::change(groups, people, &mut self.groups_made, random);
        }
        groups::moods(groups, random, self.bug == Bug::BelievesHalfAGroup);
        for _ in 0..random.usize(..2) {
            groups::edit_team(&self.sandbox, random);
        }
    }

    /// Between cycles; a request that was on its way arrives within a hundred seconds at most.
    async fn pass_time(&mut self, n: usize) {
        if n % 2 == 1 && one_in(&mut self.random, 3) {
            return tokio::time::sleep(Duration::from_secs(40)).await;
        }
        tokio::time::sleep(Duration::from_secs(100)).await;
        self.sandbox.settle_late();
        self.wire.bystander(4).await;
        tokio::time::sleep(Duration::from_secs(1100)).await;
    }

    fn choose_mood(&mut self) {
        // Whoever is read first is believed: nobody could know better.
        let is_pinned = self.state.store().identities().unwrap().contains_key(NAME);
        let mut truth = self.directory.truth();
        truth.mood = *pick(
            &mut self.random,
            &[Mood::Well, Mood::Well, Mood::Well, Mood::Well, Mood::Unreachable, Mood::BreaksOff],
        );
        if is_pinned && one_in(&mut self.random, if self.bug == Bug::TakesAnyDirectory { 2 } else { 8 }) {
            truth.mood = Mood::Elsewhere;
        }
        // Absence takes two such readings, with none between them that is not.
        if self.bug == Bug::BelievesHalfAListing && truth.mood != Mood::Well {
            truth.mood = Mood::Lies;
        }
        truth.misplaced.clear();
        // What a listing shows outside the scope counts at once where nobody can be asked.
        if truth.can_probe && one_in(&mut self.random, 3) {
            let id = pick(&mut self.random, &truth.people).id.clone();
            truth.misplaced.push(id);
        }
        truth.probe_fails = one_in(&mut self.random, 6);
    }

    fn choose_death(&mut self) -> Death {
        let n = self.random.u64(..6);
        match self.random.u32(..12) {
            0..=3 => Death::Never,
            4 | 5 => Death::BeforeWrite(n),
            6..=8 => Death::AfterWrite(n),
            9 | 10 => Death::After(Duration::from_millis(self.random.u64(..4000))),
            _ => Death::Asked(Duration::from_millis(self.random.u64(..4000))),
        }
    }

    /// Faults off, directory and team at rest: two cycles to get right, one that has nothing left to do.
    async fn rest(&mut self) {
        self.sandbox.faults_off();
        self.sandbox.settle_late();
        self.wire.bystander(4).await;
        self.sandbox.edit(|team| team.set_key(KEY, KeyState::Active));
        self.calm();
        {
            let mut truth = self.directory.truth();
            chaos::repair_directory(&mut truth, &mut self.hired);
            (truth.mood, truth.probe_fails) = (Mood::Well, false);
            truth.misplaced.clear();
            groups::repair(&mut truth.groups);
        }
        self.auditor.at_rest();
        let mut last = None;
        // A group that was adopted, or that nobody asks for any more, takes its steps one a cycle.
        let cycles = if self.config.policy.groups.rules.is_empty() { 2 } else { 4 };
        for _ in 0..cycles {
            // Longer than the settle wait, the absence wait and the time between two refreshes.
            tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
            last = self.whole_cycle().await;
        }
        let before = self.sandbox.writes().len();
        tokio::time::sleep(Duration::from_secs(60)).await;
        last = self.whole_cycle().await.or(last);
        let writes = self.sandbox.writes().split_off(before);
        let team = self.sandbox.team();
        let truth = self.directory.truth();
        let Some(report) = last else { return };
        let accounts: Vec<ScimId> = team.people().iter().map(|member| ScimId(member.id.clone())).collect();
        let rows = self.state.store.as_ref().expect("open between restarts").known_by_scim_ids(&accounts).unwrap();
        self.set_aside = self.auditor.at_end(&report, &team, &truth, &writes, &rows);
    }

    /// A cycle without a crash; what the guard holds is approved by a person, and the next cycle takes it up at once.
    async fn whole_cycle(&mut self) -> Option<CycleReport> {
        let report = self.cycle(Death::Never, None).await;
        let held = report.as_ref().and_then(|report| report.proposal.as_ref()).filter(|p| p.is_held());
        let Some(proposal) = held else { return report };
        let (now, keys) = (self.clock.now(), proposal.plan.keys());
        let leavers = leavers(&proposal.plan);
        self.auditor.approve(&leavers, self.true_clock.now().unix_s);
        self.state
            .store()
            .approve(&proposal.plan_id, &keys, "somebody", &self.config.fingerprint, now, now.unix_s + 24 * 3600)
            .unwrap();
        self.cycle(Death::Never, None).await
    }

    pub(super) fn wire(&self) -> Wire {
        self.wire.clone()
    }

    pub(super) fn context<'a>(&'a self, sources: &'a [Box<dyn Source>], lifeline: &'a Lifeline) -> Context<'a> {
        Context { config: &self.config, mapping: &self.mapping, sources, clock: self.clock, lifeline }
    }

    pub(super) fn audit_trail_begins_anew(&mut self) {
        self.audited = self.state.store().audit_head().unwrap().map_or(0, |(seq, _)| seq);
    }

    /// `Bug::DryRunApplies`.
    pub(super) async fn cycle_unseen(&mut self) {
        let (sources, lifeline) = (self.sources(), Lifeline::default());
        let mut store = self.state.store.take().expect("open between restarts");
        let asked = Asked { refresh: Refresh::WhenDue, approval: None };
        let done = cycle(&self.context(&sources, &lifeline), &mut store, &self.reader, &asked).await;
        self.state.store = Some(store);
        done.unwrap();
    }

    /// One cycle of one process, that may die in it.
    async fn cycle(&mut self, death: Death, approval: Option<String>) -> Option<CycleReport> {
        self.wire.begin(death);
        let lifeline = Lifeline::default();
        self.reader = reader(&self.wire, self.clock, &self.config, self.limits, self.random.u64(..)).held_by(&lifeline);
        self.auditor.before_cycle(&self.sandbox);
        self.spoil().await;
        self.cycles += 1;
        self.tell_of_approval(approval.as_deref());
        let asked = Asked {
            refresh: Refresh::WhenDue,
            approval: approval.clone().map(|plan_id| Approval { plan_id, by: "somebody".into(), shown: None }),
        };
        let sources = self.sources();
        let context = Context {
            config: &self.config,
            mapping: &self.mapping,
            sources: &sources,
            clock: self.clock,
            lifeline: &lifeline,
        };
        let wire = self.wire.clone();
        let store = self.state.store.as_mut().expect("open between restarts");
        let report = tokio::select! { biased;
            report = cycle(&context, store, &self.reader, &asked) => report.map(Some),
            () = wire.died() => Ok(None),
            () = asked_to_end(death, &lifeline) => Ok(None),
        };
        let report = report.unwrap_or_else(|error| {
            self.auditor.store_failed(&error.to_string());
            None
        });
        self.crashes += u32::from(report.is_none());
        if report.is_none() {
            self.state.reopen();
        }
        self.remember_plan(report.as_ref());
        let begun = self.note(death, approval.as_deref(), report.as_ref());
        let facts = CycleFacts {
            approved: approval.is_some(),
            begun,
            senders: self.wire.senders(),
            switches: self.config.policy.switches,
        };
        self.auditor.after_cycle(&self.sandbox, &self.directory.truth(), report.as_ref(), &facts);
        report
    }

    /// The planted bugs that act when a process begins.
    async fn spoil(&mut self) {
        match self.bug {
            Bug::Replays => self.wire.replay().await,
            Bug::ForgetsMarks => {
                let now = self.clock.now();
                let store = self.state.store();
                let forget = |op| Fact::Settled { op, happened: false };
                let forgotten: Vec<Fact> = store.doubts().unwrap().into_keys().map(forget).collect();
                store.decree(&forgotten, "a planted bug", now).unwrap();
            }
            // These are the directory's, the wire's, or the configuration's.
            _ => {}
        }
    }

    fn end(mut self) -> Ending {
        let verified = self.state.store().verify_audit().unwrap();
        let mut violations = self.auditor.violations();
        let manners = self.sandbox.violations().into_iter();
        violations.extend(manners.map(|broken| format!("seq {}: {} {}", broken.seq, broken.rule, broken.what)));
        violations.extend(verified.err().map(|broken| format!("the audit chain is broken at {broken:?}")));
        let log = self.sandbox.log();
        let active = self.sandbox.standing(Standing::Active).len();
        self.trace.push(format!("{} requests, {active} active, narrow {}", log.len(), self.narrow));
        Ending {
            violations,
            trace: self.trace,
            crashes: self.crashes,
            lost_answers: super::auditor::lost_answers(&log),
            deactivations: super::auditor::deactivations(&log),
            set_aside: self.set_aside,
            people: self.directory.truth().people.len(),
            cycles: self.cycles,
            faults: counted(self.faults, &log),
        }
    }
}

/// Asks, and leaves the ending to the cycle.
async fn asked_to_end(death: Death, lifeline: &Lifeline) {
    if let Death::Asked(after) = death {
        tokio::time::sleep(after).await;
        lifeline.ask_to_stop();
    }
    std::future::pending().await
}

pub fn reader<T: Transport + Clone>(
    wire: &T,
    clock: Clock,
    config: &Config,
    limits: pace::Limits,
    seed: u64,
) -> Reader<T> {
    let credentials = Credentials::new(config.postman.key.clone(), Auth::Bearer).unwrap();
    Reader::new(wire.clone(), credentials, limits, clock).with_seed(seed)
}

/// The accounts that a plan deactivates.
pub(super) fn leavers(plan: &Plan) -> Vec<String> {
    let scim_id = |planned: &PlannedChange| match &planned.change {
        Change::Deactivate { scim_id, .. } => Some(scim_id.0.clone()),
        _ => None,
    };
    plan.changes.iter().filter_map(scim_id).collect()
}
