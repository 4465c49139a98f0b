//! Where two rules meet: the cases that reading the code with fresh eyes asked for.

use super::*;

#[test]
fn an_account_that_got_a_protected_address_by_hand_is_protected_in_the_same_plan() {
    let root = member("scim-1", account("root", "R", "Oot"), true);
    let world = World::new().known("1", Standing::Active, ada()).leaver("1", ada());
    assert_eq!(world.listed(|team| team.drifted.push(root)).says(), ["protected root@acme.example"]);
}

#[test]
fn an_address_that_several_new_ids_claim_keeps_its_old_owner_too() {
    let long_ago = |known: &mut Known| known.absent = Some(Absence { first: Moment::at(NOW - 99 * HOUR), cycles: 9 });
    let world = || World::new().known_with("1", ada(), long_ago).absent("1");
    let twice = world().wanted("2", ada()).wanted("3", ada());
    assert!(twice.plan().changes.is_empty(), "{:?}", twice.says());
    let unknown = world().person("2", Wanted::Unknown("?".into()), ada());
    assert!(unknown.plan().changes.is_empty(), "{:?}", unknown.says());
}

#[test]
fn a_leaver_whom_one_listing_missed_is_looked_up_before_they_count_as_gone() {
    let world = World::new().known("1", Standing::Active, ada()).leaver("1", ada());
    let world = world.listed(|team| team.missing.push(SourceId::new("corp", "1")));
    assert_eq!(world.says(), ["deactivate 1 Explicit"]);
}

#[test]
fn somebody_removed_by_hand_who_is_listed_as_deactivated_stays_out() {
    let world = World::new()
        .known("1", Standing::Gone, ada())
        .wanted("1", ada())
        .held("1", HoldReason::RemovedByHand, None)
        .listed(|team| team.drifted.push(member("scim-1", ada(), false)));
    assert_eq!(world.says(), ["held 1 deactivated_by_hand"]);
}

#[test]
fn a_reboot_with_a_wrong_clock_makes_nobody_absent_for_long() {
    let world = World::new()
        .known_with("1", ada(), |known| {
            known.absent = Some(Absence { first: Moment { unix_s: NOW, boot: 7, uptime_s: 100 }, cycles: 1 });
        })
        .absent("1");
    let at = |uptime_s| world.clone().with(|w| w.now = Moment { unix_s: NOW + 9_999_999, boot: 8, uptime_s });
    assert_eq!(at(60).says(), ["due 1 ada@acme.example"]);
    assert_eq!(at(HOUR).says(), ["deactivate 1 Absent"]);
}

#[test]
fn somebody_in_doubt_who_is_seen_starts_over_too() {
    let world = World::new()
        .known_with("1", ada(), |known| known.absent = Some(Absence { first: Moment::at(NOW - HOUR), cycles: 1 }))
        .wanted("1", ada())
        .with(|world| {
            let (id, scim_id) = (SourceId::new("corp", "1"), ScimId("scim-1".into()));
            let change = Change::Reactivate { id, scim_id, user_name: ada().user_name };
            world.snapshot.doubts.insert(OpId(4), Doubt { op: OpId(4), change, began: world.now });
        });
    let plan = world.plan();
    assert!(matches!(&plan.facts[..], [Fact::Known(known)] if known.absent.is_none()), "{:?}", plan.facts);
}

#[test]
fn a_hold_ends_with_its_reason() {
    let passed = World::new().known("1", Standing::Active, ada()).wanted("1", ada());
    let passed = passed.held("1", HoldReason::Refused { detail: "no".into() }, Some(NOW - 1));
    assert_eq!(passed.plan().facts, [Fact::Release(SourceId::new("corp", "1"))], "the directory took the name back");
    let vanished = World::new().held("9", HoldReason::Conflict, Some(NOW + 60));
    assert_eq!(vanished.plan().facts, [Fact::Release(SourceId::new("corp", "9"))]);
    let wanted = World::new().wanted("9", ada()).held("9", HoldReason::Conflict, Some(NOW + 60));
    assert_eq!(wanted.plan().facts, []);
}

#[test]
fn a_member_whose_state_nobody_knows_is_somebody_to_look_at() {
    let unknown = |world: World| world.person("1", Wanted::Unknown("status = \"left?\"".into()), ada()).plan();
    assert!(unknown(World::new().known("1", Standing::Active, ada())).notes[0].holds_somebody());
    assert!(!unknown(World::new()).notes[0].holds_somebody());
}
