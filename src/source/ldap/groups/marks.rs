//! What says which groups a person is in: the DN, the person's own list or uid, as the configured way of membership has it. Pure.
//!
//! Never: takes a list that was cut for the whole.

use super::nesting::Inside;
use crate::config::ldap_source::Membership;
use crate::source::ldap::dn::Key;
use crate::source::ldap::entry::Entry;

/// Of one person.
#[derive(Debug, Default)]
pub struct Marks {
    dn: Option<Key>,
    uids: Vec<Key>,
    /// `memberOf`, where that decides.
    list: Option<Vec<Key>>,
    /// The server sent a part of that list.
    pub is_cut: bool,
}

impl Marks {
    pub fn of(membership: Membership, person: &Entry) -> Self {
        let keys = |name: &str, key: fn(&str) -> Key| person.texts(name).into_iter().map(key).collect::<Vec<Key>>();
        let by_list = membership == Membership::MemberOf;
        Self {
            dn: Some(Key::of(&person.dn)),
            uids: keys("uid", Key::of_name),
            list: by_list.then(|| keys("memberOf", Key::of)),
            is_cut: by_list && person.ranged("memberOf").is_some(),
        }
    }

    pub fn is_in(&self, inside: &Inside) -> bool {
        let by_membership = match &self.list {
            Some(list) => any(&inside.groups, list),
            None => self.is_named_by(inside) || self.has_uid_in(inside),
        };
        by_membership || any(&inside.primary, self.dn.as_slice())
    }

    /// Whether the group, or one inside it, has the person's DN as a member.
    pub fn is_named_by(&self, inside: &Inside) -> bool {
        any(&inside.entries, self.dn.as_slice())
    }

    /// The same by `memberUid`.
    pub fn has_uid_in(&self, inside: &Inside) -> bool {
        any(&inside.uids, &self.uids)
    }
}

fn any(set: &[Key], keys: &[Key]) -> bool {
    keys.iter().any(|key| set.binary_search(key).is_ok())
}
