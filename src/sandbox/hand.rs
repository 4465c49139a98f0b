//! What people do to a team in the web application, without SCIM: admins edit, invitees accept, keys are revoked.
//! Tests reach it through `Sandbox::edit`.
//!
//! Never: asks for a key, minds a knob of the SCIM service, or appears in the request log.

use super::groups::{Group, Maker, Role};
use super::knobs::InviteSeat;
use super::team::{KeyState, Standing, Team};

impl Team {
    /// An admin adds a member, or brings one back. Returns the SCIM id.
    pub fn add_by_hand(&mut self, user_name: &str, given: &str, family: &str) -> String {
        let at = self.known_or_new(user_name, given, family);
        self.stand(at, Standing::Active);
        self.people[at].id.clone()
    }

    /// An admin sends an invitation. False if the person is in the team already.
    pub fn invite_by_hand(&mut self, user_name: &str) -> bool {
        let at = self.known_or_new(user_name, "Invited", "Person");
        let outside = self.people[at].standing == Standing::Outside;
        if outside {
            self.stand(at, Standing::InvitedByHand);
        }
        outside
    }

    /// The invitee says yes. False without an open invitation or without a free seat.
    pub fn accept_invite(&mut self, user_name: &str) -> bool {
        let Some(at) = self.invited(user_name) else { return false };
        // An invitation may hold the very seat its acceptance needs.
        let freed = u32::from(self.knobs.invite_seat == InviteSeat::Held);
        if self.seats.is_some_and(|seats| self.seats_used() - freed >= seats) {
            return false;
        }
        self.stand(at, Standing::Active);
        true
    }

    /// An admin takes an invitation back. False without an open invitation.
    pub fn revoke_invite(&mut self, user_name: &str) -> bool {
        let Some(at) = self.invited(user_name) else { return false };
        self.stand(at, Standing::Outside);
        // They were never in the team, so no removal is under way.
        self.touch(at).left_s = None;
        true
    }

    /// False if there is no such active member.
    pub fn deactivate_by_hand(&mut self, user_name: &str) -> bool {
        self.move_by_hand(user_name, &[Standing::Active], Standing::Deactivated)
    }

    /// False if there is no such deactivated member.
    pub fn reactivate_by_hand(&mut self, user_name: &str) -> bool {
        self.move_by_hand(user_name, &[Standing::Deactivated], Standing::Active)
    }

    /// An admin removes a member for good; the Postman account stays. False if there is no such member.
    pub fn remove_by_hand(&mut self, user_name: &str) -> bool {
        self.move_by_hand(user_name, &[Standing::Active, Standing::Deactivated], Standing::Outside)
    }

    /// False if nobody has that userName.
    pub fn rename_by_hand(&mut self, user_name: &str, given: &str, family: &str) -> bool {
        let Some(at) = self.position(user_name) else { return false };
        let now_s = self.moment.now_s;
        let person = self.touch(at);
        person.given = given.to_owned();
        person.family = family.to_owned();
        person.modified_s = now_s;
        true
    }

    /// False if nobody has the old userName, or somebody else the new one.
    pub fn readdress_by_hand(&mut self, from: &str, to: &str) -> bool {
        let Some(at) = self.position(from) else { return false };
        if self.position(to).is_some_and(|other| other != at) {
            return false;
        }
        Team::readdress(self, at, to);
        true
    }

    /// Makes, revokes or orphans a key. The bare key, without a scheme word.
    pub fn set_key(&mut self, key: &str, state: KeyState) {
        self.keys.insert(key.to_owned(), state);
    }

    pub fn verify_domain(&mut self, domain: &str) {
        self.verified.insert(domain.to_ascii_lowercase());
    }

    /// An admin makes a group with those of `members` (userNames) who are active. Returns its SCIM id.
    pub fn add_group_by_hand(&mut self, name: &str, role: Role, members: &[&str]) -> String {
        let places = members.iter().filter_map(|user_name| self.active(user_name)).collect();
        self.enter_group(name, role, Maker::Hand, places)
    }

    /// False if there is no such group.
    pub fn rename_group_by_hand(&mut self, name: &str, to: &str) -> bool {
        self.edit_group(name, |group| to.clone_into(&mut group.name))
    }

    /// False if there is no such group, or no such active member.
    pub fn join_by_hand(&mut self, name: &str, user_name: &str) -> bool {
        let Some(at) = self.active(user_name) else { return false };
        self.edit_group(name, |group| _ = group.members.insert(at))
    }

    /// False if there is no such group, or no such active member.
    pub fn leave_by_hand(&mut self, name: &str, user_name: &str) -> bool {
        let Some(at) = self.active(user_name) else { return false };
        self.edit_group(name, |group| _ = group.members.remove(&at))
    }

    /// The members stay. False if there is no such group.
    pub fn delete_group_by_hand(&mut self, name: &str) -> bool {
        let number = self.find_group(name).map(|group| group.number);
        if let Some(number) = number {
            self.set_group(number, None);
        }
        number.is_some()
    }

    fn edit_group(&mut self, name: &str, change: impl FnOnce(&mut Group)) -> bool {
        let Some(mut group) = self.find_group(name).cloned() else { return false };
        change(&mut group);
        group.modified_s = self.moment.now_s;
        self.set_group(group.number, Some(group));
        true
    }

    fn active(&self, user_name: &str) -> Option<usize> {
        self.position(user_name).filter(|at| self.people[*at].standing == Standing::Active)
    }

    fn known_or_new(&mut self, user_name: &str, given: &str, family: &str) -> usize {
        self.position(user_name).unwrap_or_else(|| self.enter(user_name, given, family, Standing::Outside))
    }

    fn invited(&self, user_name: &str) -> Option<usize> {
        let at = self.position(user_name)?;
        matches!(self.people[at].standing, Standing::InvitedByScim | Standing::InvitedByHand).then_some(at)
    }

    fn move_by_hand(&mut self, user_name: &str, from: &[Standing], to: Standing) -> bool {
        let Some(at) = self.position(user_name) else { return false };
        let moves = from.contains(&self.people[at].standing);
        if moves {
            self.stand(at, to);
        }
        moves
    }
}
