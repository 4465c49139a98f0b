//! Lost requests about groups are read back: the group by its id, a lost create by its name.
//!
//! Never: ends a cycle. Whoever has to leave the team does not wait for groups.

use std::collections::BTreeMap;

use crate::core::backoff::{hold_again, hold_for_good};
use crate::core::groups::{GroupChange, GroupId, KnownGroup, TeamGroup};
use crate::core::plan::Change;
use crate::core::snapshot::{Doubt, Fact, HoldReason, Origin, Snapshot};
use crate::core::time::Moment;
use crate::http::Transport;
use crate::postman::{Blast, Cause, PostmanError, Reader};

use super::{Effect, accounts, bound, effect};

/// Reads back every doubt about a group. `wait_s`: how long a lost request may still take effect. What cannot be read
/// stays in doubt.
pub async fn settle<T: Transport>(reader: &Reader<T>, snapshot: &Snapshot, wait_s: i64, now: Moment) -> Vec<Fact> {
    let mut by_group: BTreeMap<&GroupId, Vec<(&Doubt, &GroupChange)>> = BTreeMap::new();
    for doubt in snapshot.doubts.values() {
        if let Change::Group(change) = &doubt.change {
            by_group.entry(change.id()).or_default().push((doubt, change));
        }
    }
    let mut facts = Vec::new();
    for (id, doubts) in by_group {
        let look = Look { snapshot, wait_s, now };
        match look.at(reader, id, &doubts).await {
            Ok(settled) => facts.extend(settled),
            // This group cannot be read; another may be.
            Err(error) if error.blast() == Blast::User || error.cause == Cause::NotScim => {}
            // The team cannot be read. What follows about people says so.
            Err(_) => break,
        }
    }
    facts
}

struct Look<'s> {
    snapshot: &'s Snapshot,
    wait_s: i64,
    now: Moment,
}

impl Look<'_> {
    /// One request for all doubts about one group.
    async fn at<T: Transport>(
        &self,
        reader: &Reader<T>,
        id: &GroupId,
        doubts: &[(&Doubt, &GroupChange)],
    ) -> Result<Vec<Fact>, PostmanError> {
        if let Some(row) = self.snapshot.groups.get(id) {
            let shown = reader.group(&row.scim_id).await?;
            return Ok(doubts
                .iter()
                .flat_map(|(doubt, change)| self.by_id(doubt, change, row, shown.as_ref()))
                .collect());
        }
        let mut facts = Vec::new();
        for (doubt, change) in doubts {
            match change {
                GroupChange::CreateGroup { name, .. } => {
                    facts.extend(self.by_name(doubt, id, &reader.find_groups(name).await?));
                }
                // Nobody manages it any more.
                _ => facts.push(settled(doubt, false)),
            }
        }
        Ok(facts)
    }

    fn by_id(&self, doubt: &Doubt, change: &GroupChange, row: &KnownGroup, shown: Option<&TeamGroup>) -> Vec<Fact> {
        let happened = |fact| vec![fact, Fact::Release(change.id().subject().clone()), settled(doubt, true)];
        match (change, shown) {
            (GroupChange::DeleteGroup { id, .. }, None) => happened(Fact::ForgetGroup(id.clone())),
            (_, None) => {
                let hold = hold_for_good(HoldReason::RemovedByHand, self.now);
                vec![Fact::Hold(change.id().subject().clone(), hold), settled(doubt, false)]
            }
            (GroupChange::RenameGroup { to, .. }, Some(group)) if group.name == *to => {
                happened(Fact::Group(KnownGroup { name: to.clone(), ..row.clone() }))
            }
            (GroupChange::RemoveMembers { .. } | GroupChange::AddMembers { .. }, Some(group)) => {
                self.members(doubt, change, group)
            }
            _ => self.not_happened(doubt),
        }
    }

    fn members(&self, doubt: &Doubt, change: &GroupChange, group: &TeamGroup) -> Vec<Fact> {
        let Some(members) = &group.members else { return self.not_told(doubt, change) };
        let accounts = accounts(change, |id| self.snapshot.known.get(id));
        let Effect { fact, missed } = effect(change, &accounts, members);
        if missed == 0 {
            return vec![fact, settled(doubt, true)];
        }
        // Of some it is true all the same, by whomever it was made so.
        let ended = self.not_happened(doubt);
        if ended.is_empty() { ended } else { [vec![fact], ended].concat() }
    }

    /// Nobody is told who is in it: no answer may ever come, so the wait ends with a hold, and the change is planned anew.
    fn not_told(&self, doubt: &Doubt, change: &GroupChange) -> Vec<Fact> {
        let mut facts = self.not_happened(doubt);
        if !facts.is_empty() {
            let subject = change.id().subject();
            let detail = "the answer was lost, and Postman does not say who is in the group".to_owned();
            let hold = hold_again(self.snapshot.holds.get(subject), HoldReason::Refused { detail }, self.now);
            facts.push(Fact::Hold(subject.clone(), hold));
        }
        facts
    }

    /// A lost create: one group of the name with nobody in it is ours.
    fn by_name(&self, doubt: &Doubt, id: &GroupId, found: &[TeamGroup]) -> Vec<Fact> {
        let is_free = |group: &TeamGroup| {
            let is_empty = group.members.as_ref().is_some_and(Vec::is_empty);
            is_empty && !self.snapshot.groups.values().any(|known| known.scim_id == group.scim_id)
        };
        match found {
            [] => self.not_happened(doubt),
            [group] if is_free(group) => vec![
                Fact::Group(bound(id, group, Origin::Created)),
                Fact::Release(id.subject().clone()),
                settled(doubt, true),
            ],
            _ => {
                let hold = hold_again(self.snapshot.holds.get(id.subject()), HoldReason::Conflict, self.now);
                vec![Fact::Hold(id.subject().clone(), hold), settled(doubt, false)]
            }
        }
    }

    /// Nothing, while it may still take effect.
    fn not_happened(&self, doubt: &Doubt) -> Vec<Fact> {
        if self.now.since(doubt.began) < self.wait_s { Vec::new() } else { vec![settled(doubt, false)] }
    }
}

fn settled(doubt: &Doubt, happened: bool) -> Fact {
    Fact::Settled { op: doubt.op, happened }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::groups::Removal;
    use crate::core::model::ScimId;
    use crate::core::snapshot::OpId;

    #[test]
    fn a_group_that_never_says_who_is_in_it_ends_the_doubt_with_a_hold() {
        let (id, name) = (GroupId::new("corp", "1"), "Platform".to_owned());
        let change = GroupChange::RemoveMembers {
            id: id.clone(),
            name: name.clone(),
            part: 0,
            people: Vec::new(),
            cause: Removal::Left,
        };
        let doubt = Doubt { op: OpId(1), change: Change::Group(change.clone()), began: Moment::at(100) };
        let group = TeamGroup { scim_id: ScimId("g".into()), name, members: None };
        let snapshot = Snapshot::default();
        let at = |now| Look { snapshot: &snapshot, wait_s: 60, now: Moment::at(now) }.members(&doubt, &change, &group);
        assert_eq!(at(159), []);
        let facts = at(160);
        assert_eq!(facts[0], Fact::Settled { op: OpId(1), happened: false });
        let is_refused = |hold: &crate::core::snapshot::Hold| matches!(hold.reason, HoldReason::Refused { .. });
        assert!(matches!(&facts[1..], [Fact::Hold(held, hold)] if held == id.subject() && is_refused(hold)));
    }
}
