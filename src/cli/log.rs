//! The log on standard error: as text or as JSON, one line an event.
//!
//! It is started before the configuration is known, and takes its format and level over once that is loaded.
//! Never: writes to standard output, which is for reports; or panics because standard error is closed.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use crate::config::{Log, LogFormat};
use crate::core::text::escaped;

/// What to log, in the language of tracing's `EnvFilter`; wins over `log.level`.
const VARIABLE: &str = "POSTMAN_SCIM_SYNC_LOG";
/// The scheduler tells of every tick at `info`, and the verifier of certificates logs as an error what it returns as
/// one, so that it would be told twice; ldap3 does that too, with what the server sent. Whoever names them in the
/// variable hears them.
const QUIET: &str = "tokio_cron_scheduler=warn,rustls_platform_verifier=off,ldap3=off";

type Lines = Box<dyn Layer<Registry> + Send + Sync>;

struct Started {
    lines: reload::Handle<Lines, Registry>,
    level: Level,
}

static STARTED: OnceLock<Started> = OnceLock::new();

/// Starts the log as text. `level` counts unless the configuration or the environment says otherwise.
pub fn start(level: Level) {
    keep_quiet_about_ldap3();
    let (layer, lines) = reload::Layer::new(lines(LogFormat::Text, level));
    // A second start, in tests, changes nothing.
    if tracing_subscriber::registry().with(layer).try_init().is_ok() {
        let _ = STARTED.set(Started { lines, level });
    }
    if let Some(Err(error)) = asked() {
        tracing::warn!("{VARIABLE} is ignored: {error}; write \"debug\", or \"info,postman_scim_sync=debug\"");
    }
}

/// ldap3 panics on an answer that it cannot take apart. That is caught and told as an error of the source; the panic's own
/// words would repeat what the server sent.
fn keep_quiet_about_ldap3() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_in = |library| panic.location().is_some_and(|place| place.file().contains(library));
        if !is_in("ldap3") && !is_in("/lber") {
            usual(panic);
        }
    }));
}

/// Goes on as the configuration says; again after each reload of it.
pub fn take_over(log: &Log) {
    let Some(started) = STARTED.get() else { return };
    // Fails only when the subscriber is gone, and then nobody listens.
    let _ = started.lines.reload(lines(log.format, log.level.unwrap_or(started.level)));
}

fn lines(format: LogFormat, level: Level) -> Lines {
    // fmt tells its own troubles by `eprintln!`, which panics in the middle of a cycle when standard error is closed.
    let ansi =
        format == LogFormat::Text && anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let layer = fmt::layer().with_writer(Lined { ansi }).log_internal_errors(false);
    let filter = asked().and_then(Result::ok).unwrap_or_else(|| ours(level));
    match format {
        LogFormat::Json => {
            let json = layer.json().flatten_event(true).with_current_span(false).with_span_list(false);
            json.and_then(filter).boxed()
        }
        LogFormat::Text => {
            let text = layer.with_target(false).with_ansi(ansi);
            // The journal has a time of its own for each line.
            if is_journal() { text.without_time().and_then(filter).boxed() } else { text.and_then(filter).boxed() }
        }
    }
}

/// Standard error, to which an event comes as a whole: it stays one line, and nothing in it turns the direction of writing
/// or hides. tracing itself escapes only what begins with ESC, and serde_json only what JSON must not have.
#[derive(Clone, Copy)]
struct Lined {
    /// Whether ESC is our own, for colours; tracing has escaped all others.
    ansi: bool,
}

impl Lined {
    fn line(self, event: &str) -> String {
        escaped(event.trim_end_matches('\n'), |c| self.ansi && c == '\u{1b}') + "\n"
    }
}

impl MakeWriter<'_> for Lined {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

impl Write for Lined {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        io::stderr().lock().write_all(self.line(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Our own lines up to `level`; of the libraries only what is wrong.
fn ours(level: Level) -> EnvFilter {
    let others = level.min(Level::WARN);
    EnvFilter::new(format!("{others},{QUIET},postman_scim_sync={level}"))
}

/// What the environment asks for.
fn asked() -> Option<Result<EnvFilter, String>> {
    let text = std::env::var(VARIABLE).ok().filter(|text| !text.trim().is_empty())?;
    Some(EnvFilter::builder().parse(format!("{QUIET},{text}")).map_err(|error| error.to_string()))
}

/// systemd names the stream that leads to the journal: `JOURNAL_STREAM=device:inode`, systemd.exec(5).
fn is_journal() -> bool {
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    let stream = std::io::stderr().as_fd().try_clone_to_owned().map(std::fs::File::from);
    let ours = stream.and_then(|stream| stream.metadata());
    ours.is_ok_and(|ours| named == format!("{}:{}", ours.dev(), ours.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_and_nothing_in_it_hides() {
        let line = |event: &str| Lined { ansi: false }.line(event);
        assert_eq!(line("INFO x=a\nERROR forged\r\n"), "INFO x=a\\u000aERROR forged\\u000d\n");
        assert_eq!(line("{\"x\":\"\u{202b}\u{9b}\u{e0041}\"}\n"), "{\"x\":\"\\u202b\\u009b\\udb40\\udc41\"}\n");
        assert_eq!(Lined { ansi: true }.line("\u{1b}[32m INFO\u{1b}[0m\n"), "\u{1b}[32m INFO\u{1b}[0m\n");
        assert_eq!(line("\u{1b}[2J\n"), "\\u001b[2J\n");
    }
}
