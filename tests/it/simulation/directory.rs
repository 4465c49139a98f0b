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
pub const SECOND: &str = "it";
/// Ids of people whom only the second directory has begin with it, and ids of copies there of people of the first.
const OF_SECOND: char = 'x';
const COPY: &str = "copy-of-";
/// So many people of the first directory are in the second one too.
const COPIES: usize = 4;
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
    /// Nobody, and evidence that this was all.
    Empty,
    /// All of them, and none in the group that is the scope.
    NobodyInScope,
    /// All of them, and of none whether they are active: the account that reads may no longer see it.
    NoStates,
    /// Some of the people as if those were all, by a directory that can be asked: whoever is looked up is there.
    Short,
    /// A copy as of some time ago, by its own word behind what was read since.
    Stale,
}

impl Mood {
    /// What it says of absence counts: it was read to its end, it is the right one, and whoever is not shown can be asked for.
    fn counts(self) -> bool {
        matches!(self, Self::Well | Self::Lies | Self::Short)
    }
}

/// What was true while one reading was made, and whether it said so.
#[derive(Clone, Debug)]
pub struct Reading {
    pub at_unix_s: i64,
    /// Every directory was read to its end.
    pub complete: bool,
    /// The first one was, whose word about somebody's state counts whatever becomes of a later one.
    pub first_complete: bool,
    /// The first one showed nobody at all.
    pub empty: bool,
    pub people: Vec<Person>,
    /// Ids of those whom it showed outside the scope, though they are in it.
    pub misplaced: Vec<String>,
    pub groups: Vec<Group>,
    /// Addresses, in lower case, that the configuration excluded at that time.
    pub excluded: Vec<String>,
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
        // Of one address in both directories, the first one's person is who it is.
        let (seconds, firsts): (Vec<&Person>, Vec<&Person>) = wanted.partition(|person| person.is_of_second());
        let wanted = if firsts.is_empty() { seconds } else { firsts };
        wanted.into_iter().map(|person| person.id.clone()).collect()
    }

    /// Ids of those of the second directory who have the address of somebody of the first.
    pub fn in_both(&self) -> Vec<String> {
        let (seconds, firsts): (Vec<&Person>, Vec<&Person>) =
            self.people.iter().partition(|person| person.is_of_second());
        let has = |mail: &str| firsts.iter().any(|first| first.mail.eq_ignore_ascii_case(mail));
        seconds.into_iter().filter(|second| has(&second.mail)).map(|second| second.id.clone()).collect()
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
    /// Planted: a directory that shows nobody says so of one entry, which is nobody.
    pub hides_emptiness: bool,
    /// Planted: the second person is in no listing.
    pub hides_somebody: bool,
    /// A second directory, which has people of its own and copies of the first ones of this one.
    pub second: Option<Mood>,
    /// Whether it says which it is and how far its data have come; a file does not.
    pub tells_who: bool,
    /// How far its data have come.
    pub mark: u64,
    /// As it was some time ago, for `Mood::Stale`.
    pub old: Option<(u64, Vec<Person>, Vec<Group>)>,
    pub excluded: Vec<String>,
    pub readings: Vec<Reading>,
    clock: Clock,
}

/// The first directory, or the second: two views of one truth.
#[derive(Clone)]
pub struct Directory {
    truth: Arc<Mutex<Truth>>,
    name: &'static str,
}

impl Directory {
    pub fn new(people: Vec<Person>, can_probe: bool, clock: Clock) -> Self {
        let truth = Truth {
            people,
            gone: Vec::new(),
            groups: Vec::new(),
            mood: Mood::Well,
            can_probe,
            probe_fails: false,
            misplaced: Vec::new(),
            look_up_is_old: false,
            has_no_name: false,
            hides_emptiness: false,
            hides_somebody: false,
            second: None,
            tells_who: true,
            mark: 1,
            old: None,
            excluded: Vec::new(),
            readings: Vec::new(),
            clock,
        };
        Self { truth: Arc::new(Mutex::new(truth)), name: NAME }
    }

    /// The second directory.
    pub fn second(&self) -> Self {
        Self { truth: self.truth.clone(), name: SECOND }
    }

    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap()
    }
}

impl Person {
    /// Known to the second directory alone.
    pub fn is_of_second(&self) -> bool {
        self.id.starts_with(OF_SECOND)
    }

    pub fn move_to_second(&mut self) {
        self.id.insert(0, OF_SECOND);
    }
}

/// Whose entry of the second directory that is: a copy has its own id there.
pub fn whose(id: &str) -> &str {
    id.strip_prefix(COPY).unwrap_or(id)
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
        let counts = self.mood.counts();
        let at_unix_s = self.clock.now().unix_s;
        self.readings.push(Reading {
            at_unix_s,
            complete: counts,
            first_complete: counts,
            empty: self.mood == Mood::Empty,
            people: self.people.clone(),
            misplaced: self.misplaced.clone(),
            groups: self.groups.clone(),
            excluded: self.excluded.clone(),
            confirmed_out: Vec::new(),
        });
        let is_stale = self.mood == Mood::Stale;
        let (mark, people, groups) = match self.old.clone().filter(|_| is_stale) {
            Some(old) => old,
            None => (self.mark, self.people.clone(), self.groups.clone()),
        };
        let people: Vec<&Person> = people.iter().filter(|person| !person.is_of_second()).collect();
        let shown = shown(NAME, self.mood, people.len())?;
        let is_hidden = |at: usize| self.hides_somebody && at == 1;
        let shown: Vec<(usize, &Person)> =
            people.into_iter().take(shown).enumerate().filter(|(at, _)| !is_hidden(*at)).collect();
        for (at, person) in &shown {
            fold.person(self.as_shown(person, *at, &groups));
        }
        let hidden = self.mood == Mood::Empty && self.hides_emptiness;
        if hidden {
            fold.person(nobody());
        }
        ended(NAME, self.mood)?;
        let (can_probe, identity) = (self.can_probe, self.identity());
        let (groups, high_water) = (groups::found(&groups), self.high_water(mark));
        Ok(Evidence {
            can_probe,
            identity,
            groups,
            high_water,
            ..Evidence::of_listing(NAME, shown.len() as u64 + u64::from(hidden))
        })
    }

    /// The second directory: who is only there, and copies of some of the first one's people.
    fn read_second(&mut self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let mood = self.second.unwrap_or(Mood::Well);
        if let Some(reading) = self.readings.last_mut() {
            reading.complete &= mood.counts();
        }
        let entries: Vec<DirectoryUser> = self.people.iter().enumerate().filter_map(second_entry).collect();
        let shown = shown(SECOND, mood, entries.len())?;
        entries.into_iter().take(shown).for_each(|entry| fold.person(entry));
        ended(SECOND, mood)?;
        let identity = Some(Identity { directory: "dc=it".into(), principal: "cn=sync".into() });
        Ok(Evidence { can_probe: true, identity, ..Evidence::of_listing(SECOND, shown as u64) })
    }

    fn identity(&self) -> Option<Identity> {
        let is_copy = self.mood == Mood::Elsewhere && !self.has_no_name;
        let directory = if is_copy { "dc=copy" } else { "dc=acme" };
        self.tells_who.then(|| Identity { directory: directory.into(), principal: "cn=sync".into() })
    }

    fn high_water(&self, mark: u64) -> HighWater {
        let marks = self.tells_who.then(|| ("server 1".to_owned(), mark.to_string()));
        HighWater { by_server: marks.into_iter().collect(), of_all: true }
    }

    fn listed(&self, person: &Person, at: usize, groups: &[Group]) -> DirectoryUser {
        let mut entry = entry(person, at);
        entry.in_groups = groups::of(groups, &person.id);
        entry.groups.retain(|_| !self.misplaced.contains(&person.id));
        entry
    }

    fn as_shown(&self, person: &Person, at: usize, groups: &[Group]) -> DirectoryUser {
        let mut entry = self.listed(person, at, groups);
        match self.mood {
            Mood::NobodyInScope => entry.groups.clear(),
            Mood::NoStates => entry.active = Active::Unknown,
            _ => {}
        }
        entry
    }

    fn look_up(&mut self, id: &SourceId) -> Result<Found, SourceError> {
        let is_second = id.source == SECOND;
        if !self.can_probe && !is_second {
            return Ok(Found::CannotAsk);
        }
        if self.probe_fails {
            let place = id.source.clone();
            return Err(SourceError::Unreachable { place, reason: "timed out".into() });
        }
        let whose = whose(&id.id);
        let found = self.people.iter().enumerate().find(|(_, person)| person.id == whose);
        let is_out =
            |person: &Person| person.state == State::Inactive || self.excluded.contains(&person.mail.to_lowercase());
        if found.is_none_or(|(_, person)| is_out(person)) {
            let reading = self.readings.last_mut().expect("a look-up follows a reading");
            reading.confirmed_out.push(whose.to_owned());
        }
        let shown = |at, person: &Person| match is_second {
            true => DirectoryUser { id: id.clone(), ..entry(person, at) },
            false if self.look_up_is_old => self.listed(person, at, &self.groups),
            false => entry(person, at),
        };
        Ok(found.map_or(Found::Gone, |(at, person)| Found::Entry(Box::new(shown(at, person)))))
    }
}

/// How many of them are shown.
fn shown(place: &str, mood: Mood, all: usize) -> Result<usize, SourceError> {
    let place = place.to_owned();
    match mood {
        Mood::Well | Mood::NobodyInScope | Mood::NoStates | Mood::Stale => Ok(all),
        Mood::BreaksOff | Mood::Lies | Mood::Elsewhere | Mood::Short => Ok(all.div_ceil(2)),
        Mood::Empty => Ok(0),
        Mood::Unreachable => Err(SourceError::Unreachable { place, reason: "no route".into() }),
    }
}

fn ended(place: &str, mood: Mood) -> Result<(), SourceError> {
    if mood != Mood::BreaksOff {
        return Ok(());
    }
    Err(SourceError::Malformed { place: place.to_owned(), reason: "the reading broke off".into() })
}

fn second_entry((at, person): (usize, &Person)) -> Option<DirectoryUser> {
    let id = match (person.is_of_second(), at < COPIES) {
        (true, _) => person.id.clone(),
        (false, true) => format!("{COPY}{}", person.id),
        (false, false) => return None,
    };
    Some(DirectoryUser { id: SourceId::new(SECOND, &id), ..entry(person, at) })
}

/// An entry that is in scope and nobody's.
fn nobody() -> DirectoryUser {
    let nobody = Person {
        id: "nobody".into(),
        mail: "nobody@acme.example".into(),
        given: "No".into(),
        family: "Body".into(),
        state: State::Active,
    };
    entry(&nobody, 0)
}

impl Source for Directory {
    fn name(&self) -> &str {
        self.name
    }

    fn describe(&self) -> String {
        "simulated directory".to_owned()
    }

    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        Box::pin(async move {
            let mut truth = self.truth();
            if self.name == SECOND { truth.read_second(fold) } else { truth.read(fold) }
        })
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
        Box::pin(async move {
            let mut truth = self.truth();
            let found = ids.iter().map(|id| truth.look_up(id)).collect::<Result<_, _>>()?;
            if self.name == SECOND {
                let identity = Identity { directory: "dc=it".into(), principal: "cn=sync".into() };
                return Ok(LookedUp::of(identity, found));
            }
            let (identity, high_water) = (truth.identity(), truth.high_water(truth.mark));
            Ok(LookedUp { identity, high_water, nesting: Nesting::default(), found })
        })
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }
}
