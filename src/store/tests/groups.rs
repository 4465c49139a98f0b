//! Groups and memberships: agreement with the pure snapshot, whose they are, budgets and approvals of several people, bit rot.
//!
//! Never: a timing assertion.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::core::groups::{GroupChange, GroupId, KnownGroup, Person, Removal};
use crate::core::guard::Spent;
use crate::core::snapshot::{Absence, Snapshot};

fn group_id(n: u32) -> GroupId {
    GroupId::new("hr", format!("g{n}"))
}

fn group(n: u32) -> KnownGroup {
    let (scim_id, name) = (ScimId(format!("group-{n}")), format!("Group {n}"));
    KnownGroup { id: group_id(n), scim_id, name, origin: Origin::Created, absent: None, undone: 0 }
}

fn members(group: u32, joined: &[u32], left: &[u32]) -> Fact {
    let ids = |people: &[u32]| people.iter().map(|n| scim_id(*n)).collect();
    Fact::Members { group: group_id(group), joined: ids(joined), left: ids(left) }
}

fn in_group(store: &Store, n: u32) -> Vec<(SourceId, ScimId)> {
    store.members_of(&group_id(n)).unwrap()
}

fn remove(part: u32, people: &[u32]) -> Change {
    let people = people.iter().map(|n| Person { id: id(*n), user_name: account(*n).user_name }).collect();
    let (id, name) = (group_id(1), "Group 1".into());
    Change::Group(GroupChange::RemoveMembers { id, name, part, people, cause: Removal::Left })
}

/// Two groups; 1, 2 and 3 are in the first, 2 in the second too.
fn furnished() -> (Store, CycleId) {
    let mut store = Store::in_memory().unwrap();
    let cycle = store.begin_cycle(now()).unwrap();
    let mut facts: Vec<Fact> = (1..5).map(|n| Fact::Known(known(n))).collect();
    facts.extend([Fact::Group(group(1)), Fact::Group(group(2)), members(1, &[1, 2, 3], &[]), members(2, &[2], &[])]);
    store.absorb(cycle, &facts, now()).unwrap();
    (store, cycle)
}

#[derive(Clone, Debug)]
enum Step {
    Person(u32, Standing),
    Forget(u32),
    Group(u32, u32, bool),
    ForgetGroup(u32),
    Members(u32, Vec<u32>, Vec<u32>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let standing = prop::sample::select(vec![Standing::Active, Standing::Inactive, Standing::Invited, Standing::Gone]);
    let few = || prop::collection::vec(0_u32..5, 0..4);
    let step = prop_oneof![
        3 => (0_u32..5, standing).prop_map(|(n, standing)| Step::Person(n, standing)),
        1 => (0_u32..5).prop_map(Step::Forget),
        3 => (0_u32..3, any::<u32>(), any::<bool>()).prop_map(|(n, undone, absent)| Step::Group(n, undone, absent)),
        1 => (0_u32..3).prop_map(Step::ForgetGroup),
        4 => (0_u32..3, few(), few()).prop_map(|(n, joined, left)| Step::Members(n, joined, left)),
    ];
    prop::collection::vec(step, 0..20)
}

fn fact(step: &Step) -> Fact {
    match step {
        Step::Person(n, standing) => Fact::Known(Known { standing: *standing, ..known(*n) }),
        Step::Forget(n) => Fact::Forget(id(*n)),
        Step::Group(n, undone, absent) => {
            let absent = absent.then(|| Absence { first: now(), cycles: *undone });
            Fact::Group(KnownGroup { undone: *undone, absent, name: format!("Grüppe {undone}"), ..group(*n) })
        }
        Step::ForgetGroup(n) => Fact::ForgetGroup(group_id(*n)),
        Step::Members(n, joined, left) => members(*n, joined, left),
    }
}

/// Who is in which group, as it should be: of the accounts, whoever manages them.
fn follow(model: &mut BTreeSet<(u32, u32)>, groups: &BTreeSet<GroupId>, step: &Step) {
    match step {
        Step::Person(n, Standing::Inactive | Standing::Gone) => model.retain(|(_, person)| person != n),
        Step::ForgetGroup(n) => model.retain(|(group, _)| group != n),
        Step::Members(n, joined, left) if groups.contains(&group_id(*n)) => {
            model.extend(joined.iter().map(|person| (*n, *person)));
            model.retain(|(group, person)| group != n || !left.contains(person));
        }
        Step::Members(..) | Step::Person(..) | Step::Group(..) | Step::Forget(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn groups_are_absorbed_as_by_the_pure_snapshot(steps in steps()) {
        let mut store = Store::in_memory().unwrap();
        let cycle = store.begin_cycle(now()).unwrap();
        let (mut pure, mut model) = (Snapshot::default(), BTreeSet::new());
        for step in &steps {
            store.absorb(cycle, &[fact(step)], now()).unwrap();
            follow(&mut model, &pure.groups.keys().cloned().collect(), step);
            pure.absorb(&[fact(step)]);
            prop_assert_eq!(&store.groups().unwrap(), &pure.groups);
            prop_assert_eq!(store.memberships().unwrap(), model.len() as u64);
            let managed = |n: &u32| pure.known.contains_key(&id(*n));
            for n in 0..3 {
                let shown: BTreeSet<SourceId> = in_group(&store, n).into_iter().map(|(id, _)| id).collect();
                let of_group = model.iter().filter(|(group, person)| *group == n && managed(person));
                prop_assert_eq!(shown, of_group.map(|(_, person)| id(*person)).collect::<BTreeSet<_>>());
            }
            let indexed = store.membership_index().unwrap();
            prop_assert!(indexed.is_sorted_by_key(|membership| membership.row));
            prop_assert_eq!(indexed.len(), model.iter().filter(|(_, person)| managed(person)).count());
        }
        prop_assert!(store.verify_audit().unwrap().is_ok());
    }
}

#[test]
fn a_membership_is_one_of_the_account() {
    let (mut store, cycle) = furnished();
    // Under a new id the account is in its groups still.
    let rebound = Known { id: id(20), ..known(2) };
    let facts = [Fact::Known(rebound), Fact::Forget(id(2)), Fact::Rebound { from: id(2), to: id(20) }];
    store.absorb(cycle, &facts, now()).unwrap();
    assert_eq!(in_group(&store, 2), [(id(20), scim_id(2))]);
    assert_eq!(in_group(&store, 1).len(), 3);
    // Out of the team, out of every group; a change of name is no matter.
    let renamed = Known { account: account(9), ..known(1) };
    let out = Known { standing: Standing::Inactive, id: id(20), ..known(2) };
    store.absorb(cycle, &[Fact::Known(renamed), Fact::Known(out.clone())], now()).unwrap();
    assert_eq!((in_group(&store, 2), in_group(&store, 1).len()), (vec![], 2));
    // Back in the team, they have to be put in again.
    store.absorb(cycle, &[Fact::Known(Known { standing: Standing::Active, ..out })], now()).unwrap();
    assert_eq!(store.memberships().unwrap(), 2);
    // A group made anew under the same id begins with nobody.
    let anew = KnownGroup { scim_id: ScimId("anew".into()), ..group(1) };
    store.absorb(cycle, &[Fact::ForgetGroup(group_id(1)), Fact::Group(anew)], now()).unwrap();
    assert_eq!((in_group(&store, 1), store.memberships().unwrap()), (vec![], 0));
}

#[test]
fn removals_are_charged_for_each_person_to_a_budget_of_their_own() {
    let (mut store, cycle) = furnished();
    let delete = Change::Group(GroupChange::DeleteGroup { id: group_id(2), name: "Group 2".into() });
    let begins = [
        Begin { change: remove(0, &[1, 2]), unapproved: 2, why: String::new() },
        Begin { change: remove(1, &[3]), unapproved: 0, why: String::new() },
        Begin { change: delete, unapproved: 1, why: String::new() },
        begin(deactivate(4)),
    ];
    let ops = store.begin(cycle, &begins, now()).unwrap();
    let spent = |day, week| Spent { day, week };
    let charged = |people, memberships| Charged { people, memberships };
    assert_eq!(store.charges(now()).unwrap(), charged(spent(1, 1), spent(2, 2)));
    assert_eq!(store.charges(later(2 * 86_400)).unwrap(), charged(spent(0, 1), spent(0, 2)));
    // What was never sent is given back.
    let not_sent = Ended::NotSent { detail: detail() };
    store.record(cycle, &[end(ops[0], remove(0, &[1, 2]), not_sent)], now()).unwrap();
    assert_eq!(store.charges(now()).unwrap(), charged(spent(1, 1), spent(0, 0)));
}

#[test]
fn all_keys_of_a_request_are_used_up_together() {
    let (mut store, cycle) = furnished();
    let (removal, other) = (remove(0, &[1, 2]), remove(0, &[3]));
    assert_eq!(removal.keys().len(), 2);
    let approve = |store: &mut Store| {
        let keys = [removal.keys(), other.keys()].concat();
        store.approve("p", &keys, "uid 0", "one", now(), now().unix_s + 3600).unwrap();
    };
    let left = |store: &Store| store.approved_keys(now()).unwrap().into_iter().collect::<Vec<_>>();
    approve(&mut store);
    let begins = [Begin { change: removal.clone(), unapproved: 0, why: String::new() }];
    let op = store.begin(cycle, &begins, now()).unwrap()[0];
    store.record(cycle, &[end(op, removal.clone(), Ended::Rejected { detail: detail() })], now()).unwrap();
    assert_eq!(left(&store).len(), 3, "a definite no uses nothing up");
    let op = store.begin(cycle, &begins, now()).unwrap()[0];
    store.record(cycle, &[end(op, removal.clone(), Ended::Done)], now()).unwrap();
    assert_eq!(left(&store), other.keys());
    // The answer was lost: what a read shows later uses all of them up, too.
    for happened in [true, false] {
        approve(&mut store);
        let op = store.begin(cycle, &begins, now()).unwrap()[0];
        store.record(cycle, &[end(op, removal.clone(), Ended::Unknown { detail: detail() })], now()).unwrap();
        assert_eq!(store.doubts().unwrap()[&op].change, removal);
        store.absorb(cycle, &[Fact::Settled { op, happened }], now()).unwrap();
        assert_eq!(left(&store).len(), if happened { 1 } else { 3 });
    }
}

#[test]
fn keys_of_a_request_that_was_approved_in_part_are_used_up_with_it() {
    let removal = remove(0, &[1, 2]);
    let (done, settled) = (Ended::Done, Ended::Unknown { detail: detail() });
    let refused = Ended::Rejected { detail: detail() };
    for (ended, facts, left) in [
        (done, vec![], vec![]),
        (settled, vec![], vec![]),
        // One of the two was taken out all the same.
        (refused, vec![members(1, &[], &[1])], vec![removal.keys()[1].clone()]),
    ] {
        let (mut store, cycle) = furnished();
        let approved = if left.is_empty() { removal.keys()[..1].to_vec() } else { removal.keys() };
        store.approve("p", &approved, "uid 0", "one", now(), now().unix_s + 3600).unwrap();
        let begins = [Begin { change: removal.clone(), unapproved: 1, why: String::new() }];
        let op = store.begin(cycle, &begins, now()).unwrap()[0];
        let is_unknown = matches!(ended, Ended::Unknown { .. });
        store.record(cycle, &[Record { op, change: removal.clone(), ended, facts }], now()).unwrap();
        if is_unknown {
            store.absorb(cycle, &[Fact::Settled { op, happened: true }], now()).unwrap();
        }
        assert_eq!(store.approved_keys(now()).unwrap().into_iter().collect::<Vec<_>>(), left);
    }
}

#[test]
fn a_group_changed_behind_our_back_is_not_believed() {
    for change in ["source = 'hr'", "origin = 'stolen'", "undone = -1", "absent_cycles = 1"] {
        let (store, _) = furnished();
        store.conn.pragma_update(None, "ignore_check_constraints", true).unwrap();
        store.conn.execute(&format!("UPDATE team_group SET {change} WHERE row = 1"), []).unwrap();
        let refused = store.groups().unwrap_err();
        assert!(matches!(&refused, StoreError::Damaged { .. }), "{change}: {refused}");
        assert!(!refused.to_string().contains("Group 1"), "{refused}");
    }
}
