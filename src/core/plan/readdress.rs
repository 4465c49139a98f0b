//! Address changes: which can be done in place, and in which order.
//!
//! Never: makes a second account for somebody whose address changed.

use std::collections::BTreeMap;

use super::planner::Draft;
use super::{Change, Note};
use crate::core::model::{ScimId, SourceId, UserName};

/// An address change that is wanted.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub id: SourceId,
    pub scim_id: ScimId,
    pub from: UserName,
    pub to: UserName,
    pub place: String,
}

/// What is known about one wanted move so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    /// Can be done after `depth` others.
    Goes(u32),
    Blocked,
}

impl Draft<'_> {
    pub(super) fn place_readdresses(&mut self) {
        let moves = std::mem::take(&mut self.moves);
        if !self.inputs.policy.switches.update_users {
            for wanted in &moves {
                self.change(readdress(wanted, 0), why(wanted));
            }
            return;
        }
        let mut fates: Vec<Fate> = moves.iter().map(|wanted| self.first_fate(wanted)).collect();
        let by_from: BTreeMap<&UserName, usize> = moves.iter().enumerate().map(|(i, m)| (&m.from, i)).collect();
        // Each pass settles whoever waits for somebody settled; a chain of n takes n passes.
        while self.settle_some(&moves, &by_from, &mut fates) {}
        for cycle in swaps(&moves, &by_from, &fates) {
            self.notes.push(Note::Swap { ids: cycle.iter().map(|&i| moves[i].id.clone()).collect() });
            cycle.into_iter().for_each(|i| fates[i] = Fate::Blocked);
        }
        while self.settle_some(&moves, &by_from, &mut fates) {}
        for (wanted, fate) in moves.iter().zip(&fates) {
            if let Fate::Goes(depth) = fate {
                self.change(readdress(wanted, *depth), why(wanted));
            }
        }
    }

    /// What can be said of a move by itself.
    fn first_fate(&mut self, wanted: &Move) -> Fate {
        let (id, to) = (wanted.id.clone(), wanted.to.clone());
        if !self.inputs.policy.verified_domains.contains(&to.domain()) {
            self.notes.push(Note::UnverifiedDomain { id, from: wanted.from.clone(), to });
            return Fate::Blocked;
        }
        if self.unmanaged.contains_key(&to) {
            self.notes.push(Note::AddressTakenByStranger { id, user_name: to });
            return Fate::Blocked;
        }
        Fate::Open
    }

    /// One pass over the open moves; says whether any was settled.
    fn settle_some(&mut self, moves: &[Move], by_from: &BTreeMap<&UserName, usize>, fates: &mut [Fate]) -> bool {
        let mut settled = false;
        for i in 0..moves.len() {
            if fates[i] != Fate::Open {
                continue;
            }
            let holder = self.holder(&moves[i].to, &moves[i].id).map(|known| known.id.clone());
            fates[i] = match (holder, by_from.get(&moves[i].to)) {
                (_, Some(&j)) => match fates[j] {
                    Fate::Goes(depth) => Fate::Goes(depth + 1),
                    Fate::Blocked => {
                        self.note_taken(moves[i].id.clone(), moves[i].to.clone(), moves[j].id.clone());
                        Fate::Blocked
                    }
                    Fate::Open => continue,
                },
                (None, None) => Fate::Goes(0),
                (Some(holder), None) => {
                    self.note_taken(moves[i].id.clone(), moves[i].to.clone(), holder);
                    Fate::Blocked
                }
            };
            settled = true;
        }
        settled
    }
}

/// The circles among the moves that are still open: each waits for the next.
fn swaps(moves: &[Move], by_from: &BTreeMap<&UserName, usize>, fates: &[Fate]) -> Vec<Vec<usize>> {
    let next = |i: usize| by_from.get(&moves[i].to).copied().filter(|&j| fates[j] == Fate::Open);
    let mut found: Vec<Vec<usize>> = Vec::new();
    for start in (0..moves.len()).filter(|&i| fates[i] == Fate::Open) {
        let mut path = vec![start];
        while let Some(following) = next(path[path.len() - 1]).filter(|j| !path.contains(j)) {
            path.push(following);
        }
        let closes = next(path[path.len() - 1]) == Some(start);
        if closes && !found.iter().any(|cycle| cycle.contains(&start)) {
            found.push(path);
        }
    }
    found
}

fn readdress(wanted: &Move, depth: u32) -> Change {
    Change::Readdress {
        depth,
        id: wanted.id.clone(),
        scim_id: wanted.scim_id.clone(),
        from: wanted.from.clone(),
        to: wanted.to.clone(),
    }
}

fn why(wanted: &Move) -> String {
    format!("the directory's address ({})", wanted.place)
}
