//! The members that one group lists, all of them.
//!
//! Never: takes a piece of a long attribute for the whole (`range.rs`).

use super::nesting::{Members, set};
use super::primary::{self, Rid};
use super::range::{After, Range};
use crate::config::ldap_source::Directory;
use crate::source::SourceError;
use crate::source::ldap::dn::{self, Key};
use crate::source::ldap::entry::Entry;
use crate::source::ldap::session::Session;

/// Reads one group.
pub async fn read(session: &mut Session, dn: &str, directory: Directory) -> Result<Members, SourceError> {
    let is_ad = directory == Directory::ActiveDirectory;
    let attributes: &[&str] = if is_ad { &["member", "objectSid"] } else { &["member", "uniqueMember", "memberUid"] };
    let entry = group(session, dn, attributes).await?;
    let mut members = Members { rid: is_ad.then(|| primary::rid(&entry)).flatten(), ..Members::default() };
    for attribute in ["member", "uniqueMember"] {
        let mut each = |value: &[u8]| {
            if let Some(dn) = member(&String::from_utf8_lossy(value)) {
                members.entries.push(Key::of(dn));
                if let Some(above) = dn::parent(dn).filter(|above| !members.above.contains(*above)) {
                    members.above.insert(above.to_owned());
                }
            }
        };
        values(session, &entry, attribute, &mut each).await?;
    }
    let mut each = |value: &[u8]| members.uids.push(Key::of_name(&String::from_utf8_lossy(value)));
    values(session, &entry, "memberUid", &mut each).await?;
    members.entries = set(members.entries);
    members.uids = set(members.uids);
    Ok(members)
}

/// Active Directory's number of one group.
pub async fn numbered(session: &mut Session, dn: &str) -> Result<Option<Rid>, SourceError> {
    Ok(primary::rid(&group(session, dn, &["objectSid"]).await?))
}

async fn group(session: &mut Session, dn: &str, attributes: &[&str]) -> Result<Entry, SourceError> {
    match session.entry(dn, attributes).await? {
        Some(entry) => Ok(entry),
        None => Err(refused(session, dn, "it was removed or moved while the groups were read")),
    }
}

/// Hands over every value of one attribute, asking for what the server held back.
async fn values(
    session: &mut Session,
    entry: &Entry,
    attribute: &str,
    each: &mut (dyn FnMut(&[u8]) + Send),
) -> Result<(), SourceError> {
    if entry.ranged(attribute).is_none() {
        entry.bytes(attribute).into_iter().for_each(each);
        return Ok(());
    }
    let dn = entry.dn.clone();
    let (mut range, mut next) = (Range::default(), None);
    loop {
        let piece = next.as_ref().unwrap_or(entry);
        let Some(part) = piece.ranged(attribute) else {
            return Err(refused(session, &dn, &format!("the server did not send the rest of {attribute}")));
        };
        let after = range.accept(part.from, part.to, part.values.len());
        part.values.into_iter().for_each(|value| each(value.as_bytes()));
        match after {
            Ok(After::End) => return Ok(()),
            Ok(After::More(from)) => next = Some(group(session, &dn, &[&format!("{attribute};range={from}-*")]).await?),
            Err(why) => return Err(refused(session, &dn, &format!("{attribute} is not whole: {why}"))),
        }
    }
}

fn refused(session: &Session, dn: &str, why: &str) -> SourceError {
    session.malformed(format!("the group {dn}: {why}"))
}

/// A member's DN; none for the empty one, which some tools write where a group may not be empty.
pub fn member(value: &str) -> Option<&str> {
    Some(without_uid(value.trim())).filter(|dn| !dn.is_empty())
}

/// Name And Optional UID (RFC 4517 §3.3.21): `cn=ada,dc=acme#'0101'B`.
fn without_uid(text: &str) -> &str {
    let bits = |rest: &str| {
        let bits = rest.strip_prefix('\'').and_then(|rest| rest.strip_suffix("'B"));
        bits.is_some_and(|bits| bits.bytes().all(|bit| matches!(bit, b'0' | b'1')))
    };
    match text.rsplit_once('#') {
        Some((dn, rest)) if bits(rest) => dn,
        _ => text,
    }
}
