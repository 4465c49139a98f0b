//! The next page is asked for before this one is decoded, so that the server works on it meanwhile.
//!
//! Never: holds more than one page that nobody has taken, or goes on when nobody waits for it any more.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{Answer, On500, Rest};
use crate::source::SourceError;

/// A page on its way, or none; dropped, its request is.
pub struct Ahead {
    rest: Arc<Rest>,
    coming: JoinSet<(String, Result<Answer, SourceError>)>,
}

impl Ahead {
    pub fn new(rest: &Arc<Rest>) -> Self {
        Self { rest: rest.clone(), coming: JoinSet::new() }
    }

    /// Sends the request, at once. One at a time: answers have no order among each other.
    pub fn ask(&mut self, path: String) {
        debug_assert!(self.coming.is_empty(), "one page ahead");
        let rest = self.rest.clone();
        self.coming.spawn(async move {
            let answer = rest.get(&path, On500::TryAgain).await;
            (path, answer)
        });
    }

    pub fn is_idle(&self) -> bool {
        self.coming.is_empty()
    }

    /// What was asked for, and the answer; nothing where nothing was.
    pub async fn next(&mut self) -> Result<Option<(String, Answer)>, SourceError> {
        let Some(came) = self.coming.join_next().await else { return Ok(None) };
        let lost =
            |_| self.rest.unreachable("a page was asked for and the answer got lost; the next cycle reads again");
        let (path, answer) = came.map_err(lost)?;
        Ok(Some((path, answer?)))
    }
}
