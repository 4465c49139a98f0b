//! A whole listing, page by page, by offset: there is no total in it and no link, and a page may be short in its middle. The
//! next page is on its way while this one is worked on.
//!
//! Never: ends on a short page, or takes an id that comes twice.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::server::{Server, text};
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::Ahead;

/// As many as the other sources read.
const ROWS_MAX: u64 = 2_000_000;

/// Where a listing stands.
pub struct Listing<'a> {
    server: &'a Server<'a>,
    /// What it is a listing of, for messages.
    what: &'static str,
    /// Its path, with the parameters but for the page's.
    path: String,
    /// How many there are, where something says it.
    wanted: Option<u64>,
    /// Where the page after the one on its way begins.
    first: u64,
    /// Nothing after the last page.
    ahead: Ahead,
    /// Of each id only a hash: 16 bytes.
    ids: HashSet<u128>,
    pages: u64,
}

impl<'a> Listing<'a> {
    /// Asks for the first page. `wanted`: how many were counted; without it the listing ends with an empty page.
    pub fn of(server: &'a Server<'a>, what: &'static str, path: String, wanted: Option<u64>) -> Self {
        let (ahead, ids) = (Ahead::new(&server.rest), HashSet::new());
        let mut listing = Self { server, what, path, wanted, first: 0, ahead, ids, pages: 0 };
        listing.ask();
        listing
    }

    /// The next rows with their ids; nothing behind the last page.
    pub async fn next(&mut self) -> Result<Option<Vec<(String, Map<String, Value>)>>, SourceError> {
        let Some((_, answer)) = self.ahead.next().await? else { return Ok(None) };
        if answer.status == 200 && self.wanted.is_some_and(|wanted| self.first < wanted) {
            self.ask();
        }
        let rows = self.server.rows(&answer)?;
        let is_last = rows.is_empty();
        let rows: Vec<_> = rows.into_iter().map(|row| self.know(row)).collect::<Result<_, _>>()?;
        self.pages += 1;
        if self.first > ROWS_MAX {
            return Err(self.wrong(&format!("more than {ROWS_MAX} rows")));
        }
        // Fewer than were counted, or nobody counted: only an empty page is the end.
        if !is_last && self.ahead.is_idle() && self.wanted.is_none_or(|wanted| self.entries() < wanted) {
            self.ask();
        }
        Ok(Some(rows))
    }

    /// Whoever may not be viewed is taken out of a page that was cut before, so it is the offset that counts.
    fn ask(&mut self) {
        self.ahead.ask(self.server.page_of(&self.path, self.first));
        self.first += u64::from(self.server.settings.page_size);
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
        self.server.rest.malformed(format!("{}: {why}", self.what))
    }
}

/// Of an id within the realm.
pub fn hash(id: &str) -> u128 {
    id_hash(&SourceId::new("keycloak", id))
}

#[cfg(test)]
mod tests;
