//! A whole listing, page by page, by offset: there is no total in it and no link, and a page may be short in its middle. The
//! next page is on its way while this one is worked on.
//!
//! Never: ends on a short page, or takes an id that comes twice.

use super::server::Server;
use crate::source::SourceError;
use crate::source::rest::{Ahead, Row, Seen};

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
    seen: Seen,
}

impl<'a> Listing<'a> {
    /// Asks for the first page. `wanted`: how many were counted; without it the listing ends with an empty page.
    pub fn of(server: &'a Server<'a>, what: &'static str, path: String, wanted: Option<u64>) -> Self {
        let (ahead, seen) = (Ahead::new(&server.rest), Seen::default());
        let mut listing = Self { server, what, path, wanted, first: 0, ahead, seen };
        listing.ask();
        listing
    }

    /// The next rows with their ids; nothing behind the last page.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, SourceError> {
        let Some((_, answer)) = self.ahead.next().await? else { return Ok(None) };
        if answer.status == 200 && self.wanted.is_some_and(|wanted| self.first < wanted) {
            self.ask();
        }
        let rows = self.server.rows(&answer)?;
        let is_empty = rows.is_empty();
        let rows = self.seen.page(rows).map_err(|why| self.wrong(why))?;
        if self.first > ROWS_MAX {
            return Err(self.wrong(&format!("more than {ROWS_MAX} rows")));
        }
        // Fewer than were counted, or nobody counted: only an empty page is the end.
        if !is_empty && self.ahead.is_idle() && self.wanted.is_none_or(|wanted| self.seen.entries() < wanted) {
            self.ask();
        }
        Ok(Some(rows))
    }

    /// Whoever may not be viewed is taken out of a page that was cut before, so it is the offset that counts.
    fn ask(&mut self) {
        self.ahead.ask(self.server.page_of(&self.path, self.first));
        self.first += u64::from(self.server.settings.page_size);
    }

    /// What went by.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    fn wrong(&self, why: &str) -> SourceError {
        self.server.rest.malformed(format!("{}: {why}", self.what))
    }
}

#[cfg(test)]
mod tests;
