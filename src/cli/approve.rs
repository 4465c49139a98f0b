//! `approve`: a person's narrow yes to the changes of one stored plan.

use std::path::Path;

use clap::Args;

use crate::clock::Clock;
use crate::engine::cycle::APPROVAL_S;
use crate::report::instant;
use crate::store::Store;

use super::{Failure, setup, terminal, who};

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
    let config = setup::load_without_key(config)?;
    let now = Clock::System.now();
    let mut store = Store::open_beside(&config.state_path)?;
    let Some(stored) = store.plan(&options.plan_id)? else {
        let last = store.last_plan()?.map(|plan| plan.id);
        let failure = Failure::new(1, format!("no plan {} is stored", options.plan_id));
        return Err(match last {
            Some(last) => failure.advise(format!("the last one is {last}; `status` shows what it holds")),
            None => failure.advise("run `sync` once: it stores the plan it holds"),
        });
    };
    let by = who::actor(options.by.as_deref());
    let expires = now.unix_s + APPROVAL_S;
    let approved = store.approve(&stored.id, &stored.plan.keys(), &by, now, expires)?;
    store.ask("sync", &format!("plan {} was approved", stored.id), &by, now)?;
    terminal::print(&format!(
        "Approved {approved} changes of plan {}, each once, until {}.\nNext: the next `postman-scim-sync sync` \
         applies them, by hand or by the timer.",
        stored.id,
        instant(expires)
    ));
    Ok(0)
}
