//! The fold: every entry of every source is compared at once with the snapshot's hashes, and only what differs
//! is kept. Memory grows with people × ~80 bytes plus the differences.
//!
//! Never: lets anything out before `finish`, or holds a listing.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::evidence::{Evidence, Understood};
use crate::core::mapping::Mapping;
use crate::core::model::{Active, DesiredUser, DirectoryUser, Member, SourceId, UserName, Wanted};
use crate::core::reading::{Reading, SourceReading, Unclear};
use crate::core::scope::Scope;
use crate::core::snapshot::{Fact, Known, fingerprint, id_hash, name_hash};
use crate::source::{Fold, SourceError};
use crate::store::{self, IndexRow, Store};

/// Whether it is clear before the reading that this cycle lists the team. Then inactive people nobody manages
/// are kept too, since one of them may be a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    Planned,
    NotPlanned,
}

/// What an entry said about a person, without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    In,
    Out,
    Unknown,
    /// Last, so that any other source's word counts before it.
    OutOfScope,
}

/// One entry that has a userName: 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    name: u128,
    said: Said,
    source: u16,
    /// Position in the index, if the id is managed.
    row: Option<u32>,
    /// Position in `kept`.
    kept: Option<u32>,
}

/// The fold over all sources of one cycle.
pub struct Folding<'a> {
    mapping: &'a Mapping,
    scope: &'a Scope,
    listing: Listing,
    /// Sorted by `id_hash`.
    index: Vec<IndexRow>,
    said: Vec<Option<Said>>,
    claims: Vec<Claim>,
    kept: Vec<Option<DesiredUser>>,
    sources: Vec<SourceReading>,
    last: BTreeMap<String, Understood>,
    understood: Understood,
    unclear: Unclear,
    repeated: Option<SourceId>,
}

impl<'a> Folding<'a> {
    pub fn new(
        mapping: &'a Mapping,
        scope: &'a Scope,
        listing: Listing,
        mut index: Vec<IndexRow>,
        last: BTreeMap<String, Understood>,
    ) -> Self {
        index.sort_unstable_by_key(|row| row.id_hash);
        let said = vec![None; index.len()];
        Self {
            mapping,
            scope,
            listing,
            index,
            said,
            claims: Vec::new(),
            kept: Vec::new(),
            sources: Vec::new(),
            last,
            understood: Understood::default(),
            unclear: Unclear::default(),
            repeated: None,
        }
    }

    /// Closes one source's reading.
    pub fn end_source(&mut self, source: &str, evidence: Result<Evidence, SourceError>) {
        let understood = std::mem::take(&mut self.understood);
        let evidence = match (evidence, self.repeated.take()) {
            (Ok(_), Some(id)) => Err(format!("the id {id} stands there twice; which entry counts cannot be known")),
            (Ok(evidence), None) if evidence.entries != understood.entries => {
                Err(format!("the source counted {} entries and handed over {}", evidence.entries, understood.entries))
            }
            (evidence, _) => evidence.map_err(|error| error.to_string()),
        };
        let (last, unclear) = (self.last.get(source).copied(), std::mem::take(&mut self.unclear));
        self.sources.push(SourceReading { source: source.to_owned(), evidence, understood, last, unclear });
    }

    /// Whether somebody is wanted at an address that is not theirs yet. `counts` says who is to be considered.
    pub fn wants_addresses(&self, store: &Store, counts: impl Fn(&SourceId, &UserName) -> bool) -> store::Result<bool> {
        let mut movers: BTreeMap<SourceId, &UserName> = BTreeMap::new();
        for user in self.kept.iter().flatten().filter(|user| user.wanted == Wanted::In) {
            let Some(account) = user.account.as_ref().ok().filter(|account| counts(&user.id, &account.user_name))
            else {
                continue;
            };
            if self.row_of(&user.id).is_none() {
                return Ok(true);
            }
            movers.insert(user.id.clone(), &account.user_name);
        }
        let ids: Vec<SourceId> = movers.keys().cloned().collect();
        Ok(store.known_by_ids(&ids)?.iter().any(|known| *movers[&known.id] != known.account.user_name))
    }

    /// Takes out members whose person was read and not kept: inactive at the directory, so no strangers.
    pub fn without_dropped(&self, members: &mut Vec<Member>) {
        let dropped: BTreeSet<u128> = self
            .claims
            .iter()
            .filter(|claim| claim.said == Said::Out && claim.row.is_none() && claim.kept.is_none())
            .map(|claim| claim.name)
            .collect();
        members.retain(|member| !dropped.contains(&name_hash(&member.account.user_name)));
    }

    /// Rows whose absence is over: the person was seen, or a source failed, which starts every wait over.
    pub fn seen_again(&self, store: &Store) -> store::Result<Vec<Fact>> {
        let failed = self.sources.iter().any(|source| source.evidence.is_err());
        let rows = (0..self.index.len()).filter(|&row| !self.index[row].quiet && (failed || self.said[row].is_some()));
        let absent = self.load(store, &rows.collect::<Vec<_>>())?.into_iter().filter(|known| known.absent.is_some());
        Ok(absent.map(|known| Fact::Known(Known { absent: None, ..known })).collect())
    }

    fn row_of(&self, id: &SourceId) -> Option<usize> {
        let hash = id_hash(id);
        self.index.binary_search_by_key(&hash, |row| row.id_hash).ok()
    }

    fn claim(&mut self, user_name: Option<&UserName>, said: Said, row: Option<usize>, kept: Option<usize>) {
        let Some(user_name) = user_name else { return };
        let small = |at: usize| u32::try_from(at).expect("sources hand over at most 2 M entries");
        self.claims.push(Claim {
            name: name_hash(user_name),
            said,
            source: u16::try_from(self.sources.len()).expect("a configuration has fewer than 65,536 sources"),
            row: row.map(small),
            kept: kept.map(small),
        });
    }

    fn keep(&mut self, user: DesiredUser) -> usize {
        self.kept.push(Some(user));
        self.kept.len() - 1
    }
}

impl Fold for Folding<'_> {
    fn person(&mut self, user: DirectoryUser) {
        self.understood.entries += 1;
        let account = self.mapping.account(&user);
        let user_name = account.as_ref().ok().map(|account| account.user_name.clone());
        let row = self.row_of(&user.id);
        if row.is_some_and(|row| self.said[row].is_some()) {
            self.repeated = Some(user.id.clone());
        }
        let wanted = wanted(self.scope, &user, user_name.as_ref());
        let said = said(&wanted);
        if said != Said::OutOfScope {
            self.understood.in_scope += 1;
            self.understood.inactive += u64::from(said == Said::Out);
            self.understood.mapped += u64::from(account.is_ok() && said != Said::Out);
            self.understood.with_state += u64::from(user.active != Active::Unknown);
            if let (Err(rejection), true) = (&account, said != Said::Out) {
                self.unclear.mapping.get_or_insert_with(|| format!("{}: {}", user.place, rejection.without_value()));
            }
            if let Wanted::Unknown(why) = &wanted {
                self.unclear.state.get_or_insert_with(|| format!("{}: {why}", user.place));
            }
        }
        if let Some(row) = row {
            self.said[row] = Some(said);
        }
        let now = account.as_ref().ok().filter(|_| said == Said::In).map(|account| fingerprint(account, true));
        let unchanged = row.map(|row| self.index[row]).is_some_and(|row| match said {
            Said::In => row.quiet && now == Some(row.fingerprint),
            Said::Out | Said::OutOfScope => row.quiet && !row.present,
            Said::Unknown => false,
        });
        let nobody = row.is_none()
            && match said {
                Said::OutOfScope => true,
                Said::Out => self.listing == Listing::NotPlanned,
                Said::In | Said::Unknown => false,
            };
        let kept = (!unchanged && !nobody).then(|| {
            let decided_by = user.id.source.clone();
            self.keep(DesiredUser { id: user.id, wanted, account, decided_by, place: user.place })
        });
        if row.is_some() || said != Said::OutOfScope {
            self.claim(user_name.as_ref(), said, row, kept);
        }
    }
}

/// What one entry says about its person.
pub(super) fn wanted(scope: &Scope, user: &DirectoryUser, user_name: Option<&UserName>) -> Wanted {
    match (scope.judge(user, user_name), user.active) {
        (Err(rule), _) => Wanted::OutOfScope(rule),
        (Ok(_), Active::Yes) => Wanted::In,
        (Ok(_), Active::No) => Wanted::Out(user.active_because.clone()),
        (Ok(_), Active::Unknown) => Wanted::Unknown(user.active_because.clone()),
    }
}

fn said(wanted: &Wanted) -> Said {
    match wanted {
        Wanted::In => Said::In,
        Wanted::Out(_) => Said::Out,
        Wanted::OutOfScope(_) => Said::OutOfScope,
        Wanted::Unknown(_) => Said::Unknown,
    }
}

/// Joins the sources and names the absent.
impl Folding<'_> {
    /// Lets the differences out. `touched`: people about whom settling or the team's listing learned something;
    /// they are in the reading even when the directory says of them what the snapshot says.
    pub fn finish(mut self, store: &Store, touched: &BTreeSet<SourceId>) -> store::Result<Reading> {
        let mut wanted_rows: BTreeSet<usize> = touched.iter().filter_map(|id| self.row_of(id)).collect();
        self.join(&mut wanted_rows, store)?;
        self.fall_through(store)?;
        let mut people: BTreeMap<SourceId, DesiredUser> = BTreeMap::new();
        for user in std::mem::take(&mut self.kept).into_iter().flatten() {
            if let Some(before) = people.insert(user.id.clone(), user) {
                self.distrust(&before.id);
            }
        }
        let seen = |row: &usize| self.said[*row].is_some();
        let counts = |row: &usize| {
            let known = self.index[*row];
            known.present || !known.quiet || wanted_rows.contains(row)
        };
        let absent_rows: Vec<usize> = (0..self.index.len()).filter(|row| !seen(row) && counts(row)).collect();
        let as_before: Vec<usize> = wanted_rows.iter().copied().filter(seen).collect();
        for known in self.load(store, &as_before)? {
            let said = self.row_of(&known.id).and_then(|row| self.said[row]).unwrap_or(Said::Unknown);
            people.entry(known.id.clone()).or_insert_with(|| as_known(known, said));
        }
        let mut absent: Vec<SourceId> = self.load(store, &absent_rows)?.into_iter().map(|known| known.id).collect();
        absent.sort();
        Ok(Reading { sources: self.sources, people: people.into_values().collect(), absent })
    }

    /// One id twice among people nobody manages: seen only here.
    fn distrust(&mut self, id: &SourceId) {
        if let Some(source) = self.sources.iter_mut().find(|source| source.source == id.source) {
            source.evidence = Err(format!("the id {id} stands there twice; which entry counts cannot be known"));
        }
    }

    fn load(&self, store: &Store, rows: &[usize]) -> store::Result<Vec<Known>> {
        let rows: Vec<i64> = rows.iter().map(|&row| self.index[row].row).collect();
        store.known_by_rows(&rows)
    }

    /// Joins entries of several sources by userName: the first source in file order decides. Several entries of
    /// one source stay, and the planner sets them aside as duplicates.
    fn join(&mut self, wanted_rows: &mut BTreeSet<usize>, store: &Store) -> store::Result<()> {
        let mut claims = std::mem::take(&mut self.claims);
        claims.sort_unstable_by_key(|claim| (claim.name, claim.said == Said::OutOfScope, claim.source));
        for same in claims.chunk_by(|a, b| a.name == b.name).filter(|same| same.len() > 1) {
            let sources: BTreeSet<u16> = same.iter().map(|claim| claim.source).collect();
            let rows: BTreeSet<u32> = same.iter().filter_map(|claim| claim.row).collect();
            if sources.len() < same.len() || rows.len() > 1 {
                // Nobody can say which entry counts: all of them have to be seen.
                wanted_rows.extend(same.iter().filter_map(|claim| claim.row).map(|row| row as usize));
                continue;
            }
            self.merge(same, rows.first().map(|&row| row as usize), store)?;
        }
        self.claims = claims;
        Ok(())
    }

    /// One person in several sources. The winner's word counts, under the id by which the snapshot knows them.
    fn merge(&mut self, same: &[Claim], row: Option<usize>, store: &Store) -> store::Result<()> {
        let winner = same[0];
        for loser in &same[1..] {
            if let Some(kept) = loser.kept {
                self.kept[kept as usize] = None;
            }
        }
        let Some(row) = row.filter(|_| winner.row.is_none()) else { return Ok(()) };
        self.said[row] = Some(winner.said);
        let Some(known) = self.load(store, &[row])?.pop() else { return Ok(()) };
        let decided_by = self.source_name(winner.source);
        match winner.kept.and_then(|kept| self.kept[kept as usize].as_mut()) {
            Some(user) => user.id = known.id,
            None => {
                let mut user = as_known(known, winner.said);
                user.decided_by = decided_by;
                self.keep(user);
            }
        }
        Ok(())
    }

    /// Absence falls through to the next source: a managed person whom their own source no longer shows, and
    /// whose userName another source has.
    fn fall_through(&mut self, store: &Store) -> store::Result<()> {
        if self.sources.len() < 2 {
            return Ok(());
        }
        let unseen: Vec<usize> =
            (0..self.index.len()).filter(|&row| self.said[row].is_none() && self.index[row].present).collect();
        for known in self.load(store, &unseen)? {
            let name = name_hash(&known.account.user_name);
            let from = self.claims.partition_point(|claim| claim.name < name);
            let Some(claim) = self.claims.get(from).filter(|claim| claim.name == name && claim.row.is_none()) else {
                continue;
            };
            let (Some(kept), false) = (claim.kept, self.source_name(claim.source) == known.id.source) else { continue };
            let said = claim.said;
            if let Some(row) = self.row_of(&known.id) {
                self.said[row] = Some(said);
            }
            if let Some(user) = self.kept[kept as usize].as_mut() {
                user.id = known.id;
            }
        }
        Ok(())
    }

    fn source_name(&self, at: u16) -> String {
        self.sources.get(usize::from(at)).map(|source| source.source.clone()).unwrap_or_default()
    }
}

/// A person of whom the directory says what the snapshot says.
fn as_known(known: Known, said: Said) -> DesiredUser {
    let wanted = match said {
        Said::In => Wanted::In,
        Said::Out => Wanted::Out("inactive at the directory".into()),
        Said::OutOfScope => Wanted::OutOfScope("present at the directory, not in scope".into()),
        Said::Unknown => Wanted::Unknown("the directory does not say".into()),
    };
    let decided_by = known.id.source.clone();
    DesiredUser { id: known.id, wanted, account: Ok(known.account), decided_by, place: "as before".into() }
}

#[cfg(test)]
mod tests;
