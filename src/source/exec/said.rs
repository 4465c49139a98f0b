//! What the program says on its standard error: to our log line by line, and the last line for the error.
//!
//! Never: lets the program wait for a reader, logs without a bound, or passes on what commands a terminal.

use std::pin::pin;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio::time::timeout;

use crate::core::text::is_deceptive;

/// Of a longer line, the rest is passed over.
const LINE_BYTES: usize = 1_024;
const LINE_CHARS: usize = 300;
/// A program that says more is not logged any further, but still read.
const LINES: usize = 100;
/// What is left in the pipe is there at once; whoever left the group and holds it open is not waited for.
const REST: Duration = Duration::from_secs(1);

/// The open end of the pipe, and what came out of it.
pub struct Said<'a> {
    source: &'a str,
    program: &'a str,
    pipe: Option<ChildStderr>,
    buffer: Vec<u8>,
    line: Vec<u8>,
    logged: usize,
    last: String,
}

impl<'a> Said<'a> {
    pub fn new(source: &'a str, program: &'a str, pipe: ChildStderr) -> Self {
        let (buffer, line) = (Vec::with_capacity(8 << 10), Vec::new());
        Self { source, program, pipe: Some(pipe), buffer, line, logged: 0, last: String::new() }
    }

    /// Does the work, and reads whatever is said meanwhile.
    pub async fn while_listening<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = self.read(), if self.pipe.is_some() => {}
            }
        }
    }

    /// Reads what is left, and returns the last line that was not blank.
    pub async fn rest(mut self) -> String {
        let all = async {
            while self.pipe.is_some() {
                self.read().await;
            }
        };
        let _ = timeout(REST, all).await;
        self.end_line();
        self.last
    }

    /// One piece. Nothing is lost when this is dropped while it waits.
    async fn read(&mut self) {
        let Some(pipe) = &mut self.pipe else { return };
        self.buffer.clear();
        let Ok(1..) = pipe.read_buf(&mut self.buffer).await else {
            self.pipe = None;
            return;
        };
        for byte in std::mem::take(&mut self.buffer) {
            match byte {
                b'\n' => self.end_line(),
                _ if self.line.len() < LINE_BYTES => self.line.push(byte),
                _ => {}
            }
        }
        self.buffer.reserve(8 << 10);
    }

    fn end_line(&mut self) {
        let line = shown(&String::from_utf8_lossy(&self.line));
        self.line.clear();
        if line.is_empty() {
            return;
        }
        match self.logged {
            ..LINES => tracing::warn!(source.name = self.source, "{}: {line}", self.program),
            LINES => tracing::warn!(source.name = self.source, "{}: says more, which is not logged", self.program),
            _ => {}
        }
        self.logged = self.logged.saturating_add(1);
        self.last = line;
    }
}

/// Without what moves, colours or hides text, and not too long.
fn shown(line: &str) -> String {
    let visible =
        line.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control() && !is_deceptive(*c));
    visible.take(LINE_CHARS).collect::<String>().trim().to_owned()
}
