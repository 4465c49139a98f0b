//! Errors of the store: what callers match on, and how SQLite's many codes are sorted into it.
//!
//! Never: carries a stored value; a row's content is personal data.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::ffi::ErrorCode;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Exit code 6.
    #[error("another instance works with {path}")]
    Locked { path: PathBuf },
    /// Exit code 7: not a database, fails its check, another application's, or wrong owner or mode.
    #[error("{path} needs attention: {reason}")]
    Damaged { path: PathBuf, reason: String, advice: String },
    /// Exit code 7.
    #[error("{path} was written by a newer version (schema {found}, this program knows {known})")]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// The disk is full, the directory is missing, SQLite failed while at work.
    #[error("state database, {operation}: {reason}")]
    Failed { operation: &'static str, reason: String },
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// Why work inside a transaction stopped, before it is known which file and operation it was.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    /// A stored row is not what this program writes.
    Unreadable(String),
    /// The caller asked for something that would make the database wrong.
    Refused(String),
}

/// The result of work inside a transaction.
pub(super) type Attempt<T> = std::result::Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => Fault::Unreadable(format!("a row cannot be read: {error}")),
            error => Fault::Sql(error),
        }
    }
}

impl Fault {
    /// Sorts the fault by what the user has to do about it.
    pub(super) fn sorted(self, path: &Path, operation: &'static str) -> StoreError {
        match self {
            Fault::Unreadable(reason) => damaged(path, reason),
            Fault::Refused(reason) => StoreError::Failed { operation, reason },
            Fault::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(path, error.to_string()),
                code => StoreError::Failed { operation, reason: format!("{error}{}", next_step(code)) },
            },
        }
    }
}

fn next_step(code: Option<ErrorCode>) -> &'static str {
    match code {
        Some(ErrorCode::DiskFull) => "; free some space and try again",
        Some(ErrorCode::ReadOnly) => "; make the state directory writable",
        Some(ErrorCode::DatabaseBusy) => "; another command is writing, try again",
        Some(ErrorCode::SystemIoFailure) => "; is the disk full? Look at it before starting again",
        _ => "",
    }
}

/// A file that SQLite or our own check calls damaged, with the one repair there is.
pub(super) fn damaged(path: &Path, reason: impl Into<String>) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), reason: reason.into(), advice: move_away(path) }
}

/// A wrong mode, owner or kind of file: nothing is lost, and `advice` is the command that mends it.
pub(super) fn exposed(path: &Path, reason: impl Into<String>, advice: String) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), reason: reason.into(), advice }
}

/// Moving is the repair, never deleting. A log left beside a new database would be replayed into it.
fn move_away(path: &Path) -> String {
    let name = path.display();
    let log = sidecar(path, "-wal");
    let log = if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        format!(" && mv {0} {0}.damaged", log.display())
    } else {
        String::new()
    };
    format!(
        "restore a backup, or: mv {name} {name}.damaged{log} && postman-scim-sync sync (a lost database costs an \
         adoption, never a removal)"
    )
}

/// The file that stands beside the database under its name and a suffix.
pub(super) fn sidecar(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
