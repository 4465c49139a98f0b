//! The keys of the okta source: what loads and what does not.

use std::path::Path;

use super::super::okta_source::{Access, OktaSettings, Whom};
use super::super::*;
use super::{MINIMAL, parsed, problems};

const OKTA: &str = "\"okta\"\nurl = 'https://acme.okta.com/'\nclient_id = '0oaCLIENT'\nprivate_key_file = 'okta.key'\n";

/// The minimal configuration with another kind of source in place of its file.
fn with(source: &str) -> String {
    MINIMAL.replace("\"file\"\npath = \"people.csv\"\nid = \"id\"\n", source)
}

fn okta(text: &str) -> OktaSettings {
    match parsed(text, &[]).expect(text).sources.remove(0).kind {
        SourceKind::Okta(settings) => settings,
        _ => panic!("not an okta source"),
    }
}

#[test]
fn the_smallest_okta_source_and_one_with_all_keys() {
    let settings = okta(&with(OKTA));
    assert_eq!(settings.url.as_str(), "https://acme.okta.com/");
    assert!(matches!(&settings.access, Access::ServiceApp { client_id, key_id: None, .. } if client_id == "0oaCLIENT"));
    assert_eq!(settings.access.file(), Path::new("/etc/acme/okta.key"));
    assert_eq!((settings.whom, settings.page_size, settings.limit_share), (Whom::Everybody, 200, 50));
    let statuses = ["ACTIVE", "PROVISIONED", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT"];
    assert_eq!(settings.active_values, statuses, "STAGED is in neither");
    assert_eq!(settings.inactive_values, ["SUSPENDED", "DEPROVISIONED"]);

    let lines = "app = '0oaAPP'\ntoken_file = 'token'\npage_size = 9000\ntimeout = '1h'\nlimit_share = 90\nsentinels = ['1']\n\
                 inactive_sentinels = ['2']\nactive_values = ['active', 'staged']\ninactive_values = ['suspended']\n\
                 identity = 'x'\n[scope]\ngroups = ['Engineers']\n";
    let access = "client_id = '0oaCLIENT'\nprivate_key_file = 'okta.key'\n";
    let settings = okta(&with(&format!("{}{lines}", OKTA.replace(access, ""))));
    assert!(matches!(&settings.access, Access::Ssws { token } if token.path == Path::new("/etc/acme/token")));
    assert_eq!((settings.whom, settings.page_size), (Whom::App("0oaAPP".into()), 500), "no more than Okta gives");
    assert_eq!(
        (settings.active_values, settings.inactive_values),
        (vec!["active".into(), "staged".into()], vec!["suspended".to_owned()])
    );
    assert_eq!((settings.timeout.as_secs(), settings.limit_share, settings.groups.len()), (3_600, 90, 1));

    let whom = |lines: &str| okta(&with(&format!("{OKTA}{lines}\n"))).whom;
    assert_eq!(whom("filter = 'status eq \"ACTIVE\"'"), Whom::Search("status eq \"ACTIVE\"".into()));
    assert_eq!(whom("[scope]\ngroups = ['Engineers']"), Whom::Groups);
    assert_eq!(whom("filter = 'x'\n[scope]\ngroups = ['Engineers']"), Whom::Search("x".into()));
}

#[test]
fn the_keys_of_an_okta_source_are_checked() {
    let url = |url: &str| with(&OKTA.replace("https://acme.okta.com/", url));
    let access = |lines: &str| {
        with(&format!("{}{lines}\n", OKTA.replace("client_id = '0oaCLIENT'\nprivate_key_file = 'okta.key'\n", "")))
    };
    let more = |lines: &str| with(&format!("{OKTA}{lines}\n"));
    for (text, expected) in [
        (url("http://acme.okta.com"), "source[1].url: must begin with https://"),
        (url("https://acme-admin.okta.com"), "source[1].url: is the address of the admin console; write the org's own"),
        (url("https://acme.okta.com/api/v1"), "source[1].url: has a path; write the org's own address alone"),
        (access(""), "source[1].client_id: is missing, and so are private_key_file and token_file"),
        (access("client_id = 'x'"), "source[1].private_key_file: is missing beside client_id"),
        (access("private_key_file = 'x'"), "source[1].client_id: is missing beside private_key_file"),
        (more("token_file = 'x'"), "source[1].token_file: stands beside client_id or private_key_file"),
        (more("app = 'Postman'"), "source[1].app: is no id of an app; write the app's id: 0oa"),
        (more("app = '0oa/../x'"), "source[1].app: is no id of an app"),
        (more("app = '0oa1'\nfilter = 'x'"), "source[1].filter: stands beside app"),
        (
            more("active_values = ['suspended']"),
            "source[1].active_values: has \"suspended\", and inactive_values has it too",
        ),
        (more("limit_share = 0"), "must be from 1 to 100"),
        (more("limit_share = 101"), "must be from 1 to 100"),
        (more("timeout = '0s'"), "source[1].timeout: gives the reading no time at all"),
        (more("nested_groups = true"), "source[1].nested_groups: belongs to type = \"ldap\" or \"scim\""),
        (more("user = 'x'"), "source[1].user: belongs to type = \"scim\""),
        (with(&OKTA.replace("url = 'https://acme.okta.com/'\n", "")), "source[1].url: is missing (the server's"),
    ] {
        let told = problems(&text, &[]);
        assert!(told.len() == 1 && told[0].contains(expected), "{text}\n{told:#?}");
    }
}

#[test]
fn what_a_plan_depends_on_is_in_the_fingerprint() {
    let of = |more: &str| parsed(&with(&format!("{OKTA}{more}\n")), &[]).expect(more).fingerprint;
    for more in ["app = '0oa1'", "filter = 'x'", "active_values = ['ACTIVE']", "inactive_values = ['DEPROVISIONED']"] {
        assert_ne!(of(more), of(""), "{more}");
    }
    for more in ["page_size = 5", "limit_share = 5", "sentinels = ['x']", "key_id = 'x'"] {
        assert_eq!(of(more), of(""), "{more}");
    }
}
