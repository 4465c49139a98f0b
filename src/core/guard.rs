//! The guard: how much of a plan may be applied without a person's yes. Each class of change is judged alone;
//! a class over its limit is held whole, the others proceed.
//!
//! Never: switched off. An approval is a set of change keys, and lifts the limit for exactly those.

use serde::{Deserialize, Serialize};

/// A part of the team, or a number of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Share {
    Percent(u8),
    People(u64),
}

/// The limits of one class. `None`: no limit of that window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub cycle: Option<Share>,
    pub day: Option<Share>,
    pub week: Option<Share>,
    /// What a team may always do in one cycle, however small it is.
    pub at_least: u64,
}

/// All limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Explicit and absent are judged apart in a cycle, and share the day's and the week's.
    pub deactivations: Limit,
    /// Also the limit of reactivations, which are counted apart.
    pub creates: Limit,
    pub renames: Limit,
    pub readdresses: Limit,
}
