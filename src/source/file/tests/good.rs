//! Whole files, and what is read out of them.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::core::groups::rules::Asked;
use crate::core::groups::{DirectoryGroup, FoundGroup};
use crate::core::model::Active;
use crate::source::Found;

#[test]
fn a_csv_row_becomes_a_person() {
    let mut export = Export::new(
        Format::Csv,
        "id,mail,status,groups\r\n7,ada@acme.example,Active,dev | ops\r\n8,\"bob\r\nb\",terminated,\r\n9,c,,x\r\n",
    );
    export.settings.records.groups = Some("groups".into());
    let (evidence, people) = export.read();
    let whole = Evidence { groups_are_names: true, ..Evidence::of_listing("hr", 3) };
    assert_eq!(evidence.unwrap(), whole);
    assert_eq!(people[0].id, SourceId::new("hr", "7"));
    assert_eq!(people[0].attributes["mail"], "ada@acme.example");
    assert_eq!(people[0].groups, ["dev", "ops"]);
    assert_eq!(people[1].attributes["mail"], "bob\r\nb");
    let active: Vec<Active> = people.iter().map(|user| user.active).collect();
    assert_eq!(active, [Active::Yes, Active::No, Active::Unknown]);
    let places: Vec<&str> = people.iter().map(|user| user.place.as_str()).collect();
    assert_eq!(places, ["people.csv line 2", "people.csv line 3", "people.csv line 5"]);
}

#[test]
fn asked_groups_stand_in_the_evidence() {
    let mut export =
        Export::new(Format::Csv, "id,status,groups\n7,active,dev|PM-web\n8,terminated,pm-web\n9,active,\n");
    export.settings.records.groups = Some("groups".into());
    export.settings.records.pushed = vec![Asked::of("pm-*")];
    let (evidence, people) = export.read();
    let found = FoundGroup { id: "pm-web".into(), name: "PM-web".into(), members: 2 };
    assert_eq!(evidence.unwrap().groups, [DirectoryGroup { asked: "pm-*".into(), found: Ok(found) }]);
    let in_groups: Vec<&[String]> = people.iter().map(|person| person.in_groups.as_slice()).collect();
    assert_eq!(in_groups, [&["pm-web".to_owned()][..], &["pm-web".to_owned()], &[]]);
}

#[test]
fn csv_comes_in_many_spellings() {
    for (text, mail) in [
        ("\u{feff}id,mail,status\n7,a,active\n", "a"),
        ("\u{feff}\"id\";mail;status\r\n7;a;active\r\n", "a"),
        ("id\tmail\tstatus\r7\ta,b;c\tactive\r", "a,b;c"),
        ("id;\"mail\";\"status\";\"a,b,c,d,e,f\"\n7;a;active;\n", "a"),
        (" id , mail ,status\n7, a ,active\n", " a "),
        ("\n\nid,mail,status\n\n7,a,active\n\n\n", "a"),
        ("id,mail,status,,\n7,a,active,,\n", "a"),
        ("id,mail,status\n7,\"a \"\"b\"\", c\",active\n", "a \"b\", c"),
        ("id,mail,status\n7,=cmd|' /C calc'!A0,active\n", "=cmd|' /C calc'!A0"),
    ] {
        let people = Export::new(Format::Csv, text).whole();
        assert_eq!(people.len(), 1, "{text:?}");
        assert_eq!((people[0].0.as_str(), &people[0].1["mail"]), ("7", &json!(mail)), "{text:?}");
    }
}

#[test]
fn a_csv_of_one_column_needs_no_delimiter() {
    let mut export = Export::new(Format::Csv, "id\n1\n2\n");
    export.settings.records.active = None;
    assert_eq!(export.whole().len(), 2);
}

#[test]
fn a_set_delimiter_beats_the_guess() {
    let mut export = Export::new(Format::Csv, "id;a,b,c,d;status\n7;x;active\n");
    assert!(export.refusal().contains("no column \"id\""));
    export.settings.delimiter = Some(b';');
    assert_eq!(export.whole()[0].1["a,b,c,d"], "x");
}

#[test]
fn columns_are_renamed_and_found_by_either_name() {
    let header = || vec![("Employee ID".to_owned(), "id".to_owned()), ("E-Mail".to_owned(), "mail".to_owned())];
    for id in ["id", "Employee ID"] {
        let mut export = Export::new(Format::Csv, "Employee ID,E-Mail,status\n7,a,active\n");
        export.settings.header = header();
        export.settings.records.id = id.into();
        let people = export.whole();
        assert_eq!((people[0].0.as_str(), &people[0].1["mail"]), ("7", &json!("a")));
    }
}

#[test]
fn a_header_alone_is_a_complete_reading_of_nobody() {
    assert!(Export::new(Format::Csv, "id,mail,status\n").whole().is_empty());
    assert!(Export::new(Format::Json, " [ \n ] \n").whole().is_empty());
    assert!(Export::new(Format::JsonLines, "{\"end\":true,\"count\":0}\n").whole().is_empty());
}

#[test]
fn json_objects_keep_their_shape() {
    let text = "\u{feff}[\n {\"id\": 7, \"status\": true, \"name\": {\"givenName\": \"Ada, ]}\\\" L\"}},\n\n {\"id\":\n\
                \"8\", \"status\": null, \"tags\": [[1], {}]} ]";
    let (evidence, people) = Export::new(Format::Json, text).read();
    assert_eq!(evidence.unwrap().entries, 2);
    assert_eq!(people[0].attributes["name"]["givenName"], "Ada, ]}\" L");
    assert_eq!(people[1].attributes["tags"], json!([[1], {}]));
    let places: Vec<&str> = people.iter().map(|user| user.place.as_str()).collect();
    assert_eq!(places, ["people.json line 2", "people.json line 4"]);
}

#[test]
fn json_lines_with_and_without_an_end_line() {
    let lines =
        "{\"id\":\"7\",\"status\":\"active\"}\r\n\r\n  {\"id\":\"8\",\"status\":\"active\",\"end\":\"2030-01-01\"}\n";
    let (evidence, people) = Export::new(Format::JsonLines, lines).read();
    assert!(evidence.unwrap().checked.is_empty());
    assert_eq!(people[1].place, "people.jsonl line 3");
    // The end line needs no newline behind it: it says itself that it is the last.
    for end in ["{\"end\":true,\"count\":2}", "{\"count\":2, \"end\":true}\n\n"] {
        let evidence = Export::new(Format::JsonLines, format!("{lines}{end}")).read().0.unwrap();
        assert_eq!((evidence.entries, evidence.checked), (2, vec!["end line: 2 entries".to_owned()]));
    }
}

#[test]
fn a_manifest_is_checked_and_remembered() {
    let text = "id,status\n7,active\n8,active\n";
    for (manifest, checked) in [
        (r#"{"rows":2}"#.to_owned(), "manifest: 2 rows"),
        (format!(r#"{{"sha256":"{}"}}"#, sha256(text.as_bytes())), "manifest: sha256 matches"),
        (format!(r#"{{"rows":2,"sha256":"{}"}}"#, sha256(text.as_bytes())), "manifest: 2 rows, sha256 matches"),
    ] {
        let evidence = Export::new(Format::Csv, text).manifest(&manifest).read().0.unwrap();
        assert_eq!(evidence.checked, [checked]);
    }
}

#[test]
fn a_checksum_stands_in_for_the_last_newline() {
    for (format, text) in
        [(Format::Csv, "\u{feff}id,status\n7,active"), (Format::JsonLines, "{\"id\":7,\"status\":\"active\"}")]
    {
        let manifest = format!(r#"{{"sha256":"{}"}}"#, sha256(text.as_bytes()));
        assert_eq!(Export::new(format, text).manifest(&manifest).whole().len(), 1);
    }
}

#[test]
fn entries_arrive_in_file_order_over_many_buffers() {
    let rows: String = (0..20_000).map(|n| format!("{n},person-{n}@acme.example,active\n")).collect();
    let people = Export::new(Format::Csv, format!("id,mail,status\n{rows}")).whole();
    assert!(people.iter().enumerate().all(|(n, (id, _))| *id == n.to_string()));
    assert_eq!(people.len(), 20_000);
}

#[test]
fn a_source_says_what_it_is() {
    for (format, described) in [
        (Format::Csv, "file people.csv (csv)"),
        (Format::Json, "file people.json (json)"),
        (Format::JsonLines, "file people.jsonl (jsonl)"),
    ] {
        let export = Export::new(format, "");
        let source = FileSource::open("hr", &export.settings);
        assert_eq!((source.name(), source.describe().as_str()), ("hr", described));
        let looked_up = run(source.look_up(&[SourceId::new("hr", "7")])).unwrap();
        assert!(matches!(looked_up.found[..], [Found::CannotAsk]));
    }
}

/// Any text that may stand in a file: all of Unicode but NUL, and often what CSV and JSON give a meaning to.
fn value() -> impl Strategy<Value = String> {
    let special =
        prop::sample::select(vec!['"', ',', ';', '\t', '\n', '\r', '\\', '{', '}', '[', ']', ' ', '\u{feff}']);
    prop::collection::vec(prop_oneof![special, any::<char>()], 0..12)
        .prop_map(|chars| chars.into_iter().filter(|c| *c != '\0').collect())
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1..5_usize).prop_flat_map(|columns| prop::collection::vec(prop::collection::vec(value(), columns), 0..8))
}

proptest! {
    /// What a CSV writer wrote, with any delimiter and line end, is read as it was.
    #[test]
    fn csv_round_trip(
        rows in table(),
        delimiter in prop::sample::select(vec![b',', b';', b'\t']),
        crlf in any::<bool>(),
    ) {
        let terminator = if crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
        let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(Vec::new());
        let columns = rows.first().map_or(1, Vec::len);
        let header = std::iter::once("id".to_owned()).chain((0..columns).map(|n| format!("c{n}")));
        writer.write_record(header).unwrap();
        for (n, row) in rows.iter().enumerate() {
            writer.write_record(std::iter::once(&n.to_string()).chain(row)).unwrap();
        }
        let mut export = Export::new(Format::Csv, writer.into_inner().unwrap());
        export.settings.records.active = None;
        let people = export.whole();
        prop_assert_eq!(people.len(), rows.len());
        for (n, row) in rows.iter().enumerate() {
            for (c, value) in row.iter().enumerate() {
                prop_assert_eq!(&people[n].1[&format!("c{c}")], value);
            }
        }
    }

    /// What serde_json wrote, compact or pretty, is read as it was.
    #[test]
    fn json_round_trip(rows in table(), pretty in any::<bool>()) {
        let object = |(n, row): (usize, &Vec<String>)| json!({"id": n, "row": row, "deep": {"row": row}});
        let objects: Vec<Value> = rows.iter().enumerate().map(object).collect();
        let array = if pretty { serde_json::to_vec_pretty(&objects) } else { serde_json::to_vec(&objects) }.unwrap();
        let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
        // A file without anything in it is refused, so JSON Lines of nobody has its end line.
        let lines = format!("{lines}{{\"end\":true,\"count\":{}}}\n", objects.len());
        for (format, bytes) in [(Format::Json, array), (Format::JsonLines, lines.into_bytes())] {
            let mut export = Export::new(format, bytes);
            export.settings.records.active = None;
            let read: Vec<Value> = export.whole().into_iter().map(|(_, attributes)| attributes.into()).collect();
            prop_assert_eq!(&read, &objects);
        }
    }
}
