//! I13, a dry run is pure: sees the request log and the state before and after it. It sends no write and stores nothing, and where
//! nothing can come between, the next real cycle's plan is the same.
//!
//! Never: runs one.

use postman_scim_sync::core::plan::{Note, Plan};

/// What a dry run can be compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    pub writes: usize,
    pub audit_head: Option<(i64, String)>,
    pub marks: usize,
}

pub fn check(before: &Stand, after: &Stand) -> Option<String> {
    (before != after).then(|| format!("I13 a dry run left {after:?} of {before:?}"))
}

/// Whether a second look at the same plan says the same whatever the clock shows a moment later.
pub fn is_settled(plan: &Plan) -> bool {
    let waits = |note: &Note| matches!(note, Note::Due { .. } | Note::Held { .. } | Note::InDoubt { .. });
    plan.refusals.is_empty() && !plan.notes.iter().any(waits)
}
