//! The Postman SCIM client: what it sends, what it understands, how fast it goes.
//!
//! Never: decides who changes. `wire` is the only file that knows SCIM JSON.

use crate::core::model::{Account, Member, Name, ScimId, UserName};
use crate::http::Transport;

/// How far an error reaches; the one branch anybody takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blast {
    /// About one person: that person is held.
    User,
    /// About one kind of request: the rest of the phase stops (no free seat).
    Phase,
    /// About the team, the key or the endpoint: the cycle stops.
    Cycle,
}

/// What Postman meant, as far as anybody branches on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// 401 after the key file was read again.
    KeyRefused,
    /// 403: the admin who made the key left the team.
    KeyOrphaned,
    /// 400: not on Enterprise.
    Plan,
    /// 400: the team does not exist.
    TeamGone,
    /// 400: no free seat.
    NoSeat,
    /// 409: already a member, another team's, or invited by hand.
    Conflict,
    /// 404, or 403 about the person and not about the key.
    NotInTeam,
    /// 403: not allowed to do this to this person or group.
    NotAllowed,
    /// 400: domain not verified.
    UnverifiedDomain,
    /// 400 of any other kind.
    BadRequest,
    /// 429 after all tries.
    RateLimited,
    /// 5xx to a read after all tries; to a write a definite "did not happen" is never assumed from it.
    Unavailable,
    /// No connection, after all tries; nothing was sent.
    NoConnection,
    /// The request was sent and nobody knows what became of it: doubt.
    Unknown,
    /// An answer that is no SCIM: HTML, a redirect, broken JSON, a body too large.
    NotScim,
    /// A listing whose pages do not add up.
    ShortListing,
}

/// An error of the team's side.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation}: {detail}")]
pub struct PostmanError {
    pub cause: Cause,
    pub status: Option<u16>,
    /// `deactivate a member`; never a name or an address.
    pub operation: String,
    /// SCIM `detail`, or the start of the body, cut short; or the transport's reason.
    pub detail: String,
}

impl PostmanError {
    pub fn blast(&self) -> Blast {
        todo!("postman helper")
    }
    /// What to do about it, for people.
    pub fn advice(&self) -> Option<&'static str> {
        todo!("postman helper")
    }
}

/// Reads. A dry run has one of these and no writer.
pub struct Reader<T> {
    pub transport: T,
}

/// Writes, and reads through the reader it was made from.
pub struct Writer<'r, T> {
    pub reader: &'r Reader<T>,
}

impl<T: Transport> Reader<T> {
    /// Every member, page by page (100 at most), advancing by what came back, ids once. The total is
    /// cross-checked: a listing that comes short is `ShortListing`. Returns how many were shown.
    pub async fn list(&self, each: &mut (dyn FnMut(Member) + Send)) -> Result<u64, PostmanError> {
        let _ = (each, &self.transport);
        todo!("postman helper")
    }
    /// Members with that userName (filter `userName eq`, case-sensitive at Postman), compared again here.
    pub async fn find(&self, user_name: &UserName) -> Result<Option<Member>, PostmanError> {
        let _ = user_name;
        todo!("postman helper")
    }
    /// One member by id; `None` for 404 and for a 403 that is about the person (a probe of the team tells).
    pub async fn get(&self, id: &ScimId) -> Result<Option<Member>, PostmanError> {
        let _ = id;
        todo!("postman helper")
    }
    /// `GET /Users?startIndex=1&count=1`: the "Test API Credentials" of the Okta page. Returns `totalResults`.
    pub async fn probe(&self) -> Result<u64, PostmanError> {
        todo!("postman helper")
    }
}

impl<'r, T: Transport> Writer<'r, T> {
    pub fn new(reader: &'r Reader<T>) -> Self {
        Self { reader }
    }
    pub fn reader(&self) -> &'r Reader<T> {
        self.reader
    }
    pub async fn create(&self, account: &Account) -> Result<Member, PostmanError> {
        let _ = (account, self.reader);
        todo!("postman helper")
    }
    pub async fn readdress(&self, id: &ScimId, to: &UserName) -> Result<Member, PostmanError> {
        let _ = (id, to);
        todo!("postman helper")
    }
    pub async fn rename(&self, id: &ScimId, to: &Name) -> Result<Member, PostmanError> {
        let _ = (id, to);
        todo!("postman helper")
    }
    pub async fn set_active(&self, id: &ScimId, active: bool) -> Result<Member, PostmanError> {
        let _ = (id, active);
        todo!("postman helper")
    }
}
