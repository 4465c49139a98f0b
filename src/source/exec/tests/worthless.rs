//! Programs whose listing counts for nothing, each with what is said about it.

use super::*;

#[track_caller]
fn refused(script: &str, said: &str) {
    let error = Program::new(script).refusal();
    assert!(
        error.starts_with("sh") && error.contains(said),
        "{script}\nwas refused with:  {error}\ninstead of:  {said}"
    );
}

#[test]
fn a_right_listing_of_a_program_that_fails() {
    refused(&format!("{WHOLE}; exit 1"), "sh: the program exited with 1; run it by hand");
    refused(&format!("{WHOLE}; exit 255"), "exited with 255");
    refused(&format!("{WHOLE}; kill -9 $$"), "was killed by signal 9");
    refused(&format!("{WHOLE}; kill -TERM $$"), "was killed by signal 15");
    // A cut line says less than the status.
    refused(r#"printf '{"id":1,"sta'; exit 32"#, "exited with 32");
}

#[test]
fn a_listing_that_is_not_whole() {
    for (script, said) in [
        ("true", "the program ended after 0 entries without the end line"),
        (r#"echo '{"id":1,"status":1}'"#, "after 1 entries without the end line {\"end\":true,\"count\":1}"),
        (r#"printf '{"id":1,"status":1}'"#, "after 1 entries without the end line"),
        (r#"printf '{"id":1,"sta'"#, "sh line 1: not JSON as it should be"),
        (r#"printf '{"end":true,"cou'"#, "not JSON as it should be"),
        (r#"echo '{"id":1,"status":1}'; echo '{"end":true,"count":2}'"#, "does not count the 1 entries before it"),
        (r#"echo '{"id":1,"status":1}'; echo '{"end":true,"count":0}'"#, "does not count the 1 entries before it"),
        (r#"echo '{"id":1,"status":1}'; echo '{"end":true}'"#, "does not count the 1 entries"),
        (r#"echo '{"end":true,"count":0}'; echo '{"id":1}'"#, "sh line 2: something follows the end line"),
        (r#"echo '{"end":true,"count":0}'; echo done"#, "something follows the end line"),
        (r#"echo '{"end":true,"count":0}'; echo '{"end":true,"count":0}'"#, "something follows the end line"),
    ] {
        refused(script, said);
    }
}

#[test]
fn text_that_is_not_what_it_should_be() {
    for (script, said) in [
        ("echo 'ldap_bind: Invalid credentials (49)'", "sh line 1: not JSON as it should be"),
        ("echo '[]'", "not an object"),
        (r#"printf '{"id":"\351"}\n'"#, "not UTF-8"),
        (r"printf '\377\376{\000'; echo", "a NUL byte"),
        (r"printf '\177ELF\001\002\n\033[2J\000'", "not JSON as it should be"),
        (r#"echo '{"id":1,"id":2}'"#, "the key \"id\" twice"),
        (r#"echo '{"ID":1}'"#, "the entry has no attribute \"id\", which `id` names; it has: ID; did you mean \"ID\"?"),
        (
            r#"echo '{"id":1,"status":1}'; echo '{"id":1,"status":1}'; echo '{"end":true,"count":2}'"#,
            "sh line 2: the same id as on line 1",
        ),
        (r#"echo '{"id":1}'; echo '{"end":true,"count":1}'"#, "no entry has attribute \"status\""),
        (r#"printf '{"id":"'; head -c 2000000 /dev/zero | tr '\0' x"#, "an object longer than 1 MiB begins here"),
        ("yes | tr -d '\\n'", "an object longer than 1 MiB begins here"),
    ] {
        refused(script, said);
    }
}

#[test]
fn a_flood_is_stopped_at_the_limit() {
    let mut program = Program::new(r#"yes '{"id":1,"status":"active"}'"#);
    program.settings.output_limit = 1 << 20;
    assert!(program.refusal().contains("printed more than 1 MiB and was stopped"));
}

#[test]
fn a_program_that_cannot_be_started() {
    let mut program = Program::new("");
    std::fs::write(program.path("no-program"), "just text").unwrap();
    for (path, said) in [
        (program.path("absent"), "absent: cannot start the program: No such file"),
        (program.path("no-program"), "Permission denied"),
        (program.folder.path().to_owned(), "Permission denied"),
    ] {
        program.settings.program = path;
        let error = program.read().0.unwrap_err();
        assert!(matches!(error, SourceError::Unreachable { .. }));
        assert!(error.to_string().contains(said) && error.to_string().contains("check `command`"), "{error}");
    }
}

#[test]
fn the_last_line_of_its_errors_is_told_and_cannot_command_a_terminal() {
    refused(
        "echo first >&2; echo 'ldap_bind: Invalid credentials (49)' >&2; echo >&2; exit 49",
        "exited with 49; run it by hand, as the user this runs as; it last said: ldap_bind: Invalid credentials (49)",
    );
    refused("printf 'no newline' >&2; exit 1", "it last said: no newline");
    let error = Program::new(r"printf '\033[2J\342\200\256evil\t\007line\n' >&2; exit 1").refusal();
    assert!(error.ends_with("it last said: [2Jevil line"), "{error:?}");
    let error = Program::new("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1").refusal();
    assert!(error.len() < 600, "{}", error.len());
}
