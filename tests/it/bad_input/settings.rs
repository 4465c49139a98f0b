//! Settings with bad values: every key of the configuration takes a string that has broken programs, or refuses it with its
//! own name.

use std::path::Path;

use postman_scim_sync::config::load::parse;
use postman_scim_sync::config::schema::{Key, Kind, SOURCE_TYPES, describe_keys};
use postman_scim_sync::core::text::toml_string;

use super::corpus::{all, own, strings};
use super::shown;
use crate::support::{Lab, team};

const PLACE: &str = "/etc/postman-scim-sync/config.toml";

/// A configuration with that value at that key, and with what else there has to be.
fn with(key: &Key, value: &str) -> String {
    let kind = key.types.first().copied().unwrap_or(SOURCE_TYPES[0]);
    let tables = [
        ("postman", "base_url = \"https://api.getpostman.com/scim/v2\"\napi_key_file = \"scim.key\"\nprotected = [\"a@b.example\"]\n".to_owned()),
        ("[source]", format!("name = \"hr\"\ntype = \"{kind}\"\npath = \"people.csv\"\nid = \"id\"\n")),
        ("mapping", "user_name = \"mail\"\ngiven_name = \"given\"\nfamily_name = \"family\"\n".to_owned()),
        ("state", "path = \"state.db\"\n".to_owned()),
    ];
    let (section, name) = (key.section(), key.name());
    let section = if ["source", "group"].contains(&section) { format!("[{section}]") } else { section.to_owned() };
    let line = format!("{name} = {value}\n");
    let mut text = String::new();
    for (table, lines) in &tables {
        let others = lines.lines().filter(|other| *table != section || !other.starts_with(&format!("{name} =")));
        text.push_str(&format!("[{table}]\n{}\n", others.collect::<Vec<_>>().join("\n")));
        if *table == section {
            text.push_str(&line);
        }
    }
    if !tables.iter().any(|(table, _)| *table == section) {
        text.push_str(&format!("[{section}]\n{line}"));
    }
    text
}

#[test]
fn every_key_takes_an_odd_value_or_refuses_it_by_name() {
    let keys: Vec<&Key> = describe_keys().iter().filter(|key| key.kind != Kind::Secret).collect();
    let strings = strings();
    let (mut taken, mut refused) = (0, 0);
    for (n, text) in strings.iter().enumerate() {
        let (text, list) = (toml_string(text), format!("[{}]", toml_string(text)));
        // Each string at two keys, so that each key has its share of them.
        let some = (0..keys.len()).filter(|k| all() || (k + 2 * n) % keys.len() < 2).map(|k| keys[k]);
        for key in some {
            let value = if matches!(key.kind, Kind::Texts | Kind::Command | Kind::Patterns | Kind::Domains) {
                &list
            } else {
                &text
            };
            match parse(&with(key, value), Path::new(PLACE), &[]) {
                Ok(_) => taken += 1,
                Err(problems) => {
                    refused += 1;
                    assert!(problems.iter().all(|problem| !problem.message.is_empty()));
                    assert!(problems.iter().any(|problem| !problem.key.is_empty()), "{}: {problems:?}", key.path);
                }
            }
        }
    }
    assert!(taken > strings.len() / 10 && refused > strings.len() / 10, "{taken} taken and {refused} refused");
    println!("{} settings: {taken} taken, {refused} refused", taken + refused);
}

/// The program itself, with one odd string at a key of each section at once.
#[test]
fn what_is_said_of_odd_settings_is_harmless() {
    let lab = Lab::new(team());
    for text in own().into_iter().filter(|text| text.len() < 300).step_by(if all() { 1 } else { 6 }) {
        let value = toml_string(&text);
        let config = format!(
            "{value} = {value}\n[postman]\nbase_url = {value}\nauth = {value}\nprotected = [{value}]\n[[source]]\nname = {value}\ntype = {value}\n\
             path = {value}\n[mapping]\nuser_name = {value}\ngiven_name = \"{{{{ x | \"\n[safety]\ngrace = {value}\n[schedule]\ncron = {value}\n\
             timezone = {value}\n[{value}]\nx = 1\n"
        );
        lab.write("config.toml", &config);
        for verb in ["check", "plan"] {
            let answer = lab.run(&[verb]).exits(2);
            shown::answered(&text, &answer);
            assert!(answer.err.contains("error: "), "{text:?}: {}", answer.err);
        }
    }
    // No TOML at all.
    for (text, what) in [
        ("\u{1b}[2J", "an escape"),
        ("a = \"\u{202e}", "an open string"),
        ("[[[", "brackets"),
        ("a = 1\na = 2\n", "a key twice"),
        ("\0", "a NUL"),
    ] {
        lab.write("config.toml", text);
        shown::answered(what, &lab.run(&["plan"]).exits(2));
    }
    assert!(lab.sandbox.log().is_empty());
}
