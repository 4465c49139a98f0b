//! A company in LDIF: names beyond ASCII, addresses missing or in capitals, people locked or outside the group.
//!
//! Never: anybody real.

use super::server::SUFFIX;

pub const GROUP: &str = "cn=postman-users,ou=Groups,dc=acme,dc=example";
/// How OpenLDAP's password policy shows that an admin locked an account for good.
pub const LOCKED: &str = "000001010000Z";

#[derive(Clone)]
pub struct Person {
    pub uid: String,
    pub given: String,
    pub family: String,
    pub mail: Option<String>,
    pub locked: bool,
    pub in_group: bool,
}

impl Person {
    pub fn dn(&self) -> String {
        format!("uid={},ou=People,{SUFFIX}", self.uid)
    }

    /// Whether this person belongs into the team.
    pub fn belongs(&self) -> bool {
        self.mail.is_some() && !self.locked && self.in_group
    }

    pub fn ldif(&self) -> String {
        let Person { uid, given, family, .. } = self;
        let mut text = format!("dn: {}\n", self.dn());
        text.push_str("objectClass: inetOrgPerson\n");
        line(&mut text, "uid", uid);
        line(&mut text, "cn", &format!("{given} {family}"));
        line(&mut text, "givenName", given);
        line(&mut text, "sn", family);
        // Long enough that a listing with it does not fit into any buffer on its way.
        line(&mut text, "description", &"Something to read about this person. ".repeat(20));
        if let Some(mail) = &self.mail {
            line(&mut text, "mail", mail);
        }
        text
    }
}

pub fn company(n: usize) -> Vec<Person> {
    let given = ["Ada", "Zoë", "Łukasz", "Edsger", "山田", "Grace", "Søren", "Hedy"];
    let person = |i: usize| {
        let mail = format!("u{i}@acme.example");
        let mail = if i % 200 == 5 { mail.to_uppercase() } else { mail };
        Person {
            uid: format!("u{i}"),
            given: given[i % given.len()].into(),
            family: format!("{} {i}", if i % 50 == 7 { "Müller-Lüdenscheidt" } else { "Lovelace" }),
            mail: (i % 100 != 99).then_some(mail),
            locked: i == 13,
            in_group: i % 100 != 50,
        }
    };
    (0..n).map(person).collect()
}

/// Everybody, and the group, as `slapadd` takes it: its overlays sleep, so what they would add is there.
pub fn ldif(people: &[Person]) -> String {
    let mut text = String::new();
    for person in people {
        text.push_str(&person.ldif());
        if person.locked {
            line(&mut text, "pwdAccountLockedTime", LOCKED);
        }
        if person.in_group {
            line(&mut text, "memberOf", GROUP);
        }
        text.push('\n');
    }
    text.push_str(&format!("dn: {GROUP}\nobjectClass: groupOfNames\ncn: postman-users\nmember: cn=sync,{SUFFIX}\n"));
    for person in people.iter().filter(|person| person.in_group) {
        line(&mut text, "member", &person.dn());
    }
    text + "\n"
}

/// Base64 where a value is not plain (RFC 2849), and folded as `ldapsearch` and others do.
fn line(text: &mut String, name: &str, value: &str) {
    let whole =
        if value.is_ascii() { format!("{name}: {}", value.trim()) } else { format!("{name}:: {}", base64(value)) };
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

fn base64(value: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in value.as_bytes().chunks(3) {
        let word = three.iter().fold(0, |word, byte| word << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        let letters = [18, 12, 6, 0].map(|shift| char::from(LETTERS[word >> shift & 63]));
        text.extend(&letters[..=three.len()]);
    }
    text + &"=".repeat((3 - value.len() % 3) % 3)
}
