//! `pause` and `resume`: whether scheduled cycles start, with a daemon or without.

use std::path::Path;

use clap::Args;

use crate::clock::Clock;
use crate::report::{clean, instant};
use crate::store::{Paused, Store};

use super::{Failure, setup, terminal, who};

#[derive(Args, Debug, Clone)]
pub struct Pause {
    /// Why, for whoever looks at `status`
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who pauses, for the audit trail [default: the user behind sudo, else the login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Args, Debug, Clone)]
pub struct Resume {
    /// Who resumes, for the audit trail [default: the user behind sudo, else the login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

pub fn pause(config: Option<&Path>, options: &Pause) -> Result<u8, Failure> {
    let settings = setup::load_without_key(config)?;
    let mut store = Store::open_beside(&settings.state_path)?;
    let since = Clock::System.now();
    store.pause(&Paused { by: who::actor(options.by.as_deref()), reason: options.reason.clone(), since })?;
    terminal::print(&format!(
        "Paused: no scheduled cycle starts. A cycle that runs goes on to its end. Leavers keep access meanwhile.\n\
         Next: `{}` runs one cycle by hand; `{}` ends the pause.",
        terminal::typed("sync", config),
        terminal::typed("resume", config)
    ));
    Ok(0)
}

pub fn resume(config: Option<&Path>, options: &Resume) -> Result<u8, Failure> {
    let settings = setup::load_without_key(config)?;
    let mut store = Store::open_beside(&settings.state_path)?;
    let ended = store.resume(&who::actor(options.by.as_deref()), Clock::System.now())?;
    terminal::print(&match ended {
        Some(paused) => format!(
            "Scheduled cycles start again. They were paused by {} since {}.\nNext: `{}` runs one now.",
            clean(&paused.by),
            instant(paused.since.unix_s),
            terminal::typed("sync", config)
        ),
        None => "Nothing was paused.".to_owned(),
    });
    Ok(0)
}
