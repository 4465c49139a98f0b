//! The terminal: colour where it is wanted, logs on standard error.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tracing_subscriber::EnvFilter;

use super::Failure;

use crate::report::{Colour, shell_word};

/// `POSTMAN_SCIM_SYNC_LOG=debug` shows each request; without it the verb's own level holds.
pub fn start_log(default_level: &str) {
    let filter = EnvFilter::try_from_env("POSTMAN_SCIM_SYNC_LOG").unwrap_or_else(|_| EnvFilter::new(default_level));
    // The scheduler tells of its own parts; what it does not do, the daemon notices.
    let filter = match "tokio_cron_scheduler=off".parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    let ansi = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // It tells its own troubles by `eprintln!`, which panics in the middle of a cycle when standard error is closed.
    let log = log.with_ansi(ansi).with_target(false).log_internal_errors(false);
    // A second start, in tests, changes nothing.
    let _ = log.try_init();
}

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
