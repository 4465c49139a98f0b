//! Scope: which entries of the directory should have Postman.
//!
//! Never: looks at anything but the entry itself and its userName.

use super::model::{DirectoryUser, UserName};
use super::pattern::{Pattern, first_match};

/// `[scope]`. With no groups and no include, everybody is in scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names of groups; a member of one of them is in scope. Compared ASCII-case-insensitively.
    pub groups: Vec<String>,
    pub include: Vec<Pattern>,
    /// Beats `groups` and `include`.
    pub exclude: Vec<Pattern>,
}

impl Scope {
    /// `Ok` with the rule that lets the entry in, `Err` with the rule that keeps it out. Patterns need a
    /// userName, so an entry without one is judged by its groups only.
    pub fn judge(&self, user: &DirectoryUser, user_name: Option<&UserName>) -> Result<String, String> {
        if let Some(pattern) = user_name.and_then(|name| first_match(&self.exclude, name)) {
            return Err(format!("scope.exclude has \"{}\"", pattern.as_str()));
        }
        if self.groups.is_empty() && self.include.is_empty() {
            return Ok("everybody is in scope".into());
        }
        if let Some(pattern) = user_name.and_then(|name| first_match(&self.include, name)) {
            return Ok(format!("scope.include has \"{}\"", pattern.as_str()));
        }
        let group = self.groups.iter().find(|wanted| user.groups.iter().any(|has| has.eq_ignore_ascii_case(wanted)));
        match group {
            Some(group) => Ok(format!("member of {group}")),
            None if self.groups.is_empty() => Err("no pattern of scope.include matches".into()),
            None => Err(format!("in none of the groups {}", self.groups.join(", "))),
        }
    }
}
