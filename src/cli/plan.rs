//! `plan`: the dry run. It works without a database and beside a running daemon.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::engine::observe::observe;
use crate::report::{self, CycleKind, TextOptions, clean};
use crate::store::Store;

use super::setup::{Setup, asked_to_end, end_when_asked, refresh};
use super::{Failure, Format, Looking, out, terminal};

#[derive(Args, Debug, Clone, Default)]
pub struct Options {
    /// List the whole team now, and not only when it is due
    #[arg(long)]
    pub(super) refresh: bool,
    /// How to print: json for scripts and for `sync --plan`, markdown for a pull request, csv for a spreadsheet
    /// [default: by the extension of --out (.json .md .csv), else text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<PlanFormat>,
    /// Write the plan to a file instead of the terminal
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Exit with 5 when there are changes
    #[arg(long)]
    pub(super) exit_code: bool,
}

/// How a plan is written.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlanFormat {
    Text,
    Json,
    Markdown,
    Csv,
}

impl From<&Looking> for Options {
    fn from(looking: &Looking) -> Self {
        let format = match looking.format {
            Format::Text => PlanFormat::Text,
            Format::Json => PlanFormat::Json,
        };
        Self { refresh: looking.refresh, format: Some(format), ..Self::default() }
    }
}

impl Options {
    /// A file is what its name says, unless told otherwise.
    fn format(&self) -> PlanFormat {
        let extension = self.out.as_deref().and_then(Path::extension).and_then(|extension| extension.to_str());
        self.format.unwrap_or(match extension {
            Some("json") => PlanFormat::Json,
            Some("md") => PlanFormat::Markdown,
            Some("csv") => PlanFormat::Csv,
            _ => PlanFormat::Text,
        })
    }
}

pub async fn run(config: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let setup = Setup::load(config)?;
    setup.warn();
    options.out.as_deref().map(|path| out::refuse_in_use(path, &setup.config, None)).transpose()?;
    end_when_asked(&setup.lifeline)?;
    let store = match Store::view(&setup.config.state_path)? {
        Some(store) => store,
        None => Store::in_memory()?,
    };
    let reader = setup.reader()?;
    let context = setup.context();
    let observed = tokio::select! {
        biased;
        () = setup.lifeline.stopping() => return Err(asked_to_end()),
        observed = observe(&context, &store, &reader, refresh(options.refresh)) => observed?,
    };
    let proposal = observed.proposal;
    let colour = if options.out.is_some() { report::Colour::Never } else { terminal::colour() };
    let words = TextOptions { colour, kind: CycleKind::Dry, now: observed.now, config };
    let text = match options.format() {
        PlanFormat::Text => report::plan_text(&proposal, &words),
        PlanFormat::Json => report::plan_json(&proposal),
        PlanFormat::Markdown => report::plan_markdown(&proposal, &words),
        PlanFormat::Csv => report::plan_csv(&proposal, observed.now),
    };
    match &options.out {
        Some(path) => {
            out::write_private(path, &text)?;
            terminal::tell(&format!("Plan {} is in {}.", proposal.plan_id, clean(&path.display().to_string())));
        }
        None => terminal::answer(&text)?,
    }
    Ok(if proposal.source_failed() {
        1
    } else if !proposal.plan.refusals.is_empty() {
        4
    } else if options.exit_code && !proposal.plan.is_empty() {
        5
    } else {
        0
    })
}
