//! A whole listing, page by page, by the links that Okta gives. The next page is asked for before this one is decoded, so that
//! Okta works on it meanwhile.
//!
//! Never: makes up a cursor, ends on an empty page or on one without any link, or holds more than a page and the one on its way.

use std::collections::HashSet;

use super::server::Server;
use crate::source::SourceError;
use crate::source::rest::{Ahead, Row, Seen, hash};

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
    seen: Seen,
    /// Of each address only a hash.
    asked: HashSet<u128>,
}

impl<'a> Listing<'a> {
    /// Asks for the first page. `what` is the listing's name for messages.
    pub fn of(server: &'a Server<'a>, what: impl Into<String>, path: String) -> Self {
        let (ahead, seen, asked) = (Ahead::new(&server.rest), Seen::default(), HashSet::new());
        let mut listing = Self { server, what: what.into(), ahead, is_linked: true, seen, asked };
        listing.ask(path);
        listing
    }

    /// Where Okta does not say that there are links: what comes without one is all there is.
    pub fn whole_or_linked(self) -> Self {
        Self { is_linked: false, ..self }
    }

    /// The next rows with their ids; nothing behind the last page.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, SourceError> {
        let Some((path, answer)) = self.ahead.next().await? else { return Ok(None) };
        if answer.status == 200
            && let Some(next) = self.server.rest.next_page(&answer, &path)?
        {
            self.ask_once(next)?;
        }
        let rows = self.server.rows(&answer)?;
        let rows = self.seen.page(rows).map_err(|why| self.wrong(why))?;
        if self.is_linked && answer.header("link").is_none() {
            return Err(self.wrong(
                "a page came without a Link header, so nobody can know whether there are more; what is between here and Okta has \
                 to let it through",
            ));
        }
        Ok(Some(rows))
    }

    /// What went by.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    fn ask(&mut self, path: String) {
        self.asked.insert(hash(&path));
        self.ahead.ask(path);
    }

    fn ask_once(&mut self, next: String) -> Result<(), SourceError> {
        if self.asked.contains(&hash(&next)) {
            return Err(self.wrong("the link to the next page leads to one that was read already"));
        }
        if self.seen.pages() >= PAGES_MAX {
            return Err(
                self.wrong(&format!("more than {PAGES_MAX} pages; take a larger page_size, or read fewer people"))
            );
        }
        self.ask(next);
        Ok(())
    }

    fn wrong(&self, why: &str) -> SourceError {
        self.server.rest.malformed(format!("{}: {why}", self.what))
    }
}

#[cfg(test)]
mod tests;
