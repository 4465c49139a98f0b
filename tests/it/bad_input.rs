//! Bad input: keys, teams, directories and settings that are wrong. Each is said, each has its exit code, and nothing
//! is sent after the first refusal.
//!
//! The folder has what is right and odd: every string that has broken programs, in names, addresses, ids, groups, files and
//! settings. Each string is tried in some places; `BAD_INPUT_ALL=1` tries each in all of them.

mod corpus;
mod files;
mod groups;
mod people;
mod settings;
mod shown;

use std::time::Duration;

use postman_scim_sync::sandbox::{
    Existence, Failure, Fault, KeyState, Kind, Knobs, Plan, PlanChecked, Scim, ScimError, ScimOff, Team,
};

use crate::support::{KEY, Lab, Lines, crowd, row, team};

/// A team, and what the program has to say about it.
struct Refusal {
    name: &'static str,
    team: Team,
    says: &'static [&'static str],
}

fn refusals() -> Vec<Refusal> {
    let okta: &[&str] = &["SCIM provisioning is enabled", "SCIM API key and not an ordinary API key", "ACTIVE"];
    let orphan: &[&str] = &["the admin who made the key has left", "make a new SCIM API key"];
    let everywhere = Knobs { plan_checked: PlanChecked::Everywhere, ..Knobs::default() };
    let forbidden = Knobs { scim_off: ScimOff::Forbidden, ..Knobs::default() };
    vec![
        Refusal { name: "an unknown key", team: Team::new("Acme"), says: okta },
        Refusal { name: "a revoked key", team: team().key(KEY, KeyState::Revoked), says: okta },
        Refusal { name: "SCIM off, said by 401", team: team().scim(Scim::Off), says: okta },
        Refusal {
            name: "SCIM off, said by 403",
            team: team().scim(Scim::Off).knobs(forbidden),
            says: &["SCIM provisioning is still enabled"],
        },
        Refusal { name: "an orphaned key", team: team().key(KEY, KeyState::Orphaned), says: orphan },
        Refusal {
            name: "no Enterprise plan",
            team: team().plan(Plan::Basic).knobs(everywhere),
            says: &["Enterprise plan"],
        },
        Refusal {
            name: "a team that is gone",
            team: {
                let mut gone = team();
                gone.existence = Existence::Deleted;
                gone
            },
            says: &["no longer exists"],
        },
    ]
}

#[test]
fn a_refusal_of_the_team_is_explained_and_ends_the_sending() {
    for Refusal { name, team, says } in refusals() {
        let lab = Lab::new(team);
        lab.export(&crowd(3));
        for (verb, told_on_stderr) in [("check", false), ("plan", true), ("sync", false)] {
            lab.sandbox.clear_log();
            let answer = lab.run(&[verb]).exits(1);
            let said = if told_on_stderr { &answer.err } else { &answer.out };
            let said = said.flat();
            for part in says {
                assert!(said.contains(part), "{name}, {verb}: {part:?} is missing in\n{said}");
            }
            let sent = lab.sandbox.log();
            assert_eq!(sent.len(), 1, "{name}, {verb}: {sent:#?}");
            assert!(!sent[0].is_write(), "{name}, {verb}");
        }
    }
}

#[test]
fn a_plan_that_only_creates_refuse_stops_at_the_first_create() {
    let mut lab = Lab::new(team().plan(Plan::Basic));
    lab.set("safety", "first_sync = \"apply\"");
    lab.wide_open();
    lab.export(&crowd(20));
    let answer = lab.run(&["sync"]).exits(1);
    assert!(answer.out.flat().contains("needs Postman's Enterprise plan"), "{}", answer.out);
    let log = lab.sandbox.log();
    assert_eq!(lab.sandbox.writes().len(), 1);
    assert!(log.last().unwrap().is_write(), "nothing is sent after the refusal");
}

#[test]
fn a_key_revoked_in_the_middle_stops_the_cycle_at_once() {
    let mut lab = Lab::new(team());
    lab.set("safety", "first_sync = \"apply\"");
    lab.wide_open();
    lab.export(&crowd(100));
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::Scim(ScimError::Unauthorized)).nth(20).always());
    let answer = lab.run(&["sync"]).exits(1);
    assert!(answer.out.flat().contains("its status is ACTIVE"), "{}", answer.out);
    // Eight may be on their way when the first refusal arrives.
    let sent = lab.sandbox.writes().len();
    assert!((20..=19 + 8).contains(&sent), "{sent} creates were sent");
    lab.sandbox.faults_off();
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sandbox.team().people().len(), 101);
}

#[test]
fn every_configuration_problem_comes_at_once_with_line_and_suggestion() {
    let lab = Lab::new(team());
    lab.write(
        "config.toml",
        "[postman]\nbase_ur = \"https://api.getpostman.com/scim/v2\"\nauth = \"berer\"\n\
         api_key_file = \"scim.key\"\n[[source]]\nname = \"hr\"\ntype = \"file\"\npath = \"people.csv\"\nid = \"id\"\n\
         [safety]\ngrace = \"a week\"\n",
    );
    for verb in ["check", "plan", "sync", "status"] {
        let answer = lab.run(&[verb]).exits(2);
        for part in
            ["line 2: postman.base_ur", "\"base_url\"?", "line 3: postman.auth", "\"bearer\"?", "line 11: safety.grace"]
        {
            assert!(answer.err.contains(part), "{verb}: {part:?} is missing in\n{}", answer.err);
        }
        assert!(answer.err.lines().filter(|line| line.starts_with("error: ")).count() >= 3, "{}", answer.err);
        assert!(answer.out.is_empty());
    }
    assert!(lab.sandbox.log().is_empty());
    assert!(!lab.path("state").exists());
}

#[test]
fn a_configuration_that_cannot_be_used_exits_2_and_makes_nothing() {
    let mut lab = Lab::new(team());
    lab.export(&crowd(1));
    std::fs::remove_file(lab.path("config.toml")).unwrap();
    let answer = lab.run(&["sync"]).exits(2);
    assert!(answer.err.contains("config.toml"), "{}", answer.err);
    lab.set("postman", "base_url = \"http://api.getpostman.com/scim/v2\"");
    let answer = lab.run(&["sync"]).exits(2);
    assert!(answer.err.contains("https"), "{}", answer.err);
    lab.set("postman", "base_url = \"https://api.getpostman.com/scim/v2?x=1\"");
    lab.run(&["sync"]).exits(2);
    assert!(!lab.path("state").exists(), "a wrong setting makes no state");
}

#[test]
fn a_key_that_cannot_be_used_exits_2_and_is_not_repeated() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new(team());
    lab.export(&crowd(1));
    for content in ["", "changeme", "PMAK-canary in two words"] {
        lab.write("scim.key", content);
        let answer = lab.run(&["sync"]).exits(2);
        assert!(answer.err.contains("scim.key") && !answer.err.contains("canary"), "{}", answer.err);
    }
    lab.write("scim.key", KEY);
    std::fs::set_permissions(lab.path("scim.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let answer = lab.run(&["plan"]).exits(2);
    assert!(answer.err.contains("chmod 600"), "{}", answer.err);
    std::fs::remove_file(lab.path("scim.key")).unwrap();
    lab.run(&["plan"]).exits(2);
    assert!(lab.sandbox.log().is_empty());
}

#[test]
fn an_empty_directory_is_held_and_nobody_leaves() {
    let lab = Lab::in_step(team(), &crowd(5));
    lab.export(&[]);
    for _ in 0..3 {
        let answer = lab.run(&["sync"]).exits(4);
        assert!(answer.out.contains("HELD"), "{}", answer.out);
    }
    lab.run(&["plan"]).exits(4);
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn an_export_that_is_missing_cut_or_not_understood_fails_and_nobody_leaves() {
    let lab = Lab::in_step(team(), &crowd(5));
    let whole = std::fs::read_to_string(lab.path("people.csv")).unwrap();
    for (name, content) in [
        ("zero bytes", String::new()),
        ("cut in a line", whole[..whole.len() - 9].to_owned()),
        ("a login page", "<html><body>Please log in</body></html>\n".to_owned()),
        ("other columns", whole.replacen("mail", "e-mail", 1)),
        ("a row too long", format!("{whole}9,a,b,c@acme.example,active,too,many\n")),
    ] {
        lab.write("people.csv", &content);
        let answer = lab.run(&["sync"]);
        assert!(matches!(answer.code, 1 | 4), "{name}: exit {}\n{}{}", answer.code, answer.out, answer.err);
        assert!(lab.sandbox.writes().is_empty(), "{name}");
    }
    std::fs::remove_file(lab.path("people.csv")).unwrap();
    let answer = lab.run(&["sync"]).exits(1);
    assert!(answer.out.contains("postman-scim-sync check"), "{}", answer.out);
    assert!(lab.sandbox.writes().is_empty());
    lab.write("people.csv", &whole);
    lab.run(&["sync"]).exits(0);
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn a_second_instance_exits_6_while_the_first_is_at_work() {
    let mut lab = Lab::in_step(team(), &crowd(3));
    lab.set("safety", "settle_wait = \"0s\"");
    let mut people = crowd(3);
    people.push(row("9", "Nina", "Neu", "nina"));
    lab.export(&people);
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::HangAfter(Duration::from_secs(600))));
    let before = lab.sandbox.effects();
    let mut first = lab.command(&["sync"]).spawn().unwrap();
    lab.wait(lab.sandbox.wait_for_effects(before + 1));

    let answer = lab.run(&["sync"]).exits(6);
    assert!(answer.err.contains("another instance") && answer.err.contains("status"), "{}", answer.err);
    assert_eq!(first.try_wait().unwrap(), None, "the first is still at work");
    lab.run(&["plan"]).exits(0);
    assert_eq!(first.try_wait().unwrap(), None, "a plan beside it disturbs nobody");

    first.kill().unwrap();
    first.wait().unwrap();
    lab.run(&["sync"]).exits(0);
    let creates = lab.sandbox.writes().into_iter().filter(|logged| logged.kind == Kind::Create).count();
    assert_eq!(creates, 1, "what the killed one sent is found by reading, and never sent again");
}
