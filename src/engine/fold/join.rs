//! Which entries of several sources are one person: by the id that the snapshot knows, by what was joined before, by the
//! userName that the snapshot has for them, and by the userName of another entry of theirs.
//!
//! Never: joins two entries of one source, or where more than one person could be meant; then everybody stays apart, and the
//! planner sets them aside.

use std::collections::{BTreeMap, BTreeSet};

use super::{Claim, Folding, Heard, Said, small};
use crate::core::model::{DesiredUser, SourceId, UserName, Wanted};
use crate::core::reading::{Joined, Reading};
use crate::core::snapshot::{Known, id_hash, name_hash};
use crate::store::{self, Store};

impl Folding<'_> {
    /// Lets the differences out. `touched`: people about whom settling or the team's listing learned something;
    /// they are in the reading even when the directory says of them what the snapshot says.
    pub fn finish(mut self, store: &Store, touched: &BTreeSet<SourceId>) -> store::Result<Reading> {
        let mut wanted_rows: BTreeSet<usize> = touched.iter().filter_map(|id| self.row_of(id)).collect();
        self.settle_pending();
        let joined = self.join(&mut wanted_rows, store)?;
        self.name_people(store)?;
        let lapsed = self.lapsed(store)?;
        let mut people: BTreeMap<SourceId, DesiredUser> = BTreeMap::new();
        for user in std::mem::take(&mut self.kept).into_iter().flatten() {
            if let Some(before) = people.insert(user.id.clone(), user) {
                self.distrust(&before.id);
            }
        }
        let counts = |row: &usize| {
            let known = self.index[*row];
            known.present || !known.quiet || wanted_rows.contains(row)
        };
        let absent: Vec<usize> =
            (0..self.index.len()).filter(|&row| self.heard[row].is_none()).filter(counts).collect();
        let as_before: Vec<usize> = wanted_rows.iter().copied().filter(|&row| self.heard[row].is_some()).collect();
        for known in self.load(store, &as_before)? {
            let heard = self.row_of(&known.id).and_then(|row| self.heard[row]);
            people.entry(known.id.clone()).or_insert_with(|| self.as_known(known, heard));
        }
        let mut absent: Vec<SourceId> = self.load(store, &absent)?.into_iter().map(|known| known.id).collect();
        absent.sort();
        Ok(Reading { people: people.into_values().collect(), absent, lapsed, joined, sources: self.sources })
    }

    /// One id twice among people nobody manages: seen only here.
    fn distrust(&mut self, id: &SourceId) {
        if let Some(source) = self.sources.iter_mut().find(|source| source.source == id.source) {
            source.evidence = Err(format!("the id {id} stands there twice; which entry counts cannot be known"));
        }
    }

    pub(super) fn load(&self, store: &Store, rows: &[usize]) -> store::Result<Vec<Known>> {
        let rows: Vec<i64> = rows.iter().map(|&row| self.index[row].row).collect();
        store.known_by_rows(&rows)
    }

    /// An account that is out of the team comes back by the id that it is bound to, and not because another source still has
    /// somebody: their entry is a newcomer's then, and the planner holds them.
    fn settle_pending(&mut self) {
        for claim in std::mem::take(&mut self.pending) {
            let row = claim.row.map(|row| row as usize).filter(|&row| self.own[row]);
            if let Some(row) = row {
                self.hear(row, Heard { said: claim.said, source: claim.source, kept: claim.kept });
            }
            if claim.name != 0 && (row.is_some() || claim.said != Said::OutOfScope) {
                self.claims.push(Claim { row: row.map(small), ..claim });
            }
        }
    }

    /// Joins what no id has joined, by userName.
    fn join(&mut self, wanted_rows: &mut BTreeSet<usize>, store: &Store) -> store::Result<Vec<Joined>> {
        let mut claims = std::mem::take(&mut self.claims);
        claims.sort_unstable_by_key(|claim| (claim.name, claim.said == Said::OutOfScope, claim.source));
        let whose = if self.several.is_empty() { Whose::default() } else { self.whose(&claims, store)? };
        let mut joined = Vec::new();
        for same in claims.chunk_by_mut(|a, b| a.name == b.name) {
            let sources: BTreeSet<u16> = same.iter().map(|claim| claim.source).collect();
            let mut rows: BTreeSet<u32> = same.iter().filter_map(|claim| claim.row).collect();
            let claimed_twice = sources.len() < same.len() || rows.len() > 1;
            rows.extend(whose.at_address.get(&same[0].name).into_iter().flatten());
            if claimed_twice {
                // Nobody can say which entry counts: all of them have to be seen.
                wanted_rows.extend(same.iter().filter_map(|claim| claim.row).map(|row| row as usize));
            } else if let (true, Some(&row)) = (rows.len() == 1, rows.first()) {
                let free = |claim: &Claim| claim.row.is_none();
                // A source has another entry for them, or had: this one may be a newcomer's, and then the others too.
                if same.iter().any(|claim| free(claim) && whose.has_entry(row, claim.source)) {
                    wanted_rows.extend(same.iter().filter_map(|claim| claim.row).map(|row| row as usize));
                    continue;
                }
                for claim in same.iter_mut().filter(|claim| free(claim)) {
                    joined.extend(self.join_to(row, claim, wanted_rows));
                }
            } else if rows.is_empty() {
                joined.extend(self.join_newcomers(same));
            }
        }
        self.claims = claims;
        Ok(joined)
    }

    /// What of the snapshot the entries have to be compared with that nobody knows by id.
    fn whose(&self, claims: &[Claim], store: &Store) -> store::Result<Whose> {
        let named: BTreeSet<u32> = claims.iter().filter_map(|claim| claim.row).collect();
        let mut whose = Whose::default();
        for known in store.known_by_user_names(&self.free_names(claims))? {
            let Some(row) = self.row_of(&known.id).filter(|_| self.several.contains(&known.id.source)) else {
                continue;
            };
            // Their own entry has another address by now, so that this one may be a newcomer's.
            let moved = self.own[row] && named.contains(&small(row));
            if !moved && (self.own[row] || self.index[row].present) {
                whose.at_address.entry(name_hash(&known.account.user_name)).or_default().push(small(row));
            }
        }
        let free: BTreeSet<u128> = claims.iter().filter(|claim| claim.row.is_none()).map(|claim| claim.name).collect();
        let beside = claims.iter().filter(|claim| free.contains(&claim.name)).filter_map(|claim| claim.row);
        let rows: BTreeSet<u32> = beside.chain(whose.at_address.values().flatten().copied()).collect();
        let known = self.load(store, &rows.iter().map(|&row| row as usize).collect::<Vec<_>>())?;
        let bound = known.iter().filter_map(|known| Some((small(self.row_of(&known.id)?), self.position(&known.id)?)));
        let linked = self.links.iter().filter(|link| link.seen && rows.contains(&link.row));
        whose.entries = bound.chain(linked.map(|link| (link.row, link.source))).collect();
        Ok(whose)
    }

    fn free_names(&self, claims: &[Claim]) -> Vec<UserName> {
        let free = claims.iter().filter(|claim| claim.row.is_none()).filter_map(|claim| claim.kept);
        let accounts = free.filter_map(|kept| self.kept[kept as usize].as_ref()?.account.as_ref().ok());
        accounts.map(|account| account.user_name.clone()).collect()
    }

    /// The claim is this person's word.
    fn join_to(&mut self, row: u32, claim: &mut Claim, wanted_rows: &mut BTreeSet<usize>) -> Option<Joined> {
        let id = claim.kept.and_then(|kept| self.kept[kept as usize].as_ref()).map(|user| id_hash(&user.id));
        claim.row = Some(row);
        let row = row as usize;
        self.hear(row, Heard { said: claim.said, source: claim.source, kept: claim.kept });
        if claim.kept.is_none() {
            wanted_rows.insert(row);
        }
        let source = self.sources.get(usize::from(claim.source)).filter(|source| source.evidence.is_ok())?;
        Some(Joined { id: id?, person: self.index[row].id_hash, source: source.source.clone() })
    }

    /// Newcomers of several sources at one address: one person, under the id of the source that decides. It is remembered
    /// before they have an account, since their address may change in one source right behind.
    fn join_newcomers(&mut self, same: &[Claim]) -> Vec<Joined> {
        let id = |claim: &Claim| Some(id_hash(&self.kept[claim.kept? as usize].as_ref()?.id));
        let winner = id(&same[0]).filter(|_| same[0].said == Said::In && self.is_good(same[0].source));
        let joined = same[1..].iter().filter(|loser| self.is_good(loser.source)).filter_map(|loser| {
            let source = self.sources[usize::from(loser.source)].source.clone();
            Some(Joined { id: id(loser)?, person: winner?, source })
        });
        let joined = joined.collect();
        for kept in same[1..].iter().filter_map(|loser| loser.kept) {
            self.kept[kept as usize] = None;
        }
        joined
    }

    fn is_good(&self, source: u16) -> bool {
        self.sources.get(usize::from(source)).is_some_and(|read| read.evidence.is_ok())
    }

    /// Everybody managed stands in the reading under the id by which the snapshot knows them.
    fn name_people(&mut self, store: &Store) -> store::Result<()> {
        let under_another = |&row: &usize| {
            let kept = self.heard[row].and_then(|heard| self.kept[heard.kept? as usize].as_ref());
            kept.is_some_and(|user| id_hash(&user.id) != self.index[row].id_hash)
        };
        let rows: Vec<usize> = (0..self.index.len()).filter(under_another).collect();
        for known in self.load(store, &rows)? {
            let heard = self.row_of(&known.id).and_then(|row| self.heard[row]);
            let kept = heard.and_then(|heard| heard.kept);
            if let Some(user) = kept.and_then(|kept| self.kept[kept as usize].as_mut()) {
                user.id = known.id;
            }
        }
        Ok(())
    }

    /// People on their way out of whom a good reading does not show an entry that it showed before, and that would decide.
    fn lapsed(&self, store: &Store) -> store::Result<BTreeSet<SourceId>> {
        let would_decide = |row: usize, source: u16| match self.heard[row] {
            _ if !self.index[row].present => false,
            None | Some(Heard { said: Said::OutOfScope, .. }) => true,
            Some(heard) => heard.said == Said::Out && source < heard.source,
        };
        let unseen = self.links.iter().filter(|link| !link.seen && self.is_good(link.source));
        let mut rows: BTreeSet<usize> =
            unseen.filter(|link| would_decide(link.row as usize, link.source)).map(|link| link.row as usize).collect();
        let by_others: Vec<usize> =
            (0..self.index.len()).filter(|&row| !self.own[row] && self.heard[row].is_some()).collect();
        let mut lapsed = BTreeSet::new();
        for known in self.load(store, &by_others.into_iter().filter(|&row| would_decide(row, 0)).collect::<Vec<_>>())? {
            let own = self.row_of(&known.id).zip(self.position(&known.id));
            if own.is_some_and(|(row, source)| self.is_good(source) && would_decide(row, source)) {
                lapsed.insert(known.id);
            }
        }
        rows.retain(|row| self.index[*row].present);
        lapsed.extend(self.load(store, &rows.into_iter().collect::<Vec<_>>())?.into_iter().map(|known| known.id));
        Ok(lapsed)
    }

    /// The place of an id's source in file order.
    fn position(&self, id: &SourceId) -> Option<u16> {
        self.several.iter().zip(0..).find(|(source, _)| **source == id.source).map(|(_, at)| at)
    }

    /// A person of whom the directory says what the snapshot says.
    fn as_known(&self, known: Known, heard: Option<Heard>) -> DesiredUser {
        let wanted = match heard.map(|heard| heard.said) {
            Some(Said::In) => Wanted::In,
            Some(Said::Out) => Wanted::Out("inactive at the directory".into()),
            Some(Said::OutOfScope) => Wanted::OutOfScope("present at the directory, not in scope".into()),
            Some(Said::Unknown) | None => Wanted::Unknown("the directory does not say".into()),
        };
        let read = heard.and_then(|heard| self.sources.get(usize::from(heard.source)));
        let decided_by = read.map_or_else(|| known.id.source.clone(), |read| read.source.clone());
        DesiredUser { id: known.id, wanted, account: Ok(known.account), decided_by, place: "as before".into() }
    }
}

/// The snapshot beside entries that nobody knows by id.
#[derive(Default)]
struct Whose {
    /// Rows by the hash of their userName.
    at_address: BTreeMap<u128, Vec<u32>>,
    /// Rows and the sources that have an entry for them already, or whose id they are bound to: a new id there is a new
    /// entry, and whose it is only a person can say (`adopt WHO --rebind`).
    entries: BTreeSet<(u32, u16)>,
}

impl Whose {
    fn has_entry(&self, row: u32, source: u16) -> bool {
        self.entries.contains(&(row, source))
    }
}
