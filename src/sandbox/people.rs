//! What SCIM does to people: create, invite, update, deactivate, reactivate, and who is seen by whom.
//!
//! Never: parses a request or words an answer.

use serde::{Deserialize, Serialize};

use super::errors::ScimError;
use super::knobs::{
    Deactivated, ExistingName, InviteVisibility, ManualInvite, NotInTeam, PostDeactivated, PostGroups, TakenUserName,
};
use super::team::{Elsewhere, Person, Plan, Standing, Team};

/// Something a request did to the team. A request that changed nothing did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    Created,
    Invited,
    Deactivated,
    Reactivated,
    Readdressed,
    Renamed,
    GroupCreated,
    GroupRenamed,
    MembersAdded,
    MembersRemoved,
    GroupDeleted,
}

/// The understood part of a POST.
pub(super) struct NewUser {
    pub user_name: String,
    pub given: String,
    pub family: String,
    pub active: bool,
    pub external_id: Option<String>,
    /// SCIM ids of groups to be in at once.
    pub groups: Vec<String>,
}

/// The understood part of a PUT or PATCH; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Update {
    pub user_name: Option<String>,
    pub given: Option<String>,
    pub family: Option<String>,
    pub active: Option<bool>,
}

impl Team {
    /// POST. Says where the person stands in `people` and what was done.
    pub(super) fn create(&mut self, new: &NewUser) -> Result<(usize, Done), ScimError> {
        if self.plan != Plan::Enterprise {
            return Err(ScimError::Plan);
        }
        [&new.user_name, &new.given, &new.family].into_iter().try_for_each(|text| self.check_length(text))?;
        let known = self.position(&new.user_name);
        let becomes = match known {
            None => Standing::Active,
            Some(at) => self.admission(&self.people[at], &new.user_name)?,
        };
        if !self.seat_free() && new.active {
            return Err(ScimError::NoSeat);
        }
        let at = known.unwrap_or_else(|| self.enter(&new.user_name, &new.given, &new.family, Standing::Outside));
        let was = self.people[at].standing;
        self.settle_name(at, new, known.is_none());
        self.stand(at, becomes);
        if becomes == Standing::Active && !new.active {
            self.stand(at, Standing::Deactivated);
        }
        self.settle_listing(at, new.external_id.clone());
        if self.knobs.post_groups == PostGroups::Joined && self.people[at].standing == Standing::Active {
            self.join_groups(at, &new.groups);
        }
        Ok((at, created_as(was, becomes)))
    }

    /// What POST makes of an account that exists, or why it does not.
    fn admission(&self, person: &Person, user_name: &str) -> Result<Standing, ScimError> {
        match person.standing {
            Standing::Active | Standing::InvitedByScim => return Err(ScimError::AlreadyMember),
            Standing::InvitedByHand if self.knobs.manual_invite == ManualInvite::Conflict => {
                return Err(ScimError::AlreadyMember);
            }
            Standing::Deactivated if self.knobs.post_deactivated == PostDeactivated::Conflict => {
                return Err(ScimError::AlreadyMember);
            }
            _ => self.removal_over(person)?,
        }
        if person.standing == Standing::Deactivated || self.domain_verified(user_name) {
            return Ok(Standing::Active);
        }
        match person.elsewhere {
            Elsewhere::OtherTeam => Err(ScimError::OtherTeam),
            Elsewhere::NoTeam => Ok(Standing::InvitedByScim),
        }
    }

    fn settle_name(&mut self, at: usize, new: &NewUser, is_new: bool) {
        if is_new || self.knobs.existing_name == ExistingName::Overwritten {
            let person = self.touch(at);
            person.given.clone_from(&new.given);
            person.family.clone_from(&new.family);
        }
    }

    fn settle_listing(&mut self, at: usize, sent_external_id: Option<String>) {
        let lag = self.knobs.lag_requests;
        let listed_from = if lag > 0 { self.moment.seq + 1 + lag } else { 0 };
        self.lags_until = self.lags_until.max(listed_from);
        let person = self.touch(at);
        person.listed_from = listed_from;
        person.sent_external_id = sent_external_id;
    }

    pub(super) fn check_length(&self, text: &str) -> Result<(), ScimError> {
        let chars_max = self.knobs.name_chars_max;
        let fits = chars_max == 0 || text.chars().count() <= chars_max;
        if fits { Ok(()) } else { Err(ScimError::Syntax) }
    }

    fn removal_over(&self, person: &Person) -> Result<(), ScimError> {
        let delay_s = self.knobs.removal_delay_s;
        match person.left_s {
            Some(left_s) if delay_s > 0 && self.moment.now_s < left_s.saturating_add(delay_s) => {
                Err(ScimError::RemovalInProgress)
            }
            _ => Ok(()),
        }
    }

    /// PUT and PATCH: all of it or, with an error, none of it.
    pub(super) fn update(&mut self, at: usize, update: &Update) -> Result<Vec<Done>, ScimError> {
        let person = &self.people[at];
        let texts = [&update.user_name, &update.given, &update.family].into_iter().flatten();
        texts.into_iter().try_for_each(|text| self.check_length(text))?;
        let user_name = update.user_name.as_ref().filter(|new| **new != person.user_name);
        if let Some(new) = user_name {
            self.check_user_name(at, new)?;
        }
        let becomes = self.standing_after(person, update.active)?;
        let given = update.given.clone().unwrap_or_else(|| person.given.clone());
        let family = update.family.clone().unwrap_or_else(|| person.family.clone());
        let renamed = given != person.given || family != person.family;

        let mut done = Vec::new();
        if let Some(new) = user_name {
            self.readdress(at, new);
            done.push(Done::Readdressed);
        }
        if renamed {
            let now_s = self.moment.now_s;
            let person = self.touch(at);
            (person.given, person.family, person.modified_s) = (given, family, now_s);
            done.push(Done::Renamed);
        }
        if let Some((standing, what)) = becomes {
            self.stand(at, standing);
            done.push(what);
        }
        Ok(done)
    }

    fn check_user_name(&self, at: usize, new: &str) -> Result<(), ScimError> {
        if !is_email(new) {
            return Err(ScimError::MalformedEmail);
        }
        if !self.domain_verified(new) {
            return Err(ScimError::UnverifiedDomain);
        }
        match self.position(new) {
            Some(other) if other != at => Err(match self.knobs.taken_user_name {
                TakenUserName::BadRequest => ScimError::UserNameFailed,
                TakenUserName::Conflict => ScimError::AlreadyMember,
            }),
            _ => Ok(()),
        }
    }

    /// `active` set to what it is already changes nothing. It never accepts an invitation, but it can end one.
    fn standing_after(&self, person: &Person, active: Option<bool>) -> Result<Option<(Standing, Done)>, ScimError> {
        match (person.standing, active) {
            (Standing::Deactivated, Some(true)) => {
                self.removal_over(person)?;
                if !self.seat_free() {
                    return Err(ScimError::NoSeat);
                }
                Ok(Some((Standing::Active, Done::Reactivated)))
            }
            (Standing::Deactivated | Standing::Outside, _) | (_, None | Some(true)) => Ok(None),
            (_, Some(false)) => Ok(Some((Standing::Deactivated, Done::Deactivated))),
        }
    }

    /// By id, for GET: 404 for whoever is not to be seen.
    pub(super) fn seen_by_id(&self, id: &str) -> Result<usize, ScimError> {
        self.position_of_id(id)
            .filter(|at| self.shown_active(&self.people[*at]).is_some())
            .ok_or(ScimError::PersonNotFound)
    }

    /// By id, for PUT and PATCH.
    pub(super) fn writable_by_id(&self, id: &str) -> Result<usize, ScimError> {
        self.seen_by_id(id).map_err(|error| match self.knobs.not_in_team {
            NotInTeam::NotFound => error,
            NotInTeam::Forbidden => ScimError::PersonForbidden,
        })
    }

    /// The `active` a resource shows; `None` for whoever SCIM does not see.
    pub(super) fn shown_active(&self, person: &Person) -> Option<bool> {
        match person.standing {
            Standing::Active => Some(true),
            Standing::Deactivated => Some(false),
            Standing::InvitedByScim | Standing::InvitedByHand => match self.knobs.invite_visibility {
                InviteVisibility::Hidden => None,
                InviteVisibility::ListedInactive => Some(false),
                InviteVisibility::ListedActive => Some(true),
            },
            Standing::Outside => None,
        }
    }

    /// Whether listings show them by now.
    pub(super) fn is_listed(&self, person: &Person) -> bool {
        let hidden = person.standing == Standing::Deactivated && self.knobs.deactivated == Deactivated::Unlisted;
        !hidden && self.shown_active(person).is_some() && self.moment.seq >= person.listed_from
    }
}

fn created_as(was: Standing, becomes: Standing) -> Done {
    match (was, becomes) {
        (Standing::Deactivated, _) => Done::Reactivated,
        (_, Standing::InvitedByScim) => Done::Invited,
        _ => Done::Created,
    }
}

/// As much of RFC 5321 as matters here: one `@`, something on both sides, a dot in the domain, no white space.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains('@') && !part.contains(char::is_whitespace);
    plain(local) && plain(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
}
