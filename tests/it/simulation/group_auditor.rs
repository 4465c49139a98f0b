//! What the auditor looks for in groups: only groups of ours change, nobody leaves one whom the directory has in it, and in the
//! end the members are the same on both sides.
//!
//! Never: shares code with the planner or the engine. Of their report it takes only which groups they set aside.

use std::collections::{BTreeMap, BTreeSet};

use postman_scim_sync::core::groups::GroupNote;
use postman_scim_sync::core::plan::Note;
use postman_scim_sync::engine::outcome::CycleReport;
use postman_scim_sync::sandbox::{Kind, Logged, Maker, Team};
use serde_json::Value;

use super::directory::{Person, Reading, State};
use super::groups::{Group, Mood};
use super::setup::ADMIN;

/// What is known of the accounts: by SCIM id, every directory person who ever had one of its addresses.
pub type Owners<'a> = &'a dyn Fn(&str) -> BTreeSet<String>;

#[derive(Default)]
pub struct GroupAuditor {
    /// Groups at Postman that were made for, or may have been adopted for, groups of the directory: by SCIM id.
    of: BTreeMap<String, BTreeSet<String>>,
    /// Names that were asked for, in lower case, with the groups of the directory that wanted them: a request may have its effect later.
    asked: BTreeMap<String, BTreeSet<String>>,
    /// Whether a rule adopts groups that it finds.
    adopts: bool,
    lost: bool,
}

impl GroupAuditor {
    pub fn of(adopts: bool) -> Self {
        Self { adopts, ..Self::default() }
    }

    /// After each reading: a group of a wanted name may come under management, and one that was asked for may be there by now.
    pub fn look(&mut self, team: &Team, wanted: &[Group], writes: &[&Logged]) {
        // What this cycle made is told by its own write.
        let made = |id: &str| {
            let mut makes = writes.iter().filter(|write| write.kind == Kind::CreateGroup);
            makes.any(|write| write.scim_id.as_deref() == Some(id))
        };
        let found: Vec<_> = team.groups().into_iter().filter(|group| !made(&group.id)).collect();
        for group in found.iter().filter(|group| group.maker == Maker::Scim) {
            if let Some(asked) = self.asked.get(&group.name.to_lowercase()) {
                self.of.entry(group.id.clone()).or_insert_with(|| asked.clone());
            }
        }
        // One that is managed already is nobody else's, whatever it is called, unless the state forgot it.
        let is_free = |id: &String| self.adopts && (self.lost || !self.of.contains_key(id));
        let free: Vec<_> = found.into_iter().filter(|group| is_free(&group.id)).collect();
        for group in free {
            self.named(&group.id, &group.name, wanted);
        }
    }

    fn named(&mut self, scim_id: &str, name: &str, wanted: &[Group]) {
        let called = |group: &&Group| group.wanted_name().is_some_and(|wanted| wanted.eq_ignore_ascii_case(name));
        for group in wanted.iter().filter(called) {
            self.of.entry(scim_id.to_owned()).or_default().insert(group.id.clone());
        }
    }

    pub fn state_was_lost(&mut self) {
        self.lost = true;
    }

    /// One write about a group. `approved`: a person approved a plan since the last cycle that came to its end.
    pub fn check(
        &mut self,
        write: &Logged,
        reading: Option<&Reading>,
        owners: Owners<'_>,
        approved: bool,
    ) -> Vec<String> {
        let (what, mut wrong) = (format!("seq {}: {:?} of a group", write.seq, write.kind), Vec::new());
        let wanted: &[Group] = reading.map_or(&[], |reading| &reading.groups);
        if write.kind == Kind::CreateGroup {
            let body: Value = serde_json::from_str(write.body.as_deref().unwrap_or_default()).unwrap_or_default();
            let name = body["displayName"].as_str().unwrap_or_default();
            // One that cannot be read, or is empty, asks for nothing, even under the same name.
            let asking: Vec<Group> = wanted.iter().filter(|group| group.asks_for(name)).cloned().collect();
            if asking.is_empty() {
                wrong.push(format!("I4 {what} {name:?} that no readable group with members asks for"));
            }
            let asked = self.asked.entry(name.to_lowercase()).or_default();
            asked.extend(asking.iter().map(|group| group.id.clone()));
            if let Some(scim_id) = write.scim_id.as_ref().filter(|_| write.had_effect()) {
                self.named(scim_id, name, &asking);
            }
            return wrong;
        }
        let scim_id = write.scim_id.as_deref().unwrap_or_default();
        let Some(ours) = self.of.get(scim_id) else {
            return vec![format!("I4 {what} that is not ours")];
        };
        let readable: Vec<&Group> =
            wanted.iter().filter(|group| ours.contains(&group.id) && group.mood != Mood::Unreadable).collect();
        match write.kind {
            Kind::ChangeMembers => {
                for (adds, member) in memberships(write, &mut wrong) {
                    let owners = owners(&member);
                    let verdict = match adds {
                        true => may_join(&owners, &readable),
                        false => may_leave(&owners, &readable, ours, reading, approved),
                    };
                    wrong.extend(verdict.err().map(|why| format!("I1 {what}: {member} {why} ({owners:?})")));
                }
            }
            Kind::DeleteGroup
                if wanted.iter().any(|group| ours.contains(&group.id) && group.wanted_name().is_some()) =>
            {
                wrong.push(format!("I1 {what} that the directory has"));
            }
            _ => {}
        }
        wrong
    }

    /// Directory, team and network are at rest.
    pub fn at_end(
        &self,
        report: &CycleReport,
        team: &Team,
        groups: &[Group],
        people: &[Person],
        aside: &BTreeSet<String>,
    ) -> Vec<String> {
        let noted = noted(report);
        let mut wrong = Vec::new();
        for group in groups {
            let Some(name) = group.wanted_name().filter(|_| !noted.contains(&group.id)) else { continue };
            let wanted = wanted_members(group, people, team, aside);
            // Where Postman takes a name twice, ours is the one that was made over SCIM.
            let named = team.groups().into_iter().filter(|found| found.name == name);
            let Some(found) = named.max_by_key(|found| found.maker == Maker::Scim) else {
                if !wanted.is_empty() {
                    wrong.push(format!("I8 the group {name:?} is not there"));
                }
                continue;
            };
            let members: BTreeSet<String> = team.members_of(found).into_iter().map(str::to_lowercase).collect();
            let missing: Vec<&String> = wanted.difference(&members).collect();
            if !missing.is_empty() {
                wrong.push(format!("I8 {missing:?} are not in {name:?}"));
            }
            let out = people.iter().filter(|person| !group.members.contains(&person.id) && !aside.contains(&person.id));
            let out = out.filter(|person| person.state == State::Active && !person.mail.eq_ignore_ascii_case(ADMIN));
            let stayed: Vec<&String> =
                out.map(|person| &person.mail).filter(|mail| members.contains(&mail.to_lowercase())).collect();
            // A group of that name which never was ours stays as it is.
            if !stayed.is_empty() && self.of.contains_key(&found.id) {
                wrong.push(format!("I8 {stayed:?} are still in {name:?}"));
            }
        }
        wrong
    }
}

/// Each membership that a PATCH changes: whether it begins, and the SCIM id of whose.
fn memberships(write: &Logged, wrong: &mut Vec<String>) -> Vec<(bool, String)> {
    let body: Value = serde_json::from_str(write.body.as_deref().unwrap_or_default()).unwrap_or_default();
    let mut found = Vec::new();
    for operation in body["Operations"].as_array().into_iter().flatten() {
        match operation["op"].as_str() {
            Some("add") => {
                let values = operation["value"].as_array().into_iter().flatten();
                found.extend(values.filter_map(|value| Some((true, value["value"].as_str()?.to_owned()))));
            }
            Some("remove") => {
                let path = operation["path"].as_str().unwrap_or_default();
                found.extend(path.split('"').nth(1).map(|id| (false, id.to_owned())));
            }
            other => wrong.push(format!("I3 seq {}: {other:?} of members", write.seq)),
        }
    }
    found
}

fn may_join(owners: &BTreeSet<String>, readable: &[&Group]) -> Result<(), &'static str> {
    let is_in = readable.iter().any(|group| owners.iter().any(|owner| group.members.contains(owner)));
    if is_in { Ok(()) } else { Err("was added, and is in no such group") }
}

fn may_leave(
    owners: &BTreeSet<String>,
    readable: &[&Group],
    ours: &BTreeSet<String>,
    reading: Option<&Reading>,
    approved: bool,
) -> Result<(), &'static str> {
    // All groups are the first directory's.
    let Some(reading) = reading.filter(|reading| reading.first_complete) else {
        return Err("was taken out without a reading");
    };
    if owners.is_empty() {
        return Err("was taken out and is nobody of ours");
    }
    let shown = |owner: &String| reading.people.iter().any(|person| person.id == *owner);
    let has_left = |owner: &String| shown(owner) && readable.iter().any(|group| !group.members.contains(owner));
    // A group that nobody asks for any more is emptied, with a person's word.
    let is_unwanted =
        !reading.groups.iter().any(|group| ours.contains(&group.id) && group.wanted_name().is_some()) && approved;
    match owners.iter().any(has_left) || is_unwanted {
        true => Ok(()),
        false => Err("was taken out, and has not left"),
    }
}

/// By address, who has to be in it: whoever works, has an account that is active, and is nobody's problem.
fn wanted_members(group: &Group, people: &[Person], team: &Team, aside: &BTreeSet<String>) -> BTreeSet<String> {
    let has_account = |person: &&Person| {
        let account = team.people().iter().find(|member| member.user_name.eq_ignore_ascii_case(&person.mail));
        account.is_some_and(|member| member.standing == postman_scim_sync::sandbox::Standing::Active)
    };
    let theirs = people.iter().filter(|person| group.members.contains(&person.id) && person.state == State::Active);
    let theirs = theirs.filter(|person| !aside.contains(&person.id) && !person.mail.eq_ignore_ascii_case(ADMIN));
    theirs.filter(has_account).map(|person| person.mail.to_lowercase()).collect()
}

/// Groups that the last report names as not done, by their ids at the directory.
fn noted(report: &CycleReport) -> BTreeSet<String> {
    let notes = report.proposal.iter().flat_map(|proposal| &proposal.plan.notes);
    let ids = |note: &Note| match note {
        Note::Group(GroupNote::GroupClash { ids, .. }) => ids.clone(),
        Note::Group(
            GroupNote::GroupMatch { id, .. } | GroupNote::GroupHeld { id, .. } | GroupNote::GroupInDoubt { id, .. },
        ) => vec![id.clone()],
        _ => Vec::new(),
    };
    notes.flat_map(ids).map(|id| id.id().to_owned()).collect()
}
