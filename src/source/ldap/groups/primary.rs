//! Primary groups of Active Directory: they are in no `member` and no `memberOf`. A person has the number of the group in
//! `primaryGroupID`; it is the last part of the group's `objectSid` ([MS-ADTS] 3.1.1.4.5.2, [MS-DTYP] 2.4.2.2). Pure.
//!
//! Never: takes the number of a built-in group, which can be nobody's primary group.

use super::nesting::set;
use crate::source::ldap::entry::Entry;

/// S-1-5-21-X-Y-Z-RID: two bytes, the authority 5 in six, five sub-authorities in four bytes each, the first of them 21.
const BEGIN: [u8; 12] = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0];
const LENGTH: usize = 28;
/// Numbers in one filter.
const AT_ONCE: usize = 100;

/// All of a SID but its last part.
pub type Domain = [u8; LENGTH - 4];

/// A group's number, and the domain within which it is one: in a global catalog there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rid {
    pub domain: Domain,
    pub number: u32,
}

/// Of a group or a person.
pub fn rid(entry: &Entry) -> Option<Rid> {
    entry.bytes("objectSid").first().and_then(|sid| of_sid(sid))
}

fn of_sid(sid: &[u8]) -> Option<Rid> {
    let sid: &[u8; LENGTH] = sid.try_into().ok().filter(|sid: &&[u8; LENGTH]| sid.starts_with(&BEGIN))?;
    Some(Rid { domain: *sid.first_chunk()?, number: u32::from_le_bytes(*sid.last_chunk()?) })
}

/// Whether the person is of that domain. One whose SID may not be read counts, since there mostly is one domain.
pub fn is_of(domain: &Domain, person: &Entry) -> bool {
    rid(person).is_none_or(|rid| rid.domain == *domain)
}

/// Filters for the people who have one of these as their primary group, if they are of that domain.
pub fn filters(rids: &[Rid]) -> Vec<(Domain, String)> {
    let one = |rid: &Rid| format!("(primaryGroupID={})", rid.number);
    let of_domain = |domain: &[Rid]| -> Vec<(Domain, String)> {
        let filters = domain.chunks(AT_ONCE).map(|some| some.iter().map(one).collect::<String>());
        filters.zip(domain).map(|(filter, Rid { domain, .. })| (*domain, format!("(|{filter})"))).collect()
    };
    set(rids.to_vec()).chunk_by(|one, next| one.domain == next.domain).flat_map(of_domain).collect()
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
        let number = |bytes: &[u8]| of_sid(bytes).map(|rid| rid.number);
        assert_eq!(number(&sid(&[21, 1, 2, 3, 513])), Some(513));
        assert_eq!(number(&sid(&[21, 0xffff_ffff, 2, 3, 0x0102_0304])), Some(0x0102_0304));
        let domain = of_sid(&sid(&[21, 1, 2, 3, 513])).unwrap().domain;
        assert_eq!(of_sid(&sid(&[21, 1, 2, 3, 7])).unwrap().domain, domain);
        let person = |parts: &[u32]| Entry::of("cn=ada", &[("objectSid", &[&sid(parts)])]);
        assert!(is_of(&domain, &person(&[21, 1, 2, 3, 1104])) && is_of(&domain, &Entry::default()));
        assert!(!is_of(&domain, &person(&[21, 1, 2, 4, 1104])));
        // BUILTIN\Users, a SID that is cut, and none.
        assert_eq!(of_sid(&sid(&[32, 545])), None);
        assert_eq!(of_sid(&sid(&[21, 1, 2, 3, 513])[..27]), None);
        assert_eq!(of_sid(&[]), None);
    }

    #[test]
    fn a_filter_asks_for_many_numbers_at_once() {
        let rid = |domain: u8, number| Rid { domain: [domain; 24], number };
        assert_eq!(
            filters(&[rid(1, 513), rid(2, 513), rid(1, 1104), rid(1, 513)]),
            [
                ([1; 24], "(|(primaryGroupID=513)(primaryGroupID=1104))".to_owned()),
                ([2; 24], "(|(primaryGroupID=513))".to_owned())
            ]
        );
        assert_eq!(filters(&[]), []);
        assert_eq!(filters(&(0..250).map(|n| rid(1, n)).collect::<Vec<_>>()).len(), 3);
    }
}
