//! A whole listing, page by page: by index (RFC 7644 §3.4.2.4) or by cursor (RFC 9865).
//!
//! Pages by index are no snapshot: who is hired or leaves meanwhile moves everybody behind them. What shows that ends the
//! reading, and the next cycle reads again; who fell between two pages all the same is found by the look-up.
//! Never: asks for a page twice, trusts `count`, or ends before what the server counted is there.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::names::id;
use super::server::{Page, Server};
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::encoded;

/// As many as the other sources read.
const RESOURCES_MAX: u64 = 2_000_000;

/// Where a listing stands.
pub struct Listing<'a> {
    server: &'a Server<'a>,
    /// `/Users` or `/Groups`.
    endpoint: &'static str,
    filter: Option<&'a str>,
    next: Next,
    /// Of each id only a hash: 16 bytes.
    ids: HashSet<u128>,
    cursors: HashSet<String>,
    total: Option<u64>,
    pages: u64,
}

enum Next {
    From(u64),
    Cursor(String),
    End,
}

impl<'a> Listing<'a> {
    pub fn new(server: &'a Server<'a>, endpoint: &'static str, filter: Option<&'a str>) -> Self {
        let next = if server.pages_by_cursor() { Next::Cursor(String::new()) } else { Next::From(1) };
        let (ids, cursors) = (HashSet::new(), HashSet::new());
        Self { server, endpoint, filter, next, ids, cursors, total: None, pages: 0 }
    }

    /// The next resources with their ids; nothing at the end, when all that the server counted was there.
    pub async fn next(&mut self) -> Result<Option<Vec<(String, Map<String, Value>)>>, SourceError> {
        let query = match &self.next {
            Next::End => return Ok(None),
            Next::From(from) => format!("startIndex={from}"),
            Next::Cursor(cursor) if cursor.is_empty() => "cursor=".into(),
            Next::Cursor(cursor) => format!("cursor={}", encoded(cursor)),
        };
        let filter = self.filter.map(|filter| format!("filter={}&", encoded(filter))).unwrap_or_default();
        let page = self.server.page(self.endpoint, &format!("{filter}{query}")).await?;
        self.pages += 1;
        self.count(&page)?;
        let next_cursor = page.next_cursor.clone();
        let empty = page.resources.is_empty();
        let resources = page.resources.into_iter().map(|resource| self.know(resource)).collect::<Result<_, _>>()?;
        self.next = match &self.next {
            Next::Cursor(_) => self.behind_cursor(next_cursor)?,
            _ => self.behind_index(empty)?,
        };
        Ok(Some(resources))
    }

    /// What was seen, for the evidence: `250 Users in 3 pages, as many as totalResults says`.
    pub fn checked(&self) -> String {
        let kind = self.endpoint.trim_start_matches('/');
        let by = if self.server.pages_by_cursor() { "cursor" } else { "index" };
        let pages = if self.pages == 1 { "page" } else { "pages" };
        let told = self.total.map_or("up to the last cursor", |_| "as many as totalResults said on each");
        format!("{} {kind} in {} {pages} by {by}, {told}", self.ids.len(), self.pages)
    }

    fn count(&mut self, page: &Page) -> Result<(), SourceError> {
        if self.pages > 1 && page.total != self.total {
            let (then, now) = (shown(self.total), shown(page.total));
            return Err(self.moved(&format!("totalResults was {then} and is {now}")));
        }
        self.total = page.total;
        if self.total.is_some_and(|total| total > RESOURCES_MAX) || self.ids.len() as u64 > RESOURCES_MAX {
            let reason = format!("{}: more than {RESOURCES_MAX}; narrow the listing with `filter`", self.endpoint);
            return Err(self.server.rest.malformed(reason));
        }
        Ok(())
    }

    fn know(&mut self, resource: Map<String, Value>) -> Result<(String, Map<String, Value>), SourceError> {
        let Some(id) = id(&resource) else {
            let reason = format!("{}: a resource has no `id`, or an empty one; every one needs its own", self.endpoint);
            return Err(self.server.rest.malformed(reason));
        };
        if !self.ids.insert(id_hash(&SourceId::new(self.endpoint, id.as_str()))) {
            return Err(self.moved("an id came twice"));
        }
        Ok((id, resource))
    }

    fn behind_index(&self, empty: bool) -> Result<Next, SourceError> {
        let read = self.ids.len() as u64;
        match self.total {
            None => Err(self.server.rest.malformed(format!(
                "{}: no `totalResults`, so nobody can know whether the listing is whole; RFC 7644 §3.4.2 wants it",
                self.endpoint
            ))),
            Some(total) if read > total => Err(self.moved(&format!("{read} came, and totalResults is {total}"))),
            Some(total) if read == total => Ok(Next::End),
            Some(total) if empty => Err(self.moved(&format!("it ended after {read} of {total}"))),
            Some(_) => Ok(Next::From(read + 1)),
        }
    }

    fn behind_cursor(&mut self, next: Option<String>) -> Result<Next, SourceError> {
        let read = self.ids.len() as u64;
        match next {
            Some(cursor) if !self.cursors.insert(cursor.clone()) => Err(self.moved("a cursor came twice")),
            Some(cursor) => Ok(Next::Cursor(cursor)),
            None if self.pages == 1 && self.total.is_some_and(|total| read < total) => {
                Err(self.server.rest.malformed(format!(
                    "{}: the first page has {read} of {} and no `nextCursor`; set `paging = \"index\"`",
                    self.endpoint,
                    shown(self.total)
                )))
            }
            None => match self.total {
                Some(total) if read != total => {
                    Err(self.moved(&format!("{read} came up to the last cursor, and totalResults is {total}")))
                }
                _ => Ok(Next::End),
            },
        }
    }

    fn moved(&self, how: &str) -> SourceError {
        self.server.rest.malformed(format!(
            "{}: the listing moved while it was read, or its pages overlap ({how}); the next cycle reads it again. If this \
             comes back, try another `page_size`, or `paging = \"cursor\"`",
            self.endpoint
        ))
    }
}

fn shown(total: Option<u64>) -> String {
    total.map_or_else(|| "absent".to_owned(), |total| total.to_string())
}
