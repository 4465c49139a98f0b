//! Groups, proved as people are: one test a rule, every world of two people and two groups with a checker in its own words, and
//! planted bugs that the checker must find.

mod checker;
mod ends;
mod planted;
mod rules;
mod worlds;

use super::*;
use crate::core::groups::rules::{Asked, Rule};
use crate::core::groups::{
    DesiredGroup, GroupChange, GroupId, GroupNote, GroupPolicy, KnownGroup, Mode, Person, Removal,
    Switches as GroupSwitches, TeamGroup,
};

const EVERYTHING: GroupSwitches = GroupSwitches {
    create_groups: true,
    rename_groups: true,
    add_members: true,
    remove_members: true,
    delete_groups: true,
};

fn gid(id: &str) -> GroupId {
    GroupId::new("corp", id)
}

fn pid(id: &str) -> SourceId {
    SourceId::new("corp", id)
}

fn pids(ids: &[&str]) -> Vec<SourceId> {
    ids.iter().map(|id| pid(id)).collect()
}

fn pushing() -> World {
    World::new().with(|world| {
        let rule = Rule { from: "corp".into(), asked: Asked::of("*"), postman: None, adopt: false };
        world.policy.groups = GroupPolicy { mode: Mode::Push, switches: EVERYTHING, rules: vec![rule] };
    })
}

impl World {
    /// An active member who is as they should be.
    fn staff(self, ids: &[&str]) -> Self {
        ids.iter().fold(self, |world, id| world.known(id, Standing::Active, account(&format!("p{id}"), "P", "Q")))
    }

    /// A group the directory shows, with somebody in it.
    fn group(mut self, id: &str, name: &str, edit: impl FnOnce(&mut DesiredGroup)) -> Self {
        let mut group = DesiredGroup {
            id: gid(id),
            directory_name: format!("dir {name}"),
            name: name.into(),
            adopt: false,
            members: 5,
            applied: 0,
            stays: 1,
            joins: vec![],
            leaves: vec![],
        };
        edit(&mut group);
        self.reading.groups.desired.push(group);
        self
    }

    fn managed(mut self, id: &str, name: &str) -> Self {
        let row = KnownGroup {
            id: gid(id),
            scim_id: ScimId(format!("g-{id}")),
            name: name.into(),
            origin: Origin::Created,
            absent: None,
            undone: 0,
        };
        self.snapshot.groups.insert(row.id.clone(), row);
        self
    }

    fn unwanted(mut self, id: &str, people: &[&str]) -> Self {
        self.reading.groups.unwanted.push((gid(id), pids(people)));
        self
    }

    /// Unwanted since `hours`, in `cycles` readings.
    fn absent_for(mut self, id: &str, hours: i64, cycles: u32) -> Self {
        let first = Moment::at(NOW - hours * HOUR);
        self.snapshot.groups.get_mut(&gid(id)).unwrap().absent = Some(Absence { first, cycles });
        self
    }

    /// The team's groups: SCIM id, name, members.
    fn lists(mut self, groups: &[(&str, &str, &[&str])]) -> Self {
        let group = |(scim_id, name, members): &(&str, &str, &[&str])| TeamGroup {
            scim_id: ScimId((*scim_id).into()),
            name: (*name).into(),
            members: Some(members.iter().map(|id| ScimId((*id).into())).collect()),
        };
        self.team_groups.get_or_insert_default().extend(groups.iter().map(group));
        self
    }

    fn group_held(mut self, id: &str, reason: HoldReason, until_unix_s: Option<i64>, tries: u32) -> Self {
        let hold = Hold { reason, since: self.now, until_unix_s, tries };
        self.snapshot.holds.insert(gid(id).subject().clone(), hold);
        self
    }

    fn group_in_doubt(self, id: &str) -> Self {
        let change = Change::Group(GroupChange::CreateGroup { id: gid(id), name: "Ops".into() });
        self.in_doubt(change)
    }

    fn in_doubt(mut self, change: Change) -> Self {
        let op = OpId(self.snapshot.doubts.len() as i64 + 1);
        self.snapshot.doubts.insert(op, Doubt { op, change, began: self.now });
        self
    }

    fn switched(self, edit: impl FnOnce(&mut GroupSwitches)) -> Self {
        self.with(|world| edit(&mut world.policy.groups.switches))
    }

    /// What the plan says of groups, a line a thing; sound by the checker.
    fn of_groups(&self) -> Vec<String> {
        let plan = self.plan();
        assert_eq!(checker::faults(&plan, self), Vec::<String>::new());
        told(&plan)
    }
}

fn refused() -> HoldReason {
    HoldReason::Refused { detail: "no".into() }
}

fn told(plan: &Plan) -> Vec<String> {
    let change = |change: &GroupChange| {
        let people: Vec<&str> = change.people().iter().map(|person| person.id.id.as_str()).collect();
        let people = people.join("+");
        match change {
            GroupChange::RemoveMembers { name, cause, .. } => format!("remove {name} {people} {cause:?}"),
            GroupChange::RenameGroup { from, to, .. } => format!("rename {from} to {to}"),
            GroupChange::CreateGroup { name, .. } => format!("create {name}"),
            GroupChange::AddMembers { name, .. } => format!("add {name} {people}"),
            GroupChange::DeleteGroup { name, .. } => format!("delete {name}"),
        }
    };
    let changes = plan.changes.iter().filter_map(|planned| match &planned.change {
        Change::Group(group) => Some(change(group)),
        _ => None,
    });
    let adoptions = plan.group_adoptions.iter().map(|a| format!("adopt {} as {}", a.group.name, a.id.id()));
    let notes = plan.notes.iter().filter_map(|note| match note {
        Note::SwitchedOff { change: PlannedChange { change: Change::Group(group), .. } } => {
            Some(format!("off: {}", change(group)))
        }
        Note::Group(GroupNote::OnlyCompared { change: planned }) => match &planned.change {
            Change::Group(group) => Some(format!("would: {}", change(group))),
            _ => None,
        },
        Note::Group(note) => {
            let value = serde_json::to_value(note).unwrap();
            let name = value.get("name").or(value.get("asked")).and_then(|name| name.as_str()).unwrap().to_owned();
            let more = match note {
                GroupNote::GroupClash { ids, .. } => ids.iter().map(|id| format!(" {}", id.id())).collect(),
                GroupNote::MembersPending { people, .. } => people.iter().map(|p| format!(" {}", p.as_str())).collect(),
                _ => String::new(),
            };
            Some(format!("{} {name}{more}", value["note"].as_str().unwrap()))
        }
        _ => None,
    });
    changes.chain(adoptions).chain(notes).collect()
}

fn facts_of_groups(plan: &Plan) -> Vec<Fact> {
    let about_groups = |fact: &&Fact| match fact {
        Fact::Group(_) | Fact::ForgetGroup(_) | Fact::Members { .. } => true,
        Fact::Hold(id, _) | Fact::Release(id) => GroupId::of_subject(id).is_some(),
        _ => false,
    };
    plan.facts.iter().filter(about_groups).cloned().collect()
}
