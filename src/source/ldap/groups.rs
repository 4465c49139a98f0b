//! The groups of `scope.groups`: found, read to the end, and kept as one short hash a member.
//!
//! A group that is missing, hidden, incomplete or empty fails the reading: an empty group is far more often a lost right than
//! a team that everybody left.
//!
//! Never: keeps names of members, takes a part of a group for the whole, or follows groups without a bound.

mod find;
mod members;
mod nesting;
mod primary;
mod range;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use ldap3::ldap_escape;

use self::find::{Group, Places};
use self::nesting::{Inside, Members, TooDeep};
use self::primary::Rid;
use super::dn::Key;
use super::entry::Entry;
use super::session::{NO_ATTRIBUTES, Scope, Session};
use crate::config::ldap_source::{Directory, LdapSettings, Membership};
use crate::core::evidence::{Followed, Nesting};
use crate::source::SourceError;

/// LDAP_MATCHING_RULE_IN_CHAIN ([MS-ADTS] 3.1.1.3.4.4.3).
const IN_CHAIN: &str = ":1.2.840.113556.1.4.1941:";
/// Groups inside the wanted ones that are read at most.
const READ_MAX: usize = 10_000;

/// Who is in the wanted groups, as it was when they were read.
#[derive(Debug)]
pub struct Groups {
    membership: Membership,
    wanted: Vec<Wanted>,
    /// The groups that were read, where groups inside groups are followed here.
    followed: Followed,
}

/// One group of `scope.groups`.
#[derive(Debug)]
struct Wanted {
    /// As it was configured.
    name: String,
    inside: Inside,
}

impl Groups {
    /// Reads them. Errors: one of them is not there exactly once, is empty, or could not be read to its end.
    pub async fn read(session: &mut Session, settings: &LdapSettings) -> Result<Groups, SourceError> {
        let membership = settings.groups.membership;
        let mut groups = Groups { membership, wanted: Vec::new(), followed: Followed::new() };
        if settings.groups.wanted.is_empty() {
            return Ok(groups);
        }
        let mut reading = Reading::begin(session, settings).await?;
        for name in &settings.groups.wanted {
            let group = reading.find(name).await?;
            let mut inside = match membership {
                Membership::Chain => reading.chain(&group).await?,
                Membership::Member | Membership::MemberOf => reading.walk(&group).await?,
            };
            inside.primary = reading.primary(&inside.rids).await?;
            if inside.entries.is_empty() && inside.uids.is_empty() && inside.primary.is_empty() {
                return Err(reading.empty(name));
            }
            groups.wanted.push(Wanted { name: name.clone(), inside });
        }
        groups.followed = reading.followed;
        Ok(groups)
    }

    /// For the evidence. Where the server follows groups inside groups, or nobody should, nothing can be missed here.
    pub fn nesting(&self) -> Nesting {
        if self.followed.is_empty() {
            return Nesting::default();
        }
        let others = self.wanted.iter().flat_map(|wanted| wanted.inside.entries.iter().map(|key| key.number()));
        Nesting { followed: self.followed.clone(), others: nesting::set(others.collect()) }
    }

    /// What each person has to be asked for, so that `of` can tell.
    pub fn attributes(&self) -> &'static [&'static str] {
        let by_uid = self.wanted.iter().any(|wanted| !wanted.inside.uids.is_empty());
        match (self.membership, by_uid) {
            _ if self.wanted.is_empty() => &[],
            (Membership::MemberOf, _) => &["memberOf"],
            (Membership::Member | Membership::Chain, true) => &["uid"],
            (Membership::Member | Membership::Chain, false) => &[],
        }
    }

    /// The configured names of the wanted groups.
    pub fn names(&self) -> Vec<String> {
        self.wanted.iter().map(|wanted| wanted.name.clone()).collect()
    }

    /// The wanted groups that a person is in, under their configured names. Errors: what the server says of the person's groups
    /// is not whole, or contradicts itself; why, in words without the person.
    pub fn of(&self, person: &Entry) -> Result<Vec<String>, &'static str> {
        if self.wanted.is_empty() {
            return Ok(Vec::new());
        }
        if self.membership == Membership::MemberOf && person.ranged("memberOf").is_some() {
            return Err(
                "the server sends only a part of memberOf for people in very many groups; set membership = \"chain\"",
            );
        }
        let keys = |name: &str, key: fn(&str) -> Key| person.texts(name).into_iter().map(key).collect::<Vec<Key>>();
        let any = |set: &[Key], keys: &[Key]| keys.iter().any(|key| set.binary_search(key).is_ok());
        let dn = [Key::of(&person.dn)];
        let (groups, uids) = match self.membership {
            Membership::MemberOf => (keys("memberOf", Key::of), Vec::new()),
            Membership::Member | Membership::Chain => (Vec::new(), keys("uid", Key::of_name)),
        };
        let is_in = |inside: &Inside| {
            any(&inside.primary, &dn)
                || match self.membership {
                    Membership::MemberOf => any(&inside.groups, &groups),
                    Membership::Member | Membership::Chain => any(&inside.entries, &dn) || any(&inside.uids, &uids),
                }
        };
        let in_them = self.wanted.iter().filter(|wanted| is_in(&wanted.inside));
        let in_them: Vec<String> = in_them.map(|wanted| wanted.name.clone()).collect();
        let is_listed = || self.wanted.iter().any(|wanted| any(&wanted.inside.entries, &dn));
        // A replica that is being filled has groups before it has made memberOf of them.
        if in_them.is_empty() && self.membership == Membership::MemberOf && is_listed() {
            return Err(
                "a group lists the person as a member, and the person's memberOf does not name the group; repair memberOf, or set \
                 membership = \"member\"",
            );
        }
        Ok(in_them)
    }

    /// What was read, for the evidence: `postman-users: 812 members, 800 of them people who were read, 3 groups inside`. One text
    /// a group. `people`: how many of the people who were read are in each.
    pub fn checked(&self, people: &BTreeMap<String, usize>) -> Vec<String> {
        let one = |Wanted { name, inside }: &Wanted| {
            let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
            let members = inside.entries.len() + inside.uids.len() + inside.primary.len();
            let mut text = format!("{name}: {}", count(members, "member"));
            text.push_str(&match people.get(name).copied().unwrap_or_default() {
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
        };
        self.wanted.iter().map(one).collect()
    }
}

#[cfg(test)]
impl Groups {
    /// For tests: no groups are wanted.
    pub fn none() -> Self {
        Self { membership: Membership::Member, wanted: Vec::new(), followed: Followed::new() }
    }
}

/// One reading of the groups, with what is known of them so far.
struct Reading<'a> {
    session: &'a mut Session,
    settings: &'a LdapSettings,
    places: Places,
    /// Every group there is, where members have to be told from groups.
    all: find::Known,
    /// The groups read so far.
    read: BTreeMap<Key, Members>,
    followed: Followed,
    /// Entries outside `places` that groups were looked for directly below.
    beside: BTreeSet<String>,
}

impl<'a> Reading<'a> {
    async fn begin(session: &'a mut Session, settings: &'a LdapSettings) -> Result<Reading<'a>, SourceError> {
        let places =
            Places::of(settings, &session.root().naming_contexts).map_err(|reason| session.malformed(reason))?;
        let (all, read, followed, beside) = Default::default();
        let mut reading = Self { session, settings, places, all, read, followed, beside };
        if reading.walks() {
            reading.all = find::all(reading.session, &reading.places, settings.directory).await?;
        }
        Ok(reading)
    }

    /// Whether groups inside groups are looked for here: Active Directory's rule does it for us, and FreeIPA keeps `memberOf`
    /// of people for those too.
    fn walks(&self) -> bool {
        let by_server = match self.settings.groups.membership {
            Membership::Chain => true,
            Membership::MemberOf => self.settings.directory == Directory::FreeIpa,
            Membership::Member => false,
        };
        self.settings.groups.nested && !by_server
    }

    async fn find(&mut self, name: &str) -> Result<Group, SourceError> {
        find::one(self.session, &self.places, self.settings.directory, name).await
    }

    /// Reads the group and every group inside it, each once.
    async fn walk(&mut self, wanted: &Group) -> Result<Inside, SourceError> {
        let mut unread = vec![wanted.clone()];
        while let Some(group) = unread.pop() {
            if self.read.contains_key(&group.key) {
                continue;
            }
            if self.read.len() == READ_MAX {
                return Err(self.refused(format!(
                    "the groups of scope.groups hold more than {READ_MAX} other groups; name smaller ones"
                )));
            }
            let mut members = members::read(self.session, &group.dn, self.settings.directory).await?;
            if self.walks() {
                self.followed.insert(group.key.number(), group.dn);
                self.look_beside(std::mem::take(&mut members.above)).await?;
            }
            let inner =
                members.entries.iter().filter_map(|key| Some(Group { key: *key, dn: self.all.get(key)?.clone() }));
            unread.extend(inner);
            self.read.insert(group.key, members);
        }
        nesting::inside(wanted.key, &self.read).map_err(|TooDeep| {
            let depth = nesting::DEPTH_MAX;
            self.refused(format!(
                "{} holds groups inside groups more than {depth} deep; name the inner ones",
                wanted.dn
            ))
        })
    }

    /// A group inside counts wherever it is: `group_bases` say where names are looked for. Members are below few entries, so
    /// these are searched, and not every member.
    async fn look_beside(&mut self, above: BTreeSet<String>) -> Result<(), SourceError> {
        for above in above {
            if self.beside.contains(&above) || self.places.cover(&above) {
                continue;
            }
            if self.beside.len() == READ_MAX {
                return Err(self.refused(format!(
                    "the members of scope.groups are below more than {READ_MAX} entries outside group_bases; widen group_bases"
                )));
            }
            find::beside(self.session, &above, self.settings.directory, &mut self.all).await?;
            self.beside.insert(above);
        }
        Ok(())
    }

    /// Asks for the people by the rule that follows groups inside groups, and for those groups, for their numbers.
    async fn chain(&mut self, wanted: &Group) -> Result<Inside, SourceError> {
        let rule = if self.settings.groups.nested { IN_CHAIN } else { "" };
        let in_it = format!("(memberOf{rule}={})", ldap_escape(wanted.dn.as_str()));
        let own = members::numbered(self.session, &wanted.dn).await?;
        let mut inside = Inside { groups: vec![wanted.key], rids: own.into_iter().collect(), ..Inside::default() };
        inside.entries = self.people(&in_it, NO_ATTRIBUTES, |_| true).await?;
        if self.settings.groups.nested {
            let groups = format!("(&{}{in_it})", find::filter(self.settings.directory));
            for base in &self.places.bases {
                let mut each = |entry: Entry| {
                    inside.groups.push(Key::of(&entry.dn));
                    inside.rids.extend(primary::rid(&entry));
                    Ok(())
                };
                self.session.search(base, Scope::Subtree, &groups, &["objectSid"], &mut each).await?;
            }
        }
        inside.groups = nesting::set(inside.groups);
        Ok(inside)
    }

    /// The people who have one of these groups as their primary group.
    async fn primary(&mut self, rids: &[Rid]) -> Result<Vec<Key>, SourceError> {
        let mut found = Vec::new();
        for (domain, filter) in primary::filters(rids) {
            found.extend(self.people(&filter, "objectSid", |person| primary::is_of(&domain, person)).await?);
        }
        Ok(nesting::set(found))
    }

    /// The people whom a condition finds, and who pass; asked for one attribute.
    async fn people(
        &mut self,
        condition: &str,
        attribute: &str,
        passes: impl Fn(&Entry) -> bool + Send + Sync,
    ) -> Result<Vec<Key>, SourceError> {
        let mut found = Vec::new();
        let filter = people(self.settings, condition);
        for base in &self.settings.bases {
            let mut each = |entry: Entry| {
                found.extend(passes(&entry).then(|| Key::of(&entry.dn)));
                Ok(())
            };
            self.session.search(base, Scope::Subtree, &filter, &[attribute], &mut each).await?;
        }
        Ok(nesting::set(found))
    }

    fn empty(&self, name: &str) -> SourceError {
        let who = match self.settings.groups.membership {
            Membership::Chain => "nobody below source.bases is in it",
            Membership::Member | Membership::MemberOf => "it is empty",
        };
        self.refused(format!(
            "scope.groups: {name}: {who}, or the account that reads may not see its members; if it really is empty, remove it \
             from scope.groups"
        ))
    }

    fn refused(&self, reason: String) -> SourceError {
        self.session.malformed(reason)
    }
}

/// The people of `source.filter` who match one condition more.
pub fn people(settings: &LdapSettings, condition: &str) -> String {
    let filter = settings.filter.trim();
    if filter.starts_with('(') { format!("(&{filter}{condition})") } else { format!("(&({filter}){condition})") }
}
