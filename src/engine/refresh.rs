//! Refresh: the whole team, page by page, compared at once with the snapshot; only what differs is kept.
//!
//! Never: stores anything. A dry run refreshes too.

use std::collections::BTreeSet;

use crate::core::model::{Member, ScimId, SourceId};
use crate::core::pattern::{Pattern, first_match};
use crate::core::plan::Team;
use crate::core::snapshot::{Fact, Known, Standing, known_fingerprint, member_fingerprint, scim_hash};
use crate::http::Transport;
use crate::postman::{PostmanError, Reader};
use crate::store::{self, Store};

use super::outcome::{Stop, stop_of};

/// A listing of the team, with what the pin needs.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    pub team: Team,
    /// Members whose userName is protected.
    pub protected: Vec<Member>,
}

/// Why the team could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The team, the key or the endpoint: the cycle stops.
    #[error("{}", .0.reason)]
    Team(Stop),
    #[error(transparent)]
    Store(#[from] store::StoreError),
}

impl From<PostmanError> for LookError {
    fn from(error: PostmanError) -> Self {
        Self::Team(stop_of(&error))
    }
}

/// Lists the team. `settled`: facts of this cycle that the store may not have yet.
pub async fn refresh<T: Transport>(
    reader: &Reader<T>,
    store: &Store,
    protected: &[Pattern],
    settled: &[Fact],
) -> Result<Listed, LookError> {
    let mut index = store.scim_index()?;
    index.sort_unstable();
    let mut shown = vec![false; index.len()];
    let mut listed = Listed::default();
    reader
        .list(&mut |member| {
            listed.team.active += u64::from(member.active);
            if first_match(protected, &member.account.user_name).is_some() {
                listed.protected.push(member.clone());
            }
            match index.binary_search_by_key(&scim_hash(&member.scim_id), |row| row.0) {
                Ok(at) => {
                    shown[at] = true;
                    if index[at].1 != member_fingerprint(&member) {
                        listed.team.drifted.push(member);
                    }
                }
                Err(_) => listed.team.unmanaged.push(member),
            }
        })
        .await?;
    let missing: Vec<i64> = index.iter().zip(&shown).filter(|(_, shown)| !**shown).map(|(row, _)| row.2).collect();
    let missing = store.known_by_rows(&missing)?;
    listed.team.missing = missing.into_iter().filter(|known| known.standing != Standing::Gone).map(|k| k.id).collect();
    overlay(&mut listed.team, settled);
    listed.team.drifted.sort_by(|a, b| a.scim_id.cmp(&b.scim_id));
    listed.team.unmanaged.sort_by(|a, b| a.scim_id.cmp(&b.scim_id));
    listed.team.missing.sort();
    Ok(listed)
}

/// The listing compared with rows that settling has just moved.
fn overlay(team: &mut Team, settled: &[Fact]) {
    let rows: Vec<&Known> = settled
        .iter()
        .filter_map(|fact| match fact {
            Fact::Known(known) => Some(known),
            _ => None,
        })
        .collect();
    let row_of = |scim_id: &ScimId| rows.iter().find(|known| known.scim_id == *scim_id);
    let in_step = |member: &Member| {
        row_of(&member.scim_id).is_some_and(|known| known_fingerprint(known) == member_fingerprint(member))
    };
    let (now_managed, unmanaged) =
        std::mem::take(&mut team.unmanaged).into_iter().partition(|member| row_of(&member.scim_id).is_some());
    team.unmanaged = unmanaged;
    team.drifted.extend::<Vec<Member>>(now_managed);
    team.drifted.retain(|member| !in_step(member));
    let gone: BTreeSet<&SourceId> =
        rows.iter().filter(|known| known.standing == Standing::Gone).map(|known| &known.id).collect();
    team.missing.retain(|id| !gone.contains(id));
}
