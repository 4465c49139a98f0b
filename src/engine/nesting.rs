//! Nesting: a group inside another that may no longer be seen takes its people out of every group, and the listing still ends
//! well. It is told by what was followed before and is still named as a member.
//!
//! Never: takes a member for a group that was none before. Directories keep the names of people who were deleted.

use std::collections::BTreeMap;

use crate::core::evidence::{Evidence, Followed};
use crate::core::groups::DirectoryGroup;
use crate::source::{Source, SourceError};
use crate::store::{Store, StoreError};

use super::observe::Observed;

/// The evidence, if every group that was followed before from the groups of the scope was followed again, or is no longer a
/// member. Where one is missed in a group that `[[group]]` asks for, it is not known who is in that one.
pub fn expected(
    before: &BTreeMap<String, Followed>,
    source: &dyn Source,
    evidence: Evidence,
) -> Result<Evidence, SourceError> {
    let Some(before) = before.get(source.name()) else { return Ok(evidence) };
    match evidence.nesting.lost(before).split_first() {
        None => Ok(doubting(evidence, before)),
        Some((first, others)) => {
            Err(SourceError::Malformed { place: source.describe(), reason: no_longer_seen(first, others.len()) })
        }
    }
}

/// Groups of `[[group]]` that miss one inside become unknown.
fn doubting(mut evidence: Evidence, before: &Followed) -> Evidence {
    let others = std::mem::take(&mut evidence.others);
    for DirectoryGroup { found, .. } in &mut evidence.groups {
        let Ok(group) = found else { continue };
        let others = others.get(&group.id).map(Vec::as_slice).unwrap_or_default();
        if let Some(lost) = evidence.nesting.lost_from(others, before).first() {
            let name = &group.name;
            *found = Err(format!(
                "{name}: the group {lost} is still a member of it, and may no longer be seen; let the account see it again, or, if it \
                 was deleted or renamed, take its old name out of the groups that hold it"
            ));
        }
    }
    // What is in a group that was not read to its end is missed once it can be read again.
    if evidence.groups.iter().any(|group| group.found.is_err()) {
        evidence.nesting.followed.extend(before.clone());
    }
    evidence
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

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;

    use super::*;
    use crate::core::evidence::Nesting;
    use crate::core::groups::FoundGroup;
    use crate::core::model::SourceId;
    use crate::source::{Finding, Fold, LookedUp};

    struct Corp;

    impl Source for Corp {
        fn name(&self) -> &str {
            "corp"
        }
        fn describe(&self) -> String {
            "a directory".into()
        }
        fn read<'a>(&'a self, _: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
            Box::pin(async { Ok(Evidence::of_listing("corp", 0)) })
        }
        fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
            Box::pin(async { Ok(LookedUp::cannot_ask(ids)) })
        }
        fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
            Box::pin(async { Vec::new() })
        }
    }

    fn groups(ids: &[u128]) -> Followed {
        ids.iter().map(|id| (*id, format!("group {id}"))).collect()
    }

    /// A reading that followed these, with these other members of the scope's groups, and of each asked group.
    fn read(followed: &[u128], scope: &[u128], asked: &[(&str, &[u128])]) -> Evidence {
        let found = |id: &str| FoundGroup { id: id.into(), name: id.into(), members: 1 };
        Evidence {
            nesting: Nesting { followed: groups(followed), others: scope.to_vec() },
            groups: asked.iter().map(|(id, _)| DirectoryGroup { asked: (*id).into(), found: Ok(found(id)) }).collect(),
            others: asked.iter().map(|(id, others)| ((*id).to_owned(), others.to_vec())).collect(),
            ..Evidence::of_listing("corp", 9)
        }
    }

    #[test]
    fn a_group_that_is_missed_makes_unknown_only_what_it_was_in() {
        let before = BTreeMap::from([("corp".to_owned(), groups(&[1, 2, 3]))]);
        let evidence = expected(&before, &Corp, read(&[1, 3], &[7], &[("a", &[2, 8]), ("b", &[8])])).unwrap();
        let told = evidence.groups[0].found.as_ref().unwrap_err();
        assert!(told.contains("the group group 2 is still a member"), "{told}");
        assert!(evidence.groups[1].found.is_ok());
        // It is missed in the next reading too, and the one after.
        assert_eq!(evidence.nesting.followed, groups(&[1, 2, 3]));
        // Of the scope: the reading counts for nothing.
        expected(&before, &Corp, read(&[1, 3], &[2], &[("a", &[2])])).unwrap_err();
        // Taken out of the group by somebody.
        let evidence = expected(&before, &Corp, read(&[1, 3], &[7], &[("a", &[8])])).unwrap();
        assert!(evidence.groups[0].found.is_ok());
        assert_eq!(evidence.nesting.followed, groups(&[1, 3]));
    }

    /// The group that holds it may not be read for one cycle, and the inner one not in the next.
    #[test]
    fn what_is_in_a_group_that_was_not_read_is_not_forgotten() {
        let before = BTreeMap::from([("corp".to_owned(), groups(&[1, 2]))]);
        let mut unread = read(&[], &[], &[("a", &[])]);
        unread.groups[0].found = Err("no right".into());
        let evidence = expected(&before, &Corp, unread).unwrap();
        assert_eq!(evidence.nesting.followed, groups(&[1, 2]));
    }
}
