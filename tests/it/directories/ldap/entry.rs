//! One entry: a DN and attributes, whose names are found in any letter case.

/// One entry of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    pub fn new(dn: impl Into<String>) -> Self {
        Self { dn: dn.into(), attributes: Vec::new() }
    }

    /// Adds a value.
    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref().to_vec();
        match self.attributes.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, values)) => values.push(value),
            None => self.attributes.push((name.to_owned(), vec![value])),
        }
        self
    }

    /// Adds several values.
    pub fn with_all(self, name: &str, values: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        values.into_iter().fold(self, |entry, value| entry.with(name, value))
    }

    /// Adds a value, if there is one.
    pub fn with_some(self, name: &str, value: Option<impl AsRef<[u8]>>) -> Self {
        self.with_all(name, value)
    }

    pub fn without(mut self, name: &str) -> Self {
        self.attributes.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub fn values(&self, name: &str) -> &[Vec<u8>] {
        let found = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or(&[], |(_, values)| values)
    }

    /// The first value as text.
    pub fn text(&self, name: &str) -> String {
        self.values(name).first().map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    }

    pub fn attributes(&self) -> impl Iterator<Item = (&str, &[Vec<u8>])> {
        self.attributes.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// Whether it is the entry with this DN, or below it.
    pub fn is_at_or_below(&self, base: &str) -> bool {
        let (own, base) = (normal(&self.dn), normal(base));
        base.is_empty() || own == base || own.ends_with(&format!(",{base}"))
    }

    /// Whether it is directly below that DN.
    pub fn is_child_of(&self, base: &str) -> bool {
        parent(&normal(&self.dn)) == Some(normal(base).as_str())
    }
}

/// A DN for comparing: lower case, without blanks around commas. Escaped commas stay part of a value.
pub fn normal(dn: &str) -> String {
    let parts = split(dn);
    parts.iter().map(|part| part.trim().to_lowercase()).collect::<Vec<_>>().join(",")
}

/// The DN above that one.
pub fn parent(dn: &str) -> Option<&str> {
    let first = split(dn).first()?.len();
    Some(dn.get(first + 1..).unwrap_or(""))
}

/// The relative DNs, at commas that no backslash escapes.
fn split(dn: &str) -> Vec<&str> {
    let (mut parts, mut from, mut escaped) = (Vec::new(), 0, false);
    for (at, byte) in dn.bytes().enumerate() {
        if byte == b',' && !escaped {
            parts.push(&dn[from..at]);
            from = at + 1;
        }
        escaped = byte == b'\\' && !escaped;
    }
    parts.push(&dn[from..]);
    parts
}

/// A value inside a DN (RFC 4514 §2.4).
pub fn escaped(value: &str) -> String {
    value.chars().flat_map(|c| ",+\"\\<>;=".contains(c).then_some('\\').into_iter().chain([c])).collect()
}
