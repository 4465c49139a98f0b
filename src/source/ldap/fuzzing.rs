//! Properties of one entry as a server encodes it (RFC 4511 §4.5.2), and of the filter that finds it again.

use std::path::Path;
use std::sync::LazyLock;

use ldap3::asn1::{ASNTag, PL, StructureTag, parse_tag};

use super::entry::Entry;
use super::groups::Groups;
use super::id;
use super::people::People;
use crate::config::ldap_source::{Directory, LdapSettings, Membership};
use crate::config::{SourceKind, load};
use crate::core::model::Active;

const NOW_UNIX_S: i64 = 1_800_000_000;

macro_rules! settings {
    ($file:literal) => {{
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/", $file));
        let config =
            load::parse(text, Path::new("/etc/postman-scim-sync/config.toml"), &[]).expect("a sample is right");
        match config.sources.into_iter().next().map(|source| source.kind) {
            Some(SourceKind::Ldap(settings)) => settings,
            _ => unreachable!("the sample is of LDAP"),
        }
    }};
}

static DIRECTORIES: LazyLock<[LdapSettings; 4]> = LazyLock::new(|| {
    [
        settings!("ldap-openldap.toml"),
        settings!("ldap-active-directory.toml"),
        settings!("ldap-389ds.toml"),
        settings!("ldap-freeipa.toml"),
    ]
});

/// Nobody is inactive without the attribute that says so, and the filter of an id means that id.
pub fn entry(data: &[u8]) {
    let Ok((_, tag)) = parse_tag(data) else { return };
    let Some(entry) = Entry::parse(tag) else { return };
    for settings in DIRECTORIES.iter() {
        let groups = Groups::none(Membership::Member);
        let Ok(user) = People::new("corp", settings, &groups, NOW_UNIX_S).understand(&entry) else { continue };
        let says = match settings.directory {
            Directory::ActiveDirectory => entry.has("userAccountControl") || entry.has("accountExpires"),
            Directory::Ds389 | Directory::FreeIpa => entry.has("nsAccountLock"),
            _ => entry.has("pwdAccountLockedTime"),
        };
        assert!(user.active != Active::No || says, "inactive, and nothing says so: {}", user.active_because);
        assert!(!user.active_because.chars().any(char::is_control), "{:?}", user.active_because);
        assert!(!user.id.id.is_empty() && !user.id.id.chars().any(char::is_control));
        if let Some(filter) = id::filter(&settings.id, &user.id.id) {
            means(&filter, entry.bytes(&settings.id)[0]);
        }
    }
}

/// An equality match of one value (RFC 4511 §4.5.1), as the library puts it on the wire.
fn means(filter: &str, value: &[u8]) {
    let tag: StructureTag = ldap3::parse_filter(filter).expect("a filter that can be sent").into_structure();
    let PL::C(parts) = tag.payload else { unreachable!("{filter} is an equality match") };
    let values: Vec<Vec<u8>> = parts.into_iter().filter_map(StructureTag::expect_primitive).collect();
    assert_eq!((tag.id, values.len()), (3, 2), "{filter}");
    assert_eq!(values[1].trim_ascii(), value.trim_ascii(), "{filter}");
}
