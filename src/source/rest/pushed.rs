//! The groups that `[[group]]` asks a source for: which those are, and who is in each.
//!
//! What is wrong with one of them is told of that one, and people are read all the same: nobody keeps access because somebody's
//! group was deleted. Only where the server itself does not answer the reading fails.
//! Never: reads a group twice that two rules mean, reads more than `ASKED_GROUPS_MAX`, keeps more of a member than a hash, or takes
//! a group that may not be read for an empty one.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::core::groups::rules::Asked;
use crate::core::groups::{DirectoryGroup, FoundGroup};
use crate::source::{ASKED_GROUPS_MAX, SourceError};

/// A group, as the directory has it.
#[derive(Clone, Debug)]
pub struct Group {
    /// Immutable.
    pub id: String,
    pub name: String,
    /// Where groups have one, and `scope.groups` may name it by that.
    pub address: Option<String>,
}

/// Who is in a group.
pub enum Members {
    /// Of each a hash, made as the one that `Pushed::of` is asked with.
    People(Arc<HashSet<u128>>),
    /// Everybody who is handed over.
    Everybody,
    /// Whoever is handed over with that group of `scope.groups`, which is read on the way.
    OfScope(String),
}

/// What a rule and a group are asked of. An error that is no answer about that one (`SourceError::about_one`) ends the reading.
pub trait Directory: Sync {
    /// The groups that are meant: one, or any number for a pattern. Errors: it is not there, or is not told apart.
    fn find(&self, asked: &Asked) -> impl Future<Output = Result<Vec<Group>, SourceError>> + Send;

    /// Errors name the group.
    fn members(&self, group: &Group) -> impl Future<Output = Result<Members, SourceError>> + Send;
}

/// All of them.
#[derive(Default)]
pub struct Pushed {
    /// By rule.
    found: Vec<(String, Result<Vec<Group>, String>)>,
    /// By id.
    read: BTreeMap<String, Read>,
}

struct Read {
    members: Result<Members, String>,
    /// How many people in it were handed over.
    shown: u64,
}

impl Pushed {
    /// Finds each, and reads who is in it, one after the other.
    pub async fn read(rules: &[Asked], directory: &impl Directory) -> Result<Self, SourceError> {
        let mut pushed = Self::default();
        for asked in rules {
            let found = or_why(directory.find(asked).await)?.and_then(|found| pushed.few_enough(found));
            for group in found.iter().flatten() {
                if !pushed.read.contains_key(&group.id) {
                    let members = or_why(directory.members(group).await)?;
                    pushed.read.insert(group.id.clone(), Read { members, shown: 0 });
                }
            }
            pushed.found.push((asked.text(), found));
        }
        Ok(pushed)
    }

    /// Errors: with these there are too many, so that nobody asks for their members.
    fn few_enough(&self, found: Vec<Group>) -> Result<Vec<Group>, String> {
        let new = found.iter().filter(|group| !self.read.contains_key(&group.id)).count();
        if self.read.len() + new > ASKED_GROUPS_MAX {
            return Err(format!("all that is asked for means more than {ASKED_GROUPS_MAX} groups; ask for fewer"));
        }
        Ok(found)
    }

    /// Ids of those that somebody who is handed over is in. `scope`: the groups of `scope.groups` that they are in.
    pub fn of(&mut self, person: u128, scope: &[String]) -> Vec<String> {
        let of = self.read.iter_mut().filter(|(_, read)| match &read.members {
            Ok(Members::People(people)) => people.contains(&person),
            Ok(Members::Everybody) => true,
            Ok(Members::OfScope(name)) => scope.contains(name),
            Err(_) => false,
        });
        of.map(|(id, read)| {
            read.shown += 1;
            id.clone()
        })
        .collect()
    }

    /// What was learned later: it is not known who is in that one.
    pub fn doubt(&mut self, id: &str, why: String) {
        if let Some(read) = self.read.get_mut(id) {
            read.members = Err(why);
        }
    }

    /// For the evidence, after everybody was handed over: each group once a rule.
    pub fn evidence(&self) -> Vec<DirectoryGroup> {
        let mut groups = Vec::new();
        for (asked, found) in &self.found {
            let told = |found| DirectoryGroup { asked: asked.clone(), found };
            match found {
                Ok(found) => groups.extend(found.iter().map(|group| told(self.counted(group)))),
                Err(why) => groups.push(told(Err(why.clone()))),
            }
        }
        groups
    }

    fn counted(&self, group: &Group) -> Result<FoundGroup, String> {
        let Some(read) = self.read.get(&group.id) else { return Err("its members were not read".into()) };
        let members = match &read.members {
            Ok(Members::People(people)) => people.len() as u64,
            Ok(Members::Everybody | Members::OfScope(_)) => read.shown,
            Err(why) => return Err(why.clone()),
        };
        Ok(FoundGroup { id: group.id.clone(), name: group.name.clone(), members })
    }
}

fn or_why<T>(answer: Result<T, SourceError>) -> Result<Result<T, String>, SourceError> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(error) => error.about_one().map(Err),
    }
}
