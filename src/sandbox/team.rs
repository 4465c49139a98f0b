//! The team as data: plan, seats, keys, verified domains, and everybody Postman knows of. Also the builder
//! that makes a fixture short to write.
//!
//! Never: reads a clock or draws a random number that the seed does not decide.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::groups::{Group, Groups, Role};
use super::knobs::{InviteSeat, Knobs};
use super::limits::{Limits, Meter};
use super::listing::Roll;
use super::past::Past;

/// A Postman team. Fields that a human admin or Postman's sales department changes are public.
#[derive(Clone)]
pub struct Team {
    pub name: String,
    pub plan: Plan,
    pub scim: Scim,
    pub existence: Existence,
    /// `None`: as many as are wanted (Postman's Auto-Flex).
    pub seats: Option<u32>,
    /// Off (`None`) unless set.
    pub limits: Option<Limits>,
    pub knobs: Knobs,
    pub(super) verified: BTreeSet<String>,
    pub(super) keys: BTreeMap<String, KeyState>,
    /// In order of arrival, which is the order of listings.
    pub(super) people: Vec<Person>,
    /// By id, and by userName in lower case.
    pub(super) by_id: HashMap<String, usize>,
    pub(super) by_key: HashMap<String, Vec<usize>>,
    /// How many people stand in each way, in the order of `Standing`.
    pub(super) head_count: [u32; 5],
    pub(super) groups: Groups,
    pub(super) past: Past,
    pub(super) roll: Roll,
    /// Up to this request somebody is missing from lists who will be there later.
    pub(super) lags_until: u64,
    pub(super) meter: Meter,
    pub(super) seed: u64,
    /// Accounts made so far, those that were undone included: no id is ever given twice.
    pub(super) made: u64,
    pub(super) moment: Moment,
}

/// Where the team stands in time: its clock, and how many requests have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub now_s: i64,
    pub seq: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    Enterprise,
    Basic,
}

/// The toggle in the team's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scim {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Existence {
    Exists,
    Deleted,
}

/// What a SCIM key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    Active,
    /// Kept alive while a new one is brought out: works.
    Previous,
    /// 401.
    Revoked,
    /// The admin who made it left the team: 403 on every resource.
    Orphaned,
    /// Made by a Team Admin who is no Super Admin: works, but for the members of a group that holds that role.
    TeamAdmin,
}

/// How somebody stands to the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Active,
    Deactivated,
    /// POST led to an e-mail invitation that nobody accepted yet.
    InvitedByScim,
    /// A human sent an invitation.
    InvitedByHand,
    /// Has a Postman account, and is not in this team.
    Outside,
}

/// Whether an account belongs to a team that is not this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elsewhere {
    NoTeam,
    OtherTeam,
}

/// One Postman account, in or out of the team.
#[derive(Clone)]
pub struct Person {
    /// SCIM `id`.
    pub id: String,
    /// Postman's numeric user id.
    pub number: u64,
    /// As it was sent.
    pub user_name: String,
    pub given: String,
    pub family: String,
    pub standing: Standing,
    pub elsewhere: Elsewhere,
    /// What a client sent as `externalId`.
    pub sent_external_id: Option<String>,
    pub created_s: i64,
    pub modified_s: i64,
    /// When they were last deactivated or removed.
    pub left_s: Option<i64>,
    /// The first request whose listing shows them.
    pub(super) listed_from: u64,
}

impl Person {
    pub(super) fn in_team(&self) -> bool {
        self.standing != Standing::Outside
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("id", &self.id).field("standing", &self.standing).finish_non_exhaustive()
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Team").field("name", &self.name).field("people", &self.people.len()).finish_non_exhaustive()
    }
}

impl Team {
    /// An Enterprise team with SCIM on and nobody in it: no key, no verified domain, no seat limit, no rate limit.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            plan: Plan::Enterprise,
            scim: Scim::On,
            existence: Existence::Exists,
            seats: None,
            limits: None,
            knobs: Knobs::default(),
            verified: BTreeSet::new(),
            keys: BTreeMap::new(),
            people: Vec::new(),
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            head_count: [0; 5],
            groups: Groups::default(),
            past: Past::default(),
            roll: Roll::default(),
            lags_until: 0,
            meter: Meter::default(),
            seed: 1,
            made: 0,
            moment: Moment { now_s: super::EPOCH_S, seq: 0 },
        }
    }

    /// Decides every id. Call it before anybody is added.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self
    }
    pub fn scim(mut self, scim: Scim) -> Self {
        self.scim = scim;
        self
    }
    pub fn seats(mut self, seats: u32) -> Self {
        self.seats = Some(seats);
        self
    }
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }
    pub fn knobs(mut self, knobs: Knobs) -> Self {
        self.knobs = knobs;
        self
    }
    pub fn verified(mut self, domain: &str) -> Self {
        self.verified.insert(domain.to_ascii_lowercase());
        self
    }
    /// The bare key, without a scheme word.
    pub fn key(mut self, key: &str, state: KeyState) -> Self {
        self.set_key(key, state);
        self
    }
    pub fn member(self, user_name: &str, given: &str, family: &str) -> Self {
        self.person(user_name, given, family, Standing::Active)
    }
    pub fn person(mut self, user_name: &str, given: &str, family: &str, standing: Standing) -> Self {
        self.enter(user_name, given, family, standing);
        self
    }
    /// A Postman account outside this team.
    pub fn account(self, user_name: &str, elsewhere: Elsewhere) -> Self {
        self.person(user_name, "Some", "Account", Standing::Outside).belonging(user_name, elsewhere)
    }
    /// Whether that account belongs to a team that is not this one.
    pub fn belonging(mut self, user_name: &str, elsewhere: Elsewhere) -> Self {
        if let Some(at) = self.position(user_name) {
            self.touch(at).elsewhere = elsewhere;
        }
        self
    }
    /// A group made in the web application, with those of `members` (userNames) who are active.
    pub fn group(mut self, name: &str, role: Role, members: &[&str]) -> Self {
        self.add_group_by_hand(name, role, members);
        self
    }

    /// Everybody who is or was known here, in order of arrival.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The account with that userName, as the team compares userNames.
    pub fn find(&self, user_name: &str) -> Option<&Person> {
        self.position(user_name).map(|at| &self.people[at])
    }

    /// All groups, in the order they were made in.
    pub fn groups(&self) -> Vec<&Group> {
        self.groups.all().collect()
    }

    /// The first group of that name.
    pub fn find_group(&self, name: &str) -> Option<&Group> {
        self.groups.all().find(|group| group.name == name)
    }

    /// Seats in use: active members, and open invitations where the knob says so.
    pub fn seats_used(&self) -> u32 {
        let [active, _, by_scim, by_hand, _] = self.head_count;
        match self.knobs.invite_seat {
            InviteSeat::Free => active,
            InviteSeat::Held => active + by_scim + by_hand,
        }
    }

    pub(super) fn seat_free(&self) -> bool {
        self.seats.is_none_or(|seats| self.seats_used() < seats)
    }

    pub(super) fn domain_verified(&self, user_name: &str) -> bool {
        user_name.rsplit_once('@').is_some_and(|(_, domain)| self.verified.contains(&domain.to_ascii_lowercase()))
    }
}
