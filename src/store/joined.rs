//! Which entries of further sources are whom: what a reading joined by userName is remembered by id, so that a person whose
//! address changes in one directory before the other stays one person.
//!
//! Never: holds a name or an address, or decides who is whom.

use rusqlite::params;

use super::Store;
use super::error::Result;
use super::rows::{blob, hash};
use crate::core::reading::Joined;

impl Store {
    /// Of one source, the entries that are people bound to an id of another: hashes of the entry's id and of the person's.
    pub fn joined(&self, source: &str) -> Result<Vec<(u128, u128)>> {
        self.read("read which entries are the same person", |conn| {
            let mut statement = conn.prepare_cached("SELECT id_hash, person_hash FROM joined WHERE source = ?")?;
            let (mut rows, mut joined) = (statement.query([source])?, Vec::new());
            while let Some(row) = rows.next()? {
                joined.push((hash(row, 0)?, hash(row, 1)?));
            }
            Ok(joined)
        })
    }

    /// An entry takes the place of the one that its source had for this person before.
    pub fn remember_joined(&mut self, joined: &[Joined]) -> Result<()> {
        if joined.is_empty() {
            return Ok(());
        }
        self.write("store which entries are the same person", |tx| {
            let mut replace =
                tx.prepare_cached("INSERT OR REPLACE INTO joined (id_hash, person_hash, source) VALUES (?, ?, ?)")?;
            for Joined { id, person, source } in joined {
                replace.execute(params![blob(*id), blob(*person), source])?;
            }
            Ok(())
        })
    }
}
