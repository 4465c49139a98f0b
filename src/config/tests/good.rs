//! What loads, and what it means.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::super::file_source::{FileSettings, Format};
use super::super::layers::value;
use super::super::schema::{KEYS, Key, Kind, Unset};
use super::super::values::read;
use super::super::*;
use super::{MINIMAL, minimal, parsed, with};
use crate::core::guard::{Limit, Share};
use crate::core::policy::{FirstSync, Matches};

fn file(config: &Config) -> &FileSettings {
    match &config.sources[0].kind {
        SourceKind::File(settings) => settings,
        _ => panic!("not a file source"),
    }
}

#[test]
fn the_smallest_configuration_has_the_defaults_of_the_schema() {
    let config = minimal();
    assert_eq!(config.postman.base_url.as_str(), "https://api.getpostman.com/scim/v2");
    assert!(matches!(&config.postman.key, KeySource::File(path) if path == Path::new("/etc/acme/scim.key")));
    assert_eq!((config.postman.auth, config.postman.writes_per_min), (Auth::Bearer, 180));
    assert_eq!(config.postman.reads_per_min, 300);
    assert_eq!(config.mapping.given_name, "givenName");
    assert_eq!((config.policy.matches, config.policy.first_sync), (Matches::Adopt, FirstSync::Approve));
    let percent = |number| Some(Share::Percent(number));
    assert_eq!(
        config.policy.limits.deactivations,
        Limit { cycle: percent(5), day: percent(10), week: percent(20), at_least: 3 }
    );
    assert_eq!(config.policy.limits.creates, Limit { cycle: percent(20), day: None, week: None, at_least: 10 });
    assert_eq!(config.policy.limits.renames, Limit { cycle: percent(30), day: None, week: None, at_least: 10 });
    assert_eq!(config.policy.limits.readdresses, Limit { cycle: percent(10), day: None, week: None, at_least: 3 });
    assert_eq!((config.policy.absence_wait_s, config.policy.grace_s, config.settle_wait_s), (3_600, 0, 120));
    assert_eq!((config.refresh_every_s, config.policy.seats), (86_400, None));
    assert_eq!(config.state_path, Path::new("/var/lib/postman-scim-sync/state.db"));
    assert_eq!((&config.http.proxy, &config.http.ca_file), (&Proxy::None, &None));
    assert_eq!(file(&config).path, Path::new("/etc/acme/people.csv"));
    assert_eq!((file(&config).format, file(&config).delimiter), (Format::Csv, None));
    assert_eq!(file(&config).records.active_values, ["active", "true", "yes", "1", "enabled"]);
    assert_eq!(config.warnings, [""; 0]);
    assert_eq!(config.fingerprint.len(), 64);
}

#[test]
fn formats_and_delimiters() {
    for (lines, format, delimiter) in [
        ("path = 'x.CSV'", Format::Csv, None),
        ("path = 'x.tsv'", Format::Csv, Some(b'\t')),
        ("path = 'x.json'", Format::Json, None),
        ("path = 'x.jsonl'", Format::JsonLines, None),
        ("path = 'x.ndjson'", Format::JsonLines, None),
        ("path = 'x'\nformat = 'jsonl'", Format::JsonLines, None),
        ("path = 'x.txt'\nformat = 'csv'\ndelimiter = ';'", Format::Csv, Some(b';')),
        ("path = 'x.csv'\ndelimiter = 'tab'", Format::Csv, Some(b'\t')),
        ("path = 'x.csv'\ndelimiter = \"\\t\"", Format::Csv, Some(b'\t')),
    ] {
        let text = with("source", lines).replace("path = \"people.csv\"\n", "");
        let config = parsed(&text, &[]).expect(lines);
        assert_eq!((file(&config).format, file(&config).delimiter), (format, delimiter), "{lines}");
    }
}

#[test]
fn a_source_is_read_with_all_its_keys() {
    let lines = "active = 'state'\nactive_values = ['on']\ninactive_values = ['off']\ngroups = 'teams'\n\
                 groups_separator = ';'\nmanifest = '/m.json'\nheader = { 'Z col' = 'mail', A = 'sn' }";
    let config = parsed(&with("source", lines), &[]).expect("loads");
    let settings = file(&config);
    assert_eq!(settings.manifest.as_deref(), Some(Path::new("/m.json")));
    assert_eq!(settings.header, [("A".into(), "sn".into()), ("Z col".into(), "mail".into())]);
    let settings = &settings.records;
    assert_eq!(settings.active.as_deref(), Some("state"));
    assert_eq!((&settings.active_values[..], &settings.inactive_values[..]), (&["on".into()][..], &["off".into()][..]));
    assert_eq!((settings.groups.as_deref(), settings.groups_separator.as_str()), (Some("teams"), ";"));
}

#[test]
fn a_program_is_read_with_all_its_keys() {
    let source = |lines: &str| {
        let text = MINIMAL.replace("\"file\"\npath = \"people.csv\"", &format!("\"exec\"\n{lines}"));
        parsed(&text, &[]).expect(lines)
    };
    let exec = |config: &Config| match &config.sources[0].kind {
        SourceKind::Exec(settings) => settings.clone(),
        _ => panic!("not an exec source"),
    };
    let plain = source("command = ['./export people', '', '$(x) ']");
    let settings = exec(&plain);
    assert_eq!(settings.program, Path::new("/etc/acme/./export people"));
    assert_eq!(
        (&settings.arguments[..], settings.folder.as_path()),
        (&["".into(), "$(x) ".into()][..], Path::new("/etc/acme"))
    );
    assert_eq!((settings.timeout.as_secs(), settings.output_limit), (600, 1 << 30));
    assert_eq!(settings.environment, ["PATH", "HOME", "LANG"]);
    assert_eq!((settings.records.id.as_str(), settings.records.groups_separator.as_str()), ("id", "|"));

    let more = "command = ['/bin/x']\ntimeout = '90s'\noutput_limit_mib = 2\nenvironment = ['PGPASSFILE']\n\
                active = 'on'\nactive_values = ['y']\ninactive_values = ['n']\ngroups = 'g'\ngroups_separator = ';'";
    let settings = exec(&source(more));
    assert_eq!((settings.timeout.as_secs(), settings.output_limit), (90, 2 << 20));
    assert_eq!(settings.environment, ["PATH", "HOME", "LANG", "PGPASSFILE"]);
    assert_eq!((settings.records.active.as_deref(), settings.records.groups.as_deref()), (Some("on"), Some("g")));

    let of = |lines: &str| source(lines).fingerprint;
    assert_eq!(of("command = ['/bin/x', 'a', 'b']"), of("command = ['/bin/x', 'a', 'b']\ntimeout = '1m'"));
    assert_ne!(of("command = ['/bin/x', 'a', 'b']"), of("command = ['/bin/x', 'b', 'a']"));
    assert_ne!(of("command = ['/bin/x', 'a']"), of("command = ['/bin/x', 'a', 'a']"));
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
    let text = with("safety", "deactivations = { cycle = 2 }\ngrace = '1h'");
    let environment = [
        ("POSTMAN_SCIM_SYNC__SAFETY__DEACTIVATIONS__DAY", "7"),
        ("POSTMAN_SCIM_SYNC__SAFETY__DEACTIVATIONS__WEEK", "9%"),
        ("POSTMAN_SCIM_SYNC__SAFETY__GRACE", "2d"),
        ("POSTMAN_SCIM_SYNC__POSTMAN__WRITES_PER_MIN", "60"),
        ("POSTMAN_SCIM_SYNC__POSTMAN__PROTECTED", "Root@acme.example, *@ops.example,"),
        ("POSTMAN_SCIM_SYNC__PROVISIONING__CREATE_USERS", "false"),
        ("POSTMAN_SCIM_SYNC__MAPPING__GIVEN_NAME", "0123"),
        ("POSTMAN_SCIM_SYNC__STATE__PATH", ""),
        ("postman_scim_sync__safety__first_sync", "apply"),
        ("POSTMAN_SCIM_SYNC_OTHER", "not ours"),
        ("HOME", "/root"),
    ];
    let config = parsed(&text, &environment).expect("loads");
    let deactivations = config.policy.limits.deactivations;
    assert_eq!(deactivations.cycle, Some(Share::People(2)));
    assert_eq!(deactivations.day, Some(Share::People(7)));
    assert_eq!((deactivations.week, deactivations.at_least), (Some(Share::Percent(9)), 3));
    assert_eq!((config.policy.grace_s, config.postman.writes_per_min), (172_800, 60));
    let protected: Vec<_> = config.policy.protected.iter().map(|pattern| pattern.as_str()).collect();
    assert_eq!(protected, ["root@acme.example", "*@ops.example"]);
    assert!(!config.policy.switches.create_users && config.policy.switches.update_users);
    assert_eq!(config.mapping.given_name, "0123");
    assert_eq!(config.state_path, Path::new("/var/lib/postman-scim-sync/state.db"));
    assert_eq!(config.policy.first_sync, FirstSync::Apply);
}

#[test]
fn no_limit_needs_a_yes_in_the_same_table() {
    let text = with("safety", "creates = { cycle = '100%', i_accept_no_limit = true }");
    assert_eq!(parsed(&text, &[]).expect("loads").policy.limits.creates.cycle, Some(Share::Percent(100)));
}

#[test]
fn base_urls_lose_their_slash_and_unknown_hosts_are_told() {
    for (url, expected, warned) in [
        ("https://api.getpostman.com/scim/v2/", "https://api.getpostman.com/scim/v2", false),
        ("https://api.postman.com/scim/v2", "https://api.postman.com/scim/v2", false),
        ("https://api.eu.postman.com/scim/v2", "https://api.eu.postman.com/scim/v2", false),
        ("http://localhost:8080/scim/v2//", "http://localhost:8080/scim/v2", false),
        ("http://127.0.0.1:1", "http://127.0.0.1:1/", false),
        ("http://[::1]:1/x", "http://[::1]:1/x", false),
        ("https://api.getpostman.com.evil.example/scim", "https://api.getpostman.com.evil.example/scim", true),
    ] {
        let config = parsed(&with("postman", &format!("base_url = '{url}'")), &[]).expect(url);
        assert_eq!(config.postman.base_url.as_str(), expected);
        assert_eq!(config.warnings.iter().any(|warning| warning.contains("api.eu.postman.com")), warned, "{url}");
    }
}

#[test]
fn the_key_comes_from_the_file_then_systemd_then_the_environment() {
    let without = MINIMAL.replace("api_key_file = \"scim.key\"\n", "");
    let variable = ("POSTMAN_SCIM_SYNC__POSTMAN__API_KEY", "canary-not-a-key");
    let credentials = tempfile::tempdir().unwrap();
    let directory = ("CREDENTIALS_DIRECTORY", credentials.path().to_str().unwrap());
    let credential = credentials.path().join("postman-scim-key");

    let config = parsed(MINIMAL, &[variable, directory]).expect("loads");
    assert!(matches!(&config.postman.key, KeySource::File(path) if path == Path::new("/etc/acme/scim.key")));
    assert!(config.warnings[0].contains("ignored"));

    let config = parsed(&without, &[variable, directory]).expect("loads");
    let KeySource::Environment(key) = &config.postman.key else { panic!("not from the environment") };
    assert_eq!(key.expose_secret(), "canary-not-a-key");
    assert!(config.warnings[0].contains("environment"));
    assert!(!format!("{config:?}").contains("canary"));

    let from_systemd = |config: Config| matches!(config.postman.key, KeySource::Credential(path) if path == credential);
    assert!(from_systemd(parsed(&without, &[directory]).expect("loads")));
    std::fs::write(&credential, "not-a-key").unwrap();
    assert!(from_systemd(parsed(&without, &[variable, directory]).expect("loads")));
    let named = MINIMAL.replace("scim.key", credential.to_str().unwrap());
    assert!(from_systemd(parsed(&named, &[directory]).expect("loads")));
}

#[test]
fn what_is_legal_and_unwise_is_a_warning() {
    for (section, line, warning) in [
        ("postman", "protected = ['*']", "nothing will ever change"),
        ("postman", "protected = []", "nobody can be deactivated while postman.protected is empty"),
        ("safety", "absence_wait = '0s'", "safety.absence_wait"),
        ("safety", "settle_wait = '5s'", "safety.settle_wait"),
    ] {
        let text = with(section, line).replacen(
            "\nprotected = [\"admin@acme.example\"]",
            "",
            usize::from(section == "postman"),
        );
        let warnings = parsed(&text, &[]).expect(line).warnings;
        assert!(warnings.len() == 1 && warnings[0].contains(warning), "{line}: {warnings:?}");
    }
}

#[test]
fn the_fingerprint_changes_with_what_a_plan_depends_on_and_with_nothing_else() {
    let original = minimal().fingerprint;
    for (section, line) in [
        ("mapping", "user_name = 'email'"),
        ("scope", "include = ['*@acme.example']"),
        ("provisioning", "deactivate_users = false"),
        ("provisioning", "matches = 'report'"),
        ("postman", "verified_domains = ['acme.example']"),
        ("postman", "seats = 5"),
        ("safety", "grace = '1s'"),
        ("safety", "creates = { cycle = 5 }"),
        ("source", "active = 'status'"),
        ("source", "header = { a = 'b' }"),
    ] {
        assert_ne!(parsed(&with(section, line), &[]).expect(line).fingerprint, original, "{line}");
    }
    for (section, line) in [
        ("schedule", "refresh_every = '1h'\ncron = '0 * * * *'"),
        ("postman", "auth = 'header'\nwrites_per_min = 5\nbase_url = 'http://localhost:1'"),
        ("state", "path = 'x.db'"),
        ("source", "manifest = 'm.json'"),
        ("safety", "absence_wait = '60m'"),
        ("safety", "deactivations = { cycle = '5%' }"),
        ("mapping", "user_name = 'mail'"),
    ] {
        assert_eq!(parsed(&with(section, line), &[]).expect(line).fingerprint, original, "{line}");
    }
    let renamed = MINIMAL.replace("\"hr\"", "\"people\"");
    assert_ne!(parsed(&renamed, &[]).expect("loads").fingerprint, original);
    let moved = MINIMAL.replace("people.csv", "/srv/other.csv").replace("scim.key", "other.key");
    assert_eq!(parsed(&moved, &[]).expect("loads").fingerprint, original);
    let lists = |lists: &str| parsed(&with("scope", lists), &[]).expect("loads").fingerprint;
    assert_eq!(lists("include = ['a@b.c', 'D@e.f']"), lists("include = ['d@e.f', 'a@b.c']"));
    assert_ne!(lists("include = ['a@b.c']"), lists("exclude = ['a@b.c']"));
}

#[test]
fn every_sample_loads_with_the_program_s_loader() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let config = load(Some(&path), &[]).unwrap_or_else(|problems| panic!("{}: {problems:?}", path.display()));
        assert_eq!(config.path.as_deref(), Some(path.as_path()));
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn the_reference_tells_every_key_with_its_default() {
    let text = include_str!("../../../config/reference.toml");
    let document: toml_edit::Document<&str> = toml_edit::Document::parse(text).unwrap();
    // Only one [[source]] can stand there, and it is a file; the keys of other types, and those of [[group]], which has no
    // effect while groups are off, stand in comments.
    let (of_file, of_others): (Vec<&Key>, Vec<&Key>) = KEYS
        .iter()
        .filter(|key| key.kind != Kind::Secret)
        .partition(|key| key.section() != "group" && (key.types.is_empty() || key.types.contains(&"file")));
    for key in of_others {
        let line = format!("# {} = {}", key.name(), key.default_toml().unwrap_or_default());
        assert!(text.contains(&line), "{line} is not told");
    }
    for key in of_file {
        let mut item = document.as_item();
        if key.section() == "source" {
            item = item["source"][0].get(key.name()).unwrap_or(&toml_edit::Item::None);
        } else {
            key.path.split('.').for_each(|part| item = item.get(part).unwrap_or(&toml_edit::Item::None));
        }
        let commented = format!("# {} = ", key.name());
        match (key.unset, item.is_none()) {
            (Unset::Default(default), _) => {
                let default = read(key.kind, &::config::Value::new(None, default));
                assert_eq!(read(key.kind, &value(item)).ok(), default.ok(), "{}", key.path);
            }
            (Unset::Nothing, true) => assert!(text.contains(&commented), "{} is not told", key.path),
            (Unset::Problem | Unset::Needed { .. }, true) => panic!("{} is missing", key.path),
            (_, false) => {}
        }
    }
    // The [[group]] in comments is one.
    let group = text.split_once("# [[group]]").expect("is told").1.split("\n\n").next().unwrap_or_default();
    let keys: Vec<&str> =
        group.lines().filter_map(|line| line.strip_prefix("# ")).filter(|line| line.contains(" = ")).collect();
    let pushed =
        text.replace("groups = \"off\"", "groups = \"push\"").replace("# groups = \"groups\"", "groups = \"g\"");
    let pushed = pushed + "\n[[group]]\n" + &keys.join("\n");
    assert_eq!(parsed(&pushed, &[]).expect("loads").policy.groups.rules.len(), 1);
    // Taken as a whole, it says what an almost empty file says.
    let reference = parsed(text, &[]).expect("loads");
    let bare = MINIMAL.replace("[\"admin@acme.example\"]", "[]");
    assert_eq!(reference.fingerprint, parsed(&bare, &[]).expect("loads").fingerprint);
    assert_eq!(reference.policy, parsed(&bare, &[]).expect("loads").policy);
}

#[test]
fn every_key_has_a_meaning_and_a_default_that_its_kind_takes() {
    for key in describe_keys() {
        assert!(key.meaning.len() > 10 && !key.meaning.ends_with('.'), "{}", key.path);
        if let Unset::Default(text) = key.unset {
            let value = read(key.kind, &::config::Value::new(None, text));
            assert!(value.is_ok(), "{}", key.path);
            let toml = format!("x = {}", key.default_toml().unwrap());
            let document = toml_edit::Document::parse(toml.as_str()).unwrap();
            assert_eq!(read(key.kind, &super::super::layers::value(&document["x"])).ok(), value.ok(), "{toml}");
        }
    }
}
