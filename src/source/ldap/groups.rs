//! The groups of `scope.groups` and of `[[group]]`: found, read to the end, and kept as one short hash a member.
//!
//! A group of the scope that is missing, hidden, incomplete or empty fails the reading: an empty group is far more often a lost
//! right than a team that everybody left. What is wrong with a group of `[[group]]` is told of that group alone (`pushed`).
//!
//! Never: keeps names of members, takes a part of a group for the whole, or follows groups without a bound.

mod asked;
mod find;
mod marks;
mod members;
mod nesting;
mod primary;
pub mod pushed;
mod range;
mod reading;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::marks::Marks;
use self::nesting::Inside;
use self::pushed::{Pushed, PushedGroup};
use self::reading::Reading;
use super::entry::Entry;
use super::session::Session;
use crate::config::ldap_source::{LdapSettings, Membership};
use crate::core::evidence::{Followed, Nesting};
use crate::source::SourceError;

/// Who is in the groups, as it was when they were read.
#[derive(Debug)]
pub struct Groups {
    membership: Membership,
    wanted: Vec<Wanted>,
    pushed: Pushed,
    /// The groups that were read, where groups inside groups are followed here.
    followed: Followed,
}

/// One group of `scope.groups`.
#[derive(Debug)]
pub struct Wanted {
    /// As it was configured.
    name: String,
    inside: Inside,
}

impl Groups {
    /// All of them, for a reading of everybody.
    pub async fn read(session: &mut Session, settings: &LdapSettings) -> Result<Groups, SourceError> {
        let size = session.pages().size;
        let groups = Self::read_all(session, settings).await;
        session.with_pages_of(size);
        groups
    }

    async fn read_all(session: &mut Session, settings: &LdapSettings) -> Result<Groups, SourceError> {
        if settings.groups.pushed.is_empty() {
            return Self::of_scope(session, settings).await;
        }
        let mut groups = Self::none(settings.groups.membership);
        let mut reading = match Reading::begin(session, settings).await {
            Ok(reading) => reading,
            Err(SourceError::Malformed { reason, .. }) if settings.groups.wanted.is_empty() => {
                groups.pushed = Pushed::unread(&settings.groups.pushed, &reason);
                return Ok(groups);
            }
            Err(error) => return Err(error),
        };
        groups.wanted = reading.wanted().await?;
        groups.pushed = reading.pushed().await?;
        groups.followed = reading.followed;
        Ok(groups)
    }

    /// Reads groups of `[[group]]` again after the people: which of them, by number, have lost somebody. Members are known by DN or
    /// uid, and whoever gets another one after the groups were read would look as if they had left.
    pub async fn lost(
        &self,
        session: &mut Session,
        settings: &LdapSettings,
        before: &[(usize, &PushedGroup)],
    ) -> Result<Vec<usize>, SourceError> {
        let by_list = self.membership == Membership::MemberOf;
        let by_name = |(_, group): &&(usize, &PushedGroup)| !by_list || !group.inside.primary.is_empty();
        let before: Vec<_> = before.iter().filter(by_name).copied().collect();
        if before.is_empty() {
            return Ok(Vec::new());
        }
        match asked::of_group(Reading::begin(session, settings).await)? {
            Ok(mut reading) => reading.lost(&before).await,
            Err(_) => Ok(before.iter().map(|(at, _)| *at).collect()),
        }
    }

    /// Those of the scope, for a look-up. Errors: one of them is not there exactly once, is empty, or could not be read to its end.
    pub async fn of_scope(session: &mut Session, settings: &LdapSettings) -> Result<Groups, SourceError> {
        let mut groups = Self::none(settings.groups.membership);
        if !settings.groups.wanted.is_empty() {
            let mut reading = Reading::begin(session, settings).await?;
            groups.wanted = reading.wanted().await?;
            groups.followed = reading.followed;
        }
        Ok(groups)
    }

    /// No group was asked for.
    pub fn none(membership: Membership) -> Self {
        Self { membership, wanted: Vec::new(), pushed: Pushed::default(), followed: Followed::new() }
    }

    /// For the evidence. Where the server follows groups inside groups, or nobody should, nothing can be missed here.
    pub fn nesting(&self) -> Nesting {
        if self.followed.is_empty() {
            return Nesting::default();
        }
        let others = self.wanted.iter().flat_map(|wanted| wanted.inside.entries.iter().map(|key| key.number()));
        Nesting { followed: self.followed.clone(), others: nesting::set(others.collect()) }
    }

    /// For the evidence: the same of each group of `[[group]]`, by its id.
    pub fn others(self) -> BTreeMap<String, Vec<u128>> {
        if self.followed.is_empty() { BTreeMap::new() } else { self.pushed.others() }
    }

    /// What each person has to be asked for, so that `of` can tell.
    pub fn attributes(&self) -> Vec<&'static str> {
        let by_uid = |inside: &Inside| !inside.uids.is_empty();
        let pushed_by_uid = self.pushed.insides().any(by_uid);
        let by_uid = pushed_by_uid || self.wanted.iter().any(|wanted| by_uid(&wanted.inside));
        match self.membership {
            _ if self.wanted.is_empty() && self.pushed.is_empty() => Vec::new(),
            Membership::MemberOf if pushed_by_uid => vec!["memberOf", "uid"],
            Membership::MemberOf => vec!["memberOf"],
            Membership::Member | Membership::Chain if by_uid => vec!["uid"],
            Membership::Member | Membership::Chain => Vec::new(),
        }
    }

    /// The configured names of the wanted groups.
    pub fn names(&self) -> Vec<String> {
        self.wanted.iter().map(|wanted| wanted.name.clone()).collect()
    }

    /// What says which groups a person is in.
    pub fn marks(&self, person: &Entry) -> Marks {
        if self.wanted.is_empty() && self.pushed.is_empty() {
            return Marks::default();
        }
        Marks::of(self.membership, person)
    }

    /// The wanted groups that a person is in, under their configured names. Errors: what the server says of the person's groups
    /// is not whole, or contradicts itself; why, in words without the person.
    pub fn of(&self, person: &Marks) -> Result<Vec<String>, &'static str> {
        if self.wanted.is_empty() {
            return Ok(Vec::new());
        }
        if person.is_cut {
            return Err(
                "the server sends only a part of memberOf for people in very many groups; set membership = \"chain\"",
            );
        }
        let in_them = self.wanted.iter().filter(|wanted| person.is_in(&wanted.inside));
        let in_them: Vec<String> = in_them.map(|wanted| wanted.name.clone()).collect();
        let is_listed = || self.wanted.iter().any(|wanted| person.is_named_by(&wanted.inside));
        // A replica that is being filled has groups before it has made memberOf of them.
        if in_them.is_empty() && self.membership == Membership::MemberOf && is_listed() {
            return Err(
                "a group lists the person as a member, and the person's memberOf does not name the group; repair memberOf, or set \
                 membership = \"member\"",
            );
        }
        Ok(in_them)
    }

    /// What was read, for the evidence, one text a group. `people`: how many of the people who were read are in each.
    pub fn checked(&self, people: &BTreeMap<String, usize>) -> Vec<String> {
        let people = |name: &str| people.get(name).copied().unwrap_or_default();
        self.wanted.iter().map(|Wanted { name, inside }| told(name, inside, people(name))).collect()
    }
}

/// `postman-users: 812 members, 800 of them people who were read, 3 groups inside`.
fn told(name: &str, inside: &Inside, people: usize) -> String {
    let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let members = inside.len();
    let mut text = format!("{name}: {}", count(members, "member"));
    text.push_str(&match people {
        0 => ", none of them a person who was read".into(),
        people if people == members => ", all of them people who were read".into(),
        people if people < members => format!(", {people} of them people who were read"),
        // A server that follows the groups inside has more people than the group itself has members.
        people => format!(", {people} people who were read are in it"),
    });
    match inside.groups.len().saturating_sub(1) {
        0 => {}
        n => text.push_str(&format!(", {} inside", count(n, "group"))),
    }
    if inside.empty > 0 {
        text.push_str(&format!(", {} of them empty", inside.empty));
    }
    text
}

/// The people of `source.filter` who match one condition more.
pub fn people(settings: &LdapSettings, condition: &str) -> String {
    let filter = settings.filter.trim();
    if filter.starts_with('(') { format!("(&{filter}{condition})") } else { format!("(&({filter}){condition})") }
}
