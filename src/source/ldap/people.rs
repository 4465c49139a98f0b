//! What an entry says about a person: the id, whether the person is active and why, the attributes for the mapping.
//!
//! Never: asks for a password, and never for "all attributes".

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::entry::Entry;
use super::groups::Groups;
use super::groups::pushed::Tally;
use super::sentinels::Sentinels;
use super::{id, state};
use crate::config::ldap_source::{LdapSettings, may_be_asked_for};
use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::source::records::MAX_VALUE;

/// The DN, under the name by which an expression asks for it.
const DN: &str = "dn";
/// The most people that are read.
const PEOPLE_MAX: u64 = 2_000_000;
/// The people of one reading or of one look-up.
pub struct People<'a> {
    source: &'a str,
    settings: &'a LdapSettings,
    /// What the mapping and `attributes` name, of what may be asked for.
    names: Vec<&'a str>,
    refused: Vec<&'a str>,
    groups: &'a Groups,
    now_unix_s: i64,
    pub sentinels: Sentinels<'a>,
    count: u64,
    /// How many are in each group.
    in_groups: BTreeMap<String, usize>,
    pub pushed: Tally<'a>,
    /// How many entries had no text, or too much, in an attribute.
    left_out: BTreeMap<&'a str, u64>,
}

impl<'a> People<'a> {
    pub fn new(source: &'a str, settings: &'a LdapSettings, groups: &'a Groups, now_unix_s: i64) -> Self {
        let named = settings.attributes.iter().map(String::as_str).filter(|name| !name.eq_ignore_ascii_case(DN));
        let (refused, named) = named.partition(|name| !may_be_asked_for(name));
        let (sentinels, in_groups, left_out) = (Sentinels::of(settings), BTreeMap::new(), BTreeMap::new());
        let (names, pushed) = (distinct(named), Tally::of(groups));
        Self { source, settings, names, refused, groups, now_unix_s, sentinels, count: 0, in_groups, pushed, left_out }
    }

    /// What every person is asked for, by name.
    pub fn attributes(&self) -> Vec<&'a str> {
        let of_state = state::attributes(&self.settings.state, self.settings.directory);
        let all = [&self.names, &[self.settings.id.as_str()][..], &of_state, &self.groups.attributes()];
        distinct(all.concat())
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// Errors: no usable id, or too many people.
    pub fn understand(&mut self, entry: &Entry) -> Result<DirectoryUser, String> {
        if self.count == PEOPLE_MAX {
            return Err(format!("more than {PEOPLE_MAX} people; narrow source.bases or source.filter"));
        }
        let settings = self.settings;
        // Its DN would say which, and this reaches logs.
        let id = id::of(entry, &settings.id).map_err(|reason| format!("an entry {reason}"))?;
        let (mut active, mut active_because) =
            state::state(&settings.state, settings.directory, entry, self.now_unix_s);
        let marks = self.groups.marks(entry);
        let groups = self.groups.of(&marks).unwrap_or_else(|because| {
            // Out of scope would be taken for a reason to leave. In scope and unknown, nothing happens; an explicit "no" still
            // acts.
            if active == Active::Yes {
                (active, active_because) = (Active::Unknown, because.into());
            }
            self.groups.names()
        });
        self.sentinels.see(&id, &entry.dn, active);
        self.count += 1;
        for group in &groups {
            match self.in_groups.get_mut(group) {
                Some(count) => *count += 1,
                None => drop(self.in_groups.insert(group.clone(), 1)),
            }
        }
        let place = format!("{} {id}", settings.id);
        let id = SourceId::new(self.source, id);
        Ok(DirectoryUser {
            id,
            attributes: self.attributes_of(entry),
            active,
            active_because,
            groups,
            in_groups: self.pushed.count(&marks),
            place,
        })
    }

    /// Under the names that were asked for; several values as a list, which the mapping refuses by itself.
    fn attributes_of(&mut self, entry: &Entry) -> Map<String, Value> {
        let mut attributes = Map::new();
        for name in &self.names {
            let values = entry.bytes(name);
            let texts: Option<Vec<&str>> = values.iter().map(|value| std::str::from_utf8(value).ok()).collect();
            let bytes: usize = values.iter().map(|value| value.len()).sum();
            match texts.as_deref().filter(|_| bytes <= MAX_VALUE) {
                Some([]) => {}
                Some([text]) => drop(attributes.insert((*name).into(), Value::from(*text))),
                Some(texts) => drop(attributes.insert((*name).into(), Value::from(texts))),
                // All of its values: with one gone, another would look like the only one.
                None => *self.left_out.entry(name).or_default() += 1,
            }
        }
        attributes.entry(DN).or_insert_with(|| Value::from(entry.dn.as_str()));
        attributes
    }

    /// For the evidence.
    pub fn checked(&self) -> Vec<String> {
        let left_out = self.left_out.iter().map(|(name, count)| {
            format!("{name} of {count} left out: octets and no text, or longer than {} KiB", MAX_VALUE >> 10)
        });
        let refused = self.refused.iter().map(|name| format!("{name} is never asked for"));
        let groups = self.groups.checked(&self.in_groups);
        groups
            .into_iter()
            .chain(self.pushed.checked())
            .chain(self.sentinels.checked())
            .chain(left_out)
            .chain(refused)
            .collect()
    }
}

/// What the settings name and may be asked for, besides the DN.
pub fn askable(settings: &LdapSettings) -> Vec<&str> {
    let named = settings.attributes.iter().map(String::as_str);
    distinct(named.filter(|name| !name.eq_ignore_ascii_case(DN) && may_be_asked_for(name)).collect())
}

/// Each name once, in any letter case.
fn distinct(names: Vec<&str>) -> Vec<&str> {
    let mut kept: Vec<&str> = Vec::with_capacity(names.len());
    for name in names {
        if !kept.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            kept.push(name);
        }
    }
    kept
}
