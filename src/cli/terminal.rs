//! The terminal: colour where it is wanted, commands as they are typed.

use std::io::{self, ErrorKind, Write};
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

/// Prints beside what was done, which counts whether or not anybody reads of it.
pub fn print(text: &str) {
    let _ = write(&mut anstream::stdout().lock(), text);
}

/// Prints what was asked for. A reader of a pipe that has gone wanted no more. Errors: some of it is lost, as on a full disk.
pub fn answer(text: &str) -> Result<(), Failure> {
    match write(&mut anstream::stdout().lock(), text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let what = format!("could not write to standard output: {error}");
            Err(Failure::new(1, what).advise("what was printed is not whole; print it somewhere else"))
        }
        _ => Ok(()),
    }
}

/// Tells a person, on standard error; `eprintln!` would panic where that cannot be written.
pub fn tell(text: &str) {
    let _ = write(&mut anstream::stderr().lock(), text);
}

fn write(to: &mut impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// A command to type next, with the `--config` this one was called with.
pub fn typed(verb: &str, config: Option<&Path>) -> String {
    match config {
        None => format!("postman-scim-sync {verb}"),
        Some(path) => format!("postman-scim-sync {verb} --config {}", shell_word(&path.display().to_string())),
    }
}
