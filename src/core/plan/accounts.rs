//! What becomes of each person whom a source showed.
//!
//! Never: hands an account that is bound to one directory id to another; that takes `adopt WHO --rebind`.

use super::planner::Draft;
use super::readdress::Move;
use super::{Adoption, Cause, Change, Kind, Note};
use crate::core::model::{Account, DesiredUser, Member, ScimId, SourceId, UserName, Wanted};
use crate::core::policy::Matches;
use crate::core::snapshot::{Hold, HoldReason, Known, Standing};
use crate::planted::Bug;

impl Draft<'_> {
    pub(super) fn decide_people(&mut self) {
        let people: Vec<&DesiredUser> = self.people.values().copied().collect();
        for user in people {
            if !matches!(user.wanted, Wanted::OutOfScope(_)) {
                self.mark_seen(&user.id);
            }
            if let Some(doubt) = self.after.in_doubt(&user.id).filter(|_| !Bug::ForgetsDoubts.is_planted()) {
                self.notes.extend(Note::in_doubt(&doubt.change));
                continue;
            }
            if self.waits_for_rebinding(user) || self.is_undecided(user) {
                continue;
            }
            match &user.wanted {
                Wanted::Unknown(because) => self.unknown(user, because),
                Wanted::Out(because) => self.explicitly_out(user, because),
                Wanted::OutOfScope(rule) => self.out_of_scope(&user.id, rule),
                Wanted::In => self.wanted_in(user),
            }
        }
    }

    /// What a source says, with its name where there are several.
    pub(super) fn told(&self, user: &DesiredUser, what: &str) -> String {
        match self.inputs.reading.sources.len() {
            0 | 1 => what.to_owned(),
            _ => format!("{}: {what}", user.decided_by),
        }
    }

    fn unknown(&mut self, user: &DesiredUser, because: &str) {
        let user_name = user.account.as_ref().ok().map(|account| account.user_name.clone());
        let in_team = self.after.known.get(&user.id).is_some_and(Known::is_in_team);
        self.notes.push(Note::UnknownState { id: user.id.clone(), user_name, because: because.to_owned(), in_team });
    }

    fn explicitly_out(&mut self, user: &DesiredUser, because: &str) {
        match self.after.known.get(&user.id).cloned() {
            Some(known) => self.deactivate(&known, Cause::Explicit, self.told(user, because)),
            None => self.inactive_match(user),
        }
    }

    /// A member whose person is inactive at the directory, and whom we do not manage yet: adopting and
    /// deactivating in one cycle would let one wrong userName throw somebody out.
    fn inactive_match(&mut self, user: &DesiredUser) {
        let Ok(account) = &user.account else { return };
        if self.claimants.contains_key(&account.user_name) {
            // A leaver's address that was given to somebody else: the member is theirs.
            return;
        }
        let Some(member) = self.sole_match(&account.user_name).filter(|member| member.active) else { return };
        let user_name = member.account.user_name.clone();
        if self.adopt(&user.id, &member) {
            self.notes.push(Note::AdoptedInactive { id: user.id.clone(), user_name });
        }
    }

    /// Deactivates a managed person, unless they are out already or somebody fights about them.
    pub(super) fn deactivate(&mut self, known: &Known, cause: Cause, why: String) {
        if matches!(known.standing, Standing::Inactive | Standing::Gone) {
            // In step with the directory again: what was done by hand is what it wants now.
            self.after.holds.remove(&known.id);
            self.mark_seen(&known.id);
            return;
        }
        if let Some(hold) = self.holding(&known.id) {
            let somebody_fights = matches!(hold.reason, HoldReason::Undone | HoldReason::WrongAccount { .. });
            if somebody_fights {
                self.note_hold(&known.id, Some(known.account.user_name.clone()), hold);
                return;
            }
        }
        let (id, scim_id, user_name) = (known.id.clone(), known.scim_id.clone(), known.account.user_name.clone());
        if known.standing == Standing::Invited {
            self.notes.push(Note::InvitationOpen { id: id.clone(), user_name: user_name.clone() });
        }
        self.change(Change::Deactivate { id, scim_id, user_name, cause }, why);
    }

    fn wanted_in(&mut self, user: &DesiredUser) {
        let account = match &user.account {
            Ok(account) => account,
            Err(rejection) => {
                let (id, place, rejection) = (user.id.clone(), user.place.clone(), rejection.clone());
                self.notes.push(Note::Rejected { id, place, rejection });
                return;
            }
        };
        self.end_conflict(user, account);
        if let Some(hold) = self.holding(&user.id) {
            self.note_hold(&user.id, Some(account.user_name.clone()), hold);
            return;
        }
        match self.after.known.get(&user.id).cloned() {
            None => self.newcomer(user, account),
            Some(known) => match known.standing {
                Standing::Gone => self.newcomer(user, account),
                Standing::Invited => {
                    let (id, user_name) = (user.id.clone(), known.account.user_name);
                    self.notes.push(Note::InvitationPending { id, user_name });
                }
                Standing::Inactive => {
                    self.reactivate(
                        &known.id,
                        &known.scim_id.clone(),
                        &known.account.user_name,
                        &self.told(user, &user.place),
                    );
                    self.align(user, account, &known.scim_id, &known.account);
                }
                Standing::Active => self.align(user, account, &known.scim_id, &known.account),
            },
        }
    }

    /// A conflict whose member the listing shows is none: they can be adopted.
    fn end_conflict(&mut self, user: &DesiredUser, account: &Account) {
        let conflict = self.after.holds.get(&user.id).is_some_and(|hold| hold.reason == HoldReason::Conflict);
        if conflict && self.unmanaged.contains_key(&account.user_name) {
            self.after.holds.remove(&user.id);
        }
    }

    /// Somebody without an account of ours: a match is adopted, else an account is wanted.
    fn newcomer(&mut self, user: &DesiredUser, account: &Account) {
        let members = self.unmanaged.get(&account.user_name).map_or(0, Vec::len);
        if members == 0 && self.is_asked_for(&account.user_name) {
            let (id, user_name) = (user.id.clone(), account.user_name.clone());
            self.notes.push(Note::InDoubt { id, user_name, kind: Kind::Create });
            return;
        }
        if members == 0 {
            self.wanted.push((user.id.clone(), account.clone(), self.told(user, &user.place)));
            return;
        }
        let Some(member) = self.sole_match(&account.user_name) else {
            let (id, user_name) = (user.id.clone(), account.user_name.clone());
            self.notes.push(Note::AddressTakenByStranger { id, user_name });
            return;
        };
        if !self.adopt(&user.id, &member) {
            return;
        }
        if !member.active {
            self.reactivate(&user.id, &member.scim_id, &member.account.user_name, &self.told(user, &user.place));
        }
        self.align(user, account, &member.scim_id, &member.account);
    }

    /// Whether a create at this address, under another id of perhaps the same person, still waits for its answer.
    fn is_asked_for(&self, user_name: &UserName) -> bool {
        let is_it =
            |change: &Change| matches!(change, Change::Create { account, .. } if account.user_name == *user_name);
        self.after.doubts.values().any(|doubt| is_it(&doubt.change))
    }

    /// Takes a match under management, or reports it. Says whether it was taken: by one person at most.
    fn adopt(&mut self, id: &SourceId, member: &Member) -> bool {
        if !self.taken.insert(member.scim_id.clone()) {
            return false;
        }
        let (id, member) = (id.clone(), member.clone());
        let adopts = self.inputs.policy.matches == Matches::Adopt;
        if adopts {
            self.adoptions.push(Adoption { id, member });
        } else {
            self.notes.push(Note::Match { id, member });
        }
        adopts
    }

    fn reactivate(&mut self, id: &SourceId, scim_id: &ScimId, user_name: &UserName, place: &str) {
        let (id, scim_id, user_name) = (id.clone(), scim_id.clone(), user_name.clone());
        self.change(Change::Reactivate { id, scim_id, user_name }, format!("active at the directory ({place})"));
    }

    /// Address and name as the directory has them. A change of case alone is none.
    fn align(&mut self, user: &DesiredUser, account: &Account, scim_id: &ScimId, now: &Account) {
        if account.user_name != now.user_name {
            self.moves.push(Move {
                id: user.id.clone(),
                scim_id: scim_id.clone(),
                from: now.user_name.clone(),
                to: account.user_name.clone(),
                place: self.told(user, &user.place),
            });
        }
        if account.name != now.name {
            let change = Change::Rename {
                id: user.id.clone(),
                scim_id: scim_id.clone(),
                user_name: now.user_name.clone(),
                from: now.name.clone(),
                to: account.name.clone(),
            };
            self.change(change, format!("the directory's name ({})", self.told(user, &user.place)));
        }
    }

    /// Accounts that are wanted are created where the address is free, or is freed by this plan.
    pub(super) fn place_creates(&mut self) {
        for (id, account, place) in std::mem::take(&mut self.wanted) {
            let holder = self.holder(&account.user_name, &id).map(|known| known.id.clone());
            if let Some(holder) =
                holder.filter(|_| !self.is_freed(&account.user_name) && !Bug::ReusedAddressIsFree.is_planted())
            {
                self.note_taken(id, account.user_name, holder);
                continue;
            }
            self.change(Change::Create { id, account }, format!("in the directory ({place}), not in the team"));
        }
    }

    /// Whether a readdress of this plan frees the address.
    fn is_freed(&self, user_name: &UserName) -> bool {
        self.changes
            .iter()
            .any(|planned| matches!(&planned.change, Change::Readdress { from, .. } if from == user_name))
    }

    /// An address that another managed person's account has. Where that person is no longer wanted, it is most
    /// likely the same human under a new directory id, or a leaver's address given to a newcomer.
    pub(super) fn note_taken(&mut self, id: SourceId, user_name: UserName, holder: SourceId) {
        let still_wanted =
            self.people.get(&holder).is_some_and(|user| matches!(user.wanted, Wanted::In | Wanted::Unknown(_)));
        if still_wanted {
            self.notes.push(Note::AddressTaken { id, user_name, holder });
        } else {
            self.note_new_id(id, holder, user_name);
        }
    }

    /// Two paths can come to this conclusion about two people.
    pub(super) fn note_new_id(&mut self, new: SourceId, bound_to: SourceId, user_name: UserName) {
        if self.clashes.insert((new.clone(), bound_to.clone())) {
            self.notes.push(Note::NewDirectoryId { new, bound_to, user_name });
        }
    }

    fn sole_match(&self, user_name: &UserName) -> Option<Member> {
        match self.unmanaged.get(user_name).map(Vec::as_slice) {
            Some([member]) => Some(member.clone()),
            _ => None,
        }
    }

    fn holding(&self, id: &SourceId) -> Option<Hold> {
        self.after.holds.get(id).filter(|hold| hold.holds_at(self.inputs.now)).cloned()
    }

    fn note_hold(&mut self, id: &SourceId, user_name: Option<UserName>, hold: Hold) {
        self.notes.push(Note::Held { id: id.clone(), user_name, hold });
    }
}
