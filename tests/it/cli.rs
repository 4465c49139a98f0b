//! The command line as scripts and people meet it: help as golden files, wrong usage, closed pipes, colour, JSON.
//! `UPDATE_GOLDEN=1 cargo test --test it cli` writes the golden files anew.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use postman_scim_sync::sandbox::{Failure, Fault, Shape};

use crate::support::{Answer, Lab, crowd, team};

pub const VERBS: [&str; 15] = [
    "demo",
    "check",
    "plan",
    "sync",
    "run",
    "pause",
    "resume",
    "status",
    "history",
    "approve",
    "adopt",
    "fetch",
    "team",
    "export-groups",
    "sandbox",
];

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postman-scim-sync"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Answer {
    program(arguments).output().unwrap().into()
}

/// Compares with `tests/it/golden/NAME.txt`, line by line.
#[track_caller]
fn golden(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/golden/{name}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected == found {
        return;
    }
    let (before, after): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = before.iter().zip(&after).take_while(|(before, after)| before == after).count();
    let tail = before[same..].iter().rev().zip(after[same..].iter().rev()).take_while(|(b, a)| b == a).count();
    let gone = before[same..before.len() - tail].iter().map(|line| format!("- {line}\n"));
    let new = after[same..after.len() - tail].iter().map(|line| format!("+ {line}\n"));
    let diff: String = gone.chain(new).collect();
    panic!("{} differs from line {} on; UPDATE_GOLDEN=1 writes it anew\n{diff}", path.display(), same + 1);
}

#[test]
fn help_is_as_the_golden_files_have_it() {
    let whole = run(&["--help"]).exits(0);
    golden("help", &whole.out);
    for verb in VERBS {
        golden(&format!("help-{verb}"), &run(&[verb, "--help"]).exits(0).out);
        assert!(whole.out.contains(&format!("\n  {verb} ")), "{verb}");
    }
    let listed = whole.out.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed: Vec<_> = listed.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   ")).collect();
    assert_eq!(listed.len(), VERBS.len(), "a verb without a golden file: {listed:?}");
}

#[test]
fn the_version_is_the_packages() {
    let answer = run(&["--version"]).exits(0);
    assert_eq!(answer.out, format!("postman-scim-sync {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_exits_2_with_the_right_one() {
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["syn"],
        &["sync", "--aprove", "x"],
        &["sync", "--approve"],
        &["sync", "--approve", "x", "--dry-run"],
        &["sync", "--by", "me"],
        &["plan", "--format", "yaml"],
        &["plan", "extra"],
        &["approve"],
        &["approve", "a", "b"],
        &["adopt"],
        &["adopt", "x", "--all"],
        &["adopt", "x", "--group", "g"],
        &["adopt", "--group", "g", "--rebind"],
        &["team"],
        &["export-groups"],
        &["export-groups", "--format", "ldif"],
        &["history", "--who", "x", "--group", "g"],
        &["adopt", "--all", "--rebind"],
        &["sync", "--plan", "p.json", "--approve", "x"],
        &["sync", "--plan", "p.json", "--dry-run"],
        &["status", "--refresh"],
        &["sync", "--format", "csv"],
        &["history", "--changes", "--approvals"],
        &["history", "--cycle", "3", "--approvals"],
        &["fetch", "--salt-file", "s"],
        &["check", "--config"],
        &["sandbox", "--listen", "8080"],
        &["sandbox", "--people", "-1"],
        &["--frobnicate"],
    ] {
        let answer = run(arguments).exits(2);
        assert!(answer.err.contains("--help"), "{arguments:?}: {}", answer.err);
        assert!(answer.out.is_empty(), "{arguments:?}: {}", answer.out);
    }
    assert!(run(&["syn"]).err.contains("'sync'"), "the verb that was meant is named");
}

#[test]
fn every_form_that_texts_tell_people_to_type_is_understood() {
    let lab = Lab::new(team());
    std::fs::remove_file(lab.path("config.toml")).unwrap();
    for arguments in [
        &["adopt", "ada@acme.example"][..],
        &["adopt", "ada@acme.example", "--rebind"],
        &["adopt", "ada@acme.example", "--rebind", "--by", "me"],
        &["adopt", "--all", "--by", "me"],
        &["adopt", "--group", "Platform", "--by", "me"],
        &["approve", "0123456789", "--by", "me"],
        &["sync", "--approve", "0123456789", "--by", "me"],
        &["sync", "--dry-run"],
        &["plan", "--refresh", "--exit-code"],
    ] {
        // Arguments are read before the configuration, which is missing here.
        let answer = lab.run(arguments).exits(2);
        assert!(answer.err.contains("config.toml") && !answer.err.contains("Usage"), "{arguments:?}: {}", answer.err);
    }
}

#[test]
fn a_closed_pipe_is_no_reason_to_panic() {
    let lab = Lab::new(team());
    lab.export(&crowd(2_000));
    let mut commands = vec![program(&["--help"]), program(&["frobnicate"])];
    for arguments in [&["plan"][..], &["plan", "--format", "json"], &["sync"], &["status"], &["check"]] {
        commands.push(lab.command(arguments));
    }
    for mut command in commands {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(!told.contains("panicked"), "{command:?}: {told}");
        assert!(matches!(ended.status.code(), Some(0..=7)), "{command:?}: {}", ended.status);
    }
}

/// `fetch | head`: nobody is left to hear of it, and what was printed is not whole.
#[test]
fn a_reader_of_fetch_that_has_enough_ends_it_quietly() {
    let lab = Lab::new(team());
    lab.export(&crowd(2_000));
    for arguments in [&["fetch"][..], &["fetch", "--anonymize"]] {
        let mut command = lab.command(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(1), ""));
    }
}

#[test]
fn what_could_not_be_printed_is_said() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let lab = Lab::in_step(team(), &crowd(3));
    for arguments in [&["plan", "--format", "json"][..], &["status"], &["history"], &["fetch"]] {
        let answer = Answer::from(lab.command(arguments).stdout(full()).output().unwrap()).exits(1);
        assert!(answer.err.contains("could not write") && answer.err.contains("No space left"), "{}", answer.err);
    }
    // Where nothing can be told, the exit code still says it.
    let file = lab.path("plan.json");
    for (arguments, code) in [(&["plan", "--out", file.to_str().unwrap()][..], 0), (&["plan", "--format", "xml"], 2)] {
        assert_eq!(lab.command(arguments).stderr(full()).output().unwrap().status.code(), Some(code), "{arguments:?}");
    }
    lab.write("config.toml", "[postman");
    assert_eq!(lab.command(&["plan"]).stderr(full()).output().unwrap().status.code(), Some(2));
}

#[test]
fn an_approval_of_nothing_is_wrong_usage() {
    let lab = Lab::new(team());
    lab.export(&crowd(1));
    assert!(lab.run(&["sync", "--approve", ""]).exits(2).err.contains("--approve <PLAN_ID>"));
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn a_closed_standard_error_changes_no_exit_code() {
    let mut lab = Lab::new(team());
    lab.export(&crowd(1));
    lab.set("safety", "settle_wait = \"0s\"");
    let mut nothing = lab.command(&["status"]);
    let mut warned = lab.command(&["plan"]);
    warned.env("POSTMAN_SCIM_SYNC_LOG", "trace");
    for (command, code) in [(&mut program(&["frobnicate"]), 2), (&mut nothing, 1), (&mut warned, 0)] {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{command:?}");
    }
}

#[test]
fn nothing_is_coloured_in_a_pipe_or_with_no_color() {
    let mut lab = Lab::new(team());
    lab.export(&crowd(2));
    lab.set("safety", "settle_wait = \"0s\"");
    let coloured = |command: &mut Command| {
        let output = command.output().unwrap();
        output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b)
    };
    for arguments in [&["check"][..], &["plan"], &["sync"], &["status"], &["--help"], &["frobnicate"]] {
        let command = || {
            let mut command = lab.command(arguments);
            command.env("POSTMAN_SCIM_SYNC_LOG", "debug");
            command
        };
        assert!(!coloured(&mut command()), "{arguments:?} in a pipe");
        let both = command().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
        assert!(!both.stdout.contains(&0x1b), "{arguments:?} with NO_COLOR");
    }
    assert!(coloured(lab.command(&["plan"]).env("CLICOLOR_FORCE", "1")), "there is colour where it is wanted");
}

#[test]
fn json_is_json_whatever_happened() {
    let mut people = crowd(4);
    let lab = Lab::in_step(team(), &people);
    people[0].status = "inactive".into();
    people[1].family = "\u{1b}[31m\u{202e}Ünïcödé".into();
    people[2].mail = "no address".into();
    lab.export(&people);
    let documents = |arguments: &[&str], document: &str| {
        let answer = lab.run(arguments);
        let json = answer.json();
        assert_eq!((&json["format"], &json["document"]), (&1.into(), &document.into()), "{arguments:?}");
        assert!(!answer.out.contains('\u{1b}') && !answer.out.contains('\u{202e}'), "{arguments:?}");
        (json, answer.code)
    };
    let (plan, code) = documents(&["plan", "--format", "json"], "plan");
    assert_eq!(code, 0);
    let (cycle, code) = documents(&["sync", "--format", "json"], "cycle");
    assert_eq!((&plan["plan_id"], &cycle["exit_code"]), (&cycle["proposal"]["plan_id"], &code.into()));
    documents(&["status", "--format", "json"], "status");
    let out = lab.path("plan.json");
    lab.run(&["plan", "--format", "json", "--out", out.to_str().unwrap()]).exits(0);
    let written: serde_json::Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(written["document"], "plan");

    lab.sandbox.fault(Fault::any(Failure::Status { status: 401, shape: Shape::Gateway }).always());
    let (cycle, code) = documents(&["sync", "--refresh", "--format", "json"], "cycle");
    assert_eq!((code, &cycle["exit_code"]), (1, &1.into()));
    assert!(cycle["stopped"]["advice"].as_str().unwrap().contains("ACTIVE"), "{cycle}");
    documents(&["status", "--format", "json"], "status");
}

#[test]
fn a_plan_that_cannot_be_written_is_said() {
    let lab = Lab::new(team());
    lab.export(&crowd(1));
    let answer = lab.run(&["plan", "--out", "/nowhere/plan.txt"]).exits(1);
    assert!(answer.err.contains("/nowhere/plan.txt"), "{}", answer.err);
}
