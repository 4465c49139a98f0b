//! Changes of groups against the sandbox over HTTP: each kind, each knob, lost answers, and what a look makes of them.
//!
//! Never: plans; the changes are made by hand, and let through by the guard.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::*;
use crate::clock::Clock;
use crate::config::{Auth, Http, KeySource};
use crate::core::groups::Person;
use crate::core::guard::{Ledger, approve};
use crate::core::model::{Account, Name, UserName};
use crate::core::plan::{Plan, PlannedChange};
use crate::core::policy::everyday;
use crate::core::snapshot::Snapshot;
use crate::engine::apply::{Applied, Journal, apply};
use crate::http::client::HttpTransport;
use crate::lifeline::Lifeline;
use crate::postman::{Credentials, Reader, Writer, pace};
use crate::sandbox::{
    AbsentMember, Failure, Fault, GroupDelete, KeyState, Kind, Knobs, Role, Sandbox, Served, Standing as Stands,
    TakenGroupName, Team, spawn,
};
use crate::store::CycleId;

const KEY: &str = "PMAK-false";

/// A team of people p0, p1, ... who are all managed, and a store that knows them.
struct Lab {
    sandbox: Sandbox,
    reader: Reader<HttpTransport>,
    store: Store,
    cycle: CycleId,
    _served: Served,
    _folder: tempfile::TempDir,
}

fn platform() -> GroupId {
    GroupId::new("corp", "1")
}

fn person(n: usize) -> Person {
    Person { id: SourceId::new("corp", format!("p{n}")), user_name: UserName::new(format!("p{n}@acme.example")) }
}

fn add(id: GroupId, part: u32, people: &[usize]) -> GroupChange {
    let people = people.iter().map(|n| person(*n)).collect();
    GroupChange::AddMembers { id, name: "Platform".into(), part, people }
}

fn remove(id: GroupId, part: u32, people: &[usize]) -> GroupChange {
    let (cause, people) = (crate::core::groups::Removal::Left, people.iter().map(|n| person(*n)).collect());
    GroupChange::RemoveMembers { id, name: "Platform".into(), part, people, cause }
}

fn create(id: GroupId, name: &str) -> GroupChange {
    GroupChange::CreateGroup { id, name: name.into() }
}

fn rename(to: &str) -> GroupChange {
    GroupChange::RenameGroup { id: platform(), from: "Platform".into(), to: to.into() }
}

fn delete() -> GroupChange {
    GroupChange::DeleteGroup { id: platform(), name: "Platform".into() }
}

impl Lab {
    async fn new(n: usize, knobs: Knobs, key: KeyState) -> Self {
        let mut team = Team::new("Acme").verified("acme.example").key(KEY, key).knobs(knobs);
        for n in 0..n {
            team = team.member(&format!("p{n}@acme.example"), "Ada", "Byron");
        }
        let sandbox = Sandbox::new(team);
        let served = spawn(sandbox.clone()).await.unwrap();
        let transport = HttpTransport::new(&served.base_url().parse().unwrap(), &Http::default()).unwrap();
        let key = KeySource::Environment(secrecy::SecretString::from(KEY));
        let limits = pace::Limits { reads_per_min: 100_000, writes_per_min: 100_000 };
        let reader = Reader::new(transport, Credentials::new(key, Auth::Bearer).unwrap(), limits, Clock::System);
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let mut store = Store::open(&folder.path().join("state.db")).unwrap();
        let now = Clock::System.now();
        let cycle = store.begin_cycle(now).unwrap();
        let rows: Vec<Fact> = (0..n)
            .map(|n| {
                let Person { id, user_name } = person(n);
                let scim_id = ScimId(sandbox.person(user_name.as_str()).unwrap().id);
                let account = Account { user_name, name: Name::new("Ada", "Byron") };
                let (standing, origin) = (Standing::Active, Origin::Created);
                Fact::Known(Known { id, scim_id, account, standing, origin, absent: None, undone: 0 })
            })
            .collect();
        store.absorb(cycle, &rows, now).unwrap();
        Self { sandbox, reader, store, cycle, _served: served, _folder: folder }
    }

    /// With the group Platform, which has the first `members` of `n` people in it.
    async fn with_group(n: usize, members: usize, knobs: Knobs) -> Self {
        let mut lab = Self::new(n, knobs, KeyState::Active).await;
        let mut changes = vec![create(platform(), "Platform")];
        if members > 0 {
            changes.push(add(platform(), 0, &(0..members).collect::<Vec<_>>()));
        }
        assert!(lab.apply(changes).await.outcomes.iter().all(|outcome| outcome.result == Ended::Done));
        lab.sandbox.clear_log();
        lab
    }

    async fn apply(&mut self, changes: Vec<GroupChange>) -> Applied {
        let planned = |change| PlannedChange { change: Change::Group(change), why: "corp".into() };
        let plan = Plan { changes: changes.into_iter().map(planned).collect(), ..Plan::default() };
        let approved = plan.keys().into_iter().collect();
        let ledger = Ledger { approved, first_sync_done: true, ..Ledger::default() };
        let verdict = approve(&plan, &everyday(), &ledger);
        assert!(verdict.held.is_empty(), "{:?}", verdict.held);
        let lifeline = Lifeline::default();
        let (clock, cycle) = (Clock::System, self.cycle);
        let mut journal = Journal { store: &mut self.store, cycle, clock, verified_domains: &[], lifeline: &lifeline };
        apply(&verdict.approved, &Writer::new(&self.reader), &mut journal).await.unwrap()
    }

    /// Settles, and says of each doubt whether it happened.
    async fn settle(&mut self) -> Vec<bool> {
        let known = self.store.known_by_ids(&(0..20).map(|n| person(n).id).collect::<Vec<_>>()).unwrap();
        let snapshot = Snapshot {
            known: known.into_iter().map(|known| (known.id.clone(), known)).collect(),
            holds: self.store.holds().unwrap(),
            doubts: self.store.doubts().unwrap(),
            groups: self.store.groups().unwrap(),
        };
        let now = Clock::System.now();
        assert!(
            settle(&self.reader, &snapshot, 1_000, now)
                .await
                .iter()
                .all(|fact| !matches!(fact, Fact::Settled { happened: false, .. })),
            "a lost request may still take effect"
        );
        let facts = settle(&self.reader, &snapshot, -1, now).await;
        self.store.absorb(self.cycle, &facts, now).unwrap();
        assert!(self.store.doubts().unwrap().is_empty());
        let happened = |fact: &Fact| if let Fact::Settled { happened, .. } = fact { Some(*happened) } else { None };
        facts.iter().filter_map(happened).collect()
    }

    /// Who is in it, as the store has it; and at Postman it is the same.
    fn members(&self) -> usize {
        let stored = self.stored();
        let group = &self.store.groups().unwrap()[&platform()];
        assert_eq!(stored, self.sandbox.members(&group.name).len());
        stored
    }

    fn stored(&self) -> usize {
        self.store.members_of(&platform()).unwrap().len()
    }

    fn hold(&self) -> Option<HoldReason> {
        self.store.holds().unwrap().remove(platform().subject()).map(|hold| hold.reason)
    }

    fn n_active(&self) -> usize {
        self.sandbox.standing(Stands::Active).len()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.sandbox.violations(), []);
        }
    }
}

fn results(applied: &Applied) -> Vec<&'static str> {
    let word = |ended: &Ended| match ended {
        Ended::Done => "done",
        Ended::Rejected { .. } => "rejected",
        Ended::Unknown { .. } => "unknown",
        Ended::NotSent { .. } => "not sent",
    };
    applied.outcomes.iter().map(|outcome| word(&outcome.result)).collect()
}

fn knobs() -> Knobs {
    Knobs::default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_group_is_made_filled_renamed_emptied_and_deleted() {
    let mut lab = Lab::new(5, knobs(), KeyState::Active).await;
    let made =
        lab.apply(vec![create(platform(), "Platform"), add(platform(), 0, &[0, 1]), add(platform(), 1, &[2, 3])]);
    assert_eq!(results(&made.await), ["done"; 3]);
    assert_eq!(lab.members(), 4);
    let moved = lab.apply(vec![remove(platform(), 0, &[0]), rename("Core"), add(platform(), 0, &[4])]).await;
    assert_eq!(results(&moved), ["done"; 3]);
    assert_eq!((lab.members(), lab.sandbox.members("Core").len()), (4, 4));
    assert_eq!(
        results(&lab.apply(vec![remove(platform(), 0, &[1, 2]), remove(platform(), 1, &[3, 4])]).await),
        ["done"; 2]
    );
    assert_eq!(lab.members(), 0);
    assert_eq!(results(&lab.apply(vec![delete()]).await), ["done"]);
    assert!(lab.sandbox.group("Core").is_none() && lab.store.groups().unwrap().is_empty());
    assert_eq!(lab.n_active(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_group_is_read_once_after_all_its_changes_of_members() {
    let mut lab = Lab::with_group(8, 1, knobs()).await;
    let parts = (1..8).map(|n| add(platform(), n, &[n as usize])).collect();
    assert_eq!(results(&lab.apply(parts).await), ["done"; 7]);
    let looks = lab.sandbox.log().iter().filter(|logged| logged.kind == Kind::GetGroup).count();
    assert_eq!((lab.members(), looks), (8, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_requests_of_one_group_are_never_out_together() {
    let mut lab = Lab::with_group(4, 1, knobs()).await;
    let other = GroupId::new("corp", "2");
    assert_eq!(results(&lab.apply(vec![create(other.clone(), "Other")]).await), ["done"]);
    // Two of one group at once would be seen; the sandbox says so when the lab ends.
    lab.sandbox.fault(Fault::on(Kind::ChangeMembers, Failure::HangBefore(Duration::from_millis(100))).always());
    let mut parts: Vec<_> = (1..4).map(|n| add(platform(), n, &[n as usize])).collect();
    parts.extend((1..4).map(|n| add(other.clone(), n, &[n as usize])));
    assert_eq!(results(&lab.apply(parts).await), ["done"; 6]);
    assert_eq!((lab.members(), lab.sandbox.members("Other").len()), (4, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_became_of_lost_answers_is_read() {
    let cases: [(Kind, fn() -> GroupChange); 4] = [
        (Kind::ChangeMembers, || add(platform(), 0, &[2])),
        (Kind::ChangeMembers, || remove(platform(), 0, &[0])),
        (Kind::RenameGroup, || rename("Core")),
        (Kind::DeleteGroup, delete),
    ];
    for (kind, change) in cases {
        for (failure, happened) in [(Failure::ResetBefore, false), (Failure::ResetAfter, true)] {
            let mut lab = Lab::with_group(3, if kind == Kind::DeleteGroup { 0 } else { 2 }, knobs()).await;
            lab.sandbox.fault(Fault::on(kind, failure));
            assert_eq!(results(&lab.apply(vec![change()]).await), ["unknown"], "{kind:?}");
            assert_eq!(lab.settle().await, [happened], "{kind:?}");
            match kind {
                Kind::DeleteGroup => assert_eq!(lab.store.groups().unwrap().is_empty(), happened),
                _ => _ = lab.members(),
            }
            let name = lab.store.groups().unwrap().remove(&platform()).map(|group| group.name);
            assert!(name.is_none_or(|name| lab.sandbox.group(&name).is_some()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_create_is_found_by_its_name() {
    for (failure, hand, happened, held) in [
        (Failure::ResetBefore, false, false, None),
        (Failure::ResetAfter, false, true, None),
        (Failure::ResetBefore, true, false, Some(HoldReason::Conflict)),
    ] {
        let mut lab = Lab::new(2, knobs(), KeyState::Active).await;
        lab.sandbox.fault(Fault::on(Kind::CreateGroup, failure));
        let applied = lab.apply(vec![create(platform(), "Platform"), add(platform(), 0, &[0])]).await;
        assert_eq!(results(&applied), ["unknown"], "the members wait");
        if hand {
            lab.sandbox.edit(|team| team.add_group_by_hand("Platform", Role::Developer, &["p1@acme.example"]));
        }
        if !hand {
            assert_eq!(lab.settle().await, [happened]);
        } else {
            let snapshot = Snapshot { doubts: lab.store.doubts().unwrap(), ..Snapshot::default() };
            let facts = settle(&lab.reader, &snapshot, 1_000, Clock::System.now()).await;
            lab.store.absorb(lab.cycle, &facts, Clock::System.now()).unwrap();
        }
        assert_eq!((lab.store.groups().unwrap().len() == 1, lab.hold()), (happened, held));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_success_without_effect_is_no_membership_and_no_end_of_one() {
    for failure in [Failure::Ignored, Failure::NoEffect] {
        let mut lab = Lab::with_group(4, 2, knobs()).await;
        // Removals were never proven, adds were: both are read.
        lab.sandbox.fault(Fault::on(Kind::ChangeMembers, failure.clone()).always());
        assert_eq!(results(&lab.apply(vec![remove(platform(), 0, &[0])]).await), ["rejected"]);
        assert_eq!(lab.members(), 2);
        assert!(matches!(lab.hold(), Some(HoldReason::Refused { detail }) if detail.contains("had no effect")));
        assert_eq!(
            results(&lab.apply(vec![add(platform(), 0, &[2]), add(platform(), 1, &[3])]).await),
            ["rejected"; 2]
        );
        assert_eq!(lab.members(), 2);
        lab.sandbox.faults_off();
        let again = lab.apply(vec![remove(platform(), 0, &[0]), add(platform(), 1, &[3])]).await;
        assert_eq!((results(&again), lab.members(), lab.hold()), (vec!["done"; 2], 2, None));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn somebody_who_is_not_in_the_team_stops_their_own_request() {
    for absent_member in [AbsentMember::Forbidden, AbsentMember::NotFound] {
        let mut lab = Lab::with_group(4, 1, Knobs { absent_member, ..knobs() }).await;
        assert!(lab.sandbox.edit(|team| team.remove_by_hand("p1@acme.example")));
        let applied = lab.apply(vec![add(platform(), 0, &[1, 2]), add(platform(), 1, &[3]), rename("Core")]).await;
        assert_eq!((results(&applied), applied.wants_refresh), (vec!["done", "rejected", "done"], true));
        assert_eq!(lab.members(), 2);
        assert!(matches!(lab.hold(), Some(HoldReason::Refused { .. })), "what works beside it releases nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_group_with_the_super_admin_role_needs_another_key() {
    let mut lab = Lab::new(2, knobs(), KeyState::TeamAdmin).await;
    let scim_id = lab.sandbox.edit(|team| team.add_group_by_hand("Platform", Role::SuperAdmin, &[]));
    let group = TeamGroup { scim_id: ScimId(scim_id), name: "Platform".into(), members: Some(vec![]) };
    let facts = adopted(&lab.store, &platform(), &group).unwrap();
    lab.store.absorb(lab.cycle, &facts, Clock::System.now()).unwrap();
    assert_eq!(results(&lab.apply(vec![add(platform(), 0, &[0])]).await), ["rejected"]);
    assert!(matches!(lab.hold(), Some(HoldReason::Refused { detail }) if detail.contains("a Super Admin made")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_group_that_somebody_is_in_is_not_deleted_and_nobody_leaves_the_team() {
    for group_delete in [GroupDelete::MembersStay, GroupDelete::DeactivatesSole, GroupDelete::DeactivatesAll] {
        let mut lab = Lab::with_group(3, 0, Knobs { group_delete, ..knobs() }).await;
        assert!(lab.sandbox.edit(|team| team.join_by_hand("Platform", "p1@acme.example")));
        assert_eq!(results(&lab.apply(vec![delete()]).await), ["not sent"]);
        assert!(lab.sandbox.group("Platform").is_some() && lab.hold().is_some());
        assert!(lab.sandbox.edit(|team| team.leave_by_hand("Platform", "p1@acme.example")));
        assert_eq!(results(&lab.apply(vec![delete()]).await), ["done"]);
        assert_eq!((lab.n_active(), lab.hold()), (3, None));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_taken_name_is_a_conflict() {
    for taken_group_name in [TakenGroupName::BadRequest, TakenGroupName::Conflict] {
        let mut lab = Lab::with_group(2, 1, Knobs { taken_group_name, ..knobs() }).await;
        lab.sandbox.edit(|team| team.add_group_by_hand("Core", Role::Developer, &[]));
        let applied = lab.apply(vec![rename("Core"), add(platform(), 0, &[1])]).await;
        assert_eq!((results(&applied), applied.wants_refresh), (vec!["rejected"], true), "the members wait");
        assert_eq!((lab.hold(), lab.members()), (Some(HoldReason::Conflict), 1));
        let other = GroupId::new("corp", "2");
        assert_eq!(results(&lab.apply(vec![create(other.clone(), "Core")]).await), ["rejected"]);
        assert_eq!(lab.store.holds().unwrap()[other.subject()].reason, HoldReason::Conflict);
        assert_eq!(lab.store.groups().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_group_that_somebody_deleted_waits_for_a_person() {
    for change in [add(platform(), 0, &[1]), remove(platform(), 0, &[0]), rename("Core")] {
        let mut lab = Lab::with_group(3, 1, knobs()).await;
        assert!(lab.sandbox.edit(|team| team.delete_group_by_hand("Platform")));
        assert_eq!(results(&lab.apply(vec![change, add(platform(), 1, &[2])]).await), ["rejected"]);
        assert_eq!(lab.hold(), Some(HoldReason::RemovedByHand));
    }
    let mut lab = Lab::with_group(1, 0, knobs()).await;
    assert!(lab.sandbox.edit(|team| team.delete_group_by_hand("Platform")));
    assert_eq!(results(&lab.apply(vec![delete()]).await), ["done"], "as good as deleted");
}
