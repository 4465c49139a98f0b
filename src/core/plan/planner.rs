//! The planner: pure, total, deterministic.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChangeKey, Plan};
use crate::core::evidence::Presence;
use crate::core::model::{Member, SourceId};
use crate::core::policy::Policy;
use crate::core::reading::Reading;
use crate::core::snapshot::Snapshot;
use crate::core::time::Moment;

/// The last stored plan, as far as the next one is compared with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPlan {
    pub id: String,
    pub keys: Vec<ChangeKey>,
}

/// The team as a refresh showed it; only what differs from the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// Managed members who are not as the snapshot says.
    pub drifted: Vec<Member>,
    /// Managed people whose account the listing did not show.
    pub missing: Vec<SourceId>,
    /// Members nobody manages.
    pub unmanaged: Vec<Member>,
    /// Active members in all.
    pub active: u64,
}

/// Everything a plan depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub policy: &'a Policy,
    pub reading: &'a Reading,
    /// At least the rows of everybody in the reading, of every holder of a userName wanted in it, of everybody
    /// held, in doubt, drifted or missing.
    pub snapshot: &'a Snapshot,
    /// Active managed members, all of them.
    pub managed_active: u64,
    /// Managed members of each source, all of them.
    pub managed_by_source: &'a BTreeMap<String, u64>,
    /// Present when the team was listed in this cycle.
    pub team: Option<&'a Team>,
    /// Active members in all at the last refresh.
    pub team_active: Option<u64>,
    /// Look-ups of absent people, by sources that can look one up.
    pub probes: &'a BTreeMap<SourceId, Presence>,
    pub last_plan: Option<&'a LastPlan>,
    /// Pin and configuration, for the plan's id.
    pub context: &'a str,
    pub now: Moment,
}

/// Makes the plan.
pub fn plan(inputs: &Inputs<'_>) -> Plan {
    let _ = inputs;
    todo!()
}
