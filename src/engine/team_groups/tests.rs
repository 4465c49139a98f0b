//! What a listing of groups shows against what is remembered of their members.

use super::*;
use crate::core::groups::{DesiredGroup, GroupChange};
use crate::core::model::{Account, Name, UserName};
use crate::core::plan::Change;
use crate::core::snapshot::{Doubt, Hold, HoldReason, OpId, Origin, Standing};

fn known(n: u32, standing: Standing) -> Known {
    Known {
        id: SourceId::new("corp", n.to_string()),
        scim_id: scim(n),
        account: Account { user_name: UserName::new(format!("p{n}@acme.example")), name: Name::new("A", "B") },
        standing,
        origin: Origin::Created,
        absent: None,
        undone: 0,
    }
}

fn scim(n: u32) -> ScimId {
    ScimId(format!("scim-{n}"))
}

fn id() -> GroupId {
    GroupId::new("corp", "g")
}

fn group() -> KnownGroup {
    let (scim_id, name) = (ScimId("group".into()), "Platform".into());
    KnownGroup { id: id(), scim_id, name, origin: Origin::Created, absent: None, undone: 0 }
}

fn members(joined: &[u32]) -> Fact {
    Fact::Members { group: id(), joined: joined.iter().copied().map(scim).collect(), left: Vec::new() }
}

/// 1 to 4 are in the team, 5 is out of it; 1, 2 and 3 are remembered as members.
fn furnished() -> Store {
    let mut store = Store::in_memory().unwrap();
    let mut facts: Vec<Fact> = (1..5).map(|n| Fact::Known(known(n, Standing::Active))).collect();
    facts.extend([Fact::Known(known(5, Standing::Inactive)), Fact::Group(group()), members(&[1, 2, 3])]);
    store.decree(&facts, "test", Moment::at(1)).unwrap();
    store
}

fn shown(members: Option<&[&str]>) -> TeamGroup {
    let members = members.map(|members| members.iter().map(|id| ScimId((*id).to_owned())).collect());
    TeamGroup { scim_id: group().scim_id, name: "Platform".into(), members }
}

fn people(people: &[(SourceId, ScimId)]) -> Vec<&str> {
    people.iter().map(|(id, _)| id.id.as_str()).collect()
}

/// What goes on of the group, and whose membership moved.
fn compare(
    store: &Store,
    snapshot: &Snapshot,
    settled: &[Fact],
    group: TeamGroup,
) -> (TeamGroup, Vec<Note>, Vec<Moved>) {
    let mut compared = Compared::with(store, snapshot).unwrap();
    let group = compared.take(group);
    (group, compared.strangers(), compared.moved(store, settled).unwrap())
}

fn snapshot(store: &Store) -> Snapshot {
    Snapshot { groups: store.groups().unwrap(), ..Snapshot::default() }
}

#[test]
fn what_was_done_by_hand_becomes_a_fact_and_strangers_stay() {
    let store = furnished();
    // 2 was taken out and 4 put in by hand; 5 is shown though out of the team, and one is a stranger.
    let listed = shown(Some(&["scim-1", "scim-3", "scim-4", "scim-5", "stranger"]));
    let (group, notes, moved) = compare(&store, &snapshot(&store), &[], listed);
    assert_eq!(group.members, Some(vec![ScimId("stranger".into())]));
    let strangers = GroupNote::GroupStrangers { id: id(), name: "Platform".into(), members: 1 };
    assert_eq!(notes, [Note::Group(strangers)]);
    let [Moved { joined, left, .. }] = &moved[..] else { panic!("{moved:?}") };
    assert_eq!((people(joined), people(left)), (vec!["4"], vec!["2"]));
    let listed = ListedGroups { moved, ..ListedGroups::default() };
    let facts: Vec<Fact> = listed.facts().collect();
    assert_eq!(facts, [Fact::Members { group: id(), joined: vec![scim(4)], left: vec![scim(2)] }]);
    // The reading of the same cycle is compared with what is.
    let ids = |numbers: &[u32]| numbers.iter().map(|n| SourceId::new("corp", n.to_string())).collect::<Vec<_>>();
    let desired = DesiredGroup {
        id: id(),
        directory_name: "g".into(),
        name: "Platform".into(),
        adopt: false,
        members: 3,
        applied: 3,
        stays: 1,
        joins: ids(&[4, 9]),
        leaves: ids(&[1, 2]),
    };
    let mut reading = GroupReading { desired: vec![desired], ..GroupReading::default() };
    reading.unwanted.push((id(), ids(&[1, 2, 3])));
    overlay(&listed.moved, &mut reading);
    assert_eq!((&reading.desired[0].joins, &reading.desired[0].leaves), (&ids(&[9]), &ids(&[1])));
    assert_eq!((reading.desired[0].applied, &reading.unwanted[0].1), (3, &ids(&[1, 3])));
    // Once it is stored there is nothing more to learn.
    let mut store = store;
    store.decree(&facts, "test", Moment::at(2)).unwrap();
    let again = shown(Some(&["scim-4", "scim-3", "scim-1"]));
    assert_eq!(compare(&store, &snapshot(&store), &[], again).2, []);
}

#[test]
fn members_that_were_not_shown_are_not_gone() {
    let store = furnished();
    let (group, notes, moved) = compare(&store, &snapshot(&store), &[], shown(None));
    assert_eq!((group.members, notes.len(), moved.len()), (None, 0, 0));
    // Nor those of a group that the listing did not show at all.
    let other = TeamGroup { scim_id: ScimId("other".into()), ..shown(Some(&["scim-1"])) };
    let (group, _, moved) = compare(&store, &snapshot(&store), &[], other.clone());
    assert_eq!((group, moved.len()), (other, 0));
}

#[test]
fn a_group_about_which_something_is_open_is_left_to_settling() {
    let store = furnished();
    let change = Change::Group(GroupChange::RenameGroup { id: id(), from: "a".into(), to: "b".into() });
    let doubt = Doubt { op: OpId(1), change, began: Moment::at(1) };
    let mut in_doubt = snapshot(&store);
    in_doubt.doubts.insert(doubt.op, doubt);
    assert_eq!(compare(&store, &in_doubt, &[], shown(Some(&["scim-1"]))).2, []);
    for settled in [Fact::Group(group()), members(&[4])] {
        assert_eq!(compare(&store, &snapshot(&store), &[settled], shown(Some(&["scim-1"]))).2, []);
    }
    // Somebody who was settled just now is not put in.
    let settled = Fact::Known(known(4, Standing::Inactive));
    let all = shown(Some(&["scim-1", "scim-2", "scim-3", "scim-4"]));
    assert_eq!(compare(&store, &snapshot(&store), &[settled], all).2, []);
}

#[test]
fn groups_are_listed_when_one_is_wanted_that_nobody_knows() {
    let now = Moment::at(1_000);
    let desired = |id: &str, members| DesiredGroup {
        id: GroupId::new("corp", id),
        directory_name: "g".into(),
        name: "G".into(),
        adopt: false,
        members,
        applied: 0,
        stays: 0,
        joins: Vec::new(),
        leaves: Vec::new(),
    };
    let wants = |group: DesiredGroup, snapshot: &Snapshot| {
        let reading = GroupReading { desired: vec![group], ..GroupReading::default() };
        let due = |mode| is_due(mode, Listing::NotPlanned, &reading, snapshot, now);
        assert!(!due(Mode::Off) && !due(Mode::ReadBack));
        due(Mode::Push)
    };
    let snapshot = snapshot(&furnished());
    assert!(wants(desired("new", 1), &snapshot));
    assert!(!wants(desired("new", 0), &snapshot) && !wants(desired("g", 1), &snapshot));
    let mut held = snapshot.clone();
    let hold = Hold { reason: HoldReason::Conflict, since: now, until_unix_s: Some(now.unix_s + 60), tries: 1 };
    held.holds.insert(GroupId::new("corp", "new").subject().clone(), hold);
    assert!(!wants(desired("new", 1), &held));
    for mode in [Mode::Push, Mode::ReadBack] {
        assert!(is_due(mode, Listing::Planned, &GroupReading::default(), &snapshot, now));
    }
}
