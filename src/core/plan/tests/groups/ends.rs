//! How groups end, and what somebody does to them by hand.

use super::*;

const NONE: [&str; 0] = [];

#[test]
fn an_unwanted_group_waits_is_emptied_and_goes_only_then() {
    let world = pushing().staff(&["1"]).managed("a", "Ops").unwanted("a", &["1"]);
    assert_eq!(world.of_groups(), ["group_due Ops"]);
    let mut later = world.clone();
    later.snapshot.absorb(&world.plan().facts);
    later.now = Moment::at(NOW + HOUR - 1);
    assert_eq!(later.of_groups(), ["group_due Ops"], "an hour is not over");
    later.now = Moment::at(NOW + HOUR);
    assert_eq!(later.of_groups(), ["remove Ops 1 Emptied"]);
    let graceful = later.clone().with(|world| world.policy.grace_s = 72 * HOUR);
    assert_eq!(graceful.of_groups(), ["group_due Ops"]);
    later.reading.groups.unwanted[0].1.clear();
    assert_eq!(later.of_groups(), ["group_due Ops"], "perhaps somebody else is in it");
    assert_eq!(later.lists(&[("g-a", "Ops", &[])]).of_groups(), ["delete Ops"]);
}

#[test]
fn one_reading_is_not_enough_however_long_ago_the_last_one_was() {
    let world = pushing().managed("a", "Ops").unwanted("a", &[]).lists(&[("g-a", "Ops", &[])]);
    assert_eq!(world.clone().absent_for("a", 99, 0).of_groups(), ["group_due Ops"]);
    assert_eq!(world.absent_for("a", 99, 1).of_groups(), ["delete Ops"]);
}

#[test]
fn a_clock_that_jumps_makes_no_group_unwanted_for_long() {
    let world = pushing().managed("a", "Ops").unwanted("a", &[]).with(|world| {
        let first = Moment { unix_s: NOW, boot: 7, uptime_s: 100 };
        world.snapshot.groups.get_mut(&gid("a")).unwrap().absent = Some(Absence { first, cycles: 1 });
        world.now = Moment { unix_s: NOW + 9_999_999, boot: 8, uptime_s: 60 };
    });
    assert_eq!(told(&world.plan()), ["group_due Ops"]);
}

#[test]
fn a_group_that_is_wanted_again_or_perhaps_wanted_starts_over() {
    let is_over = |world: World| {
        let facts = facts_of_groups(&world.plan());
        assert!(matches!(&facts[..], [Fact::Group(group)] if group.absent.is_none()), "{facts:?}");
    };
    let world = || pushing().staff(&["1"]).managed("a", "Ops").absent_for("a", 9, 2);
    is_over(world().group("a", "Ops", |_| {}));
    is_over(world().group("a", "Ops", |_| {}).unwanted("a", &["1"]));
    let failed = ("corp".to_owned(), "pm-*".to_owned(), "403".to_owned());
    is_over(world().unwanted("a", &["1"]).with(|world| world.reading.groups.failed.push(failed)));
    is_over(world().unwanted("a", &["1"]).with(|world| world.reading.sources[0].evidence = Err("cut".into())));
    is_over(world());
}

#[test]
fn where_groups_are_kept_nothing_is_emptied_and_nothing_waits() {
    let world = pushing().staff(&["1"]).managed("a", "Ops").absent_for("a", 9, 2).unwanted("a", &["1"]);
    let kept = world.switched(|on| on.delete_groups = false);
    assert_eq!(kept.of_groups(), ["off: delete Ops"]);
    assert!(matches!(&facts_of_groups(&kept.plan())[..], [Fact::Group(group)] if group.absent.is_none()));
}

#[test]
fn a_group_with_somebody_in_it_is_not_deleted() {
    let due = || pushing().managed("a", "Ops").absent_for("a", 9, 2);
    let root = due().known("1", Standing::Active, account("root", "R", "Oot")).unwanted("a", &["1"]);
    assert_eq!(root.of_groups(), ["group_due Ops"]);
    let leaver = due().known("1", Standing::Active, ada()).leaver("1", ada()).unwanted("a", &["1"]);
    assert_eq!(leaver.of_groups(), ["group_due Ops"], "they leave the team first");
    let guests = due().unwanted("a", &[]).lists(&[("g-a", "Ops", &["s-9"])]);
    assert_eq!(guests.of_groups(), ["group_due Ops"]);
}

#[test]
fn what_was_removed_by_hand_waits_for_a_person_until_nobody_wants_it() {
    let world = pushing().staff(&["1"]).managed("a", "Ops").group("a", "Ops", |group| group.joins = pids(&["1"]));
    let gone = world.clone().lists(&[("g-9", "Guests", &[])]);
    assert_eq!(gone.of_groups()[0], "group_held Ops");
    let facts = facts_of_groups(&gone.plan());
    assert!(
        matches!(&facts[..], [Fact::Hold(_, hold)] if hold.reason == HoldReason::RemovedByHand && hold.until_unix_s.is_none())
    );
    let held = world.group_held("a", HoldReason::RemovedByHand, None, 0);
    assert_eq!(held.of_groups(), ["group_held Ops"], "also without a listing");
    assert_eq!(held.lists(&[("g-a", "Ops", &[])]).of_groups(), ["add Ops 1"], "one listing missed it");
    let unwanted = pushing().managed("a", "Ops").group_held("a", HoldReason::RemovedByHand, None, 0).unwanted("a", &[]);
    let over = facts_of_groups(&unwanted.clone().absent_for("a", 2, 1).plan());
    assert_eq!(over, [Fact::ForgetGroup(gid("a")), Fact::Release(gid("a").subject().clone())]);
    assert!(!matches!(&facts_of_groups(&unwanted.plan())[..], [Fact::ForgetGroup(_), ..]), "one reading says little");
}

#[test]
fn a_name_changed_by_hand_is_put_back_twice() {
    let renamed = |undone| {
        let world = pushing().managed("a", "Ops").group("a", "Ops", |_| {}).lists(&[("g-a", "Heroes", &[])]);
        world.with(|world| world.snapshot.groups.get_mut(&gid("a")).unwrap().undone = undone)
    };
    for undone in [0, 1] {
        assert_eq!(renamed(undone).of_groups(), ["rename Heroes to Ops", "group_drift Ops"]);
        let facts = facts_of_groups(&renamed(undone).plan());
        assert!(
            matches!(&facts[..], [Fact::Group(row)] if row.undone == undone + 1 && row.name == "Heroes"),
            "{facts:?}"
        );
    }
    assert_eq!(renamed(2).of_groups(), ["group_held Heroes"]);
    let facts = facts_of_groups(&renamed(2).plan());
    assert!(matches!(&facts[..], [_, Fact::Hold(_, hold)] if hold.reason == HoldReason::Undone), "{facts:?}");
    let off = renamed(0).switched(|on| on.rename_groups = false);
    assert_eq!(off.of_groups(), ["off: rename Heroes to Ops"], "nothing of ours was undone");
}

#[test]
fn a_name_that_the_directory_has_too_is_taken_on() {
    let world = pushing().managed("a", "Old").group("a", "Ops", |_| {}).lists(&[("g-a", "ops", &[])]);
    assert_eq!(world.of_groups(), NONE);
    assert!(matches!(&facts_of_groups(&world.plan())[..], [Fact::Group(row)] if row.name == "ops" && row.undone == 0));
}

#[test]
fn what_is_held_or_in_doubt_is_told_and_left_alone() {
    let world = || pushing().staff(&["1"]).managed("a", "Ops").group("a", "Ops", |group| group.joins = pids(&["1"]));
    assert_eq!(world().group_held("a", refused(), Some(NOW + 60), 1).of_groups(), ["group_held Ops"]);
    assert_eq!(world().group_held("a", HoldReason::Undone, None, 0).of_groups(), ["group_held Ops"]);
    assert_eq!(world().group_held("a", refused(), Some(NOW - 1), 1).of_groups(), ["add Ops 1"]);
    assert_eq!(world().group_in_doubt("a").of_groups(), ["group_in_doubt Ops"]);
    // What is in doubt was perhaps created since the listing.
    assert_eq!(facts_of_groups(&world().group_in_doubt("a").lists(&[("g-9", "Guests", &[])]).plan()), []);
}

#[test]
fn a_hold_ends_with_its_reason() {
    let released = [Fact::Release(gid("a").subject().clone())];
    let passed =
        || pushing().managed("a", "Ops").group("a", "Ops", |_| {}).group_held("a", refused(), Some(NOW - 1), 1);
    assert_eq!(facts_of_groups(&passed().plan()), released, "nothing is left to try");
    let unmanaged = || pushing().group_held("a", HoldReason::Conflict, Some(NOW + 60), 1);
    assert_eq!(facts_of_groups(&unmanaged().plan()), released, "nobody wants it any more");
    assert_eq!(facts_of_groups(&unmanaged().group("a", "Ops", |_| {}).plan()), []);
    let unread = |world: World| world.with(|world| world.reading.sources[0].evidence = Err("cut".into()));
    assert_eq!(facts_of_groups(&unread(passed()).plan()), []);
    assert_eq!(facts_of_groups(&unread(unmanaged()).plan()), []);
    let off = |world: World| world.with(|world| world.policy.groups.mode = Mode::Off);
    assert_eq!(facts_of_groups(&off(passed()).plan()), [], "not by what is known of people");
    assert_eq!(facts_of_groups(&off(unmanaged()).plan()), []);
}
