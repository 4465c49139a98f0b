//! The request log that tests read: what was asked, what was answered, what it did.
//!
//! Never: holds an `Authorization` header.

use super::call::Kind;
use super::people::Done;

/// What the client got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A whole answer.
    Status(u16),
    /// An answer of that status, later than the client may care to wait.
    Late(u16),
    /// An answer of that status, cut in the middle of its body.
    Cut(u16),
    /// The connection was reset before any of an answer.
    Reset,
    /// In-process only: the request never arrived.
    NotSent,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// From 1, over the whole life of the sandbox.
    pub seq: u64,
    pub at_unix_s: i64,
    pub method: String,
    /// With the query, as it was sent, relative to the base URL.
    pub path: String,
    pub kind: Kind,
    /// The id in the path, or of the member a POST created.
    pub scim_id: Option<String>,
    /// Of the person the request was about, as it was before: of that id, of the POST's body, or of the filter.
    pub user_name: Option<String>,
    pub outcome: Outcome,
    /// What it did to the team. A `ResetLate` request is completed here when it takes effect.
    pub done: Vec<Done>,
    pub body: Option<String>,
}

impl Logged {
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }
    pub fn had_effect(&self) -> bool {
        !self.done.is_empty()
    }
}
