//! What several sources have in common: which entries are whom, by id, so that a person whose address changes in one
//! directory before the other stays one person; and which source no longer shows somebody.
//!
//! Never: holds a name or an address, or decides who is whom.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};

use super::Store;
use super::error::{Attempt, Result};
use super::rows::{blob, hash, moment};
use crate::core::model::SourceId;
use crate::core::snapshot::{Absence, Missing, id_hash};

const READING: &str = "read which entries are the same person";

impl Store {
    /// Of one source, the entries that are people bound to an id of another: hashes of the entry's id and of the person's.
    pub fn joined(&self, source: &str) -> Result<Vec<(u128, u128)>> {
        self.read(READING, |conn| {
            let mut statement = conn.prepare_cached("SELECT id_hash, person_hash FROM joined WHERE source = ?")?;
            let (mut rows, mut joined) = (statement.query([source])?, Vec::new());
            while let Some(row) = rows.next()? {
                joined.push((hash(row, 0)?, hash(row, 1)?));
            }
            Ok(joined)
        })
    }

    /// The people whom this source does not show, though it did: by the hash of the person's id.
    pub fn missing(&self, source: &str) -> Result<BTreeMap<u128, Missing>> {
        self.read(READING, |conn| {
            let mut statement = conn
                .prepare_cached("SELECT person_hash, cycles, at, at_boot, at_uptime FROM missing WHERE source = ?")?;
            let (mut rows, mut missing) = (statement.query([source])?, BTreeMap::new());
            while let Some(row) = rows.next()? {
                let since = match row.get::<_, Option<u32>>(1)? {
                    Some(cycles) => Missing::Since(Absence { first: moment(row, 2)?, cycles }),
                    None => Missing::ForGood,
                };
                missing.insert(hash(row, 0)?, since);
            }
            Ok(missing)
        })
    }
}

/// An entry takes the place of the one that its source had for this person before.
pub(super) fn join(tx: &Transaction<'_>, entry: &SourceId, person: &SourceId) -> Attempt<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO joined (id_hash, person_hash, source) VALUES (?, ?, ?)")?
        .execute(params![blob(id_hash(entry)), blob(id_hash(person)), entry.source])?;
    set_missing(tx, person, &entry.source, None)
}

/// The old id is an entry of the same person from now on, unless its source has the new one.
pub(super) fn rebind(tx: &Transaction<'_>, from: &SourceId, to: &SourceId) -> Attempt<()> {
    let (old, new) = (blob(id_hash(from)), blob(id_hash(to)));
    tx.execute(
        "DELETE FROM joined WHERE id_hash = ?1 OR (person_hash = ?2 AND source = ?3)",
        params![new, old, to.source],
    )?;
    tx.execute("UPDATE OR REPLACE joined SET person_hash = ?2 WHERE person_hash = ?1", params![old, new])?;
    tx.execute("DELETE FROM missing WHERE person_hash IN (?1, ?2)", params![old, new])?;
    if from.source == to.source {
        return Ok(());
    }
    join(tx, from, to)?;
    // A person said that the account passes on: nobody waits to see whether the old entry is gone.
    set_missing(tx, to, &from.source, Some(Missing::ForGood))
}

pub(super) fn part(tx: &Transaction<'_>, person: &SourceId) -> Attempt<()> {
    tx.execute("DELETE FROM joined WHERE person_hash = ?", [blob(id_hash(person))])?;
    tx.execute("DELETE FROM missing WHERE person_hash = ?", [blob(id_hash(person))])?;
    Ok(())
}

pub(super) fn set_missing(
    tx: &Transaction<'_>,
    person: &SourceId,
    source: &str,
    missing: Option<Missing>,
) -> Attempt<()> {
    let person = blob(id_hash(person));
    let Some(missing) = missing else {
        tx.prepare_cached("DELETE FROM missing WHERE person_hash = ? AND source = ?")?
            .execute(params![person, source])?;
        return Ok(());
    };
    let absence = match missing {
        Missing::Since(absence) => Some(absence),
        Missing::ForGood => None,
    };
    let first = absence.map(|absence| absence.first);
    tx.prepare_cached(
        "INSERT OR REPLACE INTO missing (person_hash, source, cycles, at, at_boot, at_uptime) VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        person,
        source,
        absence.map(|absence| absence.cycles),
        first.map(|first| first.unix_s),
        first.map(|first| first.boot),
        first.map(|first| first.uptime_s),
    ])?;
    Ok(())
}
