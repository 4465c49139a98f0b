//! The text of a scenario: what is wrong with it, all of it, by line.
//!
//! Never: stops at the first problem, but for a text that is no TOML.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Key, Table};

use super::{FaultScope, Scenario};
use crate::sandbox::team::{Elsewhere, Standing};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// In the text, from 1.
    pub line: usize,
    /// ``unknown field `seat`, expected one of `name`, `plan`, ...``
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

pub(super) fn scenario(text: &str) -> Result<Scenario, Vec<Problem>> {
    let at = |span: Option<Range<usize>>| span.map_or(1, |span| line_of(text, span.start));
    let problem =
        |error: &toml_edit::de::Error| Problem { line: at(error.span()), message: error.message().to_owned() };
    let document = Document::parse(text)
        .map_err(|error| vec![Problem { line: at(error.span()), message: format!("no TOML: {}", error.message()) }])?;
    let root = document.as_table();
    match understood(root.clone()) {
        Ok(scenario) => {
            let lines = |name: &str| match root.get(name) {
                Some(Item::ArrayOfTables(tables)) => tables.iter().map(|table| at(table.span())).collect(),
                section => vec![at(section.and_then(Item::span))],
            };
            let problems = nonsense(&scenario, lines);
            if problems.is_empty() { Ok(scenario) } else { Err(problems) }
        }
        Err(first) => {
            let alone = pieces(root).into_iter().filter_map(|piece| understood(piece).err());
            let mut problems: Vec<Problem> = alone.map(|error| problem(&error)).chain([problem(&first)]).collect();
            problems.sort();
            problems.dedup();
            Err(problems)
        }
    }
}

fn understood(root: Table) -> Result<Scenario, toml_edit::de::Error> {
    Scenario::deserialize(DocumentMut::from(root).into_deserializer())
}

/// Each key of a section alone, and each `[[table]]` alone: serde stops at the first problem, so every piece is
/// asked for its own.
fn pieces(root: &Table) -> Vec<Table> {
    let alone = |key: &Key, item: Item| {
        let mut table = Table::new();
        table.insert_formatted(key, item);
        table
    };
    let keyed = |table: &Table| table.iter().filter_map(|(name, _)| table.get_key_value(name)).map(cloned).collect();
    let mut pieces = Vec::new();
    let sections: Vec<(Key, Item)> = keyed(root);
    for (name, item) in &sections {
        match item {
            Item::Table(section) => {
                let keys: Vec<(Key, Item)> = keyed(section);
                pieces.extend(keys.into_iter().map(|(key, value)| alone(name, Item::Table(alone(&key, value)))));
            }
            Item::ArrayOfTables(tables) => pieces.extend(tables.iter().map(|table| {
                let mut one = ArrayOfTables::new();
                one.push(table.clone());
                alone(name, Item::ArrayOfTables(one))
            })),
            _ => pieces.push(alone(name, item.clone())),
        }
    }
    pieces
}

fn cloned((key, item): (&Key, &Item)) -> (Key, Item) {
    (key.clone(), item.clone())
}

/// What is well formed and cannot be meant. `lines` are those of the tables of that name.
fn nonsense(scenario: &Scenario, lines: impl Fn(&str) -> Vec<usize>) -> Vec<Problem> {
    if let Some(message) = scenario.crowd_too_large() {
        let line = lines("team").first().copied().unwrap_or(1);
        return vec![Problem { line, message }];
    }
    let mut problems = Vec::new();
    let mut wrong = |line: usize, message: String| problems.push(Problem { line, message });
    let mut seen = BTreeMap::new();
    for (person, line) in scenario.person.iter().zip(lines("person")) {
        if let Some(before) = seen.insert(person.user_name.to_ascii_lowercase(), line) {
            wrong(line, format!("{} is in line {before} already", person.user_name));
        }
        if person.elsewhere == Elsewhere::OtherTeam && person.standing != Standing::Outside {
            wrong(line, "`elsewhere` is for somebody whose standing is `outside`".to_owned());
        }
    }
    let team = scenario.team();
    for (problem, line) in scenario.in_crowd(&team).into_iter().zip(lines("person")) {
        problem.into_iter().for_each(|message| wrong(line, message));
    }
    let is_active = |user_name: &str| team.find(user_name).is_some_and(|person| person.standing == Standing::Active);
    for (group, line) in scenario.group.iter().zip(lines("group")) {
        if let Some(stranger) = group.members.iter().find(|member| !is_active(member)) {
            wrong(line, format!("{stranger} is no active member, and only they can be in a group"));
        }
    }
    for (fault, line) in scenario.fault.iter().zip(lines("fault")) {
        if fault.kind.is_some() && fault.scope != FaultScope::Any {
            wrong(line, "a fault has `scope` or `kind`, not both".to_owned());
        }
        if fault.always && fault.times != 1 {
            wrong(line, "a fault has `times` or `always`, not both".to_owned());
        }
        if fault.nth == 0 || fault.times == 0 {
            wrong(line, "`nth` and `times` count from 1".to_owned());
        }
    }
    problems
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count()
}
