//! The keys of a `[[source]]` with `type = "exec"`.
//!
//! Never: starts the program, or looks whether it is there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::findings::Findings;
use super::groups::Groups;
use super::records::{RecordSettings, records};
use super::settings::Settings;

/// Variables that the program gets without being named: where programs are, where its own settings are, and in which
/// encoding it writes.
const ALWAYS: [&str; 3] = ["PATH", "HOME", "LANG"];
/// What would hand over our key, or let a program speak to systemd in our name.
const NEVER: [&str; 8] = [
    "CREDENTIALS_DIRECTORY",
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "INVOCATION_ID",
];

/// Settings of the exec source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecSettings {
    /// The program, absolute or relative to the configuration file (already joined).
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// Where it runs: the folder of the configuration file.
    pub folder: PathBuf,
    /// For everything: start, output, end.
    pub timeout: Duration,
    /// How much it may print, in bytes.
    pub output_limit: u64,
    /// Names of the variables it gets.
    pub environment: Vec<String>,
    pub records: RecordSettings,
}

/// The settings of one exec source; what is wrong is a finding.
pub(super) fn exec(settings: &Settings, groups: Groups, base: &Path, findings: &mut Findings) -> Option<ExecSettings> {
    let mut command = settings.texts("source.command").into_iter();
    let timeout = settings.timeout(findings);
    let environment = environment(settings, findings);
    let records = records(settings, groups.pushed, findings);
    Some(ExecSettings {
        program: base.join(command.next()?),
        arguments: command.collect(),
        folder: base.into(),
        timeout: timeout?,
        output_limit: settings.number("source.output_limit_mib")? << 20,
        environment,
        records: records?,
    })
}

fn environment(settings: &Settings, findings: &mut Findings) -> Vec<String> {
    let named = settings.texts("source.environment");
    let place = settings.place("source.environment");
    for name in &named {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.chars().all(is_name) {
            // Probably NAME=value, whose value may be a secret.
            let advice = "write names alone; the values are those of the environment this runs in".to_owned();
            findings.wrong(&place, "holds something that is no name of a variable", Some(advice));
        } else if NEVER.contains(&name.as_str()) || name.to_ascii_uppercase().starts_with("POSTMAN_SCIM_SYNC") {
            let advice = "the program gets nothing of this service's own; give it its secrets by files".to_owned();
            findings.wrong(&place, format!("{name} is never passed on"), Some(advice));
        }
    }
    ALWAYS.iter().map(|name| (*name).to_owned()).chain(named).collect()
}
