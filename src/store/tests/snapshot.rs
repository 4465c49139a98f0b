//! The snapshot's rows: agreement with the pure snapshot, the index, look-ups, bit rot.
//!
//! Never: compares userNames without their case where spelling matters.

use proptest::prelude::*;

use super::*;
use crate::core::snapshot::{Absence, Missing, Snapshot, id_hash, known_fingerprint, scim_hash};

fn moments() -> impl Strategy<Value = Moment> {
    (any::<i64>(), any::<u32>(), any::<i64>()).prop_map(|(unix_s, boot, uptime_s)| Moment { unix_s, boot, uptime_s })
}

fn standings() -> impl Strategy<Value = Standing> {
    prop::sample::select(vec![Standing::Active, Standing::Inactive, Standing::Invited, Standing::Gone])
}

/// Few people, so that facts meet; an account id that never belongs to two of them.
fn knowns() -> impl Strategy<Value = Known> {
    let origin = prop::sample::select(vec![Origin::Created, Origin::Adopted]);
    let absent = prop::option::of((moments(), any::<u32>()).prop_map(|(first, cycles)| Absence { first, cycles }));
    let name = prop::sample::select(vec!["a@x.example", "A@X.example", "b@x.example", "ÄÖ\0'\"@x.example", ""]);
    (0_u32..6, 0_u32..3, name, "\\PC{0,4}", ".{0,4}", (standings(), origin, absent, any::<u32>())).prop_map(
        |(n, variant, name, given, family, (standing, origin, absent, undone))| Known {
            id: id(n),
            scim_id: scim_id(n * 10 + variant),
            account: Account { user_name: UserName::new(name), name: Name { given, family } },
            standing,
            origin,
            absent,
            undone,
        },
    )
}

fn hold_reasons() -> impl Strategy<Value = HoldReason> {
    prop_oneof![
        prop::sample::select(vec![
            HoldReason::DeactivatedByHand,
            HoldReason::RemovedByHand,
            HoldReason::Undone,
            HoldReason::Conflict,
            HoldReason::Invited,
        ]),
        ".{0,9}".prop_map(|to| HoldReason::ReaddressedByHand { to: UserName::new(to) }),
        ".{0,9}".prop_map(|found| HoldReason::WrongAccount { found: UserName::new(found) }),
        ".{0,9}".prop_map(|detail| HoldReason::Refused { detail }),
    ]
}

fn holds() -> impl Strategy<Value = Hold> {
    (hold_reasons(), moments(), any::<Option<i64>>(), any::<u32>())
        .prop_map(|(reason, since, until_unix_s, tries)| Hold { reason, since, until_unix_s, tries })
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let fact = prop_oneof![
        4 => knowns().prop_map(Fact::Known),
        1 => (0_u32..6).prop_map(|n| Fact::Forget(id(n))),
        2 => (0_u32..6, holds()).prop_map(|(n, hold)| Fact::Hold(id(n), hold)),
        1 => (0_u32..6).prop_map(|n| Fact::Release(id(n))),
        1 => (1_i64..8).prop_map(|op| Fact::Settled { op: OpId(op), happened: op % 2 == 0 }),
        1 => (0_u32..6, 0_u32..6).prop_map(|(from, to)| Fact::Rebound { from: id(from), to: id(to) }),
        1 => (0_u32..6, 0_u32..6).prop_map(|(entry, person)| Fact::Joined { entry: id(entry), person: id(person) }),
        1 => (0_u32..6, any::<bool>()).prop_map(|(n, missing)| Fact::Missing {
            person: id(n),
            source: "crm".into(),
            missing: missing.then_some(Missing::ForGood),
        }),
        1 => (0_u32..6).prop_map(|n| Fact::Apart(id(n))),
    ];
    prop::collection::vec(fact, 0..12)
}

fn read_back(store: &Store) -> Snapshot {
    let rows: Vec<i64> = store.index(&[]).unwrap().iter().map(|row| row.row).collect();
    let known = store.known_by_rows(&rows).unwrap().into_iter().map(|known| (known.id.clone(), known)).collect();
    Snapshot { known, holds: store.holds().unwrap(), doubts: store.doubts().unwrap(), groups: store.groups().unwrap() }
}

/// Equal in every letter; userNames alone compare without case.
fn exact(snapshot: &Snapshot) -> String {
    let known: Vec<&Known> = snapshot.known.values().collect();
    let holds: Vec<_> = snapshot.holds.iter().collect();
    let doubts: Vec<_> = snapshot.doubts.values().collect();
    serde_json::to_string(&(known, holds, doubts)).unwrap()
}

fn index_agrees(store: &Store, snapshot: &Snapshot) {
    let index = store.index(&[]).unwrap();
    assert_eq!(index.len(), snapshot.known.len());
    assert!(index.is_sorted_by_key(|row| row.row));
    for known in snapshot.known.values() {
        let row = index.iter().find(|row| row.id_hash == id_hash(&known.id)).unwrap();
        let remembered =
            known.absent.is_some() || snapshot.holds.contains_key(&known.id) || snapshot.in_doubt(&known.id).is_some();
        assert_eq!(row.fingerprint, known_fingerprint(known));
        assert_eq!(row.quiet, known.standing != Standing::Invited && !remembered);
        assert_eq!(row.present, matches!(known.standing, Standing::Active | Standing::Invited));
        let scim = (scim_hash(&known.scim_id), known_fingerprint(known), row.row);
        assert!(store.scim_index().unwrap().contains(&scim));
    }
    let active = snapshot.known.values().filter(|known| known.is_active()).count() as u64;
    let managed = snapshot.known.values().filter(|known| known.standing != Standing::Gone).count() as u64;
    let inactive = snapshot.known.values().filter(|known| known.standing == Standing::Inactive).count() as u64;
    assert_eq!((store.managed_active().unwrap(), store.managed_inactive().unwrap()), (active, inactive));
    assert_eq!(store.managed_by_source().unwrap().get("hr").copied().unwrap_or(0), managed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_absorbs_as_the_pure_snapshot_does(batches in prop::collection::vec(facts(), 1..6)) {
        let mut store = Store::in_memory().unwrap();
        let cycle = store.begin_cycle(now()).unwrap();
        let ops: Vec<Begin> = (0..6).map(|n| begin(create(n))).collect();
        store.begin(cycle, &ops, now()).unwrap();
        let mut pure = Snapshot { doubts: store.doubts().unwrap(), ..Snapshot::default() };
        for batch in batches {
            store.absorb(cycle, &batch, now()).unwrap();
            pure.absorb(&batch);
            prop_assert_eq!(exact(&read_back(&store)), exact(&pure));
            index_agrees(&store, &pure);
        }
        prop_assert!(store.verify_audit().unwrap().is_ok());
    }
}

#[test]
fn a_rebinding_may_name_the_new_holder_first() {
    let mut store = Store::in_memory().unwrap();
    let cycle = store.begin_cycle(now()).unwrap();
    store.absorb(cycle, &[Fact::Known(known(1))], now()).unwrap();
    let rebound = Known { id: id(2), ..known(1) };
    store.absorb(cycle, &[Fact::Known(rebound.clone()), Fact::Forget(id(1))], now()).unwrap();
    assert_eq!(store.known_by_scim_ids(&[scim_id(1)]).unwrap(), [rebound]);
    assert!(store.known_by_ids(&[id(1)]).unwrap().is_empty());
}

#[test]
fn one_account_never_belongs_to_two_people() {
    let mut store = Store::in_memory().unwrap();
    let cycle = store.begin_cycle(now()).unwrap();
    store.absorb(cycle, &[Fact::Known(known(1))], now()).unwrap();
    let second = [Fact::Known(known(3)), Fact::Known(Known { id: id(2), ..known(1) })];
    let refused = store.absorb(cycle, &second, now()).unwrap_err();
    assert!(!refused.to_string().contains("acme.example"), "{refused}");
    assert_eq!(store.index(&[]).unwrap().len(), 1, "nothing of the call is stored");
}

#[test]
fn look_ups_find_each_row_once() {
    let mut store = Store::in_memory().unwrap();
    let cycle = store.begin_cycle(now()).unwrap();
    let facts: Vec<Fact> = (1..5).map(|n| Fact::Known(known(n))).collect();
    store.absorb(cycle, &facts, now()).unwrap();
    assert_eq!(store.known_by_ids(&[id(3), id(9), id(1), id(3)]).unwrap(), [known(1), known(3)]);
    let names = [UserName::new("PERSON2@ACME.example"), UserName::new("person2@acme.example")];
    assert_eq!(store.known_by_user_names(&names).unwrap(), [known(2)]);
    assert_eq!(store.known_by_user_names(&names).unwrap()[0].account.user_name.as_str(), "Person2@acme.example");
    assert_eq!(store.known_by_scim_ids(&[scim_id(4), scim_id(77)]).unwrap(), [known(4)]);
    assert!(store.known_by_rows(&[]).unwrap().is_empty());
}

#[test]
fn a_row_changed_behind_our_back_is_not_believed() {
    let changes = [
        "source_id = 'e2'",
        "scim_id = 'f00'",
        "user_name = 'other@acme.example'",
        "family = 'Other'",
        "standing = 'inactive'",
        "id_hash = zeroblob(16)",
    ];
    for change in changes {
        let mut store = Store::in_memory().unwrap();
        let cycle = store.begin_cycle(now()).unwrap();
        store.absorb(cycle, &[Fact::Known(known(1))], now()).unwrap();
        store.conn.execute(&format!("UPDATE member SET {change}"), []).unwrap();
        let refused = store.known_by_rows(&[1]).unwrap_err();
        assert!(matches!(&refused, StoreError::Damaged { .. }), "{change}: {refused}");
        assert!(!refused.to_string().contains("acme.example"));
    }
}

/// Rows made by SQL, since hashing them without optimization takes most of a minute.
const MANY: &str = "
    WITH RECURSIVE person (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM person WHERE n < 100000)
    INSERT INTO member (id_hash, scim_hash, fingerprint, standing, undone, origin, source, source_id, scim_id,
                        user_name, user_name_key, given, family)
    SELECT CAST(printf('%016d', n) AS BLOB), randomblob(16), randomblob(16), iif(n % 10, 'active', 'gone'), 0, 'adopted',
           iif(n % 2, 'hr', 'corp'), n, n, n, n, '', ''
    FROM person";

#[test]
fn the_index_of_a_hundred_thousand_people() {
    let home = Home::new();
    let store = home.open();
    store.conn.execute(MANY, []).unwrap();
    let index = store.index(&[]).unwrap();
    assert_eq!((index.len(), store.scim_index().unwrap().len()), (100_000, 100_000));
    assert!(index.iter().zip(1_i64..).all(|(row, n)| row.row == n && row.quiet && row.present == (n % 10 != 0)));
    assert_eq!(index[77_776].id_hash.to_le_bytes(), *b"0000000000077777");
    assert_eq!(store.managed_active().unwrap(), 90_000);
    assert_eq!(store.managed_by_source().unwrap(), [("corp".to_owned(), 40_000), ("hr".to_owned(), 50_000)].into());
}
