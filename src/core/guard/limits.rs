//! Limits: how much of a class of change a window allows, of how much.
//!
//! Never: knows a change, or what was approved.

use serde::{Deserialize, Serialize};

/// A part of the whole that a class is counted of, or a number: of people, of memberships or of groups.
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
    /// In memberships, of all memberships of managed groups. Day and week count what emptied groups lost, too.
    pub member_removals: Limit,
    pub member_adds: Limit,
    /// In groups, of all managed ones.
    pub group_creates: Limit,
    pub group_renames: Limit,
    pub group_deletes: Limit,
}

#[cfg(test)]
impl Limits {
    /// The same for every class.
    pub fn all(limit: Limit) -> Self {
        Self {
            deactivations: limit,
            creates: limit,
            renames: limit,
            readdresses: limit,
            member_removals: limit,
            member_adds: limit,
            group_creates: limit,
            group_renames: limit,
            group_deletes: limit,
        }
    }
}

/// The time over which a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    Cycle,
    Day,
    Week,
}

impl Limit {
    /// Nothing of the class without an approval.
    pub(super) const NONE_UNAPPROVED: Limit =
        Limit { cycle: Some(Share::Percent(0)), day: None, week: None, at_least: 0 };

    /// The most that a window allows, what is already `used` of it included; `None` without a limit. `now`: the size of what it
    /// is a share of. At the beginning of the window it was what is there now and what was taken away since.
    pub(super) fn most(&self, window: Window, now: u64, used: u64, takes_access_away: bool) -> Option<u64> {
        let (share, at_least) = match window {
            Window::Cycle => (self.cycle, self.at_least),
            Window::Day => (self.day, scaled(self.at_least, 5)),
            Window::Week => (self.week, scaled(self.at_least, 10)),
        };
        let most = match share? {
            Share::People(people) => return Some(people),
            Share::Percent(0) => return Some(0),
            Share::Percent(100..) => return None,
            Share::Percent(percent) => at_least.max((now + used) * u64::from(percent) / 100),
        };
        if !takes_access_away || window != Window::Cycle {
            return Some(most);
        }
        let small_team = if now < SMALL_TEAM { SMALL_TEAM_MOST } else { MOST_A_CYCLE };
        Some(most.min(small_team))
    }
}

/// Below this many managed active people a percentage says nothing.
const SMALL_TEAM: u64 = 20;
const SMALL_TEAM_MOST: u64 = 2;
/// However large the team is.
const MOST_A_CYCLE: u64 = 500;

/// `at_least` is meant for a cycle; a day allows 5/3 of it and a week 10/3 (3, 5 and 10 by default).
fn scaled(at_least: u64, thirds: u64) -> u64 {
    (at_least * thirds).div_ceil(3)
}
