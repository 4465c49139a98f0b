//! The rows of one listing as they go by: each has an id of its own, or the listing moved.
//!
//! Never: keeps more of a row than 16 bytes.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::text::text;
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;

/// A row and its id.
pub type Row = (String, Map<String, Value>);

/// What was seen of a listing. Of each id only a hash.
#[derive(Default)]
pub struct Seen {
    ids: HashSet<u128>,
    pages: u64,
}

impl Seen {
    /// One page more. Errors: why its rows cannot be what they should be.
    pub fn page(&mut self, rows: Vec<Value>) -> Result<Vec<Row>, &'static str> {
        self.pages += 1;
        rows.into_iter().map(|row| self.know(row)).collect()
    }

    /// How many different ones were there.
    pub fn entries(&self) -> u64 {
        self.ids.len() as u64
    }

    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// For the evidence: `1200 in 3 pages`.
    pub fn checked(&self) -> String {
        let pages = if self.pages == 1 { "page" } else { "pages" };
        format!("{} in {} {pages}", self.entries(), self.pages)
    }

    fn know(&mut self, row: Value) -> Result<Row, &'static str> {
        let Value::Object(row) = row else { return Err("a row that is no object") };
        let id = text(&row, "id").ok_or("a row without an `id`")?.to_owned();
        if !self.ids.insert(hash(&id)) {
            return Err("an id came twice, so the listing moved while it was read; the next cycle reads it again");
        }
        Ok((id, row))
    }
}

/// Of an id, or of an address, within one directory.
pub fn hash(id: &str) -> u128 {
    id_hash(&SourceId::new("rest", id))
}
