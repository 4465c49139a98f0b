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
    parse(&text(path)?).map_err(|what| Failure::new(2, format!("{}: {what}", path.display())).advise(AGAIN))
}

/// Errors: why the text is no plan of ours.
pub(crate) fn parse(text: &str) -> Result<Plan, String> {
    let head: Head = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => "not a plan: it is no document of this program".to_owned(),
        _ => format!("not JSON, or cut off (line {})", error.line()),
    })?;
    if head.document != "plan" {
        return Err(format!("this is a {} document, and not a plan", head.document));
    }
    if head.format != FORMAT {
        return Err(format!("format {} of a plan; this version writes and reads format {FORMAT}", head.format));
    }
    let file: PlanFile = serde_json::from_str(text)
        .map_err(|error| format!("not a plan as this version writes it (line {})", error.line()))?;
    if file.plan.id() != file.plan_id {
        return Err("the file was edited: its changes are not those of its plan id".to_owned());
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
