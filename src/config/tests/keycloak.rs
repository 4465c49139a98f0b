//! The keys of the keycloak source: what loads and what does not.

use std::path::Path;

use super::super::keycloak_source::{Access, KeycloakSettings};
use super::super::*;
use super::{MINIMAL, parsed, problems};

const KEYCLOAK: &str = "\"keycloak\"\nurl = 'https://sso.acme.example/auth'\nrealm = 'acme'\nclient_id = 'sync'\n";
const SECRET: &str = "client_secret_file = 'keycloak.secret'\n";

/// The minimal configuration with another kind of source in place of its file.
fn with(lines: &str) -> String {
    MINIMAL.replace("\"file\"\npath = \"people.csv\"\nid = \"id\"\n", &format!("{KEYCLOAK}{lines}"))
}

fn keycloak(text: &str) -> KeycloakSettings {
    match parsed(text, &[]).expect(text).sources.remove(0).kind {
        SourceKind::Keycloak(settings) => settings,
        _ => panic!("not a keycloak source"),
    }
}

#[test]
fn the_smallest_keycloak_source_and_one_with_all_keys() {
    let settings = keycloak(&with(SECRET));
    assert_eq!((settings.url.as_str(), settings.realm.as_str()), ("https://sso.acme.example/auth", "acme"));
    assert!(matches!(&settings.access, Access::Secret(file) if file.path == Path::new("/etc/acme/keycloak.secret")));
    assert_eq!((settings.page_size, settings.nested_groups, settings.groups.len()), (500, true, 0));
    let lines = "private_key_file = 'k'\nkey_id = 'x'\npage_size = 9\ntimeout = '1h'\nnested_groups = false\n\
                 sentinels = ['1']\ninactive_sentinels = ['2']\nidentity = 'x'\n[scope]\ngroups = ['/A/B']\n";
    let settings = keycloak(&with(lines));
    assert!(matches!(&settings.access, Access::Key { key_id: Some(id), .. } if id == "x"));
    assert_eq!((settings.page_size, settings.nested_groups, settings.groups), (9, false, vec!["/A/B".to_owned()]));
}

/// What the listing is asked for is what the mapping reads, however it is written.
#[test]
fn a_mapping_that_reads_more_wants_it_whole() {
    for (line, is_whole) in [
        ("user_name = 'email'", false),
        ("user_name = '{{ email|default(username) }}'", false),
        ("user_name = 'attributes.mail'", true),
        ("user_name = '{{ attributes.mail }}'", true),
        ("user_name = '{{ attrs[\"attributes.mail\"] }}'", true),
        ("user_name = 'mail'", true),
    ] {
        let mapping = format!("[mapping]\n{line}\ngiven_name = 'firstName'\nfamily_name = 'lastName'\n");
        assert_eq!(keycloak(&with(&format!("{SECRET}{mapping}"))).is_whole, is_whole, "{line}");
    }
}

#[test]
fn the_keys_of_a_keycloak_source_are_checked() {
    for (text, expected) in [
        (with(""), "source[1].client_secret_file: is missing, and so is private_key_file"),
        (with(&format!("{SECRET}private_key_file = 'k'\n")), "client_secret_file: stands beside private_key_file"),
        (with(SECRET).replace("client_id = 'sync'\n", ""), "source[1].client_id: is missing"),
        (with(SECRET).replace("realm = 'acme'\n", ""), "source[1].realm: is missing"),
        (with(SECRET).replace("/auth", "/realms/acme"), "source[1].url: leads to a realm or to the console"),
        (with(&format!("{SECRET}token_file = 't'\n")), "source[1].token_file: belongs to"),
        (with(&format!("{SECRET}filter = 'x'\n")), "source[1].filter: belongs to"),
    ] {
        let told = format!("{:?}", problems(&text, &[]));
        assert!(told.contains(expected), "{expected}: {told}");
    }
}
