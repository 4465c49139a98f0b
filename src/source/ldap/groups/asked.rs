//! Finds and reads the groups that `[[group]]` asks for.
//!
//! Never: lets what is wrong with one of them be the end of the reading; only the server's failing is.

use super::find::{self, Group, Sought};
use super::nesting::Inside;
use super::pushed::{Pushed, PushedGroup};
use super::reading::Reading;
use crate::config::ldap_source::{Directory, Membership};
use crate::core::groups::rules::Asked;
use crate::source::ldap::dn::Dn;
use crate::source::ldap::entry::Entry;
use crate::source::ldap::id;
use crate::source::{ASKED_GROUPS_MAX, SourceError};

impl Reading<'_> {
    /// All of them, each read once. Errors: of the server, and not of a group.
    pub async fn pushed(&mut self) -> Result<Pushed, SourceError> {
        let settings = self.settings;
        let mut pushed = Pushed::default();
        for asked in &settings.groups.pushed {
            match of_group(self.matching(asked).await)? {
                Err(why) => pushed.refuse(asked, why),
                Ok(entries) => {
                    for entry in entries {
                        self.push(asked, &entry, &mut pushed).await?;
                    }
                }
            }
        }
        Ok(pushed)
    }

    /// The entries that a rule means.
    async fn matching(&mut self, asked: &Asked) -> Result<Vec<Entry>, SourceError> {
        let directory = self.settings.directory;
        let attributes = [find::name_attributes(directory), &[id::of_groups(self.settings), find::CLASS]].concat();
        match asked {
            Asked::One(name) => {
                let sought = Sought { name, key: "group.source", attributes: &attributes };
                Ok(vec![find::one(self.session, &self.places, directory, sought).await?])
            }
            Asked::Every { .. } if Dn::parse(&asked.text()).is_some() => Err(self.session.malformed(
                "group.source: a * stands in names and not in DNs; write the name alone, pm-*, and say with group_bases where groups are",
            )),
            Asked::Every { before, after } => {
                find::like(self.session, &self.places, directory, (before, after), &attributes).await
            }
        }
    }

    /// Reads one of them, unless another rule asked for it.
    async fn push(&mut self, asked: &Asked, entry: &Entry, pushed: &mut Pushed) -> Result<(), SourceError> {
        let Some(name) = name(entry, self.settings.directory, asked) else { return Ok(()) };
        let id = match id::of(entry, id::of_groups(self.settings)) {
            Ok(id) => id,
            Err(why) => {
                pushed.refuse(asked, format!("{} {why}", entry.dn));
                return Ok(());
            }
        };
        let group = Group::of(entry);
        if let Some(at) = pushed.groups.iter().position(|known| known.id == id) {
            if pushed.groups[at].group.key == group.key {
                pushed.answer(asked, name, at);
            } else {
                pushed.refuse(asked, format!("{} has the id of another group, {id}", group.dn));
            }
            return Ok(());
        }
        if pushed.groups.len() == ASKED_GROUPS_MAX {
            pushed.refuse(asked, format!("{name}: more than {ASKED_GROUPS_MAX} groups are asked for; ask for fewer"));
            return Ok(());
        }
        match of_group(self.inside(&group).await)? {
            Ok(inside)
                if inside.is_empty()
                    && let Some(why) = find::lists_nobody(entry) =>
            {
                pushed.refuse(asked, format!("{}: {why}", group.dn));
            }
            Ok(inside) => {
                pushed.answer(asked, name, pushed.groups.len());
                pushed.groups.push(PushedGroup { listed: self.listed(&inside), group, id, inside });
            }
            Err(why) if why.contains(&group.dn) => pushed.refuse(asked, why),
            Err(why) => pushed.refuse(asked, format!("{}: {why}", group.dn)),
        }
        Ok(())
    }

    /// Of these the ones that no longer have everybody whom they had.
    pub async fn lost(&mut self, before: &[(usize, &PushedGroup)]) -> Result<Vec<usize>, SourceError> {
        let mut lost = Vec::new();
        for (at, pushed) in before {
            let has_all = of_group(self.inside(&pushed.group).await)?.is_ok_and(|now| now.has_all_of(&pushed.inside));
            if !has_all {
                lost.push(*at);
            }
        }
        Ok(lost)
    }

    fn listed(&self, inside: &Inside) -> Option<usize> {
        let says_little = self.settings.groups.membership == Membership::MemberOf && self.server_follows();
        (!says_little).then(|| inside.len())
    }
}

/// What the server says about one group stays with that group. That it says nothing any more does not.
pub fn of_group<T>(read: Result<T, SourceError>) -> Result<Result<T, String>, SourceError> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(SourceError::Malformed { reason, .. }) => Ok(Err(reason)),
        Err(unreachable) => Err(unreachable),
    }
}

/// Of a group's names the one that the rule means, else the one in its DN, else the first. None: the server found it by a name that
/// is not like the pattern as we compare.
pub fn name(entry: &Entry, directory: Directory, asked: &Asked) -> Option<String> {
    let own = Dn::parse(&entry.dn).and_then(|dn| dn.name());
    let sorted = |attribute: &&'static str| {
        let mut names = entry.texts(attribute);
        names.sort_unstable_by_key(|name| (own.as_deref() != Some(&name.to_lowercase()), *name));
        names
    };
    let names: Vec<&str> = find::name_attributes(directory).iter().flat_map(sorted).collect();
    let name = match asked {
        Asked::One(text) => {
            let asked_for = names.iter().find(|name| name.eq_ignore_ascii_case(text));
            asked_for.or(names.first()).copied().unwrap_or(&entry.dn)
        }
        Asked::Every { .. } => names.iter().find(|name| asked.star(name).is_some())?,
    };
    Some(name.to_owned())
}
