//! What one entry says about a person, without a file around it.
//!
//! Never: a test that would pass if unknown were taken for empty.

use serde_json::json;

use super::*;
use crate::core::groups::rules::Asked;

/// An id, a status, no groups.
pub fn records() -> RecordSettings {
    let values = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    RecordSettings {
        pushed: Vec::new(),
        id: "id".into(),
        active: Some("status".into()),
        active_values: values(&["active", "true", "1", "maybe"]),
        inactive_values: values(&["terminated", "false", "0", "maybe"]),
        groups: None,
        groups_separator: "|".into(),
    }
}

fn place() -> Place {
    Place::of(std::path::Path::new("people.json"))
}

fn understand(settings: &RecordSettings, entries: &[Value]) -> Result<Vec<DirectoryUser>, SourceError> {
    let mut people = People::new("hr", settings, Columns::configured(settings), place());
    let mut users = Vec::new();
    for (line, entry) in (1..).zip(entries) {
        let attributes = entry.as_object().expect("an object").clone();
        users.push(people.understand(Entry { line, attributes })?);
    }
    people.finish()?;
    Ok(users)
}

#[test]
fn active_is_yes_no_or_unknown() {
    let settings = records();
    for (entry, active, because) in [
        (json!({"status": "active"}), Active::Yes, r#"status = "active""#),
        (json!({"status": " ACTIVE\n"}), Active::Yes, r#"status = "ACTIVE""#),
        (json!({"status": true}), Active::Yes, r#"status = "true""#),
        (json!({"status": 1}), Active::Yes, r#"status = "1""#),
        (json!({"status": "Terminated"}), Active::No, r#"status = "Terminated""#),
        (json!({"status": false}), Active::No, r#"status = "false""#),
        (json!({"status": "0"}), Active::No, r#"status = "0""#),
        (
            json!({"status": "on leave"}),
            Active::Unknown,
            r#"status = "on leave" (neither in active_values nor in inactive_values)"#,
        ),
        (
            json!({"status": "maybe"}),
            Active::Unknown,
            r#"status = "maybe" (both in active_values and in inactive_values)"#,
        ),
        (
            json!({"status": 1.0}),
            Active::Unknown,
            r#"status = "1.0" (neither in active_values nor in inactive_values)"#,
        ),
        (json!({"status": "  "}), Active::Unknown, "status is empty"),
        (json!({"status": null}), Active::Unknown, "status is empty"),
        (json!({"status": ["active"]}), Active::Unknown, "status holds several values"),
        (json!({"status": {"is": "active"}}), Active::Unknown, "status holds several values"),
        (json!({}), Active::Unknown, "status is missing"),
    ] {
        let mut entry = entry;
        entry["id"] = json!("1");
        // The second person has the attribute, so it is not missing from the whole file.
        let users = understand(&settings, &[entry, json!({"id": "2", "status": "active"})]).unwrap();
        assert_eq!((users[0].active, users[0].active_because.as_str()), (active, because));
    }
}

#[test]
fn a_value_is_shown_short_and_without_control_characters() {
    let settings = records();
    let status = format!("\u{1b}[31m{}", "x".repeat(100));
    let users = understand(&settings, &[json!({"id": "1", "status": status})]).unwrap();
    let shown = format!("status = \"[31m{}\" (neither in active_values nor in inactive_values)", "x".repeat(60));
    assert_eq!(users[0].active_because, shown);
}

#[test]
fn without_an_active_column_everybody_is_active() {
    let settings = RecordSettings { active: None, ..records() };
    let users = understand(&settings, &[json!({"id": "1", "status": "terminated"})]).unwrap();
    assert_eq!(users[0].active, Active::Yes);
    assert_eq!(users[0].active_because, "every entry counts as active");
}

#[test]
fn groups_are_split_trimmed_and_never_guessed() {
    let settings = RecordSettings { groups: Some("teams".into()), ..records() };
    for (teams, groups, active) in [
        (json!("dev| ops ||"), &["dev", "ops"][..], Active::Yes),
        (json!(""), &[], Active::Yes),
        (json!([]), &[], Active::Yes),
        (json!(["dev", " a|b ", ""]), &["dev", "a|b"], Active::Yes),
        (json!(null), &[], Active::Unknown),
        (json!(7), &[], Active::Unknown),
        (json!(["dev", 7]), &[], Active::Unknown),
        (json!({"dev": true}), &[], Active::Unknown),
    ] {
        let users = understand(&settings, &[json!({"id": "1", "status": "active", "teams": teams})]).unwrap();
        assert_eq!(users[0].groups, groups);
        assert_eq!(users[0].active, active);
    }
}

#[test]
fn missing_groups_leave_an_explicit_no_alone() {
    let settings = RecordSettings { groups: Some("teams".into()), ..records() };
    let entries = [json!({"id": "1", "status": "terminated"}), json!({"id": "2", "status": "active", "teams": "dev"})];
    let users = understand(&settings, &entries).unwrap();
    assert_eq!((users[0].active, users[0].active_because.as_str()), (Active::No, r#"status = "terminated""#));
}

/// The groups that `[[group]]` asks for, and those of each entry.
fn asked(entries: &[Value]) -> (Vec<Vec<String>>, Vec<DirectoryGroup>) {
    let pushed = ["pm-*", "empty"].map(Asked::of).to_vec();
    let settings = RecordSettings { groups: Some("teams".into()), pushed, ..records() };
    let mut people = People::new("hr", &settings, Columns::configured(&settings), place());
    let mut understood = |(line, entry): (u64, &Value)| {
        let attributes = entry.as_object().expect("an object").clone();
        people.understand(Entry { line, attributes }).unwrap().in_groups
    };
    let in_groups = (1..).zip(entries).map(&mut understood).collect();
    (in_groups, people.finish().unwrap().1)
}

#[test]
fn asked_groups_are_handed_over_and_a_leaver_needs_none() {
    let (in_groups, found) = asked(&[
        json!({"id": "1", "status": "active", "teams": "dev|PM-web"}),
        json!({"id": "2", "status": "maybe", "teams": ["pm-Web", "pm-api"]}),
        json!({"id": "3", "status": "terminated"}),
        json!({"id": "4", "status": "active", "teams": ""}),
    ]);
    assert_eq!(in_groups, [vec!["pm-web"], vec!["pm-web", "pm-api"], vec![], vec![]]);
    let told: Vec<_> = found.iter().map(|group| group.found.as_ref().unwrap()).collect();
    let names: Vec<_> = told.iter().map(|group| (group.id.as_str(), group.name.as_str(), group.members)).collect();
    assert_eq!(names, [("pm-api", "pm-api", 1), ("pm-web", "PM-web", 2), ("empty", "empty", 0)]);
}

#[test]
fn an_entry_without_groups_leaves_every_asked_group_unknown() {
    for unknown in [
        json!({"id": "2", "status": "active"}),
        json!({"id": "2", "status": "maybe", "teams": null}),
        json!({"id": "2", "status": "active", "teams": 7}),
    ] {
        let (_, found) = asked(&[json!({"id": "1", "status": "active", "teams": "pm-web"}), unknown]);
        assert_eq!(found.len(), 2);
        for group in found {
            let why = group.found.unwrap_err();
            assert!(why.starts_with("people.json line 2: teams is"), "{why}");
        }
    }
}

#[test]
fn an_empty_separator_keeps_the_value_whole() {
    let settings = RecordSettings { groups: Some("teams".into()), groups_separator: String::new(), ..records() };
    let users = understand(&settings, &[json!({"id": "1", "status": "active", "teams": "dev ops"})]).unwrap();
    assert_eq!(users[0].groups, ["dev ops"]);
}

#[test]
fn ids_are_text_or_whole_numbers() {
    let settings = RecordSettings { active: None, ..records() };
    for (id, read) in
        [(json!("17"), "17"), (json!(" 17 "), "17"), (json!(17), "17"), (json!(-1), "-1"), (json!("ü"), "ü")]
    {
        assert_eq!(understand(&settings, &[json!({"id": id})]).unwrap()[0].id, SourceId::new("hr", read));
    }
    for (id, reason) in [
        (json!(""), "the id is empty"),
        (json!(" \t"), "the id is empty"),
        (json!(1.5), "neither text nor a whole number"),
        (json!(12_345_678_901_234_567_890_123.0), "neither text nor a whole number"),
        (json!(true), "neither text nor a whole number"),
        (json!(null), "neither text nor a whole number"),
        (json!(["1"]), "neither text nor a whole number"),
        (json!("1\u{0}2"), "a control character"),
    ] {
        let error = understand(&settings, &[json!({"id": id})]).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("people.json line 1: ") && error.contains(reason), "{error}");
    }
}

#[test]
fn an_attribute_that_nobody_has_is_a_wrong_setting() {
    let settings = RecordSettings { groups: Some("teams".into()), ..records() };
    for (entry, said) in [
        (json!({"id": "1", "Status": "active", "teams": ""}), "\"status\", which `active` names; it has: Status, id"),
        (json!({"id": "1", "status": "active", "team": ""}), "did you mean \"team\"?"),
        (json!({"ID": "1", "status": "active", "teams": ""}), "the entry has no attribute \"id\""),
    ] {
        let error = understand(&settings, &[entry]).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert!(understand(&settings, &[]).unwrap().is_empty());
}

#[test]
fn one_id_is_one_person() {
    let settings = RecordSettings { active: None, ..records() };
    let entries = [json!({"id": "1"}), json!({"id": "2"}), json!({"id": 2}), json!({"id": "1 "})];
    let error = understand(&settings, &entries).map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("people.json line 3: the same id as on line 2"), "{error}");
}

#[test]
fn there_is_a_most_of_entries() {
    let settings = RecordSettings { active: None, ..records() };
    let mut people = People::new("hr", &settings, Columns::configured(&settings), place());
    people.limit = 3;
    let mut entry = |line: u64| {
        let attributes = json!({"id": line}).as_object().cloned().unwrap_or_default();
        people.understand(Entry { line, attributes }).map(|_| ())
    };
    assert!((1..=3).all(|line| entry(line).is_ok()));
    assert!(entry(4).unwrap_err().to_string().contains("more than 3 entries"));
}

/// Bugs of `src/planted.rs` that these tests are there for.
#[cfg(feature = "planted")]
#[test]
fn planted_bugs_are_found() {
    use crate::planted::Bug;
    Bug::NullIsInactive.is_caught_by(active_is_yes_no_or_unknown);
    Bug::UnheardOfIsInactive.is_caught_by(active_is_yes_no_or_unknown);
}
