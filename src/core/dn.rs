//! Distinguished names: parsed, compared, and hashed for large sets (RFC 4514; of RFC 2253 what servers still write).
//!
//! Names of attributes and values compare without regard to case and to superfluous spaces, since that is how servers
//! compare the attributes that entries are named by (caseIgnoreMatch, RFC 4518), nor to how Unicode writes a letter: `é` or
//! `e` and an accent. A server keeps a `member` as it was
//! written, so the same entry comes in several spellings.
//!
//! Never: panics on what a server or a person wrote, or looks an OID up anywhere but in RFC 4514's own table.

#[cfg(test)]
mod tests;

use std::iter::Peekable;
use std::str::Chars;

use icu_normalizer::ComposingNormalizerBorrowed;
use sha2::{Digest, Sha256};

/// RFC 4514 §3, and the long names that some servers write: how one attribute is called.
const ALIASES: [(&str, &[&str]); 9] = [
    ("cn", &["commonname", "2.5.4.3"]),
    ("l", &["localityname", "2.5.4.7"]),
    ("st", &["stateorprovincename", "2.5.4.8"]),
    ("o", &["organizationname", "2.5.4.10"]),
    ("ou", &["organizationalunitname", "2.5.4.11"]),
    ("c", &["countryname", "2.5.4.6"]),
    ("street", &["streetaddress", "2.5.4.9"]),
    ("dc", &["domaincomponent", "0.9.2342.19200300.100.1.25"]),
    ("uid", &["userid", "0.9.2342.19200300.100.1.1"]),
];

/// A distinguished name in the form that is equal for equal names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dn {
    /// The entry's own first, the root's last.
    rdns: Vec<Vec<Attribute>>,
}

/// One attribute of a relative distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    name: String,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(Vec<u8>),
    /// `#04024869`: a BER encoding, compared byte by byte.
    Encoded(Vec<u8>),
}

/// 16 bytes that stand for a name in a set of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 16]);

impl Dn {
    /// None: no distinguished name. The empty text is the root's.
    pub fn parse(text: &str) -> Option<Dn> {
        let mut rest = text.chars().peekable();
        skip_spaces(&mut rest);
        let mut rdns = Vec::new();
        while rest.peek().is_some() {
            let mut rdn = vec![attribute(&mut rest)?];
            let more = loop {
                match rest.next() {
                    Some('+') => rdn.push(attribute(&mut rest)?),
                    Some(_) => break true,
                    None => break false,
                }
            };
            rdn.sort();
            rdns.push(rdn);
            skip_spaces(&mut rest);
            if more && rest.peek().is_none() {
                return None;
            }
        }
        Some(Dn { rdns })
    }

    /// Whether it is that entry, or one anywhere below it.
    pub fn is_below(&self, base: &Dn) -> bool {
        self.rdns.ends_with(&base.rdns)
    }

    /// How many relative names it has; the root has none.
    pub fn depth(&self) -> usize {
        self.rdns.len()
    }

    /// The value that the entry itself is named by, in lower case; none where it is no text.
    pub fn name(&self) -> Option<String> {
        match &self.rdns.first()?.first()?.value {
            Value::Text(text) => String::from_utf8(text.clone()).ok(),
            Value::Encoded(_) => None,
        }
    }

    pub fn key(&self) -> Key {
        // Every length before its bytes, so that no two names make the same bytes.
        let mut bytes = Vec::with_capacity(128);
        let mut put = |part: &[u8]| {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        };
        for rdn in &self.rdns {
            put(&[]);
            for Attribute { name, value } in rdn {
                put(name.as_bytes());
                match value {
                    Value::Text(text) => put(&[b"t", text.as_slice()].concat()),
                    Value::Encoded(ber) => put(&[b"#", ber.as_slice()].concat()),
                }
            }
        }
        Key::hash(b"dn", &bytes)
    }
}

/// The DN above, as it is written; none above the root, and for what is no DN.
pub fn parent(text: &str) -> Option<&str> {
    let separators = text.char_indices().filter(|(_, c)| matches!(c, ',' | ';'));
    // An escaped or quoted separator has no whole name before it.
    let is_whole = |own: &str| Dn::parse(own).is_some_and(|own| own.depth() == 1);
    let mut splits = separators.filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    splits.find(|(own, _)| is_whole(own)).map(|(_, above)| above.trim_start())
}

impl Key {
    /// The same 16 bytes, for whoever knows nothing of DNs.
    pub fn number(self) -> u128 {
        u128::from_be_bytes(self.0)
    }

    /// Of a name as a server wrote it. What is no distinguished name is equal only to the same text.
    pub fn of(text: &str) -> Key {
        Dn::parse(text).map_or_else(|| Key::of_name(text), |dn| dn.key())
    }

    /// Of something that is compared without regard to case and is no distinguished name, as a `uid` is.
    pub fn of_name(text: &str) -> Key {
        Key::hash(b"name", &folded(text.as_bytes()))
    }

    fn hash(kind: &[u8], bytes: &[u8]) -> Key {
        let digest = Sha256::new_with_prefix(kind).chain_update([0]).chain_update(bytes).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Key(key)
    }
}

type Rest<'a> = Peekable<Chars<'a>>;

fn skip_spaces(rest: &mut Rest<'_>) {
    while rest.next_if_eq(&' ').is_some() {}
}

/// `name=value`, up to the separator behind it, which stays.
fn attribute(rest: &mut Rest<'_>) -> Option<Attribute> {
    skip_spaces(rest);
    let mut name = String::new();
    while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')) {
        name.push(c.to_ascii_lowercase());
    }
    skip_spaces(rest);
    rest.next_if_eq(&'=')?;
    skip_spaces(rest);
    // `OID.2.5.4.3`: RFC 2253 §4.
    let name = name.strip_prefix("oid.").unwrap_or(&name);
    let alias = ALIASES.iter().find(|(_, others)| others.contains(&name));
    let name = alias.map_or(name, |(usual, _)| usual).to_owned();
    let value = match rest.peek() {
        Some('#') => encoded(rest)?,
        Some('"') => quoted(rest)?,
        _ => plain(rest)?,
    };
    let ends = rest.peek().is_none_or(|c| is_separator(*c));
    (!name.is_empty() && ends).then_some(Attribute { name, value })
}

/// RFC 2253 §4: a semicolon, too, separates.
fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';' | '+')
}

fn plain(rest: &mut Rest<'_>) -> Option<Value> {
    let mut value = Vec::new();
    while let Some(c) = rest.next_if(|c| !is_separator(*c)) {
        match c {
            '\\' => escaped(rest, &mut value)?,
            c => push(&mut value, c),
        }
    }
    Some(Value::Text(folded(&value)))
}

/// RFC 2253 §4: a value in quotes.
fn quoted(rest: &mut Rest<'_>) -> Option<Value> {
    rest.next_if_eq(&'"')?;
    let mut value = Vec::new();
    loop {
        match rest.next()? {
            '"' => break,
            '\\' => escaped(rest, &mut value)?,
            c => push(&mut value, c),
        }
    }
    skip_spaces(rest);
    Some(Value::Text(folded(&value)))
}

fn encoded(rest: &mut Rest<'_>) -> Option<Value> {
    rest.next_if_eq(&'#')?;
    let mut value = Vec::new();
    while let Some(high) = rest.next_if(char::is_ascii_hexdigit) {
        value.push(hex(high, rest.next()?)?);
    }
    skip_spaces(rest);
    (!value.is_empty()).then_some(Value::Encoded(value))
}

/// What stands behind a backslash: two hexadecimal digits, or a character that stands for itself.
fn escaped(rest: &mut Rest<'_>, value: &mut Vec<u8>) -> Option<()> {
    let c = rest.next()?;
    match (c.is_ascii_hexdigit(), rest.next_if(char::is_ascii_hexdigit)) {
        (true, Some(low)) => value.push(hex(c, low)?),
        (true, None) => return None,
        (false, after) => {
            push(value, c);
            after.into_iter().for_each(|after| push(value, after));
        }
    }
    Some(())
}

fn hex(high: char, low: char) -> Option<u8> {
    u8::try_from(high.to_digit(16)? * 16 + low.to_digit(16)?).ok()
}

fn push(value: &mut Vec<u8>, c: char) {
    value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// RFC 4518 §2.2 and §2.3: lower case in Unicode's form KC, which may bring capitals of its own.
fn normal(text: &str) -> String {
    const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
    NFKC.normalize(&NFKC.normalize(text).to_lowercase()).into_owned()
}

/// Without regard to case, and each run of spaces as one, none at the ends (RFC 4518 §2.6.1).
fn folded(value: &[u8]) -> Vec<u8> {
    let lower = match std::str::from_utf8(value) {
        Ok(text) if !text.is_ascii() => normal(text).into_bytes(),
        _ => value.to_ascii_lowercase(),
    };
    lower.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b' ')
}
