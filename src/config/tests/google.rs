//! The keys of the google source: what loads and what does not.

use std::path::Path;

use super::super::google_source::{Access, GoogleSettings, Whom};
use super::super::*;
use super::{MINIMAL, parsed, problems};

const KEY: &str = "key_file = 'google.json'\nsubject = 'reader@acme.example'\n";
const MAPPING: &str =
    "[mapping]\nuser_name = 'primaryEmail'\ngiven_name = 'name.givenName'\nfamily_name = 'name.familyName'\n";

/// The minimal configuration with another kind of source in place of its file, and that mapping.
fn of(lines: &str, mapping: &str) -> String {
    let source = format!("\"google\"\n{lines}");
    MINIMAL.replace("\"file\"\npath = \"people.csv\"\nid = \"id\"\n", &source) + mapping
}

fn with(lines: &str) -> String {
    of(lines, MAPPING)
}

fn google(text: &str) -> GoogleSettings {
    match parsed(text, &[]).expect(text).sources.remove(0).kind {
        SourceKind::Google(settings) => settings,
        _ => panic!("not a google source"),
    }
}

#[test]
fn the_smallest_google_source() {
    let settings = google(&with(KEY));
    assert_eq!(settings.url.as_str(), "https://admin.googleapis.com/");
    assert_eq!(settings.token_url.as_str(), "https://oauth2.googleapis.com/token");
    let Access::Key { key, subject } = &settings.access else { panic!("no key") };
    assert_eq!(
        (key.path.as_path(), subject.as_deref()),
        (Path::new("/etc/acme/google.json"), Some("reader@acme.example"))
    );
    assert_eq!(settings.whom, Whom::Customer("my_customer".into()));
    assert_eq!((settings.page_size, settings.limit_share, settings.nested_groups), (500, 50, true));
    assert_eq!(settings.inactive_values, ["suspended", "archived"]);
    let asked = ["archived", "customerId", "id", "isGuestUser", "name", "orgUnitPath", "primaryEmail", "suspended"];
    assert_eq!(settings.fields, asked, "what the mapping and the reading need, each once");
    assert!(settings.org_units.is_empty() && settings.groups.is_empty());
}

#[test]
fn a_google_source_with_all_keys() {
    let lines = "metadata_server = true\nguests = true\ndomain = 'ACME.example'\norg_units = ['/Staff/', '/Contractors']\nlimit_share = 10\n\
                 page_size = 9000\ninactive_values = ['suspended']\nattributes = ['aliases', 'CUSTOMSCHEMAS']\ntimeout = '1h'\n\
                 nested_groups = false\nsentinels = ['1']\ninactive_sentinels = ['2']\nidentity = 'x'\n\
                 url = 'https://directory.acme.example'\nlogin_url = 'https://login.acme.example/'\n\
                 [scope]\ngroups = ['team@acme.example']\n";
    let settings = google(&with(lines));
    assert!(settings.guests);
    assert_eq!((&settings.access, settings.access.file()), (&Access::Machine, None));
    assert_eq!(settings.whom, Whom::Domain("acme.example".into()));
    assert_eq!(settings.org_units, ["/Staff", "/Contractors"]);
    assert_eq!((settings.page_size, settings.limit_share, settings.nested_groups), (500, 10, false));
    assert_eq!(
        (settings.inactive_values, settings.groups),
        (vec!["suspended".into()], vec!["team@acme.example".into()])
    );
    assert!(["aliases", "customSchemas"].iter().all(|name| settings.fields.contains(&(*name).to_owned())));
    assert_eq!(settings.token_url.as_str(), "https://login.acme.example/token");
    // What an expression names besides may be another directory's.
    let either = MAPPING.replace("'primaryEmail'", "'{{ primaryEmail|default(recoveryEmail) }}'");
    let settings = google(&of(KEY, &either));
    assert!(settings.fields.contains(&"primaryEmail".to_owned()) && !settings.fields.contains(&"mail".to_owned()));
    // Everybody is in the root.
    assert!(google(&with(&format!("{KEY}org_units = ['/Staff', '/']\n"))).org_units.is_empty());
    let own = google(&with("key_file = 'k'\ncustomer = 'C01abc'\n"));
    assert!(matches!(own.access, Access::Key { subject: None, .. }));
    assert_eq!(own.whom, Whom::Customer("C01abc".into()));
}

#[test]
fn the_keys_of_a_google_source_are_checked() {
    let more = |line: &str| with(&format!("{KEY}{line}\n"));
    for (text, expected) in [
        (with(""), "source[1].key_file: is missing, and so is metadata_server"),
        (more("metadata_server = true"), "source[1].key_file: stands beside metadata_server"),
        (
            with("metadata_server = true\nsubject = 'a@acme.example'\n"),
            "source[1].subject: stands beside metadata_server, whose tokens are the service account's own and nobody else's",
        ),
        (with("key_file = 'k'\nsubject = 'admin'\n"), "source[1].subject: is no address"),
        (more("customer = 'C1'\ndomain = 'acme.example'"), "source[1].domain: stands beside customer"),
        (
            with("key_file = 'k'\n"),
            "source[1].customer: is missing, and so are subject and domain; write the account's id",
        ),
        (with("metadata_server = true\n"), "source[1].customer: is missing, and so are subject and domain"),
        (
            with("metadata_server = true\ncustomer = 'my_customer'\n"),
            "source[1].customer: is missing, and so are subject and domain",
        ),
        (more("attributes = ['etag']"), "source[1].attributes: \\\"etag\\\" is no field of a Google user"),
        (more("attributes = ['customerId']"), "source[1].attributes: \\\"customerId\\\" is no field of a Google user"),
        (more("customer = 'C1&x=1'"), "source[1].customer: is no id of an account"),
        (more("domain = 'acme'"), "source[1].domain: is no domain"),
        (more("domain = 'a@acme.example'"), "source[1].domain: is no domain"),
        (
            more("org_units = ['Staff']"),
            "source[1].org_units: is no path of an organizational unit; write its path, as in",
        ),
        (
            more("inactive_values = ['deleted']"),
            "source[1].inactive_values: has \\\"deleted\\\", which is no flag of Google's",
        ),
        (more("active_values = ['active']"), "source[1].active_values: belongs to"),
        (more("filter = 'x'"), "source[1].filter: belongs to"),
        (more("attributes = ['password']"), "source[1].attributes: \\\"password\\\" is no field of a Google user"),
        (more("url = 'http://admin.googleapis.com'"), "source[1].url: must begin with https://"),
        (more("url = 'http://metadata.google.internal'"), "source[1].url: must begin with https://"),
        (of(KEY, ""), "mapping.user_name: \\\"mail\\\" is no field of a Google user; write \\\"primaryEmail\\\""),
        (of(KEY, ""), "\\\"sn\\\" is no field of a Google user; write \\\"name.familyName\\\""),
        (of(KEY, "[mapping]\nuser_name = 'nothing'\n"), "\\\"nothing\\\" is no field of a Google user; write it as"),
    ] {
        let told = format!("{:?}", problems(&text, &[]));
        assert!(told.contains(expected), "{expected}: {told}");
    }
}
