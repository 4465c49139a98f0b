//! The rules of the structure, read off the files: one crate has no walls. Plain text search, with each exception
//! named beside its reason.

mod promises;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where dependencies may point. Every part may use itself; `main.rs` and `lib.rs` are not parts.
const MAY_USE: [(&str, &[&str]); 15] = [
    // Only the bugs that tests switch on, which are nothing in a release.
    ("planted", &[]),
    ("core", &["planted"]),
    ("clock", &["core"]),
    ("lifeline", &[]),
    ("config", &["core"]),
    ("http", &["config"]),
    ("store", &["core", "planted"]),
    ("source", &["clock", "config", "core", "http", "planted"]),
    ("postman", &["clock", "config", "core", "http", "lifeline", "planted"]),
    ("engine", &["clock", "config", "core", "http", "lifeline", "planted", "postman", "source", "store"]),
    ("report", &["core", "engine", "store"]),
    ("sandbox", &["clock", "http"]),
    ("daemon", &["clock", "config", "core", "engine", "http", "lifeline", "postman", "report", "source", "store"]),
    // The table of the properties that stand beside the code of each part.
    ("fuzzing", &["cli", "config", "core", "http", "postman", "report", "source", "store"]),
    (
        "cli",
        &[
            "clock", "config", "core", "daemon", "engine", "http", "lifeline", "postman", "report", "sandbox",
            "source", "store",
        ],
    ),
];

/// Files beside `clock.rs` that look at tokio's clock, which is a duration's and no date's.
const MEASURES: [(&str, &str); 8] = [
    ("src/daemon/desk.rs", "how long a cycle has given no sign of life"),
    ("src/engine/cycle.rs", "how long a cycle took"),
    ("src/postman/call.rs", "how long a request took, and when the breaker opens"),
    ("src/postman/breaker.rs", "when one request is let through"),
    ("src/postman/budget.rs", "which tries were within the minute"),
    ("src/postman/pace.rs", "the window of the rate limits"),
    ("src/postman/listing.rs", "how long a listing takes"),
    ("src/http/client.rs", "deadlines"),
];

const LINES_MAX: usize = 400;
const TEST_LINES_MAX: usize = 500;

/// One source file.
struct Source {
    /// From the root of the package: `src/core/plan/mod.rs`.
    name: String,
    text: String,
}

impl Source {
    fn is_test(&self) -> bool {
        self.name.contains("/tests/") || self.name.ends_with("/tests.rs") || self.name.starts_with("tests/")
    }

    /// The lines that are built into the program, numbered, without comments: up to the unit tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = if self.is_test() { 0 } else { tests_begin(&self.text) };
        let numbered = self.text[..end].lines().enumerate().map(|(n, line)| (n + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// `core` of `src/core/model.rs`, `clock` of `src/clock.rs`.
    fn part(&self) -> &str {
        let inside = self.name.trim_start_matches("src/");
        inside.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// Places of code with a word, as `file:line: text`.
    fn places(&self, word: &str) -> Vec<String> {
        let found = self.code().filter(|(_, line)| has_word(line, word));
        found.map(|(n, line)| format!("{}:{n}: {}", self.name, line.trim())).collect()
    }
}

/// Where the unit tests inside a file begin; tests in a file of their own are declared in one line and end nothing.
fn tests_begin(text: &str) -> usize {
    let mut marks = text.match_indices("\n#[cfg(test)]\n").map(|(at, _)| at);
    let opens = |at: &usize| {
        let item = text[*at..].lines().find(|line| !line.is_empty() && !line.starts_with("#["));
        item.is_some_and(|line| line.starts_with("mod ") && line.contains('{'))
    };
    marks.find(opens).unwrap_or(text.len())
}

/// The word, not as a part of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let glued = |c: Option<char>, edge: Option<char>| c.is_some_and(is_name) && edge.is_some_and(is_name);
        !glued(line[..at].chars().next_back(), word.chars().next())
            && !glued(line[at + word.len()..].chars().next(), word.chars().next_back())
    })
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn sources(folder: &str) -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.push(entry);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    paths.sort();
    assert!(!paths.is_empty());
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| Source { name: name(path), text: fs::read_to_string(path).unwrap() }).collect()
}

#[track_caller]
fn none(rule: &str, places: &[String]) {
    assert!(places.is_empty(), "{rule}:\n{}", places.join("\n"));
}

#[test]
fn dependencies_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut wrong = Vec::new();
    for source in sources("src").iter().filter(|source| !matches!(source.part(), "lib" | "main")) {
        let Some(may_use) = allowed.get(source.part()) else {
            panic!("{}: a part that MAY_USE does not know; say what it may use", source.name);
        };
        for part in allowed.keys().filter(|part| **part != source.part() && !may_use.contains(part)) {
            wrong.extend(source.places(&format!("crate::{part}")));
        }
        // A path of several at once would pass unseen.
        wrong.extend(
            source
                .code()
                .filter(|(_, line)| line.contains("crate::{"))
                .map(|(n, _)| format!("{}:{n}: crate::{{", source.name)),
        );
    }
    none("a dependency that points the wrong way", &wrong);
}

#[test]
fn the_core_is_pure() {
    let impure = [
        "tokio",
        "reqwest",
        "rusqlite",
        "futures_util",
        "axum",
        "tracing",
        "fastrand",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::io",
        "std::time",
        "chrono",
        "async",
        "println!",
        "HashMap",
        "HashSet",
    ];
    let core = sources("src/core");
    let wrong: Vec<_> = core.iter().flat_map(|source| impure.iter().flat_map(|word| source.places(word))).collect();
    none("src/core has no effects, no clock and no order that depends on a random seed", &wrong);
}

#[test]
fn the_clock_is_read_in_one_place() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().filter(|source| source.name != "src/clock.rs") {
        for word in ["SystemTime", "Utc::now", "Local::now", "std::time::Instant"] {
            wrong.extend(source.places(word));
        }
        if !MEASURES.iter().any(|(name, _)| *name == source.name) {
            wrong.extend(source.places("Instant::now"));
        }
    }
    none("time is an argument, or comes from src/clock.rs", &wrong);
}

#[test]
fn scim_json_is_known_to_the_wire_to_the_sandbox_and_to_the_scim_source() {
    let words = ["\"userName\"", "\"Operations\"", "\"totalResults\"", "\"Resources\"", "urn:ietf:params:scim"];
    // A directory that speaks SCIM is read as RFC 7643 has it, and Postman as its documents have it: two readers.
    let readers = ["src/postman/wire.rs", "src/postman/wire/", "src/source/scim/"];
    let may =
        |source: &&Source| !readers.iter().any(|name| source.name.starts_with(name)) && source.part() != "sandbox";
    // The configuration corrects a slip: `userName` for `user_name`. The demo writes an export of its own. An assignment of
    // Okta's has a `userName` too, and so has the heading of an export for other systems.
    let slips = ["src/config/suggest.rs", "src/cli/demo.rs", "src/source/okta/person.rs", "src/report/export.rs"];
    let mut wrong = Vec::new();
    for source in sources("src").iter().filter(may).filter(|source| !slips.contains(&source.name.as_str())) {
        wrong.extend(words.iter().flat_map(|word| source.places(word)));
    }
    none("only src/postman/wire and src/source/scim/ know SCIM JSON, and the sandbox on the other side", &wrong);
}

#[test]
fn what_only_one_place_may_do_is_done_there() {
    let rules: [(&str, &[&str]); 20] = [
        ("reqwest", &["src/http/"]),
        // The log is told to leave its lines out: they repeat what servers sent.
        ("ldap3", &["src/source/ldap/", "src/cli/log.rs"]),
        // Elsewhere text is compared as it is.
        ("icu_normalizer", &["src/source/ldap/dn.rs", "src/core/dn.rs"]),
        ("rustls_native_certs", &["src/source/ldap/tls.rs"]),
        ("x509_parser", &["src/source/certificate.rs"]),
        // Private keys stay in one file.
        ("ring::signature", &["src/source/oauth/key.rs"]),
        ("rusqlite", &["src/store/"]),
        // For tests of crashes: the program lets nobody roll its transactions back.
        ("on_commit", &["src/store/mod.rs"]),
        ("axum", &["src/sandbox/http.rs"]),
        ("clap", &["src/cli/"]),
        // A program of the admin's is started in one place, without a shell, and ended there with its whole group.
        ("process::Command", &["src/source/exec/process.rs"]),
        ("rustix", &["src/source/exec/process.rs"]),
        ("Writer::new", &["src/engine/cycle.rs"]),
        ("dry_run", &["src/cli/"]),
        ("process::exit", &[]),
        // The log is told to leave its lines out.
        ("tokio_cron_scheduler", &["src/daemon/bell.rs", "src/cli/log.rs"]),
        ("sd_notify", &["src/daemon/systemd.rs"]),
        ("tokio::signal", &["src/daemon/signals.rs", "src/cli/demo.rs"]),
        ("croner", &["src/config/schedule.rs"]),
        ("chrono_tz", &["src/config/schedule.rs"]),
    ];
    let mut wrong = Vec::new();
    for source in sources("src") {
        for (word, places) in rules {
            if !places.iter().any(|place| source.name.starts_with(place)) {
                wrong.extend(source.places(word));
            }
        }
        if source.part() != "cli" {
            wrong.extend(source.places("crate::sandbox").into_iter().filter(|_| source.part() != "sandbox"));
            wrong.extend(source.places("println!"));
        } else if !["src/cli/demo", "src/cli/sandbox.rs"].iter().any(|verb| source.name.starts_with(verb)) {
            wrong.extend(source.places("crate::sandbox"));
        }
    }
    none("done in another place than the one that may", &wrong);
}

#[test]
fn every_file_says_what_it_is_for_and_stays_short() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().chain(&sources("tests")) {
        let lines = source.text.lines().count();
        let lines_max = if source.is_test() { TEST_LINES_MAX } else { LINES_MAX };
        if lines > lines_max {
            wrong.push(format!("{}: {lines} lines, at most {lines_max}", source.name));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{}: does not open with what it is for", source.name));
        }
    }
    none("files", &wrong);
}

#[test]
fn nothing_unfinished_and_nothing_that_panics_on_input() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        for word in [
            "todo!",
            "unimplemented!",
            "dbg!",
            "unwrap()",
            "unwrap_err()",
            "panic!",
            "unsafe {",
            "TODO",
            "FIXME",
            "#[ignore",
        ] {
            wrong.extend(source.places(word));
        }
    }
    // Put together, so that this file does not find itself.
    let ignored = ["#[", "ignore"].concat();
    for source in sources("tests") {
        let found = source.text.lines().filter(|line| line.trim_start().starts_with(&ignored));
        wrong.extend(found.map(|line| format!("{}: {line}", source.name)));
    }
    none("unfinished, or a panic on what comes from outside", &wrong);
}

/// The names of `src/planted.rs`.
fn planted_bugs() -> Vec<String> {
    let text = read("src/planted.rs");
    let (_, variants) = text.split_once("pub enum Bug {\n").unwrap();
    let lines = variants.lines().take_while(|line| *line != "}").map(str::trim);
    let names = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    names.map(|name| format!("Bug::{}", name.trim_end_matches(','))).collect()
}

#[test]
fn every_planted_bug_has_one_place_and_one_test_that_finds_it() {
    let (code, tests) = (sources("src"), sources("tests"));
    let tests: Vec<&Source> = code.iter().chain(&tests).filter(|source| source.is_test()).collect();
    let mut wrong = Vec::new();
    for bug in planted_bugs() {
        let n_places: usize = code.iter().map(|source| source.places(&format!("{bug}.is_planted()")).len()).sum();
        let lines = tests.iter().flat_map(|source| source.text.lines());
        let n_tests = lines.filter(|line| has_word(line, &bug)).count();
        if (n_places, n_tests) != (1, 1) {
            wrong.push(format!("{bug}: {n_places} places in src, {n_tests} tests"));
        }
    }
    none("a planted bug without a place or a test of its own", &wrong);
    assert!(planted_bugs().len() >= 25);
    assert!(
        !read("Cargo.toml").contains("\ndefault = "),
        "bugs are planted where a feature says so, and by no default"
    );
}

#[test]
fn a_word_is_found_as_a_word() {
    assert!(has_word("use crate::core::x;", "crate::core") && !has_word("use crate::corex;", "crate::core"));
    assert!(has_word("let a = x.unwrap();", "unwrap()") && !has_word("Instant_now", "Instant"));
    let source = Source {
        name: "src/a.rs".into(),
        text: "//! a\n// dbg!\n#[cfg(test)]\nmod tests;\ndbg!(1);\n#[cfg(test)]\nmod more { dbg!() }".into(),
    };
    assert_eq!(source.places("dbg!"), ["src/a.rs:5: dbg!(1);"]);
}
