//! `check`: what it says when all is well, and about each part that is not.

use postman_scim_sync::sandbox::{Standing, Team};

use crate::support::{KEY, Lab, Lines, crowd, team};

#[test]
fn all_is_well_and_nothing_is_changed() {
    let lab = Lab::new(team());
    lab.export(&crowd(3));
    let answer = lab.run(&["check"]).exits(0);
    let said = answer.out.flat();
    for part in [
        "ok configuration:",
        "will be made by the first `sync`",
        "3 entries, 3 in scope, 0 inactive, 3 understood, 3 with a known state",
        "the key opens a team of 1 member",
        "protected account admin@acme.example: an active member",
        "Next: `postman-scim-sync plan --config ",
    ] {
        assert!(said.contains(part), "{part:?} is missing in\n{}", answer.out);
    }
    assert!(lab.sandbox.writes().is_empty());
    assert!(!lab.path("state").exists());
}

#[test]
fn the_state_is_looked_at_too() {
    let lab = Lab::in_step(team(), &crowd(3));
    let answer = lab.run(&["check"]).exits(0);
    let said = answer.out.flat();
    assert!(
        said.contains("managed members: 3 active, 0 deactivated; audit chain of") && said.contains("unbroken"),
        "{said}"
    );
    let database = rusqlite::Connection::open(lab.path("state/state.db")).unwrap();
    let guards = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'";
    let drop_guards: String = database.query_row(guards, [], |row| row.get(0)).unwrap();
    database.execute_batch(&drop_guards).unwrap();
    database.execute_batch("UPDATE audit SET detail = detail || ' ' WHERE seq = 2").unwrap();
    drop(database);
    let answer = lab.run(&["check"]).exits(1);
    assert!(answer.out.contains("the audit chain breaks at record 2"), "{}", answer.out);
}

#[test]
fn people_of_a_source_name_that_is_no_more_are_named() {
    let lab = Lab::in_step(team(), &crowd(3));
    let text = std::fs::read_to_string(lab.path("config.toml")).unwrap();
    lab.write("config.toml", &text.replace("name = \"hr\"", "name = \"people\""));
    let said = lab.run(&["check"]).exits(0).out;
    assert!(said.contains("warn  state: 3 members are bound to the source name \"hr\""), "{said}");
    let said = lab.run(&["plan"]).exits(0).out;
    assert!(said.contains("    hr  3 members\n") && said.contains("give it the old one back"), "{said}");
    lab.write("config.toml", &text);
    assert!(!lab.run(&["check"]).exits(0).out.contains("bound to the source name"));
    std::fs::remove_file(lab.path("people.csv")).unwrap();
    assert!(!lab.run(&["plan"]).exits(1).out.contains("give it the old one back"), "the name is as it was");
    let why = "cannot read the file";
    assert_eq!(lab.run(&["plan"]).exits(1).out.matches(why).count(), 1, "told once");
    lab.run(&["sync"]).exits(1);
    let told = lab.run(&["history"]).exits(0).out;
    assert!(told.contains("not read: people.csv: cannot read the file"), "{told}");
}

#[test]
fn a_protected_account_that_is_not_there_is_a_warning() {
    let nobody = Team::new("Acme").key(KEY, postman_scim_sync::sandbox::KeyState::Active);
    let gone = nobody.clone().person("admin@acme.example", "Post", "Man", Standing::Deactivated);
    for (team, says) in [(nobody, "is it spelled as in Postman?"), (gone, "a member, and deactivated")] {
        let lab = Lab::new(team);
        lab.export(&crowd(1));
        let answer = lab.run(&["check"]).exits(0);
        assert!(answer.out.contains("warn") && answer.out.contains(says), "{}", answer.out);
    }
}

#[test]
fn a_directory_that_is_only_half_understood_is_a_warning_and_one_that_fails_an_error() {
    let lab = Lab::new(team());
    let mut people = crowd(3);
    people[1].mail = "no address".into();
    lab.export(&people);
    let answer = lab.run(&["check"]).exits(0);
    assert!(answer.out.contains("warn") && answer.out.contains("2 understood"), "{}", answer.out);
    std::fs::remove_file(lab.path("people.csv")).unwrap();
    let answer = lab.run(&["check"]).exits(1);
    assert!(answer.out.contains("FAIL  source hr") && answer.out.contains("->"), "{}", answer.out);
    assert!(answer.out.contains("the key opens a team"), "the other parts are tested all the same: {}", answer.out);
}

#[test]
fn a_state_that_cannot_be_made_is_said_before_the_first_sync() {
    let lab = Lab::new(team());
    lab.export(&crowd(2));
    let text = std::fs::read_to_string(lab.path("config.toml")).unwrap();
    // A file where a folder would have to be: nobody can write there, root neither.
    let inside_a_device = text.replace("state/state.db", "/proc/self/nowhere/state.db");
    lab.write("config.toml", &inside_a_device);
    let answer = lab.run(&["check"]).exits(1);
    assert!(answer.out.contains("cannot be made") && answer.out.contains("state.path"), "{}", answer.out);
}

/// A renamed attribute is named where people are sent to look for it, and nobody in the team counts as a stranger then.
#[test]
fn an_export_that_is_not_understood_is_told_with_an_example() {
    let lab = Lab::in_step(team(), &crowd(3));
    lab.write("people.csv", "id,given,surname,mail,status\n1,Ada,Byron,p1@acme.example,active\n");
    let check = lab.run(&["check"]).exits(1);
    assert!(
        check.out.flat().contains("people.csv line 2: nothing in mapping.family_name = \"family\""),
        "{}",
        check.out
    );
    let plan = lab.run(&["plan", "--refresh"]);
    assert!(plan.out.flat().contains("For example people.csv line 2: nothing in mapping.family_name"), "{}", plan.out);
    assert!(!plan.out.contains("not at the directory"), "{}", plan.out);
}

#[test]
fn a_mapping_that_understands_nobody_is_told_with_what_there_is() {
    let mut lab = Lab::new(team());
    let mut people = crowd(3);
    // One who left is understood without a mapping, and says nothing about it.
    people[0].status = "inactive".into();
    lab.export(&people);
    lab.set("mapping", "user_name = \"mial\"");
    let said = lab.run(&["check"]).exits(1).out.flat();
    for part in
        ["FAIL source hr", "0 understood", "did you mean \"mail\" by \"mial\"?", "entries have family, given, id, mail"]
    {
        assert!(said.contains(part), "{part:?} is missing in\n{said}");
    }
}
