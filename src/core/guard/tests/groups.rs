//! What the guard lets through of groups.

use super::*;
use crate::core::groups::{Person, Removal, TeamGroup};

fn gid(id: &str) -> GroupId {
    GroupId::new("corp", id)
}

fn people(numbers: impl IntoIterator<Item = u64>) -> Vec<Person> {
    let id = |n: u64| SourceId::new("corp", n.to_string());
    numbers.into_iter().map(|n| Person { id: id(n), user_name: user_name(n) }).collect()
}

fn remove(id: &str, numbers: impl IntoIterator<Item = u64>, cause: Removal) -> Change {
    let change = GroupChange::RemoveMembers { id: gid(id), name: id.into(), part: 0, people: people(numbers), cause };
    Change::Group(change)
}

fn left(id: &str, numbers: impl IntoIterator<Item = u64>) -> Change {
    remove(id, numbers, Removal::Left)
}

fn emptied(id: &str, numbers: impl IntoIterator<Item = u64>) -> Change {
    remove(id, numbers, Removal::Emptied)
}

fn add(id: &str, numbers: impl IntoIterator<Item = u64>) -> Change {
    Change::Group(GroupChange::AddMembers { id: gid(id), name: id.into(), part: 0, people: people(numbers) })
}

fn rename_group(n: u64) -> Change {
    Change::Group(GroupChange::RenameGroup { id: gid(&n.to_string()), from: "A".into(), to: "B".into() })
}

fn create_group(id: &str) -> Change {
    Change::Group(GroupChange::CreateGroup { id: gid(id), name: id.into() })
}

fn delete_group(id: &str) -> Change {
    Change::Group(GroupChange::DeleteGroup { id: gid(id), name: id.into() })
}

/// Of a thousand people, a hundred groups and ten thousand memberships.
fn of_all(changes: impl IntoIterator<Item = Change>) -> Plan {
    Plan { managed_groups: 100, memberships: 10_000, ..plan(1_000, changes) }
}

fn limited(edit: impl FnOnce(&mut Limits)) -> Policy {
    let mut policy = policy();
    let zero = Limit { cycle: Some(Share::Percent(0)), day: None, week: None, at_least: 0 };
    policy.limits = Limits::all(zero);
    edit(&mut policy.limits);
    policy
}

fn passed(plan: &Plan, policy: &Policy, ledger: &Ledger) -> usize {
    approve(plan, policy, ledger).approved.changes().len()
}

fn first_held(plan: &Plan, policy: &Policy, ledger: &Ledger) -> Held {
    approve(plan, policy, ledger).held[0].clone()
}

#[test]
fn each_class_has_a_limit_of_its_own_of_what_there_is_of_it() {
    let percent = |cycle| Limit { cycle: Some(Share::Percent(cycle)), day: None, week: None, at_least: 0 };
    type Edit = fn(&mut Limits, Limit);
    type Changes = fn(u64) -> Vec<Change>;
    let classes: [(Class, u64, Edit, Changes); 5] = [
        (Class::RemoveMembers, 500, |l, limit| l.member_removals = limit, |n| vec![left("g", 0..n)]),
        (Class::AddMembers, 500, |l, limit| l.member_adds = limit, |n| vec![add("g", 0..n)]),
        (Class::RenameGroup, 5, |l, limit| l.group_renames = limit, |n| (0..n).map(rename_group).collect()),
        (
            Class::CreateGroup,
            5,
            |l, limit| l.group_creates = limit,
            |n| (0..n).map(|n| create_group(&n.to_string())).collect(),
        ),
        (
            Class::DeleteGroup,
            5,
            |l, limit| l.group_deletes = limit,
            |n| (0..n).map(|n| delete_group(&n.to_string())).collect(),
        ),
    ];
    for (class, most, edit, changes) in classes {
        let policy = limited(|limits| edit(limits, percent(5)));
        let (within, over) = (of_all(changes(most)), of_all(changes(most + 1)));
        assert_eq!(passed(&within, &policy, &later()), within.changes.len(), "{class:?}");
        assert_eq!(passed(&over, &policy, &later()), 0, "{class:?}");
        let expected =
            Held::OverLimit { class, changes: most + 1, approved: 0, window: Window::Cycle, limit: most, used: 0 };
        assert_eq!(first_held(&over, &policy, &later()), expected);
        let one = of_all(changes(1));
        assert_eq!(passed(&one, &limited(|_| {}), &later()), 0, "{class:?}: 0 % is never");
        assert!(passed(&of_all(changes(999)), &limited(|l| edit(l, percent(100))), &later()) > 0, "{class:?}");
        let number = Limit { cycle: Some(Share::People(3)), ..percent(0) };
        assert!(passed(&of_all(changes(3)), &limited(|l| edit(l, number)), &later()) > 0, "{class:?}");
        assert_eq!(passed(&of_all(changes(4)), &limited(|l| edit(l, number)), &later()), 0, "{class:?}");
    }
}

#[test]
fn memberships_are_counted_and_not_requests() {
    let policy = limited(|limits| limits.member_removals.cycle = Some(Share::People(150)));
    let parts = |last| of_all([left("g", 0..100), left("g", 100..last)]);
    assert_eq!(passed(&parts(150), &policy, &later()), 2);
    assert_eq!(passed(&parts(151), &policy, &later()), 0);
    let approved = approve(&parts(150), &policy, &later()).approved;
    assert_eq!(approved.changes().iter().map(|change| change.unapproved).collect::<Vec<_>>(), [100, 50]);
}

#[test]
fn small_teams_and_the_most_of_a_cycle_are_about_access_to_the_team() {
    let policy = limited(|limits| limits.member_removals = share(50, 3));
    let small = Plan { memberships: 6, managed_groups: 2, ..plan(2, [left("g", 0..3)]) };
    assert_eq!(passed(&small, &policy, &later()), 1);
    let large = Plan { memberships: 100_000, ..of_all([left("g", 0..9_000)]) };
    assert_eq!(passed(&large, &policy, &later()), 1);
}

#[test]
fn an_emptied_group_always_waits_for_a_person() {
    let all = Limit { cycle: Some(Share::Percent(100)), day: None, week: None, at_least: 1_000 };
    let mut policy = policy();
    policy.limits = Limits::all(all);
    let plan = of_all([emptied("g", 0..3), left("h", 0..3)]);
    assert_eq!(passed(&plan, &policy, &later()), 1, "the other group goes on");
    let Held::OverLimit { class, changes: 3, limit: 0, .. } = first_held(&plan, &policy, &later()) else { panic!() };
    assert_eq!(class, Class::EmptyGroup);
    let ledger = |n| Ledger { approved: plan.keys().into_iter().take(n).collect(), ..later() };
    assert_eq!(passed(&plan, &policy, &ledger(3)), 2);
    assert_eq!(passed(&plan, &policy, &ledger(2)), 1, "one of them was not approved");
    let other = of_all([emptied("i", 0..3)]);
    assert_eq!(passed(&other, &policy, &ledger(6)), 0, "an approval names its group");
}

#[test]
fn an_approval_covers_its_memberships_however_they_are_shared_out() {
    let policy = limited(|limits| limits.member_removals.cycle = Some(Share::People(5)));
    let approved: BTreeSet<ChangeKey> = left("g", 0..40).keys().into_iter().collect();
    let ledger = Ledger { approved, ..later() };
    assert_eq!(
        passed(&of_all([left("g", 0..20), left("g", 20..45)]), &policy, &ledger),
        2,
        "five more are within the limit"
    );
    let over = of_all([left("g", 0..46)]);
    let expected = Held::OverLimit {
        class: Class::RemoveMembers,
        changes: 46,
        approved: 40,
        window: Window::Cycle,
        limit: 5,
        used: 0,
    };
    assert_eq!(first_held(&over, &policy, &ledger), expected);
    assert_eq!(passed(&of_all([left("h", 0..6)]), &policy, &ledger), 0, "another group");
    assert_eq!(passed(&of_all([add("g", 0..1)]), &policy, &ledger), 0, "another kind");
    let within = approve(&of_all([left("g", 38..45)]), &policy, &ledger);
    assert_eq!(within.approved.changes()[0].unapproved, 5, "what was approved charges nothing");
}

#[test]
fn people_and_memberships_have_days_of_their_own() {
    let limit = Limit { cycle: None, day: Some(Share::People(10)), week: Some(Share::People(20)), at_least: 0 };
    let mut policy = policy();
    policy.limits = Limits::all(limit);
    let removal = of_all([left("g", 0..5)]);
    let ledger = |people, memberships| Ledger { people, memberships, ..later() };
    let spent = |day, week| Spent { day, week };
    assert_eq!(passed(&removal, &policy, &ledger(spent(10, 20), spent(5, 15))), 1, "deactivations charge another pool");
    for (spent, window, used) in [(spent(6, 6), Window::Day, 6), (spent(0, 16), Window::Week, 16)] {
        let held = first_held(&removal, &policy, &ledger(Spent::default(), spent));
        let Held::OverLimit { window: of, used: was, .. } = held else { panic!() };
        assert_eq!((of, was), (window, used));
    }
    let dismissal = of_all([out(1, Cause::Explicit)]);
    assert_eq!(passed(&dismissal, &policy, &ledger(Spent::default(), spent(10, 20))), 1);
    // Adding to groups and deleting them is counted by the cycle alone.
    let others = of_all([add("g", 0..5), delete_group("h"), rename_group(1), create_group("i")]);
    assert_eq!(passed(&others, &policy, &ledger(spent(10, 20), spent(10, 20))), 4);
}

#[test]
fn a_slow_bleed_out_of_groups_is_stopped_by_the_day_and_by_the_week() {
    let limit = Limit { day: Some(Share::Percent(10)), week: Some(Share::Percent(20)), ..share(5, 3) };
    let policy = limited(|limits| limits.member_removals = limit);
    let (mut memberships, mut in_all) = (1_000, 0);
    for day in 0..7 {
        let mut today = 0;
        for _ in 0..20 {
            let ledger = Ledger { memberships: Spent { day: today, week: in_all }, ..later() };
            let plan = Plan { memberships, ..plan(1_000, [left("g", 0..memberships * 49 / 1_000)]) };
            let approved = approve(&plan, &policy, &ledger).approved;
            let gone: u64 = approved.changes().iter().map(|change| change.unapproved).sum();
            (today, in_all, memberships) = (today + gone, in_all + gone, memberships - gone);
        }
        assert!(today <= 100, "{today} on day {day}");
    }
    assert!((150..=200).contains(&in_all), "{in_all}");
}

#[test]
fn only_what_cannot_go_alone_waits_for_a_held_group_change() {
    let all = share(50, 50);
    let none = Limit { cycle: Some(Share::Percent(0)), ..all };
    let kinds = |policy: &Policy, changes: Vec<Change>| {
        let plan = of_all(changes);
        let verdict = approve(&plan, policy, &later());
        let passed: Vec<Kind> = verdict.approved.changes().iter().map(|change| change.planned.change.kind()).collect();
        let dependent = verdict.held.iter().find_map(|held| match held {
            Held::Dependent { changes } => Some(*changes),
            _ => None,
        });
        let held = held_keys(&plan, &verdict.held);
        assert_eq!(held.len() + passed.len(), plan.changes.len(), "what is not let through is told as held");
        (passed, dependent.unwrap_or(0))
    };
    let mut creates_held = policy();
    creates_held.limits = Limits { group_creates: none, ..Limits::all(all) };
    let changes = vec![create_group("new"), add("new", 0..2), add("old", 0..2), out(1, Cause::Explicit)];
    assert_eq!(kinds(&creates_held, changes), (vec![Kind::Deactivate, Kind::AddMembers], 1));
    let mut removals_held = policy();
    removals_held.limits = Limits { member_removals: none, ..Limits::all(all) };
    let changes = vec![left("a", 0..2), add("a", 5..6), delete_group("a"), delete_group("b"), out(1, Cause::Explicit)];
    assert_eq!(
        kinds(&removals_held, changes),
        (vec![Kind::Deactivate, Kind::AddMembers, Kind::DeleteGroup], 1),
        "others join, and nobody waits to leave the team"
    );
    let changes = vec![emptied("a", 0..2), delete_group("a"), delete_group("b")];
    assert_eq!(kinds(&removals_held, changes), (vec![Kind::DeleteGroup], 1));
    let mut people_held = policy();
    people_held.limits = Limits { creates: none, deactivations: none, ..Limits::all(all) };
    let changes = vec![create(7), out(8, Cause::Explicit), add("a", [7]), left("a", [9])];
    assert_eq!(kinds(&people_held, changes), (vec![Kind::RemoveMembers], 1), "who is not created is in no group yet");
    let changes = vec![create(7), add("a", [7, 8])];
    assert_eq!(kinds(&people_held, changes), (vec![Kind::AddMembers], 0));
}

#[test]
fn a_first_plan_waits_with_its_groups() {
    let adoption = GroupAdoption {
        id: gid("g"),
        group: TeamGroup { scim_id: ScimId("s".into()), name: "Ops".into(), members: Some(vec![]) },
    };
    let mut plan = of_all([add("h", 0..3), create_group("h")]);
    plan.group_adoptions.push(adoption);
    let verdict = approve(&plan, &policy(), &Ledger::default());
    assert_eq!(verdict.held, [Held::FirstSync { changes: 4, adoptions: 1 }], "three memberships and a group");
    assert_eq!(verdict.approved, ApprovedPlan::default());
    let held = held_keys(&plan, &verdict.held);
    assert!(
        plan.changes.iter().all(|planned| held.contains(&planned.change.key())),
        "a request of three is one of them"
    );
    let ledger = Ledger { approved: plan.keys().into_iter().collect(), ..Ledger::default() };
    let approved = approve(&plan, &policy(), &ledger).approved;
    assert_eq!((approved.changes().len(), approved.group_adoptions().len()), (2, 1));
}

#[test]
fn what_is_left_of_the_budget_is_peoples() {
    let of = |ledger: &Ledger| approve(&of_all([]), &policy(), ledger).budget;
    let spent = Ledger { memberships: Spent { day: 99, week: 99 }, ..later() };
    assert_eq!(of(&spent), of(&later()));
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::CountsRequests.is_caught_by(memberships_are_counted_and_not_requests);
}
