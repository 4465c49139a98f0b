//! A whole listing, page by page, by the links that Okta gives. The next page is asked for before this one is decoded, so that
//! Okta works on it meanwhile.
//!
//! Never: makes up a cursor, ends on an empty page or on one without any link, or holds more than a page and the one on its way.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::server::{Server, text};
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::Ahead;

/// As many as the other sources read: two million people in the smallest pages that anybody would take, and some.
const PAGES_MAX: u64 = 50_000;

/// Where a listing stands.
pub struct Listing<'a> {
    server: &'a Server<'a>,
    /// What it is a listing of, for messages: `/apps`.
    what: String,
    /// Nothing after the last page.
    ahead: Ahead,
    /// Every page links to itself at least; one that does not has lost its links on the way, and with them the next page.
    is_linked: bool,
    /// Of each id only a hash: 16 bytes.
    ids: HashSet<u128>,
    asked: HashSet<u128>,
    pub pages: u64,
}

impl<'a> Listing<'a> {
    /// Asks for the first page. `what` is the listing's name for messages.
    pub fn of(server: &'a Server<'a>, what: impl Into<String>, path: String) -> Self {
        let (ids, asked) = (HashSet::new(), HashSet::new());
        let ahead = Ahead::new(&server.rest);
        let mut listing = Self { server, what: what.into(), ahead, is_linked: true, ids, asked, pages: 0 };
        listing.ask(path);
        listing
    }

    /// Where Okta does not say that there are links: what comes without one is all there is.
    pub fn whole_or_linked(self) -> Self {
        Self { is_linked: false, ..self }
    }

    /// The next rows with their ids; nothing behind the last page.
    pub async fn next(&mut self) -> Result<Option<Vec<(String, Map<String, Value>)>>, SourceError> {
        let Some((path, answer)) = self.ahead.next().await? else { return Ok(None) };
        if answer.status == 200
            && let Some(next) = self.server.rest.next_page(&answer, &path)?
        {
            self.ask_once(next)?;
        }
        let rows = self.server.rows(&answer)?;
        self.pages += 1;
        let rows = rows.into_iter().map(|row| self.know(row)).collect::<Result<_, _>>()?;
        if self.is_linked && answer.header("link").is_none() {
            return Err(self.wrong(
                "a page came without a Link header, so nobody can know whether there are more; what is between here and Okta has \
                 to let it through",
            ));
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

    fn ask(&mut self, path: String) {
        self.asked.insert(hash(&path));
        self.ahead.ask(path);
    }

    fn ask_once(&mut self, next: String) -> Result<(), SourceError> {
        if self.asked.contains(&hash(&next)) {
            return Err(self.wrong("the link to the next page leads to one that was read already"));
        }
        if self.pages >= PAGES_MAX {
            return Err(
                self.wrong(&format!("more than {PAGES_MAX} pages; take a larger page_size, or read fewer people"))
            );
        }
        self.ask(next);
        Ok(())
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

/// Of an id, or of an address within the org.
pub fn hash(id: &str) -> u128 {
    id_hash(&SourceId::new("okta", id))
}

#[cfg(test)]
mod tests;
