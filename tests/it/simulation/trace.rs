//! What of a world is written down: the trace, equal for equal seeds, and the count of what went wrong.
//!
//! Never: changes the world.

use std::collections::BTreeMap;

use postman_scim_sync::engine::outcome::CycleReport;
use postman_scim_sync::sandbox::{Logged, Outcome};

use super::auditor::Begun;
use super::groups::Group;
use super::setup::EPOCH_S;
use super::wire::Death;
use super::world::World;

impl World {
    /// One cycle. Returns what the state says was begun in it.
    pub(super) fn note(&mut self, death: Death, approval: Option<&str>, report: Option<&CycleReport>) -> Vec<Begun> {
        let truth = self.directory.truth();
        let states: Vec<String> = truth.people.iter().map(|p| format!("{}:{}:{:?}", p.id, p.mail, p.state)).collect();
        let mood = truth.mood;
        let group = |group: &Group| format!("{}:{}:{:?}{:?}", group.id, group.name, group.mood, group.members);
        let groups: Vec<String> = truth.groups.iter().map(group).collect();
        drop(truth);
        self.trace.push(format!(
            "-- cycle at {} {mood:?} {death:?} approval={approval:?}",
            self.clock.now().unix_s - EPOCH_S
        ));
        self.trace.push(format!("   directory {}", states.join(" ")));
        self.trace.push(format!("   groups {}", groups.join(" ")));
        let from = self.auditor.log_from();
        for logged in self.sandbox.log().iter().skip(from).filter(|logged| logged.is_write()) {
            self.trace.push(format!(
                "   {} {:?} {:?} {:?} {:?} {:?}",
                logged.seq, logged.kind, logged.user_name, logged.scim_id, logged.outcome, logged.done
            ));
        }
        let team: Vec<String> =
            self.sandbox.team().people().iter().map(|p| format!("{}={:?}", p.user_name, p.standing)).collect();
        self.trace.push(format!("   team {}", team.join(" ")));
        let team = self.sandbox.team();
        let groups: Vec<String> =
            team.groups().iter().map(|group| format!("{}={:?}", group.name, team.members_of(group))).collect();
        self.trace.push(format!("   its groups {}", groups.join(" ")));
        self.trace.push(match report {
            None => "   died".to_owned(),
            Some(report) => {
                let notes = report.proposal.as_ref().map(|p| serde_json::to_string(&p.plan.notes).unwrap());
                format!("   exit {} stopped={:?} notes {}", report.exit_code, report.stopped, notes.unwrap_or_default())
            }
        });
        let store = self.state.store.as_ref().expect("open between restarts");
        let mut rows = store.audit_after(self.audited, 10_000).unwrap();
        // Of several that wait, tokio's `watch` decides by itself who hears first that the end was asked for.
        for alike in rows.chunk_by_mut(|a, b| a.kind == b.kind).filter(|rows| rows[0].kind == "not_sent") {
            alike.sort_by(|a, b| a.subject.cmp(&b.subject));
        }
        self.audited = store.audit_head().unwrap().map_or(0, |(seq, _)| seq);
        self.trace.extend(rows.iter().map(|row| format!("   audit {} {} {}", row.kind, row.subject, row.detail)));
        rows.iter().filter_map(Begun::of).collect()
    }
}

/// With the faults that the log shows.
pub(super) fn counted(mut faults: BTreeMap<&'static str, u64>, log: &[Logged]) -> BTreeMap<&'static str, u64> {
    let name = |logged: &Logged| {
        Some(match logged.outcome {
            Outcome::Reset if logged.had_effect() => "answer lost after its effect",
            Outcome::Reset => "reset",
            Outcome::Late(_) => "answer late",
            Outcome::Cut(_) => "answer cut",
            Outcome::NotSent => "not sent",
            Outcome::Waiting => "held",
            Outcome::Status(429) => "429",
            Outcome::Status(500..) if logged.had_effect() => "5xx after its effect",
            Outcome::Status(500..) => "5xx",
            Outcome::Status(400..) => "4xx",
            Outcome::Status(300..) => "redirect",
            Outcome::Status(_) if logged.is_write() && !logged.had_effect() => "success without effect",
            Outcome::Status(_) => return None,
        })
    };
    for fault in log.iter().filter_map(name) {
        *faults.entry(fault).or_default() += 1;
    }
    faults
}
