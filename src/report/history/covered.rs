//! Which approval each key is under, as the chain goes on.
//!
//! Never: says that an approval was replaced which had expired before.

use std::collections::BTreeMap;

use super::record::Approved;
use crate::core::groups::{GroupAdoption, KnownGroup};
use crate::core::plan::{Adoption, ChangeKey};
use crate::core::snapshot::{Known, Origin};
use crate::store::AuditRow;

/// The keys that are approved and unused, each with its approval, as the caller knows that.
pub struct Covered<T> {
    keys: BTreeMap<String, (T, i64)>,
    under: Option<String>,
}

impl<T> Default for Covered<T> {
    fn default() -> Self {
        Self { keys: BTreeMap::new(), under: None }
    }
}

impl<T: Clone> Covered<T> {
    /// One more approval. Returns those that it ended, once for each key: they were given under other settings, or
    /// cover the same changes, and had not expired.
    pub fn approve(&mut self, row: &AuditRow, approved: &Approved, approval: &T) -> Vec<T> {
        let mut ended = Vec::new();
        if self.under.as_ref().is_some_and(|under| *under != approved.under) {
            ended.extend(std::mem::take(&mut self.keys).into_values());
        }
        let with_expiry = (approval.clone(), approved.expires_unix_s);
        ended.extend(approved.keys.iter().filter_map(|key| self.keys.insert(key.clone(), with_expiry.clone())));
        self.under = Some(approved.under.clone());
        ended.into_iter().filter(|(_, expires)| row.at_unix_s < *expires).map(|(approval, _)| approval).collect()
    }

    /// The approval that this key uses up.
    pub fn take(&mut self, key: &str) -> Option<T> {
        self.keys.remove(key).map(|(approval, _)| approval)
    }

    /// The approval that this row uses up, if it is an adoption that a person said yes to as part of a plan.
    pub fn take_adoption(&mut self, row: &AuditRow, known: &Known) -> Option<T> {
        self.take_adopted(row, known.origin, || Adoption::key_of(&known.id, &known.scim_id))
    }

    /// The same of a group.
    pub fn take_group_adoption(&mut self, row: &AuditRow, group: &KnownGroup) -> Option<T> {
        self.take_adopted(row, group.origin, || GroupAdoption::key_of(&group.id, &group.scim_id))
    }

    fn take_adopted(&mut self, row: &AuditRow, origin: Origin, key: impl FnOnce() -> ChangeKey) -> Option<T> {
        if row.cycle.is_none() || origin != Origin::Adopted {
            return None;
        }
        let (approval, expires) = self.keys.remove(&key().0)?;
        (row.at_unix_s < expires).then_some(approval)
    }
}
