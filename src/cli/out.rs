//! `--out FILE`: a file that only its owner can read, there whole or not at all.
//!
//! Never: leaves half of a file under the name that was asked for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::Failure;

/// A file in the making, under another name in the same folder; it is removed unless it is finished.
pub struct Out {
    file: BufWriter<File>,
    unfinished: PathBuf,
    target: PathBuf,
}

impl Out {
    /// Errors: the folder cannot be written, or the name is that of something else than a file.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let failed = |error: &io::Error| could_not(path, error);
        // What a link points to is replaced, and not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
            let what = format!("could not write {}: it is there, and no regular file", path.display());
            return Err(Failure::new(1, what).advise("name a file, or leave out --out to print"));
        }
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let unfinished = target.with_file_name(format!(".{name}.{}.new", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished);
        let file = BufWriter::new(file.map_err(|error| failed(&error))?);
        Ok(Self { file, unfinished, target })
    }

    /// Durable, then under its name.
    pub fn finish(mut self) -> Result<(), Failure> {
        let done = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        done.and_then(|()| fs::rename(&self.unfinished, &self.target)).map_err(|error| could_not(&self.target, &error))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // After `finish` there is nothing of that name.
        let _ = fs::remove_file(&self.unfinished);
    }
}

/// Writes a file that only its owner can read: plans name people.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut out = Out::create(path)?;
    out.write_all(text.as_bytes()).map_err(|error| could_not(path, &error))?;
    out.finish()
}

fn could_not(path: &Path, error: &io::Error) -> Failure {
    Failure::new(1, format!("could not write {}: {error}", path.display()))
}
