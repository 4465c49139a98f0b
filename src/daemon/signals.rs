//! Unix signals: SIGTERM and SIGINT ask to end, SIGHUP to read the configuration again, SIGUSR1 for a cycle now.
//!
//! Never: ends the process.

use std::io::{self, IsTerminal};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::systemd;
use crate::lifeline::Lifeline;

/// What a signal asks of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Reload,
    Cycle,
}

/// Signals that are not looked at yet; more of them ask for nothing new.
const WAITING: usize = 8;

/// From now on SIGTERM and SIGINT ask to end, and do it again without harm.
pub fn end_when_asked(lifeline: &Lifeline) -> io::Result<()> {
    end_at(SignalKind::terminate(), lifeline)?;
    end_at(SignalKind::interrupt(), lifeline)
}

fn end_at(kind: SignalKind, lifeline: &Lifeline) -> io::Result<()> {
    let (mut stream, lifeline) = (signal(kind)?, lifeline.clone());
    tokio::spawn(async move {
        while stream.recv().await.is_some() {
            tracing::info!("asked to end: nothing new is begun, and what is under way gets its answer");
            lifeline.ask_to_stop();
            systemd::stopping();
        }
    });
    Ok(())
}

/// The same, and the daemon's own signals. At a terminal SIGHUP says that the terminal has gone, and asks to end.
pub fn listen(lifeline: &Lifeline) -> io::Result<mpsc::Receiver<Signal>> {
    end_when_asked(lifeline)?;
    if io::stdin().is_terminal() {
        end_at(SignalKind::hangup(), lifeline)?;
    }
    let (sender, receiver) = mpsc::channel(WAITING);
    for (kind, meaning) in [(SignalKind::hangup(), Signal::Reload), (SignalKind::user_defined1(), Signal::Cycle)] {
        let (mut stream, sender) = (signal(kind)?, sender.clone());
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                // Full: the same is asked already.
                let _ = sender.try_send(meaning);
            }
        });
    }
    Ok(receiver)
}
