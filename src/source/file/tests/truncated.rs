//! A half-written file never changes a person: whatever the byte at which it is cut off, it is refused, or what is
//! read is a prefix of whole entries. With a manifest, an end line or a closing bracket it is always refused.

use super::*;

/// Twenty people whose values hold all that can confuse a reader.
fn people() -> Vec<(String, String, String)> {
    let mails = ["ada@acme.example", "\"bob\", the 2nd", "line\nbreak", "ümlaut@acme.example", "{[\"]}\\", ""];
    (0..20).map(|n| (n.to_string(), format!("{}{n}", mails[n % mails.len()]), "active".to_owned())).collect()
}

fn csv(line_end: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    // The last column is the one that a cut would change, so it is a different one in each file.
    let rows = people().into_iter().map(|(id, mail, status)| format!("{id},{status},{}{line_end}", quoted(&mail)));
    format!("id,status,mail{line_end}{}", rows.collect::<String>())
}

fn bare_csv() -> String {
    let rows = people().into_iter().map(|(id, _, status)| format!("{id},{status},person{id}@acme.example\n"));
    format!("id,status,mail\n{}", rows.collect::<String>())
}

fn objects() -> Vec<Value> {
    let object = |(id, mail, status)| serde_json::json!({"id": id, "mail": mail, "status": status});
    people().into_iter().map(object).collect()
}

fn lines() -> String {
    objects().iter().map(|object| format!("{object}\n")).collect()
}

/// Cuts at every byte, and returns how many of the cuts were taken for a whole file.
fn taken(format: Format, text: &str, manifest: Option<&str>) -> usize {
    let mut export = Export::new(format, text);
    let whole = export.whole();
    assert_eq!(whole.len(), 20);
    if let Some(manifest) = manifest {
        export = export.manifest(manifest);
        assert_eq!(export.whole(), whole);
    }
    let mut taken = 0;
    for cut in 0..text.len() {
        export.write(&text.as_bytes()[..cut]);
        let (evidence, people) = export.read();
        let Ok(evidence) = evidence else { continue };
        taken += 1;
        let read: Vec<_> = people.into_iter().map(|user| (user.id.id, user.attributes)).collect();
        assert_eq!(evidence.entries, read.len() as u64);
        assert_eq!(read, whole[..read.len()], "cut at byte {cut}");
        assert!(matches!(text.as_bytes()[cut - 1], b'\n' | b'\r'), "cut at byte {cut}, inside a line");
    }
    taken
}

#[test]
fn csv_is_cut_between_rows_or_refused() {
    // Behind the header and each row but the last; with CRLF also between the CR and the LF, and there of the last too.
    assert_eq!(taken(Format::Csv, &csv("\n"), None), 20);
    assert_eq!(taken(Format::Csv, &csv("\r"), None), 20);
    assert_eq!(taken(Format::Csv, &csv("\r\n"), None), 41);
    assert_eq!(taken(Format::Csv, &bare_csv(), None), 20);
}

#[test]
fn csv_with_a_manifest_is_refused_wherever_it_is_cut() {
    for text in [csv("\n"), csv("\r"), bare_csv()] {
        assert_eq!(taken(Format::Csv, &text, Some("{\"rows\":20}")), 0);
    }
    let text = csv("\r\n");
    assert_eq!(taken(Format::Csv, &text, Some(&format!("{{\"sha256\":\"{}\"}}", sha256(text.as_bytes())))), 0);
    // Nothing is missing from a file but the very last LF behind a CR.
    assert_eq!(taken(Format::Csv, &text, Some("{\"rows\":20}")), 1);
}

#[test]
fn json_is_refused_wherever_it_is_cut() {
    assert_eq!(taken(Format::Json, &serde_json::to_string(&objects()).unwrap(), None), 0);
    assert_eq!(taken(Format::Json, &serde_json::to_string_pretty(&objects()).unwrap(), None), 0);
}

#[test]
fn json_lines_are_cut_between_lines_or_refused() {
    assert_eq!(taken(Format::JsonLines, &lines(), None), 19);
    assert_eq!(taken(Format::JsonLines, &lines(), Some("{\"rows\":20}")), 0);
}

/// Without a manifest nothing tells a file that lacks its end line from one that never has any: the settings of a
/// file that always ends with one should say so by a manifest.
#[test]
fn an_end_line_that_is_cut_itself_is_refused() {
    let end = "{\"end\":true,\"count\":20}";
    let text = format!("{}{end}", lines());
    assert_eq!(taken(Format::JsonLines, &text, None), 20);
    let start = lines().len();
    for cut in start + 1..text.len() {
        assert!(!Export::new(Format::JsonLines, &text[..cut]).refusal().is_empty());
    }
}

/// An export that was cut in the middle and goes on (a lost block) has an end line that does not count.
#[test]
fn a_lost_middle_is_noticed_by_the_end_line() {
    let lines = lines();
    let second = lines.find('\n').unwrap() + 1;
    let text = format!("{}{{\"end\":true,\"count\":20}}\n", &lines[second..]);
    assert!(Export::new(Format::JsonLines, text).refusal().contains("does not count the 19 entries"));
}
