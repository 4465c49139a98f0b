//! The keys of a `[[source]]` with `type = "file"`.

use std::path::PathBuf;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object a line; a last line `{"end":true,"count":N}` is evidence when it is there.
    JsonLines,
}

/// Settings of the file source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// Absolute, or relative to the configuration file (already joined).
    pub path: PathBuf,
    pub format: Format,
    /// Column (or attribute) with the immutable id.
    pub id: String,
    /// Column that says whether the person is active; without it every entry is active.
    pub active: Option<String>,
    /// What `active` may hold; compared ASCII-case-insensitively after trimming. Anything else is unknown.
    pub active_values: Vec<String>,
    pub inactive_values: Vec<String>,
    /// Column with group names, separated by `groups_separator` (default `|`).
    pub groups: Option<String>,
    pub groups_separator: String,
    /// CSV: `,` `;` or tab; guessed from the header line when absent.
    pub delimiter: Option<u8>,
    /// CSV: column in the file -> name used in the mapping. Empty: names as they are.
    pub header: Vec<(String, String)>,
    /// A small file beside the export: `rows = 500` and/or `sha256 = "..."` as JSON (`{"rows":500,"sha256":"..."}`).
    pub manifest: Option<PathBuf>,
}
