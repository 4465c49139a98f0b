//! The planner: pure, total, deterministic.

use std::collections::{BTreeMap, BTreeSet};

use super::entries::renumbered;
use super::{Adoption, Change, Kind, Note, Plan, PlannedChange, Seats, SourceRefusal};
use crate::core::evidence::Presence;
use crate::core::groups::{GroupAdoption, GroupNote, Mode, TeamGroup};
use crate::core::model::{Account, DesiredUser, Member, ScimId, SourceId, UserName, Wanted};
use crate::core::pattern::first_match;
use crate::core::policy::Policy;
use crate::core::reading::Reading;
use crate::core::snapshot::{Absence, Fact, Hold, Known, Snapshot, Standing};
use crate::core::time::Moment;
use crate::planted::Bug;

/// The team as a refresh showed it; only what differs from the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// Managed members who are not as the snapshot says.
    pub drifted: Vec<Member>,
    /// Managed people whose account the listing did not show.
    pub missing: Vec<SourceId>,
    /// Members nobody manages.
    pub unmanaged: Vec<Member>,
    /// Active members in all.
    pub active: u64,
}

/// Everything a plan depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub policy: &'a Policy,
    pub reading: &'a Reading,
    /// At least the rows of everybody in the reading, of every holder of a userName wanted in it, of everybody
    /// held, in doubt, drifted or missing, and of everybody who joins or leaves a group, or is in one that is unwanted.
    pub snapshot: &'a Snapshot,
    /// Active managed members, all of them.
    pub managed_active: u64,
    /// Managed members of each source, all of them.
    pub managed_by_source: &'a BTreeMap<String, u64>,
    /// Present when the team was listed in this cycle.
    pub team: Option<&'a Team>,
    /// Active members in all, as far as it is known.
    pub team_active: Option<u64>,
    /// Every group of the team, when groups were listed in this cycle. Where groups are pushed, the members of a managed one are
    /// those whom nobody manages: the others' memberships are compared as they are listed.
    pub team_groups: Option<&'a [TeamGroup]>,
    /// Memberships that were made true, all of them.
    pub memberships: u64,
    /// Look-ups of people who are absent or out of scope, by sources that can look one up; whoever is not in it was not asked
    /// about.
    pub probes: &'a BTreeMap<SourceId, Presence>,
    /// Pin and configuration, for the plan's id.
    pub context: &'a str,
    pub now: Moment,
}

/// Makes the plan: pure, total, and the same for the same inputs in any order of pages or people.
pub fn plan(inputs: &Inputs<'_>) -> Plan {
    let mut draft = Draft::new(inputs);
    draft.judge_sources();
    draft.judge_entries();
    draft.set_protected_aside();
    draft.absorb_drift();
    draft.set_duplicates_aside();
    draft.decide_people();
    draft.decide_absent();
    draft.index_holders();
    draft.place_readdresses();
    draft.place_creates();
    draft.name_strangers();
    draft.plan_groups();
    draft.end_idle_holds();
    draft.finish()
}

/// A plan in the making. `after` begins as the snapshot and takes on what this cycle learns; what has changed
/// in it at the end are the plan's facts.
pub(super) struct Draft<'a> {
    pub inputs: &'a Inputs<'a>,
    pub after: Snapshot,
    /// People to decide about; protected ones and duplicates are taken out.
    pub people: BTreeMap<SourceId, &'a DesiredUser>,
    /// Managed people whom no source showed.
    pub absent: BTreeSet<SourceId>,
    /// Who wants which address, by the directory's own word: duplicates and people of unread sources too.
    pub claimants: BTreeMap<UserName, Vec<SourceId>>,
    /// Protected people: their rows still say whose an address is, and nothing else.
    pub protected: BTreeSet<SourceId>,
    /// Members nobody manages, by userName.
    pub unmanaged: BTreeMap<UserName, Vec<Member>>,
    /// Sources whose reading counts; people of others stay as they are.
    pub usable: BTreeSet<String>,
    /// Every configured source was read to its end and understood: absence counts.
    pub all_read: bool,
    /// People whom a source lost that would decide about them, which, and since when.
    pub lapsed: BTreeMap<SourceId, (&'a str, Absence)>,
    /// Managed people who may have a new id, and which.
    pub renumbered: BTreeMap<SourceId, SourceId>,
    /// Facts about the entries of several sources.
    pub learned: Vec<Fact>,
    /// Address changes that are wanted, before it is known which can be done.
    pub moves: Vec<super::readdress::Move>,
    /// Accounts that are wanted, before it is known whether their address is free.
    pub wanted: Vec<(SourceId, Account, String)>,
    /// Whose account has which userName, by the rows of `after` once no row's account changes any more.
    holders: BTreeMap<UserName, Vec<SourceId>>,
    /// Members that some adoption or match has taken.
    pub taken: BTreeSet<ScimId>,
    /// Pairs of people about whom it was said that one has the other's address.
    pub clashes: BTreeSet<(SourceId, SourceId)>,
    pub changes: Vec<PlannedChange>,
    pub adoptions: Vec<Adoption>,
    pub group_adoptions: Vec<GroupAdoption>,
    pub notes: Vec<Note>,
    pub refusals: Vec<SourceRefusal>,
}

impl<'a> Draft<'a> {
    fn new(inputs: &'a Inputs<'a>) -> Self {
        let people = inputs.reading.people.iter().map(|user| (user.id.clone(), user)).collect();
        let mut unmanaged: BTreeMap<UserName, Vec<Member>> = BTreeMap::new();
        for member in inputs.team.iter().flat_map(|team| &team.unmanaged) {
            unmanaged.entry(member.account.user_name.clone()).or_default().push(member.clone());
        }
        Self {
            inputs,
            after: inputs.snapshot.clone(),
            people,
            absent: inputs.reading.absent.iter().cloned().collect(),
            claimants: claimants(inputs.reading),
            protected: BTreeSet::new(),
            unmanaged,
            usable: BTreeSet::new(),
            all_read: false,
            lapsed: BTreeMap::new(),
            renumbered: renumbered(&inputs.reading.rebinds, &inputs.reading.people),
            learned: Vec::new(),
            moves: Vec::new(),
            wanted: Vec::new(),
            holders: BTreeMap::new(),
            taken: BTreeSet::new(),
            clashes: BTreeSet::new(),
            changes: Vec::new(),
            adoptions: Vec::new(),
            group_adoptions: Vec::new(),
            notes: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// Sources count up to the first, in file order, that was not read: whoever that one knows, it would decide.
    fn judge_sources(&mut self) {
        let mut readable = true;
        let least_percent = self.inputs.policy.understood_least_percent;
        for source in &self.inputs.reading.sources {
            let refusal = source.evidence.is_ok().then(|| super::absence::refuse(source, least_percent)).flatten();
            if let Err(why) = &source.evidence {
                let members = self.inputs.managed_by_source.get(&source.source).copied().unwrap_or(0);
                self.notes.push(Note::UnreadSource { source: source.source.clone(), members, why: why.clone() });
            }
            readable &= source.evidence.is_ok() && refusal.is_none() || Bug::BelievesHalfTheSources.is_planted();
            self.refusals.extend(refusal);
            if readable {
                self.usable.insert(source.source.clone());
            }
        }
        self.all_read = readable && !self.inputs.reading.sources.is_empty();
        let (usable, all_read) = (&self.usable, self.all_read);
        let is_configured = |source: &String| self.inputs.reading.sources.iter().any(|read| read.source == *source);
        // Out of scope is as good as absent: any source may yet have them.
        let may = |user: &DesiredUser| all_read || !matches!(user.wanted, Wanted::OutOfScope(_));
        let counts = |id: &SourceId, user: &DesiredUser| {
            is_configured(&id.source) && usable.contains(&user.decided_by) && may(user)
        };
        let (counting, others) = std::mem::take(&mut self.people).into_iter().partition(|(id, user)| counts(id, user));
        self.people = counting;
        let others: BTreeMap<SourceId, &DesiredUser> = others;
        others.keys().for_each(|id| self.mark_seen(id));
        self.name_unconfigured_sources();
    }

    fn name_unconfigured_sources(&mut self) {
        let configured: BTreeSet<&String> = self.inputs.reading.sources.iter().map(|s| &s.source).collect();
        for (source, members) in self.inputs.managed_by_source {
            if !configured.contains(source) && *members > 0 {
                self.notes.push(Note::NoSuchSource { source: source.clone(), members: *members });
            }
        }
    }

    /// Exceptions change the input, so that nothing behind this line hears of a protected account.
    fn set_protected_aside(&mut self) {
        let patterns = &self.inputs.policy.protected;
        let is_reached = Bug::TouchesTheProtected.is_planted();
        let is_protected = |user_name: &UserName| !is_reached && first_match(patterns, user_name).is_some();
        let mut protected: BTreeMap<SourceId, UserName> = BTreeMap::new();
        for known in self.after.known.values().filter(|known| is_protected(&known.account.user_name)) {
            protected.insert(known.id.clone(), known.account.user_name.clone());
        }
        // Somebody may have got a protected address by hand since we last looked.
        for (id, member) in self.drifted().into_iter().filter(|(_, member)| is_protected(&member.account.user_name)) {
            protected.insert(id, member.account.user_name.clone());
        }
        for user in self.people.values() {
            // Somebody who leaves loses their own account, whatever address their entry names by now.
            let leaves = matches!(user.wanted, Wanted::Out(_) | Wanted::OutOfScope(_));
            if leaves && self.after.known.contains_key(&user.id) {
                continue;
            }
            if let Some(account) = user.account.as_ref().ok().filter(|account| is_protected(&account.user_name)) {
                protected.insert(user.id.clone(), account.user_name.clone());
            }
        }
        for (id, user_name) in protected {
            let listed = self.people.remove(&id).is_some() | self.absent.remove(&id);
            if listed {
                self.notes.push(Note::Protected { user_name });
            }
            self.protected.insert(id);
        }
        self.unmanaged.retain(|user_name, _| !is_protected(user_name));
    }

    /// Two people of the directory with one userName: nobody can say whose account it is, so neither changes.
    fn set_duplicates_aside(&mut self) {
        for (user_name, ids) in self.claimants.clone() {
            // Whoever waits for `adopt WHO --rebind` is no second person.
            let is_one = |id: &SourceId| self.people.contains_key(id) && !self.inputs.reading.rebinds.contains_key(id);
            let ids: Vec<SourceId> = ids.into_iter().filter(is_one).collect();
            if ids.len() < 2 {
                continue;
            }
            for id in &ids {
                self.people.remove(id);
                self.mark_seen(id);
            }
            self.notes.push(Note::Duplicate { user_name, ids });
        }
    }

    /// Whoever was seen is not absent any more.
    pub fn mark_seen(&mut self, id: &SourceId) {
        if let Some(known) = self.after.known.get_mut(id) {
            known.absent = None;
        }
    }

    /// The members whom the listing shows otherwise than their rows, each with the person whose account it is.
    pub fn drifted(&self) -> Vec<(SourceId, &'a Member)> {
        let Some(team) = self.inputs.team.filter(|team| !team.drifted.is_empty()) else { return Vec::new() };
        let rows = self.after.known.values();
        let by_scim_id: BTreeMap<&ScimId, &SourceId> = rows.map(|known| (&known.scim_id, &known.id)).collect();
        let known = |member: &'a Member| Some(((*by_scim_id.get(&member.scim_id)?).clone(), member));
        team.drifted.iter().filter_map(known).collect()
    }

    fn index_holders(&mut self) {
        for known in self.after.known.values() {
            self.holders.entry(known.account.user_name.clone()).or_default().push(known.id.clone());
        }
    }

    /// The managed person, other than `id`, whose account has this userName. An account that has gone from the team
    /// still is that person's: with a request for its userName Postman brings it back.
    pub fn holder(&self, user_name: &UserName, id: &SourceId) -> Option<&Known> {
        let holders = self.holders.get(user_name)?.iter().filter(|holder| *holder != id);
        holders.filter_map(|holder| self.after.known.get(holder)).min_by_key(|known| known.standing == Standing::Gone)
    }

    /// Adds a change, or says what would have been done where its switch is off.
    pub fn change(&mut self, change: Change, why: String) {
        let (switches, groups) = (self.inputs.policy.switches, self.inputs.policy.groups.switches);
        let on = match change.kind() {
            Kind::Deactivate => switches.deactivate_users,
            Kind::Readdress | Kind::Rename => switches.update_users,
            Kind::Create | Kind::Reactivate => switches.create_users,
            Kind::RemoveMembers => groups.remove_members,
            Kind::RenameGroup => groups.rename_groups,
            Kind::CreateGroup => groups.create_groups,
            Kind::AddMembers => groups.add_members,
            Kind::DeleteGroup => groups.delete_groups,
        };
        let is_compared = self.inputs.policy.groups.mode == Mode::ReadBack && matches!(change, Change::Group(_));
        let planned = PlannedChange { change, why };
        if is_compared {
            return self.notes.push(Note::Group(GroupNote::OnlyCompared { change: Box::new(planned) }));
        }
        if on { self.changes.push(planned) } else { self.notes.push(Note::SwitchedOff { change: planned }) }
    }

    /// Members whose userName nobody in the reading has.
    fn name_strangers(&mut self) {
        // Of a directory that was not read to its end nobody can say whom it does not have.
        if !self.all_read {
            return;
        }
        let reading = &self.inputs.reading.people;
        let known_names: BTreeSet<&UserName> =
            reading.iter().filter_map(|user| user.account.as_ref().ok()).map(|account| &account.user_name).collect();
        let strangers = self.unmanaged.iter().filter(|(user_name, _)| !known_names.contains(user_name));
        let active = strangers.flat_map(|(_, members)| members).filter(|member| member.active);
        let notes: Vec<Note> = active.map(|member| Note::Stranger { member: member.clone() }).collect();
        self.notes.extend(notes);
    }

    /// A hold whose time has passed ends where nothing is left to try, and one about somebody unmanaged ends when
    /// the directory no longer wants them.
    fn end_idle_holds(&mut self) {
        let now = self.inputs.now;
        let tried: BTreeSet<&SourceId> = self.changes.iter().map(|planned| planned.change.id()).collect();
        let shown: BTreeSet<&SourceId> = self.inputs.reading.people.iter().map(|user| &user.id).collect();
        let is_idle = |id: &SourceId, hold: &Hold| {
            let known = self.after.known.contains_key(id);
            let in_doubt = self.after.in_doubt(id).is_some();
            let passed = hold.until_unix_s.is_some() && !hold.holds_at(now);
            let readable = self.all_read && self.usable.contains(&id.source);
            readable && !in_doubt && !tried.contains(id) && ((passed && known) || (!known && !shown.contains(id)))
        };
        let idle: Vec<SourceId> =
            self.after.holds.iter().filter(|(id, hold)| is_idle(id, hold)).map(|(id, _)| id.clone()).collect();
        for id in idle {
            self.after.holds.remove(&id);
        }
    }

    fn finish(mut self) -> Plan {
        self.changes.sort();
        self.adoptions.sort_by(|a, b| a.id.cmp(&b.id));
        let count = |kind: Kind| self.changes.iter().filter(|planned| planned.change.kind() == kind).count() as u64;
        let free = self.inputs.policy.seats.zip(self.inputs.team_active).map(|(all, used)| all.saturating_sub(used));
        let seats =
            Seats { needed: count(Kind::Create) + count(Kind::Reactivate), freed: count(Kind::Deactivate), free };
        let counted = self.inputs.team_active.filter(|_| Bug::CountsStrangers.is_planted());
        Plan {
            facts: facts(self.inputs.snapshot, &self.after).into_iter().chain(self.learned).collect(),
            changes: self.changes,
            adoptions: self.adoptions,
            group_adoptions: self.group_adoptions,
            managed_groups: self.inputs.snapshot.groups.len() as u64,
            memberships: self.inputs.memberships,
            notes: self.notes,
            refusals: self.refusals,
            seats,
            managed_active: counted.unwrap_or(self.inputs.managed_active),
            difference: None,
            context: self.inputs.context.to_owned(),
        }
    }
}

fn claimants(reading: &Reading) -> BTreeMap<UserName, Vec<SourceId>> {
    let mut claimants: BTreeMap<UserName, Vec<SourceId>> = BTreeMap::new();
    for user in reading.people.iter().filter(|user| matches!(user.wanted, Wanted::In | Wanted::Unknown(_))) {
        if let Ok(account) = &user.account {
            claimants.entry(account.user_name.clone()).or_default().push(user.id.clone());
        }
    }
    claimants.values_mut().for_each(|ids| ids.sort());
    claimants
}

/// What has to be stored so that `before` becomes `after`. Rows that were only taken out of sight stay.
fn facts(before: &Snapshot, after: &Snapshot) -> Vec<Fact> {
    let known = after.known.values().filter(|known| before.known.get(&known.id) != Some(known));
    let held = after.holds.iter().filter(|(id, hold)| before.holds.get(id) != Some(hold));
    let groups = after.groups.values().filter(|group| before.groups.get(&group.id) != Some(group));
    let forgotten = before.groups.keys().filter(|id| !after.groups.contains_key(id));
    let released = before.holds.keys().filter(|id| !after.holds.contains_key(id));
    known
        .map(|known| Fact::Known(known.clone()))
        .chain(groups.map(|group| Fact::Group(group.clone())))
        .chain(forgotten.map(|id| Fact::ForgetGroup(id.clone())))
        .chain(held.map(|(id, hold)| Fact::Hold(id.clone(), hold.clone())))
        .chain(released.map(|id| Fact::Release(id.clone())))
        .collect()
}
