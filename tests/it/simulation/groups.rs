//! The groups of a simulated world: those of the directory as they truly are, what becomes of them, and what people do by hand
//! to the team's.
//!
//! Never: shares code with the engine that reads or changes them.

use std::collections::BTreeSet;

use fastrand::Rng;
use postman_scim_sync::core::groups::rules::{Asked, Rule};
use postman_scim_sync::core::groups::{DirectoryGroup, FoundGroup, GroupPolicy, Mode, Switches};
use postman_scim_sync::sandbox::{Role, Sandbox};

use super::chaos::{one_in, pick};
use super::directory::{NAME, Person};
use super::setup::ADMIN;

/// `[[group]] source`: of a group `pm-platform`, Postman's is called `platform`.
const PATTERN: &str = "pm-*";
const PREFIX: &str = "pm-";
const NAMES: [&str; 6] = ["platform", "payments", "search", "mobile", "data", "design"];

/// A group at the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: String,
    pub name: String,
    /// Ids of people, some of whom may be gone.
    pub members: BTreeSet<String>,
    pub mood: Mood,
}

/// How the next reading shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// It may not be read.
    Unreadable,
    /// Some of its members, as if those were all: the planted bug.
    Halved,
}

impl Group {
    /// What it is called at Postman, if a rule asks for it.
    pub fn wanted_name(&self) -> Option<&str> {
        self.name.strip_prefix(PREFIX)
    }

    /// Whether a reading makes a group of that name for it.
    pub fn asks_for(&self, name: &str) -> bool {
        let is_called = self.wanted_name().is_some_and(|wanted| wanted.eq_ignore_ascii_case(name));
        is_called && self.mood != Mood::Unreadable && !self.members.is_empty()
    }

    /// Whether a reading shows this person in it.
    pub fn shows(&self, person: &str) -> bool {
        let shown = match self.mood {
            Mood::Well => self.members.len(),
            Mood::Halved => self.members.len() / 2,
            Mood::Unreadable => 0,
        };
        self.members.iter().take(shown).any(|id| id == person)
    }

    fn found(&self) -> DirectoryGroup {
        let members = self.members.iter().filter(|id| self.shows(id)).count() as u64;
        let found = match self.mood {
            Mood::Unreadable => Err("its members may not be read".to_owned()),
            Mood::Well | Mood::Halved => Ok(FoundGroup { id: self.id.clone(), name: self.name.clone(), members }),
        };
        DirectoryGroup { asked: PATTERN.to_owned(), found }
    }
}

/// For the evidence.
pub fn found(groups: &[Group]) -> Vec<DirectoryGroup> {
    groups.iter().filter(|group| group.wanted_name().is_some()).map(Group::found).collect()
}

/// The groups that a reading shows this person in.
pub fn of(groups: &[Group], person: &str) -> Vec<String> {
    let of = groups.iter().filter(|group| group.wanted_name().is_some() && group.shows(person));
    of.map(|group| group.id.clone()).collect()
}

pub fn policy(random: &mut Rng) -> GroupPolicy {
    if one_in(random, 4) {
        return GroupPolicy::default();
    }
    let switches = Switches {
        create_groups: true,
        rename_groups: true,
        add_members: true,
        remove_members: true,
        delete_groups: random.bool(),
    };
    let rule =
        Rule { from: NAME.to_owned(), asked: Asked::of(PATTERN), postman: Some("*".to_owned()), adopt: random.bool() };
    GroupPolicy { mode: Mode::Push, switches, rules: vec![rule] }
}

/// Two or three groups at the beginning.
pub fn some(random: &mut Rng, people: &[Person]) -> Vec<Group> {
    (0..random.usize(2..4)).map(|n| one(random, n, people)).collect()
}

fn one(random: &mut Rng, n: usize, people: &[Person]) -> Group {
    let members = people
        .iter()
        .filter(|person| !person.is_of_second() && random.bool())
        .map(|person| person.id.clone())
        .collect();
    let name = format!("{PREFIX}{}", NAMES[n % NAMES.len()]);
    Group { id: format!("g{n}"), name, members, mood: Mood::Well }
}

/// One thing that happens to the groups of the directory. `made`: how many there ever were.
pub fn change(groups: &mut Vec<Group>, people: &[Person], made: &mut usize, random: &mut Rng) {
    let theirs: Vec<&Person> = people.iter().filter(|person| !person.is_of_second()).collect();
    let who = pick(random, &theirs).id.clone();
    let at = random.usize(..groups.len().max(1));
    let what = random.u32(..12);
    let Some(group) = groups.get_mut(at).filter(|_| what != 11) else {
        *made += 1;
        return groups.push(one(random, *made, people));
    };
    match what {
        0..=3 => _ = group.members.insert(who),
        4..=6 => _ = group.members.remove(&who),
        7 => group.members.clear(),
        8 => group.name = format!("{PREFIX}{}{}", pick(random, &NAMES), random.u32(..100)),
        9 => group.name = group.name.replacen(PREFIX, "px-", 1),
        _ => drop(groups.remove(at)),
    }
}

/// Whom the next reading shows how.
pub fn moods(groups: &mut [Group], random: &mut Rng, halved: bool) {
    for group in groups {
        let bad = one_in(random, 5);
        group.mood = match bad {
            true if halved => Mood::Halved,
            true => Mood::Unreadable,
            false => Mood::Well,
        };
    }
}

/// Nobody wants one name twice, and all can be read.
pub fn repair(groups: &mut [Group]) {
    let mut seen = BTreeSet::new();
    for group in groups {
        group.mood = Mood::Well;
        if !seen.insert(group.name.clone()) {
            group.name = format!("{}-{}", group.name, group.id);
            seen.insert(group.name.clone());
        }
    }
}

/// One thing a human does to the groups of the team.
pub fn edit_team(sandbox: &Sandbox, random: &mut Rng) {
    let team = sandbox.team();
    let people: Vec<String> =
        team.people().iter().map(|person| person.user_name.clone()).filter(|name| name != ADMIN).collect();
    let groups: Vec<String> = team.groups().iter().map(|group| group.name.clone()).collect();
    let (Some(whom), Some(group)) = (random.choice(&people), random.choice(&groups)) else {
        let name = pick(random, &NAMES);
        return sandbox.edit(|team| drop(team.add_group_by_hand(name, Role::Developer, &[])));
    };
    let (what, n) = (random.u32(..7), random.u32(..100));
    sandbox.edit(|team| match what {
        0 | 1 => team.join_by_hand(group, whom),
        2 | 3 => team.leave_by_hand(group, whom),
        4 => team.rename_group_by_hand(group, &format!("byhand{n}")),
        5 => team.delete_group_by_hand(group),
        _ => !team.add_group_by_hand(&format!("hand-made{n}"), Role::Developer, &[whom]).is_empty(),
    });
}
