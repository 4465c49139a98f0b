//! Memberships: what each entry says about the groups of `[[group]]` is compared at once with what was made true. Memory
//! grows with memberships × 12 bytes plus the differences.
//!
//! Never: takes somebody who was not shown for somebody who left, or lets one source speak about another one's groups.

use std::collections::{BTreeMap, BTreeSet};

use super::join::Person;
use super::{Folding, Said, small};
use crate::core::groups::rules::{Asked, Rule};
use crate::core::groups::{DesiredGroup, DirectoryGroup, FoundGroup, GroupId, GroupReading};
use crate::core::model::{Active, DirectoryUser, SourceId, Wanted};
use crate::planted::Bug;
use crate::store::{self, Store};

/// A membership that was made true: 12 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Applied {
    /// Position in the index.
    row: u32,
    group: u32,
    /// Whether the group's source showed the person in it; nothing until it showed the person.
    shown: Option<bool>,
}

/// A membership that was not made true yet: 12 bytes.
#[derive(Clone, Copy, Debug)]
struct Join {
    group: u32,
    who: Who,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    /// Position in the index.
    Row(u32),
    /// Position in `kept`.
    Kept(u32),
}

/// What is asked and known of groups; empty where nothing is asked.
#[derive(Default)]
pub(super) struct Groups<'a> {
    rules: Option<&'a [Rule]>,
    /// Each group has a number, its position here; the managed ones come first.
    ids: Vec<GroupId>,
    managed: usize,
    /// The same by source and the directory's id, so that no entry has to make a `GroupId`.
    numbers: BTreeMap<String, BTreeMap<String, u32>>,
    /// Sorted by row.
    applied: Vec<Applied>,
    joins: Vec<Join>,
}

impl Groups<'_> {
    fn number(&mut self, source: &str, id: &str) -> u32 {
        if let Some(&number) = self.numbers.get(source).and_then(|numbers| numbers.get(id)) {
            return number;
        }
        let number = small(self.ids.len());
        self.ids.push(GroupId::new(source, id));
        self.numbers.entry(source.to_owned()).or_default().insert(id.to_owned(), number);
        number
    }

    fn of_row(&self, row: usize) -> std::ops::Range<usize> {
        let row = small(row);
        let start = self.applied.partition_point(|applied| applied.row < row);
        start..start + self.applied[start..].partition_point(|applied| applied.row == row)
    }

    /// Marks what the entry says of the memberships that its person has; returns the groups that they are in besides.
    pub(super) fn compare(&mut self, user: &DirectoryUser, row: Option<usize>) -> Vec<u32> {
        // Whoever's state the directory does not say is left as they are, in groups too.
        if self.rules.is_none() || user.active == Active::Unknown {
            return Vec::new();
        }
        let source = &user.id.source;
        let mut groups: Vec<u32> = user.in_groups.iter().map(|id| self.number(source, id)).collect();
        groups.sort_unstable();
        groups.dedup();
        let range = row.map_or(0..0, |row| self.of_row(row));
        for applied in &mut self.applied[range] {
            let at = groups.binary_search(&applied.group);
            if let Ok(at) = at {
                groups.remove(at);
            }
            if self.ids[applied.group as usize].source() == source {
                applied.shown = Some(at.is_ok() || applied.shown == Some(true));
            }
        }
        groups
    }

    /// `row`, `kept`: positions of the person, as far as they have any.
    pub(super) fn join(&mut self, groups: Vec<u32>, row: Option<usize>, kept: Option<u32>) {
        let Some(who) = row.map(|row| Who::Row(small(row))).or(kept.map(Who::Kept)) else { return };
        self.joins.extend(groups.into_iter().map(|group| Join { group, who }));
    }

    fn is_applied(&self, row: usize, group: u32) -> bool {
        self.applied[self.of_row(row)].iter().any(|applied| applied.group == group)
    }
}

/// What one source's rules came to.
struct Answered {
    /// By the place of the first rule, in file order, that means the group.
    found: BTreeMap<GroupId, (usize, FoundGroup)>,
    /// Rules, and why it is not known whom they mean.
    failed: Vec<(String, String)>,
}

fn answered(rules: &[Rule], source: &str, groups: &[DirectoryGroup]) -> Answered {
    let (mut found, mut failed) = (BTreeMap::new(), Vec::new());
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for (place, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.from == source) {
        asked.entry(rule.asked.text()).or_insert(place);
    }
    for group in groups {
        match (asked.get(&group.asked), &group.found) {
            (None, _) => failed.push((group.asked.clone(), "no [[group]] asks for it in these words".to_owned())),
            (_, Err(_)) if Bug::BelievesAnUnreadGroup.is_planted() => {}
            (_, Err(why)) => failed.push((group.asked.clone(), why.clone())),
            (Some(&place), Ok(group)) => {
                let first = found.entry(GroupId::new(source, &group.id)).or_insert((place, group.clone()));
                if place < first.0 {
                    *first = (place, group.clone());
                }
            }
        }
    }
    // A pattern that no group matches is an answer; a group of which nothing is said is not.
    let is_told = |text: &str| groups.iter().any(|group| group.asked == text);
    let untold = asked.iter().filter(|(text, place)| matches!(rules[**place].asked, Asked::One(_)) && !is_told(text));
    failed.extend(untold.map(|(text, _)| (text.clone(), "the source says nothing about it".to_owned())));
    Answered { found, failed }
}

/// Where a group is no more than its name, one that a pattern means and nobody has is empty.
fn add_emptied<'g>(
    rules: &[Rule],
    managed: impl Iterator<Item = &'g GroupId>,
    found: &mut BTreeMap<GroupId, (usize, FoundGroup)>,
) {
    for id in managed {
        let means = |rule: &Rule| rule.from == id.source() && rule.asked.star(id.id()).is_some();
        if let Some(place) = rules.iter().position(means) {
            let name = id.id().to_owned();
            found.entry(id.clone()).or_insert((place, FoundGroup { id: name.clone(), name, members: 0 }));
        }
    }
}

impl<'a> Folding<'a> {
    /// Compares the members of the groups that these rules mean, too.
    pub fn grouping(mut self, rules: &'a [Rule], store: &Store) -> store::Result<Self> {
        self.groups.rules = Some(rules);
        let mut numbers: BTreeMap<i64, u32> = BTreeMap::new();
        for (row, group) in store.group_rows()? {
            numbers.insert(row, self.groups.number(group.id.source(), group.id.id()));
        }
        self.groups.managed = self.groups.ids.len();
        let mut rows: Vec<(i64, u32)> = self.index.iter().zip(0..).map(|(known, at)| (known.row, at)).collect();
        rows.sort_unstable();
        let position = |row: i64| rows.binary_search_by_key(&row, |row| row.0).ok().map(|at| rows[at].1);
        let memberships = store.membership_index()?;
        self.groups.applied.reserve_exact(memberships.len());
        self.groups.applied.extend(memberships.into_iter().filter_map(|membership| {
            let (row, group) = (position(membership.row)?, *numbers.get(&membership.group)?);
            Some(Applied { row, group, shown: None })
        }));
        self.groups.applied.sort_unstable();
        Ok(self)
    }

    /// Who is meant by each difference; only people whom the word that counts wants in the team.
    pub(super) fn joiners(&mut self) -> Vec<(u32, Person)> {
        let joins = std::mem::take(&mut self.groups.joins);
        if joins.is_empty() {
            return Vec::new();
        }
        let rows: BTreeMap<u32, u32> = self.claims.iter().filter_map(|claim| Some((claim.kept?, claim.row?))).collect();
        joins.into_iter().filter_map(|join| Some((join.group, self.joiner(join, &rows)?))).collect()
    }

    /// `rows`: by position in `kept`, the rows of people whom a userName joined to their entry.
    fn joiner(&self, join: Join, rows: &BTreeMap<u32, u32>) -> Option<Person> {
        let row = match join.who {
            Who::Row(row) => row as usize,
            Who::Kept(mut kept) => {
                // By the address, and then by what was joined before.
                for _ in 0..2 {
                    kept = self.same_newcomer.get(&kept).copied().unwrap_or(kept);
                }
                let Some(&row) = rows.get(&kept) else {
                    let newcomer = self.kept[kept as usize].as_ref().filter(|user| user.wanted == Wanted::In)?;
                    return Some(Person::New(newcomer.id.clone()));
                };
                row as usize
            }
        };
        let is_wanted = self.heard[row].is_some_and(|heard| heard.said == Said::In);
        let is_new = self.may_speak_of_groups(row, join.group) && !self.groups.is_applied(row, join.group);
        (is_wanted && is_new).then_some(Person::Managed(row))
    }

    /// Whether the entry that the group's source has for this person may speak for their account.
    fn may_speak_of_groups(&self, row: usize, group: u32) -> bool {
        let source = self.groups.ids[group as usize].source();
        let own = self.index[row].source.and_then(|at| self.several.get(usize::from(at)));
        self.several.is_empty() || own.is_some_and(|own| own == source) || self.may_be_spoken_for(row)
    }

    /// What every source that was read says about the groups it was asked for.
    pub(super) fn group_reading(&self, joiners: Vec<(u32, Person)>, store: &Store) -> store::Result<GroupReading> {
        let Some(rules) = self.groups.rules else { return Ok(GroupReading::default()) };
        let mut reading = GroupReading::default();
        let (mut desired, mut unwanted) = (BTreeMap::new(), BTreeSet::new());
        for read in &self.sources {
            let Ok(evidence) = &read.evidence else { continue };
            let Answered { mut found, failed } = answered(rules, &read.source, &evidence.groups);
            let managed = &self.groups.ids[..self.groups.managed];
            let of_source = || managed.iter().zip(0_u32..).filter(|(id, _)| id.source() == read.source);
            if evidence.groups_are_names {
                add_emptied(rules, of_source().map(|(id, _)| id), &mut found);
            }
            if failed.is_empty() {
                unwanted.extend(of_source().filter(|(id, _)| !found.contains_key(id)).map(|(_, number)| number));
            }
            reading.failed.extend(failed.into_iter().map(|(asked, why)| (read.source.clone(), asked, why)));
            desired.extend(found);
        }
        let mut people = self.movements(joiners, &unwanted, store)?;
        for (id, (place, found)) in desired {
            let number = self.groups.numbers.get(id.source()).and_then(|numbers| numbers.get(id.id()));
            let Moves { applied, stays, joins, leaves, .. } = number.and_then(|n| people.remove(n)).unwrap_or_default();
            let rule = &rules[place];
            reading.desired.push(DesiredGroup {
                name: rule.postman_name(&found.name),
                directory_name: found.name.clone(),
                adopt: rule.adopt,
                members: found.members,
                applied,
                stays,
                joins: joins.into_iter().collect(),
                leaves: leaves.into_iter().collect(),
                id,
            });
        }
        for number in unwanted {
            let members = people.remove(&number).unwrap_or_default().members;
            reading.unwanted.push((self.groups.ids[number as usize].clone(), members.into_iter().collect()));
        }
        reading.unwanted.sort();
        Ok(reading)
    }

    /// By the group's number, whose memberships begin and end; of `unwanted` groups, who is in them.
    fn movements(
        &self,
        joiners: Vec<(u32, Person)>,
        unwanted: &BTreeSet<u32>,
        store: &Store,
    ) -> store::Result<BTreeMap<u32, Moves>> {
        let has_left = |applied: &&Applied| {
            let has_left = applied.shown.map_or(Bug::UnseenLeaveTheirGroups.is_planted(), |is_in| !is_in);
            has_left && self.may_speak_of_groups(applied.row as usize, applied.group)
        };
        let leavers: Vec<&Applied> = self.groups.applied.iter().filter(has_left).collect();
        let members = || self.groups.applied.iter().filter(|applied| unwanted.contains(&applied.group));
        let joining = joiners.iter().filter_map(|(_, person)| match person {
            Person::Managed(row) => Some(*row),
            Person::New(_) => None,
        });
        let ending = leavers.iter().copied().chain(members()).map(|applied| applied.row as usize);
        let ids = self.ids(store, joining.chain(ending))?;
        let id = |applied: &Applied| ids.get(&(applied.row as usize)).cloned();
        let mut moves: BTreeMap<u32, Moves> = BTreeMap::new();
        for applied in &self.groups.applied {
            let of_group = moves.entry(applied.group).or_default();
            of_group.applied += 1;
            of_group.stays += u64::from(applied.shown == Some(true));
        }
        for leaver in leavers {
            moves.entry(leaver.group).or_default().leaves.extend(id(leaver));
        }
        for member in members() {
            moves.entry(member.group).or_default().members.extend(id(member));
        }
        for (group, person) in joiners {
            let person = match person {
                Person::Managed(row) => ids.get(&row).cloned(),
                Person::New(id) => Some(id),
            };
            moves.entry(group).or_default().joins.extend(person);
        }
        Ok(moves)
    }
}

/// One group's people, as far as something changes for them.
#[derive(Default)]
struct Moves {
    applied: u64,
    stays: u64,
    joins: BTreeSet<SourceId>,
    leaves: BTreeSet<SourceId>,
    members: BTreeSet<SourceId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_membership_is_twelve_bytes() {
        assert_eq!((size_of::<Applied>(), size_of::<Join>()), (12, 12));
    }
}
