//! The operator's switches: sees the request log and what was switched off in that cycle.
//!
//! Never: asks for the plan.

use postman_scim_sync::sandbox::Kind;

use super::seen::{Seen, what};

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    let switches = seen.switches;
    let is_off = |kind| match kind {
        Kind::Create | Kind::Reactivate => !switches.create_users,
        Kind::Readdress | Kind::Rename => !switches.update_users,
        Kind::Deactivate => !switches.deactivate_users,
        _ => false,
    };
    let writes = seen.writes().filter(|write| is_off(write.kind));
    writes.map(|write| format!("F1 {}, which is switched off", what(write))).collect()
}
