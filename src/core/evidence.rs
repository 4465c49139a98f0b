//! Evidence: the certificate that one source was read to its end by the expected principal. Absence counts
//! only with it. Only a source makes one, and only after its last entry.
//!
//! Never: exists for a reading that stopped early; that is a `SourceError`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::groups::DirectoryGroup;

/// One complete reading of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The `name` of the `[[source]]`.
    pub source: String,
    /// Entries read, in scope or not.
    pub entries: u64,
    /// Whether one person can be looked up by immutable id (`Source::look_up`). Where not, absence has to wait.
    pub can_probe: bool,
    /// Which directory it was and who read it; none where there is nobody to ask, as for a file.
    pub identity: Option<Identity>,
    /// How far its data had come when the reading began; empty where the directory does not say.
    pub high_water: HighWater,
    /// The groups inside the wanted ones; empty where the directory follows them itself, or has none.
    pub nesting: Nesting,
    /// Whether a group is no more than its name to the directory, so that one that is gone cannot be told from one that nobody is in.
    pub groups_are_names: bool,
    /// The groups that `[[group]]` asks this source for.
    pub groups: Vec<DirectoryGroup>,
    /// Of each of those that groups inside were followed for, by `FoundGroup::id`: as `Nesting::others` of that one group. Sources
    /// that find hidden groups by themselves leave it empty.
    pub others: BTreeMap<String, Vec<u128>>,
    /// What else was checked: `manifest: 500 rows, sha256 matches`.
    pub checked: Vec<String>,
}

impl Evidence {
    /// Of a complete listing that says nothing more about itself.
    pub fn of_listing(source: &str, entries: u64) -> Self {
        Self {
            source: source.to_owned(),
            entries,
            can_probe: false,
            identity: None,
            high_water: HighWater::default(),
            nesting: Nesting::default(),
            groups_are_names: false,
            groups: Vec::new(),
            others: BTreeMap::new(),
            checked: Vec::new(),
        }
    }
}

/// The two ends of a reading, as the directory itself names them. What was read by another principal, or from another
/// directory, is no evidence about people who were read by this one from this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The directory: its naming context or tenant, and an id of it that a copy under the same name would not have.
    pub directory: String,
    /// The principal, as the directory names it: `dn:cn=sync,dc=acme,dc=example`.
    pub principal: String,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.directory, self.principal)
    }
}

/// High-water marks: how far the data of a directory had come, as its servers number their changes. A replica that lags and
/// a restored copy are the right directory, and are behind marks that were seen before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighWater {
    /// By the server that the changes were made at, or by the server that was read. Of two marks the longer is the later one,
    /// and of equal length the greater as text.
    pub by_server: BTreeMap<String, String>,
    /// Whether every server of the directory that ever changed anything has a mark here, so that a missing one is behind
    /// any. Otherwise they are of the server that was read alone.
    pub of_all: bool,
}

/// A mark that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    pub server: String,
    pub before: String,
    /// None: the directory no longer knows of any change of that server, or no longer says.
    pub now: Option<String>,
}

impl HighWater {
    /// The first of these marks that is behind what it was before.
    pub fn behind(&self, before: &Self) -> Option<Behind> {
        let must_say = self.of_all || self.by_server.is_empty();
        let behind = before.by_server.iter().find(|(server, before)| match self.by_server.get(*server) {
            Some(now) => is_later(before, now),
            None => must_say,
        });
        let (server, before) = behind?;
        let now = self.by_server.get(server).cloned();
        Some(Behind { server: server.clone(), before: before.clone(), now })
    }

    /// Of each server, the later of two marks.
    #[must_use]
    pub fn merged(&self, others: &Self) -> Self {
        let mut by_server = self.by_server.clone();
        for (server, mark) in &others.by_server {
            let kept = by_server.entry(server.clone()).or_default();
            if is_later(mark, kept) {
                kept.clone_from(mark);
            }
        }
        Self { by_server, of_all: self.of_all || others.of_all }
    }
}

fn is_later(mark: &str, than: &str) -> bool {
    (mark.len(), mark) > (than.len(), than)
}

/// The groups that a reading followed from the wanted ones on, and what else those hold. Each by a number that all spellings of
/// its name share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nesting {
    pub followed: Followed,
    /// Members that are no group which was followed: people, and whatever the directory does not show. Sorted.
    pub others: Vec<u128>,
}

/// Groups that were read to their end, with their names.
pub type Followed = BTreeMap<u128, String>;

impl Nesting {
    /// The groups that were followed before, are still named as members, and are no group that may be seen. People of theirs
    /// would seem to be in no group. A member that never was a group is left alone: many directories keep the names of deleted
    /// people, and nobody had access by those.
    pub fn lost<'a>(&self, before: &'a Followed) -> Vec<&'a str> {
        self.lost_from(&self.others, before)
    }

    /// The same of one group alone, whose other members these are.
    pub fn lost_from<'a>(&self, others: &[u128], before: &'a Followed) -> Vec<&'a str> {
        let is_lost = |id: &u128| !self.followed.contains_key(id) && others.binary_search(id).is_ok();
        before.iter().filter(|(id, _)| is_lost(id)).map(|(_, name)| name.as_str()).collect()
    }
}

/// How much of a complete reading the mapping understood, kept to compare the next reading with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Understood {
    pub entries: u64,
    pub in_scope: u64,
    /// In scope, and inactive: leavers often lose their mail attribute, so no account is asked of them.
    #[serde(default)]
    pub inactive: u64,
    /// In scope, not inactive, and the mapping made an account of it.
    pub mapped: u64,
    /// In scope, and the directory said whether the person is active.
    pub with_state: u64,
}

/// What a look-up of one person by immutable id said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    Gone,
    /// Found, and explicitly inactive; the fact that says so.
    Inactive(String),
    /// Found, and outside `[scope]`; the rule that says so.
    OutOfScope(String),
    /// Found: the listing was wrong about this person.
    Present,
    /// This source cannot look up one person.
    CannotAsk,
    /// The look-up failed; nothing is known.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_lost_if_it_is_still_a_member_and_no_longer_a_group() {
        let followed = |ids: &[u128]| ids.iter().map(|id| (*id, format!("group {id}"))).collect::<Followed>();
        let before = followed(&[1, 2, 3]);
        let lost = |now: &[u128], others: &[u128]| {
            let nesting = Nesting { followed: followed(now), others: others.to_vec() };
            nesting.lost(&before).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lost(&[1, 3], &[2, 7, 9]), ["group 2"]);
        // Taken out of the group, and a member that never was one.
        assert_eq!(lost(&[1, 3], &[7, 9]), [""; 0]);
        assert_eq!(lost(&[1, 2, 3, 4], &[7, 9]), [""; 0]);
        // As it is stored.
        let json = serde_json::to_string(&followed(&[u128::MAX, 0])).unwrap();
        assert_eq!(serde_json::from_str::<Followed>(&json).unwrap(), followed(&[u128::MAX, 0]));
    }

    fn high_water(by_server: &[(&str, &str)], of_all: bool) -> HighWater {
        let by_server = by_server.iter().map(|(server, mark)| ((*server).into(), (*mark).into())).collect();
        HighWater { by_server, of_all }
    }

    #[test]
    fn a_mark_may_stay_or_grow_and_never_go_back() {
        let before = high_water(&[("1", "b"), ("2", "d")], true);
        for good in [&[("1", "b"), ("2", "d")][..], &[("1", "c"), ("2", "d")], &[("1", "b"), ("2", "e"), ("3", "a")]] {
            assert_eq!(high_water(good, true).behind(&before), None);
        }
        assert_eq!(HighWater::default().behind(&HighWater::default()), None);
        let numbers = |mark| high_water(&[("1", mark)], false);
        assert_eq!(numbers("USN 10").behind(&numbers("USN 9")), None);
        assert!(numbers("USN 9").behind(&numbers("USN 10")).is_some());
        let behind = high_water(&[("1", "z"), ("2", "c")], true).behind(&before).unwrap();
        assert_eq!(behind, Behind { server: "2".into(), before: "d".into(), now: Some("c".into()) });
    }

    #[test]
    fn a_missing_mark_is_behind_unless_another_server_speaks_for_itself() {
        let before = high_water(&[("1", "b"), ("2", "d")], false);
        assert_eq!(high_water(&[("2", "d")], true).behind(&before).unwrap().now, None);
        assert_eq!(high_water(&[("3", "a")], false).behind(&before), None);
        // Whoever says nothing at all any more.
        assert_eq!(HighWater::default().behind(&before).unwrap().server, "1");
        assert_eq!(before.behind(&HighWater::default()), None);
    }

    #[test]
    fn the_later_mark_of_each_server_is_kept() {
        let merged = high_water(&[("1", "b"), ("2", "d")], false)
            .merged(&high_water(&[("1", "a"), ("2", "e"), ("3", "a")], true));
        assert_eq!(merged, high_water(&[("1", "b"), ("2", "e"), ("3", "a")], true));
    }
}
