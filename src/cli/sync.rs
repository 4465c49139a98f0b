//! `sync`: one cycle, by hand or by a timer.

use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};

use crate::clock::Clock;
use crate::core::time::Moment;
use crate::daemon::requests::{SYNC, SyncWish};
use crate::engine::cycle::{Approval, Asked, cycle};
use crate::engine::outcome::CycleSummary;
use crate::report::{self, CycleKind, TextOptions, clean};
use crate::store::{Answer, Store};

use super::setup::{self, Setup, refresh};
use super::{Failure, Format, Looking, beside, plan, plan_file, terminal, who};

#[derive(Args, Debug, Clone, Default)]
#[command(group(ArgGroup::new("yes").args(["approve", "plan"])))]
pub struct Options {
    #[command(flatten)]
    pub(super) looking: Looking,
    /// Apply all of this plan if it is still the plan, and nothing if it is not
    #[arg(long, value_name = "PLAN_ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) approve: Option<String>,
    /// Apply exactly the plan in this file (`plan --format json --out FILE`) if it is still the plan. Giving the file
    /// is the yes to all of it, as --approve is
    #[arg(long, value_name = "FILE", conflicts_with = "approve")]
    pub(super) plan: Option<PathBuf>,
    /// Who approves, for the audit trail [default: the user behind sudo, else the login name]
    #[arg(long, value_name = "NAME", requires = "yes")]
    pub(super) by: Option<String>,
    /// Do nothing while somebody has paused scheduled cycles; for timers
    #[arg(long, conflicts_with_all = ["yes", "dry_run"])]
    pub(super) unless_paused: bool,
    /// The same as `plan`
    #[arg(long, conflicts_with = "yes")]
    pub(super) dry_run: bool,
}

pub async fn run(config: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    if options.dry_run {
        return plan::run(config, &plan::Options::from(&options.looking)).await;
    }
    let approval = approval(options)?;
    if let Some(path) = setup::beside(config) {
        return ask_daemon(config, &path, options, approval).await;
    }
    let setup = Setup::load(config)?;
    setup.warn();
    let mut store = Store::open(&setup.config.state_path)?;
    if options.unless_paused
        && let Some(paused) = store.paused()?
    {
        terminal::print(&format!("Paused by {}: no cycle was run.", clean(&paused.by)));
        return Ok(0);
    }
    let reader = setup.reader()?;
    setup::end_when_asked(&setup.lifeline)?;
    let wants_refresh = take_requests(&mut store, setup.clock.now())?;
    let asked = Asked { refresh: refresh(options.looking.refresh || wants_refresh), approval };
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

/// What was asked for before this cycle. A wish for a cycle is granted by it. Whoever asked a daemon for more, which has
/// ended since, is told to ask again. True if the whole team is to be listed.
fn take_requests(store: &mut Store, now: Moment) -> Result<bool, Failure> {
    let mut wants_refresh = false;
    for row in store.take_requests(now)? {
        let wish = SyncWish::of(&row.detail).filter(|wish| row.kind == SYNC && wish.approve.is_none());
        if let Some(wish) = wish {
            wants_refresh |= wish.refresh;
            continue;
        }
        let said = vec!["the daemon ended before it came to this".to_owned()];
        let advice = Some("give the command again".to_owned());
        store.set_answer(&[row.number], &Answer { exit_code: 1, said, advice, ..Answer::default() })?;
    }
    Ok(wants_refresh)
}

/// The daemon runs the cycle; this waits for it and shows how it ended.
async fn ask_daemon(
    config: Option<&Path>,
    path: &Path,
    options: &Options,
    approval: Option<Approval>,
) -> Result<u8, Failure> {
    let view = || Store::view(path);
    if options.unless_paused && view()?.map(|store| store.paused()).transpose()?.flatten().is_some() {
        terminal::print("Paused: no cycle was run.");
        return Ok(0);
    }
    let (approve, shown) = approval.map(|approval| (approval.plan_id, approval.shown)).unzip();
    let wish = SyncWish { refresh: options.looking.refresh, approve, shown: shown.flatten() };
    let answer = beside::sync(path, &wish, &who::actor(options.by.as_deref())).await?;
    let Some(cycle) = answer.cycle else {
        return Err(Failure { exit_code: answer.exit_code, what: answer.said, advice: answer.advice });
    };
    let row = view()?.map(|store| store.cycle(cycle)).transpose()?.flatten();
    let summary: CycleSummary =
        row.and_then(|row| serde_json::from_str(row.report.as_deref()?).ok()).unwrap_or_default();
    terminal::print(&match options.looking.format {
        Format::Json => report::summary_json(cycle, &answer, &summary),
        Format::Text => report::summary_text(
            cycle,
            &answer,
            &summary,
            &TextOptions { colour: terminal::colour(), kind: CycleKind::Real, now: Clock::System.now(), config },
        ),
    });
    Ok(answer.exit_code)
}
