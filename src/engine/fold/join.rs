//! Which entries of several sources are one person: by the id that the snapshot knows, by what was joined before, by the
//! userName that the snapshot has for them, and by the userName of another entry of theirs.
//!
//! Never: joins two entries of one source, or where more than one person could be meant; then everybody stays apart, and the
//! planner sets them aside.

use std::collections::{BTreeMap, BTreeSet};

use super::{Claim, Folding, Heard, Link, Own, Said, small};
use crate::core::model::{DesiredUser, SourceId, UserName, Wanted};
use crate::core::reading::Reading;
use crate::core::snapshot::{Known, Missing, id_hash, name_hash};
use crate::store::{self, Store};

impl Folding<'_> {
    /// Lets the differences out. `touched`: people about whom settling or the team's listing learned something;
    /// they are in the reading even when the directory says of them what the snapshot says.
    pub fn finish(mut self, store: &Store, touched: &BTreeSet<SourceId>) -> store::Result<Reading> {
        let mut wanted_rows: BTreeSet<usize> = touched.iter().filter_map(|id| self.row_of(id)).collect();
        self.settle_pending();
        let joined = self.join(&mut wanted_rows, store)?;
        self.drop_joined_newcomers();
        self.name_people(store)?;
        let (joined, rebinds) = (self.named(joined, store)?, self.rebinds(store)?);
        let (entries, elsewhere) = (self.entries(store)?, self.elsewhere(store)?);
        let joiners = self.joiners();
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
        let people = people.into_values().collect();
        let groups = self.group_reading(joiners, store)?;
        Ok(Reading { people, absent, entries, elsewhere, joined, rebinds, sources: self.sources, groups })
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

    /// Joins what no id has joined, by userName.
    fn join(&mut self, wanted_rows: &mut BTreeSet<usize>, store: &Store) -> store::Result<Vec<(SourceId, Person)>> {
        let mut claims = std::mem::take(&mut self.claims);
        claims.sort_unstable_by_key(|claim| (claim.name, claim.said == Said::OutOfScope, claim.source));
        let whose = if self.several.is_empty() { Whose::default() } else { self.whose(&claims, store)? };
        let mut joined = Vec::new();
        for same in claims.chunk_by_mut(|a, b| a.name == b.name) {
            let same = if self.several.is_empty() { same } else { without_superseded(same) };
            let sources: BTreeSet<u16> = same.iter().map(|claim| claim.source).collect();
            let mut rows: BTreeSet<u32> = same.iter().filter_map(|claim| claim.row).collect();
            let claimed_twice = sources.len() < same.len() || rows.len() > 1;
            rows.extend(whose.at_address.get(&same[0].name).into_iter().flatten());
            let unbound = same.iter().any(|claim| claim.kept.is_some_and(|kept| self.unbound.contains_key(&kept)));
            if claimed_twice || (unbound && !rows.is_empty()) {
                // Nobody can say which entry counts: all of them have to be seen.
                wanted_rows.extend(same.iter().filter_map(|claim| claim.row).map(|row| row as usize));
            } else if let (true, Some(&row)) = (rows.len() == 1, rows.first()) {
                let is_another = |claim: &Claim| claim.row.is_none() && whose.has_entry(row, claim.source);
                // A source has another entry for them, or had: this one may be a newcomer's, and then the others too.
                if same.iter().any(is_another) {
                    wanted_rows.extend(same.iter().filter_map(|claim| claim.row).map(|row| row as usize));
                    let new = same.iter().filter(|claim| is_another(claim) && self.is_renumbered(row, claim.source));
                    let new: Vec<u32> = new.filter_map(|claim| claim.kept).collect();
                    self.unbound.extend(new.into_iter().map(|kept| (kept, row)));
                    continue;
                }
                if !self.may_be_spoken_for(row as usize) {
                    let free = same.iter().filter(|claim| claim.row.is_none()).filter_map(|claim| claim.kept);
                    self.unbound.extend(free.map(|kept| (kept, row)));
                    continue;
                }
                for claim in same.iter_mut().filter(|claim| claim.row.is_none()) {
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
            let Some(row) = self.row_of(&known.id).filter(|&row| self.index[row].source.is_some()) else { continue };
            // Their own entry has another address by now, so that this one may be a newcomer's.
            let moved = self.own[row] != Own::No && named.contains(&small(row));
            if !moved && (self.own[row] == Own::InScope || self.index[row].present) {
                whose.at_address.entry(name_hash(&known.account.user_name)).or_default().push(small(row));
            }
        }
        let free: BTreeSet<u128> = claims.iter().filter(|claim| claim.row.is_none()).map(|claim| claim.name).collect();
        let beside = claims.iter().filter(|claim| free.contains(&claim.name)).filter_map(|claim| claim.row);
        let rows: BTreeSet<u32> = beside.chain(whose.at_address.values().flatten().copied()).collect();
        let bound = rows.iter().filter_map(|&row| Some((row, self.index[row as usize].source?)));
        // One that a short listing does not show is still theirs.
        let is_over = |link: &&Link| self.missing.get(&(link.row, link.source)) == Some(&Missing::ForGood);
        let linked = self.links.iter().filter(|link| rows.contains(&link.row) && (link.seen || !is_over(link)));
        whose.entries = bound.chain(linked.map(|link| (link.row, link.source))).collect();
        Ok(whose)
    }

    fn free_names(&self, claims: &[Claim]) -> Vec<UserName> {
        let free = claims.iter().filter(|claim| claim.row.is_none()).filter_map(|claim| claim.kept);
        let accounts = free.filter_map(|kept| self.kept[kept as usize].as_ref()?.account.as_ref().ok());
        accounts.map(|account| account.user_name.clone()).collect()
    }

    /// The claim is this person's word.
    fn join_to(
        &mut self,
        row: u32,
        claim: &mut Claim,
        wanted_rows: &mut BTreeSet<usize>,
    ) -> Option<(SourceId, Person)> {
        let id = self.id_of(claim);
        claim.row = Some(row);
        let at = row as usize;
        self.hear(at, Heard { said: claim.said, source: claim.source, kept: claim.kept });
        if claim.kept.is_none() {
            wanted_rows.insert(at);
        }
        Some((id?, Person::Managed(at)))
    }

    fn id_of(&self, claim: &Claim) -> Option<SourceId> {
        Some(self.kept[claim.kept? as usize].as_ref()?.id.clone())
    }

    /// Newcomers of several sources at one address: one person, under the id of the source that decides. It is remembered
    /// before they have an account, since their address may change in one source right behind. Is one of them somebody whose
    /// account it may not have, then the others may not either.
    fn join_newcomers(&mut self, same: &[Claim]) -> Vec<(SourceId, Person)> {
        let (winner, losers) = (&same[0], &same[1..]);
        let bound_to = same.iter().find_map(|claim| self.unbound.get(&claim.kept?).copied());
        let person = self.id_of(winner).filter(|_| winner.said == Said::In && bound_to.is_none());
        let ids = losers.iter().filter_map(|loser| Some((self.id_of(loser)?, person.clone()?)));
        let is_new = |(id, person): &(SourceId, SourceId)| !self.expected.contains(&(id_hash(id), id_hash(person)));
        let joined = ids.filter(is_new).map(|(id, person)| (id, Person::New(person))).collect();
        for kept in losers.iter().filter_map(|loser| loser.kept) {
            self.kept[kept as usize] = None;
            self.same_newcomer.extend(winner.kept.map(|winner| (kept, winner)));
        }
        self.unbound.extend(winner.kept.zip(bound_to));
        joined
    }

    /// People without an account who were joined before, and have different addresses by now: still one person.
    fn drop_joined_newcomers(&mut self) {
        if self.expected.is_empty() {
            return;
        }
        let newcomers = self.claims.iter().filter(|claim| claim.row.is_none()).filter_map(|claim| {
            let kept = claim.kept?;
            Some((id_hash(&self.kept[kept as usize].as_ref()?.id), kept))
        });
        let newcomers: BTreeMap<u128, u32> = newcomers.collect();
        for (entry, person) in &self.expected {
            if let (Some(&kept), Some(&person)) = (newcomers.get(entry), newcomers.get(person)) {
                self.kept[kept as usize] = None;
                self.same_newcomer.insert(kept, person);
            }
        }
    }

    /// The joins with the ids of both.
    fn named(&self, joined: Vec<(SourceId, Person)>, store: &Store) -> store::Result<Vec<(SourceId, SourceId)>> {
        let managed = joined.iter().filter_map(|(_, person)| match person {
            Person::Managed(row) => Some(*row),
            Person::New(_) => None,
        });
        let ids = self.ids(store, managed)?;
        let named = joined.into_iter().filter_map(|(entry, person)| match person {
            Person::Managed(row) => Some((entry, ids.get(&row)?.clone())),
            Person::New(id) => Some((entry, id)),
        });
        Ok(named.collect())
    }

    /// Entries that wait for a person's word about the account of whom they are.
    fn rebinds(&self, store: &Store) -> store::Result<BTreeMap<SourceId, SourceId>> {
        let bound = self.ids(store, self.unbound.values().map(|&row| row as usize))?;
        let pair = |(&kept, &row): (&u32, &u32)| {
            let user = self.kept[kept as usize].as_ref()?;
            Some((user.id.clone(), bound.get(&(row as usize))?.clone()))
        };
        Ok(self.unbound.iter().filter_map(pair).collect())
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

/// Whom an entry was joined to.
pub(super) enum Person {
    /// Position in the index.
    Managed(usize),
    New(SourceId),
}

/// An inactive entry beside another one of its source at one address is an old record, and counts for nobody who is joined by
/// the address. It stands behind the others from now on.
fn without_superseded(same: &mut [Claim]) -> &mut [Claim] {
    let current: BTreeSet<u16> =
        same.iter().filter(|claim| matches!(claim.said, Said::In | Said::Unknown)).map(|claim| claim.source).collect();
    let is_old = |claim: &Claim| claim.said == Said::Out && current.contains(&claim.source);
    same.sort_by_key(is_old);
    let count = same.iter().filter(|claim| !is_old(claim)).count();
    &mut same[..count]
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
