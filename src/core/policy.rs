//! The settings a plan depends on, and nothing else of the configuration.

use super::groups::GroupPolicy;
use super::guard::Limits;
use super::pattern::Pattern;

/// What to do with a member whose userName equals a directory person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matches {
    Adopt,
    Report,
}

/// Whether the very first plan waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstSync {
    Approve,
    Apply,
}

/// The three switches of every identity provider's Postman app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    pub create_users: bool,
    pub update_users: bool,
    pub deactivate_users: bool,
}

/// The part of the configuration that the core reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub switches: Switches,
    pub matches: Matches,
    pub first_sync: FirstSync,
    /// Lower case.
    pub verified_domains: Vec<String>,
    /// Accounts nothing may touch: the key's owner, admins, break-glass.
    pub protected: Vec<Pattern>,
    pub seats: Option<u64>,
    pub limits: Limits,
    pub groups: GroupPolicy,
    pub absence_wait_s: i64,
    pub grace_s: i64,
    /// A source that understands less than this part of its last share is not believed; 0 believes all.
    pub understood_least_percent: u64,
}

/// A policy that holds nothing back, for the tests of planner and fold.
#[cfg(test)]
pub(crate) fn everyday() -> Policy {
    use super::guard::{Limit, Share};
    let limit = Limit { cycle: Some(Share::Percent(50)), day: None, week: None, at_least: 10 };
    Policy {
        switches: Switches { create_users: true, update_users: true, deactivate_users: true },
        matches: Matches::Adopt,
        first_sync: FirstSync::Apply,
        verified_domains: vec!["acme.example".into()],
        protected: vec![Pattern::new("root@acme.example")],
        seats: None,
        limits: Limits::all(limit),
        groups: GroupPolicy::default(),
        absence_wait_s: 3_600,
        grace_s: 0,
        understood_least_percent: 80,
    }
}
