//! Records that could be somebody's: an old one beside the one that counts, one that is seen for the first time as inactive, and
//! those of people who wait for their account.

use super::several::{both, real_cycle, with_others, yes};
use super::worlds::{said, snapshot};
use super::*;

fn no(source: &str, id: u32, local: &str) -> DirectoryUser {
    entry(source, id, local, "Byron", Active::No)
}

fn corp_ada() -> DirectoryUser {
    yes("corp", 1, "ada", "Byron")
}

fn hr_ada() -> DirectoryUser {
    yes("hr", 9, "ada", "Byron")
}

/// What a cycle sends that does not list the team.
fn unlisted(store: &mut Store, corp: &[DirectoryUser], hr: &[DirectoryUser]) -> Vec<String> {
    let sources = [("corp", with_others("corp", corp)), ("hr", with_others("hr", hr))];
    let reading = fold_listed(store, &sources, Listing::NotPlanned);
    let plan = plan_by(&Policy { absence_wait_s: 0, ..everyday() }, &reading, &snapshot(store), store);
    store.decree(&plan.facts, "test", Moment::at(NOW)).unwrap();
    said(&plan)
}

/// Bound to hr, the later source; corp has an inactive record from before, and the one of today.
#[test]
fn an_old_record_does_not_stand_in_for_one_that_a_short_listing_lost() {
    for old in [no("corp", 7, "ada"), yes("corp", 7, "ada", "Noyce")] {
        let mut store = store_with(&[]);
        both(&mut store, &[], &[hr_ada()]);
        assert_eq!(both(&mut store, &[corp_ada()], &[hr_ada()]), [""; 0]);
        assert_eq!(both(&mut store, std::slice::from_ref(&old), &[hr_ada()]), [""; 0], "nobody's word, and no join");
        assert_eq!(both(&mut store, &[corp_ada(), no("corp", 7, "ada")], &[hr_ada()]), [""; 0]);
        assert_eq!(both(&mut store, &[no("corp", 1, "ada")], &[hr_ada()]), ["hr:9 deactivate Explicit"]);
    }
}

#[test]
fn whoever_is_first_seen_inactive_is_remembered_in_cycles_without_a_listing_too() {
    let mut store = store_with(&[]);
    both(&mut store, &[], &[hr_ada()]);
    let plan = unlisted(&mut store, &[no("corp", 1, "ada")], &[hr_ada()]);
    assert_eq!(plan, ["hr:9 deactivate Explicit"]);
    let left = DirectoryUser { groups: vec![], ..no("corp", 1, "ada.left") };
    assert_eq!(
        both(&mut store, std::slice::from_ref(&left), &[hr_ada()]),
        ["hr:9 deactivate Explicit"],
        "as it was not sent"
    );
    assert_eq!(both(&mut store, &[left], &[hr_ada()]), [""; 0], "known by id, whatever the address");
}

#[test]
fn people_who_wait_for_their_account_stay_one_person_when_an_address_moves() {
    let waiting = || {
        let mut store = store_with(&[]);
        let sources = [("corp", with_others("corp", &[corp_ada()])), ("hr", with_others("hr", &[hr_ada()]))];
        let plan = plan_of(&fold(&store, &sources), &snapshot(&store), &store);
        assert!(said(&plan).contains(&"corp:1 create ada@acme.example".to_owned()));
        store.decree(&plan.facts, "test", Moment::at(NOW)).unwrap();
        store
    };
    let hr = with_others("hr", &[yes("hr", 9, "ada.king", "King")]);
    for (corp, sent) in [(corp_ada(), true), (no("corp", 1, "ada"), false)] {
        let plan = real_cycle(&mut waiting(), &[("corp", with_others("corp", &[corp])), ("hr", hr.clone())]);
        let mut creates = said(&plan);
        creates.retain(|change| change.contains("ada"));
        let expected: &[&str] = if sent { &["corp:1 create ada@acme.example"] } else { &[] };
        assert_eq!(creates, expected);
    }
}
