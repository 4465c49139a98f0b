//! What must not come out, or stay: secrets anywhere, people in the log, and people of a reading that is worth nothing.

use crate::canary::Canaries;
use crate::support::{Answer, Lab, Row};

use super::stage::Stop;

/// No secret of this lab is in the output or in the state.
pub fn no_secret(lab: &Lab, answer: &Answer) -> Result<(), Stop> {
    let canaries = Canaries::of(lab.folder.path());
    let kept = Kept::of(lab).0;
    let places = [("the report", answer.out.as_bytes()), ("the log", answer.err.as_bytes()), ("the state", &kept[..])];
    for (place, content) in places {
        if let Some(secret) = canaries.find(content) {
            return Err(Stop::Failed(format!("{place} has the secret {secret}")));
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
        memchr::memmem::find(&self.0, part.as_bytes()).is_some()
    }

    /// Nobody of these is in it who was not in it before.
    pub fn has_nobody_new(&self, before: &Self, people: &[Row]) -> Result<(), Stop> {
        match people.iter().flat_map(names).find(|name| self.has(name) && !before.has(name)) {
            Some(name) => Err(Stop::Failed(format!("the state has {name}, of a reading that is worth nothing"))),
            None => Ok(()),
        }
    }
}
