//! What may be shown, whatever stands in the data: judged from outside, by the rules of each format.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::corpus::commands;
use crate::support::Answer;

/// Nothing in it commands a terminal, and it did not panic.
#[track_caller]
pub fn harmless(what: &str, text: &str) {
    for line in text.split('\n') {
        let found: Vec<char> = commands(line).collect();
        assert!(found.is_empty(), "{what}: {found:?} in {line:?}");
    }
    assert!(!text.contains("panicked at"), "{what}: {text}");
}

/// Both streams of an answer, one of the program's own exit codes.
#[track_caller]
pub fn answered(what: &str, answer: &Answer) {
    assert!((0..=7).contains(&answer.code), "{what}: exit {}\n{}", answer.code, answer.err);
    harmless(what, &answer.out);
    harmless(what, &answer.err);
}

/// One JSON document.
#[track_caller]
pub fn json(what: &str, answer: &Answer) -> Value {
    answered(what, answer);
    answer.json()
}

/// As a spreadsheet reads it, which takes commas or semicolons: rows of one length, and no cell is a formula.
#[track_caller]
pub fn csv(what: &str, text: &str) -> Vec<Vec<String>> {
    harmless(what, text);
    for separator in [b',', b';'] {
        let mut rows = ::csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        for cell in rows.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
            let shown = cell.trim_start_matches([' ', '"']);
            assert!(!shown.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']), "{what}: {cell:?}");
        }
    }
    let mut rows = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows =
        rows.records().map(|row| row.unwrap_or_else(|e| panic!("{what}: {e}")).iter().map(str::to_owned).collect());
    rows.collect()
}

/// Markdown, and HTML that it may hold: outside of code there is nothing of the data that either would act on, and tables keep
/// their columns.
#[track_caller]
pub fn markdown(what: &str, text: &str) {
    harmless(what, text);
    let mut columns = None;
    for line in text.lines() {
        if line.starts_with('|') {
            let cells = line.replace("\\|", "").matches('|').count();
            assert_eq!(*columns.get_or_insert(cells), cells, "{what}: the table is broken: {line}");
        } else {
            columns = None;
        }
    }
    for line in text.split("```").step_by(2).flat_map(str::lines) {
        assert_eq!(line.matches('`').count() % 2, 0, "{what}: a code span that is not closed: {line}");
        let read: String = line.split('`').step_by(2).collect();
        assert!(!read.contains(['<', '[', '!', '@', '$', '&']), "{what}: {line}");
        assert!(!["javascript", "http", "www."].iter().any(|word| read.contains(word)), "{what}: {line}");
    }
}

/// RFC 2849: entries of attributes with their values, read by its grammar; what is no SAFE-STRING has to be base64.
#[track_caller]
pub fn ldif(text: &str) -> Vec<BTreeMap<String, Vec<String>>> {
    harmless("LDIF", text);
    assert!(text.is_ascii(), "LDIF is ASCII");
    let unfolded = text.replace("\n ", "");
    let mut entries = Vec::new();
    for record in unfolded.split("\n\n") {
        let mut entry: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in record.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no attribute: {line:?}"));
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-;.".contains(&b)), "{line:?}");
            let value = match value.strip_prefix(':') {
                Some(encoded) => String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).unwrap()).unwrap(),
                None => {
                    let value = value.strip_prefix(' ').unwrap_or(value);
                    assert!(!value.starts_with([' ', ':', '<']) && !value.ends_with(' '), "no SAFE-STRING: {line:?}");
                    value.to_owned()
                }
            };
            entry.entry(name.to_owned()).or_default().push(value);
        }
        if entry.contains_key("dn") {
            entries.push(entry);
        }
    }
    assert!(text.lines().all(|line| line.len() <= 78), "lines are folded");
    entries
}

/// The log on standard error: one event a line, each an object with its time and its level.
#[track_caller]
pub fn log(what: &str, text: &str) -> usize {
    harmless(what, text);
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{what}: {error}: {line:?}"));
        assert!(event["timestamp"].is_string() && event["level"].is_string(), "{what}: {line}");
    }
    text.lines().count()
}
