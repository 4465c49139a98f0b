//! The exec source: any program that prints JSON Lines. Evidence is its end line with the right count, and after it the
//! end of the program with exit status 0; short of both, nothing of what it printed counts.
//!
//! Never: a shell, a key or a descriptor of ours for the program, or anything of it that outlives the reading.

mod process;
mod said;

#[cfg(test)]
mod tests;

use std::process::ExitStatus;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::io::AsyncReadExt;
use tokio::process::ChildStdout;
use tokio::time::timeout;

use super::records::columns::Columns;
use super::records::json_lines::JsonLines;
use super::records::people::People;
use super::records::place::Place;
use super::{Finding, Fold, LookedUp, Source, SourceError};
use crate::config::exec_source::ExecSettings;
use crate::core::evidence::Evidence;
use crate::core::groups::DirectoryGroup;
use crate::core::model::SourceId;
use process::Process;
use said::Said;

/// Between the end of the output and the end of the program there is nothing left to do but to clean up.
const CLEANING_UP: Duration = Duration::from_secs(5);
const BUFFER: usize = 64 << 10;

/// One program as a directory.
pub struct ExecSource {
    name: String,
    settings: ExecSettings,
    place: Place,
}

impl ExecSource {
    /// Starts nothing yet.
    pub fn open(name: &str, settings: &ExecSettings) -> ExecSource {
        Self { name: name.into(), settings: settings.clone(), place: Place::of(&settings.program) }
    }

    async fn read_whole(&self, fold: &mut dyn Fold) -> Result<Evidence, SourceError> {
        let (mut process, stdout, stderr) = Process::start(&self.settings).map_err(|error| self.not_started(&error))?;
        let mut said = Said::new(&self.name, self.place.name(), stderr);
        let all = said.while_listening(self.output(&mut process, stdout, fold));
        let read = timeout(self.settings.timeout, all).await.unwrap_or_else(|_| Err(self.too_slow()));
        if read.is_err() {
            process.stop().await;
        }
        // Ends what the program left behind, and with it the last writer of its errors.
        drop(process);
        let last = said.rest().await;
        match read {
            Ok((entries, groups)) => Ok(self.evidence(entries, groups)),
            Err(error) => Err(with_last_words(error, &last)),
        }
    }

    /// Reads everything the program prints, and its end. Returns the number of entries, and the groups that are asked for.
    async fn output(
        &self,
        process: &mut Process,
        stdout: ChildStdout,
        fold: &mut dyn Fold,
    ) -> Result<(u64, Vec<DirectoryGroup>), SourceError> {
        let records = &self.settings.records;
        let mut people = People::new(&self.name, records, Columns::configured(records), self.place.clone());
        let mut lines = JsonLines::new(self.place.clone());
        let held_open = tokio::select! {
            biased;
            read = self.entries(stdout, &mut lines, &mut people, fold) => read.map(|()| false)?,
            () = process.outlived_by_its_output(CLEANING_UP) => true,
        };
        let ended = timeout(CLEANING_UP, process.ended()).await;
        let status =
            ended.map_err(|_| self.still_running())?.map_err(|error| self.place.unreachable(error.to_string()))?;
        if !status.success() {
            return Err(self.failed(status));
        }
        if held_open {
            return Err(self.held_open());
        }
        if lines.close()?.is_some() || lines.end_count().is_none() {
            return Err(self.no_end_line(lines.entries()));
        }
        people.finish()
    }

    /// Hands over each entry as it arrives, up to the end of the output. The program waits while the fold works.
    async fn entries(
        &self,
        mut stdout: ChildStdout,
        lines: &mut JsonLines,
        people: &mut People<'_>,
        fold: &mut dyn Fold,
    ) -> Result<(), SourceError> {
        let mut buffer = Vec::with_capacity(BUFFER);
        let mut printed = 0;
        loop {
            buffer.clear();
            let read = stdout.read_buf(&mut buffer).await;
            match read.map_err(|error| self.place.unreachable(format!("cannot read its output: {error}")))? {
                0 => return Ok(()),
                bytes => printed += bytes as u64,
            }
            if printed > self.settings.output_limit {
                return Err(self.too_much());
            }
            for byte in &buffer {
                if let Some(entry) = lines.push(*byte)? {
                    fold.person(people.understand(entry)?);
                }
            }
            tokio::task::yield_now().await;
        }
    }

    fn evidence(&self, entries: u64, groups: Vec<DirectoryGroup>) -> Evidence {
        let checked = vec!["exit status 0".to_owned(), format!("end line: {entries} entries")];
        Evidence { groups, groups_are_names: true, checked, ..Evidence::of_listing(&self.name, entries) }
    }
}

/// What the program did wrong.
impl ExecSource {
    fn not_started(&self, error: &std::io::Error) -> SourceError {
        self.place.unreachable(format!(
            "cannot start the program: {error}; check `command`, the interpreter in the program's first line, and that \
             the user this runs as may run both"
        ))
    }

    fn failed(&self, status: ExitStatus) -> SourceError {
        use std::os::unix::process::ExitStatusExt;
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("exited with {code}"),
            (None, Some(signal)) => format!("was killed by signal {signal}"),
            (None, None) => "ended in an unknown way".into(),
        };
        self.place.refused(format!("the program {how}; run it by hand, as the user this runs as"))
    }

    fn no_end_line(&self, entries: u64) -> SourceError {
        self.place.refused(format!(
            "the program ended after {entries} entries without the end line {{\"end\":true,\"count\":{entries}}}; let it \
             print that line last, and only when everything was read"
        ))
    }

    fn still_running(&self) -> SourceError {
        self.place.refused(
            "the program closed its output and went on running; what counts is its end with exit status 0, so let it end",
        )
    }

    fn held_open(&self) -> SourceError {
        self.place.refused(
            "the program ended, and something it started keeps its output open; let it wait for what it starts, or send \
             the output of that elsewhere",
        )
    }

    fn too_slow(&self) -> SourceError {
        let seconds = self.settings.timeout.as_secs();
        self.place.refused(format!(
            "the program had not ended after {seconds} s and was stopped; find out what it waits for, or raise `timeout`"
        ))
    }

    fn too_much(&self) -> SourceError {
        let mib = self.settings.output_limit >> 20;
        self.place.refused(format!(
            "the program printed more than {mib} MiB and was stopped; print fewer attributes, or raise `output_limit_mib`"
        ))
    }
}

/// The last line of its standard error often says why.
fn with_last_words(error: SourceError, last: &str) -> SourceError {
    error.because(|reason| if last.is_empty() { reason } else { format!("{reason}; it last said: {last}") })
}

impl Source for ExecSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        format!("exec {}", self.place.name())
    }

    fn read<'a>(&'a self, fold: &'a mut dyn Fold) -> BoxFuture<'a, Result<Evidence, SourceError>> {
        Box::pin(self.read_whole(fold))
    }

    fn look_up<'a>(&'a self, ids: &'a [SourceId]) -> BoxFuture<'a, Result<LookedUp, SourceError>> {
        Box::pin(async { Ok(LookedUp::cannot_ask(ids)) })
    }

    fn examine(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }
}
