//! How values become columns and back: moments, hashes, JSON.
//!
//! Never: puts a stored value into an error.

use rusqlite::types::ValueRef;
use rusqlite::{Row, RowIndex};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Attempt, Fault};
use crate::core::time::Moment;

/// The three columns of a moment, the first of them at `at`.
pub(super) fn moment(row: &Row<'_>, at: usize) -> rusqlite::Result<Moment> {
    Ok(Moment { unix_s: row.get(at)?, boot: row.get(at + 1)?, uptime_s: row.get(at + 2)? })
}

/// A count or a sum.
pub(super) fn whole(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(at)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value))
}

/// SQL for `Moment::since`: seconds from the row's `at` columns to the moment bound as `:now`, `:boot`, `:uptime`.
/// One boot is measured by uptime, so that setting the clock neither empties a budget nor prolongs an approval.
macro_rules! elapsed {
    () => {
        "max(0, CASE WHEN :boot <> 0 AND at_boot = :boot THEN :uptime - at_uptime ELSE :now - at END)"
    };
}
pub(super) use elapsed;

pub(super) fn blob(hash: u128) -> [u8; 16] {
    hash.to_le_bytes()
}

pub(super) fn hash(row: &Row<'_>, index: impl RowIndex) -> Attempt<u128> {
    match row.get_ref(index)? {
        ValueRef::Blob(bytes) => {
            let bytes = bytes.try_into().map_err(|_| Fault::Unreadable("a hash is not 16 bytes long".into()))?;
            Ok(u128::from_le_bytes(bytes))
        }
        _ => Err(Fault::Unreadable("a hash is missing".into())),
    }
}

pub(super) fn to_json(value: &impl Serialize) -> Attempt<String> {
    serde_json::to_string(value).map_err(|_| Fault::Refused("a value cannot be written as JSON".into()))
}

/// `what` names the column; serde's own message may quote what it found.
pub(super) fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> Attempt<T> {
    serde_json::from_str(text)
        .map_err(|error| Fault::Unreadable(format!("a stored {what} cannot be read (column {})", error.column())))
}
