//! When a reading ends, whatever the program started ends too.

use super::*;

/// Starts a process that would stay for long, and writes its number.
const STAYS: &str = "sleep 1000 & echo $! >stays; echo $$ >itself";

#[test]
fn a_program_that_takes_too_long_is_stopped_with_its_children() {
    for (script, output) in [
        (format!("{STAYS}; wait"), "nothing"),
        (format!("{STAYS}; {WHOLE}; wait"), "everything"),
        // Neither it nor its child can be asked to end.
        (format!("trap '' TERM; {STAYS}; {WHOLE}; while :; do sleep 1; done"), "everything, and deaf"),
    ] {
        let program = Program::new(&script).timeout(1);
        let error = program.refusal();
        assert!(error.contains("had not ended after 1 s and was stopped"), "{output}: {error}");
        ends(program.written_pid("itself"));
        ends(program.written_pid("stays"));
    }
}

#[test]
fn a_program_is_asked_to_end_before_it_is_killed() {
    let program = Program::new("trap 'echo asked >asked; exit 1' TERM; sleep 1000 & wait").timeout(1);
    assert!(program.refusal().contains("was stopped"));
    assert_eq!(std::fs::read_to_string(program.path("asked")).unwrap(), "asked\n");
}

#[test]
fn a_reading_that_is_dropped_takes_the_program_with_it() {
    let program = Program::new(&format!("trap '' TERM; {STAYS}; touch ready; wait"));
    run(async {
        let (source, mut people) = (ExecSource::open("hr", &program.settings), Kept(Vec::new()));
        let ready = async {
            while !program.path("ready").exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            read = source.read(&mut people) => panic!("it ended: {read:?}"),
            () = ready => {}
        }
    });
    ends(program.written_pid("itself"));
    ends(program.written_pid("stays"));
}

#[test]
fn output_that_ends_before_the_program_is_no_evidence() {
    let program = Program::new(&format!("{WHOLE}; exec >&-; {STAYS}; wait"));
    assert!(program.refusal().contains("closed its output and went on running"));
    ends(program.written_pid("itself"));
    ends(program.written_pid("stays"));
}

#[test]
fn output_that_somebody_else_holds_open_is_no_evidence() {
    let program = Program::new(&format!("{STAYS}; {WHOLE}"));
    assert!(program.refusal().contains("something it started keeps its output open"));
    ends(program.written_pid("stays"));
    // How it ended says more.
    let program = Program::new(&format!("{STAYS}; {WHOLE}; exit 7"));
    assert!(program.refusal().contains("exited with 7"));
    ends(program.written_pid("stays"));
}

#[test]
fn nothing_is_left_behind_by_a_program_that_did_well() {
    let program = Program::new(&format!("sleep 1000 >/dev/null & echo $! >stays; {WHOLE}"));
    assert_eq!(program.read().0.unwrap().entries, 2);
    ends(program.written_pid("stays"));
}

#[test]
fn a_mistake_in_the_middle_stops_the_program() {
    let program = Program::new(&format!("{STAYS}; echo no json; wait"));
    assert!(program.refusal().contains("sh line 1: not JSON"));
    ends(program.written_pid("itself"));
    ends(program.written_pid("stays"));
}

#[test]
fn no_zombie_of_ours_is_left() {
    let program = Program::new(&format!("echo $$ >itself; {WHOLE}"));
    program.read().0.unwrap();
    assert!(!Path::new(&format!("/proc/{}", program.written_pid("itself"))).exists());
    let program = Program::new("echo $$ >itself; echo no json; sleep 1000");
    program.refusal();
    assert!(!Path::new(&format!("/proc/{}", program.written_pid("itself"))).exists());
}
