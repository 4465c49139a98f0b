//! A directory entry, a server's answer or a file name must not command the terminal that shows them.

use super::super::{
    Colour, Status, TextOptions, cycle_text, plan_csv, plan_json, plan_markdown, plan_text, status_text,
};
use super::DRY;
use super::fixture::*;
use crate::core::guard::{Class, Held, Window};
use crate::core::mapping::Rejection;
use crate::core::model::{Account, Member, Name, ScimId, SourceId, UserName};
use crate::core::plan::{Adoption, Cause, Change, Kind, Note, Plan, PlannedChange, SourceRefusal};
use crate::core::snapshot::{Hold, HoldReason};
use crate::engine::outcome::{ChangeOutcome, Proposal, Stop};
use crate::report::status::{Audit, HeldPerson};
use crate::store::Ended;

/// A line break that forges a line, a colour, a cleared screen (two spellings), bidi, zero-width, a bell.
const EVIL: &str = "x\n= forged\r\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{2066}\u{200b}\u{feff}$(reboot)";

fn evil_name() -> UserName {
    UserName::new(format!("{EVIL}@{EVIL}.example"))
}

fn evil_id() -> SourceId {
    SourceId::new(EVIL, EVIL)
}

fn evil_change() -> PlannedChange {
    let account = Account { user_name: evil_name(), name: Name::new(EVIL, EVIL) };
    PlannedChange { change: Change::Create { id: evil_id(), account }, why: EVIL.into() }
}

fn evil_notes() -> Vec<Note> {
    let (id, user_name, text) = (evil_id, evil_name, || EVIL.to_owned());
    let hold = |reason| Hold { reason, since: NOW, until_unix_s: None, tries: u32::MAX };
    let held = |reason| Note::Held { id: id(), user_name: None, hold: hold(reason) };
    let rejected = |rejection| Note::Rejected { id: id(), place: text(), rejection };
    vec![
        held(HoldReason::Refused { detail: text() }),
        held(HoldReason::WrongAccount { found: user_name() }),
        held(HoldReason::ReaddressedByHand { to: user_name() }),
        rejected(Rejection::Missing { target: text(), from: text() }),
        rejected(Rejection::NotAnEmail { value: text() }),
        rejected(Rejection::Expression { target: text(), error: text() }),
        Note::UnreadSource { source: text(), members: u64::MAX, why: text() },
        Note::NoSuchSource { source: text(), members: 0 },
        Note::Drift { id: id(), user_name: user_name(), what: text() },
        Note::OtherAddress { id: id(), user_name: user_name(), source: text() },
        Note::SilentSource { id: id(), user_name: user_name(), silent: text(), active: text() },
        Note::NewDirectoryId { new: id(), bound_to: id(), user_name: user_name() },
        Note::UnverifiedDomain { id: id(), from: user_name(), to: user_name() },
        Note::InDoubt { id: id(), user_name: user_name(), kind: Kind::Rename },
        Note::Due { id: id(), user_name: user_name(), why: text(), due_unix_s: i64::MAX },
        Note::SwitchedOff { change: evil_change() },
        Note::Swap { ids: vec![id(), id()] },
    ]
}

fn evil_proposal() -> Proposal {
    let deactivate = Change::Deactivate {
        id: evil_id(),
        scim_id: ScimId(EVIL.into()),
        user_name: evil_name(),
        cause: Cause::Explicit,
    };
    let plan = Plan {
        changes: vec![evil_change(), PlannedChange { change: deactivate, why: EVIL.into() }],
        notes: evil_notes(),
        refusals: vec![SourceRefusal::Empty { source: EVIL.into() }],
        ..Plan::default()
    };
    let mut proposal = proposal(plan, vec![]);
    proposal.sources = vec![source(EVIL, Some(EVIL)), source(EVIL, None)];
    proposal
}

fn assert_harmless(text: &str) {
    let is_harmful = |c: char| (c.is_control() && c != '\n') || super::super::clean::is_deceptive(c);
    assert!(!text.contains(is_harmful), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("= forged")), "{text}");
}

#[test]
fn nothing_from_outside_commands_a_terminal() {
    assert_harmless(&plan_text(&evil_proposal(), &DRY));
    let mut report = cycle();
    report.proposal = Some(evil_proposal());
    let results = [Ended::Done, Ended::Rejected { detail: EVIL.into() }, Ended::NotSent { detail: EVIL.into() }];
    report.outcomes = results.map(|result| ChangeOutcome { planned: evil_change(), result }).into();
    report.stopped = Some(Stop { reason: EVIL.into(), advice: Some(EVIL.into()) });
    assert_harmless(&cycle_text(&report, &DRY));
    let hold = Hold { reason: HoldReason::Conflict, since: NOW, until_unix_s: None, tries: 0 };
    let status = Status {
        state_path: EVIL.into(),
        holds: vec![HeldPerson { id: evil_id(), user_name: Some(evil_name()), group: None, hold }],
        audit: Audit::Broken { record: 1, why: EVIL.into() },
        ..Status::default()
    };
    assert_harmless(&status_text(&status, &DRY));
}

#[test]
fn a_name_that_a_shell_would_obey_is_not_offered_for_pasting() {
    let text = plan_text(&evil_proposal(), &DRY);
    assert!(text.contains("postman-scim-sync adopt WHO --rebind\n"), "{text}");
    let commands = text.lines().filter(|line| line.trim().starts_with("postman-scim-sync "));
    assert_eq!(commands.filter(|line| line.contains('$')).count(), 0);
}

#[test]
fn json_keeps_every_character_and_shows_none_that_harms() {
    let proposal = evil_proposal();
    let text = plan_json(&proposal);
    assert_harmless(&text);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["plan"]["changes"][0]["why"], EVIL);
}

#[test]
fn colour_is_ours_alone() {
    let options = TextOptions { colour: Colour::Ansi, ..DRY };
    let coloured = plan_text(&rich(), &options);
    assert!(coloured.contains("\u{1b}[31m-\u{1b}[0m left@acme.example"), "{coloured}");
    let plain: String = coloured
        .split('\u{1b}')
        .map(|part| part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest))
        .collect();
    assert_eq!(plain, plan_text(&rich(), &DRY));
}

/// What Markdown and the sites that show it would make something of.
const MARKUP: &str = "a|b\\|c` ``x`` <img src=x onerror=y> [l](http://evil.example) ![i](//evil.example/i.png) @octocat #12 \
                      GH-12 www.evil.example mailto:e@evil.example **b** _i_ ~~s~~ $x$ :rocket: &amp; \\";

fn marked_up() -> Proposal {
    let account = Account { user_name: UserName::new(MARKUP), name: Name::new(MARKUP, MARKUP) };
    let id = || SourceId::new("hr", MARKUP);
    let create = Change::Create { id: id(), account: account.clone() };
    let member = Member { scim_id: ScimId(MARKUP.into()), account, active: true };
    let to = UserName::new(format!("x@{MARKUP}"));
    let plan = Plan {
        changes: vec![PlannedChange { change: create, why: MARKUP.into() }],
        adoptions: vec![Adoption { id: id(), member: member.clone() }],
        notes: vec![
            Note::Stranger { member },
            Note::UnverifiedDomain { id: id(), from: user_name("a"), to },
            Note::Held {
                id: id(),
                user_name: None,
                hold: Hold {
                    reason: HoldReason::Refused { detail: MARKUP.into() },
                    since: NOW,
                    until_unix_s: None,
                    tries: 1,
                },
            },
        ],
        ..Plan::default()
    };
    let mut proposal = proposal(plan, vec![]);
    proposal.sources = vec![source("hr", Some(MARKUP))];
    proposal
}

/// The text outside of code: what is read as Markdown.
fn outside_of_code(markdown: &str) -> String {
    let fenced: Vec<&str> = markdown.split("```").step_by(2).collect();
    let lines = fenced.iter().flat_map(|text| text.lines());
    lines
        .map(|line| {
            assert_eq!(line.matches('`').count() % 2, 0, "a code span that is not closed: {line}");
            line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn markdown_makes_nothing_of_what_comes_from_outside() {
    for proposal in [marked_up(), evil_proposal(), rich()] {
        let markdown = plan_markdown(&proposal, &DRY);
        assert_harmless(&markdown);
        let read = outside_of_code(&markdown);
        // A pipe counts in a code span too.
        for line in markdown.lines().filter(|line| line.starts_with('|')) {
            let cells = line.matches('|').count();
            assert!([5, 6].contains(&cells), "the table is broken: {line}");
        }
        let forbidden = |c: char| "@<>[]!\\*_~$&{}/=".contains(c) || (c == '#');
        let prose = read.lines().map(|line| line.strip_prefix("### ").unwrap_or(line));
        let wrong: Vec<&str> = prose.filter(|line| line.contains(forbidden)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        for word in ["evil.example", "octocat", "GH-12", "www.", "http", "rocket"] {
            assert!(!read.contains(word), "{word} stands outside of code:\n{read}");
        }
    }
}

#[test]
fn no_cell_of_the_csv_is_a_formula_or_forges_a_row() {
    let starts = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1", "x;=1", "x;\"=1\"", "\"=1\""];
    for start in starts {
        let account = Account { user_name: UserName::new(start), name: Name::new(start, format!("a\n{start}")) };
        let create = Change::Create { id: SourceId::new("hr", start), account };
        let plan = Plan { changes: vec![PlannedChange { change: create, why: start.into() }], ..Plan::default() };
        let text = plan_csv(&proposal(plan, vec![]), NOW);
        assert_eq!(text.lines().count(), 2, "{text:?}");
        // As a program reads it that takes commas for separators, and as one that takes semicolons.
        for separator in [b',', b';'] {
            let mut rows = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
            for cell in rows.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
                let cell = cell.trim_start_matches([' ', '"']);
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝']), "{start:?}: {cell:?}");
            }
        }
    }
    for proposal in [marked_up(), evil_proposal()] {
        let text = plan_csv(&proposal, NOW);
        assert_harmless(&text);
        let rows: Vec<_> = csv::Reader::from_reader(text.as_bytes()).records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len() + 1, text.lines().count());
        assert!(rows.iter().all(|row| row.len() == 17));
    }
}

#[test]
fn every_kind_of_thing_in_a_plan_has_its_row() {
    let proposal = rich();
    let text = plan_csv(&proposal, NOW);
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(text.as_bytes()).records().collect::<Result<_, _>>().unwrap();
    let of = |kind: &str| rows.iter().filter(|row| &row[1] == kind).count();
    assert_eq!((of("change"), of("adoption")), (proposal.plan.changes.len(), proposal.plan.adoptions.len()));
    assert_eq!((of("refusal"), of("failure")), (3, 1));
    assert!(of("note") >= proposal.plan.notes.len(), "{}", of("note"));
    assert!(rows.iter().any(|row| &row[2] == "held:undone" && &row[6] == "h-undone@acme.example"), "{text}");
    let rename = rows.iter().find(|row| &row[2] == "rename").unwrap();
    assert_eq!((&rename[7], &rename[8], &rename[10], &rename[11]), ("Ada", "Byron", "Ada", "Lovelace"));
}

#[test]
fn a_change_that_waits_for_a_held_one_is_held_in_every_format() {
    let plan = Plan { changes: vec![create(6, "grace"), rename(6, "ada"), rename(8, "bob")], ..Plan::default() };
    let over =
        Held::OverLimit { class: Class::Create, changes: 1, approved: 0, window: Window::Cycle, limit: 0, used: 0 };
    let proposal = Proposal { held: vec![over, Held::Dependent { changes: 1 }], ..proposal(plan, vec![]) };
    let text = plan_csv(&proposal, NOW);
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records().map(|row| row.unwrap()[12].to_owned());
    assert_eq!(rows.collect::<Vec<_>>(), ["yes", "yes", "no"]);
    for text in [plan_markdown(&proposal, &DRY), plan_text(&proposal, &DRY)] {
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("HELD, see below")).collect();
        assert!(lines.len() == 2 && lines[1].contains("ada@acme.example"), "{text}");
    }
}
