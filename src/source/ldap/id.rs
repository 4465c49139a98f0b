//! The immutable id of an entry: as text, and back into the filter that finds it.
//!
//! Never: an id that another entry could have; what is no id is an error.

use std::fmt::Write as _;

use ldap3::ldap_escape;

use super::entry::Entry;
use crate::config::ldap_source::LdapSettings;

/// Octets that are written as a GUID: [MS-ADTS] 3.1.1.1.4, [MS-DTYP] 2.3.4.2.
const GUID: &str = "objectGUID";

/// Text of the same form: RFC 4530; FreeIPA.
const UUIDS: [&str; 2] = ["entryUUID", "ipaUniqueID"];

/// That every kind of entry has: people's may be one that only they have, such as a number of the personnel department.
const OF_ANY_ENTRY: [&str; 5] = [GUID, "entryUUID", "ipaUniqueID", "nsUniqueId", "ibm-entryUUID"];

/// The attribute with the immutable id of a group.
pub fn of_groups(settings: &LdapSettings) -> &str {
    let of_people =
        || OF_ANY_ENTRY.iter().any(|name| name.eq_ignore_ascii_case(&settings.id)).then_some(settings.id.as_str());
    settings.directory.id().or_else(of_people).unwrap_or("entryUUID")
}

/// Errors: why the entry has no usable id.
pub fn of(entry: &Entry, attribute: &str) -> Result<String, String> {
    let values = entry.bytes(attribute);
    let [value] = values.as_slice() else {
        return Err(if values.is_empty() {
            format!("has no {attribute}; (!({attribute}=*)) finds such entries, unless the account may not read it")
        } else {
            format!("has several values in {attribute}, which source.id names")
        });
    };
    if attribute.eq_ignore_ascii_case(GUID) {
        let bytes = <&[u8; 16]>::try_from(*value).map_err(|_| format!("has no GUID in {attribute}"))?;
        return Ok(guid(bytes));
    }
    match std::str::from_utf8(value) {
        Ok(text) if !text.trim().is_empty() && !text.chars().any(char::is_control) => Ok(text.trim().to_owned()),
        Ok(_) => Err(format!("has an empty {attribute}, or one with control characters")),
        Err(_) => Err(format!("has octets and no text in {attribute}; name another attribute as source.id")),
    }
}

/// The filter (RFC 4515) that finds the entry with this id. None: the attribute cannot hold it, so it is of another
/// `source.id` than today's, and that nobody has it means nothing.
pub fn filter(attribute: &str, id: &str) -> Option<String> {
    let has_uuids = UUIDS.iter().any(|name| attribute.eq_ignore_ascii_case(name));
    if has_uuids && octets(id).is_none() {
        return None;
    }
    if !attribute.eq_ignore_ascii_case(GUID) {
        return Some(format!("({attribute}={})", ldap_escape(id)));
    }
    let mut filter = format!("({attribute}=");
    for byte in octets(id)? {
        let _ = write!(filter, "\\{byte:02x}");
    }
    filter.push(')');
    Some(filter)
}

/// The usual text: the first three fields are stored with their lowest byte first.
fn guid(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (n, at) in ORDER.into_iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{:02x}", bytes[at]);
    }
    text
}

/// Which byte of the stored ones is the next of the text. Its own inverse.
const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

fn octets(text: &str) -> Option<[u8; 16]> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let has_dashes = text.bytes().enumerate().all(|(n, byte)| (byte == b'-') == matches!(n, 8 | 13 | 18 | 23));
    if text.len() != 36 || !has_dashes || digits.len() != 32 {
        return None;
    }
    let mut bytes = [0; 16];
    for (pair, at) in digits.chunks(2).zip(ORDER) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes[at] = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}
