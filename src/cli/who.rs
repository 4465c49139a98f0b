//! Who gives a command: for the audit chain.

use std::os::unix::fs::MetadataExt;

use crate::report::clean;

/// `--by`, else the user behind sudo, else the login name, each with the uid, and without
/// characters that do more than show.
pub fn actor(by: Option<&str>) -> String {
    let uid = std::fs::metadata("/proc/self").map(|meta| meta.uid());
    let uid = uid.map(|uid| format!("uid {uid}")).unwrap_or_else(|_| "uid unknown".into());
    let from_environment = || ["SUDO_USER", "USER"].iter().find_map(|name| std::env::var(name).ok());
    match by.map(str::to_owned).or_else(from_environment) {
        Some(name) => format!("{} ({uid})", clean(&name)),
        None => uid,
    }
}
