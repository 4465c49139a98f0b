//! Groups as data and what SCIM does to them: make, rename, change members, delete.
//!
//! Never: parses a request or words an answer, or holds somebody who is not in the team.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::errors::ScimError;
use super::group_body;
use super::knobs::{AbsentMember, DuplicateGroup, GroupDelete, TakenGroupName};
use super::past::Before;
use super::people::Done;
use super::team::{KeyState, Plan, Standing, Team};

/// A group of people of the team.
#[derive(Clone, Debug)]
pub struct Group {
    /// SCIM `id`: `g` and 47 lowercase hexadecimal characters.
    pub id: String,
    /// Postman's own number, which is the `externalId`.
    pub number: u64,
    /// `displayName`.
    pub name: String,
    pub role: Role,
    pub maker: Maker,
    pub created_s: i64,
    pub modified_s: i64,
    /// Places in `people`.
    pub(super) members: BTreeSet<usize>,
}

/// The role a group gives its members. SCIM makes groups of developers; roles are given in the web application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    #[default]
    Developer,
    /// Only a Super Admin's key changes its members.
    SuperAdmin,
}

/// Who made a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maker {
    Scim,
    Hand,
}

/// One operation on a group; members are SCIM ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupChange {
    Rename(String),
    Add(Vec<String>),
    Remove(Vec<String>),
    Replace(Vec<String>),
}

/// All groups, by number, which is the order they were made in.
#[derive(Clone, Default)]
pub(super) struct Groups {
    by_number: BTreeMap<u64, Group>,
    by_id: HashMap<String, u64>,
}

impl Groups {
    pub(super) fn all(&self) -> impl Iterator<Item = &Group> {
        self.by_number.values()
    }

    pub(super) fn get(&self, number: u64) -> Option<&Group> {
        self.by_number.get(&number)
    }

    fn number_of(&self, id: &str) -> Result<u64, ScimError> {
        self.by_id.get(id).copied().ok_or(ScimError::GroupNotFound)
    }

    /// Puts a group back as it was; `None`: it was not there.
    pub(super) fn put_back(&mut self, number: u64, was: Option<Group>) {
        if let Some(is) = self.by_number.remove(&number) {
            self.by_id.remove(&is.id);
        }
        if let Some(was) = was {
            self.by_id.insert(was.id.clone(), number);
            self.by_number.insert(number, was);
        }
    }
}

impl Team {
    /// The group with that id.
    pub(super) fn group_by_id(&self, id: &str) -> Result<&Group, ScimError> {
        self.groups.get(self.groups.number_of(id)?).ok_or(ScimError::GroupNotFound)
    }

    /// The userNames of a group's members, in order of arrival in the team.
    pub fn members_of(&self, group: &Group) -> Vec<&str> {
        group.members.iter().map(|at| self.people[*at].user_name.as_str()).collect()
    }

    /// Everything about groups changes through here, so that there is a way back.
    pub(super) fn set_group(&mut self, number: u64, group: Option<Group>) {
        let was = self.groups.get(number).cloned().map(Box::new);
        self.remember(Before::Group(number, was));
        self.groups.put_back(number, group);
    }

    /// POST. Returns the group's id.
    pub(super) fn create_group(&mut self, name: &str, members: &[String]) -> Result<String, ScimError> {
        if self.plan != Plan::Enterprise {
            return Err(ScimError::Plan);
        }
        self.check_group_name(name, None)?;
        let members = self.places(members)?;
        Ok(self.enter_group(name, Role::Developer, Maker::Scim, members))
    }

    pub(super) fn enter_group(&mut self, name: &str, role: Role, maker: Maker, members: BTreeSet<usize>) -> String {
        let id = format!("g{}", &self.next_id()[1..]);
        let (number, now_s) = (self.made, self.moment.now_s);
        let (name, created_s, modified_s) = (name.to_owned(), now_s, now_s);
        let group = Group { id: id.clone(), number, name, role, maker, created_s, modified_s, members };
        self.set_group(number, Some(group));
        id
    }

    /// PATCH: all operations in their order or, with an error, none. The key's admin must be allowed to.
    pub(super) fn change_group(
        &mut self,
        id: &str,
        changes: &[GroupChange],
        key: KeyState,
    ) -> Result<Vec<Done>, ScimError> {
        let mut group = self.group_by_id(id)?.clone();
        let touches_members = changes.iter().any(|change| !matches!(change, GroupChange::Rename(_)));
        if touches_members {
            may_change_members(&group, key)?;
        }
        let (name, members) = (group.name.clone(), group.members.clone());
        for change in changes {
            match change {
                GroupChange::Rename(name) => {
                    self.check_group_name(name, Some(group.number))?;
                    group.name.clone_from(name);
                }
                GroupChange::Add(ids) => group.members.extend(self.places(ids)?),
                GroupChange::Remove(ids) => {
                    let leaving: Vec<usize> = ids.iter().filter_map(|id| self.position_of_id(id)).collect();
                    group.members.retain(|at| !leaving.contains(at));
                }
                GroupChange::Replace(ids) => group.members = self.places(ids)?,
            }
        }
        let done = [
            (group.name != name).then_some(Done::GroupRenamed),
            (!group.members.is_subset(&members)).then_some(Done::MembersAdded),
            (!members.is_subset(&group.members)).then_some(Done::MembersRemoved),
        ];
        let done: Vec<Done> = done.into_iter().flatten().collect();
        if !done.is_empty() {
            group.modified_s = self.moment.now_s;
            self.set_group(group.number, Some(group));
        }
        Ok(done)
    }

    /// DELETE. What becomes of the members is a knob.
    pub(super) fn delete_group(&mut self, id: &str, key: KeyState) -> Result<Vec<Done>, ScimError> {
        let group = self.group_by_id(id)?.clone();
        may_change_members(&group, key)?;
        self.set_group(group.number, None);
        let mut done = vec![Done::GroupDeleted];
        for at in group.members {
            let elsewhere = self.groups.all().any(|other| other.members.contains(&at));
            let falls = match self.knobs.group_delete {
                GroupDelete::MembersStay => false,
                GroupDelete::DeactivatesSole => !elsewhere,
                GroupDelete::DeactivatesAll => true,
            };
            if falls && self.people[at].standing == Standing::Active {
                self.stand(at, Standing::Deactivated);
                done.push(Done::Deactivated);
            }
        }
        Ok(done)
    }

    /// Somebody who left is in no group any more.
    pub(super) fn leave_groups(&mut self, at: usize) {
        let theirs: Vec<Group> = self.groups.all().filter(|group| group.members.contains(&at)).cloned().collect();
        for mut group in theirs {
            group.members.remove(&at);
            group.modified_s = self.moment.now_s;
            self.set_group(group.number, Some(group));
        }
    }

    /// Puts somebody who just came into the groups a POST named.
    pub(super) fn join_groups(&mut self, at: usize, ids: &[String]) {
        for id in ids {
            if let Ok(group) = self.group_by_id(id) {
                let mut group = group.clone();
                group.members.insert(at);
                self.set_group(group.number, Some(group));
            }
        }
    }

    /// `own`: the number of the group that is renamed.
    fn check_group_name(&self, name: &str, own: Option<u64>) -> Result<(), ScimError> {
        self.check_length(name)?;
        let taken = self.groups.all().any(|group| group.name == name && Some(group.number) != own);
        if !taken || self.knobs.duplicate_group == DuplicateGroup::Allowed {
            return Ok(());
        }
        // Both texts speak of a person: Postman's own examples do.
        Err(match (own, self.knobs.taken_group_name) {
            (Some(_), TakenGroupName::BadRequest) => ScimError::UserNameFailed,
            _ => ScimError::AlreadyMember,
        })
    }

    /// Whether the body of a POST has members who cannot be in a group.
    pub(super) fn names_outsiders(&self, json: Option<&serde_json::Value>) -> bool {
        let is_active =
            |id: &String| self.position_of_id(id).is_some_and(|at| self.people[at].standing == Standing::Active);
        group_body::new_group(json).is_ok_and(|(_, members)| !members.iter().all(is_active))
    }

    /// Who can be in a group: whoever SCIM sees and the knob does not turn away.
    fn places(&self, ids: &[String]) -> Result<BTreeSet<usize>, ScimError> {
        let mut places = BTreeSet::new();
        for id in ids {
            let at = self.position_of_id(id).filter(|at| self.people[*at].standing == Standing::Active);
            match (at, self.knobs.absent_member) {
                (Some(at), _) => _ = places.insert(at),
                (None, AbsentMember::Forbidden) => return Err(ScimError::PersonForbidden),
                (None, AbsentMember::NotFound) => return Err(ScimError::PersonNotFound),
                (None, AbsentMember::Ignored) => {}
            }
        }
        Ok(places)
    }
}

fn may_change_members(group: &Group, key: KeyState) -> Result<(), ScimError> {
    match (group.role, key) {
        (Role::SuperAdmin, KeyState::TeamAdmin) => Err(ScimError::ActionForbidden),
        _ => Ok(()),
    }
}
