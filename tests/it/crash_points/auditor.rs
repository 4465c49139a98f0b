//! The auditor of outcomes: reads the team, its request log and the state file, and says which promises were broken.
//!
//! Never: shares code with the engine or the store, or reads their reports.

use std::collections::BTreeMap;

use postman_scim_sync::sandbox::{Done, Kind, Logged, Outcome, Person, Sandbox, Standing, Team};

use super::disk::{Charged, Disk, body, removals};
use super::scenes::Scene;
use crate::simulation::setup::ADMIN;

/// How long a request whose answer was lost may still have its effect: `safety.settle_wait` of the scenes.
const STILL_MAY_ARRIVE_S: i64 = 120;

/// What is wrong with the team, where it should be exactly this: people as `address standing given family`, groups as `name member
/// member`, in alphabetical order. The admin is not counted.
pub fn exactly(team: &Team, people: &[&str], groups: &[&str]) -> Vec<String> {
    let found: Vec<String> = team.people().iter().filter(is_meant).map(told).collect();
    let mut wrong = differences("person", found, people);
    let told = |group: &&postman_scim_sync::sandbox::Group| {
        let mut members = team.members_of(group);
        members.sort_unstable();
        [vec![group.name.as_str()], members].concat().join(" ")
    };
    wrong.extend(differences("group", team.groups().iter().map(told).collect(), groups));
    wrong
}

fn is_meant(person: &&Person) -> bool {
    person.user_name != ADMIN && person.standing != Standing::Outside
}

fn told(person: &Person) -> String {
    let standing = match person.standing {
        Standing::Active => "active",
        Standing::Deactivated => "deactivated",
        Standing::InvitedByScim => "invited",
        Standing::InvitedByHand => "invited by hand",
        Standing::Outside => "outside",
    };
    format!("{} {standing} {} {}", person.user_name, person.given, person.family)
}

fn differences(what: &str, mut found: Vec<String>, wanted: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for wanted in wanted {
        match found.iter().position(|found| found == wanted) {
            Some(at) => _ = found.remove(at),
            None => wrong.push(format!("I8 no {what} {wanted:?}")),
        }
    }
    wrong.extend(found.iter().map(|found| format!("I8 a {what} too many or otherwise: {found:?}")));
    wrong
}

/// What one process left behind: each request that reached the team was begun and charged on the disk.
pub fn behind(sandbox: &Sandbox, disk: &Disk, scene: &Scene, before: &Before) -> Vec<String> {
    let writes = sandbox.writes();
    let mut wrong = Vec::new();
    // Whatever was answered with a definite no may be sent again under the same charge.
    let counts = |write: &&Logged| !matches!(write.outcome, Outcome::NotSent | Outcome::Status(429));
    let begun = disk.begun() - before.begun;
    let sent = writes.iter().filter(counts).count() as u64;
    if sent > begun {
        wrong.push(format!("I6 {sent} requests were sent and {begun} begun"));
    }
    let deactivations = writes.iter().filter(counts).filter(|write| write.kind == Kind::Deactivate).count() as u64;
    let removals = writes.iter().filter(counts).map(removals).sum::<u64>();
    let charged = disk.charged();
    let (people, memberships) =
        (charged.people - before.charged.people, charged.memberships - before.charged.memberships);
    if !scene.approved && (deactivations > people || removals > memberships) {
        wrong.push(format!(
            "I3 {deactivations} deactivations and {removals} removals were sent, {people} and {memberships} charged"
        ));
    }
    if scene.a_day.is_some_and(|a_day| deactivations > a_day) {
        wrong.push(format!("I3 {deactivations} deactivations in a day"));
    }
    wrong.extend(disk.complaint().map(|complaint| format!("quick_check: {complaint}")));
    wrong
}

/// What stood in the state file before the harmed cycle.
#[derive(Clone, Copy, Default)]
pub struct Before {
    pub begun: u64,
    pub charged: Charged,
}

impl Before {
    pub fn of(disk: &Disk) -> Self {
        Self { begun: disk.begun(), charged: disk.charged() }
    }
}

/// What no client may have done by the end, whatever became of it.
pub fn manners(sandbox: &Sandbox) -> Vec<String> {
    let log = sandbox.log();
    let mut wrong = repeats(&log);
    wrong.extend(accounts(&log));
    for write in log.iter().filter(|logged| logged.is_write()) {
        if write.user_name.as_deref() == Some(ADMIN) {
            wrong.push(format!("I5 seq {}: a protected account was written to", write.seq));
        }
    }
    let broken = sandbox.violations();
    wrong.extend(broken.into_iter().map(|broken| format!("seq {}: {} {}", broken.seq, broken.rule, broken.what)));
    wrong
}

/// I7: the same write a second time only after a read of its subject that was answered, and when the first can have no
/// effect any more.
fn repeats(log: &[Logged]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, again) in log.iter().enumerate().filter(|(_, logged)| logged.is_write()) {
        let same =
            |first: &&Logged| (&first.method, &first.path, &first.body) == (&again.method, &again.path, &again.body);
        let Some(first) = log[..at].iter().rfind(same) else { continue };
        let surely_nothing = matches!(first.outcome, Outcome::NotSent | Outcome::Status(400..=499));
        if surely_nothing {
            continue;
        }
        let between = log.iter().filter(|read| first.seq < read.seq && read.seq < again.seq && !read.is_write());
        if !between.clone().any(|read| shows(read, again)) {
            wrong.push(format!("I7 seq {}: request {} again, unread since", again.seq, first.seq));
        }
        if first.is_unknown() && again.at_unix_s - first.at_unix_s < STILL_MAY_ARRIVE_S {
            wrong.push(format!("I7 seq {}: request {} again, which may be under way still", again.seq, first.seq));
        }
    }
    wrong
}

/// Whether this read shows what that write is about.
fn shows(read: &Logged, write: &Logged) -> bool {
    let is_group =
        matches!(write.kind, Kind::CreateGroup | Kind::RenameGroup | Kind::ChangeMembers | Kind::DeleteGroup);
    let answered = matches!(read.outcome, Outcome::Status(200 | 404));
    let same_id = write.scim_id.is_some() && read.scim_id == write.scim_id;
    let same_name = write.user_name.is_some() && read.user_name == write.user_name;
    answered
        && match read.kind {
            Kind::List => !is_group,
            Kind::Find => same_name,
            Kind::Get => same_id,
            Kind::ListGroups | Kind::FindGroup => is_group,
            Kind::GetGroup => same_id,
            _ => false,
        }
}

/// I9: an account, and a group, is made once; an invitation that nobody can see is sent twice at most.
fn accounts(log: &[Logged]) -> Vec<String> {
    let mut made: BTreeMap<(String, &str), u32> = BTreeMap::new();
    for write in log {
        let body = body(write);
        for done in &write.done {
            let (what, name) = match done {
                Done::Created => ("account", &body["userName"]),
                Done::Invited => ("invitation", &body["userName"]),
                Done::GroupCreated => ("group", &body["displayName"]),
                _ => continue,
            };
            *made.entry((name.to_string(), what)).or_default() += 1;
        }
    }
    let most = |what: &str| if what == "invitation" { 2 } else { 1 };
    let too_many = made.iter().filter(|((_, what), times)| **times > most(what));
    too_many.map(|((name, what), times)| format!("I9 {times} times {what} {name}")).collect()
}

/// I10: the state file has everybody as the team has them.
pub fn honesty(sandbox: &Sandbox, disk: &Disk) -> Vec<String> {
    let team = sandbox.team();
    let mut wrong = Vec::new();
    for row in disk.people() {
        let is_so = team.people().iter().map(told).any(|told| told.replace(" deactivated ", " inactive ") == row);
        if !is_so {
            wrong.push(format!("I10 the state says {row:?}"));
        }
    }
    wrong
}
