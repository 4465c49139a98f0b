//! The program and whatever it starts: one process group, ended as a whole.
//!
//! Never: a shell, an inherited variable that is not named, or a process that is left behind.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::time::{sleep, timeout};

use crate::config::exec_source::ExecSettings;

/// Between SIGTERM and SIGKILL.
const GOING: Duration = Duration::from_secs(2);

/// A running program. Dropped, it is killed with its whole group.
pub struct Process {
    child: Child,
    group: Option<Pid>,
}

impl Process {
    /// Starts it in a process group of its own, with nothing on its standard input. Every descriptor of ours is
    /// close-on-exec (std and SQLite open nothing else), the instance lock's too.
    pub fn start(settings: &ExecSettings) -> io::Result<(Process, ChildStdout, ChildStderr)> {
        // A relative path would be looked up from the folder it is to run in.
        let mut command = tokio::process::Command::new(std::path::absolute(&settings.program)?);
        command.args(&settings.arguments).env_clear();
        let set = settings.environment.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command.envs(set);
        let here = Path::new(".");
        command.current_dir(if settings.folder.as_os_str().is_empty() { here } else { &settings.folder });
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        match (child.stdout.take(), child.stderr.take()) {
            (Some(stdout), Some(stderr)) => Ok((Self { child, group }, stdout, stderr)),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Waits for the program itself.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Returns when the program has ended so long ago that somebody else must be holding its output open.
    pub async fn outlived_by_its_output(&mut self, so_long: Duration) {
        // An error would come again from `ended`.
        let _ = self.child.wait().await;
        sleep(so_long).await;
    }

    /// Asks the group to end, and lets `drop` end what does not.
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        let _ = timeout(GOING, self.child.wait()).await;
        self.signal(Signal::KILL);
        let _ = timeout(GOING, self.child.wait()).await;
    }

    /// A group whose members have all ended is not there any more, which is as well. Its number is not given to
    /// another one as long as a member lives.
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    /// Nobody can wait here, so there is no SIGTERM before it. The runtime reaps the child.
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
