//! `team` and `export-groups`: what Postman has, read over HTTP, beside what the state knows.

use postman_scim_sync::sandbox::{Failure, Fault, Role, Shape, Team};

use crate::support::{Lab, row, team};

/// A team with two people, a group of both, one with a hostile name, and one of nobody.
fn grouped() -> Team {
    team()
        .member("grace@acme.example", "Grace", "Hopper")
        .member("ada@acme.example", "=Ada", "Lovelace")
        .group("Platform", Role::Developer, &["grace@acme.example", "ada@acme.example"])
        .group("@evil\ndn: cn=x", Role::Developer, &["ada@acme.example"])
        .group("Empty", Role::Developer, &[])
}

#[test]
fn groups_are_shown_with_their_members_and_without_a_state() {
    let lab = Lab::new(grouped());
    let text = lab.run(&["team", "groups"]).exits(0).out;
    assert!(text.starts_with("3 groups at Postman, 0 of them managed.\n"), "{text}");
    let platform =
        "\nPlatform  2 members, not managed\n  ada@acme.example  =Ada Lovelace\n  grace@acme.example  Grace Hopper\n";
    assert!(text.contains(platform) && text.contains("\nEmpty  0 members, not managed\n"), "{text}");
    assert!(text.contains("\n@evil dn: cn=x  1 member, not managed\n"), "a name forges no line: {text}");

    let json = lab.run(&["team", "groups", "--format", "json", "--name", "platform"]).exits(0).json();
    assert_eq!((json["document"].as_str(), json["groups"].as_array().map(Vec::len)), (Some("team_groups"), Some(1)));
    assert_eq!(json["groups"][0]["members"][0]["user_name"], "ada@acme.example");
    let csv = lab.run(&["team", "groups", "--format", "csv"]).exits(0).out;
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 5, "{csv}");
    assert!(
        rows[1].starts_with("'@evil dn: cn=x,") && rows[1].contains(",ada@acme.example,'=Ada,Lovelace,yes,"),
        "{csv}"
    );
    assert!(lab.run(&["team", "groups", "--name", "Nobody's"]).exits(1).err.contains("no group called"));
    assert!(!lab.path("state").exists() && lab.sandbox.writes().is_empty(), "it reads only");
}

#[test]
fn users_are_shown_with_their_standing_and_whom_they_follow() {
    let mut people = vec![row("1", "Ada", "Lovelace", "ada"), row("2", "Grace", "Hopper", "grace")];
    let lab = Lab::in_step(team(), &people);
    people[1] = people[1].clone().inactive();
    lab.export(&people);
    lab.run(&["sync"]).exits(0);
    lab.sandbox.clear_log();
    let text = lab.run(&["team", "users"]).exits(0).out;
    let expected = "3 members.\nada@acme.example  Ada Lovelace  active, follows hr:1\n\
        admin@acme.example  Post Man  active, not managed\ngrace@acme.example  Grace Hopper  inactive, follows hr:2\n";
    assert_eq!(text, expected);
    let csv = lab.run(&["team", "users", "--filter", "inactive", "--format", "csv"]).exits(0).out;
    assert!(csv.lines().count() == 2 && csv.contains("\ngrace@acme.example,Grace,Hopper,no,"), "{csv}");
    let json = lab.run(&["team", "users", "--filter", "active", "--format", "json"]).exits(0).json();
    assert_eq!((json["document"].as_str(), json["users"].as_array().map(Vec::len)), (Some("team_users"), Some(2)));
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn what_a_rule_names_and_postman_has_not_is_said() {
    let mut lab = Lab::new(grouped());
    lab.set("source", "groups = \"teams\"");
    lab.set("provisioning", "groups = \"read_back\"");
    let rule = |source: &str, postman: &str| format!("\n[[group]]\nsource = \"{source}\"\npostman = \"{postman}\"\n");
    let text =
        std::fs::read_to_string(lab.path("config.toml")).unwrap() + &rule("a", "platform") + &rule("b", "Mobile");
    lab.write("config.toml", &text);
    let text = lab.run(&["team", "groups"]).exits(0).out;
    assert!(text.ends_with("\nAsked for by a [[group]], and not at Postman (1)\n  Mobile  b of hr\n"), "{text}");
}

#[test]
fn an_export_is_whole_or_says_what_it_leaves_out() {
    let lab = Lab::new(grouped());
    let export = |arguments: &[&str]| lab.run(&[&["export-groups", "--format"][..], arguments].concat());
    let ldif = export(&["ldif", "--base", "ou=groups,dc=acme", "--people", "ou=people,dc=acme"]).exits(0).out;
    let platform = "\ndn: cn=Platform,ou=groups,dc=acme\nobjectClass: groupOfNames\ncn: Platform\n\
        member: mail=ada@acme.example,ou=people,dc=acme\nmember: mail=grace@acme.example,ou=people,dc=acme\n";
    assert!(ldif.starts_with("version: 1\n") && ldif.contains(platform), "{ldif}");
    assert!(!ldif.contains("\ndn: cn=x") && ldif.contains("at least one member: Empty\n"), "{ldif}");
    let csv = export(&["csv"]).exits(0).out;
    assert!(csv.contains("\nPlatform,ada@acme.example,'=Ada,Lovelace\n") && csv.contains("\nEmpty,,,\n"), "{csv}");
    let json = export(&["json"]).exits(0).json();
    assert_eq!((json["document"].as_str(), json["groups"].as_array().map(Vec::len)), (Some("groups_export"), Some(3)));
    assert!(export(&["ldif", "--base", "nonsense"]).exits(2).err.contains("not a distinguished name"));

    lab.sandbox.fault(Fault::any(Failure::Status { status: 401, shape: Shape::Gateway }).always());
    let failed = export(&["csv"]).exits(1);
    assert!(failed.out.is_empty() && failed.err.contains("  -> "), "{}", failed.err);
}
