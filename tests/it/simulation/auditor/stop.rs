//! I17, stop on systemic failure: sees the answers in the request log. Once the key was refused, at most as many writes follow in
//! that cycle as were on their way.
//!
//! Never: counts what one account alone was refused.

use postman_scim_sync::sandbox::{Outcome, ScimError};

use super::seen::{Seen, what};

/// Requests at once.
const WIDTH: usize = 8;

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    let refused = |outcome, error| outcome == Outcome::Status(401) || error == Some(ScimError::AdminGone);
    let Some(at) = seen.log.iter().position(|logged| refused(logged.outcome, logged.error)) else { return Vec::new() };
    let after = seen.log[at + 1..].iter().filter(|logged| logged.is_write());
    after.skip(WIDTH).map(|write| format!("I17 {} after the key was refused", what(write))).collect()
}
