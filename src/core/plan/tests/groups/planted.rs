//! Planted bugs: the planner with one mistake about groups, made by lying to it or by spoiling its plan; the checker, which sees
//! the true inputs, must find every one.

use super::*;

type Bug = fn(&World) -> Plan;
type Truth = fn(&World) -> World;

const BUGS: &[(&str, Truth, Bug)] = &[
    ("a failed reading counts as complete", unread, |w| lie(w, |w| w.reading.sources[0] = source("corp", 100))),
    ("a rule that was not answered counts as one that wants nothing", failed, |w| {
        lie(w, |w| w.reading.groups.failed.clear())
    }),
    ("being unwanted counts at once", plain, |w| {
        lie(w, |w| {
            let absent = Some(Absence { first: Moment::at(NOW - 9 * HOUR), cycles: 9 });
            w.snapshot.groups.values_mut().for_each(|group| group.absent = absent);
        })
    }),
    ("an emptied group passes for one that people left", plain, |w| {
        spoil(w, |change| {
            if let GroupChange::RemoveMembers { cause, .. } = change {
                *cause = Removal::Left;
            }
        })
    }),
    ("whoever is not shown has left", plain, |w| {
        lie(w, |w| w.reading.groups.desired.iter_mut().for_each(|group| group.leaves = pids(&["0", "1"])))
    }),
    ("doubts about groups are forgotten", plain, |w| {
        lie(w, |w| w.snapshot.doubts.retain(|_, doubt| GroupId::of_subject(doubt.change.id()).is_none()))
    }),
    ("doubts about people are forgotten", plain, |w| {
        lie(w, |w| w.snapshot.doubts.retain(|_, doubt| GroupId::of_subject(doubt.change.id()).is_some()))
    }),
    ("holds are forgotten", plain, |w| lie(w, |w| w.snapshot.holds.clear())),
    ("protected people are forgotten", plain, |w| lie(w, |w| w.policy.protected.clear())),
    ("whoever is deactivated is taken out of groups as well", plain, |w| {
        let mut plan = w.plan();
        let lied = lie(w, |w| w.policy.switches.deactivate_users = false);
        plan.changes.retain(|planned| !matches!(planned.change, Change::Group(_)));
        plan.changes.extend(lied.changes.into_iter().filter(|planned| matches!(planned.change, Change::Group(_))));
        plan
    }),
    ("the invited count as members", plain, |w| {
        lie(w, |w| {
            let rows = w.snapshot.known.values_mut();
            rows.filter(|row| row.standing == Standing::Invited).for_each(|row| row.standing = Standing::Active);
        })
    }),
    ("every group of the name is adopted", plain, |w| {
        lie(w, |w| w.reading.groups.desired.iter_mut().for_each(|group| group.adopt = true))
    }),
    ("an adopted group is changed at once", plain, |w| {
        let mut plan = w.plan();
        let adopted = plan.group_adoptions.first().map(|adoption| adoption.id.clone());
        let people = vec![Person { id: pid("1"), user_name: account("p1", "P", "Q").user_name }];
        plan.changes.extend(adopted.map(|id| {
            let change = GroupChange::AddMembers { id, name: "Ops".into(), part: 0, people };
            PlannedChange { change: Change::Group(change), why: String::new() }
        }));
        plan
    }),
    ("names at Postman are not looked at", plain, |w| lie(w, |w| w.team_groups = Some(vec![]))),
    ("a new group needs no listing", plain, |w| {
        lie(w, |w| w.team_groups = Some(w.team_groups.clone().unwrap_or_default()))
    }),
    ("two groups of one name do no harm", plain, |w| {
        lie(w, |w| w.reading.groups.desired.iter_mut().skip(1).for_each(|group| group.name = "Else".into()))
    }),
    ("what managed groups are called is forgotten", plain, |w| {
        lie(w, |w| w.snapshot.groups.retain(|id, _| *id == gid("a")))
    }),
    ("an empty group is created", plain, |w| {
        lie(w, |w| w.reading.groups.desired.iter_mut().for_each(|group| group.members = 5))
    }),
    ("the switches are ignored", off, |w| lie(w, |w| w.policy.groups.switches = EVERYTHING)),
    ("a group is emptied though it is not to be deleted", kept, |w| lie(w, |w| w.policy.groups.switches = EVERYTHING)),
    ("read-back pushes", read_back, |w| lie(w, |w| w.policy.groups.mode = Mode::Push)),
    ("a group is deleted with its members", plain, |w| {
        lie(w, |w| w.reading.groups.unwanted.iter_mut().for_each(|(_, people)| people.clear()))
    }),
    ("a group is emptied and deleted at once", plain, |w| {
        let mut plan = w.plan();
        let emptied: Vec<GroupId> = w.reading.groups.unwanted.iter().map(|(id, _)| id.clone()).collect();
        let is_emptied = |id: &&GroupId| plan.changes.iter().any(|planned| planned.change.id() == id.subject());
        let deletions: Vec<PlannedChange> = emptied
            .iter()
            .filter(is_emptied)
            .map(|id| GroupChange::DeleteGroup { id: id.clone(), name: "Ops".into() })
            .map(|change| PlannedChange { change: Change::Group(change), why: String::new() })
            .collect();
        plan.changes.extend(deletions);
        plan
    }),
    ("a group is deleted with members of somebody else's", guests, |w| {
        lie(w, |w| w.team_groups.iter_mut().flatten().for_each(|group| group.members = Some(vec![])))
    }),
    ("what somebody removed by hand goes on", plain, |w| lie(w, |w| w.team_groups = None)),
    ("groups that nobody manages are changed", strange, |w| lie(w, |w| w.snapshot = managed_too(w))),
    ("being emptied deactivates", plain, |w| {
        let mut plan = w.plan();
        let people = plan.changes.iter().filter_map(|planned| match &planned.change {
            Change::Group(GroupChange::RemoveMembers { people, .. }) => people.first().cloned(),
            _ => None,
        });
        let out = people.map(|person| Change::Deactivate {
            scim_id: ScimId(format!("scim-{}", person.id.id)),
            id: person.id,
            user_name: person.user_name,
            cause: Cause::Absent,
        });
        let out: Vec<PlannedChange> = out.map(|change| PlannedChange { change, why: String::new() }).collect();
        plan.changes.extend(out);
        plan.changes.sort();
        plan
    }),
];

#[test]
fn every_planted_bug_is_found() {
    for (name, truth, bug) in BUGS {
        let found = worlds::any(|world| {
            let world = truth(world);
            !checker::faults(&bug(&world), &world).is_empty()
        });
        assert!(found, "not found: {name}");
    }
}

#[test]
fn the_real_planner_is_sound_where_the_bugs_are_not() {
    for truth in [failed, off, kept, guests, strange] as [Truth; 5] {
        worlds::some(|world| {
            let world = truth(world);
            assert_eq!(checker::faults(&world.plan(), &world), Vec::<String>::new());
        });
    }
}

fn lie(world: &World, edit: impl FnOnce(&mut World)) -> Plan {
    world.clone().with(edit).plan()
}

fn spoil(world: &World, edit: impl Fn(&mut GroupChange)) -> Plan {
    let mut plan = world.plan();
    for planned in &mut plan.changes {
        if let Change::Group(change) = &mut planned.change {
            edit(change);
        }
    }
    plan
}

fn plain(world: &World) -> World {
    world.clone()
}

fn unread(world: &World) -> World {
    world.clone().with(|world| world.reading.sources[0].evidence = Err("cut off".into()))
}

fn failed(world: &World) -> World {
    world.clone().with(|world| world.reading.groups.failed = vec![("corp".into(), "pm-*".into(), "timed out".into())])
}

fn off(world: &World) -> World {
    world.clone().switched(|switches| *switches = GroupSwitches::default())
}

fn kept(world: &World) -> World {
    world.clone().switched(|switches| switches.delete_groups = false)
}

fn read_back(world: &World) -> World {
    world.clone().with(|world| world.policy.groups.mode = Mode::ReadBack)
}

fn guests(world: &World) -> World {
    let guest = vec![ScimId("s-9".into())];
    world.clone().with(|world| world.team_groups.iter_mut().flatten().for_each(|g| g.members = Some(guest.clone())))
}

/// Nothing is managed.
fn strange(world: &World) -> World {
    world.clone().with(|world| world.snapshot.groups.clear())
}

fn managed_too(world: &World) -> Snapshot {
    world.clone().managed("a", "Ops").snapshot
}
