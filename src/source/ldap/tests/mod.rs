//! The pure parts: ids, states, the root DSE, entries, people, sentinels, result codes, pages.

mod answers;
mod ids;
mod people;
mod states;

use std::time::Duration;

use super::entry::Entry;
use crate::config::ldap_source::{Bind, Directory, GroupSettings, LdapSettings, Membership, StateRule};

/// Settings of a directory whose people are asked for mail and sn.
fn settings(directory: Directory, id: &str) -> LdapSettings {
    LdapSettings {
        servers: Vec::new(),
        directory,
        bind: Bind::Anonymous,
        ca_file: None,
        bases: vec!["ou=People,dc=acme,dc=example".into()],
        filter: "(objectClass=person)".into(),
        id: id.into(),
        state: StateRule::OfDirectory,
        groups: GroupSettings {
            pushed: Vec::new(),
            wanted: Vec::new(),
            bases: Vec::new(),
            membership: Membership::Member,
            nested: true,
        },
        attributes: vec!["mail".into(), "sn".into()],
        page_size: 1_000,
        timeout: Duration::from_secs(60),
        sentinels: Vec::new(),
        inactive_sentinels: Vec::new(),
    }
}

/// An entry with text attributes.
fn entry(attributes: &[(&str, &[&str])]) -> Entry {
    let octets: Vec<(&str, Vec<&[u8]>)> =
        attributes.iter().map(|(name, values)| (*name, values.iter().map(|v| v.as_bytes()).collect())).collect();
    let borrowed: Vec<(&str, &[&[u8]])> = octets.iter().map(|(name, values)| (*name, values.as_slice())).collect();
    Entry::of("uid=ada,ou=People,dc=acme,dc=example", &borrowed)
}
