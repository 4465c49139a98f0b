//! The auditor: reads the team, its request log and the directory's history, and says which promises were broken.
//! The names I1 to I23 are the project's safety invariants. Here are those that need the whole history: I1, I4, I5, I8, I9; each of
//! the others is a file of its own below.
//!
//! Never: shares code with the planner or the engine. Of their report it takes only whom they set aside, and why.

mod aim;
pub mod dry_run;
mod evidence;
mod honest;
mod isolation;
mod limits;
mod marks;
mod processes;
mod seen;
mod set_aside;
mod stop;
mod switches;

use std::collections::{BTreeMap, BTreeSet};

use postman_scim_sync::core::groups::GroupPolicy;
use postman_scim_sync::core::policy::Switches;
use postman_scim_sync::core::snapshot::Known;
use postman_scim_sync::engine::outcome::CycleReport;
use postman_scim_sync::sandbox::{Done, Kind, Logged, Outcome, Person as Member, Sandbox, Standing, Team};

use super::directory::{Person, Reading, State, Truth};
use super::group_auditor::GroupAuditor;
use super::setup::{ABSENCE_WAIT_S, ADMIN};
use limits::LimitsAuditor;
pub use seen::Begun;
use seen::Seen;
use set_aside::SetAside;

/// Each of these needs to see no more than one cycle.
const CHECKS: [fn(&Seen<'_>) -> Vec<String>; 8] = [
    evidence::check,
    marks::check,
    honest::check,
    processes::check,
    stop::check,
    isolation::check,
    aim::check,
    switches::check,
];

/// What is known of a cycle besides its log and its report.
pub struct CycleFacts {
    pub approved: bool,
    pub begun: Vec<Begun>,
    pub senders: Vec<(u64, u64)>,
    pub switches: Switches,
}

pub struct Auditor {
    /// Each address an account ever had, by SCIM id, in lower case.
    addresses: BTreeMap<String, BTreeSet<String>>,
    /// Accounts the tool wrote to with effect.
    touched: BTreeSet<String>,
    /// Accounts the tool created, by the directory person who had the address then.
    created: BTreeMap<String, BTreeSet<String>>,
    /// Who ever had an address, in anything the directory really held during a reading.
    owners: BTreeMap<String, BTreeSet<String>>,
    limits: LimitsAuditor,
    /// The machine started anew with a clock of another day: by that, budgets were of another day too.
    budgets_ended: bool,
    /// No cycle yet since the state was lost.
    after_loss: bool,
    /// People of the second directory who once had the address of somebody of the first: to the tool they are one, and stay so.
    joined: BTreeSet<String>,
    /// Accounts whose creation nobody at the tool's side heard of for sure.
    unheard: BTreeSet<String>,
    /// Accounts whose address a human changed, or that one removed.
    moved_by_hand: BTreeSet<String>,
    /// All readings, and whether the tool surely remembers them: a process that died
    /// or was asked to end may not have stored what it read.
    counted: Vec<(Reading, bool)>,
    log_from: usize,
    readings_from: usize,
    /// The state was lost or set back: what it alone knew cannot be asked for any more.
    lost: bool,
    narrow: bool,
    /// A person approved a plan, and no cycle since came to its end: what is left of it is approved still.
    approved: bool,
    approved_ahead: bool,
    at_rest: bool,
    pushes: bool,
    groups: GroupAuditor,
    violations: Vec<String>,
}

pub fn lost_answers(log: &[Logged]) -> u32 {
    let lost = |logged: &&Logged| logged.is_write() && !matches!(logged.outcome, Outcome::Status(_));
    log.iter().filter(lost).count() as u32
}

pub fn deactivations(log: &[Logged]) -> u32 {
    log.iter().filter(|logged| logged.done.contains(&Done::Deactivated)).count() as u32
}

fn is_about_group(write: &Logged) -> bool {
    matches!(write.kind, Kind::CreateGroup | Kind::RenameGroup | Kind::ChangeMembers | Kind::DeleteGroup)
}

/// Of a group that is not there: where Postman said that it had made one and had not.
fn is_of_nothing(write: &Logged) -> bool {
    write.outcome == Outcome::Status(404) && !write.had_effect()
}

impl Auditor {
    pub fn new(sandbox: &Sandbox, narrow: bool, groups: &GroupPolicy) -> Self {
        let mut auditor = Self {
            addresses: BTreeMap::new(),
            touched: BTreeSet::new(),
            created: BTreeMap::new(),
            owners: BTreeMap::new(),
            limits: LimitsAuditor::default(),
            budgets_ended: false,
            after_loss: false,
            joined: BTreeSet::new(),
            unheard: BTreeSet::new(),
            moved_by_hand: BTreeSet::new(),
            counted: Vec::new(),
            log_from: 0,
            readings_from: 0,
            lost: false,
            narrow,
            approved: false,
            approved_ahead: false,
            at_rest: false,
            violations: Vec::new(),
            pushes: !groups.rules.is_empty(),
            groups: GroupAuditor::of(groups.rules.iter().any(|rule| rule.adopt)),
        };
        auditor.look_at_team(&sandbox.team());
        auditor
    }

    /// The state was lost or set back: nobody can say what it still remembers of earlier readings.
    pub fn state_was_lost(&mut self) {
        self.lost = true;
        self.groups.state_was_lost();
        self.counted.iter_mut().for_each(|(_, surely_remembered)| *surely_remembered = false);
    }

    /// Nothing at all is left of it.
    pub fn state_is_gone(&mut self) {
        self.after_loss = true;
    }

    pub fn budgets_ended(&mut self) {
        self.budgets_ended = true;
    }

    /// A person approves the deactivation of these accounts, by SCIM id.
    pub fn approve(&mut self, scim_ids: &[String], now_s: i64) {
        self.limits.approve(scim_ids, now_s);
    }

    /// Something of a plan that was shown before is approved, and may be taken up later.
    pub fn approved_ahead(&mut self) {
        self.approved_ahead = true;
    }

    pub fn found(&mut self, wrong: impl IntoIterator<Item = String>) {
        self.violations.extend(wrong);
    }

    pub fn moved_by_hand(&mut self, scim_id: String) {
        self.moved_by_hand.insert(scim_id);
    }

    pub fn store_failed(&mut self, error: &str) {
        self.violation(format!("the state could not be written: {error}"));
    }

    pub fn at_rest(&mut self) {
        self.at_rest = true;
    }

    /// Where the log of the cycle at hand begins.
    pub fn log_from(&self) -> usize {
        self.log_from
    }

    pub fn violations(&self) -> Vec<String> {
        self.violations.clone()
    }

    pub fn before_cycle(&mut self, sandbox: &Sandbox) {
        self.look_at_team(&sandbox.team());
        self.log_from = sandbox.log().len();
    }

    fn look_at_team(&mut self, team: &Team) {
        for member in team.people() {
            self.addresses.entry(member.id.clone()).or_default().insert(member.user_name.to_lowercase());
        }
    }

    pub fn after_cycle(&mut self, sandbox: &Sandbox, truth: &Truth, report: Option<&CycleReport>, facts: &CycleFacts) {
        let readings = truth.readings[self.readings_from..].to_vec();
        self.readings_from = truth.readings.len();
        for person in readings.iter().flat_map(|reading| &reading.people) {
            self.owners.entry(person.mail.to_lowercase()).or_default().insert(person.id.clone());
        }
        self.joined.extend(readings.iter().flat_map(Reading::in_both));
        self.look_at_team(&sandbox.team());
        let log = sandbox.log();
        let writes: Vec<&Logged> = log[self.log_from..].iter().filter(|logged| logged.is_write()).collect();
        for reading in &readings {
            self.groups.look(&sandbox.team(), &reading.groups, &writes);
        }
        self.approved |= facts.approved;
        let reading = readings.last();
        for write in &writes {
            if is_about_group(write) {
                if !is_of_nothing(write) {
                    self.check_group(write, reading);
                }
                continue;
            }
            self.check_write(write, reading);
            let heard = report.is_some() && matches!(write.outcome, Outcome::Status(200..=299));
            if write.kind == Kind::Create && write.had_effect() && !heard {
                self.unheard.extend(write.scim_id.clone());
            }
        }
        let counts = self.narrow && !self.lost && !self.budgets_ended;
        self.violations.extend(self.limits.check(&writes, counts));
        let seen = Seen {
            log: &log[self.log_from..],
            reading,
            report,
            begun: &facts.begun,
            senders: &facts.senders,
            switches: facts.switches,
            after_loss: self.after_loss,
        };
        self.violations.extend(CHECKS.iter().flat_map(|check| check(&seen)));
        // One that died may have adopted somebody first.
        self.after_loss &= report.is_some_and(|report| report.proposal.is_none());
        self.approved &= report.is_none_or(|report| report.stopped.is_some());
        // Whoever was asked to end while it read drops what it read, as if it had died.
        let stopped_reading = |report: &CycleReport| {
            let asked = report.stopped.as_ref().is_some_and(|stop| stop.reason.contains("asked to end"));
            asked && report.proposal.is_none()
        };
        let surely_remembered = report.is_some_and(|report| !stopped_reading(report));
        self.counted.extend(readings.into_iter().map(|reading| (reading, surely_remembered)));
    }

    fn violation(&mut self, what: String) {
        self.violations.push(what);
    }

    fn addresses_of(&self, write: &Logged) -> BTreeSet<String> {
        let mut addresses = write.scim_id.as_ref().and_then(|id| self.addresses.get(id)).cloned().unwrap_or_default();
        addresses.extend(write.user_name.as_ref().map(|name| name.to_lowercase()));
        addresses
    }

    /// Everybody at the directory who ever had one of these addresses.
    fn owners_of(&self, addresses: &BTreeSet<String>) -> BTreeSet<String> {
        addresses.iter().filter_map(|address| self.owners.get(address)).flatten().cloned().collect()
    }

    fn check_write(&mut self, write: &Logged, reading: Option<&Reading>) {
        let addresses = self.addresses_of(write);
        let what = format!("seq {}: {:?} of {:?}", write.seq, write.kind, write.user_name);
        if addresses.contains(ADMIN) {
            self.violation(format!("I5 a protected account was written to: {what}"));
        }
        let owners = self.owners_of(&addresses);
        if write.kind != Kind::Create && owners.is_empty() {
            self.violation(format!("I4 a stranger was written to: {what}"));
        }
        if write.kind == Kind::Deactivate {
            let excuses: Vec<Result<(), String>> = owners.iter().map(|owner| self.is_out(owner, reading)).collect();
            if excuses.iter().all(Result::is_err) {
                self.violation(format!("I1 {what}, and nobody was out: {excuses:?}"));
            }
        }
        if write.had_effect() {
            self.touched.extend(write.scim_id.clone());
        }
        if write.kind == Kind::Create && write.had_effect() {
            let wanted = reading.map(|reading| reading.wanted_at(&addresses)).unwrap_or_default();
            if wanted.is_empty() {
                self.violation(format!("I4 an account was made for nobody: {what}"));
            }
            if let Some(id) = &write.scim_id {
                // Brought back at an address that is somebody else's now.
                self.created.values_mut().for_each(|accounts| _ = accounts.remove(id));
            }
            for id in wanted {
                self.created.entry(id).or_default().extend(write.scim_id.clone());
            }
        }
    }

    fn check_group(&mut self, write: &Logged, reading: Option<&Reading>) {
        let mut groups = std::mem::take(&mut self.groups);
        let owners = |scim_id: &str| self.owners_of(self.addresses.get(scim_id).unwrap_or(&BTreeSet::new()));
        let wrong = groups.check(write, reading, &owners, self.approved || self.approved_ahead || self.at_rest);
        self.groups = groups;
        self.violations.extend(wrong);
    }

    /// Whether the directory, as it truly was, let this person go.
    fn is_out(&self, id: &str, reading: Option<&Reading>) -> Result<(), String> {
        let Some(reading) = reading.filter(|reading| reading.first_complete) else {
            return Err(format!("{id}: the directory was not read"));
        };
        let person = reading.people.iter().find(|person| person.id == id);
        let is_excluded = |person: &Person| reading.excluded.contains(&person.mail.to_lowercase());
        match person.map(|person| person.state) {
            Some(State::Inactive) => Ok(()),
            Some(_) if reading.complete && person.is_some_and(is_excluded) => Ok(()),
            Some(state) => Err(format!("{id}: {state:?}")),
            None if !reading.complete => Err(format!("{id}: not all was read")),
            None if reading.confirmed_out.iter().any(|out| out == id) => Ok(()),
            None => self.was_absent(id, reading.at_unix_s),
        }
    }

    /// Nobody could be asked: absent in complete readings at least the wait apart, and nothing else between them.
    fn was_absent(&self, id: &str, now_s: i64) -> Result<(), String> {
        let absent = |reading: &Reading| reading.complete && reading.people.iter().all(|person| person.id != id);
        let mut first = None;
        for (reading, surely_remembered) in self.counted.iter().rev() {
            match absent(reading) {
                true => first = Some(reading),
                false if *surely_remembered => break,
                false => {}
            }
        }
        match first {
            Some(first) if now_s - first.at_unix_s >= ABSENCE_WAIT_S => Ok(()),
            Some(first) => Err(format!("{id}: absent for {} s only", now_s - first.at_unix_s)),
            None => Err(format!("{id}: absent for the first time")),
        }
    }

    /// Directory, team and network are at rest, and three cycles have passed. Returns how many were set aside.
    pub fn at_end(
        &mut self,
        report: &CycleReport,
        team: &Team,
        truth: &Truth,
        last_writes: &[Logged],
        rows: &[Known],
    ) -> usize {
        if let Some(stop) = &report.stopped {
            self.violation(format!("I8 the last cycle stopped: {}", stop.reason));
        }
        let set_aside = SetAside::of(report);
        let seats_are_short = team.seats.is_some_and(|seats| team.seats_used() >= seats);
        // Whoever got the last seat a cycle ago under a name that Postman kept gets their own now.
        let waits_for_seat = |kind| seats_are_short && matches!(kind, Kind::Create | Kind::Reactivate | Kind::Rename);
        for write in last_writes.iter().filter(|write| !waits_for_seat(write.kind)) {
            // Where people pass an address on, each of them takes a cycle.
            if self.owners_of(&self.addresses_of(write)).len() > 1 {
                continue;
            }
            self.violation(format!("I8 nothing was left to do, and then: {:?} of {:?}", write.kind, write.user_name));
        }
        for person in truth.people.iter().filter(|person| !person.mail.eq_ignore_ascii_case(ADMIN)) {
            match person.state {
                State::Active if self.joined.contains(&person.id) => {}
                State::Active if !set_aside.excuses(person) && !seats_are_short => self.check_wanted(person, team),
                _ => {}
            }
        }
        let aside = &set_aside.ids | &set_aside.ids_at(&truth.people);
        if !self.lost && self.pushes {
            self.violations.extend(self.groups.at_end(report, team, &truth.groups, &truth.people, &aside));
        }
        self.violations.extend(honest::at_end(rows, team, &aside));
        self.check_leavers(team, truth, &set_aside);
        self.check_doubles(team, &set_aside);
        set_aside.ids.len()
    }

    fn check_wanted(&mut self, person: &Person, team: &Team) {
        let at_address = team.people().iter().filter(|member| member.user_name.eq_ignore_ascii_case(&person.mail));
        let is_right = |member: &Member| match member.standing {
            Standing::Active => member.given == person.given && member.family == person.family,
            // The rest is the invitee's to do.
            standing => standing == Standing::InvitedByScim,
        };
        if !at_address.clone().any(is_right) {
            let found: Vec<_> = at_address.map(|m| format!("{:?} {} {}", m.standing, m.given, m.family)).collect();
            self.violation(format!("I8 {} at {} has {found:?}", person.id, person.mail));
        }
    }

    /// Nobody who left keeps access through an account that the tool made or wrote to, or that is theirs by address.
    fn check_leavers(&mut self, team: &Team, truth: &Truth, set_aside: &SetAside) {
        let state_of: BTreeMap<&str, &Person> = truth.people.iter().map(|p| (p.id.as_str(), p)).collect();
        for member in team.people().iter().filter(|member| member.standing == Standing::Active) {
            let owners = self.owners_of(&self.addresses[&member.id]);
            let [owner] = owners.iter().collect::<Vec<_>>()[..] else { continue };
            let (is_out, by_address) = match state_of.get(owner.as_str()) {
                None => (true, false),
                Some(person) => (person.state == State::Inactive, person.mail.eq_ignore_ascii_case(&member.user_name)),
            };
            let is_ours =
                by_address || (self.touched.contains(&member.id) && !self.lost && !self.is_untraceable(&member.id));
            // Whoever has the protected address at the directory is protected too, and nothing of theirs is touched.
            let is_admin = member.user_name.eq_ignore_ascii_case(ADMIN)
                || state_of.get(owner.as_str()).is_some_and(|person| person.mail.eq_ignore_ascii_case(ADMIN));
            if is_out && is_ours && !is_admin && !set_aside.keeps_access(owner) {
                let (owner, address) = (owner.clone(), member.user_name.clone());
                self.violation(format!("leaver {owner} still has access through {address}"));
            }
        }
    }

    /// A human gave it another address before anybody could look whether its creation came through.
    fn is_untraceable(&self, scim_id: &str) -> bool {
        self.unheard.contains(scim_id) && self.moved_by_hand.contains(scim_id)
    }

    fn check_doubles(&mut self, team: &Team, set_aside: &SetAside) {
        if self.lost {
            return;
        }
        let is_active = |id: &&String| {
            let active = team.people().iter().filter(|member| member.standing == Standing::Active);
            active.filter(|member| !self.is_untraceable(&member.id)).any(|member| member.id == **id)
        };
        let doubles: Vec<String> = self
            .created
            .iter()
            .filter(|(person, accounts)| {
                accounts.iter().filter(is_active).count() > 1 && !set_aside.ids.contains(*person)
            })
            .map(|(person, accounts)| format!("I9 {person} has several accounts: {accounts:?}"))
            .collect();
        self.violations.extend(doubles);
    }
}
