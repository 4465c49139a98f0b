//! One entry of a search result (RFC 4511 §4.5.2): its DN and its attributes, found by name in any letter case.
//!
//! Never: panics on what a server sends; what is no entry is none.

use ldap3::asn1::StructureTag;

/// One entry, as it was sent. Values are octets; what they mean is the reader's to say.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

/// A part of an attribute's values, as Active Directory sends long ones: `member;range=0-1499` ([MS-ADTS] 3.1.1.3.1.3.3).
#[derive(Debug, PartialEq, Eq)]
pub struct Ranged<'a> {
    pub from: u32,
    /// None: up to the last value there is (`range=1500-*`).
    pub to: Option<u32>,
    pub values: Vec<&'a str>,
}

impl Entry {
    /// A SearchResultEntry; none where it breaks the protocol.
    pub(super) fn parse(tag: StructureTag) -> Option<Self> {
        let mut parts = tag.match_id(4)?.expect_constructed()?.into_iter();
        let dn = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
        let attributes = parts.next()?.expect_constructed()?.into_iter().map(attribute);
        Some(Self { dn, attributes: attributes.collect::<Option<_>>()? })
    }

    /// Values that are text, in the server's order. Others are left out; `bytes` has them all.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.values(name).iter().filter_map(|value| std::str::from_utf8(value).ok()).collect()
    }

    pub fn bytes(&self, name: &str) -> Vec<&[u8]> {
        self.values(name).iter().map(Vec::as_slice).collect()
    }

    /// Of all attributes that were sent, with or without values.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there is at least one value.
    pub fn has(&self, name: &str) -> bool {
        !self.values(name).is_empty()
    }

    /// The part of `name` that was sent, if it was sent in parts.
    pub fn ranged(&self, name: &str) -> Option<Ranged<'_>> {
        self.attributes.iter().find_map(|(sent, values)| {
            let (from, to) = range(sent, name)?;
            let values = values.iter().filter_map(|value| std::str::from_utf8(value).ok()).collect();
            Some(Ranged { from, to, values })
        })
    }

    fn values(&self, name: &str) -> &[Vec<u8>] {
        let mut found = self.attributes.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        found.next().map_or(&[], |(_, values)| values)
    }
}

/// PartialAttribute (RFC 4511 §4.1.7).
fn attribute(tag: StructureTag) -> Option<(String, Vec<Vec<u8>>)> {
    let mut parts = tag.expect_constructed()?.into_iter();
    let name = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
    let values = parts.next()?.expect_constructed()?.into_iter().map(StructureTag::expect_primitive);
    Some((name, values.collect::<Option<_>>()?))
}

/// `0` and `Some(1499)` of `member;range=0-1499`.
fn range(sent: &str, name: &str) -> Option<(u32, Option<u32>)> {
    let (base, option) = sent.split_once(';')?;
    let (word, range) = option.split_once('=')?;
    if !base.eq_ignore_ascii_case(name) || !word.eq_ignore_ascii_case("range") {
        return None;
    }
    let (from, to) = range.split_once('-')?;
    let to = if to == "*" { None } else { Some(to.parse().ok()?) };
    Some((from.parse().ok()?, to))
}

#[cfg(test)]
impl Entry {
    /// For tests: an entry with these attributes.
    pub fn of(dn: &str, attributes: &[(&str, &[&[u8]])]) -> Self {
        let owned = |values: &[&[u8]]| values.iter().map(|value| value.to_vec()).collect();
        let attributes = attributes.iter().map(|(name, values)| ((*name).to_owned(), owned(values)));
        Self { dn: dn.into(), attributes: attributes.collect() }
    }
}
