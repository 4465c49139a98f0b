//! The terminal: colour where it is wanted, files for their owner only, commands as they are typed.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::Failure;

use crate::report::{Colour, shell_word};

/// Colour at a terminal, none in a pipe or with `NO_COLOR`.
pub fn colour() -> Colour {
    match anstream::AutoStream::choice(&std::io::stdout()) {
        anstream::ColorChoice::Never => Colour::Never,
        _ => Colour::Ansi,
    }
}

/// Prints without a panic when the reader of a pipe has gone.
pub fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}

/// Writes a file that only its owner can read: plans name people.
pub fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::new(1, format!("could not write {}: {error}", path.display())))
}

/// A command to type next, with the `--config` this one was called with.
pub fn typed(verb: &str, config: Option<&Path>) -> String {
    match config {
        None => format!("postman-scim-sync {verb}"),
        Some(path) => format!("postman-scim-sync {verb} --config {}", shell_word(&path.display().to_string())),
    }
}
