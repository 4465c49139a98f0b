//! Which directory it is, so that another one under the same names is noticed.
//!
//! Never: the server's address; several servers hold one directory.

use super::session::Session;
use super::{id, root};
use crate::core::evidence::Identity;
use crate::source::SourceError;

/// Ids of the entry at the top, in any of the directories: RFC 4530; Active Directory; 389 Directory Server. A copy that
/// was set up anew has another one, a replica has the same.
pub(super) const IDS: [&str; 3] = ["objectGUID", "nsUniqueId", "entryUUID"];

/// A naming context that people are in.
pub(super) struct Top {
    pub context: String,
    /// `entryUUID 40c1a712-...`; none where the account may read none.
    pub id: Option<String>,
}

/// The naming contexts of the bases with their ids, and who the server says we are.
pub async fn of(session: &mut Session, bases: &[String]) -> Result<Identity, SourceError> {
    let directory = directory(&tops(session, bases).await?);
    Ok(Identity { directory, principal: session.principal().to_owned() })
}

/// Each once, in the order of the bases.
pub(super) async fn tops(session: &mut Session, bases: &[String]) -> Result<Vec<Top>, SourceError> {
    let mut tops: Vec<Top> = Vec::new();
    for base in bases {
        let context = context(session.root(), base).to_owned();
        if tops.iter().any(|top| top.context == context) {
            continue;
        }
        let top = session.entry(&context, &IDS).await?;
        let id = IDS.into_iter().find_map(|name| Some(format!("{name} {}", id::of(top.as_ref()?, name).ok()?)));
        tops.push(Top { context, id });
    }
    Ok(tops)
}

/// As the evidence names it: `dc=acme,dc=example (entryUUID 40c1a712-...)`.
pub(super) fn directory(tops: &[Top]) -> String {
    let one = |Top { context, id }: &Top| match id {
        Some(id) => format!("{context} ({id})"),
        None => context.clone(),
    };
    tops.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// The naming context that the base is in; the base itself where the server names none.
pub(super) fn context<'a>(root: &'a root::RootDse, base: &'a str) -> &'a str {
    root::naming_context(&root.naming_contexts, base).unwrap_or(base)
}
