//! What the small values say of themselves: hashes, moments, which changes and notes are what.
//!
//! Never: plans.

use super::groups::GroupNote;
use super::guard::{Class, Held, Window, held_keys};
use super::mapping::Rejection;
use super::model::{Account, Member, Name, ScimId, SourceId, UserName};
use super::plan::{Cause, Change, Kind, Note, Plan, PlannedChange};
use super::snapshot::{
    Hold, HoldReason, Known, Origin, Standing, fingerprint, id_hash, known_fingerprint, member_fingerprint, name_hash,
    scim_hash,
};
use super::time::{Moment, duration_text};

fn ada() -> Account {
    Account { user_name: UserName::new("ada@acme.example"), name: Name::new("Ada", "Byron") }
}

fn known(standing: Standing) -> Known {
    let (id, scim_id) = (SourceId::new("corp", "1"), ScimId("s1".into()));
    Known { id, scim_id, account: ada(), standing, origin: Origin::Created, absent: None, undone: 0 }
}

fn out(n: u32) -> PlannedChange {
    let (id, scim_id) = (SourceId::new("corp", n.to_string()), ScimId(format!("s{n}")));
    let change = Change::Deactivate { id, scim_id, user_name: ada().user_name, cause: Cause::Explicit };
    PlannedChange { change, why: String::new() }
}

fn rename(n: u32) -> PlannedChange {
    let (id, scim_id) = (SourceId::new("corp", n.to_string()), ScimId(format!("s{n}")));
    let Account { user_name, name } = ada();
    let change = Change::Rename { id, scim_id, user_name, from: name, to: Name::new("Ada", "King") };
    PlannedChange { change, why: String::new() }
}

#[test]
fn hashes_are_of_one_thing_each() {
    assert_eq!(id_hash(&SourceId::new("a", "bc")), id_hash(&SourceId::new("a", "bc")));
    let hashes = [
        id_hash(&SourceId::new("a", "bc")),
        id_hash(&SourceId::new("ab", "c")),
        scim_hash(&ScimId("x".into())),
        scim_hash(&ScimId("y".into())),
        name_hash(&UserName::new("y")),
        name_hash(&UserName::new("z")),
    ];
    assert_eq!(hashes.iter().collect::<std::collections::BTreeSet<_>>().len(), hashes.len());
    assert_eq!(name_hash(&UserName::new("Y")), name_hash(&UserName::new("y")));
}

#[test]
fn a_fingerprint_is_of_what_is_compared_and_of_nothing_else() {
    let on = fingerprint(&ada(), true);
    for other in
        [("bob@acme.example", "Ada", "Byron"), ("ada@acme.example", "A", "Byron"), ("ada@acme.example", "Ada", "B")]
    {
        let other = Account { user_name: UserName::new(other.0), name: Name::new(other.1, other.2) };
        assert_ne!(fingerprint(&other, true), on);
        assert_eq!(fingerprint(&other, false), fingerprint(&ada(), false), "whoever is off is like everybody off");
    }
    assert_ne!(fingerprint(&ada(), false), on);
    let louder = Account { user_name: UserName::new("ADA@acme.example"), ..ada() };
    assert_eq!(fingerprint(&louder, true), on);
    let member = |active| Member { scim_id: ScimId("s9".into()), account: ada(), active };
    assert_eq!(known_fingerprint(&known(Standing::Active)), on);
    assert_eq!(member_fingerprint(&member(true)), on);
    assert_eq!(known_fingerprint(&known(Standing::Invited)), member_fingerprint(&member(false)));
}

#[test]
fn standings_holds_and_moments_at_their_edges() {
    let states = [Standing::Active, Standing::Invited, Standing::Inactive, Standing::Gone];
    assert_eq!(states.map(|standing| known(standing).is_active()), [true, false, false, false]);
    assert_eq!(states.map(|standing| known(standing).is_in_team()), [true, true, false, false]);
    let hold = |until_unix_s| Hold { reason: HoldReason::Conflict, since: Moment::at(0), until_unix_s, tries: 1 };
    assert!(hold(None).holds_at(Moment::at(i64::MAX)));
    assert!(hold(Some(9)).holds_at(Moment::at(8)) && !hold(Some(9)).holds_at(Moment::at(9)));

    let at = |unix_s, boot, uptime_s| Moment { unix_s, boot, uptime_s };
    assert_eq!(at(900, 7, 30).since(at(100, 7, 10)), 20, "by uptime within one boot");
    assert_eq!(at(900, 8, 30).since(at(100, 7, 10)), 800, "else by the clock");
    assert_eq!(at(900, 0, 30).since(at(100, 0, 10)), 800, "as where there is no boot");
    assert_eq!(at(100, 7, 10).since(at(900, 7, 30)), 0, "and never less than nothing");
    assert_eq!(at(900, 8, 30).surely_since(at(100, 7, 10)), 30, "at most since this boot");
    assert_eq!(at(900, 0, 30).surely_since(at(100, 7, 10)), 800);
    assert_eq!(at(900, 7, 30).surely_since(at(100, 7, 10)), 20);
}

#[test]
fn durations_have_their_two_largest_units() {
    for (seconds, text) in [
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (12_000, "3 h 20 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (190_800, "2 d 5 h"),
    ] {
        assert_eq!(duration_text(seconds), text);
    }
}

#[test]
fn a_plan_counts_and_names_what_is_in_it() {
    let mut plan = Plan { changes: vec![out(1), out(2), rename(3)], ..Plan::default() };
    assert_eq!((plan.count(Kind::Deactivate), plan.count(Kind::Rename), plan.count(Kind::Create)), (2, 1, 0));
    assert_eq!(plan.changes.iter().map(|planned| planned.change.requests()).collect::<Vec<_>>(), [2, 2, 1]);
    assert!(!plan.is_empty() && Plan::default().is_empty());
    assert_eq!(plan.changes[0].change.label(), "ada@acme.example");
    let keys = |plan: &Plan, held: &[Held]| held_keys(plan, held).len();
    let over = |class| Held::OverLimit { class, changes: 2, approved: 0, window: Window::Cycle, limit: 1, used: 0 };
    assert_eq!(keys(&plan, &[]), 0);
    assert_eq!(keys(&plan, &[over(Class::DeactivateExplicit)]), 2);
    assert_eq!(keys(&plan, &[Held::NoProtectedAccounts { class: Class::Rename, changes: 1 }]), 1);
    assert_eq!(keys(&plan, &[Held::FirstSync { changes: 3, adoptions: 0 }]), 3);
    // What waits for it is held, too; and the same change under another cause is the same.
    plan.changes.push(rename(1));
    assert_eq!(keys(&plan, &[over(Class::DeactivateExplicit), Held::Dependent { changes: 1 }]), 3);
    let mut absent = out(1).change;
    if let Change::Deactivate { cause, .. } = &mut absent {
        *cause = Cause::Absent;
    }
    assert_eq!(absent.key(), out(1).change.key());
    assert_ne!(out(1).change.key(), out(2).change.key());
}

#[test]
fn whom_a_note_leaves_for_a_person() {
    let (id, user_name) = (SourceId::new("corp", "1"), ada().user_name);
    let unknown = |in_team| Note::UnknownState { id: id.clone(), user_name: None, because: "?".into(), in_team };
    let swap = Note::Swap { ids: vec![id.clone()] };
    let due = Note::Due { id: id.clone(), user_name, why: "absent".into(), due_unix_s: 0 };
    let unread = GroupNote::GroupUnread { source: "corp".into(), asked: "g".into(), why: "no".into() };
    let only = GroupNote::GroupOnlyAtPostman { name: "g".into(), members: None };
    let notes = [unknown(true), unknown(false), swap, due, Note::Group(unread), Note::Group(only)];
    assert_eq!(notes.map(|note| note.holds_somebody()), [true, false, true, false, true, false]);
}

#[test]
fn a_rejection_can_be_told_without_the_value() {
    let value = "ada".to_owned();
    let missing = Rejection::Missing { target: "user_name".into(), from: "mail".into() };
    let told =
        [Rejection::NotAnEmail { value }, missing, Rejection::Several { target: "given_name".into(), values: 2 }];
    assert_eq!(
        told.map(|rejection| rejection.without_value()),
        [
            "mapping.user_name finds no e-mail address",
            "nothing in mapping.user_name = \"mail\"",
            "mapping.given_name finds 2 values and nothing says which one counts",
        ]
    );
}
