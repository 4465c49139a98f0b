//! `approve`: a person's narrow yes to the changes of one stored plan.

use std::path::Path;

use clap::Args;

use crate::clock::Clock;
use crate::core::guard::Held;
use crate::daemon::requests::SYNC;
use crate::engine::cycle::APPROVAL_S;
use crate::engine::outcome::CycleSummary;
use crate::report::{clean, count, instant};
use crate::store::Store;

use super::{Failure, beside, setup, terminal, who};

/// Cycles among which the last that ended is looked for.
const LOOK_BACK: u32 = 5;

#[derive(Args, Debug, Clone)]
pub struct Options {
    /// The plan's id, as `sync` and `status` show it
    #[arg(value_name = "PLAN_ID")]
    pub(super) plan_id: String,
    /// Who approves, for the audit trail [default: the user behind sudo, else the login name]
    #[arg(long, value_name = "NAME")]
    pub(super) by: Option<String>,
}

pub fn run(config: Option<&Path>, options: &Options) -> Result<u8, Failure> {
    let settings = setup::load_without_key(config)?;
    let now = Clock::System.now();
    let mut store = Store::open_beside(&settings.state_path)?;
    let Some(stored) = store.plan(&options.plan_id)? else {
        if let Some((waits, _)) = waiting(&store)? {
            let what = format!("there is no plan {}; the one that waits is {waits}", clean(&options.plan_id));
            return Err(Failure::new(1, what).advise("look at it, then approve that"));
        }
        return Err(Failure::new(1, format!("no plan {} is stored: a dry run stores none", options.plan_id)).advise(
            format!("`{}` approves a plan that `plan` showed", terminal::typed("sync --approve PLAN_ID", config)),
        ));
    };
    let keys = match held(&store, &stored.id)?.iter().any(|held| matches!(held, Held::FirstSync { .. })) {
        true => stored.plan.keys(),
        // Only a first plan's adoptions wait; others were stored by the cycle that planned them.
        false => stored.plan.changes.iter().flat_map(|planned| planned.change.keys()).collect(),
    };
    let by = who::actor(options.by.as_deref());
    let expires = now.unix_s + APPROVAL_S;
    let approved = store.approve(&stored.id, &keys, &by, &settings.fingerprint, now, expires)?;
    let why = format!("plan {} was approved", stored.id);
    store.ask(SYNC, &why, &why, &by, now)?;
    let next = match beside::daemon(&settings.state_path)? {
        Some(_) => format!("the daemon applies them now; `{}` shows it.", terminal::typed("status", config)),
        None => format!("the next `{}` applies them, by hand or by the timer.", terminal::typed("sync", config)),
    };
    terminal::print(&format!(
        "Approved {} of plan {}, each once, until {}.\nNext: {next}",
        count(approved, "change", "changes"),
        stored.id,
        instant(expires),
    ));
    Ok(0)
}

/// What of this plan waits. Only that can be let through: an approval of something applied would let it happen once
/// more.
fn held(store: &Store, plan_id: &str) -> Result<Vec<Held>, Failure> {
    match waiting(store)? {
        Some((id, held)) if id == plan_id => Ok(held),
        Some((held, _)) => Err(Failure::new(1, format!("plan {plan_id} is not the one that waits"))
            .advise(format!("the last cycle held plan {held}; look at it, then approve that"))),
        None => Err(Failure::new(1, format!("nothing of plan {plan_id} waits: the last cycle held nothing"))),
    }
}

/// The plan of which the last cycle held something, and what.
fn waiting(store: &Store) -> Result<Option<(String, Vec<Held>)>, Failure> {
    let cycles = store.last_cycles(LOOK_BACK)?;
    let last = cycles.iter().find(|row| row.ended.is_some()).and_then(|row| row.report.as_deref());
    let summary: Option<CycleSummary> = last.and_then(|report| serde_json::from_str(report).ok());
    let waits = summary.filter(|summary| !summary.held.is_empty());
    Ok(waits.and_then(|summary| Some((summary.plan_id?, summary.held))))
}
