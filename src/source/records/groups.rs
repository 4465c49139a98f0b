//! The groups that `[[group]]` asks for, out of the names in a column: a group is there because somebody is in it.
//!
//! Never: says who is in a group when the groups of one entry are not known.

use std::collections::BTreeMap;

use crate::core::groups::rules::Asked;
use crate::core::groups::{DirectoryGroup, FoundGroup};
use crate::source::ASKED_GROUPS_MAX;

/// What is known of them so far.
pub struct AskedGroups<'a> {
    rules: &'a [Asked],
    /// By id: a group that some rule means, and how many are in it.
    seen: BTreeMap<String, Seen>,
    /// Why nothing is known of any.
    doubt: Option<String>,
    /// How many entries are in doubt besides.
    doubts: usize,
}

struct Seen {
    /// As the first entry spells it.
    name: String,
    members: u64,
}

impl<'a> AskedGroups<'a> {
    /// `has_column`: whether the source has a column of groups.
    pub fn new(rules: &'a [Asked], has_column: bool) -> Self {
        let doubt =
            (!has_column).then(|| "the source has no attribute with groups; name it as source.groups".to_owned());
        Self { rules, seen: BTreeMap::new(), doubt, doubts: 0 }
    }

    /// The groups of one entry are not known.
    pub fn doubt(&mut self, place: &str, because: &str) {
        match self.doubt {
            None => self.doubt = Some(format!("{place}: {because}")),
            Some(_) => self.doubts += 1,
        }
    }

    /// The ids of the asked groups that an entry is in, by its names of groups.
    pub fn of(&mut self, names: &[String]) -> Vec<String> {
        let mut ids = Vec::new();
        for name in names {
            let id = id(name);
            if ids.contains(&id) || !self.rules.iter().any(|rule| is_meant(rule, name)) {
                continue;
            }
            if let Some(seen) = self.seen.get_mut(&id) {
                seen.members += 1;
            } else if self.seen.len() < ASKED_GROUPS_MAX {
                self.seen.insert(id.clone(), Seen { name: name.clone(), members: 1 });
            } else {
                self.doubt
                    .get_or_insert_with(|| format!("more than {ASKED_GROUPS_MAX} groups are asked for; ask for fewer"));
            }
            ids.push(id);
        }
        ids
    }

    /// For the evidence. A group of nobody has no entry that would name it, so where one is asked for by its name it is empty.
    pub fn found(self) -> Vec<DirectoryGroup> {
        let Self { rules, seen, doubt, doubts } = self;
        if let Some(first) = doubt {
            let more = if doubts == 0 { String::new() } else { format!(" (and {doubts} more)") };
            let all = |rule: &Asked| DirectoryGroup { asked: rule.text(), found: Err(format!("{first}{more}")) };
            return rules.iter().map(all).collect();
        }
        let found = |rule: &Asked, id: &str, name: &str, members| DirectoryGroup {
            asked: rule.text(),
            found: Ok(FoundGroup { id: id.into(), name: name.into(), members }),
        };
        let of_rule = |rule: &Asked| match rule {
            Asked::One(name) => {
                let id = id(name);
                vec![found(rule, &id, name, seen.get(&id).map_or(0, |seen| seen.members))]
            }
            Asked::Every { .. } => {
                let meant = seen.iter().filter(|(_, seen)| is_meant(rule, &seen.name));
                meant.map(|(id, seen)| found(rule, id, &seen.name, seen.members)).collect()
            }
        };
        rules.iter().flat_map(of_rule).collect()
    }
}

/// Spellings of one name are one group, whichever entry comes first in the next export.
fn id(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn is_meant(rule: &Asked, name: &str) -> bool {
    match rule {
        Asked::One(asked) => asked.eq_ignore_ascii_case(name),
        Asked::Every { .. } => rule.star(name).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(texts: &[&str]) -> Vec<Asked> {
        texts.iter().map(|text| Asked::of(text)).collect()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Rule, id, name, members.
    fn told(groups: AskedGroups<'_>) -> Vec<(String, String, String, u64)> {
        let told = |DirectoryGroup { asked, found }| {
            let FoundGroup { id, name, members } = found.unwrap();
            (asked, id, name, members)
        };
        groups.found().into_iter().map(told).collect()
    }

    fn row(asked: &str, id: &str, name: &str, members: u64) -> (String, String, String, u64) {
        (asked.into(), id.into(), name.into(), members)
    }

    #[test]
    fn a_group_is_one_however_it_is_spelled_and_listed_once_a_rule() {
        let rules = rules(&["PM-platform", "pm-*", "pm-empty", "pm-mobile"]);
        let mut groups = AskedGroups::new(&rules, true);
        assert_eq!(groups.of(&names(&["Pm-Platform", "other"])), ["pm-platform"]);
        assert_eq!(groups.of(&names(&["pm-platform", "PM-PLATFORM", "pm-Design"])), ["pm-platform", "pm-design"]);
        assert!(groups.of(&names(&["other", "xpm-"])).is_empty());
        assert_eq!(
            told(groups),
            [
                // Called as the rule has it, or a change of spelling in one row would be a change of name.
                row("PM-platform", "pm-platform", "PM-platform", 2),
                row("pm-*", "pm-design", "pm-Design", 1),
                row("pm-*", "pm-platform", "Pm-Platform", 2),
                row("pm-empty", "pm-empty", "pm-empty", 0),
                row("pm-mobile", "pm-mobile", "pm-mobile", 0),
            ]
        );
    }

    #[test]
    fn one_entry_without_groups_makes_all_of_them_unknown() {
        let rules = rules(&["a", "b*"]);
        let mut groups = AskedGroups::new(&rules, true);
        groups.of(&names(&["a"]));
        groups.doubt("people.json line 3", "groups is missing");
        groups.doubt("people.json line 4", "groups is missing");
        let found = groups.found();
        assert_eq!(found.len(), 2);
        let why = "people.json line 3: groups is missing (and 1 more)".to_owned();
        assert!(found.iter().all(|group| group.found == Err(why.clone())), "{found:?}");
    }

    #[test]
    fn without_a_column_nothing_is_known() {
        let rules = rules(&["a"]);
        let found = AskedGroups::new(&rules, false).found();
        assert!(found[0].found.as_ref().unwrap_err().contains("source.groups"));
    }

    #[test]
    fn a_pattern_that_means_too_many_is_not_followed() {
        let rules = rules(&["*"]);
        let mut groups = AskedGroups::new(&rules, true);
        for n in 0..=ASKED_GROUPS_MAX {
            groups.of(&[format!("g{n}")]);
        }
        assert!(groups.found()[0].found.as_ref().unwrap_err().contains("more than"));
    }
}
