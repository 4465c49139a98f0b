//! Sources: one adapter a directory. A source hands each entry to the fold as it arrives and ends with evidence.
//!
//! Never: decides who is in the team, keeps the listing, or swallows an error of the directory.

pub mod exec;
pub mod file;
mod records;

use futures_util::future::BoxFuture;

use crate::config::{SourceKind, SourceSettings};
use crate::core::evidence::{Evidence, Presence};
use crate::core::model::{DirectoryUser, SourceId};

/// Where entries go as they are read.
pub trait Fold: Send {
    fn person(&mut self, user: DirectoryUser);
}

/// Why a reading is worth nothing. Whatever was folded before it must not be used for a removal.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SourceError {
    /// The directory cannot be reached or opened.
    #[error("{place}: {reason}")]
    Unreachable { place: String, reason: String },
    /// It was read, and it is not whole or not what was configured.
    #[error("{place}: {reason}")]
    Malformed { place: String, reason: String },
}

/// An adapter to one directory.
pub trait Source: Send + Sync {
    /// The `name` of its `[[source]]`.
    fn name(&self) -> &str;

    /// What it reads, for people: `file people.csv`.
    fn describe(&self) -> String;

    /// Hands every entry to the fold. Evidence comes only after the last entry of a complete reading.
    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>>;

    /// Looks up one person by immutable id; `CannotAsk` is an answer.
    fn probe<'a>(&'a self, id: &'a SourceId) -> BoxFuture<'a, Result<Presence, SourceError>>;
}

/// The table of sources: the adapter for one `[[source]]`.
pub fn open(settings: &SourceSettings) -> Box<dyn Source> {
    match &settings.kind {
        SourceKind::File(file) => Box::new(file::FileSource::open(&settings.name, file)),
        SourceKind::Exec(exec) => Box::new(exec::ExecSource::open(&settings.name, exec)),
    }
}
