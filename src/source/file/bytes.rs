//! The bytes of one regular file, one after the other, with the line they stand on; hashed on the way if asked.
//!
//! Never: holds more than one buffer, follows a pipe or a device, or calls a file whole that changed meanwhile.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::source::SourceError;
use crate::source::records::place::Place;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: u64 = 4 << 30;

const BUFFER: usize = 64 << 10;
const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// An open file on its way to being read whole.
pub struct Bytes {
    place: Place,
    path: PathBuf,
    file: File,
    before: Stamp,
    buffer: Vec<u8>,
    position: usize,
    read: u64,
    hash: Option<Sha256>,
    line: u64,
    last: u8,
}

/// What is known at the end of a file that was read whole.
pub struct Whole {
    pub ends_with_newline: bool,
    /// The line of the last byte.
    pub last_line: u64,
    /// Of all bytes, if it was asked for.
    pub sha256: Option<[u8; 32]>,
}

/// What changes when somebody writes to a file or puts another one in its place.
#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Bytes {
    /// Opens the file and looks at its first bytes. A `hash` is fed with every byte.
    pub fn open(path: &Path, hash: Option<Sha256>) -> Result<Self, SourceError> {
        let place = Place::of(path);
        let (file, metadata) = open_regular(path, &place)?;
        if metadata.len() > MAX_BYTES {
            return Err(place.refused("the file is larger than 4 GiB; export fewer columns or fewer people"));
        }
        let before = Stamp::of(&metadata);
        let buffer = Vec::with_capacity(BUFFER);
        let path = path.to_owned();
        let mut bytes = Self { place, path, file, before, buffer, position: 0, read: 0, hash, line: 1, last: 0 };
        bytes.fill()?;
        if let Some(reason) = not_text(&bytes.buffer) {
            return Err(bytes.place.malformed(1, reason));
        }
        if bytes.buffer.starts_with(UTF8_BOM) {
            bytes.position = UTF8_BOM.len();
        }
        Ok(bytes)
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The line of the next byte, from 1. CRLF, LF and a lone CR each end one line.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What stands in the buffer already, to look ahead: the first 64 KiB after `open`.
    pub fn ahead(&self) -> &[u8] {
        &self.buffer[self.position..]
    }

    /// The next byte; none at the end of the file.
    pub fn next(&mut self) -> Result<Option<u8>, SourceError> {
        if self.position == self.buffer.len() {
            self.fill()?;
        }
        let Some(&byte) = self.buffer.get(self.position) else { return Ok(None) };
        self.position += 1;
        if byte == b'\r' || (byte == b'\n' && self.last != b'\r') {
            self.line += 1;
        }
        self.last = byte;
        Ok(Some(byte))
    }

    /// The certificate: the file was read to its end, and nobody wrote to it or replaced it meanwhile.
    pub fn finish(mut self) -> Result<Whole, SourceError> {
        let at_end = self.next()?.is_none();
        let now = std::fs::metadata(&self.path).map_err(|error| unreachable(&self.place, &error))?;
        if !at_end || self.read != self.before.size || Stamp::of(&now) != self.before {
            return Err(self.changed());
        }
        let ends_with_newline = matches!(self.last, b'\n' | b'\r');
        let last_line = if ends_with_newline { self.line - 1 } else { self.line };
        Ok(Whole { ends_with_newline, last_line, sha256: self.hash.map(|hash| hash.finalize().into()) })
    }

    fn fill(&mut self) -> Result<(), SourceError> {
        self.buffer.clear();
        self.position = 0;
        let read = (&self.file).take(BUFFER as u64).read_to_end(&mut self.buffer);
        self.read += read.map_err(|error| unreachable(&self.place, &error))? as u64;
        if self.read > self.before.size {
            return Err(self.changed());
        }
        if let Some(hash) = &mut self.hash {
            hash.update(&self.buffer);
        }
        Ok(())
    }

    fn changed(&self) -> SourceError {
        self.place.refused(
            "the file changed while it was read: somebody is writing it; write the export under another name and \
             rename it when it is whole",
        )
    }
}

/// Opens a file that is a file. Looked at before it is opened, since opening a pipe would wait for a writer.
pub fn open_regular(path: &Path, place: &Place) -> Result<(File, Metadata), SourceError> {
    let unreachable = |error: io::Error| unreachable(place, &error);
    if std::fs::metadata(path).map_err(unreachable)?.is_file() {
        let file = File::open(path).map_err(unreachable)?;
        let metadata = file.metadata().map_err(unreachable)?;
        if metadata.is_file() {
            return Ok((file, metadata));
        }
    }
    Err(place.refused("not a regular file; a folder, a pipe or a device cannot be read whole, so name a file"))
}

/// Why the first bytes cannot begin a text file with people in it.
fn not_text(start: &[u8]) -> Option<&'static str> {
    let text = start.strip_prefix(UTF8_BOM).unwrap_or(start).trim_ascii_start();
    match start {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("the file is UTF-16; save it as UTF-8 (Excel: \"CSV UTF-8\")"),
        [b'P', b'K', 3, 4, ..] => Some("the file is a ZIP archive or an Excel workbook; save it as \"CSV UTF-8\""),
        [0x1F, 0x8B, ..] => Some("the file is compressed with gzip; unpack it first"),
        _ if text.starts_with(b"<") => {
            Some("the file begins with \"<\": a web page (a login page?) or XML, not an export; look at what wrote it")
        }
        _ if text.is_empty() && start.len() < BUFFER => Some(
            "the file is empty, as when an export failed; an export of nobody has a header line (CSV), [] (JSON), or \
             an end line (JSON Lines)",
        ),
        _ => None,
    }
}

/// The system does not let the file be read.
pub fn unreachable(place: &Place, error: &io::Error) -> SourceError {
    place.unreachable(format!(
        "cannot read the file: {error}; check `path`, and that the user this runs as may read the file"
    ))
}
