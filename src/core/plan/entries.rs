//! Several sources: what becomes of people whom one of them does not show any more, and of entries that may be somebody whose
//! account is bound to another id.
//!
//! Never: lets a source decide about somebody whom an earlier one may only have lost in this one listing.

use std::collections::BTreeMap;

use super::Note;
use super::planner::Draft;
use crate::core::model::{DesiredUser, SourceId, Wanted};
use crate::core::reading::Entry;
use crate::core::snapshot::{Absence, Fact, Known, Missing};

impl Draft<'_> {
    /// Counts the cycles in which a source did not show somebody. Until they are enough, the sources behind it do not decide;
    /// for an account that is out they never are.
    pub(super) fn judge_entries(&mut self) {
        let reading = self.inputs.reading;
        for entry in &reading.entries {
            let missing = self.missing(entry);
            if let (Some(Missing::Since(absence)), true) = (missing, entry.would_decide) {
                self.lapsed.insert(entry.person.clone(), (&entry.source, absence));
            }
            if missing != entry.missing {
                let (person, source) = (entry.person.clone(), entry.source.clone());
                self.learned.push(Fact::Missing { person, source, missing });
            }
        }
        for (id, user_name, source) in reading.elsewhere.iter().filter(|(.., source)| self.usable.contains(source)) {
            let (id, user_name, source) = (id.clone(), user_name.clone(), source.clone());
            self.notes.push(Note::OtherAddress { id, user_name, source });
        }
        for (entry, person) in reading.joined.iter().filter(|(entry, _)| self.usable.contains(&entry.source)) {
            self.learned.push(Fact::Joined { entry: entry.clone(), person: person.clone() });
        }
    }

    fn missing(&self, entry: &Entry) -> Option<Missing> {
        let before = match entry.missing {
            _ if entry.shown => return None,
            Some(Missing::ForGood) => return Some(Missing::ForGood),
            // A failed reading starts the wait over.
            _ if !self.usable.contains(&entry.source) => return None,
            // Perhaps its word put them out: that they come back is not for its silence to say.
            Some(since) if self.may_be_out(entry) => return Some(since),
            Some(Missing::Since(absence)) => Some(absence),
            None => None,
        };
        let now = self.inputs.now;
        let absence = Absence {
            first: before.map_or(now, |absence| absence.first),
            cycles: before.map_or(0, |absence| absence.cycles) + 1,
        };
        let is_sure = absence.cycles >= 2 && now.surely_since(absence.first) >= self.inputs.policy.absence_wait_s;
        Some(if is_sure { Missing::ForGood } else { Missing::Since(absence) })
    }

    fn may_be_out(&self, entry: &Entry) -> bool {
        let known = self.after.known.get(&entry.person);
        !known.map_or(entry.in_team, Known::is_in_team) || self.after.in_doubt(&entry.person).is_some()
    }

    /// Whether nothing is to be decided about a managed person by what this source says of them.
    pub(super) fn is_undecided(&mut self, user: &DesiredUser) -> bool {
        let Some(known) = self.after.known.get(&user.id).cloned() else { return false };
        if let Some(new) = self.newer_record(&known, user) {
            self.mark_seen(&user.id);
            self.people.remove(&user.id);
            self.note_new_id(new, user.id.clone(), known.account.user_name);
            return true;
        }
        let Some(&(silent, absence)) = self.lapsed.get(&user.id) else { return false };
        match &user.wanted {
            Wanted::In => {
                self.note_silence(&known, silent, &user.decided_by);
                true
            }
            Wanted::Out(because) => {
                self.wait_for(&known, absence, self.told(user, because));
                true
            }
            Wanted::Unknown(_) | Wanted::OutOfScope(_) => false,
        }
    }

    fn note_silence(&mut self, known: &Known, silent: &str, active: &str) {
        if !known.is_in_team() {
            let (id, user_name) = (known.id.clone(), known.account.user_name.clone());
            self.notes.push(Note::SilentSource { id, user_name, silent: silent.to_owned(), active: active.to_owned() });
        }
    }

    fn wait_for(&mut self, known: &Known, absence: Absence, why: String) {
        if !known.is_in_team() {
            return;
        }
        if let Some(row) = self.after.known.get_mut(&known.id) {
            row.absent = Some(absence);
        }
        let due_unix_s = absence.due_unix_s(self.inputs.policy.absence_wait_s, self.inputs.now);
        let (id, user_name) = (known.id.clone(), known.account.user_name.clone());
        self.notes.push(Note::Due { id, user_name, why, due_unix_s });
    }

    /// An entry that may be the same person under a new id, and would decide then.
    fn newer_record(&self, known: &Known, user: &DesiredUser) -> Option<SourceId> {
        let place = |name: &str| self.inputs.reading.sources.iter().position(|read| read.source == name);
        let renumbered = self.renumbered.get(&known.id);
        let claimants = self.claimants.get(&known.account.user_name).into_iter().flatten();
        // Somebody managed is somebody else, whose address may be handed on in this plan.
        let mut newer = renumbered.into_iter().chain(claimants).filter(|id| !self.after.known.contains_key(*id));
        let is_out_of_scope = matches!(user.wanted, Wanted::OutOfScope(_));
        let decides_before = |new: &SourceId| place(&new.source) < place(&user.decided_by);
        newer.find(|new| decides_before(new) || (is_out_of_scope && new.source != user.decided_by)).cloned()
    }

    /// Somebody whose account is bound to another id gets none under this one.
    pub(super) fn waits_for_rebinding(&mut self, user: &DesiredUser) -> bool {
        let Some(bound_to) = self.inputs.reading.rebinds.get(&user.id) else { return false };
        let is_configured = self.inputs.reading.sources.iter().any(|read| read.source == bound_to.source);
        // What was not read may have them.
        let is_open = is_configured && !self.usable.contains(&bound_to.source);
        if user.wanted == Wanted::In && !is_open && !self.protected.contains(bound_to) {
            let account = user.account.as_ref().ok().map(|account| account.user_name.clone());
            let user_name = self.after.known.get(bound_to).map(|known| known.account.user_name.clone()).or(account);
            if let Some(user_name) = user_name {
                self.note_new_id(user.id.clone(), bound_to.clone(), user_name);
            }
        }
        true
    }
}

/// Of managed people, an entry that may be them under a new id.
pub(super) fn renumbered(
    rebinds: &BTreeMap<SourceId, SourceId>,
    people: &[DesiredUser],
) -> BTreeMap<SourceId, SourceId> {
    let wanted = people.iter().filter(|user| matches!(user.wanted, Wanted::In | Wanted::Unknown(_)));
    wanted.filter_map(|user| Some((rebinds.get(&user.id)?.clone(), user.id.clone()))).collect()
}
