//! The fold: every entry of every source is compared at once with the snapshot's hashes, and only what differs
//! is kept. Memory grows with people × ~80 bytes (about 190 where two sources have everybody) plus the
//! differences; of groups, with memberships × 12 bytes. Of several sources, the first in file order that has
//! a person in scope has the word about them; `join` says which entries are one person.
//!
//! Never: lets anything out before `finish`, or holds a listing.

mod entries;
mod groups;
mod join;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use crate::core::evidence::{Evidence, Understood};
use crate::core::mapping::Mapping;
use crate::core::model::{Active, DesiredUser, DirectoryUser, Member, SourceId, UserName, Wanted};
use crate::core::reading::{SourceReading, Unclear};
use crate::core::scope::Scope;
use crate::core::snapshot::{Fact, Known, Missing, fingerprint, id_hash, name_hash};
use crate::planted::Bug;
use crate::source::{Fold, SourceError};
use crate::store::{self, IndexRow, Store};

use groups::Groups;
pub(super) use word::wanted;
use word::{ById, Claim, Heard, Link, Own, Said, said};

/// Whether it is clear before the reading that this cycle lists the team. Then inactive people nobody manages
/// are kept too, since one of them may be a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    Planned,
    NotPlanned,
}

/// The fold over all sources of one cycle.
pub struct Folding<'a> {
    mapping: &'a Mapping,
    scope: &'a Scope,
    listing: Listing,
    /// Sorted by `id_hash`.
    index: Vec<IndexRow>,
    /// Of each row, the word that counts.
    heard: Vec<Option<Heard>>,
    /// Of each row.
    own: Vec<Own>,
    /// Sorted by `id_hash`; none where there is one source.
    links: Vec<Link>,
    /// The configured sources in order, where there are several.
    several: Vec<String>,
    /// Joins to people who have no account yet: hashes of both ids.
    expected: BTreeSet<(u128, u128)>,
    /// By row and source, what is remembered of entries that were not shown.
    missing: BTreeMap<(u32, u16), Missing>,
    /// Entries, by a link, of people for whom they perhaps may not speak: known once every id was read.
    pending: Vec<Claim>,
    /// Entries of people for whom they may not speak: of the position in `kept`, the position in the index.
    unbound: BTreeMap<u32, u32>,
    claims: Vec<Claim>,
    kept: Vec<Option<DesiredUser>>,
    /// Positions in `kept` of newcomers' further entries, with the one that speaks for the person.
    same_newcomer: BTreeMap<u32, u32>,
    groups: Groups<'a>,
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
        let (heard, own) = (vec![None; index.len()], vec![Own::No; index.len()]);
        Self {
            mapping,
            scope,
            listing,
            index,
            heard,
            own,
            links: Vec::new(),
            several: Vec::new(),
            expected: BTreeSet::new(),
            missing: BTreeMap::new(),
            pending: Vec::new(),
            unbound: BTreeMap::new(),
            claims: Vec::new(),
            kept: Vec::new(),
            same_newcomer: BTreeMap::new(),
            groups: Groups::default(),
            sources: Vec::new(),
            last,
            understood: Understood::default(),
            unclear: Unclear::default(),
            repeated: None,
        }
    }

    /// Joins these sources, the configured ones in file order: by what was joined before, and by userName.
    pub fn joining(mut self, sources: &[String], store: &Store) -> store::Result<Self> {
        if sources.len() < 2 {
            return Ok(self);
        }
        self.several = sources.to_vec();
        for (source, at) in sources.iter().zip(0_u16..) {
            for (id_hash, person) in store.joined(source)? {
                match self.row_of_hash(person) {
                    Some(row) => self.links.push(Link { id_hash, row: small(row), source: at, seen: false }),
                    None => _ = self.expected.insert((id_hash, person)),
                }
            }
            for (person, missing) in store.missing(source)? {
                if let Some(row) = self.row_of_hash(person) {
                    self.missing.insert((small(row), at), missing);
                }
            }
        }
        self.links.sort_unstable_by_key(|link| link.id_hash);
        Ok(self)
    }

    /// Closes one source's reading.
    pub fn end_source(&mut self, source: &str, evidence: Result<Evidence, SourceError>) {
        let understood = std::mem::take(&mut self.understood);
        let evidence = match (evidence, self.repeated.take()) {
            (Ok(_), Some(id)) => Err(format!("the id {id} stands there twice; which entry counts cannot be known")),
            (Ok(evidence), None) if evidence.entries != understood.entries => {
                Err(format!("the source counted {} entries and handed over {}", evidence.entries, understood.entries))
            }
            _ if Bug::BelievesABrokenReading.is_planted() => Ok(Evidence::of_listing(source, understood.entries)),
            (evidence, _) => evidence.map_err(|error| error.to_string()),
        };
        let (last, unclear) = (self.last.get(source).copied(), std::mem::take(&mut self.unclear));
        self.sources.push(SourceReading { source: source.to_owned(), evidence, understood, last, unclear });
    }

    /// Whether somebody is wanted at an address that is not theirs yet. `counts` says who is to be considered.
    pub fn wants_addresses(&self, store: &Store, counts: impl Fn(&SourceId, &UserName) -> bool) -> store::Result<bool> {
        let mut movers: BTreeMap<u128, &UserName> = BTreeMap::new();
        for user in self.kept.iter().flatten().filter(|user| user.wanted == Wanted::In) {
            let Some(account) = user.account.as_ref().ok().filter(|account| counts(&user.id, &account.user_name))
            else {
                continue;
            };
            // A person has to say whose they are first.
            if self.is_unbound(&user.id) {
                continue;
            }
            let Some(row) = self.managed(self.by_id(&user.id)) else { return Ok(true) };
            movers.insert(self.index[row].id_hash, &account.user_name);
        }
        let rows: Vec<usize> = movers.keys().filter_map(|&hash| self.row_of_hash(hash)).collect();
        let known = self.load(store, &rows)?;
        Ok(known.iter().any(|known| *movers[&id_hash(&known.id)] != known.account.user_name))
    }

    /// Takes out members whose person was read and not kept: inactive at the directory, so no strangers.
    pub fn without_dropped(&self, members: &mut Vec<Member>) {
        let is_dropped = |claim: &&Claim| claim.said == Said::Out && claim.row.is_none() && claim.kept.is_none();
        let mut dropped: BTreeSet<u128> = self.claims.iter().filter(is_dropped).map(|claim| claim.name).collect();
        for kept in self.claims.iter().filter(|claim| !is_dropped(claim)) {
            dropped.remove(&kept.name);
        }
        members.retain(|member| !dropped.contains(&name_hash(&member.account.user_name)));
    }

    /// Rows whose absence is over: the person was seen, or a source failed, which starts every wait over.
    pub fn seen_again(&self, store: &Store) -> store::Result<Vec<Fact>> {
        let failed = self.sources.iter().any(|source| source.evidence.is_err());
        let rows = (0..self.index.len()).filter(|&row| !self.index[row].quiet && (failed || self.heard[row].is_some()));
        let absent = self.load(store, &rows.collect::<Vec<_>>())?.into_iter().filter(|known| known.absent.is_some());
        Ok(absent.map(|known| Fact::Known(Known { absent: None, ..known })).collect())
    }

    fn row_of(&self, id: &SourceId) -> Option<usize> {
        self.row_of_hash(id_hash(id))
    }

    fn row_of_hash(&self, hash: u128) -> Option<usize> {
        self.index.binary_search_by_key(&hash, |row| row.id_hash).ok()
    }

    fn by_id(&self, id: &SourceId) -> ById {
        let hash = id_hash(id);
        if let Some(row) = self.row_of_hash(hash) {
            return ById::Own(row);
        }
        self.links.binary_search_by_key(&hash, |link| link.id_hash).map_or(ById::Nobody, ById::Linked)
    }

    /// The row of the person.
    fn managed(&self, whose: ById) -> Option<usize> {
        match whose {
            ById::Own(row) => Some(row),
            ById::Linked(link) => Some(self.links[link].row as usize),
            ById::Nobody => None,
        }
    }

    /// Marks the id as shown; says whether it was before.
    fn is_repeated(&mut self, whose: ById, in_scope: bool) -> bool {
        match whose {
            ById::Own(row) => {
                let shown = if in_scope { Own::InScope } else { Own::OutOfScope };
                std::mem::replace(&mut self.own[row], shown) != Own::No
            }
            ById::Linked(link) => std::mem::replace(&mut self.links[link].seen, true),
            ById::Nobody => false,
        }
    }

    /// Whether entries of other sources may speak for this person: not where nobody reads the source of the id that the
    /// account is bound to, and not for an account that is out of the team, unless that id is in scope.
    fn may_be_spoken_for(&self, row: usize) -> bool {
        self.index[row].source.is_some() && (self.index[row].present || self.own[row] == Own::InScope)
    }

    /// The source that is being read.
    fn reading(&self) -> u16 {
        u16::try_from(self.sources.len()).expect("a configuration has fewer than 65,536 sources")
    }

    /// A word about a managed person; of two, the one that does not count is dropped.
    fn hear(&mut self, row: usize, word: Heard) {
        let dropped = match self.heard[row] {
            Some(before) if !word.decides_before(&before) => word.kept,
            before => {
                self.heard[row] = Some(word);
                before.and_then(|before| before.kept)
            }
        };
        if let Some(kept) = dropped {
            self.kept[kept as usize] = None;
        }
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
        let whose = self.by_id(&user.id);
        let judged = self.scope.judge(&user, user_name.as_ref()).map(|_| ());
        let in_scope = judged.is_ok();
        if self.is_repeated(whose, in_scope) {
            self.repeated = Some(user.id.clone());
        }
        let wanted = wanted(judged, &user, !self.several.is_empty() && whose != ById::Nobody);
        let said = said(&wanted);
        if in_scope {
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
        let source = self.reading();
        let row = self.managed(whose);
        let not_yet_in = self.groups.compare(&user, row);
        let pending = matches!((whose, row), (ById::Linked(_), Some(row)) if !self.may_be_spoken_for(row));
        let now = account.as_ref().ok().filter(|_| said == Said::In).map(|account| fingerprint(account, true));
        let unchanged = row.map(|row| self.index[row]).is_some_and(|row| match said {
            Said::In => row.quiet && now == Some(row.fingerprint),
            Said::Out | Said::OutOfScope => row.quiet && !row.present,
            Said::Unknown => false,
        });
        let nobody = row.is_none()
            && match said {
                Said::OutOfScope => true,
                // Of several sources, a leaver of the first may be somebody whom another one has.
                Said::Out => self.listing == Listing::NotPlanned && self.several.is_empty(),
                Said::In | Said::Unknown => false,
            };
        let word = Heard { said, source, kept: None };
        // Sources are read in file order: what a later one says of somebody decided is not even kept.
        let decided = row.and_then(|row| self.heard[row]).is_some_and(|before| !word.decides_before(&before));
        let kept = ((!unchanged || pending) && !nobody && !decided).then(|| {
            let decided_by = user.id.source.clone();
            small(self.keep(DesiredUser { id: user.id, wanted, account, decided_by, place: user.place }))
        });
        self.groups.join(not_yet_in, row, kept);
        let name = user_name.as_ref().map(name_hash);
        let claim = Claim { name: name.unwrap_or_default(), said, source, row: row.map(small), kept };
        if pending {
            return self.pending.push(claim);
        }
        if let Some(row) = row {
            self.hear(row, Heard { kept, ..word });
        }
        if name.is_some() && (row.is_some() || said != Said::OutOfScope) {
            self.claims.push(claim);
        }
    }
}

fn small(at: usize) -> u32 {
    u32::try_from(at).expect("sources hand over at most 2 M entries")
}

#[cfg(test)]
mod tests;
