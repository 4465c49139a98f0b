//! The manifest: a small JSON file beside the export, `{"rows":500,"sha256":"..."}`, written by whoever wrote the
//! export. It is how a file that was cut between two rows is noticed.
//!
//! Never: optional once it is configured.

use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::bytes::{open_regular, unreachable};
use crate::source::SourceError;
use crate::source::records::place::Place;

const MAX_MANIFEST: u64 = 64 << 10;

/// What the export should be.
pub struct Manifest {
    place: Place,
    rows: Option<u64>,
    sha256: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    rows: Option<u64>,
    sha256: Option<String>,
}

impl Manifest {
    /// Errors: it cannot be read, holds unknown keys, or says nothing.
    pub fn read(path: &Path) -> Result<Self, SourceError> {
        let place = Place::of(path);
        let (file, _) = open_regular(path, &place)?;
        let mut text = Vec::new();
        file.take(MAX_MANIFEST + 1).read_to_end(&mut text).map_err(|error| unreachable(&place, &error))?;
        let form = "a manifest is {\"rows\": 500, \"sha256\": \"64 hexadecimal digits\"}, or one of the two";
        if text.len() as u64 > MAX_MANIFEST {
            return Err(place.refused(format!("larger than 64 KiB; {form}")));
        }
        let wire: Wire = serde_json::from_slice(&text).map_err(|error| place.refused(format!("{error}; {form}")))?;
        let checksum = |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if wire.sha256.as_ref().map_or(wire.rows.is_none(), |text| !checksum(text)) {
            return Err(place.refused(form));
        }
        Ok(Self { place, rows: wire.rows, sha256: wire.sha256 })
    }

    pub fn has_checksum(&self) -> bool {
        self.sha256.is_some()
    }

    /// What was confirmed, for the evidence. Errors: the export is not the one the manifest is about.
    pub fn confirm(&self, entries: u64, sha256: Option<[u8; 32]>) -> Result<String, SourceError> {
        let mut confirmed = Vec::new();
        if let Some(rows) = self.rows {
            if rows != entries {
                return Err(self.differs(&format!("counts {rows} rows, and the export has {entries}")));
            }
            confirmed.push(format!("{rows} rows"));
        }
        if let Some(wanted) = &self.sha256 {
            let found = sha256.map(|digest| digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
            if !found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)) {
                return Err(self.differs("has another sha256 than the export"));
            }
            confirmed.push("sha256 matches".into());
        }
        Ok(format!("manifest: {}", confirmed.join(", ")))
    }

    fn differs(&self, what: &str) -> SourceError {
        self.place.refused(format!(
            "the manifest {what}: the export is not whole, or one of the two is old; export both again (while they \
             are being written this passes by itself)"
        ))
    }
}
