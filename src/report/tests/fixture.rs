//! Proposals for the tests: a rich one with every kind of change, note, hold and refusal, and an empty one.

use crate::core::evidence::{Identity, Understood};
use crate::core::guard::{BudgetLeft, Class, Held, Window};
use crate::core::mapping::Rejection;
use crate::core::model::{Account, Member, Name, ScimId, SourceId, UserName};
use crate::core::plan::*;
use crate::core::snapshot::{Fact, Hold, HoldReason};
use crate::core::time::Moment;
use crate::engine::outcome::{ChangeOutcome, CycleReport, Proposal, SourceSummary};
use crate::store::{CycleId, Ended};

/// 2026-03-01T12:00:00Z.
pub const NOW: Moment = Moment { unix_s: 1_772_366_400, boot: 0, uptime_s: 0 };

pub fn id(number: u32) -> SourceId {
    SourceId::new("corp", format!("e-{number}"))
}

pub fn user_name(local: &str) -> UserName {
    UserName::new(format!("{local}@acme.example"))
}

pub fn member(local: &str) -> Member {
    let account = Account { user_name: user_name(local), name: Name::new("Ada", "Lovelace") };
    Member { scim_id: ScimId(format!("scim-{local}")), account, active: true }
}

fn planned(change: Change, why: &str) -> PlannedChange {
    PlannedChange { change, why: why.into() }
}

pub fn deactivate(number: u32, local: &str, cause: Cause) -> PlannedChange {
    let why = match cause {
        Cause::Explicit => "status = \"terminated\"",
        Cause::Absent => "in no complete reading of the directory for 2 h",
    };
    let scim_id = ScimId(format!("scim-{local}"));
    planned(Change::Deactivate { id: id(number), scim_id, user_name: user_name(local), cause }, why)
}

pub fn create(number: u32, local: &str) -> PlannedChange {
    let account = Account { user_name: user_name(local), name: Name::new("Grace", "Hopper") };
    let why = format!("in the directory (people.csv line {number}), not in the team");
    planned(Change::Create { id: id(number), account }, &why)
}

pub fn rename(number: u32, local: &str) -> PlannedChange {
    let change = Change::Rename {
        id: id(number),
        scim_id: ScimId(format!("scim-{local}")),
        user_name: user_name(local),
        from: Name::new("Ada", "Byron"),
        to: Name::new("Ada", "Lovelace"),
    };
    planned(change, &format!("the directory's name (people.csv line {number})"))
}

fn changes() -> Vec<PlannedChange> {
    let readdress = Change::Readdress {
        depth: 0,
        id: id(4),
        scim_id: ScimId("scim-old".into()),
        from: user_name("old"),
        to: user_name("new"),
    };
    let reactivate =
        Change::Reactivate { id: id(5), scim_id: ScimId("scim-back".into()), user_name: user_name("back") };
    vec![
        deactivate(1, "left", Cause::Explicit),
        deactivate(2, "gone1", Cause::Absent),
        deactivate(3, "gone2", Cause::Absent),
        planned(readdress, "the directory's address (people.csv line 4)"),
        planned(reactivate, "active at the directory (people.csv line 5)"),
        create(6, "grace"),
        create(7, "alan"),
        rename(8, "ada"),
    ]
}

fn held_note(number: u32, local: &str, reason: HoldReason, until_unix_s: Option<i64>) -> Note {
    let hold = Hold { reason, since: Moment::at(NOW.unix_s - 12_000), until_unix_s, tries: 2 };
    Note::Held { id: id(number), user_name: Some(user_name(local)), hold }
}

fn holds() -> Vec<Note> {
    let again = Some(NOW.unix_s + 900);
    vec![
        held_note(30, "h-deactivated", HoldReason::DeactivatedByHand, None),
        held_note(31, "h-deactivated2", HoldReason::DeactivatedByHand, None),
        held_note(32, "h-removed", HoldReason::RemovedByHand, None),
        held_note(33, "h-address", HoldReason::ReaddressedByHand { to: user_name("h-other") }, None),
        held_note(34, "h-undone", HoldReason::Undone, None),
        held_note(35, "h-refused", HoldReason::Refused { detail: "400: familyName is not valid".into() }, again),
        held_note(36, "h-conflict", HoldReason::Conflict, again),
        held_note(37, "h-invited", HoldReason::Invited, again),
        held_note(38, "h-wrong", HoldReason::WrongAccount { found: user_name("h-found") }, None),
    ]
}

fn rejections() -> Vec<Note> {
    let target = || "given_name".to_owned();
    let all = [
        Rejection::Missing { target: target(), from: "givenName".into() },
        Rejection::NotAnEmail { value: "n/a".into() },
        Rejection::Several { target: target(), values: 3 },
        Rejection::Expression { target: target(), error: "undefined value".into() },
        Rejection::Unusable { target: target() },
    ];
    let note =
        |(number, rejection)| Note::Rejected { id: id(number), place: format!("people.csv line {number}"), rejection };
    (20..).zip(all).map(note).collect()
}

fn other_notes() -> Vec<Note> {
    vec![
        Note::Protected { user_name: user_name("admin") },
        Note::Stranger { member: member("stranger") },
        Note::Match { id: id(40), member: member("match") },
        Note::AdoptedInactive { id: id(41), user_name: user_name("inactive") },
        Note::UnknownState {
            id: id(42),
            user_name: None,
            because: "status = \"on leave\" is not in the lists".into(),
            in_team: false,
        },
        Note::Duplicate { user_name: user_name("twice"), ids: vec![id(43), id(44)] },
        Note::AddressTaken { id: id(45), user_name: user_name("taken"), holder: id(46) },
        Note::AddressTakenByStranger { id: id(47), user_name: user_name("occupied") },
        Note::Swap { ids: vec![id(48), id(49)] },
        Note::NewDirectoryId { new: id(50), bound_to: id(51), user_name: user_name("rehired") },
        Note::SilentSource { id: id(59), user_name: user_name("leaver"), silent: "hr".into(), active: "corp".into() },
        Note::UnverifiedDomain { id: id(52), from: user_name("mover"), to: UserName::new("mover@new.example") },
        Note::InDoubt { id: id(53), user_name: user_name("doubt"), kind: Kind::Create },
        Note::InvitationPending { id: id(54), user_name: user_name("invited") },
        Note::Due {
            id: id(55),
            user_name: user_name("due"),
            why: "in no complete reading of the directory".into(),
            due_unix_s: NOW.unix_s + 3_600,
        },
        Note::NotGone { id: id(56), user_name: user_name("hidden"), why: "a look-up by id did show them".into() },
        Note::SwitchedOff { change: create(57, "switched") },
        Note::Drift { id: id(58), user_name: user_name("drift"), what: "name changed by hand".into() },
        Note::UnreadSource { source: "hr".into(), members: 40, why: "hr.csv: no such file".into() },
        Note::NoSuchSource { source: "old-hr".into(), members: 2 },
    ]
}

pub fn source(name: &str, failed: Option<&str>) -> SourceSummary {
    SourceSummary {
        source: name.into(),
        describe: format!("file {name}.csv (csv)"),
        understood: Understood { entries: 500, in_scope: 480, inactive: 0, mapped: 478, with_state: 479 },
        identity: Some(Identity { directory: "dc=acme,dc=example".into(), principal: "cn=sync".into() }),
        checked: vec!["manifest: 500 rows, sha256 matches".into()],
        failed: failed.map(Into::into),
    }
}

pub fn proposal(plan: Plan, held: Vec<Held>) -> Proposal {
    let requests = plan.changes.iter().map(|planned| u64::from(planned.change.requests())).sum();
    Proposal {
        plan_id: plan.id(),
        plan,
        held,
        approved: 0,
        budget: BudgetLeft { cycle: 5, day: 10, week: u64::MAX },
        sources: vec![source("corp", None)],
        listed_team: true,
        requests,
        minutes: 1,
        is_first: false,
    }
}

/// Every variant of everything that can be said about a plan.
pub fn rich() -> Proposal {
    let notes = [holds(), rejections(), other_notes()].concat();
    let refusals = vec![
        SourceRefusal::Empty { source: "empty".into() },
        SourceRefusal::NobodyInScope { source: "elsewhere".into(), entries: 70 },
        SourceRefusal::NotUnderstood {
            source: "strange".into(),
            what: "mapping".into(),
            share_percent: 10,
            last_percent: 99,
            example: Some("people.csv line 2: nothing in mapping.user_name = \"mail\"".into()),
        },
    ];
    let over = |class, changes, window| Held::OverLimit { class, changes, approved: 1, window, limit: 1, used: 1 };
    let held = vec![
        Held::FirstSync { changes: 8, adoptions: 1 },
        Held::NoProtectedAccounts { class: Class::DeactivateExplicit, changes: 1 },
        over(Class::DeactivateAbsent, 2, Window::Day),
        over(Class::Rename, 1, Window::Cycle),
        over(Class::Create, 2, Window::Week),
        Held::Dependent { changes: 1 },
    ];
    let changes = changes();
    let new = vec![changes[0].change.key(), changes[5].change.key()];
    let plan = Plan {
        group_adoptions: Vec::new(),
        managed_groups: 0,
        memberships: 0,
        changes,
        adoptions: vec![Adoption { id: id(9), member: member("adopted") }],
        notes,
        refusals,
        facts: vec![Fact::Release(id(60)), Fact::Forget(id(61))],
        seats: Seats { needed: 3, freed: 3, free: Some(1) },
        managed_active: 480,
        difference: Some(Difference { last_plan_id: "0123456789".into(), new, gone: 1, same: 7 }),
        context: "pin and configuration".into(),
    };
    let mut rich = proposal(plan, held);
    rich.sources.push(source("hr", Some("hr.csv: no such file")));
    rich
}

/// A cycle with two changes done, one refused, one without an answer, and one of a class that was held.
pub fn cycle() -> CycleReport {
    let changes = vec![
        deactivate(1, "left", Cause::Explicit),
        deactivate(2, "gone1", Cause::Absent),
        create(6, "grace"),
        create(7, "alan"),
        rename(8, "ada"),
    ];
    let results = [
        (0, Ended::Done),
        (2, Ended::Rejected { detail: "409: already exists".into() }),
        (3, Ended::Unknown { detail: "timed out after 30 s".into() }),
        (4, Ended::Done),
    ];
    let outcomes = results.map(|(i, result)| ChangeOutcome { planned: changes[i].clone(), result }).into();
    let class = Class::DeactivateAbsent;
    let held = Held::OverLimit { class, changes: 1, approved: 0, window: Window::Week, limit: 10, used: 10 };
    let plan = Plan { changes, managed_active: 480, ..Plan::default() };
    CycleReport {
        cycle: CycleId(12),
        proposal: Some(proposal(plan, vec![held])),
        outcomes,
        adopted: 3,
        settled: 1,
        phase_stops: vec![],
        moved: None,
        stopped: None,
        elapsed_ms: 2_345,
        exit_code: 4,
    }
}
