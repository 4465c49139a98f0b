//! Scope: which entries of the directory should have Postman.
//!
//! Never: looks at anything but the entry itself and its userName.

use std::collections::BTreeMap;

use super::model::{DirectoryUser, UserName};
use super::pattern::{Pattern, first_match};

/// `[scope]`. With no groups and no include, everybody is in scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names of groups; a member of one of them is in scope. Compared ASCII-case-insensitively.
    pub groups: Vec<String>,
    /// By the name of the source: its own groups, in place of `groups`.
    pub groups_of: BTreeMap<String, Vec<String>>,
    pub include: Vec<Pattern>,
    /// Beats `groups` and `include`.
    pub exclude: Vec<Pattern>,
}

impl Scope {
    /// `Ok` with the rule that lets the entry in, `Err` with the rule that keeps it out. Patterns need a
    /// userName: an entry without one (its mail went blank) stays in while `include` might have matched it, since
    /// not knowing takes nothing away.
    pub fn judge(&self, user: &DirectoryUser, user_name: Option<&UserName>) -> Result<String, String> {
        if let Some(pattern) = user_name.and_then(|name| first_match(&self.exclude, name)) {
            return Err(format!("scope.exclude has \"{}\"", pattern.as_str()));
        }
        let groups = self.groups_of.get(&user.id.source).unwrap_or(&self.groups);
        if groups.is_empty() && self.include.is_empty() {
            return Ok("everybody is in scope".into());
        }
        if let Some(pattern) = user_name.and_then(|name| first_match(&self.include, name)) {
            return Ok(format!("scope.include has \"{}\"", pattern.as_str()));
        }
        let group = groups.iter().find(|wanted| user.groups.iter().any(|has| has.eq_ignore_ascii_case(wanted)));
        match group {
            Some(group) => Ok(format!("member of {group}")),
            None if user_name.is_none() && !self.include.is_empty() => {
                Ok("there is no userName to compare with scope.include".into())
            }
            None if groups.is_empty() => Err("no pattern of scope.include matches".into()),
            None => Err(format!("in none of the groups {}", groups.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{Active, SourceId};

    fn in_scope(scope: &Scope, groups: &[&str], user_name: Option<&str>) -> bool {
        let user = DirectoryUser {
            id: SourceId::new("hr", "1"),
            attributes: serde_json::Map::new(),
            active: Active::Yes,
            active_because: String::new(),
            groups: groups.iter().map(|group| (*group).into()).collect(),
            in_groups: Vec::new(),
            place: String::new(),
        };
        scope.judge(&user, user_name.map(UserName::new).as_ref()).is_ok()
    }

    fn scope(groups: &[&str], include: &[&str], exclude: &[&str]) -> Scope {
        let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect();
        let groups = groups.iter().map(|group| (*group).into()).collect();
        Scope { groups, include: patterns(include), exclude: patterns(exclude), ..Scope::default() }
    }

    #[test]
    fn groups_or_include_let_in_and_exclude_beats_both() {
        let ada = Some("Ada@acme.example");
        for (scope, groups, user_name, expected) in [
            (scope(&[], &[], &[]), &[][..], ada, true),
            (scope(&["team"], &[], &[]), &["TEAM"][..], ada, true),
            (scope(&["team"], &[], &[]), &["teams"][..], ada, false),
            (scope(&["team"], &["ada@*"], &[]), &[][..], ada, true),
            (scope(&["team"], &["eve@*"], &[]), &[][..], ada, false),
            (scope(&["team"], &["ada@*"], &["*@ACME.example"]), &["team"][..], ada, false),
            (scope(&[], &[], &["*@acme.example"]), &[][..], ada, false),
            (scope(&["team"], &[], &["*"]), &["team"][..], None, true),
            (scope(&["team"], &[], &[]), &[][..], None, false),
        ] {
            assert_eq!(in_scope(&scope, groups, user_name), expected, "{scope:?} {groups:?}");
        }
    }

    #[test]
    fn a_source_with_groups_of_its_own_has_no_others() {
        let own = BTreeMap::from([("hr".to_owned(), vec!["staff".to_owned()])]);
        let scope = Scope { groups_of: own, ..scope(&["team"], &[], &[]) };
        assert!(in_scope(&scope, &["Staff"], None));
        assert!(!in_scope(&scope, &["team"], None));
        let others = Scope { groups_of: BTreeMap::from([("corp".to_owned(), vec!["staff".to_owned()])]), ..scope };
        assert!(in_scope(&others, &["team"], None));
    }

    #[test]
    fn an_entry_whose_user_name_is_not_known_is_not_put_out_by_a_pattern() {
        assert!(in_scope(&scope(&[], &["*@acme.example"], &[]), &[], None));
        assert!(in_scope(&scope(&["team"], &["*@acme.example"], &[]), &["other"], None));
    }
}
