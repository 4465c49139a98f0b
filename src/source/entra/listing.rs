//! One list of Graph's, page by page: the next page is on its way while this one is decoded.
//!
//! Never: follows a link out of Graph, or one twice; takes a page without rows for the last one; or ends well when fewer came
//! than Graph counted.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::task::JoinSet;

use super::graph::{Graph, Needs};
use crate::core::model::SourceId;
use crate::core::snapshot::id_hash;
use crate::source::SourceError;
use crate::source::rest::Answer;

/// As many as the other sources read.
const ROWS_MAX: u64 = 2_000_000;
/// Pages may be empty and still have a next one, for so long.
const PAGES_MAX: u64 = 50_000;
const IN_HUNDRED: u64 = 100;

/// Where a list stands.
pub struct Listing<'a> {
    graph: &'a Graph<'a>,
    next: Option<String>,
    needs: Needs,
    /// Of each id and each link only a hash.
    ids: HashSet<u128>,
    links: HashSet<u128>,
    /// Whether `$count` was asked for, and `@odata.count` of the first page.
    is_counted: bool,
    total: Option<u64>,
    pages: u64,
}

/// What takes each row.
pub type Each<'f> = &'f mut (dyn FnMut(Map<String, Value>) -> Result<(), SourceError> + Send);

/// The link alone, found without decoding the rows.
#[derive(Deserialize)]
struct Link {
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

impl<'a> Listing<'a> {
    pub fn new(graph: &'a Graph<'a>, path: String, needs: Needs) -> Self {
        let (ids, links, is_counted) = (HashSet::new(), HashSet::new(), path.contains("$count=true"));
        Self { graph, next: Some(path), needs, ids, links, is_counted, total: None, pages: 0 }
    }

    /// One page, and no more, so that whoever knows how many there are can decide.
    pub async fn first(&mut self, each: Each<'_>) -> Result<(), SourceError> {
        if let Some(path) = self.next.take() {
            let answer = self.graph.answer(&path).await?;
            self.next = self.link(&answer)?;
            self.rows(&answer, each)?;
        }
        Ok(())
    }

    /// All that are left.
    pub async fn rest(&mut self, each: Each<'_>) -> Result<(), SourceError> {
        let Some(path) = self.next.take() else { return Ok(()) };
        // A task of its own, so that the request is out whatever the rows take. Nobody waits for it if this is dropped.
        let mut coming = JoinSet::new();
        coming.spawn(self.graph.ask(path));
        while let Some(came) = coming.join_next().await {
            let lost = |_| self.graph.rest.malformed("a page was asked for and the answer got lost");
            let answer = came.map_err(lost)??;
            if let Some(next) = self.link(&answer)? {
                coming.spawn(self.graph.ask(next));
            }
            self.rows(&answer, each)?;
        }
        Ok(())
    }

    /// Of those that Graph counted, how many pages are left; none where it did not count.
    pub fn pages_left(&self) -> Option<u64> {
        let left = self.total?.saturating_sub(self.ids.len() as u64);
        Some(left.div_ceil(u64::from(self.graph.settings.page_size)))
    }

    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// At the end: `1000 users in 2 pages, as many as Graph counted`. Errors: fewer came. Who is hired or deleted while pages
    /// are read moves the count a little; who is missing by that is looked up by id before anything is taken away.
    pub fn finish(&self, what: &str) -> Result<String, SourceError> {
        let (came, pages) = (self.ids.len() as u64, self.pages);
        let page = if pages == 1 { "page" } else { "pages" };
        let counted = match self.total {
            None if self.is_counted => {
                let lost =
                    format!("Graph was asked to count {what} and did not, so it is not known whether these are all");
                return Err(self.graph.rest.malformed(lost));
            }
            None => "up to the last page".to_owned(),
            Some(total) if total.saturating_sub(came) > total / IN_HUNDRED => {
                return Err(self.moved(&format!("{came} {what} came, and Graph counted {total}")));
            }
            Some(total) if total == came => "as many as Graph counted".to_owned(),
            Some(total) => format!("while Graph counted {total}"),
        };
        Ok(format!("{came} {what} in {pages} {page}, {counted}"))
    }

    fn link(&mut self, answer: &Answer) -> Result<Option<String>, SourceError> {
        // What is no JSON is told by whoever decodes it.
        let link = if answer.status == 200 { serde_json::from_slice::<Link>(answer.body()).ok() } else { None };
        let Some(link) = link.and_then(|link| link.next) else { return Ok(None) };
        let path = self.graph.pinned(&link)?;
        if !self.links.insert(id_hash(&SourceId::new("link", path.as_str()))) {
            return Err(self.moved("a link to the next page came twice"));
        }
        Ok(Some(path))
    }

    fn rows(&mut self, answer: &Answer, each: Each<'_>) -> Result<(), SourceError> {
        let mut page = self.graph.object(answer, self.needs)?;
        let wrong = |what: &str| Err(self.graph.rest.malformed(what));
        if page.get("@odata.nextLink").is_some_and(|link| !link.is_string()) {
            return wrong("the link to the next page is no text");
        }
        let Some(Value::Array(rows)) = page.remove("value") else {
            return wrong("the answer is JSON and no list of Graph's; is `url` the address of Graph?");
        };
        self.pages += 1;
        if self.pages == 1 {
            self.total = page.get("@odata.count").and_then(Value::as_u64);
        }
        if self.pages > PAGES_MAX || (self.ids.len() + rows.len()) as u64 > ROWS_MAX {
            return wrong(&format!("more than {ROWS_MAX} rows or {PAGES_MAX} pages in one list"));
        }
        for row in rows {
            let Value::Object(row) = row else { return wrong("a row of the list is no object") };
            self.know(&row)?;
            each(row)?;
        }
        Ok(())
    }

    fn know(&mut self, row: &Map<String, Value>) -> Result<(), SourceError> {
        let Some(id) = row.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()) else {
            return Err(self.graph.rest.malformed("a row of the list has no `id`; every one needs its own"));
        };
        if !self.ids.insert(id_hash(&SourceId::new("row", id))) {
            return Err(self.moved("an id came twice"));
        }
        Ok(())
    }

    fn moved(&self, how: &str) -> SourceError {
        self.graph.rest.malformed(format!(
            "the list moved while it was read, or its pages overlap ({how}); the next cycle reads it again"
        ))
    }
}

#[cfg(test)]
mod tests;
