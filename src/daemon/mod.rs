//! The daemon: cycles by the schedule, by signal and by request, one at a time. It ends when it is asked to, and never
//! because of what came of a cycle.
//!
//! Never: plans, applies or decides; it calls `engine::cycle::cycle` and nothing else of the engine.

mod bell;
mod desk;
pub mod requests;
pub mod signals;
mod systemd;
mod warning;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::config::Config;
use crate::core::mapping::Mapping;
use crate::engine::cycle::{Asked, cycle};
use crate::engine::observe::Context;
use crate::engine::outcome::{CycleReport, CycleSummary};
use crate::http::client::HttpTransport;
use crate::lifeline::Lifeline;
use crate::postman::Reader;
use crate::report::{exit_meaning, instant};
use crate::source::Source;
use crate::store::{Answer, CycleId, CycleRow, DaemonRow, RequestRow, Store, StoreError};

use bell::Bell;
use desk::Desk;
use requests::{AdoptWish, Sorted, sort};
use signals::Signal;
use systemd::StatusLine;

/// What cycles work with; a reload makes it anew.
pub struct Gear {
    pub config: Config,
    pub mapping: Mapping,
    pub sources: Vec<Box<dyn Source>>,
    pub reader: Reader<HttpTransport>,
}

/// What the daemon leaves to whoever started it.
pub trait Office {
    /// Reads and checks everything anew, and changes nothing. Errors: each problem, for people.
    fn load(&self) -> Result<Gear, Vec<String>>;

    /// What was loaded is in use from here on.
    fn in_use(&self, gear: &Gear);

    /// A person's decision about members, between two cycles. May be dropped at any await.
    fn adopt(&self, gear: &Gear, store: &mut Store, wish: &AdoptWish, by: &str) -> impl Future<Output = Answer>;
}

/// Everything to start with: the configuration is checked, the state is open and locked.
pub struct Start<O> {
    pub office: O,
    pub gear: Gear,
    pub store: Store,
    pub signals: mpsc::Receiver<Signal>,
    pub lifeline: Lifeline,
    pub clock: Clock,
}

struct Daemon<O> {
    desk: Desk<O>,
    gear: Gear,
    store: Store,
    clock: Clock,
    bell: Bell,
    status: StatusLine,
    /// The bell has rung, or a cycle was missed.
    is_due: bool,
    /// `cycle 12: in step, ...`
    last: Option<String>,
    /// By request numbers; not stored yet.
    answers: Vec<(Vec<i64>, Answer)>,
    /// The store's trouble that was logged last; the same one again is not news.
    trouble: Option<String>,
}

/// Works until it is asked to end. Errors: the store's while starting.
pub async fn run<O: Office>(start: Start<O>) -> Result<(), StoreError> {
    let Start { office, gear, store, signals, lifeline, clock } = start;
    let bell = Bell::start()
        .await
        .map_err(|error| StoreError::Failed { operation: "start the scheduler", reason: error.to_string() })?;
    let desk = Desk::new(Arc::new(office), lifeline, signals, &gear.config);
    let (status, is_due, last, answers, trouble) = (StatusLine::default(), false, None, Vec::new(), None);
    let mut daemon = Daemon { desk, gear, store, clock, bell, status, is_due, last, answers, trouble };
    daemon.begin().await?;
    while !daemon.desk.lifeline.is_stopping() {
        daemon.wait().await;
        if !daemon.desk.lifeline.is_stopping() {
            daemon.take_over().await;
            daemon.look().await;
            daemon.say();
        }
    }
    daemon.end();
    Ok(())
}

impl<O: Office> Daemon<O> {
    fn now_s(&self) -> i64 {
        self.clock.now().unix_s
    }

    async fn begin(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let pid = std::process::id();
        self.store.set_daemon(Some(&DaemonRow { pid, since: now }))?;
        let last = self.store.last_cycles(1)?.pop().filter(was_whole).map(|cycle| cycle.started.unix_s);
        let after = |last| self.gear.config.schedule.next_after(last);
        self.is_due = last.is_none_or(|last| after(last).is_some_and(|next| next <= now.unix_s));
        self.bell.arm(&self.gear.config.schedule, now.unix_s).await;
        systemd::ready();
        tracing::info!(pid, cycle.next = self.bell.next().map(instant), "daemon started");
        if self.is_due {
            tracing::info!("no whole cycle has run since the last time of the schedule; one starts now");
        }
        self.say();
        Ok(())
    }

    /// Waits for something to do, a second at most, so that a bell that does not ring delays nothing.
    async fn wait(&mut self) {
        let lifeline = self.desk.lifeline.clone();
        tokio::select! {
            biased;
            () = lifeline.stopping() => return,
            () = self.bell.rings(), if !self.is_due => {}
            () = self.desk.turn(false) => {}
        }
        let now = self.now_s();
        let rings = self.bell.is_due(now);
        self.is_due |= rings;
        if rings || self.bell.is_too_late(&self.gear.config.schedule, now) {
            self.bell.arm(&self.gear.config.schedule, now).await;
        }
    }

    /// A configuration that was read meanwhile holds from here on.
    async fn take_over(&mut self) {
        let Some(gear) = self.desk.new_gear.take() else { return };
        let before = std::mem::replace(&mut self.gear, gear);
        if before.config.postman.base_url == self.gear.config.postman.base_url {
            self.gear.reader.go_on_from(before.reader);
        }
        self.desk.office.in_use(&self.gear);
        self.desk.watch(&self.gear.config);
        let now = self.now_s();
        self.bell.arm(&self.gear.config.schedule, now).await;
        tracing::info!(cycle.next = self.bell.next().map(instant), "the new configuration is in use");
    }

    /// Does what is due and what was asked for.
    async fn look(&mut self) {
        match self.work().await {
            Ok(()) if self.answers.is_empty() && !self.is_due => self.trouble = None,
            Ok(()) => {}
            Err(error) => self.tell(&error),
        }
    }

    fn tell(&mut self, error: &StoreError) {
        let text = error.to_string();
        if self.trouble.as_ref() != Some(&text) {
            tracing::error!("{text}; it is tried again");
            self.last = Some(text.clone());
            self.trouble = Some(text);
        }
    }

    /// What is due stays due until its cycle has begun.
    async fn work(&mut self) -> Result<(), StoreError> {
        self.give_answers();
        let waits = !self.store.waiting_requests()?.is_empty();
        if self.is_due && self.is_paused()? {
            self.is_due = false;
        }
        let wanted = self.desk.asked || self.is_due;
        if !waits && !wanted {
            return Ok(());
        }
        let now = self.clock.now();
        let Sorted { adopts, cycles, refused } = sort(self.store.take_requests(now)?, wanted, now);
        for (row, why) in refused {
            tracing::warn!(request.number = row.number, request.kind = row.kind, "not done: {why}");
            self.answers.push((vec![row.number], refusal(why)));
        }
        for (row, wish) in adopts {
            let answer = self.adopt(&row, &wish).await;
            self.answers.push((vec![row.number], answer));
            self.give_answers();
        }
        for (numbers, asked) in cycles {
            let answer = self.cycle(&asked).await;
            self.answers.push((numbers, answer));
            self.give_answers();
        }
        self.give_answers();
        Ok(())
    }

    /// Only scheduled cycles ask.
    fn is_paused(&self) -> Result<bool, StoreError> {
        let paused = self.store.paused()?;
        if let Some(paused) = &paused {
            tracing::info!("no scheduled cycle: paused by {}", paused.by);
        }
        Ok(paused.is_some())
    }

    /// A panic ends the cycle and not the daemon: its marks are as safe as a crash leaves them, and its transaction was
    /// rolled back.
    async fn cycle(&mut self, asked: &Asked) -> Answer {
        // A signal that comes while it runs asks for another one.
        let serves = asked.approval.is_none();
        let by_signal = serves && std::mem::take(&mut self.desk.asked);
        let by_schedule = serves && std::mem::take(&mut self.is_due);
        let before = self.newest_cycle();
        let Gear { config, mapping, sources, reader } = &self.gear;
        let lifeline = self.desk.lifeline.clone();
        let context = Context { config, mapping, sources, clock: self.clock, lifeline: &lifeline };
        let ended = self.desk.beside(cycle(&context, &mut self.store, reader, asked)).await;
        if self.bell.is_due(self.now_s()) {
            tracing::debug!("the bell rang during the cycle; one more follows");
        }
        match ended {
            Ok(Ok(report)) => {
                // A stop that was asked for is no news.
                if !lifeline.is_stopping() {
                    warning::warn(&report);
                }
                self.last = Some(format!("cycle {}: {}", report.cycle.0, exit_meaning(report.exit_code)));
                answer(report)
            }
            Ok(Err(error)) if !self.has_begun(before) => {
                self.desk.asked |= by_signal;
                self.is_due |= by_schedule;
                self.tell(&error);
                refusal(&error.to_string())
            }
            Ok(Err(error)) => self.broke_off(format!("the cycle ended: {error}")),
            Err(panic) => self.broke_off(format!("the cycle broke off, which is a bug: {panic}")),
        }
    }

    fn broke_off(&mut self, what: String) -> Answer {
        tracing::error!("{what}; the next cycle reads back what was under way");
        self.last = Some(what.clone());
        refusal(&what)
    }

    fn newest_cycle(&self) -> Option<CycleId> {
        Some(self.store.last_cycles(1).ok()?.first()?.id)
    }

    /// A cycle that nobody can see has not begun.
    fn has_begun(&self, before: Option<CycleId>) -> bool {
        self.newest_cycle().is_some_and(|newest| before.is_none_or(|before| newest > before))
    }

    async fn adopt(&mut self, row: &RequestRow, wish: &AdoptWish) -> Answer {
        let (office, lifeline) = (self.desk.office.clone(), self.desk.lifeline.clone());
        let work = async {
            tokio::select! {
                biased;
                () = lifeline.stopping() => refusal("the daemon was asked to end first"),
                answer = office.adopt(&self.gear, &mut self.store, wish, &row.by) => answer,
            }
        };
        let answer = self.desk.beside(work).await.unwrap_or_else(|panic| {
            tracing::error!("the adoption broke off, which is a bug: {panic}");
            refusal(&format!("it broke off, which is a bug: {panic}"))
        });
        tracing::info!(request.number = row.number, exit_code = answer.exit_code, "adopt");
        answer
    }

    /// Stores what people wait for. What cannot be stored now is stored later, and holds nothing else up.
    fn give_answers(&mut self) {
        self.answers.retain(|(numbers, _)| !numbers.is_empty());
        while let Some((numbers, answer)) = self.answers.last() {
            if let Err(error) = self.store.set_answer(numbers, answer) {
                return self.tell(&error);
            }
            self.answers.pop();
        }
    }

    /// `14:15 (Europe/Berlin)`
    fn next(&self) -> String {
        let schedule = &self.gear.config.schedule;
        match self.bell.next() {
            Some(next) => format!("{} ({})", schedule.local(next, self.now_s()), schedule.timezone),
            None => "never".to_owned(),
        }
    }

    fn say(&mut self) {
        let mut line = format!("next cycle {}", self.next());
        if let Ok(Some(paused)) = self.store.paused() {
            line = format!("paused by {}", paused.by);
        }
        if let Some(last) = &self.last {
            line = format!("{line}; last {last}");
        }
        self.status.set(&line);
    }

    fn end(mut self) {
        if let Err(error) = self.store.set_daemon(None) {
            tracing::warn!("{error}");
        }
        tracing::info!("daemon ended");
    }
}

/// It came to its end, and that was not because the program was asked to end.
fn was_whole(cycle: &CycleRow) -> bool {
    let summary = cycle.report.as_deref().and_then(|report| serde_json::from_str::<CycleSummary>(report).ok());
    cycle.ended.is_some() && !summary.is_some_and(|summary| summary.asked_to_end)
}

/// What only the report knows; the summary is in the state under the cycle's number.
fn answer(report: CycleReport) -> Answer {
    let mut answer = Answer { exit_code: report.exit_code, cycle: Some(report.cycle), ..Answer::default() };
    if let Some(moved) = report.moved {
        answer = Answer {
            said: vec![moved.stop.reason],
            advice: moved.stop.advice,
            appeared: moved.appeared,
            gone: moved.gone,
            ..answer
        };
    }
    answer
}

fn refusal(why: &str) -> Answer {
    Answer { exit_code: 1, said: vec![why.to_owned()], ..Answer::default() }
}
