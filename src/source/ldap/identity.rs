//! Which directory it is, so that another one under the same names is noticed.
//!
//! Never: the server's address; several servers hold one directory.

use super::dn::Dn;
use super::session::Session;
use super::{id, root};
use crate::core::evidence::Identity;
use crate::source::SourceError;

/// Ids of the entry at the top, in any of the directories: RFC 4530; Active Directory; 389 Directory Server. A copy that
/// was set up anew has another one, a replica has the same.
const IDS: [&str; 3] = ["objectGUID", "nsUniqueId", "entryUUID"];

/// The naming context of the first base with its id, where it may be read, and who the server says we are.
pub async fn of(session: &mut Session, bases: &[String]) -> Result<Identity, SourceError> {
    let base = bases.first().map(String::as_str).unwrap_or_default();
    let context = context(session.root(), base).to_owned();
    let top = session.entry(&context, &IDS).await?;
    let id = IDS.into_iter().find_map(|name| {
        let id = id::of(top.as_ref()?, name).ok()?;
        Some(format!("{context} ({name} {id})"))
    });
    Ok(Identity { directory: id.unwrap_or(context), principal: session.principal().to_owned() })
}

/// The longest naming context above the base; the base itself where the server names none.
pub(super) fn context<'a>(root: &'a root::RootDse, base: &'a str) -> &'a str {
    let Some(below) = Dn::parse(base) else { return base };
    let above = root.naming_contexts.iter().filter_map(|context| {
        let dn = Dn::parse(context).filter(|dn| dn.depth() > 0 && below.is_below(dn))?;
        Some((dn.depth(), context.as_str()))
    });
    above.max_by_key(|(depth, _)| *depth).map_or(base, |(_, context)| context)
}
