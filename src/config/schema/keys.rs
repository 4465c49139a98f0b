//! The table itself. Order, grouping and wording are those of the reference configuration.
//!
//! Never: a key without a meaning.

mod groups;
mod people;
mod service;
mod source;
mod team;

use super::{Key, Kind, Reach, Unset};

const DAY_S: i64 = 86_400;

const PARTS: [&[Key]; 5] = [team::TEAM, source::SOURCE, groups::GROUPS, people::PEOPLE, service::SERVICE];

/// Every key of this version.
pub const KEYS: &[Key] = &joined::<{ count() }>();

const fn key(path: &'static str, kind: Kind, unset: Unset, reach: Reach, meaning: &'static str) -> Key {
    Key { path, kind, unset, reach, meaning, types: &[] }
}

impl Key {
    const fn of(self, types: &'static [&'static str]) -> Key {
        Key { types, ..self }
    }
}

/// `[..].concat()`, which cannot be called here.
const fn joined<const N: usize>() -> [Key; N] {
    let mut all = [PARTS[0][0]; N];
    let (mut part, mut at) = (0, 0);
    while part < PARTS.len() {
        let mut of_part = 0;
        while of_part < PARTS[part].len() {
            all[at] = PARTS[part][of_part];
            (of_part, at) = (of_part + 1, at + 1);
        }
        part += 1;
    }
    all
}

const fn count() -> usize {
    let (mut part, mut count) = (0, 0);
    while part < PARTS.len() {
        count += PARTS[part].len();
        part += 1;
    }
    count
}
