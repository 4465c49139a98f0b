//! What the details of audit records say, as far as the history needs it.
//!
//! Never: fails on a record of another version; that one is counted as unreadable.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::core::groups::{GroupChange, GroupId, KnownGroup};
use crate::core::model::{SourceId, UserName};
use crate::core::plan::Change;
use crate::core::snapshot::{Fact, Hold, HoldReason, Known};
use crate::store::{AuditRow, Ended};

/// `begin`.
#[derive(Deserialize)]
pub struct Begun {
    pub op: i64,
    pub change: Change,
    pub approved: bool,
    pub approval: Option<Approver>,
}

/// `done`, `rejected`, `unknown`, `not_sent`.
#[derive(Deserialize)]
pub struct Ending {
    pub op: i64,
    pub change: Change,
    pub ended: Ended,
    /// What followed from it.
    pub facts: Vec<Fact>,
    pub approved: bool,
    pub approval: Option<Approver>,
}

/// Who approved a change, and under which plan; none for a decision by name.
#[derive(Clone, Deserialize)]
pub struct Approver {
    pub plan: Option<String>,
    pub by: String,
}

/// `settled`: a doubt was read back.
#[derive(Deserialize)]
pub struct Settled {
    pub op: i64,
    pub happened: bool,
}

/// `decree`: a person's `adopt`; so many records that follow are part of it.
#[derive(Deserialize)]
pub struct Decree {
    pub by: String,
    pub facts: u64,
}

/// `approve`.
#[derive(Deserialize)]
pub struct Approved {
    pub by: String,
    pub under: String,
    pub expires_unix_s: i64,
    pub keys: Vec<String>,
}

pub fn detail<T: DeserializeOwned>(row: &AuditRow) -> Option<T> {
    serde_json::from_str(&row.detail).ok()
}

/// A subject is `source:id`, and a source's name has no colon.
pub fn subject(row: &AuditRow) -> Option<SourceId> {
    row.subject.split_once(':').map(|(source, id)| SourceId::new(source, id))
}

/// The group of this record, if it says that it has, had or was to get this name at Postman.
pub fn groups_called(row: &AuditRow, name: &str) -> Option<String> {
    let names = match row.kind.as_str() {
        "begin" => detail::<Begun>(row).map(|begun| match &begun.change {
            Change::Group(GroupChange::RenameGroup { from, to, .. }) => vec![from.clone(), to.clone()],
            Change::Group(group) => vec![group.name().to_owned()],
            _ => Vec::new(),
        }),
        "group" => detail::<KnownGroup>(row).map(|group| vec![group.name]),
        _ => None,
    };
    let is_called = |name_of: &String| name_of.eq_ignore_ascii_case(name);
    let is_it = row.subject == name || names.is_some_and(|names| names.iter().any(is_called));
    (is_it && subject(row).is_some_and(|id| GroupId::of_subject(&id).is_some())).then(|| row.subject.clone())
}

/// The people of this record of whom it says that they have, had or were to get this address.
pub fn ids_with(row: &AuditRow, who: &UserName) -> Vec<String> {
    if row.kind == "begin"
        && let Some(Begun { change: Change::Group(group), .. }) = detail(row)
    {
        let theirs = group.people().iter().filter(|person| person.user_name == *who);
        return theirs.map(|person| person.id.to_string()).collect();
    }
    id_with(row, who).into_iter().collect()
}

fn id_with(row: &AuditRow, who: &UserName) -> Option<String> {
    let names = match row.kind.as_str() {
        "begin" => detail::<Begun>(row).map(|begun| names(&begun.change)),
        "known" => detail::<Known>(row).map(|known| vec![known.account.user_name]),
        "hold" => detail::<Hold>(row).map(|hold| match hold.reason {
            HoldReason::ReaddressedByHand { to } => vec![to],
            _ => Vec::new(),
        }),
        _ => None,
    };
    let is_theirs = row.subject == who.as_str() || names.is_some_and(|names| names.contains(who));
    (is_theirs && !row.subject.is_empty()).then(|| row.subject.clone())
}

fn names(change: &Change) -> Vec<UserName> {
    match change {
        Change::Readdress { from, to, .. } => vec![from.clone(), to.clone()],
        person => person.user_name().cloned().into_iter().collect(),
    }
}
