//! Nesting: a group inside another that may no longer be seen takes its people out of every group, and the listing still ends
//! well. It is told by what was followed before and is still named as a member.
//!
//! Never: takes a member for a group that was none before. Directories keep the names of people who were deleted.

use std::collections::BTreeMap;

use crate::core::evidence::{Evidence, Followed};
use crate::source::{Source, SourceError};
use crate::store::{Store, StoreError};

use super::observe::Observed;

/// The evidence, if every group that was followed before was followed again, or is no longer a member.
pub fn expected(
    before: &BTreeMap<String, Followed>,
    source: &dyn Source,
    evidence: Evidence,
) -> Result<Evidence, SourceError> {
    let lost = before.get(source.name()).map(|before| evidence.nesting.lost(before)).unwrap_or_default();
    match lost.split_first() {
        None => Ok(evidence),
        Some((first, others)) => {
            Err(SourceError::Malformed { place: source.describe(), reason: no_longer_seen(first, others.len()) })
        }
    }
}

fn no_longer_seen(group: &str, more: usize) -> String {
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    format!(
        "the group {group}{more} is still a member of a group of scope.groups, and may no longer be seen, so who is in it is not \
         known and nothing of the reading counts; let the account see it again, or, if it was deleted or renamed, take its old \
         name out of the groups that hold it"
    )
}

/// Remembers which groups good readings followed.
pub(super) fn remember(store: &mut Store, observed: &Observed) -> Result<(), StoreError> {
    let before = store.followed()?;
    for (reading, evidence) in observed.good_readings() {
        let (source, now) = (&reading.source, &evidence.nesting.followed);
        if before.get(source).map_or(!now.is_empty(), |before| before != now) {
            store.set_followed(source, now)?;
        }
    }
    Ok(())
}
