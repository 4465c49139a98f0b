//! Files that are refused whole, each with its reason and place.

use std::io::Write;

use super::*;

fn refused(format: Format, table: &[(&[u8], &str)]) {
    for (bytes, said) in table {
        let error = Export::new(format, bytes).refusal();
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
        assert!(error.contains(said), "{text:?}\nwas refused with:  {error}\ninstead of:  {said}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    for format in [Format::Csv, Format::Json, Format::JsonLines] {
        refused(
            format,
            &[
                (b"", "the file is empty"),
                (b"\n \r\n\t", "the file is empty"),
                (b"\xEF\xBB\xBF", "the file is empty"),
                (b"\xFF\xFEi\0d\0", "line 1: the file is UTF-16"),
                (b"\xFE\xFF\0i\0d", "line 1: the file is UTF-16"),
                (b"PK\x03\x04xl/workbook", "an Excel workbook"),
                (b"\x1F\x8B\x08", "compressed with gzip"),
                (b"\n<!DOCTYPE html><html>id,status\n", "begins with \"<\""),
                (b"\xEF\xBB\xBF<?xml version=\"1.0\"?>", "begins with \"<\""),
            ],
        );
    }
}

#[test]
fn csv_that_is_not_what_it_should_be() {
    refused(
        Format::Csv,
        &[
            (b"i\0d\0,\0\n", "line 1: a NUL byte"),
            (b"id,status\n7,act\xE9\n", "people.csv line 2: not UTF-8"),
            (b"id,status\n7,act\xC3,\n\xA9\n", "line 2: the row has 3 fields"),
            (b"id,\xE9\n7,a\n", "line 1: not UTF-8"),
            (b"id,status\n7,a\0\n", "line 2: a NUL byte"),
            (b"id,status\n1,active\n7\n", "line 3: the row has 1 fields and the header 2"),
            (b"id,status\n7,active,x\n", "line 2: the row has 3 fields and the header 2"),
            (b"id,status\n7,\"active\n8,active\n", "line 2: a quote is opened here and never closed"),
            (b"id,status\n7,\"act\"ive\n", "line 2: a quote inside a value"),
            (b"id,status\n7,\"active\" \n", "text behind a closing quote"),
            (b"id,status\n7, \"active\"\n", "line 2: a quote inside a value"),
            (b"id,status\n7,a\"b\n", "line 2: a quote inside a value"),
            (b"id,status\n7,active", "line 2: the last line has no newline"),
            (b"id,status", "line 1: the last line has no newline"),
            (b"id,status\n,active\n", "line 2: the id is empty"),
            (b"id,status\n7,active\n,\n", "line 3: the id is empty"),
            (b"id,status\n7,active\n8,active\n7,terminated\n", "line 4: the same id as on line 2"),
            (b"id,id ,status\n7,7,active\n", "line 1: the column \"id\" is there twice"),
            (b"ID,Status\n7,active\n", "no column \"id\", which `id` names; it has: ID, Status; did you mean \"ID\"?"),
            (b"id,stat us\n7,active\n", "no column \"status\", which `active` names"),
            (b"sep=;\nid;status\n7;active\n", "no column \"id\""),
            (b"7,ada@acme.example\n", "it looks like a person"),
        ],
    );
}

#[test]
fn csv_settings_that_the_file_does_not_meet() {
    let mut export = Export::new(Format::Csv, "id,status,mail\n7,active,a\n");
    export.settings.records.groups = Some("groups".into());
    assert!(export.refusal().contains("no column \"groups\", which `groups` names; it has: id, status, mail"));
    export.settings.records.groups = None;
    export.settings.header = vec![("Mail".into(), "m".into())];
    assert!(export.refusal().contains("no column \"Mail\", which `header` names"));
    export.settings.header = vec![("mail".into(), "id".into())];
    assert!(export.refusal().contains("the column \"id\" is there twice"));
}

#[test]
fn json_that_is_not_what_it_should_be() {
    refused(
        Format::Json,
        &[
            (b"{\"id\":7}", "line 1: not a list of objects"),
            (b"\n\n7", "line 3: not a list of objects"),
            (b"[", "the list is not closed"),
            (b"[{\"id\":7,\"status\":\"active\"}", "line 1: the list is not closed"),
            (b"[{\"id\":7,\"status\":\"active\"},\n", "the list is not closed"),
            (b"[{\"id\":7,\"status\":\"active\"},]", "not JSON as it should be"),
            (b"[,]", "not JSON as it should be"),
            (b"[{\"id\":7}{\"id\":8}]", "line 1: not JSON as it should be"),
            (b"[{\"id\":7,\"status\":1}] []", "something follows the end of the list"),
            (b"[{\"id\":7,\"status\":1}]]", "something follows the end of the list"),
            (b"[{\"id\":7,\"status\":1}}]", "not JSON as it should be"),
            (b"[{\"id\":[7}]]", "not JSON as it should be"),
            (b"[}]", "not JSON as it should be"),
            (b"[{\"id\":7,\n\"status\":\n act}]", "line 3: not JSON as it should be (expected value)"),
            (b"[7]", "not an object"),
            (b"[[{\"id\":7}]]", "not an object"),
            (b"[{\"id\":7,\"status\":\"active\",\"id\":8}]", "the key \"id\" twice in one object"),
            (b"[{\"id\":7,\"status\":{\"a\":1,\"a\":1}}]", "the key \"a\" twice in one object"),
            (b"[{\"ID\":7,\"status\":\"active\"}]", "did you mean \"ID\"?"),
            (b"[{\"id\":7,\"status\":\"a\xE9\"}]", "not UTF-8"),
            (b"[{\"id\":7,\"status\":\"a\0\"}]", "a NUL byte"),
            (b"[{\"id\":7,\"status\":\"\\ud800\"}]", "not JSON as it should be"),
            (b"[{\"id\":7,\"status\":1e400}]", "number out of range"),
            (b"[{\"id\":7,\"status\":NaN}]", "not JSON as it should be"),
            (b"[{\"id\":7,\"status\":\"a\nb\"}]", "not JSON as it should be"),
            (b"[{'id':7}]", "not JSON as it should be"),
        ],
    );
}

#[test]
fn json_lines_that_are_not_what_they_should_be() {
    refused(
        Format::JsonLines,
        &[
            (b"{\"id\":7,\"status\":1}\n{\"id\":8,\"status\":1}", "line 2: the last line has no newline"),
            (b"{\"id\":7,\"status\":1}\n{\"id\":8,\"sta", "line 2: not JSON as it should be"),
            (b"{\"id\":7,\"status\":1}{\"id\":8,\"status\":1}\n", "line 1: not JSON as it should be"),
            (b"[{\"id\":7}]\n", "line 1: not an object"),
            (b"{\"id\":7,\n\"status\":1}\n", "line 1: not JSON as it should be"),
            (b"{\"id\":7,\"status\":1}\n{\"end\":true,\"count\":2}\n", "does not count the 1 entries before it"),
            (b"{\"id\":7,\"status\":1}\n{\"end\":true,\"count\":\"1\"}\n", "line 2: the end line"),
            (b"{\"id\":7,\"status\":1}\n{\"end\":true}\n", "line 2: the end line"),
            (b"{\"end\":true,\"count\":0}\n{\"id\":7,\"status\":1}\n", "line 2: something follows the end line"),
            (b"{\"end\":true,\"count\":0}\n{\"end\":true,\"count\":0}\n", "something follows the end line"),
            (b"{\"end\":true,\"count\":1,\"status\":1}\n", "the entry has no attribute \"id\""),
            (b"{\"id\":7,\"status\":1}\n{\"id\":\"7\",\"status\":1}\n", "line 2: the same id as on line 1"),
        ],
    );
}

#[test]
fn values_rows_and_objects_have_a_longest() {
    let x = |length: usize| "x".repeat(length);
    let many = |length: usize| format!("[{}]", vec!["\"xxxxxxx\""; length / 10].join(","));
    for (format, fits, too_long) in [
        (Format::Csv, format!("id,status\n7,{}\n", x(65_536)), format!("id,status\n7,{}\n", x(65_537))),
        (Format::Csv, format!("id,status\n7,\"{}\"\n", x(65_536)), format!("id,status\n7,\"{}\"\n", x(65_537))),
        (
            Format::Json,
            format!("[{{\"id\":7,\"status\":\"{}\"}}]", x(65_536)),
            format!("[{{\"id\":7,\"status\":\"{}\"}}]", x(65_537)),
        ),
        (
            Format::JsonLines,
            format!("{{\"id\":7,\"status\":{}}}\n", many(1_000_000)),
            format!("{{\"id\":7,\"status\":{}}}\n", many(1_100_000)),
        ),
    ] {
        assert_eq!(Export::new(format, fits).whole().len(), 1);
        let error = Export::new(format, too_long).refusal();
        assert!(error.contains("longer than"), "{error}");
    }
    // A quote that is never closed must not swallow a whole export before it is noticed.
    let rest = "8,active\n".repeat(100_000);
    assert!(Export::new(Format::Csv, format!("id,status\n7,\"{rest}")).refusal().contains("longer than 64 KiB"));
    let columns = vec!["x".repeat(60_000); 20].join(",");
    assert!(Export::new(Format::Csv, format!("id,{columns}\n")).refusal().contains("longer than 1 MiB"));
}

#[test]
fn only_a_regular_file_is_read() {
    let mut export = Export::new(Format::Csv, "id,status\n");
    let link = export.folder.path().join("link.csv");
    std::os::unix::fs::symlink(&export.settings.path, &link).unwrap();
    let socket = export.folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for path in [export.folder.path().to_owned(), "/dev/null".into(), "/dev/zero".into(), socket] {
        export.settings.path = path;
        assert!(export.refusal().contains("not a regular file"));
    }
    export.settings.path = link;
    assert!(export.whole().is_empty());
    export.settings.path = export.folder.path().join("absent.csv");
    let error = export.read().0.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }));
    assert!(error.to_string().starts_with("absent.csv: cannot read the file"), "{error}");
}

#[test]
fn a_file_larger_than_4_gib_is_refused_unread() {
    let export = Export::new(Format::Csv, "id,status\n");
    std::fs::File::options().write(true).open(&export.settings.path).unwrap().set_len((4 << 30) + 1).unwrap();
    assert!(export.refusal().contains("larger than 4 GiB"));
}

/// A fold during which somebody else does something to the file.
struct Meanwhile<F: FnMut() + Send>(F);

impl<F: FnMut() + Send> Fold for Meanwhile<F> {
    fn person(&mut self, _user: DirectoryUser) {
        (self.0)();
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let text = "id,status\n7,active\n";
    let export = Export::new(Format::Csv, text);
    let path = &export.settings.path;
    let append = || std::fs::File::options().append(true).open(path).unwrap().write_all(b"8,active\n").unwrap();
    let shorten = || std::fs::File::options().write(true).open(path).unwrap().set_len(10).unwrap();
    let replace = || {
        std::fs::write(path.with_extension("new"), text).unwrap();
        std::fs::rename(path.with_extension("new"), path).unwrap();
    };
    let remove = || std::fs::remove_file(path).unwrap();
    let changes: [(&(dyn Fn() + Sync), &str); 4] = [
        (&append, "changed while it was read"),
        (&shorten, "changed while it was read"),
        (&replace, "changed while it was read"),
        (&remove, "cannot read the file"),
    ];
    for (change, said) in changes {
        export.write(text);
        let error = run(FileSource::open("hr", &export.settings).read(&mut Meanwhile(change))).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn manifests_that_do_not_fit() {
    let text = "id,status\n7,active\n";
    let other = sha256(b"something else");
    for (manifest, said) in [
        ("", "people.manifest.json: EOF while parsing"),
        ("[]", "a manifest is {\"rows\": 500"),
        ("{}", "a manifest is {\"rows\": 500"),
        ("{\"rows\":null}", "a manifest is {\"rows\": 500"),
        ("{\"rows\":1,\"md5\":\"x\"}", "unknown field `md5`"),
        ("{\"rows\":1,\"rows\":1}", "duplicate field `rows`"),
        ("{\"rows\":-1}", "a manifest is {\"rows\": 500"),
        ("{\"rows\":1,\"sha256\":\"abc\"}", "a manifest is {\"rows\": 500"),
        ("{\"rows\":2}", "the manifest counts 2 rows, and the export has 1"),
        (&format!("{{\"rows\":1,\"sha256\":\"{other}\"}}"), "the manifest has another sha256 than the export"),
        (&" ".repeat(70_000), "larger than 64 KiB"),
    ] {
        let error = Export::new(Format::Csv, text).manifest(manifest).refusal();
        assert!(error.starts_with("people.manifest.json: ") && error.contains(said), "{error}");
    }
    let mut export = Export::new(Format::Csv, text);
    export.settings.manifest = Some(export.folder.path().join("absent.json"));
    assert!(export.refusal().starts_with("absent.json: cannot read the file"));
}

#[test]
fn a_row_count_does_not_stand_in_for_the_last_newline() {
    let error = Export::new(Format::Csv, "id,status\n7,act").manifest("{\"rows\":1}").refusal();
    assert!(error.contains("line 2: the last line has no newline"), "{error}");
}
