//! The words of the fold: what one entry says, whose entry it is, and which of two counts.
//!
//! Never: holds a name or an address.

use crate::core::model::{Active, DirectoryUser, Wanted};
use crate::planted::Bug;

/// What an entry said about a person, without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    In,
    Out,
    Unknown,
    /// Last, so that any other source's word counts before it.
    OutOfScope,
}

/// The word that counts about a managed person, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub said: Said,
    pub source: u16,
    /// Position in `kept`, if it is not what the snapshot says.
    pub kept: Option<u32>,
}

impl Heard {
    /// The first source in file order decides; whoever is out of scope there is as good as absent from it.
    pub fn decides_before(&self, other: &Heard) -> bool {
        (self.said == Said::OutOfScope, self.source) < (other.said == Said::OutOfScope, other.source)
    }
}

/// An entry that was once joined to somebody managed under the id of another source: 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub id_hash: u128,
    /// Position in the index.
    pub row: u32,
    pub source: u16,
    pub seen: bool,
}

/// Whom an entry is, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ById {
    /// Bound to this id: the position in the index.
    Own(usize),
    /// Position among the links.
    Linked(usize),
    Nobody,
}

/// Whether the id that a row is bound to was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    No,
    OutOfScope,
    InScope,
}

/// One entry that has a userName: 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    pub name: u128,
    pub said: Said,
    pub source: u16,
    /// Position in the index, if the id is managed.
    pub row: Option<u32>,
    /// Position in `kept`.
    pub kept: Option<u32>,
}

/// What one entry says about its person. Where another source could have them, whoever is inactive is out in scope or not:
/// leavers are taken out of their groups in the same step, and would else be that source's.
pub fn wanted(judged: Result<(), String>, user: &DirectoryUser, may_be_anothers: bool) -> Wanted {
    match (judged, user.active) {
        (Err(_), Active::No) if may_be_anothers => Wanted::Out(user.active_because.clone()),
        (Err(rule), _) => Wanted::OutOfScope(rule),
        (Ok(()), Active::Yes) => Wanted::In,
        (Ok(()), Active::No) => Wanted::Out(user.active_because.clone()),
        (Ok(()), Active::Unknown) if Bug::UnknownIsInactive.is_planted() => Wanted::Out(user.active_because.clone()),
        (Ok(()), Active::Unknown) => Wanted::Unknown(user.active_because.clone()),
    }
}

pub(super) fn said(wanted: &Wanted) -> Said {
    match wanted {
        Wanted::In => Said::In,
        Wanted::Out(_) => Said::Out,
        Wanted::OutOfScope(_) => Said::OutOfScope,
        Wanted::Unknown(_) => Said::Unknown,
    }
}
