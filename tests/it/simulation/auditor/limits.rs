//! I3 and I12, bounded blast radius and narrow approvals: sees the deactivations in the request log, by their true time, and which
//! accounts a person approved. An approval covers one account, once, for a day; all others count against the limits.
//!
//! Never: knows what the engine charged.

use std::collections::BTreeMap;

use postman_scim_sync::sandbox::{Done, Kind, Logged};

use super::seen::{did_nothing, what};
use crate::simulation::setup::{NARROW_CYCLE, NARROW_DAY};

const DAY_S: i64 = 24 * 3600;
/// A request may be charged, and wait so long for the rate limit before it is sent.
const SLACK_S: i64 = 1800;

#[derive(Default)]
pub struct LimitsAuditor {
    /// Until when, by SCIM id.
    approved: BTreeMap<String, i64>,
    /// When deactivations were sent that nobody approved.
    sent: Vec<i64>,
}

impl LimitsAuditor {
    /// A person approves the deactivation of these accounts.
    pub fn approve(&mut self, scim_ids: &[String], now_s: i64) {
        self.approved.extend(scim_ids.iter().map(|id| (id.clone(), now_s + DAY_S)));
    }

    /// `counts`: the limits are narrow, and the state knows what it charged.
    pub fn check(&mut self, writes: &[&Logged], counts: bool) -> Vec<String> {
        let (mut wrong, mut unapproved) = (Vec::new(), Vec::new());
        for write in writes {
            if write.kind == Kind::DeleteGroup && write.done.contains(&Done::Deactivated) {
                wrong.push(format!("I3 {} took its members with it", what(write)));
            }
            if write.kind != Kind::Deactivate || did_nothing(write) {
                continue;
            }
            let id = write.scim_id.clone().unwrap_or_default();
            if self.approved.get(&id).is_none_or(|until| write.at_unix_s > until + SLACK_S) {
                unapproved.push(write.at_unix_s);
            }
            if write.had_effect() {
                self.approved.remove(&id);
            }
        }
        self.sent.extend(&unapproved);
        if !counts {
            return wrong;
        }
        // Explicit and absent are limited apart in a cycle.
        if unapproved.len() as u64 > 2 * NARROW_CYCLE {
            wrong.push(format!("I3 I12 {} deactivations in one cycle that nobody approved", unapproved.len()));
        }
        let Some(&last) = unapproved.last() else { return wrong };
        for (days, most) in [(1, NARROW_DAY), (7, 3 * NARROW_DAY)] {
            let within = self.sent.iter().filter(|at| last - **at < days * DAY_S - SLACK_S).count() as u64;
            if within > most {
                wrong.push(format!("I3 I12 {within} deactivations in {days} d that nobody approved, at most {most}"));
            }
        }
        wrong
    }
}
