//! Absence: when somebody whom no source shows may be deactivated, and when a reading proves nothing.
//!
//! Never: counts absence without evidence from every source, or on the first sight of it where nobody can be
//! asked.

use super::planner::Draft;
use super::{Cause, Note, SourceRefusal};
use crate::core::evidence::Presence;
use crate::core::model::{SourceId, UserName};
use crate::core::reading::SourceReading;
use crate::core::snapshot::{Absence, Known};
use crate::core::time::duration_text;
use crate::planted::Bug;

/// Below this many entries in scope a share says nothing.
const SHARE_FROM_ENTRIES: u64 = 10;

/// A look-up goes by what the source is to read (its bases, its filter), so an entry that was moved is not found either.
const OUT_BY_ID: &str = "deleted, or no longer among what the source reads (looked up by id)";

/// What shows that somebody is out.
#[derive(Clone, Copy)]
pub(super) enum Proof {
    /// The directory was asked about them, or showed their entry outside the scope: one sight is enough.
    Read,
    /// They were not in a listing, and nobody can be asked: two real cycles at least that far apart.
    Missing { wait_s: i64 },
}

/// Why a complete reading counts for nothing.
pub(super) fn refuse(reading: &SourceReading, least_percent: u64) -> Option<SourceRefusal> {
    let source = reading.source.clone();
    let now = reading.understood;
    if now.entries == 0 {
        return (!Bug::BelievesAnEmptySource.is_planted()).then_some(SourceRefusal::Empty { source });
    }
    if now.in_scope == 0 {
        return Some(SourceRefusal::NobodyInScope { source, entries: now.entries });
    }
    let last = reading.last.unwrap_or_default();
    let mapping = (now.mapped, now.in_scope - now.inactive, last.mapped, last.in_scope - last.inactive);
    let state = (now.with_state, now.in_scope, last.with_state, last.in_scope);
    let unclear = &reading.unclear;
    for (what, (part, whole, last_part, last_whole), example) in
        [("mapping", mapping, &unclear.mapping), ("active state", state, &unclear.state)]
    {
        let share_percent = percent(part, whole);
        let last_percent = percent(last_part, last_whole);
        let shrunken = whole >= SHARE_FROM_ENTRIES && share_percent * 100 < last_percent * least_percent;
        if (whole > 0 && part == 0 && least_percent > 0) || shrunken {
            let (what, example) = (what.into(), example.clone());
            return Some(SourceRefusal::NotUnderstood { source, what, share_percent, last_percent, example });
        }
    }
    None
}

fn percent(part: u64, whole: u64) -> u64 {
    (part * 100).checked_div(whole).unwrap_or(0)
}

impl Draft<'_> {
    pub(super) fn decide_absent(&mut self) {
        let absent: Vec<SourceId> = self.absent.iter().cloned().collect();
        for id in absent {
            let Some(known) = self.after.known.get(&id).cloned() else { continue };
            if !self.usable.contains(&id.source) && self.all_read {
                // Nobody reads that source any more; there is a note about all its members.
            } else if !self.all_read && !Bug::FailureKeepsTheWait.is_planted() {
                // A failed reading starts the wait over.
                self.mark_seen(&id);
            } else if let Some(doubt) = self.after.in_doubt(&id) {
                self.notes.extend(Note::in_doubt(&doubt.change));
            } else if let Some(new) = self.claimed_by(&known.account.user_name) {
                self.mark_seen(&id);
                self.note_new_id(new, id, known.account.user_name);
            } else {
                self.absent_person(&known);
            }
        }
    }

    /// Somebody at the directory who wants the address of somebody absent: perhaps the same human with a new id.
    fn claimed_by(&self, user_name: &UserName) -> Option<SourceId> {
        self.claimants.get(user_name).and_then(|ids| ids.first()).cloned()
    }

    fn absent_person(&mut self, known: &Known) {
        match self.inputs.probes.get(&known.id).unwrap_or(&Presence::CannotAsk) {
            Presence::Inactive(because) => self.inactive_by_look_up(known, because),
            Presence::Gone => self.out_after(known, Proof::Read, OUT_BY_ID),
            Presence::CannotAsk => {
                let wait_s = self.inputs.policy.absence_wait_s;
                self.out_after(known, Proof::Missing { wait_s }, "in no complete reading of the directory");
            }
            Presence::OutOfScope(rule) => self.out_after(known, Proof::Read, &format!("out of scope: {rule}")),
            Presence::Present => self.not_gone(known, "the listing did not show them, and a look-up by id did".into()),
            Presence::Failed(reason) => self.not_gone(known, format!("the look-up by id failed: {reason}")),
        }
    }

    fn inactive_by_look_up(&mut self, known: &Known, because: &str) {
        if self.lapsed.contains_key(&known.id) {
            return self.out_after(known, Proof::Read, because);
        }
        self.mark_seen(&known.id);
        self.deactivate(known, Cause::Explicit, because.to_owned());
    }

    /// Nothing changes, and the wait starts over.
    fn not_gone(&mut self, known: &Known, why: String) {
        self.mark_seen(&known.id);
        self.notes.push(Note::NotGone { id: known.id.clone(), user_name: known.account.user_name.clone(), why });
    }

    /// Somebody whom the directory shows outside the scope: no need to wait for a second reading, since their
    /// entry was read, but the grace is theirs. A look-up that shows them otherwise counts more.
    pub(super) fn out_of_scope(&mut self, id: &SourceId, rule: &str) {
        let Some(known) = self.after.known.get(id).cloned() else { return };
        match self.inputs.probes.get(id).unwrap_or(&Presence::CannotAsk) {
            Presence::Gone | Presence::OutOfScope(_) | Presence::CannotAsk => {
                self.out_after(&known, Proof::Read, &format!("out of scope: {rule}"));
            }
            Presence::Inactive(because) => {
                self.mark_seen(id);
                self.deactivate(&known, Cause::Explicit, because.clone());
            }
            Presence::Present => {
                self.not_gone(&known, "the listing showed them out of scope, and a look-up by id did not".into());
            }
            Presence::Failed(reason) => self.not_gone(&known, format!("the look-up by id failed: {reason}")),
        }
    }

    /// Deactivates once the person was out for the wait and the grace, and until then says when it is due.
    pub(super) fn out_after(&mut self, known: &Known, proof: Proof, fact: &str) {
        // What another source had before is missing from its listing, and that source was not asked.
        let lapsed = self.lapsed.contains_key(&known.id);
        let proof = if lapsed { Proof::Missing { wait_s: self.inputs.policy.absence_wait_s } } else { proof };
        let in_team = known.is_in_team();
        let held = self.after.holds.get(&known.id).cloned();
        if !in_team && held.is_none() {
            self.deactivate(known, Cause::Absent, fact.to_owned());
            return;
        }
        let now = self.inputs.now;
        // Noted by a clock that was ahead, the wait starts over, or it would last for years.
        let before = known.absent.filter(|absence| !now.is_behind(absence.first));
        let first = before.map_or(now, |absence| absence.first);
        let cycles = before.map_or(0, |absence| absence.cycles) + 1;
        let absence = Absence { first, cycles };
        if let Some(row) = self.after.known.get_mut(&known.id) {
            row.absent = Some(absence);
        }
        let (wait_s, cycles_needed) = match proof {
            Proof::Read => (0, 1),
            Proof::Missing { .. } if Bug::AbsentAtOnce.is_planted() => (0, 1),
            Proof::Missing { wait_s } => (wait_s, 2),
        };
        let needed_s = wait_s.max(self.inputs.policy.grace_s);
        let elapsed_s = now.since(first);
        // What a clock says across a reboot is no evidence; the grace may count on it.
        let waited = now.surely_since(first) >= wait_s && elapsed_s >= self.inputs.policy.grace_s;
        if waited && cycles >= cycles_needed {
            let why = if elapsed_s == 0 { fact.to_owned() } else { format!("{fact} for {}", duration_text(elapsed_s)) };
            self.deactivate(known, Cause::Absent, why);
            return;
        }
        let (id, user_name) = (known.id.clone(), known.account.user_name.clone());
        if let Some(hold) = held.filter(|_| !in_team) {
            // One export without them is no word of the directory that would end what a person did by hand.
            self.notes.push(Note::Held { id, user_name: Some(user_name), hold });
            return;
        }
        let due_unix_s = absence.due_unix_s(needed_s, now);
        self.notes.push(Note::Due { id, user_name, why: fact.to_owned(), due_unix_s });
    }
}
