//! The ledger: one line of JSON for each long run, so that seeds, faults, kills and points add up over the project's life
//! (`tests/full.sh`, `tests/ledger.jsonl`).
//!
//! Never: writes anything unless `LEDGER` names a file.

use std::fs::OpenOptions;
use std::io::Write;

use serde_json::{Value, json};

/// Adds what a run told, under the lane's name and the commit in `LEDGER_COMMIT`.
pub fn enter(lane: &str, told: &Value) {
    let Some(path) = std::env::var_os("LEDGER") else { return };
    let commit = std::env::var("LEDGER_COMMIT").unwrap_or_default();
    let line = json!({ "lane": lane, "commit": commit, "told": told });
    let mut ledger = OpenOptions::new().create(true).append(true).open(path).unwrap();
    // In one piece: other threads and processes write there too.
    ledger.write_all(format!("{line}\n").as_bytes()).unwrap();
}
