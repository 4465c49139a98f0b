//! I22, isolation: sees the answers in the request log and how the cycle says it ended. One item that failed never makes a green
//! cycle.
//!
//! Never: asks what became of it; that others were done all the same is convergence.

use postman_scim_sync::sandbox::{Logged, Outcome};

use super::seen::{Seen, what};

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    if seen.report.is_none_or(|report| report.exit_code != 0) {
        return Vec::new();
    }
    let is_last = |write: &Logged| {
        !seen.writes().any(|later| later.seq > write.seq && later.path == write.path && later.body == write.body)
    };
    let failed = |write: &&Logged| match write.outcome {
        // What is to go and is gone already, and whom another has already.
        Outcome::Status(404 | 409) => false,
        Outcome::Status(status) => (400..500).contains(&status) && is_last(write),
        _ => false,
    };
    let failed = seen.writes().filter(failed);
    failed.map(|write| format!("I22 {} failed, and the cycle is green", what(write))).collect()
}
