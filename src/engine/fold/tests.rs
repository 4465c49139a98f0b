//! The fold keeps only differences; a plan made of them must be the plan made of everything.

mod groups;
mod leavers;
mod lookalikes;
mod pairs;
mod rule;
mod several;
mod worlds;

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::core::mapping::MappingSettings;
use crate::core::model::{Account, Name, ScimId};
use crate::core::plan::{Cause, Change, Inputs, Note, Plan, plan};
use crate::core::policy::{Policy, everyday};
use crate::core::reading::Reading;
use crate::core::snapshot::{Absence, Doubt, Fact, Hold, HoldReason, Missing, OpId, Origin, Snapshot, Standing};
use crate::core::time::Moment;

const NOW: i64 = 1_800_000_000;

fn mapping() -> Mapping {
    let settings =
        MappingSettings { user_name: "mail".into(), given_name: "given".into(), family_name: "family".into() };
    Mapping::compile(&settings).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn entry(source: &str, id: u32, local: &str, family: &str, active: Active) -> DirectoryUser {
    let attributes = json!({"mail": format!("{local}@acme.example"), "given": "Given", "family": family});
    DirectoryUser {
        id: SourceId::new(source, id.to_string()),
        attributes: attributes.as_object().cloned().unwrap(),
        active,
        active_because: format!("status of {id}"),
        groups: vec!["team".into()],
        in_groups: Vec::new(),
        place: format!("line {id}"),
    }
}

fn known(source: &str, id: u32, local: &str, family: &str, standing: Standing) -> Known {
    Known {
        id: SourceId::new(source, id.to_string()),
        scim_id: ScimId(format!("scim-{source}-{id}")),
        account: Account {
            user_name: UserName::new(format!("{local}@acme.example")),
            name: Name::new("Given", family),
        },
        standing,
        origin: Origin::Created,
        absent: None,
        undone: 0,
    }
}

fn store_with(facts: &[Fact]) -> Store {
    let mut store = Store::in_memory().unwrap();
    store.decree(facts, "test", Moment::at(NOW)).unwrap();
    store
}

fn evidence(source: &str, entries: usize) -> Evidence {
    Evidence::of_listing(source, entries as u64)
}

/// Folds whole sources, in order; in scope is who is in the group `team`.
fn fold(store: &Store, sources: &[(&str, Vec<DirectoryUser>)]) -> Reading {
    fold_listed(store, sources, Listing::Planned)
}

fn fold_listed(store: &Store, sources: &[(&str, Vec<DirectoryUser>)], listing: Listing) -> Reading {
    let (mapping, scope) = (mapping(), Scope { groups: vec!["team".into()], ..Scope::default() });
    let names: Vec<String> = sources.iter().map(|(name, _)| (*name).to_owned()).collect();
    let index = store.index(&names).unwrap();
    let mut folding = Folding::new(&mapping, &scope, listing, index, BTreeMap::new());
    folding = folding.joining(&names, store).unwrap();
    for (name, entries) in sources {
        for entry in entries {
            folding.person(entry.clone());
        }
        folding.end_source(name, Ok(evidence(name, entries.len())));
    }
    folding.finish(store, &BTreeSet::new()).unwrap()
}

fn plan_of(reading: &Reading, snapshot: &Snapshot, store: &Store) -> Plan {
    plan_by(&everyday(), reading, snapshot, store)
}

fn plan_by(policy: &Policy, reading: &Reading, snapshot: &Snapshot, store: &Store) -> Plan {
    plan(&Inputs {
        policy,
        reading,
        snapshot,
        managed_active: store.managed_active().unwrap(),
        managed_by_source: &store.managed_by_source().unwrap(),
        team: None,
        team_active: None,
        team_groups: None,
        memberships: 0,
        probes: &BTreeMap::new(),
        context: "",
        now: Moment::at(NOW),
    })
}

/// A random world of one source: who is at the directory, and what the snapshot says.
fn world(seed: u64) -> (Vec<DirectoryUser>, Vec<Fact>) {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut entries, mut facts) = (Vec::new(), Vec::new());
    for id in 0..8 {
        // Few addresses for many people: duplicates and moves happen.
        let local = format!("p{}", random.u32(0..10));
        if random.f32() < 0.8 {
            let family = ["Byron", "King"][random.usize(0..2)];
            let active = [Active::Yes, Active::Yes, Active::Yes, Active::No, Active::Unknown][random.usize(0..5)];
            entries.push(entry("corp", id, &local, family, active));
        }
        if random.f32() < 0.7 {
            let standing = [Standing::Active, Standing::Active, Standing::Inactive, Standing::Gone, Standing::Invited]
                [random.usize(0..5)];
            let mut row = known("corp", id, &format!("p{id}"), "Byron", standing);
            if random.f32() < 0.2 {
                row.absent = Some(Absence { first: Moment::at(NOW - 9_000), cycles: 1 });
            }
            facts.push(Fact::Known(row));
        }
        if random.f32() < 0.1 {
            let since = Moment::at(NOW - 60);
            let hold = Hold { reason: HoldReason::Conflict, since, until_unix_s: Some(NOW + 60), tries: 1 };
            facts.push(Fact::Hold(SourceId::new("corp", id.to_string()), hold));
        }
    }
    (entries, facts)
}

#[test]
fn a_plan_of_the_differences_is_the_plan_of_everything() {
    let mut plans_with_changes = 0;
    for seed in 0..500 {
        let (entries, facts) = world(seed);
        let store = store_with(&facts);
        let mut everything = Snapshot::default();
        everything.absorb(&facts);
        let folded = fold(&store, &[("corp", entries.clone())]);
        // The same reading with nothing left out.
        let mapping = mapping();
        let whole: Vec<DesiredUser> = entries
            .iter()
            .map(|user| DesiredUser {
                id: user.id.clone(),
                wanted: match user.active {
                    Active::Yes => Wanted::In,
                    Active::No => Wanted::Out(user.active_because.clone()),
                    Active::Unknown => Wanted::Unknown(user.active_because.clone()),
                },
                account: mapping.account(user),
                decided_by: "corp".into(),
                place: user.place.clone(),
            })
            .collect();
        let shown: BTreeSet<&SourceId> = whole.iter().map(|user| &user.id).collect();
        let absent = everything.known.keys().filter(|id| !shown.contains(id)).cloned().collect();
        let unfolded = Reading { people: whole, absent, sources: folded.sources.clone(), ..Reading::default() };
        let small: BTreeSet<&SourceId> = folded.people.iter().map(|user| &user.id).collect();
        let (few, all) = (plan_of(&folded, &everything, &store), plan_of(&unfolded, &everything, &store));
        assert_eq!((&few.changes, few.id()), (&all.changes, all.id()), "seed {seed}, folded to {small:?}");
        assert_eq!(few.facts, all.facts, "seed {seed}");
        plans_with_changes += u64::from(!few.changes.is_empty());
    }
    assert!(plans_with_changes > 300, "{plans_with_changes}");
}

#[test]
fn people_who_are_as_they_should_be_are_not_kept() {
    let rows: Vec<Fact> =
        (0..100).map(|id| Fact::Known(known("corp", id, &format!("p{id}"), "Byron", Standing::Active))).collect();
    let entries: Vec<DirectoryUser> =
        (0..100).map(|id| entry("corp", id, &format!("P{id}"), "Byron", Active::Yes)).collect();
    let reading = fold(&store_with(&rows), &[("corp", entries)]);
    assert_eq!((reading.people.len(), reading.absent.len()), (0, 0));
    assert_eq!(reading.sources[0].understood.mapped, 100);
}

#[test]
fn the_first_source_that_knows_a_person_decides() {
    let store = store_with(&[Fact::Known(known("hr", 7, "ada", "Byron", Standing::Active))]);
    // The person is bound to hr, which says active; corp stands first and says inactive.
    let corp = || vec![entry("corp", 1, "Ada", "King", Active::No)];
    let hr = || vec![entry("hr", 7, "ada", "Byron", Active::Yes)];
    let reading = fold(&store, &[("corp", corp()), ("hr", hr())]);
    let [person] = &reading.people[..] else { panic!("{:?}", reading.people) };
    assert_eq!((person.id.to_string(), person.decided_by.as_str()), ("hr:7".into(), "corp"));
    assert!(matches!(person.wanted, Wanted::Out(_)));
    // In the other order hr decides, and there is nothing to do.
    let reading = fold(&store, &[("hr", hr()), ("corp", corp())]);
    assert!(reading.people.is_empty(), "{:?}", reading.people);
}

#[test]
fn absence_falls_through_to_the_next_source() {
    let store = store_with(&[Fact::Known(known("hr", 7, "ada", "Byron", Standing::Active))]);
    let corp = vec![entry("corp", 1, "ADA", "King", Active::Yes)];
    let others = vec![entry("hr", 8, "bob", "Noyce", Active::Yes)];
    let reading = fold(&store, &[("hr", others), ("corp", corp)]);
    assert!(reading.absent.is_empty());
    let ada = reading.people.iter().find(|user| user.id == SourceId::new("hr", "7")).unwrap();
    assert_eq!((ada.decided_by.as_str(), &ada.wanted), ("corp", &Wanted::In));
    // The same address under a new id of the same source is nobody's word about the old one.
    let renumbered = vec![entry("hr", 9, "ada", "Byron", Active::Yes)];
    let reading = fold(&store, &[("hr", renumbered)]);
    assert_eq!(reading.absent, [SourceId::new("hr", "7")]);
}

#[test]
fn one_id_twice_makes_the_reading_worthless() {
    let store = store_with(&[Fact::Known(known("corp", 1, "ada", "Byron", Standing::Active))]);
    for id in [1, 2] {
        let twice = vec![entry("corp", id, "ada", "Byron", Active::Yes), entry("corp", id, "eve", "B", Active::No)];
        let reading = fold(&store, &[("corp", twice)]);
        assert!(reading.sources[0].evidence.as_ref().unwrap_err().contains("twice"));
    }
}

#[test]
fn a_source_that_miscounts_is_not_believed() {
    let store = store_with(&[]);
    let (mapping, scope) = (mapping(), Scope::default());
    let mut folding = Folding::new(&mapping, &scope, Listing::Planned, vec![], BTreeMap::new());
    folding.person(entry("corp", 1, "ada", "Byron", Active::Yes));
    folding.end_source("corp", Ok(evidence("corp", 2)));
    let reading = folding.finish(&store, &BTreeSet::new()).unwrap();
    assert!(reading.sources[0].evidence.is_err());
}
