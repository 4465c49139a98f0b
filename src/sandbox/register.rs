//! The register of a team's people: who stands where, found by id and by userName, and every change of a person.
//!
//! Never: changes somebody without remembering how they were (`past`), or walks through everybody to find one.

use super::knobs::{IdOnReturn, Memberships, UserNameCase};
use super::past::Before;
use super::team::{Elsewhere, Person, Standing, Team};

impl Team {
    /// Where the account with that userName stands, as the team compares userNames.
    pub(super) fn position(&self, user_name: &str) -> Option<usize> {
        let candidates = self.by_key.get(&user_name.to_ascii_lowercase())?;
        match self.knobs.user_name_case {
            UserNameCase::Insensitive => candidates.first().copied(),
            UserNameCase::Sensitive => candidates.iter().copied().find(|at| self.people[*at].user_name == user_name),
        }
    }

    pub(super) fn position_of_id(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Somebody to be changed in what no index knows: names, dates, what a client sent.
    pub(super) fn touch(&mut self, at: usize) -> &mut Person {
        self.remember(Before::Person(at, Some(Box::new(self.people[at].clone()))));
        &mut self.people[at]
    }

    /// Adds an account and returns its place.
    pub(super) fn enter(&mut self, user_name: &str, given: &str, family: &str, standing: Standing) -> usize {
        let at = self.people.len();
        let id = self.next_id();
        self.remember(Before::Person(at, None));
        let person = Person {
            id,
            number: 12_000_000 + self.made,
            user_name: user_name.to_owned(),
            given: given.to_owned(),
            family: family.to_owned(),
            standing,
            elsewhere: Elsewhere::NoTeam,
            sent_external_id: None,
            created_s: self.moment.now_s,
            modified_s: self.moment.now_s,
            left_s: None,
            listed_from: 0,
        };
        self.register(at, &person);
        self.people.push(person);
        at
    }

    /// Gives somebody another userName.
    pub(super) fn readdress(&mut self, at: usize, user_name: &str) {
        let now_s = self.moment.now_s;
        self.reregister(at, |person| {
            person.user_name = user_name.to_owned();
            person.modified_s = now_s;
        });
    }

    /// Changes somebody's standing and what hangs on it: the day they left, the id of those who come back, groups.
    pub(super) fn stand(&mut self, at: usize, standing: Standing) {
        let (was, returned) = (&self.people[at], self.people[at].left_s.is_some());
        let returns = !was.in_team() && returned && standing != Standing::Outside;
        let new_id = (returns && self.knobs.id_on_return == IdOnReturn::New).then(|| self.next_id());
        let now_s = self.moment.now_s;
        self.reregister(at, |person| {
            person.id = new_id.unwrap_or_else(|| std::mem::take(&mut person.id));
            person.standing = standing;
            person.modified_s = now_s;
            person.left_s = matches!(standing, Standing::Deactivated | Standing::Outside).then_some(now_s);
        });
        let drops = self.knobs.memberships == Memberships::Dropped && standing == Standing::Deactivated;
        if drops || standing == Standing::Outside {
            self.leave_groups(at);
        }
    }

    fn reregister(&mut self, at: usize, change: impl FnOnce(&mut Person)) {
        let was = self.people[at].clone();
        self.unregister(at, &was);
        change(self.touch(at));
        let is = self.people[at].clone();
        self.register(at, &is);
    }

    fn register(&mut self, at: usize, person: &Person) {
        self.by_id.insert(person.id.clone(), at);
        self.by_key.entry(person.user_name.to_ascii_lowercase()).or_default().push(at);
        self.head_count[person.standing as usize] += 1;
    }

    fn unregister(&mut self, at: usize, person: &Person) {
        self.by_id.remove(&person.id);
        if let Some(places) = self.by_key.get_mut(&person.user_name.to_ascii_lowercase()) {
            places.retain(|place| *place != at);
        }
        self.head_count[person.standing as usize] -= 1;
    }

    /// Puts somebody back as they were; `None` for the last who came, who then was never here.
    pub(super) fn put_back(&mut self, at: usize, was: Option<Box<Person>>) {
        let is = self.people[at].clone();
        self.unregister(at, &is);
        match was {
            Some(was) => {
                self.register(at, &was);
                self.people[at] = *was;
            }
            None => self.people.truncate(at),
        }
    }

    /// 48 lowercase hexadecimal characters, decided by the seed and by how many were made before.
    pub(super) fn next_id(&mut self) -> String {
        self.made += 1;
        let mut random =
            fastrand::Rng::with_seed(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(self.made));
        format!("{:016x}{:016x}{:016x}", random.u64(..), random.u64(..), random.u64(..))
    }
}
