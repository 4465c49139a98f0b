//! The keys of an entra source: what loads and what does not.

use std::path::Path;

use super::super::entra_source::{Access, EntraSettings, Who};
use super::super::*;
use super::{MINIMAL, parsed, problems};

const ENTRA: &str = "\"entra\"\nurl = 'https://graph.microsoft.com'\ntenant = 'acme.example'\nclient_id = 'c1'\n\
                     client_secret_file = 'secret'\n";

fn with(source: &str) -> String {
    let text = MINIMAL.replace("\"file\"\npath = \"people.csv\"\nid = \"id\"\n", source);
    format!("{text}\n[mapping]\nfamily_name = 'surname'\n")
}

fn entra(text: &str) -> EntraSettings {
    match parsed(text, &[]).expect(text).sources.remove(0).kind {
        SourceKind::Entra(settings) => settings,
        _ => panic!("not an entra source"),
    }
}

#[test]
fn the_smallest_entra_source_and_one_with_all_keys() {
    let settings = entra(&with(ENTRA));
    assert_eq!(settings.url.as_str(), "https://graph.microsoft.com/v1.0");
    assert_eq!(settings.scope, "https://graph.microsoft.com/.default");
    assert_eq!(settings.token_url.as_str(), "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token");
    assert!(matches!(&settings.access, Access::Secret(file) if file.path == Path::new("/etc/acme/secret")));
    assert_eq!((settings.page_size, settings.limit_share, settings.guests), (999, 50, false));
    assert_eq!((settings.who, settings.properties.len()), (Who::Everybody { filter: None }, 11));

    let signed = ENTRA.replace("client_secret_file = 'secret'", "certificate_file = 'c'\nprivate_key_file = 'k'");
    let more = "app = 'a9900000-0000-4000-8000-000000000001'\nguests = true\npage_size = 5\nlimit_share = 80\nattributes = ['companyName', 'mail']\n";
    let settings = entra(&with(&format!("{signed}{more}")));
    assert_eq!(settings.access.files().count(), 2);
    assert_eq!((settings.page_size, settings.limit_share, settings.guests), (5, 80, true));
    assert_eq!(settings.own_properties(), ["companyName"]);
    assert_eq!(
        (settings.who, settings.properties.len()),
        (Who::App("a9900000-0000-4000-8000-000000000001".into()), 12)
    );
}

/// `[mapping]` is one for all: what Graph does not know is another source's, and Graph is not asked for it.
#[test]
fn a_name_of_another_source_is_no_finding_and_no_question() {
    let other = "[[source]]\nname = 'other'\n";
    let file = format!("{other}type = 'file'\npath = 'people.csv'\nid = 'id'\n");
    let beside = |source: &str| {
        let mapping =
            "given_name = \"{{ given|default(givenName) }}\"\nfamily_name = \"{{ family|default(companyName) }}\"";
        with(&format!("{ENTRA}{source}")).replace("family_name = 'surname'", mapping)
    };
    let asked = entra(&beside(&file)).properties;
    assert_eq!((asked.len(), asked.last().map(String::as_str)), (12, Some("companyName")), "{asked:?}");
    // No other source that the names could be meant for.
    for alone in [String::new(), format!("{other}type = {ENTRA}")] {
        let told = problems(&beside(&alone), &[]);
        assert!(told.iter().any(|told| told.contains("mapping: reads `given`")), "{told:#?}");
    }
    let own = problems(&beside(&format!("attributes = ['given']\n{file}")), &[]);
    assert!(own.len() == 1 && own[0].contains("source[1].attributes: reads `given`"), "{own:#?}");
}

#[test]
fn the_sign_in_follows_from_the_cloud() {
    for (url, login) in [
        ("https://graph.microsoft.us/v1.0/", "https://login.microsoftonline.us/"),
        ("https://dod-graph.microsoft.us", "https://login.microsoftonline.us/"),
        ("https://microsoftgraph.chinacloudapi.cn", "https://login.partner.microsoftonline.cn/"),
    ] {
        let settings = entra(&with(&ENTRA.replace("https://graph.microsoft.com", url)));
        assert!(settings.token_url.as_str().starts_with(login), "{url}");
        assert_eq!(settings.scope, format!("{}/.default", url.trim_end_matches("/v1.0/")));
    }
    let other = ENTRA.replace("https://graph.microsoft.com", "http://127.0.0.1:4711");
    let settings = entra(&with(&format!("{other}login_url = 'http://127.0.0.1:4712/'\n")));
    assert_eq!(settings.token_url.as_str(), "http://127.0.0.1:4712/acme.example/oauth2/v2.0/token");
}

#[test]
fn the_keys_of_an_entra_source_are_checked() {
    let url = |url: &str| with(&ENTRA.replace("https://graph.microsoft.com", url));
    let access = |lines: &str| with(&ENTRA.replace("client_secret_file = 'secret'", lines));
    let more = |lines: &str| with(&format!("{ENTRA}{lines}\n"));
    let mapped = |line: &str| with(ENTRA).replace("family_name = 'surname'", line);
    for (text, expected) in [
        (url("https://graph.windows.net"), "source[1].url: is Graph's address in no cloud that is known"),
        (url("https://graph.microsoft.com/beta"), "source[1].url: is more than the address of Graph"),
        (url("https://graph.microsoft.com:444"), "in no cloud that is known"),
        (with(&ENTRA.replace("acme.example", "common")), "source[1].tenant: names no single tenant"),
        (with(&ENTRA.replace("acme.example", "a/../b")), "source[1].tenant: names no single tenant"),
        (access(""), "source[1].client_secret_file: is missing, and so are certificate_file"),
        (access("certificate_file = 'c'"), "source[1].private_key_file: is missing beside certificate_file"),
        (access("private_key_file = 'c'"), "source[1].certificate_file: is missing beside private_key_file"),
        (more("federated_token_file = 'f'"), "is one of several ways to sign in"),
        (more("app = 'a'\nfilter = 'b'"), "source[1].app: stands beside filter"),
        (more("app = 'a'\n[scope]\ngroups = ['g']"), "source[1].app: stands beside scope.groups"),
        (more("filter = 'a'\n[scope]\ngroups = ['g']"), "source[1].filter: stands beside scope.groups"),
        (more("app = 'Postman'"), "source[1].app: is no id (GUID); write the application id or the object id"),
        (more("app = '../../../../../users?a=b&c=d&e=f&g=h'"), "source[1].app: is no id (GUID)"),
        (more("page_size = 1000"), "source[1].page_size: is more than the 999"),
        (
            more("attributes = ['Mail']"),
            "source[1].attributes: reads `Mail`, which is no property of a user in Entra; write `mail`",
        ),
        (more("password_file = 'x'"), "source[1].password_file: belongs to"),
        (
            mapped("family_name = 'sn'"),
            "mapping.family_name: reads `sn`, which is no property of a user in Entra; write `surname`",
        ),
        (mapped("family_name = 'a&$top=1'"), "which is no property of a user in Entra"),
    ] {
        let told = problems(&text, &[]);
        assert!(told.len() == 1 && told[0].contains(expected), "{text}\n{told:#?}");
    }
}

#[test]
fn who_is_read_is_in_the_fingerprint() {
    let of = |text: &str| parsed(text, &[]).expect(text).fingerprint;
    let more = |lines: &str| of(&with(&format!("{ENTRA}{lines}\n")));
    for lines in
        ["app = 'a9900000-0000-4000-8000-000000000001'", "filter = 'a'", "guests = true", "nested_groups = false"]
    {
        assert_ne!(more(lines), of(&with(ENTRA)), "{lines}");
    }
    for lines in ["limit_share = 80", "page_size = 5", "login_url = 'https://login.example'"] {
        assert_eq!(more(lines), of(&with(ENTRA)), "{lines}");
    }
}
