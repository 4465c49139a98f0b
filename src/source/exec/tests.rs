//! The exec source against real little programs.
//!
//! Never: a fake process; and nothing is decided by how fast one is.

mod ends;
mod worthless;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::core::groups::rules::Asked;
use crate::core::model::{Active, DirectoryUser};
use crate::source::records::people::tests::records;

/// Two people and the end line.
const WHOLE: &str =
    r#"printf '%s\n' '{"id":1,"status":"active"}' '{"id":2,"status":"terminated"}' '{"end":true,"count":2}'"#;

/// A folder with a script in it, and the settings that run it.
struct Program {
    folder: tempfile::TempDir,
    settings: ExecSettings,
}

impl Program {
    /// The script is an argument of `sh`: a program that has just been written may still be open for writing in a child
    /// that another test is starting, and then it cannot be run.
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("export.sh"), script).expect("a written script");
        let settings = ExecSettings {
            program: "/bin/sh".into(),
            arguments: vec!["export.sh".into()],
            folder: folder.path().to_owned(),
            timeout: Duration::from_secs(60),
            output_limit: 1 << 30,
            environment: vec!["PATH".into()],
            records: records(),
        };
        Self { folder, settings }
    }

    fn timeout(mut self, seconds: u64) -> Self {
        self.settings.timeout = Duration::from_secs(seconds);
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self) -> (Result<Evidence, SourceError>, Vec<DirectoryUser>) {
        let mut people = Kept(Vec::new());
        let source = ExecSource::open("hr", &self.settings);
        let evidence = run(source.read(&mut people));
        (evidence, people.0)
    }

    fn refusal(&self) -> String {
        self.read().0.expect_err("a worthless reading").to_string()
    }

    /// The process whose number the script wrote into that file.
    fn written_pid(&self, name: &str) -> u32 {
        std::fs::read_to_string(self.path(name)).expect("a written number").trim().parse().expect("a number")
    }
}

struct Kept(Vec<DirectoryUser>);

impl Fold for Kept {
    fn person(&mut self, user: DirectoryUser) {
        self.0.push(user);
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Whether a process runs. One that ended and waits for its parent to look (Z) does not; in a container nobody may look.
fn runs(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

#[track_caller]
fn ends(pid: u32) {
    for _ in 0..600 {
        if !runs(pid) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("process {pid} still runs");
}

#[test]
fn a_whole_listing_is_evidence() {
    let (evidence, people) = Program::new(WHOLE).read();
    let evidence = evidence.unwrap();
    assert_eq!((evidence.entries, evidence.can_probe, evidence.source.as_str()), (2, false, "hr"));
    assert_eq!(evidence.checked, ["exit status 0", "end line: 2 entries"]);
    let read: Vec<_> = people.iter().map(|user| (user.id.id.as_str(), user.active, user.place.as_str())).collect();
    assert_eq!(read, [("1", Active::Yes, "sh line 1"), ("2", Active::No, "sh line 2")]);
}

#[test]
fn asked_groups_stand_in_the_evidence_and_the_end_line_counts_people() {
    let mut program = Program::new(
        r#"printf '%s\n' '{"id":1,"status":"active","groups":["PM-web"]}' '{"id":2,"status":"active","groups":[]}' '{"end":true,"count":2}'"#,
    );
    program.settings.records.groups = Some("groups".into());
    program.settings.records.pushed = vec![Asked::of("pm-web"), Asked::of("pm-api")];
    let (evidence, people) = program.read();
    let counts = evidence.unwrap().groups.into_iter().map(|group| (group.asked, group.found.unwrap().members));
    assert_eq!(counts.collect::<Vec<_>>(), [("pm-web".to_owned(), 1), ("pm-api".to_owned(), 0)]);
    assert_eq!((&people[0].in_groups[..], &people[1].in_groups[..]), (&["pm-web".to_owned()][..], &[][..]));
}

#[test]
fn line_ends_blank_lines_and_a_missing_last_newline_are_all_one() {
    for script in [
        r#"printf '{"id":1,"status":1}\n{"end":true,"count":1}'"#,
        r#"printf '\r\n\n  {"id":1,"status":1}\r\n\r\n{"count":1,"end":true}\r\n\n'"#,
        r#"printf '{"id":'; sleep 0.1; printf '1,"status":1}\n{"end":'; sleep 0.1; printf 'true,"count":1}\n'"#,
    ] {
        assert_eq!(Program::new(script).read().0.map(|evidence| evidence.entries).unwrap(), 1, "{script}");
    }
}

#[test]
fn an_empty_listing_is_a_reading_that_the_planner_judges() {
    assert_eq!(Program::new(r#"echo '{"end":true,"count":0}'"#).read().0.unwrap().entries, 0);
}

#[test]
fn it_runs_beside_the_configuration_with_nothing_to_read_and_only_the_named_variables() {
    let program = Program::new(&format!("pwd >folder; env >env; if read line; then exit 9; fi; {WHOLE}"));
    assert!(std::env::vars_os().count() > 2, "there has to be something that is not passed on");
    program.read().0.unwrap();
    let folder = std::fs::read_to_string(program.path("folder")).unwrap();
    assert_eq!(Path::new(folder.trim()), program.folder.path().canonicalize().unwrap());
    let env = std::fs::read_to_string(program.path("env")).unwrap();
    // The shell sets PWD, and some set OLDPWD, SHLVL and _, by themselves.
    let own = ["PATH", "PWD", "OLDPWD", "SHLVL", "_"];
    assert!(env.lines().all(|line| own.contains(&line.split('=').next().unwrap())), "{env}");
}

#[test]
fn a_relative_program_is_one_beside_the_configuration() {
    let mut program = Program::new(WHOLE);
    std::os::unix::fs::symlink("/bin/sh", program.path("export-people")).unwrap();
    program.settings.program = program.path("export-people");
    assert_eq!(program.read().0.unwrap().entries, 2);
    assert_eq!(ExecSource::open("hr", &program.settings).describe(), "exec export-people");
}

#[test]
fn errors_are_read_whether_or_not_anything_is_printed() {
    for flood in [
        "head -c 3000000 /dev/zero | tr '\\0' x >&2",
        "yes 'still at work' | head -n 300000 >&2",
        "head -c 3000000 /dev/urandom >&2",
    ] {
        assert_eq!(Program::new(&format!("{flood}\n{WHOLE}\n{flood}")).read().0.unwrap().entries, 2, "{flood}");
    }
}

#[test]
fn a_long_listing_arrives_whole() {
    let script = r#"awk 'BEGIN { for (i = 0; i < 50000; i++) print "{\"id\":" i ",\"status\":1}"; print "{\"end\":true,\"count\":50000}" }'"#;
    let (evidence, people) = Program::new(script).read();
    assert_eq!((evidence.unwrap().entries, people.len()), (50_000, 50_000));
}
