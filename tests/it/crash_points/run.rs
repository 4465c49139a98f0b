//! One run: a scene, a harmed cycle or two, and at most two calm ones before the audit and a last one with nothing to do.
//!
//! Never: plans where to harm; that is the sweep's.

use postman_scim_sync::engine::observe::Refresh;

use super::auditor::{Before, behind, honesty, manners};
use super::disk::{Charged, kind_of};
use super::fate::{Harm, Step};
use super::scenes::Scene;
use super::stage::{End, Ran, Stage, Start};

/// What is done to one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Story {
    pub first: Harm,
    /// The process that comes after it, which reads back.
    pub second: Harm,
    /// Writes that were on their way when the first process died arrive when another has begun and ended.
    pub late: bool,
    pub plant: Plant,
}

/// What is wrong with the tool where a process was killed, in the tests that plant a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    None,
    /// A mark is written after its request was sent: the state is the one before it.
    MarksAfterSending,
    /// A request leaves without any mark.
    SendsUnmarked,
    /// Whoever begins anew forgets what is in doubt.
    ForgetsMarks,
    /// What never came to an end is given back to the budget.
    Refunds,
    /// A write without an answer is sent again.
    Replays,
}

impl Story {
    pub fn of(first: Harm) -> Self {
        Self { first, second: Harm::None, late: false, plant: Plant::None }
    }
}

/// How it ended.
#[derive(Default)]
pub struct Ending {
    pub broken: Vec<String>,
    /// What the harmed cycle did, in order.
    pub steps: Vec<Step>,
    /// The kinds of change that it sent.
    pub kinds: Vec<&'static str>,
    /// What the cycle after it did.
    pub second_steps: Vec<Step>,
    /// Writes that were on their way when the first process died.
    pub on_the_way: usize,
    /// Calm cycles until all was right.
    pub calm: usize,
}

const CALM_MOST: usize = 2;
/// A restart by the service manager; and a time longer than the settle wait and the first holds.
const SOON_S: u64 = 10;
const LATER_S: u64 = 2 * 3600;
/// Less than a first hold: who waits for longer and longer times is set aside, and not in this audit.
const LAST_S: u64 = 600;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

pub fn prepare(scene: &Scene) -> Start {
    runtime().block_on(Stage::prepare(scene))
}

pub fn run(scene: &Scene, start: &Start, story: Story) -> Ending {
    runtime().block_on(async {
        let mut stage = Stage::at(scene, start).await;
        stage.sends_unmarked = story.plant == Plant::SendsUnmarked;
        let before = Before::of(&stage.disk());
        let (charged, plant, ending) = (before.charged, story.plant, Ending::default());
        let mut run = Run { scene, start, stage, before, charged, plant, ending };
        run.harmed(story).await;
        run.calm().await;
        run.ending
    })
}

struct Run<'s> {
    scene: &'s Scene,
    start: &'s Start,
    stage: Stage,
    before: Before,
    /// By the end of the process before.
    charged: Charged,
    plant: Plant,
    ending: Ending,
}

impl Run<'_> {
    async fn harmed(&mut self, story: Story) {
        let first = self.cycle(story.first, Refresh::WhenDue).await;
        self.ending.steps = first.steps;
        self.ending.kinds = self.stage.sandbox.writes().iter().map(kind_of).collect();
        self.ending.on_the_way = first.on_the_way.len();
        if let Some(later) = self.scene.later {
            later(&mut self.stage.directory.truth());
        }
        self.stage.sleep(SOON_S).await;
        if story.second != Harm::None {
            self.ending.second_steps = self.cycle(story.second, Refresh::WhenDue).await.steps;
        }
        if story.late {
            self.calm_cycle().await;
            let unmarked = self.stage.arrive(first.on_the_way).await;
            self.ending.broken.extend(unmarked);
        }
        if story.late || story.second != Harm::None {
            self.stage.sleep(LATER_S).await;
        }
    }

    /// Until the team is right and nothing is in doubt; then one more, which has nothing to do.
    async fn calm(&mut self) {
        let mut wrong = Vec::new();
        for calm in 1..=CALM_MOST {
            self.ending.calm = calm;
            self.calm_cycle().await;
            wrong = (self.scene.end)(&self.stage.sandbox.team());
            let marks = self.stage.disk().marks();
            wrong.extend(marks.iter().map(|mark| format!("I8 in doubt still: {mark}")));
            if wrong.is_empty() {
                break;
            }
            self.stage.sleep(LATER_S).await;
        }
        self.ending.broken.extend(wrong);
        self.ending.broken.extend(honesty(&self.stage.sandbox, &self.stage.disk()));
        let writes = self.stage.sandbox.writes().len();
        self.stage.sleep(LAST_S).await;
        self.cycle(Harm::None, Refresh::Now).await;
        let more = self.stage.sandbox.writes().split_off(writes);
        let more = more.iter().map(|write| format!("I8 nothing was left to do, and then: {:?}", write.kind));
        self.ending.broken.extend(more);
        self.ending.broken.extend(manners(&self.stage.sandbox));
        self.ending.broken.extend(self.stage.verify_audit());
    }

    async fn calm_cycle(&mut self) {
        let ran = self.cycle(Harm::None, Refresh::WhenDue).await;
        if self.ending.second_steps.is_empty() {
            self.ending.second_steps = ran.steps;
        }
        if !matches!(ran.end, End::Report) {
            self.ending.broken.push("a calm cycle did not come to its end".to_owned());
        }
    }

    async fn cycle(&mut self, harm: Harm, refresh: Refresh) -> Ran {
        let mut ran = self.stage.cycle(harm, refresh).await;
        self.stage.sandbox.faults_off();
        self.ending.broken.append(&mut ran.broken);
        if !harm.befell(&ran) {
            self.ending.broken.push(format!("{harm:?} never came: {:?}", ran.steps));
        }
        let charged = self.stage.disk().charged();
        if matches!(ran.end, End::Died) {
            self.spoil(&ran).await;
        }
        let left = self.stage.disk().charged();
        if left.people < charged.people.max(self.charged.people)
            || left.memberships < charged.memberships.max(self.charged.memberships)
        {
            self.ending.broken.push(format!("I3 refunded: {charged:?} were charged, and {left:?} are left"));
        }
        self.charged = left;
        let wrong = behind(&self.stage.sandbox, &self.stage.disk(), self.scene, &self.before);
        self.ending.broken.extend(wrong);
        ran
    }

    async fn spoil(&mut self, ran: &Ran) {
        match self.plant {
            Plant::None | Plant::SendsUnmarked => {}
            Plant::MarksAfterSending => self.stage.put(&self.start.file()),
            Plant::ForgetsMarks => self.stage.disk().spoil("DELETE FROM mark"),
            Plant::Refunds => self.stage.disk().spoil("DELETE FROM charge WHERE op IN (SELECT op FROM mark)"),
            Plant::Replays => {
                let again = ran.last_write.iter().cloned().collect();
                self.stage.arrive(again).await;
            }
        }
    }
}

impl Harm {
    fn befell(self, ran: &Ran) -> bool {
        match self {
            Harm::None => matches!(ran.end, End::Report),
            Harm::DiesBefore(_) | Harm::DiesAfter(_) => matches!(ran.end, End::Died),
            Harm::Meets { at, .. } => at < ran.steps.len(),
        }
    }
}
