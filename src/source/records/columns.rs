//! Which attribute holds the id, the state and the groups, and what to say when one is not there.
//!
//! Never: guesses a column; the nearest name is advice.

use super::place::printable;
use crate::config::records::RecordSettings;

/// How many names a message lists.
const LISTED: usize = 20;

/// The attributes that are read for more than the mapping, by the names they have in an entry.
#[derive(Clone)]
pub struct Columns {
    pub id: String,
    pub active: Option<String>,
    pub groups: Option<String>,
}

impl Columns {
    /// As they are in the settings.
    pub fn configured(settings: &RecordSettings) -> Self {
        Self { id: settings.id.clone(), active: settings.active.clone(), groups: settings.groups.clone() }
    }
}

/// What there is, and what was probably meant: `it has: ID, mail; did you mean "ID"?`.
pub fn advice(wanted: &str, names: &[&str]) -> String {
    if names.iter().any(|name| name.contains('@')) {
        // Not column names but a person, who does not belong in a log.
        return "it looks like a person and not like column names; write the column names into the first line".into();
    }
    let mut listed: Vec<String> = names.iter().take(LISTED).map(|name| printable(name)).collect();
    if names.len() > LISTED {
        listed.push(format!("and {} more", names.len() - LISTED));
    }
    let meant = match nearest(wanted, names) {
        Some(name) => format!("did you mean \"{}\"?", printable(name)),
        None => "correct the setting, or add the column to the export".into(),
    };
    format!("it has: {}; {meant}", listed.join(", "))
}

/// The name that is spelled most like `wanted`, if any is.
fn nearest<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    let fold = |name: &str| -> Vec<char> {
        name.chars().take(80).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = fold(wanted);
    let distances = names.iter().map(|name| (edits(&wanted, &fold(name)), *name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= wanted.len() / 3).then_some(name)
}

/// How many letters have to be put in, taken out or replaced (Levenshtein).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_nearest_column() {
        for (wanted, names, meant) in [
            ("status", &["id", "Status"][..], "did you mean \"Status\"?"),
            ("employee_id", &["mail", "Employee ID"], "did you mean \"Employee ID\"?"),
            ("status", &["id", "statsu"], "did you mean \"statsu\"?"),
            ("status", &["id", "mail"], "correct the setting"),
            ("id", &[], "correct the setting"),
        ] {
            let advice = advice(wanted, names);
            assert!(advice.contains(meant), "{advice}");
        }
    }

    #[test]
    fn advice_never_repeats_a_person() {
        assert!(!advice("id", &["17", "Ada", "ada@acme.example"]).contains("Ada"));
    }

    #[test]
    fn advice_stays_short() {
        let names: Vec<String> = (0..500).map(|n| format!("column-{n}-{}", "x".repeat(200))).collect();
        let advice = advice("id", &names.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(advice.contains("and 480 more") && advice.len() < 2000);
    }
}
