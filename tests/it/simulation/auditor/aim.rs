//! I23, aim before firing: sees the request log. Before each deactivation the account is read in the same cycle, and the read came
//! to its end.
//!
//! Never: takes a look of an earlier cycle for one.

use postman_scim_sync::sandbox::Kind;

use super::seen::{Seen, what};

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    let deactivations = seen.writes().filter(|write| write.kind == Kind::Deactivate);
    let unaimed = deactivations.filter(|write| {
        let before = seen.log.iter().take_while(|logged| logged.seq < write.seq);
        let mut looks = before.filter(|logged| logged.kind == Kind::Get && logged.scim_id == write.scim_id);
        !looks.any(|look| look.succeeded())
    });
    unaimed.map(|write| format!("I23 {} without a look at the account", what(write))).collect()
}
