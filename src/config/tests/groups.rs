//! `[[group]]`: what a rule says, and what is said of one that nobody could follow.

use super::super::*;
use super::{minimal, parsed, problems};
use crate::core::groups::Mode;
use crate::core::groups::rules::{Asked, Rule};

/// A file with a column of groups, and an LDAP server, which push.
const TWO: &str = r#"
[postman]
api_key_file = "scim.key"
protected = ["admin@acme.example"]
[provisioning]
groups = "push"
[[source]]
name = "hr"
type = "file"
path = "people.csv"
id = "id"
groups = "teams"
[[source]]
name = "badges"
type = "file"
path = "badges.csv"
id = "id"
groups = "teams"
"#;

/// The first of the two sources alone.
fn one() -> String {
    TWO[..TWO.rfind("[[source]]").unwrap()].to_owned()
}

fn only_problem(text: &str) -> String {
    let told = problems(text, &[]);
    assert_eq!(told.len(), 1, "{told:#?}");
    told.into_iter().next().unwrap()
}

#[test]
fn without_a_word_about_groups_there_are_none() {
    let groups = minimal().policy.groups;
    assert_eq!((groups.mode, groups.rules.len()), (Mode::Off, 0));
    let on = groups.switches;
    assert!(on.create_groups && on.rename_groups && on.add_members && on.remove_members && !on.delete_groups);
}

#[test]
fn each_source_is_asked_for_its_groups() {
    let rules = "[[group]]\nfrom = 'badges'\nsource = 'Ops'\n[[group]]\nfrom = 'hr'\nsource = ' pm-* '\npostman = 'IdP *'\n\
                 adopt = true\n[[group]]\nfrom = 'hr'\nsource = 'Dev'\npostman = 'Developers'\n";
    let config = parsed(&format!("{TWO}{rules}"), &[]).expect("loads");
    let rule = |from: &str, source: &str, postman: Option<&str>, adopt| Rule {
        from: from.into(),
        asked: Asked::of(source),
        postman: postman.map(str::to_owned),
        adopt,
    };
    let expected = [
        rule("badges", "Ops", None, false),
        rule("hr", "pm-*", Some("IdP *"), true),
        rule("hr", "Dev", Some("Developers"), false),
    ];
    assert_eq!((config.policy.groups.mode, &config.policy.groups.rules[..]), (Mode::Push, &expected[..]));
    let pushed = |at: usize| match &config.sources[at].kind {
        SourceKind::File(file) => file.records.pushed.iter().map(Asked::text).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!((pushed(0), pushed(1)), (vec!["pm-*".to_owned(), "Dev".into()], vec!["Ops".to_owned()]));
}

#[test]
fn where_there_is_one_source_it_is_meant() {
    let config = parsed(&format!("{}[[group]]\nsource = 'Ops'\n", one()), &[]).expect("loads");
    assert_eq!(config.policy.groups.rules[0].from, "hr");
    let told = only_problem(&format!("{TWO}[[group]]\nsource = 'Ops'\n"));
    assert_eq!(
        told,
        "line 19: group[1].from: is missing, and there are several sources; \
         write which source has the group: hr, badges"
    );
    let told = only_problem(&format!("{TWO}[[group]]\nsource = 'Ops'\nfrom = 'HR'\n"));
    assert_eq!(told, "line 21: group[1].from: is the name of no [[source]]; write one of hr, badges");
}

#[test]
fn a_star_stands_for_something_on_both_sides() {
    for (rule, expected) in [
        ("source = 'a*b*'", "group[1].source: has more than one *; write one of them"),
        ("source = 'pm-*'\npostman = 'Ops'", "group[1].postman: would give many groups one name; write one *"),
        ("source = 'pm-*'\npostman = '* and *'", "group[1].postman: would give many groups one name; write one *"),
        ("source = 'ops'\npostman = 'Ops *'", "group[1].postman: has a * that stands for nothing"),
        ("source = ''", "group[1].source: is empty"),
        ("source = 'ops'\npostman = ''", "group[1].postman: is empty"),
        ("source = ['ops']", "group[1].source: must be a text in quotes, and is a list"),
        ("postman = 'Ops'", "group[1].source: is missing"),
        ("source = 'ops'\nadopt = 'yes'", "group[1].adopt: must be true or false, and is a text"),
    ] {
        let told = only_problem(&format!("{}[[group]]\n{rule}\n", one()));
        assert!(told.contains(expected), "{rule}: {told}");
    }
}

#[test]
fn one_group_stands_in_one_rule() {
    let told = only_problem(&format!("{}[[group]]\nsource = 'Ops'\n[[group]]\nsource = 'OPS'\n", one()));
    assert_eq!(told, "line 16: group[2].source: stands in another [[group]] already");
    let both = "[[group]]\nfrom = 'hr'\nsource = 'Ops'\n[[group]]\nfrom = 'badges'\nsource = 'Ops'\n";
    assert!(parsed(&format!("{TWO}{both}"), &[]).is_ok(), "two sources may call one alike");
}

#[test]
fn a_misspelled_key_is_told_with_its_line() {
    let told =
        only_problem(&format!("{}[[group]]\nsource = 'Ops'\n[[group]]\nsource = 'Dev'\npostmann = 'D'\n", one()));
    assert_eq!(told, "line 17: group[2].postmann: unknown key; did you mean \"postman\"?");
    let told = only_problem(&one().replace("groups = \"push\"", "groups = \"off\"\ncreate_group = false"));
    assert_eq!(told, "line 7: provisioning.create_group: unknown key; did you mean \"create_groups\"?");
    let told = problems(&format!("{}[group]\nsource = 'Ops'\n", one()), &[]);
    assert!(told.iter().any(|told| told.contains("[[group]]")), "{told:?}");
    let told = problems(&one(), &[("POSTMAN_SCIM_SYNC__GROUP__SOURCE", "Ops")]);
    assert!(told.iter().any(|told| told.contains("write a [[group]] in the configuration file")), "{told:?}");
}

#[test]
fn pushing_nothing_and_rules_without_pushing_are_told() {
    let told = only_problem(&one());
    assert!(told.starts_with("line 6: provisioning.groups: is \"push\", and no [[group]] says which"), "{told}");
    let told = only_problem(&format!("{}[[group]]\npostman = 'Ops'\n", one()));
    assert!(told.contains("group[1].source: is missing"), "there is one, and it is said what is wrong with it: {told}");
    let off = format!("{}[[group]]\nsource = 'Ops'\n", one().replace("\"push\"", "\"off\""));
    let config = parsed(&off, &[]).expect("loads");
    assert_eq!(config.policy.groups.rules, [], "nobody is asked for anything");
    assert!(
        config.warnings.iter().any(|warning| warning.contains("provisioning.groups is \"off\"")),
        "{:?}",
        config.warnings
    );
    let read_back = one().replace("\"push\"", "\"read_back\"");
    assert_eq!(parsed(&read_back, &[]).expect("loads").policy.groups.mode, Mode::ReadBack);
}

#[test]
fn a_file_that_is_asked_for_groups_has_a_column_of_them() {
    let text = format!("{}[[group]]\nsource = 'Ops'\n", one()).replace("groups = \"teams\"\n", "");
    let told = only_problem(&text);
    let expected = "line 7: source[1].groups: is missing while a [[group]] asks for groups of this source; \
                    name the column with the groups";
    assert_eq!(told, expected);
}

#[test]
fn problems_of_the_sources_are_not_told_twice() {
    let text = TWO[..TWO.find("[[source]]").unwrap()].to_owned() + "[[group]]\nsource = 'Ops'\nfrom = 'hr'\n";
    let told = problems(&text, &[]);
    assert!(told.len() == 1 && told[0].contains("there is no directory to read"), "{told:?}");
}
