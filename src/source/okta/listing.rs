//! A whole listing, page by page, by the links that Okta gives. The next page is asked for before this one is decoded, so that
//! Okta works on it meanwhile.
//!
//! Never: makes up a cursor, ends on an empty page, or holds more than a page and the one on its way.

use std::collections::HashSet;

use serde_json::{Map, Value};
use tokio::task::JoinSet;

use super::server::{Server, text};
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::{Answer, On500};

/// As many as the other sources read: two million people in the smallest pages that anybody would take, and some.
const PAGES_MAX: u64 = 50_000;

/// Where a listing stands.
pub struct Listing<'a> {
    server: &'a Server<'a>,
    /// What it is a listing of, for messages: `/apps`.
    what: String,
    /// The page on its way, which nobody waits for if this is dropped; nothing after the last.
    coming: JoinSet<(String, Result<Answer, SourceError>)>,
    /// Of each id only a hash: 16 bytes.
    ids: HashSet<u128>,
    asked: HashSet<u128>,
    pub pages: u64,
}

impl<'a> Listing<'a> {
    /// Asks for the first page. `what` is the listing's name for messages.
    pub fn of(server: &'a Server<'a>, what: impl Into<String>, path: String) -> Self {
        let (ids, asked) = (HashSet::new(), HashSet::new());
        let mut listing = Self { server, what: what.into(), coming: JoinSet::new(), ids, asked, pages: 0 };
        listing.ask(path);
        listing
    }

    /// The next rows with their ids; nothing behind the last page.
    pub async fn next(&mut self) -> Result<Option<Vec<(String, Map<String, Value>)>>, SourceError> {
        let Some(came) = self.coming.join_next().await else { return Ok(None) };
        let (path, answer) = came.map_err(|_| self.wrong("a page was asked for and the answer got lost"))?;
        let answer = answer?;
        if answer.status == 200
            && let Some(next) = self.server.rest.next_page(&answer, &path)?
        {
            self.ask_once(next)?;
        }
        let rows = self.server.rows(&answer)?;
        self.pages += 1;
        rows.into_iter().map(|row| self.know(row)).collect::<Result<_, _>>().map(Some)
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
        let rest = self.server.rest.clone();
        self.coming.spawn(async move {
            let answer = rest.get(&path, On500::TryAgain).await;
            (path, answer)
        });
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
