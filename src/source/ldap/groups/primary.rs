//! Primary groups of Active Directory: they are in no `member` and no `memberOf`. A person has the number of the group in
//! `primaryGroupID`; it is the last part of the group's `objectSid` ([MS-ADTS] 3.1.1.4.5.2, [MS-DTYP] 2.4.2.2). Pure.
//!
//! Never: takes the number of a built-in group, which can be nobody's primary group.

use super::nesting::set;
use crate::source::ldap::entry::Entry;

/// S-1-5-21-X-Y-Z-RID: two bytes, the authority 5 in six, five sub-authorities in four bytes each, the first of them 21.
const DOMAIN: [u8; 12] = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0];
const LENGTH: usize = 28;
/// Numbers in one filter.
const AT_ONCE: usize = 100;

/// The number of a group within its domain.
pub fn rid(group: &Entry) -> Option<u32> {
    group.bytes("objectSid").first().and_then(|sid| of_sid(sid))
}

fn of_sid(sid: &[u8]) -> Option<u32> {
    let is_of_domain = sid.len() == LENGTH && sid.starts_with(&DOMAIN);
    let last = sid.last_chunk::<4>().filter(|_| is_of_domain)?;
    Some(u32::from_le_bytes(*last))
}

/// Filters for the people who have one of these as their primary group.
pub fn filters(rids: &[u32]) -> Vec<String> {
    let one = |rid: &u32| format!("(primaryGroupID={rid})");
    set(rids.to_vec()).chunks(AT_ONCE).map(|some| format!("(|{})", some.iter().map(one).collect::<String>())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_group_is_the_end_of_its_sid() {
        let sid = |parts: &[u32]| {
            let mut bytes = vec![1, u8::try_from(parts.len()).unwrap(), 0, 0, 0, 0, 0, 5];
            bytes.extend(parts.iter().flat_map(|part| part.to_le_bytes()));
            bytes
        };
        assert_eq!(of_sid(&sid(&[21, 1, 2, 3, 513])), Some(513));
        assert_eq!(of_sid(&sid(&[21, 0xffff_ffff, 2, 3, 0x0102_0304])), Some(0x0102_0304));
        // BUILTIN\Users, a SID that is cut, and none.
        assert_eq!(of_sid(&sid(&[32, 545])), None);
        assert_eq!(of_sid(&sid(&[21, 1, 2, 3, 513])[..27]), None);
        assert_eq!(of_sid(&[]), None);
    }

    #[test]
    fn a_filter_asks_for_many_numbers_at_once() {
        assert_eq!(filters(&[513, 1104, 513]), ["(|(primaryGroupID=513)(primaryGroupID=1104))"]);
        assert_eq!(filters(&[]), Vec::<String>::new());
        assert_eq!(filters(&(0..250).collect::<Vec<_>>()).len(), 3);
    }
}
