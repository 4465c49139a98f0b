//! Sentinels of directories behind REST APIs: people whom every reading has to show, or it shows the wrong ones.
//!
//! Never: lets a reading pass that did not show one of them as it should be.

use std::collections::BTreeSet;

use crate::core::model::{Active, DirectoryUser};

/// Those who were not shown yet, by id.
pub struct Sentinels<'a> {
    active: BTreeSet<&'a str>,
    inactive: BTreeSet<&'a str>,
    wanted: usize,
}

impl<'a> Sentinels<'a> {
    pub fn of(active: &'a [String], inactive: &'a [String]) -> Self {
        let all = |ids: &'a [String]| ids.iter().map(String::as_str).collect::<BTreeSet<_>>();
        let (active, inactive) = (all(active), all(inactive));
        Self { wanted: active.len() + inactive.len(), active, inactive }
    }

    pub fn saw(&mut self, user: &DirectoryUser) {
        let _ = match user.active {
            Active::Yes => self.active.remove(user.id.id.as_str()),
            Active::No => self.inactive.remove(user.id.id.as_str()),
            Active::Unknown => false,
        };
    }

    /// For the evidence. Errors: which of them was not shown as it should be.
    pub fn finish(self) -> Result<Option<String>, String> {
        let active = self.active.first().map(|id| (*id, "active"));
        match active.or_else(|| self.inactive.first().map(|id| (*id, "inactive"))) {
            Some((id, state)) => Err(format!(
                "the sentinel {id} was not shown {state}; is this the right directory, and may the token see everybody?"
            )),
            None if self.wanted == 0 => Ok(None),
            None => Ok(Some(format!("all {} sentinels were shown", self.wanted))),
        }
    }
}
