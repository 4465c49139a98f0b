//! Several sources over time: people who are renamed in one before the other, who leave one, whose address goes to somebody
//! else. Each step is a real cycle as far as the snapshot goes: facts, joins and changes are stored.

use super::worlds::{said, snapshot};
use super::*;

/// One cycle in which everything goes well; what was sent.
pub fn cycle(store: &mut Store, corp: &[DirectoryUser], hr: &[DirectoryUser]) -> Vec<String> {
    said(&real_cycle(store, &[("corp", corp.to_vec()), ("hr", hr.to_vec())]))
}

/// The same with other sources, and its plan.
pub fn real_cycle(store: &mut Store, sources: &[(&str, Vec<DirectoryUser>)]) -> Plan {
    let reading = fold(store, sources);
    let before = snapshot(store);
    let plan = plan_by(&Policy { absence_wait_s: 0, ..everyday() }, &reading, &before, store);
    let mut after = before;
    after.absorb(&plan.facts);
    store.decree(&plan.facts, "test", Moment::at(NOW)).unwrap();
    for planned in &plan.changes {
        let id = planned.change.id().clone();
        let number = id.id.parse().unwrap();
        let mut row =
            after.known.get(&id).cloned().unwrap_or_else(|| known(&id.source, number, "x", "X", Standing::Active));
        match &planned.change {
            Change::Deactivate { .. } => row.standing = Standing::Inactive,
            Change::Reactivate { .. } => row.standing = Standing::Active,
            Change::Readdress { to, .. } => row.account.user_name = to.clone(),
            Change::Rename { to, .. } => row.account.name = to.clone(),
            Change::Create { account, .. } => row.account = account.clone(),
            Change::Group(_) => continue,
        }
        after.known.insert(id, row.clone());
        store.decree(&[Fact::Known(row)], "test", Moment::at(NOW)).unwrap();
    }
    plan
}

pub fn yes(source: &str, id: u32, local: &str, family: &str) -> DirectoryUser {
    entry(source, id, local, family, Active::Yes)
}

/// Somebody in each source who is as they should be, so that neither is empty.
pub fn with_others(source: &str, people: &[DirectoryUser]) -> Vec<DirectoryUser> {
    let mut all = people.to_vec();
    all.push(yes(source, 50, &format!("zed-{source}"), "Z"));
    all
}

pub fn both(store: &mut Store, corp: &[DirectoryUser], hr: &[DirectoryUser]) -> Vec<String> {
    cycle(store, &with_others("corp", corp), &with_others("hr", hr))
}

/// Ada in both sources, created and joined.
pub fn joined() -> Store {
    let mut store = store_with(&[]);
    let (corp, hr) = ([yes("corp", 1, "ada", "Byron")], [yes("hr", 9, "Ada", "Byron")]);
    assert_eq!(both(&mut store, &corp, &hr)[0], "corp:1 create ada@acme.example");
    assert_eq!(both(&mut store, &corp, &hr), [""; 0], "a second cycle is quiet");
    store
}

#[test]
fn whoever_is_renamed_in_one_source_before_the_other_stays_one_person() {
    // In the source that decides first: the account follows, and the laggard's old address makes no second one.
    let mut store = joined();
    let (moved, lags) = ([yes("corp", 1, "ada.king", "King")], [yes("hr", 9, "ada", "Byron")]);
    let sent = both(&mut store, &moved, &lags);
    assert_eq!(sent, ["corp:1 readdress ada.king@acme.example", "corp:1 rename King"]);
    assert_eq!(both(&mut store, &moved, &lags), [""; 0]);
    assert_eq!(both(&mut store, &moved, &[yes("hr", 9, "ada.king", "King")]), [""; 0]);
    // In the other one first: its word does not count, and makes no second account either.
    let mut store = joined();
    for _ in 0..2 {
        assert_eq!(both(&mut store, &[yes("corp", 1, "ada", "Byron")], &[yes("hr", 9, "ada.king", "King")]), [""; 0]);
    }
}

#[test]
fn leaving_one_source_keeps_the_account_and_the_other_source_decides() {
    let mut store = joined();
    let there = [yes("hr", 9, "ada.king", "King")];
    assert_eq!(both(&mut store, &[], &there), [""; 0], "one listing may be short");
    let sent = both(&mut store, &[], &there);
    assert_eq!(sent, ["corp:1 readdress ada.king@acme.example", "corp:1 rename King"], "under the id that the row has");
    assert_eq!(both(&mut store, &[], &there), [""; 0]);
}

#[test]
fn an_account_that_is_out_comes_back_by_its_own_id_only() {
    let mut store = joined();
    let there = [yes("hr", 9, "ada", "Byron")];
    let out = [entry("corp", 1, "ada", "Byron", Active::No)];
    assert_eq!(both(&mut store, &out, &there), ["corp:1 deactivate Explicit"]);
    assert_eq!(both(&mut store, &out, &there), [""; 0]);
    // The record is deleted, as records of leavers are, and the other directory still has them.
    assert_eq!(both(&mut store, &[], &there), [""; 0], "no access on a guess");
    assert_eq!(both(&mut store, &[yes("corp", 1, "ada", "Byron")], &there), ["corp:1 reactivate"]);
}

#[test]
fn an_address_that_went_to_somebody_else_joins_nobody() {
    // Ada moved on and Bob, new in corp, has her old address, which hr still shows for her.
    let mut store = joined();
    let corp = [yes("corp", 1, "ada.king", "Byron"), yes("corp", 2, "ada", "Noyce")];
    let hr = [yes("hr", 9, "ada", "Byron")];
    let sent = both(&mut store, &corp, &hr);
    assert_eq!(sent, ["corp:1 readdress ada.king@acme.example", "corp:2 create ada@acme.example"]);
    assert_eq!(both(&mut store, &corp, &hr), [""; 0]);
    // Bob leaves; Ada's entry at hr is not his.
    let out = [corp[0].clone(), entry("corp", 2, "ada", "Noyce", Active::No)];
    assert_eq!(both(&mut store, &out, &hr), ["corp:2 deactivate Explicit"]);
    assert_eq!(both(&mut store, &out, &hr), [""; 0]);
}

#[test]
fn two_entries_of_one_source_at_one_address_leave_everybody_as_they_are() {
    let mut store = joined();
    let twice = [yes("hr", 9, "ada", "King"), yes("hr", 10, "ada", "King")];
    assert_eq!(both(&mut store, &[], &twice), [""; 0], "nobody can say which of the two is Ada");
    assert_eq!(both(&mut store, &[yes("corp", 1, "ada", "Byron")], &twice), [""; 0]);
    // A new record for her at the source that her account is bound to takes `adopt --rebind`, whatever the other says.
    let renumbered = [yes("corp", 3, "ada", "Byron")];
    assert_eq!(both(&mut store, &renumbered, &[yes("hr", 9, "ada", "Byron")]), [""; 0]);
}

#[test]
fn people_of_a_source_that_nobody_reads_any_more_stay_as_they_are() {
    let store = store_with(&[Fact::Known(known("old", 7, "ada", "Byron", Standing::Active))]);
    let (corp, hr) = (with_others("corp", &[yes("corp", 1, "ada", "King")]), with_others("hr", &[]));
    let reading = fold(&store, &[("corp", corp), ("hr", hr)]);
    let plan = plan_of(&reading, &snapshot(&store), &store);
    assert!(said(&plan).iter().all(|change| change.contains("create zed-")), "{:?}", said(&plan));
}

#[test]
fn whom_the_second_source_brings_is_kept_once_and_then_no_more() {
    let mut store = joined();
    let people = |source: &str| with_others(source, &[yes(source, if source == "hr" { 9 } else { 1 }, "ada", "Byron")]);
    cycle(&mut store, &people("corp"), &people("hr"));
    let reading = fold(&store, &[("corp", people("corp")), ("hr", people("hr"))]);
    assert_eq!((reading.people.len(), reading.joined.len()), (0, 0));
}
