//! Input that somebody wrote to hurt: it is read as it stands or refused, and nothing panics.

use proptest::prelude::*;

use super::*;

const NASTY: &[&str] = &[
    "\u{202e}evil\u{202c}",
    "\u{200b}\u{200d}\u{feff}\u{ad}",
    "\u{1b}]0;title\u{7}\u{1b}[2J",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "İıſK",
    "e\u{301}é",
    "العربية",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "<!channel> *bold* `code`",
    "'; DROP TABLE known; --",
    "../../etc/passwd%00",
    "{{ 7*7 }}{% for x in range(100000) %}",
    "-0",
    "1e400",
    "null",
    "\u{10ffff}",
    "\u{80}\u{9f}\u{7f}",
];

#[test]
fn nasty_text_is_read_as_it_stands() {
    for nasty in NASTY {
        let object = serde_json::json!({"id": "7", "status": nasty, "mail": nasty});
        for (format, text) in [
            (Format::Csv, format!("id,status,mail\n7,\"{nasty}\",{nasty}\n")),
            (Format::Json, format!("[{object}]")),
            (Format::JsonLines, format!("{object}\n")),
        ] {
            let (evidence, people) = Export::new(format, text).read();
            assert!(evidence.is_ok(), "{nasty:?}: {evidence:?}");
            assert_eq!(people[0].attributes["mail"], *nasty);
            assert!(!people[0].active_because.chars().any(char::is_control));
        }
    }
}

#[test]
fn an_error_repeats_no_control_characters() {
    let error = Export::new(Format::Csv, "\u{1b}[2Jid,sta\u{7}tus\n").refusal();
    assert!(!error.chars().any(char::is_control), "{error:?}");
    let error = Export::new(Format::JsonLines, "{\"id\":1,\"\\u001b[2J\":1,\"\\u001b[2J\":1}\n").refusal();
    assert!(!error.chars().any(char::is_control), "{error:?}");
}

#[test]
fn deep_json_is_refused_and_does_not_overflow_the_stack() {
    for depth in [128, 129, 1_000, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            for (format, text) in [
                (Format::Json, format!("[{{\"id\":7,\"status\":{value}}}]")),
                (Format::JsonLines, format!("{{\"id\":7,\"status\":{value}}}\n")),
            ] {
                assert!(Export::new(format, text).refusal().contains("recursion limit exceeded"));
            }
        }
        assert!(!Export::new(Format::Json, "[".repeat(depth)).refusal().is_empty());
    }
    let value = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(Export::new(Format::Json, format!("[{{\"id\":7,\"status\":{value}}}]")).whole().len(), 1);
}

/// Bytes out of the alphabet in which JSON and CSV have their grammar, so that many of them nearly make sense.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\\",
        "\n",
        "\r",
        " ",
        "{\"id\":1}",
        "\"id\"",
        "id",
        "status",
        "1",
        "true",
        "\u{fc}",
        "{\"end\":true,\"count\":1}",
    ]);
    let bytes =
        prop_oneof![9 => piece.prop_map(|text| text.as_bytes().to_vec()), 1 => any::<u8>().prop_map(|b| vec![b])];
    prop::collection::vec(bytes, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// A list is cut into objects only where serde_json, which sees it whole, would do so.
    #[test]
    fn json_is_taken_only_if_serde_takes_it(tail in soup(), head in prop::sample::select(vec!["", "[", "[{\"id\":1}"])) {
        let bytes = [head.as_bytes(), &tail].concat();
        let mut export = Export::new(Format::Json, &bytes);
        export.settings.records.active = None;
        let (evidence, people) = export.read();
        let whole = serde_json::from_slice::<Vec<Map<String, Value>>>(&bytes);
        if evidence.is_ok() {
            let read: Vec<_> = people.into_iter().map(|user| user.attributes).collect();
            prop_assert_eq!(read, whole.expect("taken by us, so by serde_json"));
        } else if let Ok(objects) = whole {
            // Refused for what it says and not for how it is written: no id, or one id twice.
            prop_assert!(!objects.is_empty());
        }
    }

    /// Whatever CSV is taken, the csv crate reads the same rows out of it.
    #[test]
    fn csv_is_read_as_the_csv_crate_reads_it(tail in soup()) {
        let bytes = [b"id,status\n", tail.as_slice()].concat();
        let (evidence, people) = Export::new(Format::Csv, &bytes).read();
        if evidence.is_ok() {
            let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
            let rows: Vec<(String, String)> = reader.deserialize().map(|row| row.expect("a row")).collect();
            let text = |user: &DirectoryUser, key: &str| user.attributes[key].as_str().unwrap_or_default().to_owned();
            let read: Vec<_> = people.iter().map(|user| (text(user, "id"), text(user, "status"))).collect();
            prop_assert_eq!(read, rows);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in soup()) {
        for format in [Format::Csv, Format::Json, Format::JsonLines] {
            let _ = Export::new(format, &bytes).read();
        }
    }
}
