//! What loading finds out: problems with their lines, and warnings.
//!
//! Never: stops at the first, or holds the value of a setting that could be a secret.

use std::collections::BTreeMap;

use super::Problem;
use super::lines::Lines;

/// Problems and warnings so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) lines: Lines,
    /// Keys that the environment sets, with the variable's name: their problem is in no line of the file.
    pub(super) variables: BTreeMap<String, String>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

impl Findings {
    /// Something is wrong with the key; the line is that of the key, else of its table. Said once, however often it is found.
    pub(super) fn wrong(&mut self, key: &str, message: impl Into<String>, advice: Option<String>) {
        let mut message = message.into();
        let variable = self.variables.get(key);
        if let Some(variable) = variable {
            message = format!("{message} (set by {variable})");
        }
        let line = if variable.is_some() { None } else { self.lines.nearest(key) };
        let problem = Problem { key: key.into(), line, message, advice };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// The key should be there. Nothing, when something is wrong with it already: a value that could not be read is
    /// absent for the rules.
    pub(super) fn missing(&mut self, key: &str, message: impl Into<String>, advice: impl Into<String>) {
        if !self.told(key) {
            self.wrong(key, message, Some(advice.into()));
        }
    }

    /// Whether something is known to be wrong with exactly that key.
    pub(super) fn told(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| problem.key == key)
    }

    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// The problems in the order of the file, those without a line last.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        self.problems
    }
}
