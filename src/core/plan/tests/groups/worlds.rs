//! Every world of two people and two groups.

use super::*;

/// The first person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Staff,
    Leaver,
    Newcomer,
    Returning,
    Invited,
    Protected,
    InDoubt,
    Elsewhere,
}

/// What the reading says of a person and the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Nowhere,
    Joins,
    Leaves,
    /// Leaves the first group for the second.
    Moves,
}

/// The first group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Found,
    Empty,
    Adopted,
    Failed,
    Unwanted,
    UnwantedLong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applied {
    New,
    Known,
    OtherName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aside {
    No,
    Held,
    InDoubt,
}

/// The second group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Second {
    None,
    New,
    Known,
    /// Wants the name that the first has.
    SameName,
    /// Has the name that the first wants, and gives it up.
    HandsOn,
}

/// What Postman shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    No,
    Ours,
    /// And one nobody manages, of the first group's name.
    Stranger,
    /// Without the first.
    Removed,
}

const WHO: [Who; 8] = [
    Who::Staff,
    Who::Leaver,
    Who::Newcomer,
    Who::Returning,
    Who::Invited,
    Who::Protected,
    Who::InDoubt,
    Who::Elsewhere,
];
const WHERE: [Where; 4] = [Where::Nowhere, Where::Joins, Where::Leaves, Where::Moves];
const SHOWN: [Shown; 6] =
    [Shown::Found, Shown::Empty, Shown::Adopted, Shown::Failed, Shown::Unwanted, Shown::UnwantedLong];
const APPLIED: [Applied; 3] = [Applied::New, Applied::Known, Applied::OtherName];
const ASIDE: [Aside; 3] = [Aside::No, Aside::Held, Aside::InDoubt];
const SECOND: [Second; 5] = [Second::None, Second::New, Second::Known, Second::SameName, Second::HandsOn];
const LISTED: [Listed; 4] = [Listed::No, Listed::Ours, Listed::Stranger, Listed::Removed];

fn somebody(who: Who) -> World {
    let world = pushing().staff(&["1"]);
    let ada = account("p0", "P", "Q");
    match who {
        Who::Staff => world.staff(&["0"]),
        Who::Leaver => world.staff(&["0"]).leaver("0", ada),
        Who::Newcomer => world.wanted("0", ada),
        Who::Returning => world.known("0", Standing::Inactive, ada.clone()).wanted("0", ada),
        Who::Invited => world.known("0", Standing::Invited, ada),
        Who::Protected => world.known("0", Standing::Active, account("root", "R", "Oot")),
        Who::InDoubt => {
            let change = Change::Deactivate {
                id: pid("0"),
                scim_id: ScimId("scim-0".into()),
                user_name: ada.user_name,
                cause: Cause::Explicit,
            };
            world.staff(&["0"]).in_doubt(change)
        }
        Who::Elsewhere => world,
    }
}

fn build(who: (Who, Where), other: Where, first: (Shown, Applied, Aside), second: Second, listed: Listed) -> World {
    let of = |wheres: &[Where]| -> Vec<SourceId> {
        let people = [(who.1, "0"), (other, "1")];
        people.iter().filter(|(at, _)| wheres.contains(at)).map(|(_, id)| pid(id)).collect()
    };
    let (joins, leaves) = (of(&[Where::Joins]), of(&[Where::Leaves, Where::Moves]));
    let mut world = somebody(who.0);
    let (shown, applied, aside) = first;
    world = match applied {
        Applied::New => world,
        Applied::Known => world.managed("a", "Ops"),
        Applied::OtherName => world.managed("a", "Operations"),
    };
    let leaves_now = if applied == Applied::New { vec![] } else { leaves.clone() };
    let found = |group: &mut DesiredGroup| {
        (group.joins, group.applied) = (joins.clone(), leaves_now.len() as u64);
        group.leaves = leaves_now.clone();
    };
    world = match shown {
        Shown::Found => world.group("a", "Ops", found),
        Shown::Adopted => world.group("a", "ops", |group| {
            found(group);
            group.adopt = true;
        }),
        Shown::Empty => world.group("a", "Ops", |group| {
            found(group);
            (group.members, group.joins) = (0, vec![]);
        }),
        Shown::Failed => world.with(|world| {
            world.reading.groups.failed.push(("corp".into(), "Ops".into(), "may not be read".into()));
        }),
        Shown::Unwanted | Shown::UnwantedLong if applied == Applied::New => world,
        Shown::Unwanted | Shown::UnwantedLong => {
            let people: Vec<&str> = leaves_now.iter().map(|id| id.id.as_str()).collect();
            let world = world.unwanted("a", &people);
            if shown == Shown::UnwantedLong { world.absent_for("a", 2, 1) } else { world }
        }
    };
    world = match aside {
        Aside::No => world,
        Aside::Held => world.group_held("a", refused(), Some(NOW + 99 * HOUR), 1),
        Aside::InDoubt => world.group_in_doubt("a"),
    };
    let moves = of(&[Where::Moves]);
    world = match second {
        Second::None => world,
        Second::New => world.group("b", "Dev", |group| group.joins = moves),
        Second::Known => world.managed("b", "Dev").group("b", "Dev", |group| group.joins = moves),
        Second::SameName => world.managed("b", "Dev").group("b", "OPS", |group| group.joins = moves),
        Second::HandsOn if applied == Applied::Known => world,
        Second::HandsOn => world.managed("b", "Ops").group("b", "Dev", |group| group.joins = moves),
    };
    list(world, listed)
}

fn list(mut world: World, listed: Listed) -> World {
    if listed == Listed::No {
        return world;
    }
    let rows: Vec<KnownGroup> = world.snapshot.groups.values().cloned().collect();
    world = world.lists(&[("g-x", "Guests", &["s-9"])]);
    for row in rows.iter().filter(|row| listed != Listed::Removed || row.id != gid("a")) {
        world = world.lists(&[(&row.scim_id.0, &row.name, &[])]);
    }
    if listed == Listed::Stranger { world.lists(&[("g-s", "Ops", &["s-8"])]) } else { world }
}

/// Whether `holds` says yes for one of the worlds; stops at the first.
pub fn any(mut holds: impl FnMut(&World) -> bool) -> bool {
    let (mut people, mut firsts, mut others) = (Vec::new(), Vec::new(), Vec::new());
    WHO.iter().for_each(|&who| people.extend(WHERE.map(|at| (who, at))));
    for shown in SHOWN {
        APPLIED.iter().for_each(|&applied| firsts.extend(ASIDE.map(|aside| (shown, applied, aside))));
    }
    SECOND.iter().for_each(|&second| others.extend(LISTED.map(|listed| (second, listed))));
    for &who in &people {
        for other in [Where::Joins, Where::Leaves] {
            for &first in &firsts {
                // Nothing is planned for a group that is set aside, so one neighbour is enough.
                let alone = first.2 != Aside::No;
                for &(second, listed) in others.iter().filter(|(second, _)| !alone || *second == Second::HandsOn) {
                    if holds(&build(who, other, first, second, listed)) {
                        return true;
                    }
                }
            }
        }
    }
    false
}

/// Every seventh of them, for what the plain worlds need not all show.
pub fn some(mut each: impl FnMut(&World)) {
    let mut at = 0;
    any(|world| {
        at += 1;
        if at % 7 == 0 {
            each(world);
        }
        false
    });
}

/// The world once the plan was applied and nothing went wrong, two hours later.
fn applied(world: &World, plan: &Plan) -> World {
    let mut after = world.clone();
    let mut people = plan.clone();
    people.changes.retain(|planned| !matches!(planned.change, Change::Group(_)));
    after.snapshot = super::super::worlds::applied(world, &people);
    for change in plan.changes.iter().filter_map(|planned| match &planned.change {
        Change::Group(change) => Some(change),
        _ => None,
    }) {
        let id = change.id().id().to_owned();
        let gone: Vec<SourceId> = change.people().iter().map(|person| person.id.clone()).collect();
        let without = |ids: &mut Vec<SourceId>| ids.retain(|id| !gone.contains(id));
        match change {
            GroupChange::CreateGroup { name, .. } => after = after.managed(&id, name),
            GroupChange::RenameGroup { id, to, .. } => after.snapshot.groups.get_mut(id).unwrap().name = to.clone(),
            GroupChange::DeleteGroup { id, .. } => _ = after.snapshot.groups.remove(id),
            GroupChange::AddMembers { .. } => after.reading.groups.desired.iter_mut().for_each(|g| {
                if g.id.id() == id {
                    without(&mut g.joins);
                }
            }),
            GroupChange::RemoveMembers { .. } => {
                let groups = &mut after.reading.groups;
                groups.desired.iter_mut().filter(|g| g.id.id() == id).for_each(|g| without(&mut g.leaves));
                groups.unwanted.iter_mut().filter(|(g, _)| g.id() == id).for_each(|(_, people)| without(people));
            }
        }
    }
    for adoption in &plan.group_adoptions {
        after = after.managed(adoption.id.id(), &adoption.group.name);
        after.snapshot.groups.get_mut(&adoption.id).unwrap().scim_id = adoption.group.scim_id.clone();
    }
    let rows = &after.snapshot.groups;
    after.reading.groups.unwanted.retain(|(id, _)| rows.contains_key(id));
    // Whoever is out of the team is in no group.
    let is_in = |id: &SourceId| after.snapshot.known.get(id).is_some_and(Known::is_active);
    after.reading.groups.desired.iter_mut().for_each(|group| group.leaves.retain(is_in));
    after.reading.groups.unwanted.iter_mut().for_each(|(_, people)| people.retain(is_in));
    if let Some(listed) = &mut after.team_groups {
        let strangers = ["g-x", "g-s"];
        let is_managed = |scim_id: &ScimId| after.snapshot.groups.values().any(|row| row.scim_id == *scim_id);
        listed.retain(|group| strangers.contains(&group.scim_id.0.as_str()) && !is_managed(&group.scim_id));
        // What somebody removed by hand is not there.
        let is_there = |row: &&KnownGroup| {
            let hold = after.snapshot.holds.get(row.id.subject());
            hold.is_none_or(|hold| hold.reason != HoldReason::RemovedByHand)
        };
        let ours = after.snapshot.groups.values().filter(is_there);
        listed.extend(ours.map(|row| TeamGroup {
            scim_id: row.scim_id.clone(),
            name: row.name.clone(),
            members: Some(vec![]),
        }));
    }
    after.now.unix_s += 2 * HOUR;
    after
}

#[test]
fn every_plan_is_sound_and_comes_to_rest() {
    let (mut worlds, mut kinds) = (0, BTreeMap::new());
    any(|world| {
        let plan = world.plan();
        assert_eq!(checker::faults(&plan, world), Vec::<String>::new(), "{:?}", told(&plan));
        plan.changes.iter().for_each(|planned| *kinds.entry(planned.change.kind()).or_insert(0) += 1);
        let mut later = applied(world, &plan);
        // A name handed on is taken in the second cycle; what is unwanted waits for one, is emptied in the next and goes in the third.
        for _ in 0..3 {
            let plan = later.plan();
            assert_eq!(checker::faults_of_groups(&plan, &later), Vec::<String>::new(), "{:?}", told(&plan));
            later = applied(&later, &plan);
        }
        let rest = later.plan();
        assert!(rest.changes.is_empty(), "from {:?} to {:?}", told(&plan), told(&rest));
        assert_eq!(facts_of_groups(&rest), vec![], "nothing is learned any more: {:?}", told(&plan));
        worlds += 1;
        false
    });
    assert_eq!(worlds, 8 * 4 * 2 * (18 * 20 + 36 * 4));
    let missing: Vec<Kind> = Kind::ALL[5..].iter().filter(|kind| !kinds.contains_key(kind)).copied().collect();
    assert_eq!(missing, vec![], "every kind of change is in one of the plans");
}

#[test]
fn groups_that_are_not_pushed_change_nothing_and_read_back_remembers_nothing() {
    for mode in [Mode::Off, Mode::ReadBack] {
        some(|world| {
            let world = world.clone().with(|world| world.policy.groups.mode = mode);
            let plan = world.plan();
            assert_eq!(checker::faults(&plan, &world), Vec::<String>::new());
            assert!(mode != Mode::Off || told(&plan).is_empty(), "{:?}", told(&plan));
        });
    }
}

#[test]
fn a_source_that_was_not_read_changes_no_group() {
    some(|world| {
        let unread = world.clone().with(|world| world.reading.sources[0].evidence = Err("page 3 failed".into()));
        let empty = world.clone().with(|world| world.reading.sources[0] = source("corp", 0));
        for world in [unread, empty] {
            let plan = world.plan();
            assert!(plan.changes.is_empty() && plan.group_adoptions.is_empty(), "{:?}", told(&plan));
            let mut after = world.snapshot.clone();
            after.absorb(&plan.facts);
            assert!(after.groups.values().all(|group| group.absent.is_none()), "the wait starts over");
        }
    });
}

#[test]
fn the_order_of_groups_makes_no_difference_to_what_is_sent() {
    some(|world| {
        let mut shuffled = world.clone();
        shuffled.reading.groups.desired.reverse();
        shuffled.team_groups.iter_mut().for_each(|groups| groups.reverse());
        let (plan, other) = (world.plan(), shuffled.plan());
        assert_eq!(
            (plan.changes, plan.group_adoptions, plan.facts),
            (other.changes, other.group_adoptions, other.facts)
        );
    });
}
