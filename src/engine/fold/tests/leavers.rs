//! People who leave one of several sources, or all, and those who only seem to: the steps of one cycle after another.

use super::several::{both, joined, real_cycle, with_others, yes};
use super::worlds::said;
use super::*;

fn no(source: &str, id: u32, local: &str) -> DirectoryUser {
    entry(source, id, local, "Byron", Active::No)
}

/// Taken out of the groups.
fn stripped(user: DirectoryUser) -> DirectoryUser {
    DirectoryUser { groups: vec![], ..user }
}

fn corp_ada() -> DirectoryUser {
    yes("corp", 1, "ada", "Byron")
}

fn hr_ada() -> DirectoryUser {
    yes("hr", 9, "ada", "Byron")
}

fn hr_king() -> DirectoryUser {
    yes("hr", 9, "ada.king", "Byron")
}

/// Who is told to be wanted by another id, and by which: `corp:1 by hr:9`.
fn rebinds(plan: &Plan) -> Vec<String> {
    let told = plan.notes.iter().filter_map(|note| match note {
        Note::NewDirectoryId { new, bound_to, user_name } => Some(format!("{user_name}: {bound_to} by {new}")),
        _ => None,
    });
    told.collect()
}

fn corp_and_hr(store: &mut Store, corp: &[DirectoryUser], hr: &[DirectoryUser]) -> Plan {
    real_cycle(store, &[("corp", with_others("corp", corp)), ("hr", with_others("hr", hr))])
}

#[test]
fn a_leaver_whom_another_source_has_under_another_address_gets_no_second_account() {
    let mut store = joined();
    assert_eq!(both(&mut store, &[corp_ada()], &[hr_king()]), [""; 0]);
    assert_eq!(both(&mut store, &[no("corp", 1, "ada")], &[hr_king()]), ["corp:1 deactivate Explicit"]);
    for _ in 0..2 {
        let plan = corp_and_hr(&mut store, &[], &[hr_king()]);
        assert_eq!(said(&plan), [""; 0], "the link says who hr:9 is");
        assert_eq!(rebinds(&plan), ["ada@acme.example: corp:1 by hr:9"]);
    }
}

#[test]
fn a_leaver_whose_own_source_is_not_read_gets_no_second_account() {
    // Bound to hr, the later source.
    let mut store = store_with(&[]);
    both(&mut store, &[], &[hr_ada()]);
    assert_eq!(both(&mut store, &[corp_ada()], &[hr_ada()]), [""; 0]);
    assert_eq!(both(&mut store, &[no("corp", 1, "ada")], &[hr_ada()]), ["hr:9 deactivate Explicit"]);
    let (mapping, scope) = (mapping(), Scope::default());
    let folding = Folding::new(
        &mapping,
        &scope,
        Listing::Planned,
        store.index(&["corp".into(), "hr".into()]).unwrap(),
        BTreeMap::new(),
    );
    let mut folding = folding.joining(&["corp".into(), "hr".into()], &store).unwrap();
    for user in with_others("corp", &[yes("corp", 1, "ada.king", "Byron")]) {
        folding.person(user);
    }
    folding.end_source("corp", Ok(evidence("corp", 2)));
    folding.end_source("hr", Err(SourceError::Malformed { place: "page 1".into(), reason: "reset".into() }));
    let reading = folding.finish(&store, &BTreeSet::new()).unwrap();
    let plan = plan_of(&reading, &super::worlds::snapshot(&store), &store);
    assert_eq!((said(&plan), rebinds(&plan)), (vec![], vec![]));
}

#[test]
fn inactive_counts_in_scope_or_not() {
    // Disabled and taken out of the groups in one step.
    let mut store = joined();
    let gone = [stripped(no("corp", 1, "ada"))];
    assert_eq!(both(&mut store, &gone, &[hr_ada()]), ["corp:1 deactivate Explicit"]);
    assert_eq!(both(&mut store, &gone, &[hr_ada()]), [""; 0]);
    // Disabled first, and taken out a cycle later.
    let mut store = joined();
    assert_eq!(both(&mut store, &[no("corp", 1, "ada")], &[hr_ada()]), ["corp:1 deactivate Explicit"]);
    for stripped in [stripped(no("corp", 1, "ada")), stripped(corp_ada())] {
        assert_eq!(both(&mut store, &[stripped], &[hr_ada()]), [""; 0]);
    }
}

#[test]
fn after_a_source_was_renamed_its_people_are_named_and_nobody_gets_a_second_account() {
    for address in ["ada", "ada.king"] {
        let mut store = store_with(&[]);
        let corp = with_others("corp", &[yes("corp", 1, "ada", "Byron")]);
        real_cycle(&mut store, &[("hr", with_others("hr", &[hr_ada()])), ("corp", corp.clone())]);
        let people = [yes("hr2", 9, address, "Byron")];
        for _ in 0..2 {
            let corp = with_others("corp", &[yes("corp", 1, address, "Byron")]);
            let plan = real_cycle(&mut store, &[("hr2", with_others("hr2", &people)), ("corp", corp)]);
            assert!(said(&plan).iter().all(|change| change.contains("zed-hr2")), "{:?}", said(&plan));
            assert!(rebinds(&plan).contains(&"ada@acme.example: hr:9 by hr2:9".into()), "{:?}", rebinds(&plan));
        }
        // `adopt ada@acme.example --rebind`.
        let row = super::worlds::snapshot(&store).known.remove(&SourceId::new("hr", "9")).unwrap();
        let (from, to) = (SourceId::new("hr", "9"), SourceId::new("hr2", "9"));
        let facts =
            [Fact::Forget(from.clone()), Fact::Rebound { from, to: to.clone() }, Fact::Known(Known { id: to, ..row })];
        store.decree(&facts, "test", Moment::at(NOW)).unwrap();
        let corp = with_others("corp", &[yes("corp", 1, address, "Byron")]);
        real_cycle(&mut store, &[("hr2", with_others("hr2", &people)), ("corp", corp.clone())]);
        let plan = real_cycle(
            &mut store,
            &[("corp", with_others("corp", &[no("corp", 1, address)])), ("hr2", with_others("hr2", &people))],
        );
        assert_eq!(said(&plan), ["hr2:9 deactivate Explicit"]);
    }
}

#[test]
fn a_new_id_of_somebody_stops_the_word_of_later_sources() {
    for hr in [no("hr", 9, "ada"), yes("hr", 9, "ada.king", "King"), stripped(hr_ada())] {
        let mut store = joined();
        for _ in 0..3 {
            let plan = corp_and_hr(&mut store, &[yes("corp", 3, "ada", "Byron")], std::slice::from_ref(&hr));
            assert_eq!(said(&plan), [""; 0], "the first source has ada@ active");
            assert_eq!(rebinds(&plan), ["ada@acme.example: corp:1 by corp:3"]);
        }
    }
}

#[test]
fn whoever_moved_to_another_source_long_ago_is_dismissed_by_its_word_at_once() {
    let mut store = joined();
    for _ in 0..3 {
        assert_eq!(both(&mut store, &[], &[hr_ada()]), [""; 0]);
    }
    // The grace is for people who vanish.
    let reading = fold(&store, &[("corp", with_others("corp", &[])), ("hr", with_others("hr", &[no("hr", 9, "ada")]))]);
    let grace = Policy { grace_s: 259_200, ..everyday() };
    let plan = plan_by(&grace, &reading, &super::worlds::snapshot(&store), &store);
    assert_eq!(said(&plan), ["corp:1 deactivate Explicit"]);
    assert_eq!(both(&mut store, &[], &[no("hr", 9, "ada")]), ["corp:1 deactivate Explicit"]);
    // And right after they moved, only once it is sure that they did.
    let mut store = joined();
    assert_eq!(both(&mut store, &[], &[no("hr", 9, "ada")]), [""; 0]);
    assert_eq!(both(&mut store, &[], &[no("hr", 9, "ada")]), ["corp:1 deactivate Explicit"]);
}

#[test]
fn a_short_listing_of_the_first_source_changes_no_address() {
    let mut store = joined();
    let moved = [yes("hr", 9, "ada.king", "King")];
    assert_eq!(both(&mut store, &[corp_ada()], &moved), [""; 0]);
    assert_eq!(both(&mut store, &[], &moved), [""; 0]);
    assert_eq!(both(&mut store, &[corp_ada()], &moved), [""; 0]);
    assert_eq!(both(&mut store, &[], &moved), [""; 0], "the wait started over");
    assert_eq!(both(&mut store, &[], &moved), ["corp:1 readdress ada.king@acme.example", "corp:1 rename King"]);
}

#[test]
fn an_old_inactive_record_beside_the_new_one_is_in_nobodys_way() {
    let mut store = store_with(&[]);
    let corp = [no("corp", 1, "ada"), yes("corp", 5, "ada", "Byron")];
    assert_eq!(both(&mut store, &corp, &[hr_ada()])[0], "corp:5 create ada@acme.example");
    assert_eq!(both(&mut store, &corp, &[hr_ada()]), [""; 0]);
    // The first source says inactive: one of the second's two is active, and counts for nothing.
    let mut store = store_with(&[]);
    let sent = both(&mut store, &[no("corp", 1, "ada")], &[hr_ada(), no("hr", 10, "ada")]);
    assert!(sent.iter().all(|change| change.contains("zed-")), "{sent:?}");
}

/// Bob's entry has Ada's e-mail by a typo for one cycle.
#[test]
fn a_wrong_join_is_told_and_can_be_undone() {
    let told = |plan: &Plan| plan.notes.iter().any(|note| matches!(note, Note::OtherAddress { .. }));
    let mut store = store_with(&[]);
    both(&mut store, &[corp_ada()], &[]);
    assert!(!told(&corp_and_hr(&mut store, &[corp_ada()], &[yes("hr", 20, "ada", "Noyce")])));
    let bob = [yes("hr", 20, "bob", "Noyce")];
    for _ in 0..2 {
        let plan = corp_and_hr(&mut store, &[corp_ada()], &bob);
        assert_eq!((said(&plan), told(&plan)), (vec![], true));
    }
    // `adopt ada@acme.example --apart`.
    store.decree(&[Fact::Apart(SourceId::new("corp", "1"))], "test", Moment::at(NOW)).unwrap();
    assert_eq!(both(&mut store, &[corp_ada()], &bob), ["hr:20 create bob@acme.example"]);
    assert_eq!(both(&mut store, &[no("corp", 1, "ada")], &bob), ["corp:1 deactivate Explicit"]);
}

/// A mapping that is wrong for a cycle joins people to whom they are not.
#[test]
fn a_source_that_counts_for_nothing_joins_nobody() {
    let mut store = store_with(&[]);
    both(&mut store, &[corp_ada()], &[]);
    let broken = |id: u32| DirectoryUser { attributes: serde_json::Map::new(), ..yes("hr", id, "x", "X") };
    let mut hr: Vec<DirectoryUser> = (100..120).map(broken).collect();
    hr.push(yes("hr", 20, "ada", "Noyce"));
    let mut folding = fold(&store, &[("corp", with_others("corp", &[corp_ada()])), ("hr", hr)]);
    let understood = Understood { entries: 21, in_scope: 21, inactive: 0, mapped: 21, with_state: 21 };
    folding.sources[1].last = Some(understood);
    assert_eq!(folding.joined.len(), 1);
    let plan = plan_of(&folding, &super::worlds::snapshot(&store), &store);
    assert_eq!(plan.refusals.len(), 1, "{:?}", plan.notes);
    assert!(!plan.facts.iter().any(|fact| matches!(fact, Fact::Joined { .. })), "{:?}", plan.facts);
}

/// Each record in the audit chain is one: people who wait for an approval are not joined again in every cycle.
#[test]
fn a_join_is_remembered_once() {
    let mut store = store_with(&[]);
    let sources = [("corp", with_others("corp", &[corp_ada()])), ("hr", with_others("hr", &[hr_ada()]))];
    let reading = fold(&store, &sources);
    assert_eq!(reading.joined.len(), 1);
    let plan = plan_of(&reading, &super::worlds::snapshot(&store), &store);
    store.decree(&plan.facts, "test", Moment::at(NOW)).unwrap();
    assert_eq!(fold(&store, &sources).joined.len(), 0);
}

/// Ada, whom the second source has, frees her address, and somebody of the first gets it.
#[test]
fn an_address_is_handed_on_between_sources() {
    let mut store = store_with(&[]);
    both(&mut store, &[yes("corp", 2, "bob", "Noyce")], &[hr_ada()]);
    let sent = both(&mut store, &[yes("corp", 2, "ada", "Noyce")], &[hr_king()]);
    assert_eq!(sent, ["corp:2 readdress ada@acme.example", "hr:9 readdress ada.king@acme.example"]);
}

/// Ada's account is bound to the second source, which the first one's word put out.
fn put_out_by_the_first() -> Store {
    let mut store = store_with(&[]);
    both(&mut store, &[], &[hr_ada()]);
    assert_eq!(both(&mut store, &[corp_ada()], &[hr_ada()]), [""; 0]);
    assert_eq!(both(&mut store, &[no("corp", 1, "ada")], &[hr_ada()]), ["hr:9 deactivate Explicit"]);
    store
}

/// Who is told to stay out because of a source that is silent: `hr:9, not at corp, active at hr`.
fn silent(plan: &Plan) -> Vec<String> {
    let told = plan.notes.iter().filter_map(|note| match note {
        Note::SilentSource { id, silent, active, .. } => Some(format!("{id}, not at {silent}, active at {active}")),
        _ => None,
    });
    told.collect()
}

#[test]
fn whom_the_first_source_put_out_and_has_no_more_stays_out_until_a_person_decides() {
    let mut store = put_out_by_the_first();
    let stays_out = |store: &mut Store, hr: &[DirectoryUser]| {
        let plan = corp_and_hr(store, &[], hr);
        assert_eq!((said(&plan), silent(&plan)), (vec![], vec!["hr:9, not at corp, active at hr".into()]));
        plan
    };
    let first = stays_out(&mut store, &[hr_ada()]);
    assert!(first.facts.iter().any(|fact| matches!(fact, Fact::Missing { .. })), "{:?}", first.facts);
    for _ in 0..3 {
        assert_eq!(stays_out(&mut store, &[hr_king()]).facts, [], "what waits for a person is stored once");
    }
    // Missing at both for a while, or inactive at the second one: that is no decision to let them in.
    for hr in [vec![], vec![no("hr", 9, "ada")], vec![stripped(hr_ada())]] {
        for _ in 0..3 {
            assert_eq!(both(&mut store, &[], &hr), [""; 0]);
        }
        stays_out(&mut store, &[hr_ada()]);
    }
    // A reading that failed starts the wait over, and ends nothing.
    let mut reading = fold(&store, &[("corp", with_others("corp", &[])), ("hr", with_others("hr", &[hr_ada()]))]);
    reading.sources[0].evidence = Err("reset".into());
    let plan = plan_of(&reading, &super::worlds::snapshot(&store), &store);
    assert_eq!(said(&plan), [""; 0]);
    store.decree(&plan.facts, "test", Moment::at(NOW)).unwrap();
    for _ in 0..3 {
        stays_out(&mut store, &[hr_ada()]);
    }
    // `adopt ada@acme.example --apart`.
    store.decree(&[Fact::Apart(SourceId::new("hr", "9"))], "test", Moment::at(NOW)).unwrap();
    assert_eq!(both(&mut store, &[], &[hr_ada()]), ["hr:9 reactivate"]);
    assert_eq!(both(&mut store, &[], &[hr_ada()]), [""; 0]);
}

#[test]
fn whom_the_first_source_put_out_comes_back_by_its_word() {
    let mut store = put_out_by_the_first();
    both(&mut store, &[], &[hr_ada()]);
    assert_eq!(both(&mut store, &[corp_ada()], &[hr_ada()]), ["hr:9 reactivate"]);
}

/// The request was sent, and its answer is not known while the first source's record goes: perhaps they are out.
#[test]
fn a_source_that_is_silent_lets_nobody_go_whose_dismissal_is_in_doubt() {
    let mut store = store_with(&[]);
    both(&mut store, &[], &[hr_ada()]);
    both(&mut store, &[corp_ada()], &[hr_ada()]);
    let sources = [("corp", with_others("corp", &[])), ("hr", with_others("hr", &[hr_ada()]))];
    let mut snapshot = super::worlds::snapshot(&store);
    let known = snapshot.known[&SourceId::new("hr", "9")].clone();
    let (id, scim_id, user_name) = (known.id, known.scim_id, known.account.user_name);
    let change = Change::Deactivate { id, scim_id, user_name, cause: Cause::Explicit };
    snapshot.doubts.insert(OpId(1), Doubt { op: OpId(1), change, began: Moment::at(NOW) });
    for _ in 0..3 {
        let plan = plan_by(&Policy { absence_wait_s: 0, ..everyday() }, &fold(&store, &sources), &snapshot, &store);
        store.decree(&plan.facts, "test", Moment::at(NOW)).unwrap();
    }
    assert!(matches!(store.missing("corp").unwrap().into_values().collect::<Vec<_>>()[..], [Missing::Since(_)]));
}

#[test]
fn whom_the_first_source_never_had_or_let_go_before_comes_back_by_the_second_ones_word() {
    let mut never = store_with(&[]);
    both(&mut never, &[], &[hr_ada()]);
    let mut moved = store_with(&[]);
    both(&mut moved, &[], &[hr_ada()]);
    both(&mut moved, &[corp_ada()], &[hr_ada()]);
    for _ in 0..2 {
        assert_eq!(both(&mut moved, &[], &[hr_ada()]), [""; 0]);
    }
    for mut store in [never, moved] {
        assert_eq!(both(&mut store, &[], &[no("hr", 9, "ada")]), ["hr:9 deactivate Explicit"]);
        assert_eq!(both(&mut store, &[], &[hr_ada()]), ["hr:9 reactivate"]);
    }
}
