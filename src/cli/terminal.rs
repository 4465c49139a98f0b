//! The terminal: colour where it is wanted, commands as they are typed.

use std::io::Write;
use std::path::Path;

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

/// A command to type next, with the `--config` this one was called with.
pub fn typed(verb: &str, config: Option<&Path>) -> String {
    match config {
        None => format!("postman-scim-sync {verb}"),
        Some(path) => format!("postman-scim-sync {verb} --config {}", shell_word(&path.display().to_string())),
    }
}
