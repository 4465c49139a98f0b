//! `sync`: one cycle, by hand or by a timer.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use crate::engine::cycle::{Approval, Asked, cycle};
use crate::report::{self, CycleKind, TextOptions};
use crate::store::Store;

use super::setup::{Setup, refresh};
use super::{Failure, Format, Looking, plan, plan_file, terminal, who};

#[derive(Args, Debug, Clone, Default)]
#[command(group(ArgGroup::new("yes").args(["approve", "plan"])))]
pub struct Options {
    #[command(flatten)]
    pub(super) looking: Looking,
    /// Apply all of this plan if it is still the plan, and nothing if it is not
    #[arg(long, value_name = "PLAN_ID")]
    pub(super) approve: Option<String>,
    /// Apply exactly the plan in this file (`plan --format json --out FILE`) if it is still the plan. Giving the file
    /// is the yes to all of it, as --approve is
    #[arg(long, value_name = "FILE", conflicts_with = "approve")]
    pub(super) plan: Option<PathBuf>,
    /// Who approves, for the audit trail [default: the user behind sudo, else the login name]
    #[arg(long, value_name = "NAME", requires = "yes")]
    pub(super) by: Option<String>,
    /// The same as `plan`
    #[arg(long, conflicts_with = "yes")]
    pub(super) dry_run: bool,
}

pub async fn run(config: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    if options.dry_run {
        return plan::run(config, &plan::Options::from(&options.looking)).await;
    }
    let approval = approval(options)?;
    let setup = Setup::load(config)?;
    setup.warn();
    let mut store = Store::open(&setup.config.state_path)?;
    let reader = setup.reader()?;
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

/// The yes that came with the command: by a plan's id, or by a file with the plan.
fn approval(options: &Options) -> Result<Option<Approval>, Failure> {
    let (plan_id, shown) = match (&options.approve, &options.plan) {
        (Some(plan_id), _) => (plan_id.clone(), None),
        (None, Some(path)) => {
            let plan = plan_file::read(path)?;
            (plan.id(), Some(Box::new(plan)))
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(Approval { plan_id, by: who::actor(options.by.as_deref()), shown }))
}
