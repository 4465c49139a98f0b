//! What the team was before: each change with the way back, so that a request can be undone and a read can show
//! an older state without a copy of everybody.
//!
//! Never: knows plan, keys, seats or knobs; those have no past.

use std::collections::VecDeque;

use super::groups::Group;
use super::team::{Person, Team};

/// So many changes can be taken back; older ones are for ever. A stale read looks back a few requests.
const CHANGES_MAX: usize = 4096;

/// How one thing was before a change.
#[derive(Clone)]
pub(super) enum Before {
    /// `None`: not there yet, and nobody came after.
    Person(usize, Option<Box<Person>>),
    /// By number.
    Group(u64, Option<Box<Group>>),
}

/// The changes, oldest first, each with the request it came with (or after, if it was made by hand).
#[derive(Clone, Default)]
pub(super) struct Past {
    changes: VecDeque<(u64, Before)>,
    /// Changes so far, those that were taken back included: an index that is older is out of date.
    pub(super) revision: u64,
}

impl Team {
    pub(super) fn remember(&mut self, before: Before) {
        self.past.revision += 1;
        self.past.changes.push_back((self.moment.seq, before));
    }

    /// Forgets what is too long ago. Not in the middle of a request, which may want to undo itself.
    pub(super) fn forget(&mut self) {
        let surplus = self.past.changes.len().saturating_sub(CHANGES_MAX);
        self.past.changes.drain(..surplus);
    }

    /// Where to come back to with `undo_to`.
    pub(super) fn mark(&self) -> usize {
        self.past.changes.len()
    }

    pub(super) fn undo_to(&mut self, mark: usize) {
        while self.past.changes.len() > mark {
            self.undo_one();
        }
    }

    /// The team as it was when that request had been served, as far back as it is remembered.
    pub(super) fn as_of(&self, seq: u64) -> Team {
        let mut then = self.clone();
        while then.past.changes.back().is_some_and(|(at, _)| *at > seq) {
            then.undo_one();
        }
        then
    }

    fn undo_one(&mut self) {
        self.past.revision += 1;
        match self.past.changes.pop_back() {
            Some((_, Before::Person(at, was))) => self.put_back(at, was),
            Some((_, Before::Group(number, was))) => self.groups.put_back(number, was.map(|group| *group)),
            None => {}
        }
    }
}
