//! The groups that `[[group]]` asks for, as they were read; who of the people is in each; and what the evidence says of them. Pure.
//!
//! Never: takes a group whose members are not all known for one that somebody left. That is an error of this group alone.

use std::collections::BTreeMap;

use super::find::Group;
use super::nesting::Inside;
use super::{Groups, Marks, told};
use crate::core::groups::rules::Asked;
use crate::core::groups::{DirectoryGroup, FoundGroup};
use crate::source::ldap::dn::Key;

/// How many groups the evidence tells one by one.
const TOLD: usize = 20;

const CUT: &str = "the server sends only a part of memberOf for people in very many groups, so it is not known who is in it; set \
                   membership = \"chain\"";
const CONTRADICTED: &str = "it lists somebody as a member whose memberOf does not name it; repair memberOf, or set membership = \
                            \"member\"";

const MOVED: &str = "it changed while it was read; the next cycle reads again";

/// All of them, and what each rule got.
#[derive(Debug, Default)]
pub struct Pushed {
    pub groups: Vec<PushedGroup>,
    answers: Vec<Answer>,
}

/// A group that was read to its end, however many rules ask for it.
#[derive(Debug)]
pub struct PushedGroup {
    pub group: Group,
    pub id: String,
    /// How many it lists. None where the server follows the groups inside and the group itself says little of who is in it.
    pub listed: Option<usize>,
    pub inside: Inside,
}

/// One group for one rule.
#[derive(Debug)]
struct Answer {
    asked: String,
    /// The name under which it is meant, and which of the groups it is.
    found: Result<(String, usize), String>,
}

impl Pushed {
    /// None of them is known, for that reason.
    pub fn unread(asked: &[Asked], why: &str) -> Self {
        let mut pushed = Self::default();
        asked.iter().for_each(|asked| pushed.refuse(asked, why.to_owned()));
        pushed
    }

    pub fn refuse(&mut self, asked: &Asked, why: String) {
        self.answers.push(Answer { asked: asked.text(), found: Err(why) });
    }

    pub fn answer(&mut self, asked: &Asked, name: String, group: usize) {
        self.answers.push(Answer { asked: asked.text(), found: Ok((name, group)) });
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    pub fn insides(&self) -> impl Iterator<Item = &Inside> {
        self.groups.iter().map(|group| &group.inside)
    }

    /// The members of each that are no group which was followed, by its id.
    pub fn others(self) -> BTreeMap<String, Vec<u128>> {
        let numbers = |inside: Inside| inside.entries.into_iter().map(Key::number).collect();
        self.groups.into_iter().map(|group| (group.id, numbers(group.inside))).collect()
    }
}

/// The people of one reading, counted in each group.
pub struct Tally<'a> {
    pushed: &'a Pushed,
    people: Vec<usize>,
    /// Why it is not known who is in a group after all.
    doubts: Vec<Option<&'static str>>,
}

impl<'a> Tally<'a> {
    pub fn of(groups: &'a Groups) -> Self {
        let pushed = &groups.pushed;
        Self { pushed, people: vec![0; pushed.groups.len()], doubts: vec![None; pushed.groups.len()] }
    }

    /// The ids of the groups that a person is in.
    pub fn count(&mut self, person: &Marks) -> Vec<String> {
        let mut ids = Vec::new();
        for (at, PushedGroup { id, inside, .. }) in self.pushed.groups.iter().enumerate() {
            if person.is_cut {
                self.doubts[at] = Some(CUT);
            }
            if person.is_in(inside) {
                self.people[at] += 1;
                ids.push(id.clone());
            } else if person.is_named_by(inside) || person.has_uid_in(inside) {
                // Where the group itself decides, whoever it names is in it.
                self.doubts[at].get_or_insert(CONTRADICTED);
            }
        }
        ids
    }

    /// The groups, by number, that have somebody who is none of the people so far: who is below no base, or does not match
    /// `source.filter`, or was called otherwise when they were read.
    pub fn unseen(&self) -> Vec<(usize, &'a PushedGroup)> {
        let groups = self.pushed.groups.iter().enumerate();
        groups.filter(|(at, group)| self.doubts[*at].is_none() && self.people[*at] < group.inside.len()).collect()
    }

    /// What reading it again said of a group.
    pub fn changed(&mut self, at: usize) {
        self.doubts[at] = Some(MOVED);
    }

    /// For the evidence.
    pub fn found(&self) -> Vec<DirectoryGroup> {
        let found = |Answer { asked, found }: &Answer| {
            let found = found.clone().and_then(|(name, at)| match self.doubts[at] {
                Some(why) => Err(format!("{name}: {why}")),
                None => {
                    let PushedGroup { id, listed, .. } = &self.pushed.groups[at];
                    let members = listed.unwrap_or_default().max(self.people[at]) as u64;
                    Ok(FoundGroup { id: id.clone(), name, members })
                }
            });
            DirectoryGroup { asked: asked.clone(), found }
        };
        self.pushed.answers.iter().map(found).collect()
    }

    /// For the evidence, in words; the groups that are not known have a note of their own.
    pub fn checked(&self) -> Vec<String> {
        let names: BTreeMap<usize, &str> = self
            .pushed
            .answers
            .iter()
            .filter_map(|answer| answer.found.as_ref().ok())
            .map(|(name, at)| (*at, name.as_str()))
            .collect();
        let known = names.iter().filter(|(at, _)| self.doubts[**at].is_none());
        let mut texts: Vec<String> = known
            .map(|(at, name)| format!("pushed {}", told(name, &self.pushed.groups[*at].inside, self.people[*at])))
            .collect();
        if let Some(more) = texts.len().checked_sub(TOLD).filter(|more| *more > 0) {
            texts.truncate(TOLD);
            texts.push(format!("{more} more groups are pushed"));
        }
        texts
    }
}
