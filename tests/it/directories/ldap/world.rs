//! What a server holds: a small tree in one of three dialects, with people and groups made of rows.

use crate::support::Row;

use super::entry::{Entry, escaped};
use super::knobs::Knobs;

/// Of the account that reads. Obviously false.
pub const PASSWORD: &str = "false-password-of-a-test";

/// Whom the server looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    OpenLdap,
    Ds389,
    ActiveDirectory,
}

#[derive(Clone, Debug)]
pub struct World {
    pub dialect: Dialect,
    /// `dc=acme,dc=example`, in capitals for Active Directory.
    pub suffix: String,
    pub entries: Vec<Entry>,
    /// Who may bind: DN and password.
    pub accounts: Vec<(String, String)>,
    /// Whether `memberOf` is kept for the members of groups; always in Active Directory.
    pub member_of: bool,
    pub knobs: Knobs,
    /// Four ASCII bytes that every id in it begins with.
    tenant: [u8; 4],
}

impl World {
    pub fn new(dialect: Dialect) -> Self {
        Self::tenant(dialect, *b"PSS-")
    }

    /// Another directory under the same name: every id in it is another, that of the naming context too.
    pub fn tenant(dialect: Dialect, tenant: [u8; 4]) -> Self {
        let is_ad = dialect == Dialect::ActiveDirectory;
        let suffix = if is_ad { "DC=acme,DC=example" } else { "dc=acme,dc=example" }.to_owned();
        let (entries, accounts, knobs) = (Vec::new(), Vec::new(), Knobs::default());
        let mut world = Self { dialect, suffix, entries, accounts, member_of: is_ad, knobs, tenant };
        let classes = if is_ad { ["top", "domainDNS"] } else { ["top", "domain"] };
        let domain = Entry::new(&world.suffix).with_all("objectClass", classes).with("dc", "acme");
        let domain = if is_ad { domain.with("objectSid", world.sid(None)) } else { domain };
        world.add("domain", domain);
        for (name, dn) in [("people", world.people_base()), ("groups", world.groups_base())] {
            world.add(name, Entry::new(dn).with_all("objectClass", ["top", "organizationalUnit"]).with("ou", name));
        }
        world.accounts.push((world.reader(), PASSWORD.to_owned()));
        let reader =
            Entry::new(world.reader()).with_all("objectClass", ["top", "applicationProcess"]).with("cn", "sync");
        world.add("reader", reader);
        world
    }

    pub fn people_base(&self) -> String {
        format!("{}=People,{}", self.word("ou"), self.suffix)
    }

    pub fn groups_base(&self) -> String {
        format!("{}=Groups,{}", self.word("ou"), self.suffix)
    }

    /// The DN of the account that reads.
    pub fn reader(&self) -> String {
        format!("{}=sync,{}", self.word("cn"), self.suffix)
    }

    /// What WhoAmI says of a bound DN (RFC 4532).
    pub fn principal(&self, dn: &str) -> String {
        match self.dialect {
            _ if dn.is_empty() => String::new(),
            Dialect::OpenLdap => format!("dn:{dn}"),
            Dialect::Ds389 => format!("dn: {dn}"),
            Dialect::ActiveDirectory => {
                let name = dn.split(['=', ',']).nth(1).unwrap_or_default();
                format!("u:ACME\\{name}")
            }
        }
    }

    /// Adds an entry with ids derived from a name of at most 12 ASCII characters.
    pub fn add(&mut self, name: &str, entry: Entry) {
        let bytes = self.id_bytes(name);
        let entry = match self.dialect {
            Dialect::OpenLdap => entry.with("entryUUID", uuid(bytes)),
            Dialect::Ds389 => entry.with("entryUUID", uuid(bytes)).with("nsUniqueId", ns_unique_id(bytes)),
            Dialect::ActiveDirectory => {
                let dn = entry.dn.clone();
                entry.with("objectGUID", bytes).with("distinguishedName", dn)
            }
        };
        self.entries.push(entry);
    }

    /// Replaces the people. An empty mail is none. The status is in `employeeType`, and as the directory's own rule has it:
    /// `pwdAccountLockedTime` or `nsAccountLock` where it is `inactive`; `userAccountControl` where it is `active` or
    /// `inactive`, and none where it is anything else.
    pub fn set_people(&mut self, people: &[Row]) {
        let base = self.people_base();
        self.entries.retain(|entry| !entry.is_child_of(&base));
        for row in people {
            let person = self.person(row);
            self.add(&row.id, person);
        }
    }

    fn person(&self, row: &Row) -> Entry {
        let dn = self.person_dn(row);
        let mail = (!row.mail.is_empty()).then_some(&row.mail);
        let person = Entry::new(dn)
            .with("cn", format!("{} {}", row.given, row.family))
            .with("givenName", &row.given)
            .with("sn", &row.family)
            .with_some("mail", mail)
            .with("employeeType", &row.status);
        let inactive = row.status == "inactive";
        match self.dialect {
            Dialect::OpenLdap => person
                .with("uid", format!("p{}", row.id))
                .with_all("objectClass", ["top", "person", "organizationalPerson", "inetOrgPerson"])
                .with_some("pwdAccountLockedTime", inactive.then_some("000001010000Z")),
            Dialect::Ds389 => person
                .with("uid", format!("p{}", row.id))
                .with_all("objectClass", ["top", "person", "organizationalPerson", "inetOrgPerson"])
                .with_some("nsAccountLock", inactive.then_some("TRUE")),
            Dialect::ActiveDirectory => person
                .with("sAMAccountName", format!("p{}", row.id))
                .with_all("objectClass", ["top", "person", "organizationalPerson", "user"])
                .with("objectCategory", format!("CN=Person,CN=Schema,CN=Configuration,{}", self.suffix))
                .with("primaryGroupID", "513")
                .with("objectSid", self.sid(Some(10_000)))
                .with("accountExpires", "9223372036854775807")
                .with_some("userAccountControl", control_of(&row.status)),
        }
    }

    fn person_dn(&self, row: &Row) -> String {
        let rdn = match self.dialect {
            Dialect::ActiveDirectory => format!("CN={} {} {}", escaped(&row.given), escaped(&row.family), row.id),
            Dialect::OpenLdap | Dialect::Ds389 => format!("uid=p{}", row.id),
        };
        format!("{rdn},{}", self.people_base())
    }

    /// The DN of a person by the row's id.
    pub fn dn(&self, id: &str) -> String {
        let bytes = self.id_bytes(id);
        let is = |entry: &&Entry| match self.dialect {
            Dialect::ActiveDirectory => entry.values("objectGUID") == [bytes.to_vec()],
            Dialect::OpenLdap | Dialect::Ds389 => entry.text("entryUUID") == uuid(bytes),
        };
        self.entries.iter().find(is).unwrap_or_else(|| panic!("nobody with id {id}")).dn.clone()
    }

    pub fn group_dn(&self, name: &str) -> String {
        format!("{}={},{}", self.word("cn"), escaped(name), self.groups_base())
    }

    /// Sets a group of DNs in `member`: a `group` or a `groupOfNames`. Its name has at most 12 ASCII characters.
    pub fn set_group(&mut self, name: &str, members: &[String]) {
        self.set_group_called(name, name, members);
    }

    /// The same, of any name, with ids derived from `id`.
    pub fn set_group_called(&mut self, id: &str, name: &str, members: &[String]) {
        let dn = self.group_dn(name);
        self.entries.retain(|entry| entry.dn != dn);
        let group = Entry::new(dn).with("cn", name).with_all("member", members);
        let group = match self.dialect {
            Dialect::OpenLdap | Dialect::Ds389 => group.with_all("objectClass", ["top", "groupOfNames"]),
            Dialect::ActiveDirectory => group
                .with_all("objectClass", ["top", "group"])
                .with("objectCategory", format!("CN=Group,CN=Schema,CN=Configuration,{}", self.suffix))
                .with("sAMAccountName", name),
        };
        self.add(id, group);
    }

    /// Active Directory's `Domain Users`: everybody's primary group, RID 513, in nobody's `memberOf` and without members.
    pub fn set_primary_group(&mut self) {
        self.set_group("Domain Users", &[]);
        let sid = self.sid(Some(513));
        let group = self.entries.pop().unwrap();
        self.entries.push(group.with("objectSid", sid).with("primaryGroupToken", "513"));
    }

    /// A security identifier ([MS-DTYP] 2.4.2): of the domain, or of something in it.
    pub fn sid(&self, rid: Option<u32>) -> Vec<u8> {
        let mut sid = vec![1, if rid.is_some() { 5 } else { 4 }, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0];
        for part in [self.tenant, *b"acme", *b"test"] {
            sid.extend(part);
        }
        sid.extend(rid.into_iter().flat_map(u32::to_le_bytes));
        sid
    }

    /// The id of a person as the program shows it, by the row's id.
    pub fn shown_id(&self, id: &str) -> String {
        let bytes = self.id_bytes(id);
        match self.dialect {
            Dialect::OpenLdap => uuid(bytes),
            Dialect::Ds389 => ns_unique_id(bytes),
            Dialect::ActiveDirectory => {
                let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
                let [i, j, k, l, m, n, o, p] = rest;
                uuid([d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p])
            }
        }
    }

    pub(super) fn id_bytes(&self, name: &str) -> [u8; 16] {
        assert!(name.is_ascii() && name.len() <= 12, "no id can be made of {name}");
        let text = format!("{name:0>12}");
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&self.tenant);
        bytes[4..].copy_from_slice(text.as_bytes());
        bytes
    }

    fn word(&self, word: &str) -> String {
        if self.dialect == Dialect::ActiveDirectory { word.to_uppercase() } else { word.to_owned() }
    }
}

/// [MS-ADTS] 2.2.16: NORMAL_ACCOUNT, with or without ACCOUNTDISABLE.
fn control_of(status: &str) -> Option<&'static str> {
    match status {
        "active" => Some("512"),
        "inactive" => Some("514"),
        _ => None,
    }
}

pub(super) fn uuid(bytes: [u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn ns_unique_id(bytes: [u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..16], &hex[16..24], &hex[24..]].join("-")
}
