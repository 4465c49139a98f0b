//! `plan`: the dry run. It works without a database and beside a running daemon.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::engine::observe::observe;
use crate::report::{self, CycleKind, TextOptions};
use crate::store::Store;

use super::setup::{Setup, refresh};
use super::{Failure, Format, Looking, terminal};

#[derive(Args, Debug, Clone, Default)]
pub struct Options {
    #[command(flatten)]
    pub(super) looking: Looking,
    /// Write the plan to a file instead of the terminal
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Exit with 5 when there are changes
    #[arg(long)]
    pub(super) exit_code: bool,
}

pub async fn run(config: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let setup = Setup::load(config)?;
    setup.warn();
    let store = match Store::view(&setup.config.state_path)? {
        Some(store) => store,
        None => Store::in_memory()?,
    };
    let reader = setup.reader()?;
    let observed = observe(&setup.context(), &store, &reader, refresh(options.looking.refresh)).await?;
    let proposal = observed.proposal;
    let text = match options.looking.format {
        Format::Json => report::plan_json(&proposal),
        Format::Text => {
            let colour = if options.out.is_some() { report::Colour::Never } else { terminal::colour() };
            report::plan_text(&proposal, &TextOptions { colour, kind: CycleKind::Dry, now: observed.now, config })
        }
    };
    match &options.out {
        Some(path) => terminal::write_private(path, &text)?,
        None => terminal::print(&text),
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
