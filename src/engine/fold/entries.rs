//! The entries of people whom several sources have: which of them may speak, and which are not shown any more.
//!
//! Never: gives somebody's account to an entry for which it is not bound; that takes `adopt WHO --rebind`.

use std::collections::{BTreeMap, BTreeSet};

use super::{ById, Claim, Folding, Heard, Own, Said, small};
use crate::core::model::{SourceId, UserName};
use crate::core::reading::Entry;
use crate::core::snapshot::{Known, Missing};
use crate::store::{self, Store};

impl Folding<'_> {
    /// Every id was read. Entries that may not speak for the account of the person who they are by a link are set apart, the
    /// first in file order for all of them.
    pub(super) fn settle_pending(&mut self) {
        let mut spoken: BTreeSet<usize> = BTreeSet::new();
        for claim in std::mem::take(&mut self.pending) {
            let Some(row) = claim.row.map(|row| row as usize) else { continue };
            if self.may_be_spoken_for(row) {
                self.hear(row, Heard { said: claim.said, source: claim.source, kept: claim.kept });
                self.claims.extend(Some(claim).filter(|claim| claim.name != 0));
                continue;
            }
            let word = Heard { said: claim.said, source: claim.source, kept: None };
            let is_decided = self.heard[row].is_some_and(|before| !word.decides_before(&before));
            if claim.said == Said::OutOfScope || is_decided || !spoken.insert(row) {
                claim.kept.into_iter().for_each(|kept| self.kept[kept as usize] = None);
                continue;
            }
            self.unbound.extend(claim.kept.map(|kept| (kept, small(row))));
            self.claims.extend(Some(Claim { row: None, ..claim }).filter(|claim| claim.name != 0));
        }
    }

    /// Whether another entry of this source may be a new record of the same person: the one that their account is bound to is
    /// not there, or no longer in scope.
    pub(super) fn is_renumbered(&self, row: u32, source: u16) -> bool {
        let row = row as usize;
        self.index[row].source == Some(source) && self.own[row] != Own::InScope
    }

    /// The entries that were not shown, now or the last time.
    pub(super) fn entries(&self, store: &Store) -> store::Result<Vec<Entry>> {
        if self.several.is_empty() {
            return Ok(Vec::new());
        }
        let own = (0..self.index.len()).filter_map(|row| {
            let shown = self.own[row] != Own::No;
            // Whoever no source has is absent, which is remembered in their row.
            let source = self.index[row].source.filter(|_| shown || self.heard[row].is_some())?;
            Some((row, source, shown))
        });
        let linked = self.links.iter().map(|link| (link.row as usize, link.source, link.seen));
        let found: Vec<(usize, u16, bool)> =
            own.chain(linked).filter(|&(row, source, shown)| self.is_to_tell(row, source, shown)).collect();
        let ids = self.ids(store, found.iter().map(|&(row, ..)| row))?;
        let entry = |(row, source, shown): (usize, u16, bool)| {
            let would_decide = match self.heard[row] {
                None | Some(Heard { said: Said::OutOfScope, .. }) => true,
                Some(heard) => source < heard.source,
            };
            let (person, source_name) = (ids.get(&row)?.clone(), self.several.get(usize::from(source))?.clone());
            let missing = self.missing.get(&(small(row), source)).copied();
            let in_team = self.index[row].present;
            Some(Entry { person, source: source_name, shown, missing, in_team, would_decide })
        };
        Ok(found.into_iter().filter_map(entry).collect())
    }

    /// Whether something is to be remembered of this entry, or counts for what is decided.
    fn is_to_tell(&self, row: usize, source: u16, shown: bool) -> bool {
        let before = self.missing.get(&(small(row), source));
        if shown || before.is_none() {
            let is_somebody = self.index[row].present || self.heard[row].is_some();
            return (shown && before.is_some()) || (!shown && is_somebody);
        }
        let differs = self.heard[row].is_none_or(|heard| heard.kept.is_some());
        differs || (self.index[row].present && before != Some(&Missing::ForGood))
    }

    /// People in the team whom a source behind the one that decides has in scope under another address.
    pub(super) fn elsewhere(&self, store: &Store) -> store::Result<Vec<(SourceId, UserName, String)>> {
        if self.several.is_empty() {
            return Ok(Vec::new());
        }
        let theirs = || self.claims.iter().filter_map(|claim| Some((claim.row? as usize, claim)));
        let decides = |row: usize| self.heard[row].filter(|heard| heard.said == Said::In && self.index[row].present);
        let mut names = vec![0; self.index.len()];
        for (row, claim) in theirs() {
            if decides(row).is_some_and(|heard| heard.source == claim.source) {
                names[row] = claim.name;
            }
        }
        let differ = theirs().filter(|&(row, claim)| {
            let is_behind = decides(row).is_some_and(|heard| heard.source < claim.source);
            is_behind && claim.said == Said::In && names[row] != 0 && names[row] != claim.name
        });
        let differ: Vec<(usize, u16)> = differ.map(|(row, claim)| (row, claim.source)).collect();
        let known = self.load(store, &differ.iter().map(|&(row, _)| row).collect::<Vec<_>>())?;
        let known: BTreeMap<usize, Known> =
            known.into_iter().filter_map(|known| Some((self.row_of(&known.id)?, known))).collect();
        let named = differ.into_iter().filter_map(|(row, source)| {
            let known = known.get(&row)?;
            Some((known.id.clone(), known.account.user_name.clone(), self.several.get(usize::from(source))?.clone()))
        });
        Ok(named.collect())
    }

    /// The ids of rows.
    pub(super) fn ids(
        &self,
        store: &Store,
        rows: impl Iterator<Item = usize>,
    ) -> store::Result<BTreeMap<usize, SourceId>> {
        let rows: BTreeSet<usize> = rows.collect();
        let known = self.load(store, &rows.into_iter().collect::<Vec<_>>())?;
        Ok(known.into_iter().filter_map(|known| Some((self.row_of(&known.id)?, known.id))).collect())
    }

    /// Whether the entry may not speak for whom it is.
    pub(super) fn is_unbound(&self, id: &SourceId) -> bool {
        let whose = self.by_id(id);
        matches!(whose, ById::Linked(_)) && self.managed(whose).is_some_and(|row| !self.may_be_spoken_for(row))
    }
}
