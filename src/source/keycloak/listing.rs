//! A whole listing, page by page, by offset: there is no total in it and no link, and a page may be short in its middle.
//!
//! Never: ends on a short page, or takes an id that comes twice.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::server::{Server, text};
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;

/// As many as the other sources read.
const ROWS_MAX: u64 = 2_000_000;

/// Where a listing stands.
pub struct Listing<'a> {
    server: &'a Server<'a>,
    /// Its path, without the parameters.
    path: String,
    /// How many there are, where something says it.
    wanted: Option<u64>,
    first: u64,
    is_over: bool,
    /// Of each id only a hash: 16 bytes.
    ids: HashSet<u128>,
    pages: u64,
}

impl<'a> Listing<'a> {
    /// `wanted`: how many were counted; without it the listing ends with an empty page.
    pub fn of(server: &'a Server<'a>, path: impl Into<String>, wanted: Option<u64>) -> Self {
        Self { server, path: path.into(), wanted, first: 0, is_over: false, ids: HashSet::new(), pages: 0 }
    }

    /// The next rows with their ids; nothing behind the last page.
    pub async fn next(&mut self) -> Result<Option<Vec<(String, Map<String, Value>)>>, SourceError> {
        if self.is_over {
            return Ok(None);
        }
        let rows = self.server.page(&self.path, self.first).await?;
        let is_empty = rows.is_empty();
        let rows: Vec<_> = rows.into_iter().map(|row| self.know(row)).collect::<Result<_, _>>()?;
        self.pages += 1;
        // Whoever may not be viewed is taken out of a page that was cut before, so it is the offset that counts.
        self.first += u64::from(self.server.settings.page_size);
        self.is_over = is_empty || self.wanted.is_some_and(|wanted| self.entries() >= wanted);
        if self.first > ROWS_MAX {
            return Err(self.wrong(&format!("more than {ROWS_MAX} rows")));
        }
        Ok(Some(rows))
    }

    /// How many different ones were there.
    pub fn entries(&self) -> u64 {
        self.ids.len() as u64
    }

    /// For the evidence: `1200 in 3 pages`.
    pub fn checked(&self) -> String {
        let pages = if self.pages == 1 { "page" } else { "pages" };
        format!("{} in {} {pages}", self.entries(), self.pages)
    }

    fn know(&mut self, row: Value) -> Result<(String, Map<String, Value>), SourceError> {
        let Value::Object(row) = row else { return Err(self.wrong("a row that is no object")) };
        let Some(id) = text(&row, "id").map(str::to_owned) else { return Err(self.wrong("a row without an `id`")) };
        if !self.ids.insert(hash(&id)) {
            return Err(
                self.wrong("an id came twice, so the listing moved while it was read; the next cycle reads it again")
            );
        }
        Ok((id, row))
    }

    fn wrong(&self, why: &str) -> SourceError {
        let what = self.path.rsplit('/').next().unwrap_or_default();
        self.server.rest.malformed(format!("{what}: {why}"))
    }
}

/// Of an id within the realm.
pub fn hash(id: &str) -> u128 {
    id_hash(&SourceId::new("keycloak", id))
}
