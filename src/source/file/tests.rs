//! The file source against real files in a temporary folder.
//!
//! Never: a fake file system.

mod bad;
mod good;
mod hostile;
mod truncated;

use std::path::Path;

use serde_json::{Map, Value};

use super::*;
use crate::core::model::DirectoryUser;
use crate::source::records::people::tests::records;

/// Settings of a file that nobody has written yet.
pub fn settings(path: impl AsRef<Path>, format: Format) -> FileSettings {
    FileSettings {
        path: path.as_ref().to_owned(),
        format,
        records: records(),
        delimiter: None,
        header: Vec::new(),
        manifest: None,
    }
}

/// A folder with an export in it, and the settings that read it.
struct Export {
    folder: tempfile::TempDir,
    settings: FileSettings,
}

impl Export {
    fn new(format: Format, bytes: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let name = match format {
            Format::Csv => "people.csv",
            Format::Json => "people.json",
            Format::JsonLines => "people.jsonl",
        };
        let settings = settings(folder.path().join(name), format);
        let export = Self { folder, settings };
        export.write(bytes);
        export
    }

    fn write(&self, bytes: impl AsRef<[u8]>) {
        std::fs::write(&self.settings.path, bytes).expect("a written export");
    }

    fn manifest(mut self, text: &str) -> Self {
        let path = self.folder.path().join("people.manifest.json");
        std::fs::write(&path, text).expect("a written manifest");
        self.settings.manifest = Some(path);
        self
    }

    fn read(&self) -> (Result<Evidence, SourceError>, Vec<DirectoryUser>) {
        let mut people = Kept(Vec::new());
        let evidence = run(FileSource::open("hr", &self.settings).read(&mut people));
        (evidence, people.0)
    }

    /// The error, which must be there.
    fn refusal(&self) -> String {
        self.read().0.expect_err("a refused file").to_string()
    }

    /// The entries of a whole file: id and attributes.
    fn whole(&self) -> Vec<(String, Map<String, Value>)> {
        let (evidence, people) = self.read();
        let evidence = evidence.expect("a whole file");
        assert_eq!(evidence.entries, people.len() as u64);
        people.into_iter().map(|user| (user.id.id, user.attributes)).collect()
    }
}

struct Kept(Vec<DirectoryUser>);

impl Fold for Kept {
    fn person(&mut self, user: DirectoryUser) {
        self.0.push(user);
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02X}")).collect()
}
