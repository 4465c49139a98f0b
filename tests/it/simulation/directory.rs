//! The simulated directory: people as they truly are, a source that reads them well or badly, and the history of
//! what was true at each reading, for the auditor.
//!
//! Never: shares code with the engine that reads it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::future::BoxFuture;
use postman_scim_sync::clock::Clock;
use postman_scim_sync::core::evidence::{Evidence, HighWater, Identity, Nesting};
use postman_scim_sync::core::model::{Active, DirectoryUser, SourceId};
use postman_scim_sync::source::{Finding, Fold, Found, LookedUp, Source, SourceError};
use serde_json::json;

use super::groups::{self, Group};

pub const NAME: &str = "hr";
/// Whoever is in it is in scope; everybody is.
pub const GROUP: &str = "postman-users";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Inactive,
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub mail: String,
    pub given: String,
    pub family: String,
    pub state: State,
}

/// How the next reading goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    Unreachable,
    /// Some entries, then an error.
    BreaksOff,
    /// Some entries, and evidence as if that were all: the planted bug.
    Lies,
    /// Another directory answers under this one's name: some of the people, and evidence that is true of that one.
    Elsewhere,
}

/// What was true while one reading was made, and whether it said so.
#[derive(Clone, Debug)]
pub struct Reading {
    pub at_unix_s: i64,
    pub complete: bool,
    pub people: Vec<Person>,
    /// Ids of those whom it showed outside the scope, though they are in it.
    pub misplaced: Vec<String>,
    pub groups: Vec<Group>,
    /// Ids that were looked up after this reading, and found to be gone or inactive.
    pub confirmed_out: Vec<String>,
}

impl Reading {
    /// Ids of those whom it showed to have, and to need an account at, one of these addresses.
    pub fn wanted_at(&self, addresses: &BTreeSet<String>) -> Vec<String> {
        let wanted = self.people.iter().filter(|person| {
            let is_in = person.state == State::Active && !self.misplaced.contains(&person.id);
            is_in && addresses.contains(&person.mail.to_lowercase())
        });
        wanted.map(|person| person.id.clone()).collect()
    }
}

pub struct Truth {
    pub people: Vec<Person>,
    pub gone: Vec<Person>,
    pub groups: Vec<Group>,
    pub mood: Mood,
    pub can_probe: bool,
    pub probe_fails: bool,
    /// Ids whom the next listing shows outside the group: its groups are older than its people.
    pub misplaced: Vec<String>,
    /// Planted bugs: a look-up is as wrong as the listing, and another directory has this one's name.
    pub look_up_is_old: bool,
    pub has_no_name: bool,
    pub readings: Vec<Reading>,
    clock: Clock,
}

#[derive(Clone)]
pub struct Directory(Arc<Mutex<Truth>>);

impl Directory {
    pub fn new(people: Vec<Person>, can_probe: bool, clock: Clock) -> Self {
        let (gone, readings, misplaced) = (Vec::new(), Vec::new(), Vec::new());
        let truth = Truth {
            people,
            gone,
            groups: Vec::new(),
            mood: Mood::Well,
            can_probe,
            probe_fails: false,
            misplaced,
            look_up_is_old: false,
            has_no_name: false,
            readings,
            clock,
        };
        Self(Arc::new(Mutex::new(truth)))
    }

    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        self.0.lock().unwrap()
    }
}

fn entry(person: &Person, at: usize) -> DirectoryUser {
    let values = json!({ "mail": person.mail, "givenName": person.given, "sn": person.family });
    DirectoryUser {
        id: SourceId::new(NAME, &person.id),
        attributes: values.as_object().unwrap().clone(),
        active: match person.state {
            State::Active => Active::Yes,
            State::Inactive => Active::No,
            State::Unknown => Active::Unknown,
        },
        active_because: format!("status = {:?}", person.state),
        groups: vec![GROUP.to_owned()],
        in_groups: Vec::new(),
        place: format!("entry {at}"),
    }
}

impl Truth {
    fn read(&mut self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let complete = matches!(self.mood, Mood::Well | Mood::Lies);
        let at_unix_s = self.clock.now().unix_s;
        self.readings.push(Reading {
            at_unix_s,
            complete,
            people: self.people.clone(),
            misplaced: self.misplaced.clone(),
            groups: self.groups.clone(),
            confirmed_out: Vec::new(),
        });
        let place = "simulated".to_owned();
        let shown = match self.mood {
            Mood::Well => self.people.len(),
            Mood::BreaksOff | Mood::Lies | Mood::Elsewhere => self.people.len().div_ceil(2),
            Mood::Unreachable => return Err(SourceError::Unreachable { place, reason: "no route".into() }),
        };
        for (at, person) in self.people.iter().take(shown).enumerate() {
            fold.person(self.listed(person, at));
        }
        if self.mood == Mood::BreaksOff {
            return Err(SourceError::Malformed { place, reason: "the reading broke off".into() });
        }
        let (can_probe, identity) = (self.can_probe, Some(self.identity()));
        let groups = groups::found(&self.groups);
        Ok(Evidence { can_probe, identity, groups, ..Evidence::of_listing(NAME, shown as u64) })
    }

    fn identity(&self) -> Identity {
        let is_copy = self.mood == Mood::Elsewhere && !self.has_no_name;
        let directory = if is_copy { "dc=copy" } else { "dc=acme" };
        Identity { directory: directory.into(), principal: "cn=sync".into() }
    }

    fn listed(&self, person: &Person, at: usize) -> DirectoryUser {
        let mut entry = entry(person, at);
        entry.in_groups = groups::of(&self.groups, &person.id);
        entry.groups.retain(|_| !self.misplaced.contains(&person.id));
        entry
    }

    fn look_up(&mut self, id: &SourceId) -> Result<Found, SourceError> {
        if !self.can_probe {
            return Ok(Found::CannotAsk);
        }
        if self.probe_fails {
            let place = NAME.to_owned();
            return Err(SourceError::Unreachable { place, reason: "timed out".into() });
        }
        let found = self.people.iter().enumerate().find(|(_, person)| person.id == id.id);
        if found.is_none_or(|(_, person)| person.state == State::Inactive) {
            let reading = self.readings.last_mut().expect("a look-up follows a reading");
            reading.confirmed_out.push(id.id.clone());
        }
        let shown = |at, person| if self.look_up_is_old { self.listed(person, at) } else { entry(person, at) };
        Ok(found.map_or(Found::Gone, |(at, person)| Found::Entry(Box::new(shown(at, person)))))
    }
}

impl Source for Directory {
    fn name(&self) -> &str {
        NAME
    }

    fn describe(&self) -> String {
        "simulated directory".to_owned()
    }

    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        Box::pin(async move { self.truth().read(fold) })
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
        Box::pin(async move {
            let mut truth = self.truth();
            let found = ids.iter().map(|id| truth.look_up(id)).collect::<Result<_, _>>()?;
            let identity = Some(truth.identity());
            Ok(LookedUp { identity, high_water: HighWater::default(), nesting: Nesting::default(), found })
        })
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }
}
