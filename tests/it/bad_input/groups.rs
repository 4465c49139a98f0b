//! Groups with bad names: pushed from an export, made by hand in the team, and exported as LDIF.

use std::collections::BTreeSet;

use postman_scim_sync::sandbox::{Kind, Role};
use serde_json::json;

use super::corpus::{all, own, strings};
use super::shown;
use crate::support::{Lab, team};

fn names() -> Vec<String> {
    let names = strings().into_iter().enumerate().filter(|(n, _)| all() || n % 6 == 0).map(|(_, text)| text);
    let mut seen = BTreeSet::new();
    // Names that differ in letter case only are one group.
    own().into_iter().chain(names).filter(|name| seen.insert(format!("g-{name}").trim().to_lowercase())).collect()
}

#[test]
fn a_group_of_any_name_is_pushed_or_told_of_and_nobody_is_taken_out() {
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.wide_open();
    for line in ["path = \"people.jsonl\"", "format = \"jsonl\"", "groups = \"teams\""] {
        lab.set("source", line);
    }
    lab.set("provisioning", "groups = \"push\"");
    lab.groups("[[group]]\nsource = \"g-*\"\npostman = \"*\"\n");
    let names = names();
    // Each in a group of an odd name, and all in one that is called like nothing special.
    let people = names.iter().enumerate().map(|(n, name)| {
        let teams = ["g-everybody".to_owned(), format!("g-{name}")];
        let mail = format!("p{n}@acme.example");
        json!({ "id": n.to_string(), "given": "G", "family": "F", "mail": mail, "status": "active", "teams": teams })
            .to_string()
            + "\n"
    });
    let text: String = people.collect();
    lab.write("people.jsonl", &format!("{text}{{\"end\":true,\"count\":{}}}\n", names.len()));
    for (format, what) in [("markdown", "Markdown"), ("csv", "CSV")] {
        let plan = lab.run(&["plan", "--format", format]);
        if what == "CSV" { drop(shown::csv(what, &plan.out)) } else { shown::markdown(what, &plan.out) }
    }
    let first = lab.sync();
    shown::json("sync", &first);
    shown::json("sync again", &lab.sync());
    lab.sandbox.clear_log();
    let report = shown::json("the third sync", &lab.sync());
    assert_eq!(lab.sent(), [""; 0], "nothing is left to do");
    assert_eq!(lab.sandbox.members("everybody").len(), names.len(), "a group beside odd ones has everybody");
    let told = report["proposal"]["plan"]["notes"].to_string();
    let (mut pushed, mut aside) = (0, 0);
    for (n, name) in names.iter().enumerate() {
        let member = format!("p{n}@acme.example");
        let group = format!("g-{name}").trim()["g-".len()..].to_owned();
        if lab.sandbox.members(&group).contains(&member) {
            pushed += 1;
        } else {
            let shown_name = serde_json::to_string(&group).unwrap();
            let begins: String = shown_name.trim_matches('"').chars().take(40).collect();
            assert!(told.contains(&begins) || told.contains("group"), "neither pushed nor told of: {group:?}\n{told}");
            aside += 1;
        }
    }
    assert!(pushed > names.len() / 2, "{pushed} pushed, {aside} set aside: {told}");
    println!("{} groups: {pushed} pushed, {aside} set aside", names.len());
    for arguments in [&["status"][..], &["history", "--changes"], &["team", "groups"], &["sync"]] {
        shown::answered(&arguments.join(" "), &lab.run(arguments));
    }
    everything_exported_is_harmless(&lab);
}

#[test]
fn what_an_admin_called_a_group_goes_into_ldif_and_comes_out_as_it_was() {
    let mut made = team();
    let names: Vec<String> = names().into_iter().filter(|name| !name.is_empty()).collect();
    for (n, name) in names.iter().enumerate() {
        let member = format!(
            "m{n}{}@acme.example",
            name.chars().filter(char::is_ascii_alphanumeric).take(9).collect::<String>()
        );
        made = made.member(&member, "G", "F").group(name, Role::Developer, &[&member]);
    }
    let lab = Lab::new(made);
    let exported = everything_exported_is_harmless(&lab);
    let lost: Vec<&String> = names.iter().filter(|name| !exported.contains(*name)).collect();
    assert!(lost.is_empty(), "not in the LDIF: {lost:?}");
    assert!(lab.sandbox.log().iter().all(|logged| logged.kind != Kind::CreateGroup && !logged.is_write()));
}

/// Of LDIF, the names of the groups.
fn everything_exported_is_harmless(lab: &Lab) -> BTreeSet<String> {
    let base = ["--base", "ou=groups,dc=acme,dc=example"];
    let ldif = lab.run(&[&["export-groups", "--format", "ldif"], &base[..]].concat()).exits(0);
    let entries = shown::ldif(&ldif.out);
    let is_dn = |dn: &String| postman_scim_sync::core::dn::Dn::parse(dn).is_some();
    for entry in &entries {
        assert!(is_dn(&entry["dn"][0]) && entry.get("member").into_iter().flatten().all(is_dn), "{entry:?}");
    }
    shown::csv("groups as CSV", &lab.run(&["export-groups", "--format", "csv"]).exits(0).out);
    shown::json("groups as JSON", &lab.run(&["export-groups", "--format", "json"]).exits(0));
    shown::answered("team groups", &lab.run(&["team", "groups"]).exits(0));
    shown::csv("team groups as CSV", &lab.run(&["team", "groups", "--format", "csv"]).exits(0).out);
    entries.iter().flat_map(|entry| entry.get("cn").into_iter().flatten().cloned()).collect()
}
