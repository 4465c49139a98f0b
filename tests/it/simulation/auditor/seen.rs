//! What the auditor saw of one cycle, for the checks that need no memory.
//!
//! Never: holds anything that only the engine knows, but what it wrote down before it sent something.

use postman_scim_sync::core::policy::Switches;
use postman_scim_sync::engine::outcome::CycleReport;
use postman_scim_sync::sandbox::{Kind, Logged, Outcome};
use postman_scim_sync::store::AuditRow;
use serde_json::Value;

use crate::simulation::directory::Reading;

/// One cycle from outside.
pub struct Seen<'a> {
    /// Every request of it, reads too.
    pub log: &'a [Logged],
    pub reading: Option<&'a Reading>,
    /// None: it died, or was asked to end and said nothing.
    pub report: Option<&'a CycleReport>,
    pub begun: &'a [Begun],
    /// By which process each write of the whole world was sent, and which one was at work.
    pub senders: &'a [(u64, u64)],
    pub switches: Switches,
    /// It is the first one with a state that was lost.
    pub after_loss: bool,
}

impl<'a> Seen<'a> {
    pub fn writes(&self) -> impl Iterator<Item = &'a Logged> {
        self.log.iter().filter(|logged| logged.is_write())
    }
}

pub fn what(write: &Logged) -> String {
    format!("seq {}: {:?} of {:?}", write.seq, write.kind, write.user_name)
}

/// Takes something away from somebody.
pub fn is_destructive(write: &Logged) -> bool {
    let removes = || write.body.as_deref().is_some_and(|body| body.contains("\"remove\""));
    match write.kind {
        Kind::Deactivate | Kind::DeleteGroup => true,
        Kind::ChangeMembers => removes(),
        _ => false,
    }
}

/// It surely did nothing, and may be sent again as it is.
pub fn did_nothing(write: &Logged) -> bool {
    matches!(write.outcome, Outcome::NotSent | Outcome::Status(429)) && !write.had_effect()
}

/// A mark: what was written down before a request left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub kind: String,
    /// The SCIM id of an account or a group, or the address of somebody new, in lower case.
    pub about: String,
}

impl Begun {
    /// Of an audit record, if it says that a request began.
    pub fn of(row: &AuditRow) -> Option<Self> {
        if row.kind != "begin" {
            return None;
        }
        let detail: Value = serde_json::from_str(&row.detail).ok()?;
        let change = &detail["change"];
        let about = [&change["scim_id"], &change["account"]["user_name"]].into_iter().find_map(Value::as_str);
        let about = about.unwrap_or_default().to_lowercase();
        Some(Self { kind: change["kind"].as_str()?.to_owned(), about })
    }
}
