//! Whole files that are odd: what a parser of JSON or CSV may take or refuse, in classes. A file is read as what it says or
//! refused whole; whoever it seems not to have does not leave, also not when it is read twice.

use postman_scim_sync::sandbox::Team;

use super::shown;
use crate::support::{Lab, crowd, team};

const PEOPLE: usize = 3;

/// What may come of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    /// The people as they were.
    Taken,
    /// Exit code 1 or 4: nothing can be concluded from it.
    Refused,
    /// Read, and somebody of it is set aside.
    Aside,
}
use Is::{Aside, Refused, Taken};

/// In step with three people, and ready to take away whoever is absent twice.
fn lab(team: Team, format: &str) -> Lab {
    let mut lab = Lab::in_step(team, &crowd(PEOPLE));
    lab.set("safety", "absence_wait = \"0s\"");
    lab.set("safety", "deactivations = { cycle = \"100%\", day = \"100%\", week = \"100%\", at_least = 1000, i_accept_no_limit = true }");
    lab.set("source", &format!("path = \"people.{format}\""));
    lab
}

/// Two cycles over each file: nothing is ever sent, and the outcome is of the kind that was expected.
fn judge(lab: &Lab, name: &str, files: &[(&str, Vec<u8>, Is)]) {
    for (what, bytes, is) in files {
        std::fs::write(lab.path(name), bytes).unwrap();
        for _ in 0..2 {
            let answer = lab.run(&["sync"]);
            shown::answered(what, &answer);
            let expected: &[i32] = match is {
                Taken => &[0],
                Refused => &[1, 4],
                Aside => &[0, 3],
            };
            assert!(expected.contains(&answer.code), "{what}: exit {}\n{}{}", answer.code, answer.out, answer.err);
            assert!(lab.sandbox.writes().is_empty(), "{what}: {:?}", lab.sent());
        }
    }
    assert_eq!(lab.active().len(), PEOPLE);
}

/// The people, with something behind the first's attributes and something around all.
fn json(inside: &str) -> String {
    let people: Vec<String> = crowd(PEOPLE)
        .into_iter()
        .enumerate()
        .map(|(n, row)| {
            let more = if n == 0 { inside } else { "" };
            format!(
                "{{\"id\":\"{}\",\"given\":\"{}\",\"family\":\"{}\",\"mail\":\"{}\",\"status\":\"active\"{more}}}",
                row.id, row.given, row.family, row.mail
            )
        })
        .collect();
    format!("[{}]\n", people.join(",\n"))
}

#[test]
fn json_is_read_by_its_grammar_or_refused_whole() {
    let lab = lab(team(), "json");
    let value = |value: &str| json(&format!(",\"x\":{value}")).into_bytes();
    let whole = json("");
    let mut files: Vec<(&str, Vec<u8>, Is)> = Vec::new();
    // Values that JSON has.
    for taken in [
        "null",
        "true",
        "0",
        "-0",
        "1E+2",
        "0e1",
        "123456789012345678901234567890",
        "1.5e-400",
        "\"\"",
        "\"\\u0000\\u001b\\u202e\"",
        "\"\\ud83d\\ude00\"",
        "\"\u{7f}\u{85}\u{2028}\u{ffff}\u{10ffff}\"",
        "[]",
        "{}",
        "[[],{\"\":{}}]",
        "{\"a\":1,\"A\":2}",
        " [ 1 ,\t2\n]\r ",
    ] {
        files.push((taken, value(taken), Taken));
    }
    // Values that it has not.
    for refused in [
        "nul",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "+1",
        "01",
        "1.",
        ".5",
        "1e",
        "0x1",
        "1_000",
        "'a'",
        "\"\\x00\"",
        "\"\\u00g0\"",
        "\"a\nb\"",
        "\"\u{1}\"",
        "\"\t\"",
        "\"a",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{1:1}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{a:1}",
        "[1",
        "{\"a\":",
        "1//c",
        "1/*c*/",
        "\u{feff}1",
        "\u{a0}1",
        "１",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "{\"a\":1,\"a\":2}",
        "1e400",
        "-1e999",
        "\"x\" \"y\"",
    ] {
        files.push((refused, value(refused), Refused));
    }
    let deep = |depth: usize| value(&format!("{}1{}", "[".repeat(depth), "]".repeat(depth)));
    files.extend([
        ("100 deep", deep(100), Taken),
        ("130 deep", deep(130), Refused),
        ("100000 deep", deep(100_000), Refused),
    ]);
    files.push(("64 KiB", value(&format!("\"{}\"", "x".repeat(64 << 10))), Taken));
    files.push(("more than 64 KiB", value(&format!("\"{}\"", "x".repeat((64 << 10) + 1))), Refused));
    // The file.
    for (what, text, is) in [
        ("nothing", String::new(), Refused),
        ("blanks", " \n\t".into(), Refused),
        ("nobody", "[]".into(), Refused),
        ("null", "null".into(), Refused),
        ("an object", "{}".into(), Refused),
        ("a text", "\"people\"".into(), Refused),
        ("objects without a list", whole.replace(['[', ']'], ""), Refused),
        ("a list in a list", format!("[{whole}]"), Refused),
        ("two lists", format!("{whole}{whole}"), Refused),
        ("a NUL behind", format!("{whole}\0"), Refused),
        ("a comma behind the last", whole.replace("}]", "},]"), Refused),
        ("cut before the end", whole[..whole.len() - 2].into(), Refused),
        ("a person twice", whole.replace("\"2\"", "\"1\""), Refused),
        ("an id that is empty", whole.replace("\"2\"", "\" \""), Refused),
        ("an id with a control", whole.replace("\"2\"", "\"2\\u001b[2J\""), Refused),
        ("an id that is a list", whole.replace("\"2\"", "[2]"), Refused),
        ("an id that is a fraction", whole.replace("\"2\"", "2.5"), Refused),
        ("an id that is true", whole.replace("\"2\"", "true"), Refused),
        ("no id", whole.replacen("\"id\"", "\"ID number\"", 1), Refused),
        ("an id as a number", whole.replace("\"2\"", "2"), Taken),
        ("a mark of its encoding", format!("\u{feff}{whole}"), Taken),
        ("blanks around", format!("\r\n\t {whole} \n"), Taken),
    ] {
        files.push((what, text.into_bytes(), is));
    }
    // Each attribute as what it should not be. None of it says that somebody left.
    for status in [
        "null",
        "\"\"",
        "[]",
        "[\"inactive\",\"active\"]",
        "{\"active\":false}",
        "2",
        "-1",
        "0.0",
        "\"in active\"",
        "\"INACTIVE?\"",
    ] {
        files.push((status, json("").replacen("\"active\"", status, 1).into_bytes(), Aside));
    }
    for mail in [
        "null",
        "\"\"",
        "\" \"",
        "[]",
        "{}",
        "[\"p1@acme.example\",\"x@acme.example\"]",
        "{\"value\":\"p1@acme.example\"}",
        "1",
        "false",
    ] {
        files.push((mail, json("").replacen("\"p1@acme.example\"", mail, 1).into_bytes(), Aside));
    }
    for given in ["null", "\"\"", "[]", "{\"a\":1}", "[\"a\",\"b\"]", "\"\\u0007\""] {
        files.push((given, json("").replacen("\"Given1\"", given, 1).into_bytes(), Aside));
    }
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(whole.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    files.push(("UTF-16", utf16, Refused));
    files.push((
        "Latin-1",
        whole.replace("Given1", "\u{1}").bytes().map(|b| if b == 1 { 0xe9 } else { b }).collect(),
        Refused,
    ));
    files.push(("overlong UTF-8", [whole.as_bytes(), b"\xc0\xaf"].concat(), Refused));
    judge(&lab, "people.json", &files);
    println!("{} files of JSON", files.len());
}

#[test]
fn csv_is_read_by_its_grammar_or_refused_whole() {
    let lab = lab(team(), "csv");
    let whole = std::fs::read_to_string(lab.path("people.csv")).unwrap();
    let header = "id,given,family,mail,status\n";
    let rows = whole.strip_prefix(header).unwrap();
    let quoted: String = whole.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect();
    let utf16: Vec<u8> = std::iter::once(0xfeff).chain(whole.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let texts: Vec<(&str, String, Is)> = vec![
        ("as it is", whole.clone(), Taken),
        ("a mark of its encoding", format!("\u{feff}{whole}"), Taken),
        ("CRLF", whole.replace('\n', "\r\n"), Taken),
        ("semicolons", whole.replace(',', ";"), Taken),
        ("tabs", whole.replace(',', "\t"), Taken),
        ("everything in quotes", quoted, Taken),
        ("a column more, with lines, quotes and delimiters", whole.replace("status\n", "status,note\n").replace("active\n", "active,\"a \"\"b\"\",\r\n;c\"\n"), Taken),
        ("a formula in a column more", whole.replace("status\n", "status,note\n").replace("active\n", "active,=cmd|' /C calc'!A0\n"), Taken),
        ("columns in another order", "status,mail,family,given,id\nactive,p1@acme.example,Family1,Given1,1\nactive,p2@acme.example,Family2,Given2,2\nactive,p3@acme.example,Family3,Given3,3\n".into(), Taken),
        ("pipes", whole.replace(',', "|"), Refused),
        ("two delimiters", whole.replacen(',', ";", 1), Refused),
        ("CR alone", whole.replace('\n', "\r"), Taken),
        ("a NUL", whole.replace("Given1", "Giv\0en1"), Refused),
        ("a quote that stays open", whole.replace("Given2", "\"Given2"), Refused),
        ("a quote inside a field", whole.replace("Given2", "Giv\"en2"), Refused),
        ("letters behind a quote", whole.replace("Given2", "\"Given\"2"), Refused),
        ("the header twice", format!("{header}{whole}"), Aside),
        ("no header", rows.into(), Refused),
        ("a column's name twice", whole.replace("given,family", "mail,family"), Refused),
        ("a column without a name", whole.replace("given,family", ",family"), Refused),
        ("a column missing in a row", whole.replace("Given2,", ""), Refused),
        ("a column too many in a row", whole.replace("Given2,", "Given2,x,"), Refused),
        ("an empty line", format!("{header}\n{rows}"), Taken),
        ("a comment", format!("# exported today\n{whole}"), Refused),
        ("sep=", format!("sep=,\n{whole}"), Refused),
        ("no last newline", whole.trim_end().into(), Refused),
        ("cut", whole[..whole.len() - 7].into(), Refused),
        ("a person twice", whole.replace("\n2,", "\n1,"), Refused),
        ("no id", whole.replace("\n2,", "\n,"), Refused),
        ("only a header", header.into(), Refused),
        ("only a newline", "\n".into(), Refused),
        ("nothing", String::new(), Refused),
        ("a page of HTML", "<!doctype html>\n<title>Sign in</title>\n".into(), Refused),
        ("an error of a program", "Traceback (most recent call last):\n  File \"export.py\"\n".into(), Refused),
    ];
    let mut files: Vec<(&str, Vec<u8>, Is)> =
        texts.into_iter().map(|(what, text, is)| (what, text.into_bytes(), is)).collect();
    files.push(("UTF-16", utf16, Refused));
    files.push((
        "Latin-1",
        whole.replace("Given1", "\u{1}").bytes().map(|b| if b == 1 { 0xe9 } else { b }).collect(),
        Refused,
    ));
    files.push(("an archive", b"PK\x03\x04\x14\0\0\0".to_vec(), Refused));
    judge(&lab, "people.csv", &files);
    println!("{} files of CSV", files.len());
}
