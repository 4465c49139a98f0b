//! What happens to a world because of its features, between its cycles: clocks that jump, readings that are wrong, approvals of
//! something else, a configuration that changes, dry runs, a rival, days without a cycle.
//!
//! Never: draws from the streams of the everyday trouble.

use std::time::Duration;

use postman_scim_sync::core::pattern::Pattern;
use postman_scim_sync::engine::observe::{Refresh, observe};
use postman_scim_sync::engine::outcome::CycleReport;
use postman_scim_sync::lifeline::Lifeline;
use postman_scim_sync::sandbox::Done;
use postman_scim_sync::source::Source;

use super::auditor::dry_run::{self, Stand};
use super::chaos::{CLEAR, one_in, pick};
use super::directory::{Mood, NAME};
use super::features;
use super::setup;
use super::wire::Bug;
use super::world::{Shown, World, leavers, reader};

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;
/// 1970, as on a machine whose clock has no battery.
const NO_BATTERY_S: i64 = 60;

impl World {
    pub(super) fn count(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub(super) fn sources(&self) -> Vec<Box<dyn Source>> {
        let mut sources: Vec<Box<dyn Source>> = vec![Box::new(self.directory.clone())];
        if self.features.second_source {
            sources.push(Box::new(self.directory.second()));
        }
        sources
    }

    /// An older state is in place.
    pub(super) fn state_changed(&mut self, how: &'static str) {
        self.count(how);
        self.auditor.state_was_lost();
        self.audit_trail_begins_anew();
    }

    pub(super) fn lose_state(&mut self) {
        if self.bug != Bug::KeepsActingOnALostState {
            self.state.lose();
        }
        self.state_changed("state lost");
        self.auditor.state_is_gone();
    }

    /// Before a cycle.
    pub(super) fn more_trouble(&mut self, weather: &'static str) {
        self.directory_moves_on();
        let storm = features::storm(self.features, &self.sandbox, &mut self.extra);
        let setting = features::setting(self.features, &self.sandbox, &mut self.extra);
        self.is_clear = weather == CLEAR && storm.is_none() && setting.is_none();
        storm.into_iter().chain(setting).for_each(|fault| self.count(fault));
        if self.features.clock_jumps && one_in(&mut self.extra, 4) {
            self.clock_jumps();
        }
        if self.bug == Bug::BelievesTheEmpty && self.cycles > 2 {
            let mut truth = self.directory.truth();
            (truth.mood, truth.can_probe) = (Mood::Empty, false);
        } else if self.features.wrong_readings {
            self.reading_is_wrong();
        }
        if self.features.second_source {
            let mood =
                *pick(&mut self.extra, &[Mood::Well, Mood::Well, Mood::Unreachable, Mood::BreaksOff, Mood::Empty]);
            self.directory.truth().second = Some(mood);
        }
        if self.features.config_changes && one_in(&mut self.extra, 3) {
            self.config_changes();
        }
        let mood = self.directory.truth().mood;
        self.count(match mood {
            Mood::Well => "directory read well",
            Mood::Unreachable => "directory unreachable",
            Mood::BreaksOff => "reading broke off",
            Mood::Elsewhere => "another directory",
            Mood::Empty => "empty reading",
            Mood::Short | Mood::Lies => "short reading",
            Mood::NobodyInScope => "nobody in scope",
            Mood::NoStates => "no states",
            Mood::Stale => "stale copy",
        });
        if self.bug == Bug::GoesOnWhenRefused && one_in(&mut self.extra, 2) {
            self.sandbox.edit(|team| team.set_key(setup::KEY, postman_scim_sync::sandbox::KeyState::Revoked));
        }
    }

    /// Its data come further, and sometimes somebody keeps a copy.
    fn directory_moves_on(&mut self) {
        let mut truth = self.directory.truth();
        truth.mark += 1;
        if truth.old.is_none() && one_in(&mut self.extra, 3) {
            truth.old = Some((truth.mark, truth.people.clone(), truth.groups.clone()));
        }
    }

    fn clock_jumps(&mut self) {
        let now_s = self.clock.now().unix_s;
        let to_s = *pick(
            &mut self.extra,
            &[
                now_s + 3 * HOUR_S,
                now_s + 30 * HOUR_S,
                now_s + 400 * DAY_S,
                now_s - 2 * HOUR_S,
                now_s - 9 * DAY_S,
                NO_BATTERY_S,
            ],
        );
        let reboots = self.extra.bool();
        if reboots {
            self.clock = self.clock.rebooted();
            self.auditor.budgets_ended();
        }
        self.clock = self.clock.set_to(to_s);
        self.count(if reboots { "reboot with another clock" } else { "clock set" });
    }

    fn reading_is_wrong(&mut self) {
        let come = self.state.store().high_water().unwrap();
        let mut truth = self.directory.truth();
        if truth.mood != Mood::Well || !one_in(&mut self.extra, 4) {
            return;
        }
        let mut moods = vec![Mood::Empty, Mood::NobodyInScope, Mood::NoStates];
        if truth.can_probe {
            moods.push(Mood::Short);
        }
        // Whoever has not heard of the newer state cannot know better.
        let is_behind =
            |to: &str| truth.old.as_ref().is_some_and(|(mark, ..)| to.parse().is_ok_and(|to: u64| *mark < to));
        if truth.tells_who && come.get(NAME).is_some_and(|come| come.to.by_server.values().any(|to| is_behind(to))) {
            moods.push(Mood::Stale);
        }
        truth.mood = *pick(&mut self.extra, &moods);
    }

    fn config_changes(&mut self) {
        self.count("configuration changed");
        let policy = &mut self.config.policy;
        match self.extra.u32(..5) {
            0 => policy.switches.deactivate_users ^= true,
            1 => policy.switches.create_users ^= true,
            2 => policy.switches.update_users ^= true,
            3 if !self.narrow => {
                let is_narrow = policy.limits.deactivations == setup::few();
                policy.limits.deactivations = if is_narrow { setup::open() } else { setup::few() };
            }
            _ => self.scope_changes(),
        }
        self.config.fingerprint = format!("simulated {}", self.extra.u32(..3));
    }

    /// Somebody is excluded, or everybody is back.
    fn scope_changes(&mut self) {
        let mut truth = self.directory.truth();
        if truth.excluded.is_empty() {
            let mail = pick(&mut self.extra, &truth.people).mail.to_lowercase();
            self.config.scope.exclude = vec![Pattern::new(&mail)];
            truth.excluded = vec![mail];
        } else {
            self.config.scope.exclude.clear();
            truth.excluded.clear();
        }
    }

    /// Everything as it was in the beginning, and the clock right.
    pub(super) fn calm(&mut self) {
        self.sandbox.edit(|team| {
            team.scim = postman_scim_sync::sandbox::Scim::On;
            team.plan = postman_scim_sync::sandbox::Plan::Enterprise;
        });
        let limits = self.config.policy.limits;
        self.config.policy = self.base.clone();
        if self.bug == Bug::HasNoLimits {
            self.config.policy.limits = limits;
        }
        self.config.scope.exclude.clear();
        self.clock = self.clock.set_to(self.true_clock.now().unix_s);
        let mut truth = self.directory.truth();
        truth.excluded.clear();
        truth.mark += 1;
        if self.features.second_source {
            truth.second = Some(Mood::Well);
        }
    }

    pub(super) fn remember_plan(&mut self, report: Option<&CycleReport>) {
        let Some(proposal) = report.and_then(|report| report.proposal.as_ref()) else { return };
        let (plan_id, keys, leavers) = (proposal.plan_id.clone(), proposal.plan.keys(), leavers(&proposal.plan));
        self.plans.retain(|shown| shown.plan_id != plan_id);
        self.plans.push(Shown { plan_id, keys, leavers });
    }

    /// A person approves something that was shown once, in place of what is shown now, or beside it.
    pub(super) fn odd_approval(&mut self, approval: Option<String>) -> Option<String> {
        if self.bug == Bug::ApprovesMore {
            self.approve_in_secret();
        }
        if !self.features.odd_approvals || !one_in(&mut self.extra, 3) {
            return approval;
        }
        self.count("odd approval");
        let shown = self.extra.choice(&self.plans).map(|shown| (shown.plan_id.clone(), shown.keys.clone()));
        let Some((plan_id, keys)) = shown else { return Some("0000000000000000".into()) };
        if one_in(&mut self.extra, 3) {
            return Some(plan_id);
        }
        let (now, under) = (self.clock.now(), self.config.fingerprint.clone());
        self.tell_of_approval(Some(&plan_id));
        self.auditor.approved_ahead();
        self.state.store().approve(&plan_id, &keys, "somebody", &under, now, now.unix_s + DAY_S).unwrap();
        approval
    }

    /// `Bug::ApprovesMore`: what is planned next counts as approved, and nobody said so.
    fn approve_in_secret(&mut self) {
        let Some(shown) = self.plans.last() else { return };
        let (plan_id, keys) = (shown.plan_id.clone(), shown.keys.clone());
        let (now, under) = (self.clock.now(), self.config.fingerprint.clone());
        self.state.store().approve(&plan_id, &keys, "nobody", &under, now, now.unix_s + DAY_S).unwrap();
    }

    pub(super) fn tell_of_approval(&mut self, plan_id: Option<&str>) {
        let shown = self.plans.iter().find(|shown| Some(shown.plan_id.as_str()) == plan_id);
        let leavers = shown.map(|shown| shown.leavers.clone()).unwrap_or_default();
        self.auditor.approve(&leavers, self.true_clock.now().unix_s);
    }

    fn stand(&mut self) -> Stand {
        let writes = self.sandbox.writes().len();
        let store = self.state.store();
        Stand { writes, audit_head: store.audit_head().unwrap(), marks: store.doubts().unwrap().len() }
    }

    /// A dry run just before a cycle. Returns the id of its plan, if the cycle has to come to the same.
    pub(super) async fn dry_run(&mut self, cycle_differs: bool) -> Option<String> {
        if !self.features.dry_runs {
            return None;
        }
        self.count("dry run");
        let readings = self.directory.truth().readings.len();
        let before = self.stand();
        if self.bug == Bug::DryRunApplies {
            self.cycle_unseen().await;
        }
        let seed = self.extra.u64(..);
        let reader = reader(&self.wire(), self.clock, &self.config, self.limits, seed);
        let (sources, lifeline) = (self.sources(), Lifeline::default());
        let observed = {
            let context = self.context(&sources, &lifeline);
            let store = self.state.store.as_ref().expect("open between restarts");
            observe(&context, store, &reader, Refresh::WhenDue).await
        };
        let after = self.stand();
        self.auditor.found(dry_run::check(&before, &after));
        self.directory.truth().readings.truncate(readings);
        // A rate limit, and somebody who comes into sight, are other reads' doing.
        let is_alone = self.is_clear && !self.features.rate_limits && self.sandbox.team().knobs.lag_requests == 0;
        let proposal = observed.ok().map(|observed| observed.proposal).filter(|_| is_alone && !cycle_differs)?;
        dry_run::is_settled(&proposal.plan).then_some(proposal.plan_id)
    }

    pub(super) fn compare_with_dry_run(&mut self, planned: Option<String>, report: Option<&CycleReport>) {
        let proposal = report.and_then(|report| report.proposal.as_ref());
        let (Some(planned), Some(proposal)) = (planned, proposal) else { return };
        if planned != proposal.plan_id {
            let found = format!("I13 a dry run planned {planned}, and the cycle {}", proposal.plan_id);
            self.auditor.found([found]);
        }
    }

    /// Another provisioner takes back what we did last.
    pub(super) fn undo_by_rival(&mut self) {
        if !self.features.rival {
            return;
        }
        let log = self.sandbox.log();
        let ours = log.iter().skip(self.auditor.log_from()).filter(|logged| logged.had_effect());
        let undone: Vec<_> =
            ours.filter(|_| self.extra.bool()).filter_map(|l| Some((l.user_name.clone()?, l.done.clone()))).collect();
        for (whom, done) in undone.into_iter().filter(|(whom, _)| whom != setup::ADMIN) {
            let undid = self.sandbox.edit(|team| match done[0] {
                Done::Deactivated => team.reactivate_by_hand(&whom),
                Done::Created | Done::Reactivated => team.deactivate_by_hand(&whom),
                Done::Renamed => team.rename_by_hand(&whom, "Rival", "Wins"),
                _ => false,
            });
            if undid {
                self.count("undone by a rival");
            }
        }
    }

    /// Nobody runs a cycle for some time.
    pub(super) async fn pause(&mut self) {
        if self.features.pauses && one_in(&mut self.extra, 4) {
            self.count("pause");
            let hours = self.extra.u64(2..80);
            tokio::time::sleep(Duration::from_secs(hours * 3600)).await;
        }
    }
}
