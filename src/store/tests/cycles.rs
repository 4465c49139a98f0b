//! Cycles, plans, requests and settings.
//!
//! Never: looks at rows where the calls tell the same.

use super::*;
use crate::core::evidence::Understood;
use crate::core::plan::{Kind, PlannedChange};

fn plan_of(n: u32) -> Plan {
    Plan { changes: vec![PlannedChange { change: create(n), why: "new".into() }], ..Plan::default() }
}

#[test]
fn cycles_are_counted_and_the_last_good_one_is_found() {
    let mut store = Store::in_memory().unwrap();
    for exit_code in [0, 3, 4, 1] {
        let cycle = store.begin_cycle(now()).unwrap();
        store.end_cycle(cycle, later(5), exit_code, "{\"seen\":1}").unwrap();
    }
    let open = store.begin_cycle(later(9)).unwrap();
    let cycles = store.last_cycles(2).unwrap();
    assert_eq!((cycles.len(), cycles[0].id, cycles[0].ended, cycles[0].exit_code), (2, open, None, None));
    let good = store.last_good_cycle().unwrap().unwrap();
    assert_eq!((good.id, good.exit_code, good.started, good.ended), (CycleId(2), Some(3), now(), Some(later(5))));
    assert_eq!(good.report.as_deref(), Some("{\"seen\":1}"));
    assert!(store.end_cycle(CycleId(99), now(), 0, "").is_err());
}

#[test]
fn old_cycles_go_but_not_the_last_good_one_nor_one_with_a_doubt() {
    let mut store = Store::in_memory().unwrap();
    let good = store.begin_cycle(now()).unwrap();
    store.end_cycle(good, now(), 0, "").unwrap();
    let doubtful = store.begin_cycle(now()).unwrap();
    store.begin(doubtful, &[begin(create(1))], now()).unwrap();
    let plain = store.begin_cycle(now()).unwrap();
    store.conn.execute("UPDATE sqlite_sequence SET seq = 20000 WHERE name = 'cycle'", []).unwrap();
    let newest = store.begin_cycle(now()).unwrap();
    store.end_cycle(newest, now(), 1, "").unwrap();
    let left: Vec<CycleId> = store.last_cycles(9).unwrap().into_iter().map(|cycle| cycle.id).collect();
    assert_eq!(left, [newest, doubtful, good]);
    assert!(!left.contains(&plain));
}

#[test]
fn the_last_twenty_plans_stay_and_saving_again_makes_newest() {
    let mut store = Store::in_memory().unwrap();
    assert_eq!(store.last_plan().unwrap(), None);
    for n in 0..25 {
        store.save_plan(&plan_of(n), later(n.into())).unwrap();
    }
    assert!(store.plan(&plan_of(4).id()).unwrap().is_none());
    store.save_plan(&plan_of(5), later(100)).unwrap();
    let last = store.last_plan().unwrap().unwrap();
    assert_eq!((last.id, last.keys), (plan_of(5).id(), plan_of(5).keys()));
    let stored = store.plan(&plan_of(5).id()).unwrap().unwrap();
    assert_eq!((stored.plan, stored.at), (plan_of(5), later(100)));
    store.save_plan(&plan_of(99), later(101)).unwrap();
    assert!(store.plan(&plan_of(6).id()).unwrap().is_none());
    assert!(store.plan(&plan_of(5).id()).unwrap().is_some());
}

#[test]
fn a_request_is_taken_once_and_in_order() {
    let mut store = Store::in_memory().unwrap();
    assert!(store.take_requests(now()).unwrap().is_empty());
    store.ask("approve", "abc", "in short", "alice", now()).unwrap();
    store.ask("sync", "", "", "bob", later(1)).unwrap();
    assert_eq!(store.waiting_requests().unwrap().len(), 2);
    let asked = &store.audit_after(0, 1).unwrap()[0].detail;
    assert!(asked.contains("in short") && !asked.contains("abc"), "{asked}");
    let taken = store.take_requests(later(2)).unwrap();
    let kinds: Vec<(&str, &str, i64)> =
        taken.iter().map(|taken| (taken.kind.as_str(), taken.by.as_str(), taken.number)).collect();
    assert_eq!(kinds, [("approve", "alice", 1), ("sync", "bob", 2)]);
    assert_eq!((taken[0].detail.as_str(), taken[0].at), ("abc", now()));
    assert!(store.take_requests(later(3)).unwrap().is_empty());
    store.ask("pause", "", "", "bob", later(4)).unwrap();
    assert_eq!(store.take_requests(later(5)).unwrap()[0].number, 3);
    assert_eq!(store.verify_audit().unwrap(), Ok(5), "asking is recorded, and taking what there was");
}

#[test]
fn settings_are_empty_at_first_and_hold_what_was_set() {
    let home = Home::new();
    let mut store = home.open();
    assert_eq!((store.pin().unwrap(), store.refreshed().unwrap(), store.others_active().unwrap()), (None, None, None));
    assert!(!store.first_sync_done().unwrap() && !store.refresh_wanted().unwrap());
    assert!(store.proofs().unwrap().is_empty() && store.understood().unwrap().is_empty());

    let pin = Pin { base_url: "https://scim.example".into(), members: vec![(account(1).user_name, scim_id(1))] };
    let half = Understood { entries: 9, in_scope: 8, inactive: 0, mapped: 7, with_state: 6 };
    let no_effect = Proof::HasNoEffect { what: "name.givenName".into() };
    store.set_pin(&pin, now()).unwrap();
    store.set_first_sync_done().unwrap();
    store.want_refresh().unwrap();
    assert!(store.refresh_wanted().unwrap());
    store.set_refreshed(now(), 42).unwrap();
    store.set_proof(Kind::Create, &Proof::Works, now()).unwrap();
    store.set_proof(Kind::Rename, &no_effect, now()).unwrap();
    store.set_understood("hr", Understood::default()).unwrap();
    store.set_understood("hr", half).unwrap();
    store.set_understood("corp", Understood::default()).unwrap();
    drop(store);

    let store = home.open();
    assert_eq!(store.pin().unwrap(), Some(pin));
    assert!(store.first_sync_done().unwrap() && !store.refresh_wanted().unwrap());
    assert_eq!((store.refreshed().unwrap(), store.others_active().unwrap()), (Some(now()), Some(42)));
    assert_eq!(store.proofs().unwrap(), [(Kind::Create, Proof::Works), (Kind::Rename, no_effect)].into());
    let understood = [("corp".to_owned(), Understood::default()), ("hr".to_owned(), half)];
    assert_eq!(store.understood().unwrap(), understood.into());
}
