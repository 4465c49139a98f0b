//! The file source: CSV, JSON or JSON Lines, read whole or refused. Entries stream to the fold; the evidence
//! comes only after the last one, when everything that shows a whole file has been checked.
//!
//! Never: evidence for a file that may be half-written, changed while it was read, or not what was configured.

mod bytes;
mod csv;
mod json;
mod manifest;

#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};

use super::records::Entry;
use super::records::columns::Columns;
use super::records::people::People;
use super::records::place::Place;
use super::{Finding, Fold, LookedUp, Source, SourceError};
use crate::config::file_source::{FileSettings, Format};
use crate::core::evidence::Evidence;
use crate::core::model::SourceId;
use bytes::{Bytes, Whole};
use manifest::Manifest;

/// Reading is blocking; after this many entries other tasks get their turn.
const YIELD_EVERY: usize = 512;

/// One file as a directory.
pub struct FileSource {
    name: String,
    settings: FileSettings,
}

impl FileSource {
    /// Touches nothing yet: a file that is missing now may be there when it is read.
    pub fn open(name: &str, settings: &FileSettings) -> FileSource {
        Self { name: name.into(), settings: settings.clone() }
    }

    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let manifest = self.settings.manifest.as_deref().map(Manifest::read).transpose()?;
        let hash = manifest.as_ref().filter(|manifest| manifest.has_checksum()).map(|_| Sha256::new());
        let mut entries = Entries::open(Bytes::open(&self.settings.path, hash)?, &self.settings)?;
        let place = Place::of(&self.settings.path);
        let columns = entries.columns(&self.settings);
        let mut people = People::new(&self.name, &self.settings.records, columns, place.clone());
        while let Some(entry) = entries.next()? {
            fold.person(people.understand(entry)?);
            if people.count().is_multiple_of(YIELD_EVERY) {
                tokio::task::yield_now().await;
            }
        }
        let (count, groups) = people.finish()?;
        let mut checked: Vec<String> = entries.end_line().into_iter().collect();
        let closed = entries.is_closed();
        let whole = entries.finish()?;
        if let Some(manifest) = &manifest {
            checked.push(manifest.confirm(count, whole.sha256)?);
        }
        if !closed {
            check_last_newline(&whole, &place)?;
        }
        Ok(Evidence { groups, groups_are_names: true, checked, ..Evidence::of_listing(&self.name, count) })
    }
}

impl Source for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        let format = match self.settings.format {
            Format::Csv => "csv",
            Format::Json => "json",
            Format::JsonLines => "jsonl",
        };
        format!("file {} ({format})", Place::of(&self.settings.path).name())
    }

    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        Box::pin(self.read_whole(fold))
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
        Box::pin(async { Ok(LookedUp::cannot_ask(ids)) })
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }
}

/// A cut inside the last value leaves every row complete and one address shorter, and the row count as it was: so
/// without a last newline only a checksum shows that nothing is missing.
fn check_last_newline(whole: &Whole, place: &Place) -> Result<(), SourceError> {
    if whole.ends_with_newline || whole.sha256.is_some() {
        return Ok(());
    }
    Err(place.malformed(
        whole.last_line,
        "the last line has no newline, as when an export is cut off; let the export end with a newline, or write its \
         sha256 into a manifest",
    ))
}

/// The three formats, one entry at a time.
enum Entries {
    Csv(csv::CsvRows),
    Json(json::JsonArray),
    JsonLines(json::JsonLines),
}

impl Entries {
    fn open(bytes: Bytes, settings: &FileSettings) -> Result<Self, SourceError> {
        Ok(match settings.format {
            Format::Csv => Self::Csv(csv::CsvRows::open(bytes, settings)?),
            Format::Json => Self::Json(json::JsonArray::open(bytes)?),
            Format::JsonLines => Self::JsonLines(json::JsonLines::new(bytes)),
        })
    }

    fn columns(&self, settings: &FileSettings) -> Columns {
        match self {
            Self::Csv(rows) => rows.columns().clone(),
            Self::Json(_) | Self::JsonLines(_) => Columns::configured(&settings.records),
        }
    }

    fn next(&mut self) -> Result<Option<Entry>, SourceError> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Json(array) => array.next(),
            Self::JsonLines(lines) => lines.next(),
        }
    }

    /// What the end line said, for the evidence.
    fn end_line(&self) -> Option<String> {
        match self {
            Self::JsonLines(lines) => lines.end_count().map(|count| format!("end line: {count} entries")),
            Self::Csv(_) | Self::Json(_) => None,
        }
    }

    /// Whether the format itself showed its end: a closing bracket, or an end line.
    fn is_closed(&self) -> bool {
        match self {
            Self::Csv(_) => false,
            Self::Json(_) => true,
            Self::JsonLines(lines) => lines.end_count().is_some(),
        }
    }

    fn finish(self) -> Result<Whole, SourceError> {
        match self {
            Self::Csv(rows) => rows.finish(),
            Self::Json(array) => array.finish(),
            Self::JsonLines(lines) => lines.finish(),
        }
    }
}
