//! Properties of exports: what is taken is what a library of that format reads out of the same bytes, and nobody is
//! inactive without the word.

use futures_util::FutureExt;
use serde_json::{Map, Value};

use super::judge;
use crate::config::file_source::{FileSettings, Format};
use crate::config::records::RecordSettings;
use crate::core::model::{Active, DirectoryUser};
use crate::source::file::FileSource;
use crate::source::{Fold, Source};

const INACTIVE: [&str; 2] = ["terminated", "false"];

struct Kept(Vec<DirectoryUser>);

impl Fold for Kept {
    fn person(&mut self, user: DirectoryUser) {
        self.0.push(user);
    }
}

/// People with their id and status, if the file is whole. The state is looked at in either case.
fn read(data: &[u8], format: Format) -> Option<Vec<DirectoryUser>> {
    let path = std::env::temp_dir().join(format!("postman-scim-sync-fuzz-{}", std::process::id()));
    std::fs::write(&path, data).expect("a temporary file can be written");
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let records = RecordSettings {
        id: "id".into(),
        active: Some("status".into()),
        active_values: words(&["active", "true"]),
        inactive_values: words(&INACTIVE),
        groups: Some("groups".into()),
        groups_separator: "|".into(),
        pushed: Vec::new(),
    };
    let settings =
        FileSettings { path: path.clone(), format, records, delimiter: None, header: Vec::new(), manifest: None };
    let mut people = Kept(Vec::new());
    // It waits for nothing but its turn, after 512 entries, which no input here has.
    let evidence = FileSource::open("hr", &settings).read(&mut people).now_or_never();
    std::fs::remove_file(&path).expect("the file is there");
    let people = people.0;
    for user in &people {
        let said = user.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case("status")).map(|(_, value)| value);
        let said =
            said.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default();
        let is_inactive = INACTIVE.iter().any(|word| word.eq_ignore_ascii_case(said.trim()));
        judge(user, &user.id.id, is_inactive);
        assert!(user.active != Active::Unknown || !user.active_because.is_empty());
    }
    evidence?.ok()?;
    Some(people)
}

fn attributes(people: Vec<DirectoryUser>) -> Vec<Map<String, Value>> {
    people.into_iter().map(|user| user.attributes).collect()
}

/// The same rows as the csv crate.
pub fn csv(data: &[u8]) {
    let Some(people) = read(data, Format::Csv) else { return };
    let text = std::str::from_utf8(data).expect("a file that is taken is UTF-8").trim_start_matches('\u{feff}');
    let count = |delimiter: u8| {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        reader.records().collect::<Result<Vec<_>, _>>().map(|rows| rows.len())
    };
    // The delimiter is guessed from the header line; one of the three has to agree.
    let counts: Vec<usize> = [b',', b';', b'\t'].into_iter().filter_map(|delimiter| count(delimiter).ok()).collect();
    assert!(counts.contains(&people.len()), "{} rows, and the csv crate has {counts:?}", people.len());
}

/// The same list as serde_json.
pub fn json(data: &[u8]) {
    let Some(people) = read(data, Format::Json) else { return };
    let text = std::str::from_utf8(data).expect("a file that is taken is UTF-8").trim_start_matches('\u{feff}');
    let whole = serde_json::from_str::<Vec<Map<String, Value>>>(text).expect("taken here, so by serde_json");
    assert_eq!(attributes(people), whole);
}

/// The same lines as serde_json, without an end line.
pub fn json_lines(data: &[u8]) {
    let Some(people) = read(data, Format::JsonLines) else { return };
    let text = std::str::from_utf8(data).expect("a file that is taken is UTF-8").trim_start_matches('\u{feff}');
    let lines = text.split('\n').filter(|line| !line.trim().is_empty());
    let objects: Vec<Map<String, Value>> =
        lines.map(|line| serde_json::from_str(line).expect("taken here, so by serde_json")).collect();
    let read = attributes(people);
    let is_end = |object: &Map<String, Value>| object.get("end") == Some(&Value::Bool(true));
    let people = objects.iter().filter(|object| !is_end(object) || read.contains(object));
    assert_eq!(read.iter().collect::<Vec<_>>(), people.collect::<Vec<_>>());
}
