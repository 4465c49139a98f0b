//! One test a rule: the words of the design, with the smallest world that shows each.

use super::*;

#[test]
fn a_newcomer_is_created_and_a_person_in_step_is_left_alone() {
    assert_eq!(World::new().wanted("1", ada()).says(), ["create 1 ada@acme.example"]);
    let none: [&str; 0] = [];
    assert_eq!(World::new().known("1", Standing::Active, ada()).wanted("1", ada()).says(), none);
}

#[test]
fn either_name_is_put_right_and_the_case_of_an_address_is_not() {
    let known = || World::new().known("1", Standing::Active, ada());
    assert_eq!(known().wanted("1", account("ada", "Ada", "King")).says(), ["rename 1 Ada King"]);
    assert_eq!(known().wanted("1", account("ada", "Augusta", "Byron")).says(), ["rename 1 Augusta Byron"]);
    let none: [&str; 0] = [];
    assert_eq!(known().wanted("1", account("ADA", "Ada", "Byron")).says(), none);
}

#[test]
fn letters_outside_ascii_are_not_folded() {
    let known = World::new().known("1", Standing::Active, account("\u{f6}de", "\u{d6}", "B"));
    assert_eq!(known.wanted("1", account("\u{d6}DE", "\u{d6}", "B")).says(), ["readdress 1 to \u{d6}DE@acme.example"]);
}

#[test]
fn a_marriage_is_an_address_and_a_name_in_that_order() {
    let world = World::new().known("1", Standing::Active, ada()).wanted("1", account("ada.king", "Ada", "King"));
    assert_eq!(world.says(), ["readdress 1 to ada.king@acme.example", "rename 1 Ada King"]);
}

#[test]
fn an_address_outside_the_verified_domains_is_reported_and_no_second_account_made() {
    let mut moved = ada();
    moved.user_name = UserName::new("ada@elsewhere.example");
    let world = World::new().known("1", Standing::Active, ada()).wanted("1", moved);
    assert_eq!(world.says(), ["unverified_domain 1"]);
}

#[test]
fn explicit_inactivity_counts_at_once() {
    let world = World::new().known("1", Standing::Active, ada()).leaver("1", ada());
    assert_eq!(world.says(), ["deactivate 1 Explicit"]);
}

#[test]
fn a_leaver_without_an_address_leaves_too() {
    let mut world = World::new().known("1", Standing::Active, ada()).leaver("1", ada());
    world.reading.people[0].account = Err(Rejection::Missing { target: "user_name".into(), from: "mail".into() });
    assert_eq!(world.says(), ["deactivate 1 Explicit"]);
    world.reading.people[0].wanted = Wanted::In;
    assert_eq!(world.says(), ["rejected 1"]);
}

#[test]
fn absence_needs_two_readings_an_hour_apart() {
    let mut world = World::new().known("1", Standing::Active, ada()).absent("1");
    assert_eq!(world.says(), ["due 1 ada@acme.example"]);
    world.snapshot.absorb(&world.plan().facts);
    world.now = Moment::at(NOW + HOUR - 1);
    assert_eq!(world.says(), ["due 1 ada@acme.example"]);
    world.now = Moment::at(NOW + HOUR);
    assert_eq!(world.says(), ["deactivate 1 Absent"]);
}

#[test]
fn a_clock_that_jumps_makes_nobody_absent_for_long() {
    let absent = |now: Moment| {
        World::new()
            .known_with("1", ada(), |known| {
                let first = Moment { unix_s: NOW, boot: 7, uptime_s: 100 };
                known.absent = Some(Absence { first, cycles: 1 });
            })
            .absent("1")
            .with(|world| world.now = now)
    };
    let ten_years = 10 * 365 * 24 * HOUR;
    let jumped = absent(Moment { unix_s: NOW + ten_years, boot: 7, uptime_s: 160 });
    assert_eq!(jumped.says(), ["due 1 ada@acme.example"]);
    let waited = absent(Moment { unix_s: NOW - ten_years, boot: 7, uptime_s: 100 + HOUR });
    assert_eq!(waited.says(), ["deactivate 1 Absent"]);
}

#[test]
fn somebody_seen_again_starts_over() {
    let world = World::new().known_with("1", ada(), |known| {
        known.absent = Some(Absence { first: Moment::at(NOW - 9 * HOUR), cycles: 5 });
    });
    let plan = world.wanted("1", ada()).plan();
    assert!(matches!(&plan.facts[..], [Fact::Known(known)] if known.absent.is_none()));
    assert!(plan.is_empty());
}

#[test]
fn where_the_directory_can_be_asked_its_word_counts() {
    let ask = |presence: Presence| {
        let mut world = World::new().known("1", Standing::Active, ada()).absent("1");
        world.probes.insert(SourceId::new("corp", "1"), presence);
        world.plan()
    };
    assert_eq!(brief(&ask(Presence::Gone)), ["deactivate 1 Absent"]);
    assert_eq!(brief(&ask(Presence::Inactive("uac".into()))), ["deactivate 1 Explicit"]);
    assert_eq!(brief(&ask(Presence::Present)), ["not_gone 1 ada@acme.example"]);
    assert_eq!(brief(&ask(Presence::Failed("timeout".into()))), ["not_gone 1 ada@acme.example"]);
}

#[test]
fn grace_is_for_the_absent_and_not_for_the_dismissed() {
    let graceful = |world: World| world.with(|world| world.policy.grace_s = 72 * HOUR);
    let gone = World::new().known_with("1", ada(), |known| {
        known.absent = Some(Absence { first: Moment::at(NOW - 71 * HOUR), cycles: 9 });
    });
    assert_eq!(graceful(gone.absent("1")).says(), ["due 1 ada@acme.example"]);
    let dismissed = World::new().known("1", Standing::Active, ada()).leaver("1", ada());
    assert_eq!(graceful(dismissed).says(), ["deactivate 1 Explicit"]);
}

#[test]
fn leaving_the_scope_is_absence_that_was_read() {
    let out = Wanted::OutOfScope("in none of the groups postman-users".into());
    let world = World::new().known("1", Standing::Active, ada()).person("1", out, ada());
    assert_eq!(world.says(), ["deactivate 1 Absent"]);
}

#[test]
fn whom_the_listing_showed_out_of_scope_is_looked_up_too() {
    let out = Wanted::OutOfScope("in none of the groups postman-users".into());
    let world = World::new().known_with("1", ada(), |known| {
        known.absent = Some(Absence { first: Moment::at(NOW - HOUR), cycles: 1 });
    });
    let world = world.person("1", out.clone(), ada());
    let ask = |presence: Presence| {
        let id = SourceId::new("corp", "1");
        world.clone().with(|world| world.probes = BTreeMap::from([(id, presence)]))
    };
    for says_so in [Presence::Gone, Presence::OutOfScope("in no group".into()), Presence::CannotAsk] {
        assert_eq!(ask(says_so).says(), ["deactivate 1 Absent"]);
    }
    assert_eq!(ask(Presence::Inactive("uac".into())).says(), ["deactivate 1 Explicit"]);
    for (presence, why) in [
        (Presence::Present, "the listing showed them out of scope, and a look-up by id did not"),
        (Presence::Failed("timeout".into()), "the look-up by id failed: timeout"),
    ] {
        let asked = ask(presence);
        assert_eq!(asked.says(), ["not_gone 1 ada@acme.example"]);
        let plan = asked.plan();
        assert!(matches!(&plan.notes[..], [Note::NotGone { why: said, .. }] if said == why), "{:?}", plan.notes);
        assert!(matches!(&plan.facts[..], [Fact::Known(known)] if known.absent.is_none()), "the wait starts over");
    }
}

#[test]
fn a_leaver_who_returns_gets_the_same_account_back() {
    let world = World::new().known("1", Standing::Inactive, ada()).wanted("1", account("ada", "Ada", "King"));
    assert_eq!(world.says(), ["reactivate 1", "rename 1 Ada King"]);
    let gone = World::new().known("1", Standing::Gone, ada()).wanted("1", ada());
    assert_eq!(gone.says(), ["create 1 ada@acme.example"]);
}

#[test]
fn a_match_is_adopted_and_put_right_in_one_plan() {
    let joined = member("m1", account("ADA", "Ada", "Lovelace"), true);
    let world = World::new().wanted("1", ada()).listed(|team| team.unmanaged.push(joined));
    assert_eq!(world.says(), ["rename 1 Ada Byron", "adopt 1 ADA@acme.example"]);
    assert_eq!(world.plan().count(Kind::Create), 0);
    let report = world.with(|world| world.policy.matches = Matches::Report);
    assert_eq!(report.says(), ["match 1 ada@acme.example".replace("ada", "ADA")]);
}

#[test]
fn an_inactive_match_is_adopted_now_and_deactivated_by_a_later_plan() {
    let world = World::new().leaver("1", ada()).listed(|team| team.unmanaged.push(member("m1", ada(), true)));
    assert_eq!(world.says(), ["adopt 1 ada@acme.example", "adopted_inactive 1 ada@acme.example"]);
}

#[test]
fn a_match_who_is_deactivated_comes_back() {
    let world = World::new().wanted("1", ada()).listed(|team| team.unmanaged.push(member("m1", ada(), false)));
    assert_eq!(world.says(), ["reactivate 1", "adopt 1 ada@acme.example"]);
}

#[test]
fn a_stranger_is_named_and_left_alone() {
    let world = World::new().listed(|team| team.unmanaged.push(member("m1", bob(), true)));
    assert_eq!(world.says(), ["stranger bob@acme.example"]);
}

#[test]
fn two_people_with_one_address_neither_changes() {
    let world = World::new()
        .known("1", Standing::Active, ada())
        .wanted("1", account("ada", "Ada", "King"))
        .wanted("2", account("Ada", "Adam", "Byron"));
    assert_eq!(world.says(), ["duplicate 1+2 ada@acme.example"]);
}

#[test]
fn an_address_that_moves_from_a_leaver_to_a_newcomer_waits_for_a_person() {
    let dismissed = World::new()
        .known("1", Standing::Active, ada())
        .leaver("1", ada())
        .wanted("2", account("ada", "Adam", "Byron"));
    assert_eq!(dismissed.says(), ["deactivate 1 Explicit", "new_directory_id 2 1 ada@acme.example"]);
}

#[test]
fn an_address_that_a_colleague_frees_is_given_in_the_same_plan() {
    let world = World::new()
        .known("1", Standing::Active, ada())
        .wanted("1", account("ada.king", "Ada", "Byron"))
        .wanted("2", account("ada", "Adam", "Byron"));
    assert_eq!(world.says(), ["readdress 1 to ada.king@acme.example", "create 2 ada@acme.example"]);
}

#[test]
fn a_new_directory_id_for_an_old_account_changes_nobody() {
    let world = World::new().known("1", Standing::Active, ada()).absent("1").wanted("2", ada());
    assert_eq!(world.says(), ["new_directory_id 2 1 ada@acme.example"]);
    let later = world.with(|world| world.now = Moment::at(NOW + 99 * HOUR));
    assert_eq!(later.says(), ["new_directory_id 2 1 ada@acme.example"]);
}

#[test]
fn a_chain_of_addresses_goes_from_its_end_and_a_swap_waits() {
    let chain = World::new()
        .known("1", Standing::Active, ada())
        .known("2", Standing::Active, bob())
        .wanted("1", account("bob", "Ada", "Byron"))
        .wanted("2", account("bob.2", "Bob", "Noyce"));
    assert_eq!(chain.says(), ["readdress 2 to bob.2@acme.example", "readdress 1 to bob@acme.example"]);
    let swap = World::new()
        .known("1", Standing::Active, ada())
        .known("2", Standing::Active, bob())
        .wanted("1", account("bob", "Ada", "Byron"))
        .wanted("2", account("ada", "Bob", "Noyce"))
        .wanted("3", account("cyd", "Cyd", "C"));
    assert_eq!(swap.says(), ["create 3 cyd@acme.example", "swap 1+2"]);
}

#[test]
fn an_address_that_somebody_has_is_not_taken() {
    let world = World::new()
        .known("1", Standing::Active, ada())
        .known("2", Standing::Active, bob())
        .wanted("1", account("bob", "Ada", "Byron"))
        .person("2", Wanted::Unknown("?".into()), account("robert", "Bob", "Noyce"));
    assert_eq!(world.says(), ["unknown_state 2 robert@acme.example", "address_taken 1 bob@acme.example"]);
    let stranger = World::new()
        .known("1", Standing::Active, ada())
        .wanted("1", account("bob", "Ada", "Byron"))
        .listed(|team| team.unmanaged.push(member("m1", bob(), true)));
    assert_eq!(stranger.says(), ["address_taken_by_stranger 1 bob@acme.example"]);
}

#[test]
fn protected_accounts_are_out_of_reach() {
    let root = || account("ROOT", "R", "Oot");
    let world = World::new().known("1", Standing::Active, root()).leaver("1", root());
    assert_eq!(world.says(), ["protected ROOT@acme.example"]);
    let absent = World::new().known("1", Standing::Active, root()).absent("1");
    assert_eq!(absent.says(), ["protected ROOT@acme.example"]);
    let taken_over = World::new().known("1", Standing::Active, ada()).wanted("1", root());
    assert_eq!(taken_over.says(), ["protected ROOT@acme.example"]);
    let typed_in = World::new().known("1", Standing::Active, ada()).leaver("1", root());
    assert_eq!(typed_in.says(), ["deactivate 1 Explicit"], "a protected address saves nobody else's account");
    let unmanaged = World::new().listed(|team| team.unmanaged.push(member("m1", root(), true)));
    let none: [&str; 0] = [];
    assert_eq!(unmanaged.says(), none);
}

#[test]
fn deactivated_by_hand_is_held_until_the_directory_agrees() {
    let drifted = |world: World| {
        world.known("1", Standing::Active, ada()).listed(|team| team.drifted.push(member("scim-1", ada(), false)))
    };
    let mut world = drifted(World::new().wanted("1", ada()));
    assert_eq!(world.says(), ["held 1 deactivated_by_hand"]);
    world.snapshot.absorb(&world.plan().facts);
    world.team = None;
    assert_eq!(world.says(), ["held 1 deactivated_by_hand"], "a later cycle gives nothing back");
    // The directory goes inactive: in step. And active again: a return like any other.
    world.reading.people[0].wanted = Wanted::Out("left".into());
    let none: [&str; 0] = [];
    assert_eq!(world.says(), none);
    world.snapshot.absorb(&world.plan().facts);
    world.reading.people[0].wanted = Wanted::In;
    assert_eq!(world.says(), ["reactivate 1"]);
    assert_eq!(drifted(World::new().leaver("1", ada())).says(), none, "somebody was quicker than we were");
}

#[test]
fn removed_by_hand_is_held_and_not_invited_again() {
    let world = World::new().known("1", Standing::Active, ada()).wanted("1", ada());
    let mut world = world.listed(|team| team.missing.push(SourceId::new("corp", "1")));
    assert_eq!(world.says(), ["held 1 removed_by_hand"]);
    world.snapshot.absorb(&world.plan().facts);
    world.team = None;
    assert_eq!(world.says(), ["held 1 removed_by_hand"]);
    world.snapshot.absorb(&[Fact::Release(SourceId::new("corp", "1"))]);
    assert_eq!(world.says(), ["create 1 ada@acme.example"], "what `adopt` allows");
}

#[test]
fn a_leaver_reactivated_by_hand_is_deactivated_again_until_somebody_fights() {
    let fight = |undone: u32| {
        World::new()
            .known_with("1", ada(), |known| (known.standing, known.undone) = (Standing::Inactive, undone))
            .leaver("1", ada())
            .listed(|team| team.drifted.push(member("scim-1", ada(), true)))
    };
    assert_eq!(fight(0).says(), ["deactivate 1 Explicit", "drift 1 ada@acme.example"]);
    assert_eq!(fight(1).says(), ["deactivate 1 Explicit", "drift 1 ada@acme.example"]);
    assert_eq!(fight(2).says(), ["held 1 undone"]);
}

#[test]
fn a_name_changed_by_hand_is_put_back_until_somebody_fights() {
    let fight = |undone: u32| {
        let by_hand = member("scim-1", account("ada", "Countess", "Byron"), true);
        World::new()
            .known_with("1", ada(), |known| known.undone = undone)
            .wanted("1", ada())
            .listed(|team| team.drifted.push(by_hand))
    };
    assert_eq!(fight(0).says(), ["rename 1 Ada Byron", "drift 1 ada@acme.example"]);
    assert_eq!(fight(2).says(), ["held 1 undone"]);
}

#[test]
fn an_address_changed_by_hand_is_held_unless_the_directory_has_it_too() {
    let by_hand = || member("scim-1", account("countess", "Ada", "Byron"), true);
    let world = World::new().known("1", Standing::Active, ada()).listed(|team| team.drifted.push(by_hand()));
    assert_eq!(world.clone().wanted("1", ada()).says(), ["held 1 readdressed_by_hand"]);
    let none: [&str; 0] = [];
    assert_eq!(world.clone().wanted("1", account("countess", "Ada", "Byron")).says(), none);
    assert_eq!(world.leaver("1", ada()).says(), ["deactivate 1 Explicit"], "a hold saves nobody who left");
}

#[test]
fn an_invitation_is_waited_for_and_its_acceptance_seen() {
    let world = World::new().known("1", Standing::Invited, ada()).wanted("1", ada());
    assert_eq!(world.says(), ["invitation_pending 1 ada@acme.example"]);
    let accepted = world.listed(|team| team.drifted.push(member("scim-1", ada(), true)));
    let none: [&str; 0] = [];
    assert_eq!(accepted.says(), none);
    assert!(matches!(&accepted.plan().facts[..], [Fact::Known(known)] if known.is_active()));
    let left = World::new().known("1", Standing::Invited, ada()).leaver("1", ada());
    assert_eq!(left.says(), ["deactivate 1 Explicit", "invitation_open 1 ada@acme.example"]);
}

#[test]
fn doubts_and_holds_keep_everybody_where_they_are() {
    let world = World::new().wanted("1", ada()).with(|world| {
        let change = Change::Create { id: SourceId::new("corp", "1"), account: ada() };
        world.snapshot.doubts.insert(OpId(4), Doubt { op: OpId(4), change, began: world.now });
    });
    assert_eq!(world.says(), ["in_doubt 1 ada@acme.example"]);
    let leaver = World::new().known("1", Standing::Active, ada()).leaver("1", ada()).with(|world| {
        let (id, scim_id) = (SourceId::new("corp", "1"), ScimId("scim-1".into()));
        let change = Change::Deactivate { id, scim_id, user_name: ada().user_name, cause: Cause::Explicit };
        world.snapshot.doubts.insert(OpId(5), Doubt { op: OpId(5), change, began: world.now });
    });
    assert_eq!(leaver.says(), ["in_doubt 1 ada@acme.example"], "nothing is sent a second time");
    let held = World::new().wanted("1", ada()).held("1", HoldReason::Conflict, Some(NOW + 60));
    assert_eq!(held.says(), ["held 1 conflict"]);
    let tried_again = held.with(|world| world.now = Moment::at(NOW + 60));
    assert_eq!(tried_again.says(), ["create 1 ada@acme.example"]);
}

#[test]
fn an_empty_directory_a_lost_scope_and_a_lost_attribute_are_refused() {
    let world = || World::new().known("1", Standing::Active, ada()).absent("1");
    let read = |understood: Understood| world().with(|world| world.reading.sources[0].understood = understood);
    let empty = read(Understood::default());
    assert_eq!(empty.says(), ["\"empty\""]);
    let nobody = read(Understood { entries: 100, ..Understood::default() });
    assert_eq!(nobody.says(), ["\"nobody_in_scope\""]);
    let renamed = read(Understood { entries: 100, in_scope: 100, inactive: 0, mapped: 79, with_state: 100 });
    assert_eq!(renamed.says(), ["\"not_understood\""]);
    let stateless = read(Understood { entries: 100, in_scope: 100, inactive: 0, mapped: 100, with_state: 0 });
    assert_eq!(stateless.says(), ["\"not_understood\""]);
    let usual = read(Understood { entries: 100, in_scope: 100, inactive: 0, mapped: 80, with_state: 100 });
    assert_eq!(usual.says(), ["due 1 ada@acme.example"]);
}

#[test]
fn a_source_behind_an_unread_one_decides_about_nobody() {
    let mut world = World::new().known("1", Standing::Active, ada()).leaver("1", ada());
    world.reading.sources.insert(0, SourceReading { evidence: Err("down".into()), ..source("hr", 0) });
    assert_eq!(world.says(), ["unread_source hr"]);
    world.reading.sources.swap(0, 1);
    assert_eq!(world.says(), ["deactivate 1 Explicit", "unread_source hr"], "what stands before it counts");
}

#[test]
fn members_of_a_source_that_is_gone_from_the_configuration_stay() {
    let mut world = World::new();
    let row = Known { id: SourceId::new("old", "1"), ..known("1", Standing::Active, ada()) };
    world.snapshot.known.insert(row.id.clone(), row.clone());
    world.reading.absent.push(row.id);
    assert_eq!(world.plan().changes, vec![]);
    assert_eq!(brief(&world.plan()), ["no_such_source old"]);
}

#[test]
fn each_switch_turns_its_changes_into_words() {
    let world = World::new()
        .known("1", Standing::Active, ada())
        .known("2", Standing::Active, bob())
        .leaver("1", ada())
        .wanted("2", account("robert", "Robert", "Noyce"))
        .wanted("3", account("cyd", "Cyd", "C"));
    let off = |edit: fn(&mut Switches)| world.clone().with(|world| edit(&mut world.policy.switches)).says();
    assert_eq!(
        off(|switches| switches.deactivate_users = false),
        [
            "readdress 2 to robert@acme.example",
            "create 3 cyd@acme.example",
            "rename 2 Robert Noyce",
            "off: deactivate 1 Explicit"
        ]
    );
    assert_eq!(
        off(|switches| switches.update_users = false),
        [
            "deactivate 1 Explicit",
            "create 3 cyd@acme.example",
            "off: rename 2 Robert Noyce",
            "off: readdress 2 to robert@acme.example"
        ]
    );
    assert_eq!(
        off(|switches| switches.create_users = false).last().map(String::as_str),
        Some("off: create 3 cyd@acme.example")
    );
}

#[test]
fn seats_are_counted_and_the_last_plan_compared() {
    let world = World::new()
        .known("1", Standing::Active, ada())
        .leaver("1", ada())
        .wanted("2", bob())
        .listed(|team| team.active = 7)
        .with(|world| world.policy.seats = Some(8));
    let plan = world.plan();
    assert_eq!(plan.seats, Seats { needed: 1, freed: 1, free: Some(1) });
    assert_eq!(plan.managed_active, 1, "strangers are no part of what limits are shares of");
    let gone = ChangeKey("0".repeat(32));
    let same = plan.changes[0].change.key();
    let mut compared = plan.clone();
    compared.compare(&LastPlan { id: "before".into(), keys: vec![gone, same] });
    let difference = compared.difference.clone().unwrap();
    assert_eq!((difference.gone, difference.same, difference.new.len()), (1, 1, 1));
    assert_eq!(compared.id(), plan.id(), "what came before is no part of the id");
}

#[test]
fn the_id_is_of_the_changes_and_of_what_they_mean() {
    let world = World::new().wanted("1", ada());
    let other_time = world.clone().with(|world| world.now = Moment::at(NOW + 5));
    assert_eq!(world.plan().id(), other_time.plan().id());
    assert_ne!(world.plan().id(), World::new().wanted("1", bob()).plan().id());
    let other_context = Plan { context: "another team".into(), ..world.plan() };
    assert_ne!(world.plan().id(), other_context.id());
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::BelievesAnEmptySource.is_caught_by(an_empty_directory_a_lost_scope_and_a_lost_attribute_are_refused);
    Bug::BelievesHalfTheSources.is_caught_by(a_source_behind_an_unread_one_decides_about_nobody);
    Bug::WaitsByTheWallClock.is_caught_by(a_clock_that_jumps_makes_nobody_absent_for_long);
    Bug::ForgetsDoubts.is_caught_by(doubts_and_holds_keep_everybody_where_they_are);
    Bug::ReusedAddressIsFree.is_caught_by(an_address_that_moves_from_a_leaver_to_a_newcomer_waits_for_a_person);
    Bug::CountsStrangers.is_caught_by(seats_are_counted_and_the_last_plan_compared);
    Bug::FightsForEver.is_caught_by(a_leaver_reactivated_by_hand_is_deactivated_again_until_somebody_fights);
}
