//! Planted bugs. Each is the planner with one mistake, made by lying to it about one input or by spoiling one
//! output; the checker, which sees the true inputs, must find every one over the worlds of three people.

use super::*;

type Bug = fn(&World) -> Plan;
/// What the checker is told the world is.
type Truth = fn(&World) -> World;

const BUGS: &[(&str, Bug)] = &[
    ("unknown is read as inactive", |w| {
        lie(w, |w| {
            people(w).filter(|p| matches!(p.wanted, Wanted::Unknown(_))).for_each(|p| p.wanted = Wanted::Out("".into()))
        })
    }),
    ("unknown is read as active", |w| {
        lie(w, |w| people(w).filter(|p| matches!(p.wanted, Wanted::Unknown(_))).for_each(|p| p.wanted = Wanted::In))
    }),
    ("a failed reading counts as complete", |w| {
        let mut world = unread(w);
        world.reading.sources[0] = source("corp", 100);
        world.plan()
    }),
    ("absence counts at once", |w| {
        lie(w, |w| w.probes = w.reading.absent.iter().map(|id| (id.clone(), Presence::Gone)).collect())
    }),
    ("a listing that shows nobody means that everybody left", |w| {
        lie(w, |w| {
            w.reading.absent = w.snapshot.known.keys().cloned().collect();
            w.reading.people.clear();
        })
    }),
    ("what a look-up of somebody out of scope says is ignored", |w| lie(&looked_up(w), |w| w.probes.clear())),
    ("a look-up that failed counts as one that found nobody", |w| {
        lie(&looked_up(w), |w| w.probes.values_mut().for_each(|said| *said = Presence::Gone))
    }),
    ("protected accounts are forgotten", |w| {
        lie(&protect_ada(w), |w| w.policy.protected = vec![Pattern::new("nobody")])
    }),
    ("doubts are forgotten", |w| lie(&doubt_ada(w), |w| w.snapshot.doubts.clear())),
    ("holds are forgotten", |w| lie(&hold_ada(w), |w| w.snapshot.holds.clear())),
    ("every domain counts as verified", |w| {
        let world = foreign(w);
        lie(&world, |w| w.policy.verified_domains.push("elsewhere.example".into()))
    }),
    ("the switches are ignored", |w| {
        lie(&switched_off(w), |w| {
            w.policy.switches = Switches { create_users: true, update_users: true, deactivate_users: true }
        })
    }),
    ("the snapshot's leavers are forgotten, and made again", |w| {
        lie(w, |w| w.snapshot.known.retain(|_, known| known.standing == Standing::Active))
    }),
    ("duplicates: the first wins", |w| {
        lie(w, |w| {
            let mut seen = std::collections::BTreeSet::new();
            w.reading.people.retain(|p| p.account.as_ref().map_or(true, |a| seen.insert(a.user_name.clone())));
        })
    }),
    ("phases run backwards", |w| {
        let mut plan = w.plan();
        plan.changes.reverse();
        plan
    }),
    ("every change is planned twice", |w| {
        let mut plan = w.plan();
        plan.changes = plan.changes.iter().flat_map(|change| [change.clone(), change.clone()]).collect();
        plan
    }),
    ("a removal names the wrong account", |w| {
        let mut plan = w.plan();
        for planned in &mut plan.changes {
            if let Change::Deactivate { scim_id, .. } = &mut planned.change {
                scim_id.0 = "scim-of-somebody-else".into();
            }
        }
        plan
    }),
    ("explicit and absent are confused", |w| {
        let mut plan = w.plan();
        for planned in &mut plan.changes {
            if let Change::Deactivate { cause, .. } = &mut planned.change {
                *cause = if *cause == Cause::Absent { Cause::Explicit } else { Cause::Absent };
            }
        }
        plan
    }),
];

/// What the checker is told the world is, for bugs that need more than the plain worlds have.
const TRUTHS: &[(&[&str], Truth)] = &[
    (&["a failed reading counts as complete"], unread),
    (
        &[
            "what a look-up of somebody out of scope says is ignored",
            "a look-up that failed counts as one that found nobody",
        ],
        looked_up,
    ),
    (&["protected accounts are forgotten"], protect_ada),
    (&["doubts are forgotten"], doubt_ada),
    (&["holds are forgotten"], hold_ada),
    (&["every domain counts as verified"], foreign),
    (&["the switches are ignored"], switched_off),
];

#[test]
fn every_planted_bug_is_found() {
    for (name, bug) in BUGS {
        let truth = TRUTHS.iter().find(|(of, _)| of.contains(name)).map_or(plain as Truth, |(_, truth)| *truth);
        let found = worlds::any(|world| {
            let world = truth(world);
            !checker::faults(&bug(&world), &world).is_empty()
        });
        assert!(found, "not found: {name}");
    }
    assert!(BUGS.len() >= 10);
}

#[test]
fn the_real_planner_is_sound_where_the_bugs_are_not() {
    for (names, truth) in TRUTHS {
        worlds::all(|world| {
            let world = truth(world);
            assert_eq!(checker::faults(&world.plan(), &world), Vec::<String>::new(), "in the worlds of: {names:?}");
        });
    }
}

fn lie(world: &World, edit: impl FnOnce(&mut World)) -> Plan {
    world.clone().with(edit).plan()
}

fn people(world: &mut World) -> impl Iterator<Item = &mut DesiredUser> {
    world.reading.people.iter_mut()
}

fn plain(world: &World) -> World {
    world.clone()
}

fn unread(world: &World) -> World {
    world.clone().with(|world| world.reading.sources[0].evidence = Err("cut off".into()))
}

/// Leavers are out of scope instead, and a look-up says that they are not; the one of absent people fails.
fn looked_up(world: &World) -> World {
    world.clone().with(|world| {
        let failed = Presence::Failed("timed out".into());
        world.probes = world.reading.absent.iter().map(|id| (id.clone(), failed.clone())).collect();
        for user in world.reading.people.iter_mut().filter(|user| matches!(user.wanted, Wanted::Out(_))) {
            user.wanted = Wanted::OutOfScope("in no group".into());
            world.probes.insert(user.id.clone(), Presence::Present);
        }
    })
}

fn protect_ada(world: &World) -> World {
    world.clone().with(|world| {
        for account in people(world).filter_map(|p| p.account.as_mut().ok()) {
            if account.name.given == "Ada" {
                account.user_name = UserName::new("root@acme.example");
            }
        }
    })
}

fn doubt_ada(world: &World) -> World {
    world.clone().with(|world| {
        let change = Change::Create { id: SourceId::new("corp", "0"), account: ada() };
        world.snapshot.doubts.insert(OpId(1), Doubt { op: OpId(1), change, began: world.now });
    })
}

fn hold_ada(world: &World) -> World {
    world.clone().held("0", HoldReason::DeactivatedByHand, None)
}

fn foreign(world: &World) -> World {
    world.clone().with(|world| {
        for account in people(world).filter_map(|p| p.account.as_mut().ok()) {
            account.user_name = UserName::new(account.user_name.as_str().replace("acme", "elsewhere"));
        }
    })
}

fn switched_off(world: &World) -> World {
    world.clone().with(|world| {
        world.policy.switches = Switches { create_users: false, update_users: false, deactivate_users: false }
    })
}
