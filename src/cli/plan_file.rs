//! A plan that was written to a file, read back: `plan --format json --out FILE`, then `sync --plan FILE`.
//!
//! Never: takes the file's word for its id; what would be approved is what the file's changes hash to.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use crate::core::plan::Plan;
use crate::report::FORMAT;

use super::Failure;

/// A plan of half a million changes is smaller: bytes.
const BYTES_MAX: u64 = 512 << 20;
const AGAIN: &str = "write it anew with `plan --format json --out FILE`, and read it";

/// What every document of ours begins with.
#[derive(Deserialize)]
struct Head {
    format: u32,
    document: String,
}

#[derive(Deserialize)]
struct PlanFile {
    plan_id: String,
    plan: Plan,
}

/// Errors, exit code 2: no such file, not a plan of ours, or one whose changes do not fit its id.
pub fn read(path: &Path) -> Result<Plan, Failure> {
    let wrong = |what: &str| Failure::new(2, format!("{}: {what}", path.display())).advise(AGAIN);
    let text = text(path)?;
    let head: Head = serde_json::from_str(&text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => wrong("not a plan: it is no document of this program"),
        _ => wrong(&format!("not JSON, or cut off (line {})", error.line())),
    })?;
    if head.document != "plan" {
        return Err(wrong(&format!("this is a {} document, and not a plan", head.document)));
    }
    if head.format != FORMAT {
        let what = format!("format {} of a plan; this version writes and reads format {FORMAT}", head.format);
        return Err(wrong(&what));
    }
    let file: PlanFile = serde_json::from_str(&text)
        .map_err(|error| wrong(&format!("not a plan as this version writes it (line {})", error.line())))?;
    if file.plan.id() != file.plan_id {
        return Err(wrong("the file was edited: its changes are not those of its plan id"));
    }
    Ok(file.plan)
}

fn text(path: &Path) -> Result<String, Failure> {
    let failed = |what: String| Failure::new(2, format!("{}: {what}", path.display())).advise(AGAIN);
    let metadata = std::fs::metadata(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    if !metadata.is_file() {
        return Err(failed("not a regular file".into()));
    }
    if metadata.len() > BYTES_MAX {
        return Err(failed("larger than any plan (512 MiB)".into()));
    }
    let mut text = String::new();
    let file = File::open(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    file.take(BYTES_MAX).read_to_string(&mut text).map_err(|error| failed(format!("cannot be read: {error}")))?;
    Ok(text)
}
