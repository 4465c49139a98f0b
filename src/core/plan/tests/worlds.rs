//! Every world of three people: what the directory says of each, times what the snapshot says.

use super::*;

/// What the directory says of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directory {
    Absent,
    In,
    InRenamed,
    /// At the next person's address.
    InMoved,
    Out,
    Unknown,
}

/// What the snapshot says of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    None,
    Active,
    Inactive,
    Gone,
    /// Active, and absent since two hours.
    AbsentBefore,
}

const DIRECTORY: [Directory; 6] =
    [Directory::Absent, Directory::In, Directory::InRenamed, Directory::InMoved, Directory::Out, Directory::Unknown];
const APPLIED: [Applied; 5] = [Applied::None, Applied::Active, Applied::Inactive, Applied::Gone, Applied::AbsentBefore];
const PEOPLE: usize = 3;

fn person(at: usize) -> Account {
    account(["ada", "bob", "cyd"][at % PEOPLE], ["Ada", "Bob", "Cyd"][at % PEOPLE], "Byron")
}

fn build(states: [(Directory, Applied); PEOPLE]) -> World {
    let mut world = World::new();
    for (at, (directory, applied)) in states.into_iter().enumerate() {
        let id = at.to_string();
        let two_hours_ago = Moment::at(NOW - 2 * HOUR);
        world = match applied {
            Applied::None => world,
            Applied::Active => world.known(&id, Standing::Active, person(at)),
            Applied::Inactive => world.known(&id, Standing::Inactive, person(at)),
            Applied::Gone => world.known(&id, Standing::Gone, person(at)),
            Applied::AbsentBefore => world.known_with(&id, person(at), |known| {
                known.absent = Some(Absence { first: two_hours_ago, cycles: 1 });
            }),
        };
        let mut renamed = person(at);
        renamed.name.family = "King".into();
        let moved = Account { user_name: person(at + 1).user_name, ..person(at) };
        world = match directory {
            Directory::Absent if applied == Applied::None => world,
            Directory::Absent => world.absent(&id),
            Directory::In => world.wanted(&id, person(at)),
            Directory::InRenamed => world.wanted(&id, renamed),
            Directory::InMoved => world.wanted(&id, moved),
            Directory::Out => world.leaver(&id, person(at)),
            Directory::Unknown => world.person(&id, Wanted::Unknown("status = \"?\"".into()), person(at)),
        };
    }
    world
}

/// Calls `each` with all 27,000 worlds.
pub fn all(mut each: impl FnMut(&World)) {
    any(|world| {
        each(world);
        false
    });
}

/// Whether `holds` says yes for one of the worlds; stops at the first.
pub fn any(mut holds: impl FnMut(&World) -> bool) -> bool {
    let states: Vec<(Directory, Applied)> =
        DIRECTORY.iter().flat_map(|&directory| APPLIED.map(|applied| (directory, applied))).collect();
    for &a in &states {
        for &b in &states {
            for &c in &states {
                if holds(&build([a, b, c])) {
                    return true;
                }
            }
        }
    }
    false
}

/// What the snapshot is once the plan was applied and nothing went wrong.
pub fn applied(world: &World, plan: &Plan) -> Snapshot {
    let mut after = world.snapshot.clone();
    after.absorb(&plan.facts);
    for planned in &plan.changes {
        let id = planned.change.id().clone();
        if let Change::Create { account, .. } = &planned.change {
            after.known.insert(id.clone(), known(&id.id, Standing::Active, account.clone()));
            continue;
        }
        let row = after.known.get_mut(&id).unwrap();
        match &planned.change {
            Change::Deactivate { .. } => (row.standing, row.absent) = (Standing::Inactive, None),
            Change::Reactivate { .. } => row.standing = Standing::Active,
            Change::Readdress { to, .. } => row.account.user_name = to.clone(),
            Change::Rename { to, .. } => row.account.name = to.clone(),
            Change::Create { .. } | Change::Group(_) => {}
        }
    }
    after
}

#[test]
fn every_plan_is_sound_and_comes_to_rest() {
    let mut worlds = 0;
    all(|world| {
        let plan = world.plan();
        assert_eq!(checker::faults(&plan, world), Vec::<String>::new(), "{:?}", brief(&plan));
        // Whoever was absent for the first time is due two hours later; an address that was freed can be
        // taken then. After that nothing is left to do.
        let mut later = world.clone();
        for cycle in 1..=3 {
            later.snapshot = applied(&later, &later.plan());
            later.now = Moment::at(NOW + cycle * 2 * HOUR);
            later.reading.absent.retain(|id| later.snapshot.known.contains_key(id));
            assert_eq!(checker::faults(&later.plan(), &later), Vec::<String>::new());
        }
        let rest = later.plan();
        assert!(rest.changes.is_empty(), "from {:?} to {:?}", brief(&plan), brief(&rest));
        assert_eq!(rest.facts, vec![], "nothing is learned any more: {:?}", brief(&plan));
        worlds += 1;
    });
    assert_eq!(worlds, 27_000);
}

#[test]
fn a_failed_reading_takes_nobody_out_and_starts_the_wait_over() {
    all(|world| {
        let mut unread = world.clone();
        unread.reading.sources[0].evidence = Err("page 3 failed".into());
        let plan = unread.plan();
        assert!(plan.changes.is_empty() && plan.adoptions.is_empty(), "{:?}", brief(&plan));
        let mut after = unread.snapshot.clone();
        after.absorb(&plan.facts);
        assert!(after.known.values().all(|known| known.absent.is_none()));
    });
}

#[test]
fn the_order_of_people_makes_no_difference() {
    all(|world| {
        let mut shuffled = world.clone();
        shuffled.reading.people.reverse();
        shuffled.reading.absent.reverse();
        assert_eq!(world.plan(), shuffled.plan());
    });
}
