//! A company in LDIF (RFC 2849): names beyond ASCII, addresses missing or in capitals, groups in groups.
//!
//! Never: anybody real.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Directory, WANTED};

/// One person.
#[derive(Clone, Debug)]
pub struct Person {
    pub uid: String,
    pub given: String,
    pub family: String,
    pub mail: Option<String>,
    /// The unit of the tree: `People` or `Berlin`.
    pub unit: &'static str,
    /// The group of `GROUPS` that they are in themselves.
    pub group: Option<&'static str>,
    pub enabled: bool,
}

/// The wanted group, one in it, and one in that.
pub const GROUPS: [&str; 3] = [WANTED, "engineering", "platform"];

impl Person {
    /// Whether this person belongs into the team.
    pub fn belongs(&self) -> bool {
        self.mail.is_some() && self.enabled && self.group.is_some()
    }

    pub fn dn<D: Directory>(&self, directory: &D) -> String {
        directory.dn(&self.uid, self.unit)
    }

    /// The entry, to be added.
    pub fn ldif<D: Directory>(&self, directory: &D) -> String {
        let mut text = format!("dn: {}\n{}", self.dn(directory), directory.person(&self.uid));
        line(&mut text, "givenName", &self.given);
        line(&mut text, "sn", &self.family);
        // Long enough that a reading with it takes several packets.
        line(&mut text, "description", &"Something to read about this person. ".repeat(8));
        if let Some(mail) = &self.mail {
            line(&mut text, "mail", mail);
        }
        text + "\n"
    }
}

/// `n` people: some without an address, some outside the group.
pub fn people(n: usize) -> Vec<Person> {
    let given = ["Ada", "Zoë", "Łukasz", "Edsger", "山田", "Grace", "Søren", "Hedy"];
    let person = |i: usize| {
        let mail = format!("u{i}@acme.example");
        let mail = if i % 200 == 5 { mail.to_uppercase() } else { mail };
        Person {
            uid: format!("u{i}"),
            given: given[i % given.len()].into(),
            family: format!("{} {i}", if i % 50 == 7 { "Müller-Lüdenscheidt" } else { "Lovelace" }),
            mail: (i % 30 != 29).then_some(mail),
            unit: if i % 10 == 8 { "Berlin" } else { "People" },
            group: (i % 30 != 20).then_some(GROUPS[i % GROUPS.len()]),
            enabled: true,
        }
    };
    (0..n).map(person).collect()
}

/// Everybody and the groups, each group in the one before it.
pub fn company<D: Directory>(directory: &D, people: &[Person]) -> String {
    let mut text: String = people.iter().map(|person| person.ldif(directory)).collect();
    let mut inner = None;
    // Some directories refuse a member that is not there yet.
    for group in GROUPS.into_iter().rev() {
        let dn = directory.dn(group, "Groups");
        text.push_str(&format!("dn: {dn}\n{}", directory.group(group)));
        for person in people.iter().filter(|person| person.group == Some(group)) {
            line(&mut text, "member", &person.dn(directory));
        }
        if let Some(dn) = inner.replace(dn) {
            line(&mut text, "member", &dn);
        }
        text.push('\n');
    }
    text
}

/// The first group into the last: a circle.
pub fn circle<D: Directory>(directory: &D) -> String {
    member(directory, "add", GROUPS[2], &directory.dn(GROUPS[0], "Groups"))
}

/// A change of a group's members: `add` or `delete` that DN.
pub fn member<D: Directory>(directory: &D, how: &str, group: &str, dn: &str) -> String {
    format!("dn: {}\nchangetype: modify\n{how}: member\nmember: {dn}\n\n", directory.dn(group, "Groups"))
}

/// Base64 where a value is not plain, and folded as `ldapsearch` and others do.
pub fn line(text: &mut String, name: &str, value: &str) {
    let whole = if value.is_ascii() {
        format!("{name}: {}", value.trim())
    } else {
        format!("{name}:: {}", STANDARD.encode(value))
    };
    let mut rest = whole.as_str();
    let mut width = 76;
    while rest.len() > width {
        let (head, tail) = rest.split_at(width);
        text.push_str(head);
        text.push_str("\n ");
        (rest, width) = (tail, 75);
    }
    text.push_str(rest);
    text.push('\n');
}
