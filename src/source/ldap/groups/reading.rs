//! One reading of groups: each found, read to its end with the groups inside it, and counted once.
//!
//! Never: takes a part of a group for the whole, or follows groups without a bound.

use std::collections::{BTreeMap, BTreeSet};

use ldap3::ldap_escape;

use super::find::{self, Group, Places, Sought};
use super::nesting::{self, Inside, Members, TooDeep};
use super::primary::{self, Rid};
use super::{Wanted, members, people};
use crate::config::ldap_source::{Directory, LdapSettings, Membership};
use crate::core::evidence::Followed;
use crate::source::SourceError;
use crate::source::ldap::dn::Key;
use crate::source::ldap::entry::Entry;
use crate::source::ldap::session::{NO_ATTRIBUTES, Scope, Session};

/// LDAP_MATCHING_RULE_IN_CHAIN ([MS-ADTS] 3.1.1.3.4.4.3).
const IN_CHAIN: &str = ":1.2.840.113556.1.4.1941:";
/// Groups inside others that are read at most.
const READ_MAX: usize = 10_000;

/// One reading of the groups, with what is known of them so far.
pub struct Reading<'a> {
    pub session: &'a mut Session,
    pub settings: &'a LdapSettings,
    pub places: Places,
    /// Every group there is, where members have to be told from groups.
    all: find::Known,
    /// The groups read so far.
    read: BTreeMap<Key, Members>,
    pub followed: Followed,
    /// Entries outside `places` that groups were looked for directly below.
    beside: BTreeSet<String>,
}

impl<'a> Reading<'a> {
    pub async fn begin(session: &'a mut Session, settings: &'a LdapSettings) -> Result<Reading<'a>, SourceError> {
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
        self.settings.groups.nested && !self.server_follows()
    }

    /// Whether the server does it, so that what a group itself lists is not all that is in it.
    pub fn server_follows(&self) -> bool {
        match self.settings.groups.membership {
            Membership::Chain => true,
            Membership::MemberOf => self.settings.directory == Directory::FreeIpa,
            Membership::Member => false,
        }
    }

    /// The groups of `scope.groups`. Errors: one of them is not there exactly once, is empty, or could not be read to its end.
    pub async fn wanted(&mut self) -> Result<Vec<Wanted>, SourceError> {
        let settings = self.settings;
        let mut wanted = Vec::new();
        for name in &settings.groups.wanted {
            let sought = Sought { name, key: "scope.groups", attributes: &[] };
            let entry = find::one(self.session, &self.places, settings.directory, sought).await?;
            let inside = self.inside(&Group::of(&entry)).await?;
            if inside.is_empty() {
                return Err(self.empty(name));
            }
            wanted.push(Wanted { name: name.clone(), inside });
        }
        Ok(wanted)
    }

    /// Everybody in a group.
    pub async fn inside(&mut self, group: &Group) -> Result<Inside, SourceError> {
        let mut inside = match self.settings.groups.membership {
            Membership::Chain => self.chain(group).await?,
            Membership::Member | Membership::MemberOf => self.walk(group).await?,
        };
        inside.primary = self.primary(&inside.rids).await?;
        Ok(inside)
    }

    /// Reads the group and every group inside it, each once.
    async fn walk(&mut self, wanted: &Group) -> Result<Inside, SourceError> {
        let mut now_read = Vec::new();
        if let Err(error) = self.go_down(wanted, &mut now_read).await {
            // A group with an unread one in it would pass for a whole one in the next group that holds it.
            for key in now_read {
                self.read.remove(&key);
            }
            return Err(error);
        }
        nesting::inside(wanted.key, &self.read).map_err(|TooDeep| {
            let depth = nesting::DEPTH_MAX;
            self.refused(format!(
                "{} holds groups inside groups more than {depth} deep; name the inner ones",
                wanted.dn
            ))
        })
    }

    async fn go_down(&mut self, wanted: &Group, now_read: &mut Vec<Key>) -> Result<(), SourceError> {
        let mut unread = vec![wanted.clone()];
        while let Some(group) = unread.pop() {
            if self.read.contains_key(&group.key) {
                continue;
            }
            if self.read.len() == READ_MAX {
                return Err(self.refused(format!(
                    "the groups that are asked for hold more than {READ_MAX} other groups; name smaller ones"
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
            now_read.push(group.key);
        }
        Ok(())
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
                    "the members of groups are below more than {READ_MAX} entries outside group_bases; widen group_bases"
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
