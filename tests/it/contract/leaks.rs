//! What must not come out, or stay: secrets anywhere, people in the log, and people of a reading that is worth nothing.

use std::path::Path;

use crate::support::{Answer, Lab, Row};

use super::stage::Stop;

/// How files with secrets end; what a fixture writes into such a file is one.
const SECRETS: [&str; 4] = ["key", "password", "token", "secret"];

/// No secret of this lab is in the output or in the state.
pub fn no_secret(lab: &Lab, answer: &Answer) -> Result<(), Stop> {
    let files = std::fs::read_dir(lab.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let is_secret = |path: &Path| path.extension().is_some_and(|end| SECRETS.iter().any(|secret| end == *secret));
    for path in files.filter(|path| is_secret(path)) {
        let secret = std::fs::read_to_string(&path).unwrap();
        let places = [
            ("the report", answer.out.contains(&secret)),
            ("the log", answer.err.contains(&secret)),
            ("the state", Kept::of(lab).has(&secret)),
        ];
        if let Some((place, _)) = places.iter().find(|(_, has)| *has) {
            return Err(Stop::Failed(format!("{place} has the secret of {}", path.display())));
        }
    }
    Ok(())
}

/// Nobody of these is named.
pub fn nobody(place: &str, text: &str, people: &[Row]) -> Result<(), Stop> {
    match people.iter().flat_map(names).find(|name| text.contains(name)) {
        Some(name) => Err(Stop::Failed(format!("{place} names {name}: {text}"))),
        None => Ok(()),
    }
}

/// First names are left out: one of them is `New`.
fn names(row: &Row) -> impl Iterator<Item = &str> {
    [row.mail.as_str(), row.family.as_str()].into_iter().filter(|name| !name.is_empty())
}

/// The bytes of the state database, and of the files beside it.
pub struct Kept(Vec<u8>);

impl Kept {
    pub fn of(lab: &Lab) -> Self {
        let files = std::fs::read_dir(lab.path("state")).into_iter().flatten();
        Self(files.flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect())
    }

    pub fn has(&self, part: &str) -> bool {
        self.0.windows(part.len()).any(|window| window == part.as_bytes())
    }

    /// Nobody of these is in it who was not in it before.
    pub fn has_nobody_new(&self, before: &Self, people: &[Row]) -> Result<(), Stop> {
        match people.iter().flat_map(names).find(|name| self.has(name) && !before.has(name)) {
            Some(name) => Err(Stop::Failed(format!("the state has {name}, of a reading that is worth nothing"))),
            None => Ok(()),
        }
    }
}
