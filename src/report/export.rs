//! The team's groups as another system imports them: LDIF (RFC 2849) with groupOfNames (RFC 4519 §3.5), CSV, JSON.
//!
//! Never: a line of LDIF that a name from outside could end, or a DN that one could leave.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

use super::json::document;
use super::team::csv_text;
use crate::core::model::UserName;

/// Octets in a line of LDIF.
const FOLD: usize = 76;

/// A group, and everybody in it whom the listing of the team shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedGroup {
    pub name: String,
    /// Tells groups of one name apart.
    #[serde(skip)]
    pub scim_id: String,
    pub members: Vec<ExportedMember>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedMember {
    pub user_name: UserName,
    pub given_name: String,
    pub family_name: String,
}

/// Where the entries stand.
pub struct Bases<'a> {
    /// `cn=NAME,` goes before it.
    pub groups: &'a str,
    /// `mail=USERNAME,` goes before it.
    pub people: &'a str,
}

/// A group with nobody in it is no groupOfNames, and stands there as a comment only.
pub fn export_ldif(groups: &[ExportedGroup], bases: &Bases<'_>) -> String {
    let mut text = "version: 1\n".to_owned();
    let mut names = BTreeSet::new();
    for group in groups {
        let name = if names.insert(group.name.to_lowercase()) {
            group.name.clone()
        } else {
            // One DN cannot be two entries.
            format!("{} ({})", group.name, group.scim_id)
        };
        text.push('\n');
        if group.members.is_empty() {
            let said = format!("# left out, since a groupOfNames has at least one member: {}", name.escape_default());
            fold(&mut text, &said);
            continue;
        }
        write(&mut text, "dn", &format!("cn={},{}", dn_value(&name), bases.groups));
        write(&mut text, "objectClass", "groupOfNames");
        write(&mut text, "cn", &name);
        for member in &group.members {
            write(&mut text, "member", &format!("mail={},{}", dn_value(member.user_name.as_str()), bases.people));
        }
    }
    text
}

/// One row a membership; a group with nobody in it has one row.
pub fn export_csv(groups: &[ExportedGroup]) -> String {
    let mut rows = vec![["group", "userName", "given", "family"].map(str::to_owned)];
    for group in groups {
        if group.members.is_empty() {
            rows.push([group.name.clone(), String::new(), String::new(), String::new()]);
        }
        rows.extend(group.members.iter().map(|member| {
            let user_name = member.user_name.as_str().to_owned();
            [group.name.clone(), user_name, member.given_name.clone(), member.family_name.clone()]
        }));
    }
    csv_text(rows)
}

pub fn export_json(groups: &[ExportedGroup]) -> String {
    #[derive(Serialize)]
    struct Groups<'a> {
        groups: &'a [ExportedGroup],
    }
    document("groups_export", &Groups { groups })
}

/// `attribute: value`, or `attribute:: base64` of what is no SAFE-STRING.
fn write(text: &mut String, attribute: &str, value: &str) {
    let line = match is_safe(value) {
        true => format!("{attribute}: {value}"),
        false => format!("{attribute}:: {}", BASE64_STANDARD.encode(value)),
    };
    fold(text, &line);
}

fn is_safe(value: &str) -> bool {
    let is_printable = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    is_printable && !value.starts_with([' ', ':', '<']) && !value.ends_with(' ')
}

/// The line is ASCII by now, so that it can be cut anywhere; what is cut goes on behind a space.
fn fold(text: &mut String, line: &str) {
    let (first, mut rest) = line.split_at(line.len().min(FOLD));
    text.push_str(first);
    while !rest.is_empty() {
        let (next, left) = rest.split_at(rest.len().min(FOLD - 1));
        text.push_str("\n ");
        text.push_str(next);
        rest = left;
    }
    text.push('\n');
}

/// A value inside a DN (RFC 4514 §2.4).
fn dn_value(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut escaped = String::new();
    for (at, c) in value.chars().enumerate() {
        match c {
            ' ' if at == 0 || at == last => escaped.push_str("\\ "),
            '#' if at == 0 => escaped.push_str("\\#"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=' => escaped.extend(['\\', c]),
            c if c.is_ascii_control() => escaped.push_str(&format!("\\{:02X}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, members: &[&str]) -> ExportedGroup {
        let member = |user_name: &&str| ExportedMember {
            user_name: UserName::new(*user_name),
            given_name: "=cmd()".into(),
            family_name: "Ünï".into(),
        };
        ExportedGroup { name: name.into(), scim_id: "405".into(), members: members.iter().map(member).collect() }
    }

    const BASES: Bases<'static> = Bases { groups: "ou=groups,dc=x", people: "ou=people,dc=x" };

    #[test]
    fn ldif_is_as_rfc_2849_has_it() {
        let groups = [group("Platform", &["ada@x", "o,neil+1@x"]), group("platform", &["ada@x"]), group("Leer", &[])];
        let expected = "version: 1\n\ndn: cn=Platform,ou=groups,dc=x\nobjectClass: groupOfNames\ncn: Platform\n\
            member: mail=ada@x,ou=people,dc=x\nmember: mail=o\\,neil\\+1@x,ou=people,dc=x\n\n\
            dn: cn=platform (405),ou=groups,dc=x\nobjectClass: groupOfNames\ncn: platform (405)\n\
            member: mail=ada@x,ou=people,dc=x\n\n# left out, since a groupOfNames has at least one member: Leer\n";
        assert_eq!(export_ldif(&groups, &BASES), expected);
    }

    #[test]
    fn no_name_ends_a_line_or_leaves_its_dn() {
        for name in [
            "a\ndn: cn=evil",
            " x ",
            ":x",
            "<file:///etc/passwd",
            "Größe",
            "a,dc=evil",
            "\u{0}",
            "#x",
            &"x".repeat(500),
        ] {
            for members in [&["ada@x"][..], &[]] {
                let text = export_ldif(&[group(name, members)], &BASES);
                assert!(text.is_ascii() && !text.contains("\ndn: cn=evil"), "{text}");
                assert!(text.lines().all(|line| line.len() <= FOLD), "{text}");
                let unfolded = text.replace("\n ", "");
                let dns: Vec<&str> = unfolded.lines().filter(|line| line.starts_with("dn:")).collect();
                assert_eq!(dns.len(), members.len(), "{text}");
                for dn in dns {
                    let dn = match dn.strip_prefix("dn:: ") {
                        Some(encoded) => String::from_utf8(BASE64_STANDARD.decode(encoded).unwrap()).unwrap(),
                        None => dn.strip_prefix("dn: ").unwrap().to_owned(),
                    };
                    let read = crate::core::dn::Dn::parse(&dn).expect("a DN");
                    assert_eq!(read.depth(), 3, "{dn}");
                }
            }
        }
    }

    #[test]
    fn a_spreadsheet_calculates_nothing_of_it() {
        let text = export_csv(&[group("@sum", &["ada@x"]), group("Leer", &[])]);
        assert_eq!(text, "group,userName,given,family\n'@sum,ada@x,'=cmd(),Ünï\nLeer,,,\n");
    }
}
