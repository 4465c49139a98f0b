//! Filters (RFC 4511 §4.5.1.7), with the two matching rules of Active Directory.

use std::collections::{BTreeSet, HashMap};

use ldap3_proto::proto::{LdapFilter, LdapMatchingRuleAssertion, LdapSubstringFilter};

use super::entry::{Entry, normal};
use super::world::{Dialect, World};

const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";
const BIT_AND: &str = "1.2.840.113556.1.4.803";
const DNS: [&str; 6] = ["member", "uniqueMember", "memberOf", "distinguishedName", "objectCategory", "entryDN"];

/// Who is directly in which group by `member`, both as normal DNs; made once a search.
pub struct Links(HashMap<String, Vec<String>>);

impl Links {
    pub fn of(world: &World) -> Self {
        let mut links: HashMap<String, Vec<String>> = HashMap::new();
        for group in &world.entries {
            for member in group.values("member") {
                links.entry(normal(&String::from_utf8_lossy(member))).or_default().push(group.dn.clone());
            }
        }
        Self(links)
    }

    /// The DNs of the groups that name this DN.
    pub fn groups_of(&self, dn: &str) -> &[String] {
        self.0.get(&normal(dn)).map_or(&[], Vec::as_slice)
    }

    /// Every group that holds this DN, through other groups too, as normal DNs; a cycle ends where it began.
    fn groups_above(&self, dn: &str) -> BTreeSet<String> {
        let (mut found, mut open) = (BTreeSet::new(), vec![dn.to_owned()]);
        while let Some(member) = open.pop() {
            let new = self.groups_of(&member).iter().filter(|group| found.insert(normal(group)));
            open.extend(new.cloned());
        }
        found
    }
}

/// Whether the filter matches an entry as the reader sees it.
pub fn matches(world: &World, links: &Links, filter: &LdapFilter, entry: &Entry) -> bool {
    match filter {
        LdapFilter::And(filters) => filters.iter().all(|filter| matches(world, links, filter, entry)),
        LdapFilter::Or(filters) => filters.iter().any(|filter| matches(world, links, filter, entry)),
        LdapFilter::Not(filter) => !matches(world, links, filter, entry),
        // Every entry has an object class, whether or not the stub gave it one.
        LdapFilter::Present(name) => name.eq_ignore_ascii_case("objectClass") || !entry.values(name).is_empty(),
        LdapFilter::Equality(name, value) | LdapFilter::Approx(name, value) => {
            texts(entry, name).iter().any(|own| equal(world, name, own, value))
        }
        LdapFilter::Substring(name, parts) => texts(entry, name).iter().any(|own| has_parts(own, parts)),
        LdapFilter::GreaterOrEqual(name, value) => texts(entry, name).iter().any(|own| order(own, value).is_ge()),
        LdapFilter::LessOrEqual(name, value) => texts(entry, name).iter().any(|own| order(own, value).is_le()),
        LdapFilter::Extensible(assertion) => extensible(world, links, assertion, entry),
    }
}

fn texts(entry: &Entry, name: &str) -> Vec<String> {
    entry.values(name).iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}

fn equal(world: &World, name: &str, own: &str, value: &str) -> bool {
    let is_category = world.dialect == Dialect::ActiveDirectory && name.eq_ignore_ascii_case("objectCategory");
    if is_category && !value.contains('=') {
        // [MS-ADTS] 3.1.1.3.1.3.5: the display name of the class stands for its DN.
        return normal(own).starts_with(&format!("cn={},", value.to_lowercase()));
    }
    if DNS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return normal(own) == normal(value);
    }
    own.to_lowercase() == value.to_lowercase()
}

fn has_parts(own: &str, parts: &LdapSubstringFilter) -> bool {
    let own = own.to_lowercase();
    let lower = |part: &Option<String>| part.as_deref().unwrap_or_default().to_lowercase();
    let Some(mut rest) = own.strip_prefix(&lower(&parts.initial)) else { return false };
    for part in &parts.any {
        let part = part.to_lowercase();
        let Some(at) = rest.find(&part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(&lower(&parts.final_))
}

fn order(own: &str, value: &str) -> std::cmp::Ordering {
    match (own.parse::<i128>(), value.parse::<i128>()) {
        (Ok(own), Ok(value)) => own.cmp(&value),
        _ => own.to_lowercase().cmp(&value.to_lowercase()),
    }
}

/// A rule that the server does not know is Undefined, which matches nothing.
fn extensible(world: &World, links: &Links, assertion: &LdapMatchingRuleAssertion, entry: &Entry) -> bool {
    if world.dialect != Dialect::ActiveDirectory {
        return false;
    }
    let (name, value) = (assertion.type_.as_deref().unwrap_or_default(), &assertion.match_value);
    match assertion.matching_rule.as_deref() {
        Some(BIT_AND) => texts(entry, name).iter().any(|own| {
            let (Ok(own), Ok(bits)) = (own.parse::<i64>(), value.parse::<i64>()) else { return false };
            own & bits == bits
        }),
        Some(IN_CHAIN) if name.eq_ignore_ascii_case("memberOf") => {
            links.groups_above(&entry.dn).contains(&normal(value))
        }
        Some(IN_CHAIN) if name.eq_ignore_ascii_case("member") => links.groups_above(value).contains(&normal(&entry.dn)),
        _ => false,
    }
}
