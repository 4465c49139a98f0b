//! `fetch`: what the file source reads back is the same directory; anonymized, nothing of it is left.

use std::os::unix::fs::PermissionsExt;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::support::{Answer, Lab, Row, crowd, row, team};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a plan does and says, without where in the file each entry stands.
fn essence(answer: &Answer) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                ["why", "place", "because", "difference", "context"].iter().for_each(|key| {
                    fields.remove(*key);
                });
                fields.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut plan = answer.json()["plan"].clone();
    strip(&mut plan);
    plan
}

/// Points the lab's source at a file that `fetch` wrote, by what it says on standard error.
fn read_back(lab: &mut Lab, told: &str) {
    for key in ["path", "format", "active", "groups"] {
        let line = told.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
        lab.set("source", line);
    }
    let config = std::fs::read_to_string(lab.path("config.toml")).unwrap();
    let id = told.lines().find(|line| line.starts_with("id = ")).unwrap();
    lab.write("config.toml", &config.replace("\nid = \"id\"\n", &format!("\n{id}\n")));
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// People with whatever a person may be called, and whatever an export holds besides.
fn odd_people() -> String {
    let mut runner = TestRunner::deterministic();
    let text = proptest::string::string_regex("[ -~äßéłØ山\u{301}\u{200b}\u{202e}\t]{0,12}").unwrap();
    let mut csv = "id,given,family,mail,status,teams,note\n".to_owned();
    for n in 0..300 {
        let mut odd = || text.new_tree(&mut runner).unwrap().current();
        let (given, family, note, id) = (odd(), odd(), odd(), odd());
        let id = format!("{n} {}", id.replace(['\t', '\u{202e}'], ""));
        let mail = if n % 9 == 0 { odd() } else { format!("P{n}@acme.example") };
        let status = ["active", "Inactive", "on leave", "", "TRUE", " terminated "][n % 6];
        let teams = ["", "postman", "a|Postman", "other"][n % 4];
        let cells = [&id, &given, &family, &mail, status, teams, &note].map(quoted);
        csv.push_str(&(cells.join(",") + "\n"));
    }
    csv
}

#[test]
fn the_same_plan_follows_from_what_was_fetched() {
    let mut lab = Lab::new(team());
    lab.set("source", "groups = \"teams\"");
    lab.set("scope", "groups = [\"POSTMAN\"]");
    lab.set("safety", "first_sync = \"apply\"");
    lab.wide_open();
    lab.write("people.csv", &odd_people());
    let before = lab.plan();
    assert!(before.json()["plan"]["changes"].as_array().unwrap().len() > 20 && before.notes().len() > 20);
    let out = lab.path("fetched.jsonl");
    let answer = lab.run(&["fetch", "--out", out.to_str().unwrap()]).exits(0);
    assert!(answer.out.is_empty(), "{}", answer.out);
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    // What is printed is what is written.
    let text = std::fs::read_to_string(&out).unwrap();
    assert_eq!(lab.run(&["fetch"]).exits(0).out, text);
    assert_eq!(lines(&text).len(), 301);
    assert!(!text.contains('\u{202e}') && text.contains("\\u202e"), "nothing commands a terminal");

    read_back(&mut lab, &answer.err);
    assert_eq!(essence(&lab.plan()), essence(&before));
    assert!(lab.plan().out.contains("end line: 300 entries"));
    // Fetched once more, it is the same.
    assert_eq!(lines(&lab.run(&["fetch"]).exits(0).out), lines(&text));
}

#[test]
fn nested_values_numbers_and_missing_states_come_back_as_they_were() {
    let mut lab = Lab::new(team());
    lab.set("source", "path = \"people.json\"");
    lab.write(
        "people.json",
        r#"[{"id": 17, "mail": "a@acme.example", "given": {"x": [1, 2.5, null]}, "family": "F", "status": true},
            {"id": "18", "mail": "b@acme.example", "given": "G", "family": "F"}]"#,
    );
    let answer = lab.run(&["fetch"]).exits(0);
    let found = lines(&answer.out);
    assert_eq!(found[0]["given"], serde_json::json!({"x": [1, 2.5, null]}));
    assert_eq!((&found[0]["directory_id"], &found[0]["id"]), (&"17".into(), &17.into()));
    let states: Vec<&Value> = found.iter().map(|entry| &entry["directory_active"]).collect();
    assert_eq!(states, [&Value::from("active"), &"unknown".into(), &Value::Null]);
    assert_eq!(found[2], serde_json::json!({"end": true, "count": 2}));
}

#[test]
fn a_reading_that_is_not_whole_has_no_end_line_and_leaves_no_file() {
    let lab = Lab::new(team());
    lab.export(&crowd(3));
    let whole = std::fs::read_to_string(lab.path("people.csv")).unwrap();
    let twice = format!("{whole}1,Given1,Family1,p1@acme.example,active\n");
    let out = lab.path("out.jsonl");
    std::fs::write(&out, "of yesterday\n").unwrap();
    for text in [&whole[..whole.len() - 1], &whole[..whole.len() - 12], &twice] {
        lab.write("people.csv", text);
        let printed = lab.run(&["fetch"]).exits(1);
        assert!(!printed.out.contains("\"end\"") && printed.err.contains("no end line"), "{}", printed.out);
        lab.run(&["fetch", "--out", out.to_str().unwrap()]).exits(1);
        assert_eq!(std::fs::read_to_string(&out).unwrap(), "of yesterday\n");
    }
    let left = std::fs::read_dir(lab.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.filter(|name| name.to_string_lossy().contains("out.jsonl")).count(), 1);
}

#[test]
fn names_of_ours_are_refused() {
    let lab = Lab::new(team());
    lab.write("people.csv", "id,given,family,mail,status,directory_active\n1,A,B,a@acme.example,active,surely\n");
    let answer = lab.run(&["fetch"]).exits(1);
    assert!(answer.err.contains("directory_active of its own") && !answer.out.contains("\"end\""), "{}", answer.err);
    lab.export(&[]);
    assert_eq!(lab.run(&["fetch"]).exits(0).out, "{\"end\":true,\"count\":0}\n");
    assert!(lab.sandbox.log().is_empty(), "nothing was asked of Postman");
}

/// Values that cannot stand anywhere by chance.
fn tellable() -> (String, Vec<String>) {
    let mut csv = "id,given,family,mail,status,teams,birthday,manager\n".to_owned();
    let mut values = Vec::new();
    for n in 0..40 {
        let person = [
            format!("EMP-{n:05}"),
            format!("Givenname{n:03}"),
            format!("Fämily{n:03}"),
            format!("{}{n:03}@{}.test", if n % 2 == 0 { "Login" } else { "login" }, ["corp", "subsidiary"][n % 2]),
            format!("19{:02}-07-{:02}", n + 40, n % 28 + 1),
            format!("login{:03}@corp.test", n / 7),
        ];
        let teams = format!("squad{:02}|Crew{:02}", n % 4, n % 5);
        let status = ["active", "terminated", "parental leave"][n % 3];
        let [id, given, family, mail, birthday, manager] = &person;
        csv.push_str(&format!("{id},{given},{family},{mail},{status},{teams},{birthday},{manager}\n"));
        values.extend(person.iter().cloned());
        values.extend(teams.split('|').map(str::to_owned));
    }
    values.extend(["corp.test", "subsidiary.test", "subsidiary", "parental", "leave"].map(str::to_owned));
    (csv, values)
}

#[test]
fn anonymized_nothing_of_a_value_is_left_and_what_matters_is() {
    let mut lab = Lab::new(team());
    lab.set("source", "groups = \"teams\"");
    lab.set("scope", "groups = [\"squad01\"]");
    lab.set("postman", "verified_domains = [\"corp.test\"]");
    let (csv, values) = tellable();
    lab.write("people.csv", &csv);
    lab.write("salt", "an obviously false salt of a test");
    let salt = lab.path("salt").display().to_string();
    let salted = ["fetch", "--anonymize", "--salt-file", salt.as_str()];
    let (random, given) = (lab.run(&["fetch", "--anonymize"]).exits(0), lab.run(&salted).exits(0));
    for text in [&random.out, &given.out, &random.err, &given.err] {
        let folded = text.to_lowercase();
        for value in &values {
            assert!(!folded.contains(&value.to_lowercase()), "{value} is left:\n{text}");
        }
    }
    assert_eq!(given.out, lab.run(&salted).exits(0).out, "the same salt, the same pseudonyms");
    assert_ne!(random.out, lab.run(&["fetch", "--anonymize"]).exits(0).out, "a salt of its own each time");

    let entries = lines(&random.out);
    let text = |at: usize, key: &str| entries[at][key].as_str().unwrap().to_owned();
    assert_eq!((text(0, "status"), text(1, "status")), ("active".into(), "terminated".into()));
    assert_eq!(text(2, "directory_active"), "unknown");
    assert_eq!(text(2, "status"), text(5, "status"), "equal values are equal");
    assert!(text(0, "mail").ends_with("@verified-1.example") && !text(1, "mail").contains("verified"));
    assert!(text(0, "mail").eq_ignore_ascii_case(&text(0, "manager")) && text(0, "mail") != text(0, "manager"));
    assert!(!text(0, "family").is_ascii() && text(0, "given").is_ascii());
    assert_eq!(entries[1]["directory_groups"][0], "scope-group-1");
    assert_eq!(entries[1]["directory_groups"][1], entries[6]["directory_groups"][1], "the same crew");

    // The same kinds of changes for as many people: the fault that somebody looks for is still there.
    let mut kinds = Vec::new();
    for answer in [lab.plan(), {
        let out = lab.path("anonymous.jsonl").display().to_string();
        let told = lab.run(&["fetch", "--anonymize", "--out", &out]).exits(0).err;
        lab.set("scope", "groups = [\"scope-group-1\"]");
        lab.set("postman", "verified_domains = [\"verified-1.example\"]");
        read_back(&mut lab, &told);
        lab.plan()
    }] {
        kinds.push((answer.json()["plan"]["changes"].as_array().unwrap().len(), answer.notes()));
    }
    assert_eq!(kinds[0], kinds[1]);
    assert!(kinds[0].0 > 0);
}

#[test]
fn what_was_fetched_can_be_fetched_anonymized() {
    let mut lab = Lab::new(team());
    lab.set("source", "groups = \"teams\"");
    lab.set("scope", "groups = [\"squad01\"]");
    lab.write("people.csv", &tellable().0);
    // In a folder of its own, under a name that has to be quoted, and relative to another one than the configuration's.
    std::fs::create_dir(lab.path("odd \"folder\"")).unwrap();
    let mut fetch = lab.command(&["fetch", "--out", "./fetched.jsonl"]);
    let told: Answer = fetch.current_dir(lab.path("odd \"folder\"")).output().unwrap().into();
    read_back(&mut lab, &told.exits(0).err);
    let answer = lab.run(&["fetch", "--anonymize"]).exits(0);
    let entries = lines(&answer.out);
    assert_eq!(entries.len(), 41);
    let states: Vec<&str> = entries[..3].iter().map(|entry| entry["directory_active"].as_str().unwrap()).collect();
    assert_eq!(states, ["active", "inactive", "unknown"]);
    assert_eq!(entries[1]["directory_groups"][0], "scope-group-1");
    assert!(!answer.out.contains("squad") && !answer.out.contains("EMP-"), "{}", answer.out);
}

#[test]
fn a_file_in_use_is_not_written_over() {
    let mut lab = Lab::in_step(team(), &crowd(2));
    lab.write("people.manifest.json", "{\"rows\":2}");
    lab.set("source", "manifest = \"people.manifest.json\"");
    lab.write("salt", "an obviously false salt of a test");
    std::os::unix::fs::symlink(lab.path("people.csv"), lab.path("link.csv")).unwrap();
    std::os::unix::fs::symlink(lab.folder.path(), lab.path("here")).unwrap();
    let salt = lab.path("salt").display().to_string();
    let used = ["config.toml", "people.csv", "link.csv", "here/people.csv", "people.manifest.json", "scim.key"];
    for name in used.into_iter().chain(["state/state.db", "state/state.db-wal", "salt"]) {
        let path = lab.path(name);
        let before = std::fs::read(&path).ok();
        let path = path.display().to_string();
        for command in [&["fetch", "--anonymize", "--salt-file", &salt, "--out", &path][..], &["plan", "--out", &path]]
        {
            if command[0] == "plan" && name == "salt" {
                continue;
            }
            let answer = lab.run(command).exits(2);
            assert!(answer.err.contains("would be lost"), "{name}: {}", answer.err);
            assert_eq!(std::fs::read(&path).ok(), before, "{name}");
        }
    }
    assert!(std::fs::symlink_metadata(lab.path("link.csv")).unwrap().is_symlink());
}

#[test]
fn nobody_is_left_in_a_file_when_it_is_asked_to_end() {
    let mut lab = Lab::new(team());
    lab.source("type = \"exec\"\ncommand = [\"/bin/sh\", \"export.sh\"]\nid = \"id\"");
    let line = "{\\\"id\\\":\\\"1\\\",\\\"mail\\\":\\\"a@acme.example\\\"}";
    lab.write("export.sh", &format!("echo \"{line}\"; echo $$ >itself; exec sleep 1000"));
    for (signal, command) in [("TERM", "fetch"), ("INT", "fetch"), ("INT", "plan")] {
        let _ = std::fs::remove_file(lab.path("itself"));
        let out = lab.path("out.jsonl").display().to_string();
        let (null, piped) = (std::process::Stdio::null(), std::process::Stdio::piped());
        let child = lab.command(&[command, "--out", &out]).stdout(null).stderr(piped).spawn().unwrap();
        let started = (0..1200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            lab.path("itself").exists()
        });
        assert!(started);
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        let answer: Answer = child.wait_with_output().unwrap().into();
        assert!(answer.exits(1).err.contains("asked to end"));
        let left = std::fs::read_dir(lab.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.filter(|name| name.to_string_lossy().contains("out.jsonl")).count(), 0);
    }
}

#[test]
fn a_salt_that_could_be_guessed_is_refused() {
    let lab = Lab::new(team());
    lab.export(&[row("1", "A", "B", "a")] as &[Row]);
    lab.write("salt", "short");
    let salt = lab.path("salt").display().to_string();
    let answer = lab.run(&["fetch", "--anonymize", "--salt-file", &salt]).exits(2);
    assert!(answer.err.contains("shorter than 16 bytes") && answer.out.is_empty(), "{}", answer.err);
    assert!(!answer.err.contains("\"short\""));
    lab.run(&["fetch", "--salt-file", &salt]).exits(2);
}
