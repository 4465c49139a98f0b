//! What the guard lets through, and what it holds.

mod groups;

use super::*;
use crate::core::groups::GroupPolicy;
use crate::core::model::{Account, Name, ScimId};
use crate::core::pattern::Pattern;
use crate::core::plan::{Cause, Kind};
use crate::core::policy::{Matches, Policy, Switches};

fn share(cycle: u8, at_least: u64) -> Limit {
    Limit { cycle: Some(Share::Percent(cycle)), day: None, week: None, at_least }
}

fn policy() -> Policy {
    let deactivations = Limit { day: Some(Share::Percent(10)), week: Some(Share::Percent(20)), ..share(5, 3) };
    Policy {
        switches: Switches { create_users: true, update_users: true, deactivate_users: true },
        matches: Matches::Adopt,
        first_sync: FirstSync::Approve,
        verified_domains: vec![],
        protected: vec![Pattern::new("root@acme.example")],
        seats: None,
        limits: Limits {
            deactivations,
            creates: share(20, 10),
            renames: share(30, 10),
            readdresses: share(10, 3),
            ..Limits::all(share(20, 10))
        },
        groups: GroupPolicy::default(),
        absence_wait_s: 3_600,
        grace_s: 0,
        understood_least_percent: 80,
    }
}

fn user_name(n: u64) -> UserName {
    UserName::new(format!("p{n}@acme.example"))
}

fn out(n: u64, cause: Cause) -> Change {
    let id = SourceId::new("corp", n.to_string());
    Change::Deactivate { id, scim_id: ScimId(format!("s{n}")), user_name: user_name(n), cause }
}

fn create(n: u64) -> Change {
    let account = Account { user_name: user_name(n), name: Name::new("P", "Q") };
    Change::Create { id: SourceId::new("corp", n.to_string()), account }
}

fn readdress(n: u64, to: &str) -> Change {
    let (id, scim_id) = (SourceId::new("corp", n.to_string()), ScimId(format!("s{n}")));
    Change::Readdress { depth: 0, id, scim_id, from: user_name(n), to: UserName::new(to) }
}

fn plan(managed_active: u64, changes: impl IntoIterator<Item = Change>) -> Plan {
    let mut changes: Vec<PlannedChange> =
        changes.into_iter().map(|change| PlannedChange { change, why: String::new() }).collect();
    changes.sort();
    Plan { changes, managed_active, ..Plan::default() }
}

fn later() -> Ledger {
    Ledger { first_sync_done: true, ..Ledger::default() }
}

fn explicit(n: u64) -> Vec<Change> {
    (0..n).map(|n| out(n, Cause::Explicit)).collect()
}

/// How many pass, and what the first hold is.
fn verdict(plan: &Plan, ledger: &Ledger) -> (usize, Option<Held>) {
    let verdict = approve(plan, &policy(), ledger);
    (verdict.approved.changes().len(), verdict.held.first().cloned())
}

#[test]
fn the_limit_of_a_cycle_passes_and_one_more_holds_the_class_whole() {
    for (managed, most) in [(19, 2), (20, 3), (60, 3), (100, 5), (1_000, 50), (100_000, 500)] {
        assert_eq!(verdict(&plan(managed, explicit(most)), &later()), (most as usize, None), "{managed} managed");
        let (passed, held) = verdict(&plan(managed, explicit(most + 1)), &later());
        assert_eq!(passed, 0, "{managed} managed");
        assert!(matches!(held, Some(Held::OverLimit { window: Window::Cycle, limit, .. }) if limit == most));
    }
}

#[test]
fn a_class_over_its_limit_delays_no_other() {
    let mut changes: Vec<Change> = (1_000..4_000).map(create).collect();
    changes.push(out(1, Cause::Explicit));
    changes.extend((10..30).map(|n| out(n, Cause::Absent)));
    let verdict = approve(&plan(100, changes), &policy(), &later());
    assert_eq!(verdict.approved.changes().len(), 1, "the one dismissal");
    assert_eq!(verdict.held.len(), 2);
}

#[test]
fn explicit_and_absent_share_the_day() {
    let mut changes = explicit(5);
    changes.extend((10..15).map(|n| out(n, Cause::Absent)));
    assert_eq!(verdict(&plan(100, changes.clone()), &later()), (10, None));
    let (passed, held) = verdict(&plan(100, changes), &Ledger { people: Spent { day: 1, week: 1 }, ..later() });
    assert_eq!(passed, 5);
    assert!(matches!(held, Some(Held::OverLimit { class: Class::DeactivateAbsent, window: Window::Day, .. })));
}

/// Twenty cycles a day at just under the limit of a cycle: incumbents let this through.
#[test]
fn a_slow_bleed_is_stopped_by_the_day_and_by_the_week() {
    let (mut managed, mut out_in_all) = (1_000, 0);
    for day in 0..7 {
        let mut out_today = 0;
        for _ in 0..20 {
            let ledger = Ledger { people: Spent { day: out_today, week: out_in_all }, ..later() };
            let (passed, _) = verdict(&plan(managed, explicit(managed * 49 / 1_000)), &ledger);
            out_today += passed as u64;
            out_in_all += passed as u64;
            managed -= passed as u64;
        }
        assert!(out_today <= 100, "{out_today} on day {day}");
    }
    assert!((150..=200).contains(&out_in_all), "{out_in_all}");
}

#[test]
fn nobody_is_deactivated_while_nobody_is_protected_whatever_is_approved() {
    let plan = plan(100, explicit(1));
    let ledger = Ledger { approved: plan.keys().into_iter().collect(), ..later() };
    let unprotected = Policy { protected: vec![], ..policy() };
    let verdict = approve(&plan, &unprotected, &ledger);
    assert!(verdict.approved.changes().is_empty());
    assert!(matches!(verdict.held[..], [Held::NoProtectedAccounts { changes: 1, .. }]));
}

#[test]
fn an_approval_covers_its_changes_and_nothing_like_them() {
    let approved: BTreeSet<ChangeKey> = explicit(40).iter().map(Change::key).collect();
    let ledger = Ledger { approved, ..later() };
    assert_eq!(verdict(&plan(100, explicit(40)), &ledger).0, 40);
    assert_eq!(verdict(&plan(100, explicit(45)), &ledger).0, 45, "the five others are within the limit");
    let (passed, held) = verdict(&plan(100, explicit(46)), &ledger);
    assert_eq!(passed, 0);
    assert!(matches!(held, Some(Held::OverLimit { approved: 40, changes: 46, .. })));
    let by_absence: Vec<Change> = (0..40).map(|n| out(n, Cause::Absent)).collect();
    assert_eq!(verdict(&plan(100, by_absence), &ledger).0, 40, "leaving is leaving");
    let others: Vec<Change> = (50..90).map(|n| out(n, Cause::Explicit)).collect();
    assert_eq!(verdict(&plan(100, others), &ledger).0, 0);
}

#[test]
fn the_first_plan_waits_for_a_person() {
    let first = Ledger::default();
    let plan = plan(0, [create(1), create(2)]);
    assert_eq!(verdict(&plan, &first), (0, Some(Held::FirstSync { changes: 2, adoptions: 0 })));
    let approved = Ledger { approved: plan.keys().into_iter().collect(), ..first };
    assert_eq!(verdict(&plan, &approved), (2, None));
    let at_once = Policy { first_sync: FirstSync::Apply, ..policy() };
    assert_eq!(approve(&plan, &at_once, &Ledger::default()).approved.changes().len(), 2);
}

#[test]
fn what_depends_on_a_held_change_waits_with_it() {
    let mut changes: Vec<Change> = (0..11).map(|n| readdress(n, &format!("q{n}@acme.example"))).collect();
    let mut newcomer = create(99);
    if let Change::Create { account, .. } = &mut newcomer {
        account.user_name = user_name(0);
    }
    changes.extend([newcomer, create(100), out(1, Cause::Explicit)]);
    let plan = plan(100, changes);
    let verdict = approve(&plan, &policy(), &later());
    let passed: Vec<_> = verdict.approved.changes().iter().map(|change| change.planned.change.kind()).collect();
    assert_eq!(passed, [Kind::Deactivate, Kind::Create], "a deactivation waits for nobody");
    assert!(verdict.held.contains(&Held::Dependent { changes: 1 }));
    // Whatever is not let through is told as held, and nothing else.
    let held = held_keys(&plan, &verdict.held);
    let passes = |change: &Change| verdict.approved.changes().iter().any(|passed| passed.planned.change == *change);
    assert!(plan.changes.iter().all(|planned| held.contains(&planned.change.key()) != passes(&planned.change)));
    assert_eq!(held.len(), 12);
}

#[test]
fn zero_means_never_and_people_are_people() {
    let limit = |share| Limit { cycle: Some(share), ..policy().limits.deactivations };
    let with = |share| {
        let mut policy = policy();
        policy.limits.deactivations = limit(share);
        policy
    };
    let one = plan(1_000, explicit(1));
    assert!(approve(&one, &with(Share::Percent(0)), &later()).approved.changes().is_empty());
    assert!(approve(&one, &with(Share::People(0)), &later()).approved.changes().is_empty());
    assert_eq!(approve(&one, &with(Share::People(1)), &later()).approved.changes().len(), 1);
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::AsksForNoProtected.is_caught_by(nobody_is_deactivated_while_nobody_is_protected_whatever_is_approved);
    Bug::LimitsCyclesOnly.is_caught_by(a_slow_bleed_is_stopped_by_the_day_and_by_the_week);
    Bug::ApprovesTheRest.is_caught_by(an_approval_covers_its_changes_and_nothing_like_them);
}
