//! `sync`: one cycle, by hand or by a timer.

use std::path::Path;

use clap::Args;

use crate::engine::cycle::{Approval, Asked, cycle};
use crate::report::{self, CycleKind, TextOptions};
use crate::store::Store;

use super::setup::{Setup, refresh};
use super::{Failure, Format, Looking, plan, terminal, who};

#[derive(Args, Debug, Clone, Default)]
pub struct Options {
    #[command(flatten)]
    pub(super) looking: Looking,
    /// Apply all of this plan if it is still the plan, and nothing if it is not
    #[arg(long, value_name = "PLAN_ID")]
    pub(super) approve: Option<String>,
    /// Who approves, for the audit trail [default: the user behind sudo, else the login name]
    #[arg(long, value_name = "NAME", requires = "approve")]
    pub(super) by: Option<String>,
    /// The same as `plan`
    #[arg(long, conflicts_with = "approve")]
    pub(super) dry_run: bool,
}

pub async fn run(config: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    if options.dry_run {
        return plan::run(config, &plan::Options { looking: options.looking.clone(), ..Default::default() }).await;
    }
    let setup = Setup::load(config)?;
    setup.warn();
    let mut store = Store::open(&setup.config.state_path)?;
    let reader = setup.reader()?;
    let by = || who::actor(options.by.as_deref());
    let approval = options.approve.clone().map(|plan_id| Approval { plan_id, by: by() });
    let asked = Asked { refresh: refresh(options.looking.refresh), approval };
    let report = cycle(&setup.context(), &mut store, &reader, &asked).await?;
    terminal::print(&match options.looking.format {
        Format::Json => report::cycle_json(&report),
        Format::Text => report::cycle_text(
            &report,
            &TextOptions { colour: terminal::colour(), kind: CycleKind::Real, now: setup.clock.now(), config },
        ),
    });
    Ok(report.exit_code)
}
