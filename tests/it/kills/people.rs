//! The directory of the kills: people and groups that change by seed, forty changes at a time and of every kind.
//!
//! Never: gives an address to a second person, so that an account's owner is known by any address it ever had.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use fastrand::Rng;

use crate::support::{Lab, Row, row};

/// Somebody of the export, in or out of it.
#[derive(Clone)]
pub struct Person {
    pub row: Row,
    pub groups: BTreeSet<String>,
    /// Not in the export at all.
    pub absent: bool,
}

impl Person {
    pub fn wanted(&self) -> bool {
        !self.absent && self.row.status == "active"
    }
}

#[derive(Clone)]
pub struct Directory {
    pub people: Vec<Person>,
    /// The directory's name of a group, and Postman's.
    pub groups: BTreeMap<String, String>,
    /// Whose address it is or was.
    pub owners: BTreeMap<String, String>,
    /// Whom this round has changed, so that it can change its mind about them.
    touched: Vec<usize>,
    names: usize,
}

/// How many changes of each kind.
#[derive(Clone, Copy)]
pub struct Mix {
    pub creates: usize,
    pub leavers: usize,
    pub absent: usize,
    pub returners: usize,
    pub renames: usize,
    pub readdresses: usize,
    pub moves: usize,
}

/// With a group renamed, and one made now and then.
pub const FORTY: Mix = Mix { creates: 7, leavers: 4, absent: 2, returners: 4, renames: 9, readdresses: 6, moves: 6 };

/// A group smaller than this is not made smaller: who halves a group has to ask.
const ROOM: usize = 14;

impl Directory {
    /// `n` people, all in the team, each in one of three groups; some more who have left.
    pub fn new(n: usize) -> Self {
        let groups = ["a", "b", "c"].map(|name| (name.to_owned(), format!("Team {name}")));
        let mut directory =
            Self { people: Vec::new(), groups: groups.into(), owners: BTreeMap::new(), touched: Vec::new(), names: 0 };
        for at in 0..n {
            directory.hire([["a", "b", "c"][at % 3].to_owned()].into());
        }
        directory
    }

    fn hire(&mut self, groups: BTreeSet<String>) -> usize {
        let n = self.people.len() + 1;
        let id = n.to_string();
        let row = row(&id, &format!("Given{n}"), &format!("Family{n}"), &format!("p{n}"));
        self.owners.insert(row.mail.clone(), id);
        self.people.push(Person { row, groups, absent: false });
        self.people.len() - 1
    }

    /// A round's changes, each about somebody else.
    pub fn change(&mut self, random: &mut Rng, mix: Mix) {
        self.touched.clear();
        let mut wanted: Vec<usize> = (0..self.people.len()).filter(|at| self.people[*at].wanted()).collect();
        let mut out: Vec<usize> = (0..self.people.len()).filter(|at| !self.people[*at].wanted()).collect();
        random.shuffle(&mut wanted);
        random.shuffle(&mut out);
        let mut take = |n: usize| wanted.split_off(wanted.len().saturating_sub(n));
        let (leavers, absent, renames) = (take(mix.leavers), take(mix.absent), take(mix.renames));
        let (readdresses, moves) = (take(mix.readdresses), take(mix.moves));
        leavers.iter().for_each(|at| self.people[*at].row.status = "inactive".into());
        absent.iter().for_each(|at| self.people[*at].absent = true);
        renames.iter().for_each(|at| self.rename(*at));
        readdresses.iter().for_each(|at| self.readdress(*at));
        moves.iter().for_each(|at| self.move_to_another_group(*at, random));
        let back: Vec<usize> = out.into_iter().take(mix.returners).collect();
        back.iter().for_each(|at| self.come_back(*at));
        let new: Vec<usize> = (0..mix.creates).map(|_| self.hire([self.some_group(random)].into())).collect();
        self.touched = [leavers, absent, renames, readdresses, back, new].concat();
        let renamed = self.some_group(random);
        self.names += 1;
        let name = format!("Team {renamed} {}", self.names);
        self.groups.insert(renamed, name);
    }

    /// A new group with a few people in it.
    pub fn found_group(&mut self, random: &mut Rng) {
        self.names += 1;
        let group = format!("new{}", self.names);
        self.groups.insert(group.clone(), format!("Team {group}"));
        for _ in 0..5 {
            let at = random.usize(..self.people.len());
            self.people[at].groups.insert(group.clone());
        }
    }

    /// The directory changes what it said a moment ago: whoever came leaves, whoever left comes back.
    pub fn change_its_mind(&mut self, random: &mut Rng) {
        let mut touched = self.touched.clone();
        random.shuffle(&mut touched);
        for at in touched.into_iter().take(10) {
            match random.u32(..4) {
                _ if !self.people[at].wanted() => self.come_back(at),
                0 => self.people[at].row.status = "inactive".into(),
                1 => self.people[at].absent = true,
                2 => self.rename(at),
                _ => self.readdress(at),
            }
        }
    }

    fn rename(&mut self, at: usize) {
        self.names += 1;
        self.people[at].row.family = format!("Married{}", self.names);
    }

    fn readdress(&mut self, at: usize) {
        self.names += 1;
        let row = &mut self.people[at].row;
        row.mail = format!("p{}.{}@acme.example", row.id, self.names);
        self.owners.insert(row.mail.clone(), row.id.clone());
    }

    fn come_back(&mut self, at: usize) {
        self.people[at].row.status = "active".into();
        self.people[at].absent = false;
    }

    fn move_to_another_group(&mut self, at: usize, random: &mut Rng) {
        let from = self.people[at].groups.first().cloned();
        let size = |group: &String| self.people.iter().filter(|p| p.wanted() && p.groups.contains(group)).count();
        if let Some(from) = from.filter(|from| size(from) > ROOM) {
            self.people[at].groups.remove(&from);
        }
        let to = self.some_group(random);
        self.people[at].groups.insert(to);
    }

    fn some_group(&self, random: &mut Rng) -> String {
        self.groups.keys().nth(random.usize(..self.groups.len())).unwrap().clone()
    }

    /// The export and the `[[group]]`s, as the next cycle reads them.
    pub fn publish(&self, lab: &mut Lab) {
        let mut text = "id,given,family,mail,status,teams\n".to_owned();
        for Person { row, groups, .. } in self.people.iter().filter(|person| !person.absent) {
            let Row { id, given, family, mail, status } = row;
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            writeln!(text, "{id},{given},{family},{mail},{status},{}", groups.join("|")).unwrap();
        }
        lab.write("people.csv", &text);
        let table =
            |(source, name): (&String, &String)| format!("[[group]]\nsource = \"{source}\"\npostman = \"{name}\"\n");
        lab.groups(&self.groups.iter().map(table).collect::<String>());
    }

    /// Who should be able to work in the team, with their names.
    pub fn desired(&self) -> BTreeMap<String, (String, String)> {
        let wanted = self.people.iter().filter(|person| person.wanted());
        wanted.map(|p| (p.row.mail.clone(), (p.row.given.clone(), p.row.family.clone()))).collect()
    }

    /// The groups as Postman should have them.
    pub fn desired_groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        let members = |group: &str| {
            let members = self.people.iter().filter(|person| person.wanted() && person.groups.contains(group));
            members.map(|person| person.row.mail.clone()).collect()
        };
        self.groups.iter().map(|(group, name)| (name.clone(), members(group))).collect()
    }

    pub fn by_id(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.row.id == id)
    }
}
