//! A scenario: a team, the unknowns of the service and what goes wrong with it, as one TOML text (`docs/sandbox.md`).
//!
//! Never: reads a file, or gives half a scenario.

mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::faults::{Failure, Fault};
use super::groups::Role;
use super::knobs::Knobs;
use super::limits::Limits;
use super::team::{Elsewhere, Existence, KeyState, Plan, Scim, Standing, Team};
use super::{Kind, Sandbox};

pub use read::Problem;

/// The key of a scenario that names none. Obviously false.
pub const DEFAULT_KEY: &str = "PMAK-sandbox-key-not-a-secret";

/// No team is larger, and no slip fills the memory.
pub const CROWD_MAX: usize = 1_000_000;

/// A whole scenario. What a text leaves out is as in [`Scenario::default`]: an empty Enterprise team with SCIM on,
/// Postman's rate limits, the likeliest reading of every unknown, and fair weather.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    pub team: TeamSettings,
    pub limits: Limits,
    pub knobs: Knobs,
    person: Vec<PersonSettings>,
    group: Vec<GroupSettings>,
    fault: Vec<FaultSettings>,
    storm: Option<StormSettings>,
}

/// `[team]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TeamSettings {
    pub name: String,
    pub plan: Plan,
    pub scim: Scim,
    pub existence: Existence,
    /// As many as are wanted when it is left out.
    pub seats: Option<u32>,
    pub verified_domains: Vec<String>,
    /// [`DEFAULT_KEY`] when there is none.
    pub keys: BTreeMap<String, KeyState>,
    /// So many active members beside those who are named: `member0001@acme.example` and on.
    pub crowd: usize,
    /// Decides every id.
    pub seed: u64,
}

impl Default for TeamSettings {
    fn default() -> Self {
        Self {
            name: "Sandbox".to_owned(),
            plan: Plan::Enterprise,
            scim: Scim::On,
            existence: Existence::Exists,
            seats: None,
            verified_domains: vec!["acme.example".to_owned()],
            keys: BTreeMap::new(),
            crowd: 0,
            seed: 1,
        }
    }
}

/// `[[person]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonSettings {
    user_name: String,
    given_name: String,
    family_name: String,
    #[serde(default = "active")]
    standing: Standing,
    /// Of somebody who is `outside`.
    #[serde(default = "no_team")]
    elsewhere: Elsewhere,
}

fn active() -> Standing {
    Standing::Active
}

fn no_team() -> Elsewhere {
    Elsewhere::NoTeam
}

/// `[[group]]`: made in the web application, as far as SCIM can tell.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupSettings {
    name: String,
    #[serde(default)]
    role: Role,
    /// userNames of active members of the team.
    #[serde(default)]
    members: Vec<String>,
}

/// `[[fault]]`: of several that match a request, the first one strikes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultSettings {
    failure: Failure,
    #[serde(default)]
    scope: FaultScope,
    /// Narrower than `scope`.
    kind: Option<Kind>,
    /// A userName, or a SCIM id.
    about: Option<String>,
    /// From this match on, counted from 1.
    #[serde(default = "one")]
    nth: u64,
    #[serde(default = "one")]
    times: u64,
    #[serde(default)]
    always: bool,
}

fn one() -> u64 {
    1
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FaultScope {
    #[default]
    Any,
    Reads,
    Writes,
}

/// `[storm]`: so many of a thousand requests fail, as the seed decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StormSettings {
    seed: u64,
    per_mille: u32,
    failures: Vec<Failure>,
}

impl Default for StormSettings {
    fn default() -> Self {
        Self { seed: 1, per_mille: 100, failures: Failure::menu() }
    }
}

impl Scenario {
    /// Reads a scenario, or says everything that is wrong with it.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        read::scenario(text)
    }

    /// The one to try without a file: somebody is there, who can be protected.
    pub fn with_admin() -> Self {
        let admin = PersonSettings {
            user_name: "admin@acme.example".to_owned(),
            given_name: "Team".to_owned(),
            family_name: "Admin".to_owned(),
            standing: Standing::Active,
            elsewhere: Elsewhere::NoTeam,
        };
        Self { person: vec![admin], ..Self::default() }
    }

    /// Adds so many members to the crowd, or says why that cannot be.
    pub fn add_people(&mut self, n: usize) -> Result<(), String> {
        self.team.crowd = self.team.crowd.saturating_add(n);
        match self.crowd_too_large() {
            Some(problem) => Err(problem),
            None => self.in_crowd(&self.team()).into_iter().flatten().next().map_or(Ok(()), Err),
        }
    }

    fn crowd_too_large(&self) -> Option<String> {
        let crowd = self.team.crowd;
        (crowd > CROWD_MAX).then(|| format!("{crowd} members are too many: {CROWD_MAX} at most"))
    }

    /// For each named person what is wrong, if they are one of the crowd of this finished team as well.
    fn in_crowd(&self, team: &Team) -> Vec<Option<String>> {
        let crowd = team.people().iter().skip(self.person.len());
        let crowd: HashSet<String> = crowd.map(|person| person.user_name.to_ascii_lowercase()).collect();
        let problem = |name: &String| {
            let crowd_has = crowd.contains(&name.to_ascii_lowercase());
            crowd_has.then(|| format!("{name} is one of the crowd of {} already", self.team.crowd))
        };
        self.person.iter().map(|person| problem(&person.user_name)).collect()
    }

    /// A key that works, to show to whoever wants to try: a working one of the text, else the default one.
    pub fn key(&self) -> &str {
        let works = |state: &KeyState| matches!(state, KeyState::Active | KeyState::Previous | KeyState::TeamAdmin);
        let of_text = || self.team.keys.keys().next().map(String::as_str);
        let working = self.team.keys.iter().find(|(_, state)| works(state)).map(|(key, _)| key.as_str());
        working.or_else(of_text).unwrap_or(DEFAULT_KEY)
    }

    /// The team, with everybody in it.
    pub fn team(&self) -> Team {
        let settings = &self.team;
        let mut team = Team::new(&settings.name).seed(settings.seed).plan(settings.plan).scim(settings.scim);
        team.existence = settings.existence;
        team.seats = settings.seats;
        team = team.limits(self.limits).knobs(self.knobs.clone());
        team = settings.verified_domains.iter().fold(team, |team, domain| team.verified(domain));
        if settings.keys.is_empty() {
            team = team.key(DEFAULT_KEY, KeyState::Active);
        }
        team = settings.keys.iter().fold(team, |team, (key, state)| team.key(key, *state));
        team = self.person.iter().fold(team, |team, person| person.join(team)).crowd(settings.crowd);
        self.group.iter().fold(team, |team, group| {
            let members: Vec<&str> = group.members.iter().map(String::as_str).collect();
            team.group(&group.name, group.role, &members)
        })
    }

    /// The running team, with its weather.
    pub fn open(&self) -> Sandbox {
        let sandbox = Sandbox::new(self.team());
        self.fault.iter().for_each(|fault| sandbox.fault(fault.rule()));
        if let Some(storm) = &self.storm {
            sandbox.storm(storm.seed, storm.per_mille, storm.failures.clone());
        }
        sandbox
    }
}

impl PersonSettings {
    fn join(&self, team: Team) -> Team {
        let team = team.person(&self.user_name, &self.given_name, &self.family_name, self.standing);
        team.belonging(&self.user_name, self.elsewhere)
    }
}

impl FaultSettings {
    fn rule(&self) -> Fault {
        let failure = self.failure.clone();
        let fault = match (self.kind, self.scope) {
            (Some(kind), _) => Fault::on(kind, failure),
            (None, FaultScope::Any) => Fault::any(failure),
            (None, FaultScope::Reads) => Fault::reads(failure),
            (None, FaultScope::Writes) => Fault::writes(failure),
        };
        let fault = self.about.iter().fold(fault, |fault, whom| fault.about(whom)).nth(self.nth);
        if self.always { fault.always() } else { fault.times(self.times) }
    }
}
