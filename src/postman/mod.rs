//! The Postman SCIM client: what it sends, what it understands, how fast it goes.
//!
//! Never: decides who changes. Only `wire` knows SCIM JSON.

mod breaker;
mod budget;
mod call;
mod error;
mod groups;
mod key;
mod listing;
pub mod pace;
mod read;
mod wire;
mod write;

pub use key::Credentials;
pub use read::Reader;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use wire::fuzzing;
pub use write::Writer;

#[cfg(test)]
mod tests;

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
    /// 409: already a member, another team's, or invited by hand; the name of a group that another has.
    Conflict,
    /// 404, or 403 about the person and not about the key; to a change of members: about one of them.
    NotInTeam,
    /// 404 about a group.
    GroupGone,
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
    /// Nothing was sent: the program was asked to end first.
    Stopping,
    /// The request was sent and nobody knows what became of it: doubt. To a read by id: this one member cannot be
    /// read, though the team can.
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
