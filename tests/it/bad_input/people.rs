//! People with bad names, addresses, ids and states, from the export to the team and into every report. Each of them is in
//! the team exactly as the directory has them, or is set aside with a note that says why; nobody else notices.

use std::collections::{BTreeMap, BTreeSet};

use postman_scim_sync::sandbox::{KeyState, Kind, Standing, Team};
use serde_json::{Value, json};

use super::corpus::{addresses, all, commands, strings};
use super::shown;
use crate::support::{KEY, Lab};

/// Those whom nothing is wrong with.
const PLAIN: usize = 20;

/// The words for a state, `source.active_values` and `source.inactive_values` as they are without a setting.
const ACTIVE: [&str; 5] = ["active", "true", "yes", "1", "enabled"];
const INACTIVE: [&str; 6] = ["inactive", "false", "no", "0", "disabled", "terminated"];

/// One entry of the export.
struct Entry {
    /// As it is written; the directory's id is this without surrounding blanks.
    id: String,
    given: String,
    family: String,
    mail: String,
    status: Value,
}

impl Entry {
    fn plain(n: usize) -> Self {
        let text = |word: &str| format!("{word}{n}");
        let (id, mail) = (text("plain-"), format!("plain{n}@acme.example"));
        Self { id, given: text("Given"), family: text("Family"), mail, status: json!("active") }
    }

    fn odd(n: usize) -> Self {
        Self { id: format!("odd-{n}"), mail: format!("odd{n}@acme.example"), ..Self::plain(n) }
    }

    fn key(&self) -> &str {
        self.id.trim()
    }

    fn json(&self) -> String {
        let Self { id, given, family, mail, status } = self;
        json!({ "id": id, "given": given, "family": family, "mail": mail, "status": status }).to_string()
    }
}

/// Every string in one place, or (`BAD_INPUT_ALL`) in all of them.
fn crowd() -> Vec<Entry> {
    let mut people: Vec<Entry> = Vec::new();
    let mut ids = BTreeSet::new();
    for (n, text) in strings().into_iter().enumerate() {
        let mut put = |place: usize, change: &dyn Fn(&mut Entry)| {
            if all() || n % 4 == place {
                let mut entry = Entry::odd(n * 4 + place);
                change(&mut entry);
                people.push(entry);
            }
        };
        put(0, &|entry| entry.given = text.clone());
        put(1, &|entry| entry.family = text.clone());
        put(2, &|entry| entry.status = json!(text));
        // A reading with an id that is none is refused as a whole; see `files`.
        let is_id = !text.trim().is_empty() && !text.trim().chars().any(char::is_control);
        if is_id && ids.insert(text.trim().to_owned()) {
            put(3, &|entry| entry.id = text.clone());
        }
    }
    let mails = strings().into_iter().enumerate().filter(|(n, _)| all() || n % 4 == 1).map(|(_, text)| text);
    for (n, mail) in addresses().into_iter().chain(mails).enumerate() {
        people.push(Entry { mail, ..Entry::odd(100_000 + n) });
    }
    people
}

fn export(lab: &Lab, people: &[&Entry]) {
    let lines: String = people.iter().map(|entry| entry.json() + "\n").collect();
    lab.write("people.jsonl", &format!("{lines}{{\"end\":true,\"count\":{}}}\n", people.len()));
}

fn lab() -> Lab {
    // Strangers whom an admin let in with such names: they are shown, and nobody of ours.
    let mut team = Team::new("Acme").verified("acme.example").key(KEY, KeyState::Active).member(
        "admin@acme.example",
        "Post",
        "Man",
    );
    for (n, text) in strings().iter().enumerate().filter(|(n, text)| n % 10 == 0 && !text.is_empty()) {
        team = team.member(&format!("stranger{n}@acme.example"), text, text);
    }
    let mut lab = Lab::new(team);
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.set("safety", "absence_wait = \"0s\"");
    lab.wide_open();
    lab.set("source", "path = \"people.jsonl\"");
    lab.set("source", "format = \"jsonl\"");
    // The rule takes K for k and Ü for ü, of whom the directory has two people; the test has its own below.
    lab.excuse("blind_repeat");
    lab
}

/// The plan's notes by the directory's id, each as JSON.
fn notes(report: &Value) -> BTreeMap<String, Vec<Value>> {
    let plan = if report["document"] == "cycle" { &report["proposal"]["plan"] } else { &report["plan"] };
    let mut notes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for note in plan["notes"].as_array().unwrap() {
        for id in [&note["id"]["id"], &note["ids"][0]["id"], &note["ids"][1]["id"], &note["new"]["id"]] {
            if let Some(id) = id.as_str() {
                notes.entry(id.to_owned()).or_default().push(note.clone());
            }
        }
    }
    notes
}

/// In the team as the directory has it, or set aside with a reason.
fn judge(lab: &Lab, people: &[&Entry], report: &Value) -> (usize, usize) {
    let (team, notes) = (lab.sandbox.team(), notes(report));
    let (mut synced, mut aside) = (0, 0);
    for entry in people {
        let state = entry.status.as_str().unwrap_or_default().trim().to_ascii_lowercase();
        let person = team.find(entry.mail.trim());
        let is_theirs = person.is_some_and(|person| {
            person.given == entry.given.trim()
                && person.family == entry.family.trim()
                && person.user_name == entry.mail.trim()
        });
        if !ACTIVE.contains(&state.as_str()) {
            assert!(person.is_none(), "taken for active: {}", entry.json());
            let is_told = INACTIVE.contains(&state.as_str()) || notes.contains_key(entry.key());
            assert!(is_told, "nobody was told: {}", entry.json());
            aside += 1;
            continue;
        }
        match (is_theirs, notes.get(entry.key())) {
            (true, None) => synced += 1,
            (_, Some(_)) => aside += 1,
            (false, None) => panic!("neither in the team nor told of: {} as {person:?}", entry.json()),
        }
    }
    (synced, aside)
}

#[test]
fn every_odd_person_is_in_the_team_or_told_of_and_nobody_else_notices() {
    let mut lab = lab();
    let (mut plain, odd): (Vec<Entry>, _) = ((0..PLAIN).map(Entry::plain).collect(), crowd());
    let strangers = lab.sandbox.standing(Standing::Active).len();
    export(&lab, &plain.iter().chain(&odd).collect::<Vec<_>>());
    every_plan_is_harmless(&lab);
    lab.set("log", "level = \"debug\"");
    lab.set("log", "format = \"json\"");
    let cycle = lab.run(&["sync", "--format", "json"]);
    let events = shown::log("the log", &cycle.err);
    let report = shown::json("sync", &cycle);
    assert!([0, 3].contains(&cycle.code), "exit {}: {}", cycle.code, report["stopped"]);
    assert!(lab.sandbox.writes().iter().all(|logged| logged.kind == Kind::Create), "people come, and nobody leaves");
    let writes = lab.sandbox.writes();
    let asked: BTreeSet<String> =
        writes.iter().flat_map(|logged| logged.user_name.as_deref()).map(str::to_ascii_lowercase).collect();
    assert_eq!(asked.len(), writes.len(), "each is asked for once");
    let (synced, aside) = judge(&lab, &odd.iter().collect::<Vec<_>>(), &report);
    assert!(
        synced > odd.len() / 4 && aside > odd.len() / 8,
        "{synced} in the team and {aside} set aside of {}",
        odd.len()
    );
    assert!(events >= synced, "each change is an event: {events}");
    lab.sandbox.clear_log();

    // One leaves and one has another name, beside all of these.
    plain[0].status = json!("inactive");
    plain[1].family = "Married".into();
    export(&lab, &plain.iter().chain(&odd).collect::<Vec<_>>());
    every_plan_is_harmless(&lab);
    shown::json("the second sync", &lab.run(&["sync", "--format", "json"]));
    let mut sent = lab.sent();
    sent.sort();
    assert_eq!(sent, ["deactivate plain0@acme.example", "rename plain1@acme.example"], "and nobody else");
    assert_eq!(lab.sandbox.standing(Standing::Deactivated).len(), 1);
    assert!(lab.sandbox.standing(Standing::Active).len() >= strangers + PLAIN - 1);

    // Nothing is left to do, also for those whom Postman shows otherwise than they were sent.
    lab.sandbox.clear_log();
    let again = lab.run(&["sync", "--refresh", "--format", "json"]);
    shown::json("sync again", &again);
    assert_eq!(lab.sent(), [""; 0], "a third cycle sends nothing");
    every_report_is_harmless(&mut lab, &odd);
    println!("{} people: {synced} in the team, {aside} set aside", odd.len());
}

fn every_plan_is_harmless(lab: &Lab) {
    shown::answered("plan", &lab.run(&["plan"]));
    shown::json("plan as JSON", &lab.plan());
    shown::markdown("plan as Markdown", &lab.run(&["plan", "--format", "markdown"]).out);
    let plan = lab.run(&["plan", "--format", "csv"]).exits(0);
    let rows = shown::csv("plan as CSV", &plan.out);
    assert!(rows.len() > 1 && rows.iter().all(|row| row.len() == rows[0].len()));
}

fn every_report_is_harmless(lab: &mut Lab, odd: &[Entry]) {
    lab.set("log", "level = \"info\"");
    for arguments in [
        &["sync"][..],
        &["status"],
        &["check"],
        &["history"],
        &["history", "--changes"],
        &["team", "users"],
        &["adopt", "--all"],
        &["fetch"],
    ] {
        shown::answered(&arguments.join(" "), &lab.run(arguments));
    }
    for arguments in [&["status"][..], &["team", "users"]] {
        let what = arguments.join(" ");
        shown::json(&what, &lab.run(&[arguments, &["--format", "json"]].concat()));
    }
    shown::csv("team users as CSV", &lab.run(&["team", "users", "--format", "csv"]).out);
    let history = lab.run(&["history", "--changes", "--format", "jsonl"]);
    shown::answered("history as JSON lines", &history);
    assert!(history.out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    // Their names as arguments; what the system passes to no program, and what would be an option, is left out.
    let names = odd.iter().map(|entry| &entry.mail).filter(|mail| !mail.contains('\0') && !mail.starts_with('-'));
    for mail in names.filter(|mail| all() || commands(mail).next().is_some()).take(if all() { 1000 } else { 6 }) {
        shown::answered("history of one", &lab.run(&["history", "--changes", "--who", mail]));
        shown::answered("adopt of one", &lab.run(&["adopt", mail]));
    }
}

#[test]
fn an_answer_of_postmans_with_odd_names_is_read_and_changes_nobody() {
    let mut team = Team::new("Acme\u{1b}[2J").verified("acme.example").key(KEY, KeyState::Active).member(
        "admin@acme.example",
        "Post",
        "Man",
    );
    let texts: Vec<String> = strings().into_iter().filter(|text| !text.is_empty()).collect();
    for (n, text) in texts.iter().enumerate().filter(|(n, _)| all() || n % 3 == 0) {
        team = team.member(&format!("{text}{n}"), text, text);
    }
    let lab = Lab::new(team);
    let people: Vec<Entry> = (0..PLAIN).map(Entry::plain).collect();
    let rows: String =
        people.iter().map(|e| format!("{},{},{},{},active\n", e.id, e.given, e.family, e.mail)).collect();
    lab.write("people.csv", &format!("id,given,family,mail,status\n{rows}"));
    every_plan_is_harmless(&lab);
    shown::answered("check", &lab.run(&["check"]));
    shown::answered("team users", &lab.run(&["team", "users"]));
    shown::csv("team users as CSV", &lab.run(&["team", "users", "--format", "csv"]).out);
    let plan = lab.plan().plan_id();
    shown::answered("sync", &lab.run(&["sync", "--approve", &plan]).exits(0));
    assert!(lab.sandbox.writes().iter().all(|logged| logged.kind == Kind::Create), "strangers stay as they are");
    assert_eq!(lab.sandbox.writes().len(), PLAIN);
}
