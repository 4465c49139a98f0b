//! Everybody who is handed over, each once, however many ways lead to them.
//!
//! Never: hands over somebody of whom Graph shows nothing.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::graph::Graph;
use super::groups::is_person;
use super::person::{is_guest, person};
use crate::core::groups::DirectoryGroup;
use crate::core::snapshot::id_hash;
use crate::source::rest::pushed::Pushed;
use crate::source::sentinels::Sentinels;
use crate::source::{Fold, SourceError};

pub struct People<'a> {
    graph: &'a Graph<'a>,
    source: &'a str,
    fold: &'a mut dyn Fold,
    /// Of each id only a hash.
    seen: HashSet<u128>,
    entries: u64,
    guests: u64,
    sentinels: Sentinels<'a>,
    pushed: Pushed,
}

impl<'a> People<'a> {
    pub fn new(graph: &'a Graph<'a>, source: &'a str, pushed: Pushed, fold: &'a mut dyn Fold) -> Self {
        let sentinels = Sentinels::of(&graph.settings.sentinels, &graph.settings.inactive_sentinels);
        Self { graph, source, fold, seen: HashSet::new(), entries: 0, guests: 0, sentinels, pushed }
    }

    /// One row of a list of users. `groups` are the wanted ones that led here: one is enough to be in scope, so who comes by
    /// several is handed over with the first.
    pub fn take(&mut self, row: Map<String, Value>, groups: &[String]) -> Result<(), SourceError> {
        // Where a cast is not followed, groups and devices come too.
        if !is_person(&row) {
            return Ok(());
        }
        let mut user = person(self.source, row).map_err(|why| self.graph.rest.malformed(why))?;
        if !self.seen.insert(id_hash(&user.id)) {
            return Ok(());
        }
        if is_guest(&user) && !self.graph.settings.guests {
            self.guests += 1;
            return Ok(());
        }
        self.sentinels.saw(&user);
        user.groups = groups.to_vec();
        user.in_groups = self.pushed.of(id_hash(&user.id), groups);
        self.entries += 1;
        self.fold.person(user);
        Ok(())
    }

    /// The groups that `[[group]]` asks for, for the evidence.
    pub fn pushed(&self) -> Vec<DirectoryGroup> {
        self.pushed.evidence()
    }

    /// How many there were, and what else was seen. Errors: a sentinel was not shown as it has to be.
    pub fn finish(self) -> Result<(u64, Vec<String>), SourceError> {
        let sentinels = self.sentinels.finish().map_err(|why| self.graph.rest.malformed(why))?;
        let guests = (self.guests > 0).then(|| format!("{} guests left out", self.guests));
        Ok((self.entries, guests.into_iter().chain(sentinels).collect()))
    }
}
