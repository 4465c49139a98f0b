//! Groups inside groups: who is in a group, when each group's own members are known. Pure.
//!
//! Never: visits a group twice, so that groups which hold each other end.

use std::collections::{BTreeMap, BTreeSet};

use super::primary::Rid;
use crate::source::ldap::dn::Key;

/// Deeper than that is nothing a person made; Active Directory's own tools give up sooner.
pub const DEPTH_MAX: usize = 32;

/// The members that one group itself lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// `member` and `uniqueMember`, people and groups.
    pub entries: Vec<Key>,
    /// The entries that those are directly below, as the group writes them.
    pub above: BTreeSet<String>,
    /// `memberUid`.
    pub uids: Vec<Key>,
    /// Active Directory's number of the group within its domain, by which people name their primary group.
    pub rid: Option<Rid>,
}

/// What is in one group, and in all groups inside it. Sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// Itself, and the groups in it.
    pub groups: Vec<Key>,
    /// The other entries in it.
    pub entries: Vec<Key>,
    pub uids: Vec<Key>,
    /// The numbers of these groups, and the people who have one of them as their primary group.
    pub rids: Vec<Rid>,
    pub primary: Vec<Key>,
    /// Groups inside it that hold nothing.
    pub empty: usize,
}

impl Inside {
    /// How many are in it, each once for each way in which it names them.
    pub fn len(&self) -> usize {
        self.entries.len() + self.uids.len() + self.primary.len()
    }

    /// Whether whoever is in the other is in this one, under the same name.
    pub fn has_all_of(&self, other: &Self) -> bool {
        let has = |own: &[Key], others: &[Key]| others.iter().all(|key| own.binary_search(key).is_ok());
        has(&self.entries, &other.entries) && has(&self.uids, &other.uids) && has(&self.primary, &other.primary)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A group at the end of a chain of more than `DEPTH_MAX` groups.
#[derive(Debug, PartialEq, Eq)]
pub struct TooDeep;

/// Goes down from one group. `read` has every group that is reachable; what is not in it is no group.
pub fn inside(start: Key, read: &BTreeMap<Key, Members>) -> Result<Inside, TooDeep> {
    let mut seen = BTreeSet::from([start]);
    let mut level = vec![start];
    let mut found = Inside::default();
    for depth in 0.. {
        if level.is_empty() {
            break;
        }
        if depth > DEPTH_MAX {
            return Err(TooDeep);
        }
        let mut below = Vec::new();
        for members in level.iter().filter_map(|group| read.get(group)) {
            let (groups, others): (Vec<Key>, Vec<Key>) = members.entries.iter().partition(|key| read.contains_key(key));
            below.extend(groups.into_iter().filter(|group| seen.insert(*group)));
            found.entries.extend(others);
            found.uids.extend(&members.uids);
            found.rids.extend(members.rid);
            found.empty += usize::from(depth > 0 && members.entries.is_empty() && members.uids.is_empty());
        }
        level = below;
    }
    found.groups.extend(seen);
    found.entries = set(found.entries);
    found.uids = set(found.uids);
    Ok(found)
}

/// Sorted, each once, in no more memory than that takes.
pub fn set<T: Ord>(mut keys: Vec<T>) -> Vec<T> {
    keys.sort_unstable();
    keys.dedup();
    keys.shrink_to_fit();
    keys
}
