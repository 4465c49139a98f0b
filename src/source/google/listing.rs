//! A whole listing, page by page, by the tokens that Google gives. The next page is asked for as soon as its token is known, so
//! that Google works on it while this one is folded.
//!
//! A token that is not known any more, or that comes twice, ends the listing in its middle; then it begins again from its first
//! page. Whoever was handed over before must be there again, and as before: else what was handed over is of two listings.
//! Never: makes up a token, ends on an empty page, mixes two listings, or holds more than a page and the one on its way.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::refusal;
use super::server::Server;
use crate::source::SourceError;
use crate::source::rest::{Ahead, Row, encoded, hash, quoted, text};

/// As many as the other sources read.
const PAGES_MAX: u64 = 50_000;
/// A token lives three days: one that dies is bad luck, and one after the other is something else.
const BEGINNINGS_MAX: u8 = 3;

/// What is listed.
pub enum Of<'a> {
    People,
    /// Of the group with that address or id. `name`: for messages.
    Members {
        key: &'a str,
        name: &'a str,
    },
    /// Groups of the account, or of the domain. `asked`: the pattern, for messages.
    Groups {
        asked: &'a str,
    },
}

impl Of<'_> {
    /// The member of a page that has the rows, and the `kind` of the page. An answer without that kind is no page, and not one
    /// without rows.
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Of::People => ("users", "admin#directory#users"),
            Of::Members { .. } => ("members", "admin#directory#members"),
            Of::Groups { .. } => ("groups", "admin#directory#groups"),
        }
    }
}

/// Where a listing stands.
pub struct Listing<'a> {
    server: &'a Server<'a>,
    of: Of<'a>,
    /// Its first page.
    path: String,
    /// The page on its way; nothing after the last.
    coming: Ahead,
    /// Of each id a hash: a hash of the row, and in which beginning it was last shown.
    rows: HashMap<u128, (u128, u8)>,
    tokens: HashSet<u128>,
    /// From 1.
    beginning: u8,
    /// Rows and pages since then.
    shown: usize,
    pages: u64,
}

impl<'a> Listing<'a> {
    /// Asks for the first page.
    pub fn of(server: &'a Server<'a>, of: Of<'a>) -> Self {
        let (rows, tokens, coming) = (HashMap::new(), HashSet::new(), Ahead::new(&server.rest));
        let path = match of {
            Of::People => server.people(),
            Of::Members { key, .. } => server.members(key),
            Of::Groups { .. } => server.groups(),
        };
        let mut listing = Self { server, of, path, coming, rows, tokens, beginning: 1, shown: 0, pages: 0 };
        listing.ask(None);
        listing
    }

    /// The next rows with their ids; nothing behind the last page.
    pub async fn next(&mut self) -> Result<Option<Vec<Row>>, SourceError> {
        let Some((path, answer)) = self.coming.next().await? else { return self.ended() };
        // The same question without a token was answered.
        if path != self.path && matches!(answer.status, 400 | 410) {
            return self.begin_again();
        }
        if let (Of::Members { name, .. }, 403 | 404) = (&self.of, answer.status) {
            return Err(refusal::of_group(&self.server.rest, self.server.settings, name, &answer));
        }
        let mut page = self.server.object(&answer)?;
        let (rows_of, kind) = self.of.names();
        if text(&page, "kind") != Some(kind) {
            return Err(self.wrong("an answer that is no page of it; is `url` right?"));
        }
        self.pages += 1;
        if !page.get("nextPageToken").is_none_or(Value::is_string) {
            return Err(self.wrong("a token of the next page that is no text"));
        }
        if let Some(token) = text(&page, "nextPageToken").map(str::to_owned) {
            if !self.tokens.insert(hash(&token)) {
                return self.begin_again();
            }
            if self.pages >= PAGES_MAX {
                return Err(self.wrong(&format!("more than {PAGES_MAX} pages; take a larger page_size")));
            }
            self.ask(Some(&token));
        }
        let mut new = Vec::new();
        for row in rows(page.remove(rows_of)).ok_or_else(|| self.wrong("rows that are no list"))? {
            new.extend(self.know(row)?);
        }
        Ok(Some(new))
    }

    /// How many different ones were there.
    pub fn entries(&self) -> u64 {
        self.rows.len() as u64
    }

    /// For the evidence: `1200 in 3 pages`.
    pub fn checked(&self) -> String {
        let pages = if self.pages == 1 { "page" } else { "pages" };
        let again = match self.beginning {
            1 => String::new(),
            n => format!(", read from the beginning {n} times"),
        };
        format!("{} in {} {pages}{again}", self.entries(), self.pages)
    }

    fn ask(&mut self, token: Option<&str>) {
        let path = match token {
            Some(token) => format!("{}&pageToken={}", self.path, encoded(token)),
            None => self.path.clone(),
        };
        self.coming.ask(path);
    }

    fn begin_again(&mut self) -> Result<Option<Vec<Row>>, SourceError> {
        if self.beginning >= BEGINNINGS_MAX {
            return Err(self.wrong(&format!(
                "the token of a page was no good, {BEGINNINGS_MAX} times in a row; the next cycle reads it again"
            )));
        }
        tracing::warn!("{}: the token of a page was no good; it is read again from its beginning", self.what());
        (self.shown, self.pages) = (0, 0);
        self.beginning += 1;
        self.tokens.clear();
        self.ask(None);
        Ok(Some(Vec::new()))
    }

    /// Errors: somebody was shown before it began again, and not since.
    fn ended(&self) -> Result<Option<Vec<Row>>, SourceError> {
        if self.shown == self.rows.len() { Ok(None) } else { Err(self.wrong(MOVED)) }
    }

    /// The row, unless it was handed over before the listing began again.
    fn know(&mut self, row: Value) -> Result<Option<Row>, SourceError> {
        let Value::Object(row) = row else { return Err(self.wrong("a row that is no object")) };
        // Everybody, as the member of a group, need not have an id.
        let everybody = || text(&row, "type").filter(|kind| *kind == "CUSTOMER");
        let Some(id) = text(&row, "id").or_else(everybody).map(str::to_owned) else {
            return Err(self.wrong("a row without an `id`"));
        };
        let content = hash(&serde_json::to_string(&row).unwrap_or_default());
        let before = self.rows.insert(hash(&id), (content, self.beginning));
        // Who is in a group by two ways is in it; whether Google says so twice its documents do not tell.
        let is_known = before.is_some_and(|(_, beginning)| beginning == self.beginning);
        if is_known && matches!(self.of, Of::Members { .. }) {
            return Ok(None);
        }
        self.shown += 1;
        match before {
            None => Ok(Some((id, row))),
            Some(_) if is_known => {
                Err(self
                    .wrong("an id came twice, so the listing moved while it was read; the next cycle reads it again"))
            }
            Some((before, _)) if before == content => Ok(None),
            Some(_) => Err(self.wrong(MOVED)),
        }
    }

    fn wrong(&self, why: &str) -> SourceError {
        self.server.rest.malformed(format!("{}: {why}", self.what()))
    }

    /// For messages.
    fn what(&self) -> String {
        match self.of {
            Of::People => "users".into(),
            Of::Members { name, .. } => format!("members of the group {}", quoted(name)),
            Of::Groups { asked } => format!("groups for {}", quoted(asked)),
        }
    }
}

const MOVED: &str =
    "it was read again from its beginning, and somebody had changed or gone meanwhile; the next cycle reads it again";

/// Missing: none.
fn rows(rows: Option<Value>) -> Option<Vec<Value>> {
    match rows {
        None => Some(Vec::new()),
        Some(Value::Array(rows)) => Some(rows),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
