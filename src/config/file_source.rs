//! The keys of a `[[source]]` with `type = "file"`.
//!
//! Never: opens the file; a configuration is right or wrong whatever the export holds today.

use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::groups::Groups;
use super::records::{RecordSettings, records};
use super::settings::Settings;

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
    pub records: RecordSettings,
    /// CSV: `,` `;` or tab; guessed from the header line when absent.
    pub delimiter: Option<u8>,
    /// CSV: column in the file -> name used in the mapping. Empty: names as they are.
    pub header: Vec<(String, String)>,
    /// A small file beside the export: `rows = 500` and/or `sha256 = "..."` as JSON (`{"rows":500,"sha256":"..."}`).
    pub manifest: Option<PathBuf>,
}

/// The settings of one file source; what is wrong or contradicts itself is a finding.
pub(super) fn file(settings: &Settings, groups: Groups, base: &Path, findings: &mut Findings) -> Option<FileSettings> {
    let path = settings.optional("source.path");
    let format = path.as_deref().and_then(|path| format(settings, path, findings));
    let records = records(settings, groups.pushed, findings);
    let is_csv = format.is_none_or(|format| format == Format::Csv);
    for key in ["source.delimiter", "source.header"] {
        if !is_csv && settings.all().contains_key(key) {
            findings.wrong(&settings.place(key), "is for CSV files only", Some("remove it".into()));
        }
    }
    let header = settings.names("source.header");
    for (at, (_, name)) in header.iter().enumerate() {
        if header[..at].iter().any(|(_, other)| other == name) {
            let message = format!("gives two columns the name \"{}\"", name.escape_debug());
            findings.wrong(&settings.place("source.header"), message, None);
        }
    }
    let path = path?;
    let delimiter = delimiter(settings, &path);
    Some(FileSettings {
        path: base.join(&path),
        format: format?,
        records: records?,
        delimiter,
        header,
        manifest: settings.optional("source.manifest").map(|file| base.join(file)),
    })
}

fn extension(path: &str) -> String {
    Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn format(settings: &Settings, path: &str, findings: &mut Findings) -> Option<Format> {
    let format = match settings.optional("source.format") {
        Some(format) => format,
        None => extension(path),
    };
    match format.as_str() {
        "csv" | "tsv" => Some(Format::Csv),
        "json" => Some(Format::Json),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        _ => {
            let advice = "write format = \"csv\", \"json\" or \"jsonl\"";
            findings.missing(
                &settings.place("source.format"),
                "is missing, and the file's extension does not tell",
                advice,
            );
            None
        }
    }
}

fn delimiter(settings: &Settings, path: &str) -> Option<u8> {
    match settings.optional("source.delimiter").as_deref() {
        Some("tab" | "\t") => Some(b'\t'),
        Some(one) => one.bytes().next(),
        None if extension(path) == "tsv" => Some(b'\t'),
        None => None,
    }
}
