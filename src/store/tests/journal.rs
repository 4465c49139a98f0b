//! Marks, budgets and approvals through a request's life, crashes included.
//!
//! Never: simulates a crash otherwise than by dropping the store.

use super::*;
use crate::core::guard::Spent;
use crate::core::plan::Adoption;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn charged(store: &Store, now: Moment) -> (u64, u64) {
    let Spent { day, week } = store.charges(now).unwrap().people;
    (day, week)
}

fn store_in_cycle() -> (Store, CycleId) {
    let mut store = Store::in_memory().unwrap();
    let cycle = store.begin_cycle(now()).unwrap();
    (store, cycle)
}

#[test]
fn a_crash_before_the_answer_leaves_the_mark_and_the_charge() {
    let home = Home::new();
    let mut store = home.open();
    let cycle = store.begin_cycle(now()).unwrap();
    let ops = store.begin(cycle, &[begin(deactivate(1)), begin(create(2))], now()).unwrap();
    drop(store);
    let mut store = home.open();
    let doubts = store.doubts().unwrap();
    assert_eq!(doubts.keys().copied().collect::<Vec<_>>(), ops);
    assert_eq!((&doubts[&ops[0]].change, doubts[&ops[0]].began), (&deactivate(1), now()));
    assert_eq!(charged(&store, later(1)), (1, 1));

    let cycle = store.begin_cycle(later(60)).unwrap();
    assert_eq!(store.doubts().unwrap(), doubts, "a new cycle forgets nothing");
    store
        .absorb(
            cycle,
            &[Fact::Settled { op: ops[0], happened: true }, Fact::Settled { op: ops[1], happened: false }],
            later(60),
        )
        .unwrap();
    assert!(store.doubts().unwrap().is_empty());
    assert_eq!(charged(&store, later(60)), (1, 1), "settling refunds nothing");
    let next = store.begin(cycle, &[begin(create(3))], later(60)).unwrap();
    assert!(next[0] > ops[1], "numbers are never used twice");
}

#[test]
fn each_end_clears_or_keeps_the_mark_and_stores_its_facts() {
    let (mut store, cycle) = store_in_cycle();
    let ends = [
        (Ended::Done, false, "done"),
        (Ended::Rejected { detail: detail() }, false, "rejected"),
        (Ended::Unknown { detail: detail() }, true, "unknown"),
        (Ended::NotSent { detail: detail() }, false, "not_sent"),
    ];
    for ((ended, stays, word), n) in ends.into_iter().zip(1..) {
        let op = store.begin(cycle, &[begin(create(n))], now()).unwrap()[0];
        let facts = vec![Fact::Known(known(n)), Fact::Hold(id(n), hold())];
        store.record(cycle, &[Record { op, change: create(n), ended, facts }], now()).unwrap();
        assert_eq!(store.doubts().unwrap().contains_key(&op), stays);
        assert_eq!(store.known_by_ids(&[id(n)]).unwrap(), [known(n)]);
        assert!(store.holds().unwrap().contains_key(&id(n)));
        assert_eq!(store.audit_after(0, 100).unwrap().last().unwrap().kind, word);
    }
}

#[test]
fn an_end_without_its_mark_is_refused_and_nothing_of_the_batch_is_stored() {
    let (mut store, cycle) = store_in_cycle();
    let ops = store.begin(cycle, &[begin(create(1)), begin(create(2))], now()).unwrap();
    let good = Record { op: ops[0], change: create(1), ended: Ended::Done, facts: vec![Fact::Known(known(1))] };
    for bad in [end(OpId(99), create(2), Ended::Done), end(ops[1], create(3), Ended::Done)] {
        let refused = store.record(cycle, &[good.clone(), bad], now());
        assert!(matches!(refused, Err(StoreError::Failed { .. })));
    }
    assert_eq!(store.doubts().unwrap().len(), 2);
    assert!(store.index(&[]).unwrap().is_empty());
    store.record(cycle, std::slice::from_ref(&good), now()).unwrap();
    assert!(store.record(cycle, &[good], now()).is_err(), "an end is recorded once");
}

#[test]
fn a_batch_has_its_limit_and_needs_its_cycle() {
    let (mut store, cycle) = store_in_cycle();
    let ops: Vec<Begin> = (0..33).map(|n| begin(create(n))).collect();
    assert!(store.begin(cycle, &ops, now()).is_err());
    assert_eq!(store.begin(cycle, &ops[..32], now()).unwrap().len(), 32);
    assert!(store.begin(CycleId(99), &ops[..1], now()).is_err());
    assert_eq!(store.doubts().unwrap().len(), 32);
    assert!(store.begin(cycle, &[], now()).unwrap().is_empty());
}

#[test]
fn only_deactivations_without_approval_are_charged() {
    let (mut store, cycle) = store_in_cycle();
    let approved = Begin { change: deactivate(2), why: String::new(), unapproved: 0 };
    store.begin(cycle, &[begin(deactivate(1)), approved, begin(create(3))], now()).unwrap();
    assert_eq!(charged(&store, now()), (1, 1));
}

#[test]
fn a_refund_only_for_what_this_cycle_knows_was_never_sent() {
    let (mut store, cycle) = store_in_cycle();
    let begins: Vec<Begin> = (1..5).map(|n| begin(deactivate(n))).collect();
    let ops = store.begin(cycle, &begins, now()).unwrap();
    let not_sent = Ended::NotSent { detail: detail() };
    store.record(cycle, &[end(ops[0], deactivate(1), not_sent.clone())], now()).unwrap();
    assert_eq!(charged(&store, now()), (3, 3));
    store.record(cycle, &[end(ops[1], deactivate(2), Ended::Rejected { detail: detail() })], now()).unwrap();
    assert_eq!(charged(&store, now()), (3, 3), "it was sent");
    store.record(cycle, &[end(ops[2], deactivate(3), Ended::Unknown { detail: detail() })], now()).unwrap();
    assert_eq!(charged(&store, now()), (3, 3), "perhaps it happened");
    let next = store.begin_cycle(later(60)).unwrap();
    store.record(next, &[end(ops[3], deactivate(4), not_sent)], later(60)).unwrap();
    assert_eq!(charged(&store, later(60)), (3, 3), "after a crash nobody knows");
}

#[test]
fn the_windows_roll() {
    let (mut store, cycle) = store_in_cycle();
    store.begin(cycle, &[begin(deactivate(1))], now()).unwrap();
    store.begin(cycle, &[begin(deactivate(2))], later(12 * HOUR)).unwrap();
    for (after, wanted) in [
        (12 * HOUR, (2, 2)),
        (DAY - 1, (2, 2)),
        (DAY, (1, 2)),
        (DAY + 12 * HOUR, (0, 2)),
        (7 * DAY - 1, (0, 2)),
        (7 * DAY, (0, 1)),
        (8 * DAY, (0, 0)),
    ] {
        assert_eq!(charged(&store, later(after)), wanted, "after {after} s");
    }
}

#[test]
fn a_clock_set_wrong_empties_no_budget() {
    let (mut store, cycle) = store_in_cycle();
    store.begin(cycle, &[begin(deactivate(1))], now()).unwrap();
    let ten_years = Moment { unix_s: now().unix_s + 3650 * DAY, ..later(60) };
    assert_eq!(charged(&store, ten_years), (1, 1), "by uptime within one boot");
    assert_eq!(charged(&store, Moment::at(now().unix_s - 30 * DAY)), (1, 1), "the future counts");
    assert_eq!(charged(&store, Moment::at(now().unix_s + 2 * DAY)), (0, 1), "another boot: by the wall clock");
}

#[test]
fn an_approval_is_used_once_and_only_by_success() {
    let (mut store, cycle) = store_in_cycle();
    let key = deactivate(1).key();
    let keys = [key.clone(), key.clone(), create(2).key()];
    assert_eq!(store.approve("p", &keys, "alice", "one", now(), now().unix_s + HOUR).unwrap(), 2);
    let approved = Begin { change: deactivate(1), why: String::new(), unapproved: 0 };
    for ended in
        [Ended::Unknown { detail: detail() }, Ended::Rejected { detail: detail() }, Ended::NotSent { detail: detail() }]
    {
        let op = store.begin(cycle, std::slice::from_ref(&approved), now()).unwrap()[0];
        store.record(cycle, &[end(op, deactivate(1), ended)], now()).unwrap();
        assert!(store.approved_keys(now()).unwrap().contains(&key));
    }
    let op = store.begin(cycle, &[approved], now()).unwrap()[0];
    store.record(cycle, &[end(op, deactivate(1), Ended::Done)], now()).unwrap();
    assert_eq!(store.approved_keys(now()).unwrap(), [create(2).key()].into());
    store.approve("p", std::slice::from_ref(&key), "alice", "one", now(), now().unix_s + HOUR).unwrap();
    assert!(store.approved_keys(now()).unwrap().contains(&key), "a new yes is a new use");
}

#[test]
fn an_adoption_that_is_stored_uses_its_approval_up() {
    let (mut store, cycle) = store_in_cycle();
    let key = |id: u32| Adoption::key_of(&known(id).id, &known(id).scim_id);
    store.approve("p", &[key(1), key(2), key(3)], "alice", "one", now(), now().unix_s + HOUR).unwrap();
    let adopted = |id| Fact::Known(Known { origin: Origin::Adopted, ..known(id) });
    let created = Fact::Known(Known { origin: Origin::Created, ..known(2) });
    store.absorb(cycle, &[adopted(1), created], now()).unwrap();
    assert_eq!(store.approved_keys(now()).unwrap(), [key(2), key(3)].into());
}

#[test]
fn a_change_that_was_done_uses_its_approval_up_whoever_let_it_through() {
    let (mut store, cycle) = store_in_cycle();
    store.approve("p", &[deactivate(1).key()], "alice", "one", now(), now().unix_s + HOUR).unwrap();
    let op = store.begin(cycle, &[begin(deactivate(1))], now()).unwrap()[0];
    store.record(cycle, &[end(op, deactivate(1), Ended::Done)], now()).unwrap();
    assert!(store.approved_keys(now()).unwrap().is_empty());
}

#[test]
fn an_approval_expires_whatever_the_clock_does() {
    let (mut store, _) = store_in_cycle();
    let valid = |store: &Store, at: Moment| !store.approved_keys(at).unwrap().is_empty();
    store.approve("p", &[create(1).key()], "alice", "one", now(), now().unix_s + HOUR).unwrap();
    assert!(valid(&store, now()) && valid(&store, later(HOUR - 1)));
    assert!(!valid(&store, later(HOUR)));
    let set_back = Moment { unix_s: now().unix_s, ..later(2 * HOUR) };
    assert!(!valid(&store, set_back), "two hours of uptime have passed");
    assert!(!valid(&store, Moment::at(now().unix_s - DAY)), "it was given in the future");
    store.approve("p", &[create(1).key()], "alice", "one", later(HOUR), later(3 * HOUR).unix_s).unwrap();
    assert!(valid(&store, later(3 * HOUR - 1)), "approving again extends");
    store.approve("p", &[create(1).key()], "alice", "one", now(), now().unix_s + 30 * DAY).unwrap();
    assert!(valid(&store, later(DAY - 1)) && !valid(&store, later(DAY)), "never longer than a day");
}

#[test]
fn what_cannot_be_audited_does_not_happen() {
    let home = Home::new();
    let mut store = home.open();
    let cycle = store.begin_cycle(now()).unwrap();
    let op = store.begin(cycle, &[begin(deactivate(1))], now()).unwrap()[0];
    store.conn.execute_batch("ALTER TABLE audit RENAME TO elsewhere").unwrap();
    assert!(store.begin(cycle, &[begin(deactivate(2))], now()).is_err());
    assert!(store.record(cycle, &[end(op, deactivate(1), Ended::Done)], now()).is_err());
    assert!(store.absorb(cycle, &[Fact::Known(known(1))], now()).is_err());
    assert_eq!(store.doubts().unwrap().len(), 1);
    assert_eq!(charged(&store, now()), (1, 1));
    assert!(store.index(&[]).unwrap().is_empty());
}

#[test]
fn a_full_disk_fails_the_call_and_keeps_what_was_there() {
    let home = Home::new();
    let mut store = home.open();
    let cycle = store.begin_cycle(now()).unwrap();
    let pages: i64 = store.conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    let full = (0..).find_map(|_| store.begin(cycle, &[begin(deactivate(1))], now()).err()).unwrap();
    assert!(matches!(&full, StoreError::Failed { reason, .. } if reason.contains("free some space")), "{full}");
    let (marks, charges) = (store.doubts().unwrap().len() as u64, charged(&store, now()).0);
    assert_eq!(marks, charges);
    drop(store);
    assert_eq!(home.open().verify_audit().unwrap(), Ok(1 + marks));
}

#[test]
fn a_lost_answer_uses_the_approval_up_once_it_is_known_to_have_happened() {
    for happened in [false, true] {
        let (mut store, cycle) = store_in_cycle();
        let key = deactivate(1).key();
        store.approve("p", std::slice::from_ref(&key), "alice", "one", now(), now().unix_s + HOUR).unwrap();
        let op = store
            .begin(cycle, &[Begin { change: deactivate(1), why: String::new(), unapproved: 0 }], now())
            .unwrap()[0];
        store.absorb(cycle, &[Fact::Settled { op, happened }], now()).unwrap();
        assert_eq!(store.approved_keys(now()).unwrap().contains(&key), !happened);
        assert!(store.doubts().unwrap().is_empty());
    }
}

#[test]
fn approvals_end_with_the_configuration_they_were_given_under() {
    let (mut store, _) = store_in_cycle();
    let key = deactivate(1).key();
    store.approve("p", std::slice::from_ref(&key), "alice", "one", now(), now().unix_s + HOUR).unwrap();
    assert!(store.approved_keys(now()).unwrap().contains(&key));
    let other = create(2).key();
    store.approve("q", std::slice::from_ref(&other), "alice", "two", now(), now().unix_s + HOUR).unwrap();
    assert_eq!(store.approved_keys(now()).unwrap(), [other].into());
    assert_eq!(store.approved_under().unwrap().as_deref(), Some("two"));
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::MarksAfterSending.is_caught_by(a_crash_before_the_answer_leaves_the_mark_and_the_charge);
    Bug::RefundsOnACrash.is_caught_by(a_crash_before_the_answer_leaves_the_mark_and_the_charge);
    Bug::ChargesAtTheAnswer.is_caught_by(a_refund_only_for_what_this_cycle_knows_was_never_sent);
    Bug::DropsAnAuditRow.is_caught_by(each_end_clears_or_keeps_the_mark_and_stores_its_facts);
    Bug::ApprovesTwice.is_caught_by(an_approval_is_used_once_and_only_by_success);
}
