//! Groups that a `[[group]]` asks for: who is in them, what they are called, and what is wrong with one of them is wrong with no
//! other. The adapter is asked itself, since what it says is what everything behind it believes.

use std::collections::BTreeMap;

use postman_scim_sync::core::model::DirectoryUser;

use crate::reading::Reading;
use crate::support::crowd;

use super::PAGE;
use super::stage::{PEOPLE, Stage, Stop, same};

/// A group of the directory: by a number that never changes, a name, and the numbers of its people.
#[derive(Clone, Debug)]
pub struct Group {
    pub id: String,
    pub name: String,
    pub people: Vec<String>,
}

/// The scenes of this file.
pub const SCENES: [&str; 3] = ["groups_that_are_asked_for", "a_group_is_renamed", "groups_that_go"];

const PATTERN: &str = "pm-*";

type Told = Result<(), Stop>;

pub fn group(id: usize, name: &str, people: impl IntoIterator<Item = usize>) -> Group {
    let people = people.into_iter().map(|person| person.to_string()).collect();
    Group { id: id.to_string(), name: name.to_owned(), people }
}

/// More than a page of groups that fit the pattern, one of them with more than two pages of people; one that only has it in its
/// middle; and two that are asked for by their names.
fn company() -> Vec<Group> {
    let mut groups = vec![
        group(101, "pm-platform", 1..=2 * PAGE + 2),
        group(102, "PM-Data", 3..=7),
        group(103, "not-pm-design", [1, 2]),
        group(104, "Ops Leads", [2, PEOPLE]),
    ];
    groups.extend((1..=PAGE).map(|n| group(110 + n, &format!("pm-team {n}"), [PEOPLE - n])));
    groups
}

/// By name and by pattern, one of them by both, and one that is not there.
pub fn groups_that_are_asked_for(stage: &mut Stage) -> Told {
    let groups = company();
    stage.hold(&groups)?;
    stage.show(&crowd(PEOPLE))?;
    let before = scope_groups(&stage.read(&[])?);
    let nowhere = group(190, "pm nowhere", []);
    let one = [groups[3].clone(), groups[0].clone(), nowhere.clone()].map(|group| stage.directory().asked(&group));
    let asked = [one[0].as_str(), one[1].as_str(), one[2].as_str(), PATTERN];
    let read = stage.read(&asked)?;
    let matching = |group: &&Group| group.name.to_ascii_lowercase().starts_with("pm-");
    let by_pattern: Vec<&Group> = groups.iter().filter(matching).collect();
    let mut found: Vec<String> = by_pattern.iter().map(|group| shown(stage, PATTERN, group)).collect();
    found.extend([shown(stage, &one[0], &groups[3]), shown(stage, &one[1], &groups[0]), missing(stage, &nowhere)]);
    let members: Vec<&Group> = by_pattern.into_iter().chain([&groups[3]]).collect();
    is(stage, &read, found, &members)?;
    same("people who were read", read.people.len(), PEOPLE)?;
    same("groups that people are in scope by", scope_groups(&read), before)
}

/// The same id, and another name.
pub fn a_group_is_renamed(stage: &mut Stage) -> Told {
    let mut groups = vec![group(101, "pm-platform", 1..=3)];
    stage.hold(&groups)?;
    stage.show(&crowd(PEOPLE))?;
    let read = stage.read(&[PATTERN])?;
    is(stage, &read, vec![shown(stage, PATTERN, &groups[0])], &[&groups[0]])?;
    groups[0].name = "pm-Plattform Süd".into();
    if stage.directory().group_id(&groups[0]) != stage.directory().group_id(&group(101, "pm-platform", [])) {
        return Err(Stop::CannotHappen);
    }
    stage.hold(&groups)?;
    stage.show(&crowd(PEOPLE))?;
    let read = stage.read(&[PATTERN])?;
    is(stage, &read, vec![shown(stage, PATTERN, &groups[0])], &[&groups[0]])
}

/// One is emptied, and one is deleted: nobody else is in another group than before, and everybody is read.
pub fn groups_that_go(stage: &mut Stage) -> Told {
    let mut groups = company();
    let asked = [&groups[3], &groups[0]].map(|group| stage.directory().asked(group));
    let asked: Vec<&str> = asked.iter().map(String::as_str).chain(["pm-team *"]).collect();
    stage.hold(&groups)?;
    stage.show(&crowd(PEOPLE))?;
    stage.read(&asked)?;
    groups[3].people.clear();
    let deleted = groups.remove(0);
    stage.hold(&groups)?;
    stage.show(&crowd(PEOPLE))?;
    let read = stage.read(&asked)?;
    let teams: Vec<&Group> = groups.iter().filter(|group| group.name.starts_with("pm-team ")).collect();
    let mut found: Vec<String> = teams.iter().map(|group| shown(stage, "pm-team *", group)).collect();
    let emptied = groups.iter().find(|group| group.people.is_empty()).unwrap();
    found.push(if stage.directory().tells_empty() {
        shown(stage, asked[0], emptied)
    } else {
        format!("{}: Err", asked[0])
    });
    found.push(missing(stage, &deleted));
    is(stage, &read, found, &teams)?;
    same("people who were read", read.people.len(), PEOPLE)
}

/// These were found, and exactly their people are in them.
fn is(stage: &Stage, read: &Reading, mut found: Vec<String>, groups: &[&Group]) -> Told {
    found.sort();
    same("groups that were found", read.found(), found)?;
    let mut people: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for group in groups {
        for person in &group.people {
            people.entry(format!("p{person}@acme.example")).or_default().push(stage.directory().group_id(group));
        }
    }
    people.values_mut().for_each(|groups| groups.sort());
    same("who is in which group", read.in_groups(stage.directory().mapping()[0]), people)
}

/// As `Reading::found` writes it.
fn shown(stage: &Stage, asked: &str, group: &Group) -> String {
    format!("{asked}: {} {:?} has {}", stage.directory().group_id(group), group.name, group.people.len())
}

fn missing(stage: &Stage, group: &Group) -> String {
    let asked = stage.directory().asked(group);
    let nobody = Group { people: Vec::new(), ..group.clone() };
    if stage.directory().has_every_group() { shown(stage, &asked, &nobody) } else { format!("{asked}: Err") }
}

/// Of each person, by id, the groups that `[scope]` judges.
fn scope_groups(read: &Reading) -> BTreeMap<String, Vec<String>> {
    let of = |user: &DirectoryUser| (user.id.id.clone(), user.groups.clone());
    read.people.iter().map(of).collect()
}
