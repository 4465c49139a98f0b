//! Drift: what somebody else did to the team since we last looked, and what that means for each person.
//!
//! Never: gives access back to somebody whom a person took it from.

use super::Note;
use super::planner::Draft;
use crate::core::backoff::hold_for_good;
use crate::core::model::{Member, SourceId, Wanted};
use crate::core::snapshot::{HoldReason, Known, Standing};
use crate::planted::Bug;

/// After so many of our writes to one person or group were undone, somebody else provisions them too.
pub(super) const UNDONE_MAX: u32 = 3;

impl Draft<'_> {
    /// Takes on what the listing of the team showed. Without a listing nothing is known to have drifted.
    pub(super) fn absorb_drift(&mut self) {
        let Some(team) = self.inputs.team else { return };
        for (id, member) in self.drifted() {
            if !self.protected.contains(&id) {
                self.absorb_member(&id, member);
            }
        }
        for id in team.missing.iter().filter(|id| !self.protected.contains(*id)).cloned().collect::<Vec<_>>() {
            self.absorb_missing(&id);
        }
    }

    fn absorb_member(&mut self, id: &SourceId, member: &Member) {
        let Some(known) = self.after.known.get(id).cloned() else { return };
        match (known.standing, member.active) {
            (Standing::Active, false) => self.deactivated_by_hand(&known),
            (Standing::Inactive, true) => self.reactivated_by_hand(&known),
            (Standing::Invited | Standing::Gone, active) => self.came_into_sight(&known, active),
            (Standing::Active, true) | (Standing::Inactive, false) => {}
        }
        if member.active {
            self.account_changed_by_hand(id, member);
        }
    }

    fn deactivated_by_hand(&mut self, known: &Known) {
        self.stand(&known.id, Standing::Inactive);
        if self.directory_wants(&known.id) {
            self.hold_for_good(&known.id, HoldReason::DeactivatedByHand);
        }
    }

    fn reactivated_by_hand(&mut self, known: &Known) {
        self.stand(&known.id, Standing::Active);
        self.after.holds.remove(&known.id);
        if !self.directory_wants(&known.id) {
            self.undone(known, "reactivated by hand, and the directory says they left");
        }
    }

    /// An invitation was accepted, or somebody who was gone is back.
    fn came_into_sight(&mut self, known: &Known, active: bool) {
        self.stand(&known.id, if active { Standing::Active } else { Standing::Inactive });
        let reason = self.after.holds.get(&known.id).map(|hold| hold.reason.clone());
        match reason {
            Some(HoldReason::RemovedByHand | HoldReason::Invited) if active => {
                self.after.holds.remove(&known.id);
            }
            // Still out, and still by a person's decision.
            Some(HoldReason::RemovedByHand) => self.hold_for_good(&known.id, HoldReason::DeactivatedByHand),
            _ => {}
        }
        if active && known.standing == Standing::Gone && !self.directory_wants(&known.id) {
            self.undone(known, "back in the team, and the directory says they left");
        }
    }

    fn account_changed_by_hand(&mut self, id: &SourceId, member: &Member) {
        let Some(known) = self.after.known.get(id).cloned() else { return };
        let wanted = self.people.get(id).and_then(|user| user.account.as_ref().ok()).cloned();
        if member.account.user_name != known.account.user_name {
            let is_wanted = wanted.as_ref().is_some_and(|account| account.user_name == member.account.user_name);
            if !is_wanted {
                self.hold_for_good(id, HoldReason::ReaddressedByHand { to: member.account.user_name.clone() });
            }
        }
        if member.account.name != known.account.name {
            let is_wanted = wanted.as_ref().is_some_and(|account| account.name == member.account.name);
            if !is_wanted && self.directory_wants(id) {
                self.undone(&known, "name changed by hand; the directory's name is put back");
            }
        }
        if let Some(row) = self.after.known.get_mut(id) {
            row.account = member.account.clone();
        }
    }

    fn absorb_missing(&mut self, id: &SourceId) {
        let Some(known) = self.after.known.get(id).cloned() else { return };
        match known.standing {
            Standing::Invited | Standing::Gone => {}
            Standing::Inactive => self.stand(id, Standing::Gone),
            // One listing may miss somebody: a leaver counts as gone only when their own look-up says so.
            Standing::Active if !self.directory_wants(id) => {}
            Standing::Active => {
                self.stand(id, Standing::Gone);
                self.hold_for_good(id, HoldReason::RemovedByHand);
            }
        }
    }

    /// Counts a write of ours that somebody reverted, and holds the person at the third.
    fn undone(&mut self, known: &Known, what: &str) {
        let Some(row) = self.after.known.get_mut(&known.id) else { return };
        row.undone += 1;
        if row.undone >= UNDONE_MAX && !Bug::FightsForEver.is_planted() {
            self.hold_for_good(&known.id, HoldReason::Undone);
            return;
        }
        let (id, user_name) = (known.id.clone(), known.account.user_name.clone());
        self.notes.push(Note::Drift { id, user_name, what: what.to_owned() });
    }

    /// Whether the directory wants the person in, as far as it is known. Somebody who was not read, or whose
    /// state is unknown, counts as wanted: then what a person did by hand is held, and nothing is sent.
    fn directory_wants(&self, id: &SourceId) -> bool {
        match self.people.get(id).map(|user| &user.wanted) {
            Some(Wanted::Out(_) | Wanted::OutOfScope(_)) => false,
            Some(Wanted::In | Wanted::Unknown(_)) => true,
            None => !(self.absent.contains(id) && self.all_read),
        }
    }

    pub(super) fn stand(&mut self, id: &SourceId, standing: Standing) {
        if let Some(row) = self.after.known.get_mut(id) {
            row.standing = standing;
        }
    }

    pub(super) fn hold_for_good(&mut self, id: &SourceId, reason: HoldReason) {
        let already = self.after.holds.get(id).is_some_and(|hold| hold.reason == reason);
        if !already {
            self.after.holds.insert(id.clone(), hold_for_good(reason, self.inputs.now));
        }
    }
}
