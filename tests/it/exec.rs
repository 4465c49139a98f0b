//! The exec source through the built program: what a cycle does with a listing, with a worthless one, and what a program
//! can see of us.

use std::process::Stdio;
use std::time::Duration;

use crate::support::{KEY, Lab, Lines, Row, crowd, team};

/// A lab whose directory is `sh export.sh`.
fn lab(people: &[Row]) -> Lab {
    let mut lab = Lab::new(team());
    lab.source(
        "type = \"exec\"\ncommand = [\"/bin/sh\", \"export.sh\"]\nid = \"id\"\nactive = \"status\"\ntimeout = \"60s\"",
    );
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "absence_wait = \"0s\"");
    lab.wide_open();
    lab.write("export.sh", &listing(people));
    lab.sync().exits(0);
    lab.sandbox.clear_log();
    lab
}

/// A script that prints these people and the end line.
fn listing(people: &[Row]) -> String {
    let mut text = "cat <<'END'\n".to_owned();
    for Row { id, given, family, mail, status } in people {
        text.push_str(&format!(
            "{{\"id\":\"{id}\",\"given\":\"{given}\",\"family\":\"{family}\",\"mail\":\"{mail}\",\"status\":\"{status}\"}}\n"
        ));
    }
    text + &format!("{{\"end\":true,\"count\":{}}}\nEND\n", people.len())
}

#[test]
fn a_program_is_a_directory() {
    let mut people = crowd(4);
    let lab = lab(&people);
    assert_eq!(lab.active().len(), 4);
    lab.sync().exits(0);
    assert!(lab.sent().is_empty(), "a quiet cycle sends nothing");

    people[0] = people[0].clone().named("Grace", "Hopper");
    people[1] = people[1].clone().inactive();
    people.truncate(3);
    lab.write("export.sh", &listing(&people));
    let answer = lab.sync().exits(0);
    assert_eq!(answer.notes(), ["due"], "absence needs two cycles");
    assert_eq!(lab.sent(), ["deactivate p2@acme.example", "rename p1@acme.example"]);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
}

#[test]
fn plan_and_check_say_what_was_read_and_what_proved_it() {
    let lab = lab(&crowd(3));
    let said = lab.run(&["plan"]).exits(0).out.flat();
    assert!(
        said.contains("Source hr, exec sh: 3 entries") && said.contains("exit status 0, end line: 3 entries"),
        "{said}"
    );
    let said = lab.run(&["check"]).exits(0).out.flat();
    assert!(said.contains("ok source hr (exec sh): 3 entries, 3 in scope"), "{said}");
    lab.write("export.sh", "echo 'no route to host' >&2; exit 68");
    let answer = lab.run(&["check"]).exits(1);
    let said = answer.out.flat();
    assert!(said.contains("FAIL source hr (exec sh): the program exited with 68"), "{said}");
    assert!(said.contains("it last said: no route to host"), "{said}");
    assert!(answer.err.contains("sh: no route to host"), "its errors are in the log: {}", answer.err);
}

/// Each would be the end of half the team, if the listing were believed.
#[test]
fn nobody_is_removed_on_account_of_a_worthless_listing() {
    let lab = lab(&crowd(6));
    let half = listing(&crowd(3));
    for (script, said) in [
        (format!("{half}exit 1"), "exited with 1"),
        (format!("{half}kill -9 $$"), "killed by signal 9"),
        (half.replace("\"count\":3", "\"count\":4"), "does not count the 3 entries"),
        (half.replace("{\"end\":true,\"count\":3}\n", ""), "without the end line"),
        (format!("{half}echo more"), "something follows the end line"),
        (format!("{half}exec >&-; sleep 100"), "went on running"),
        ("exit 0".to_owned(), "without the end line"),
    ] {
        lab.write("export.sh", &script);
        // Twice, since absence takes two cycles.
        for _ in 0..2 {
            let answer = lab.run(&["sync"]).exits(1);
            let text = answer.out.flat();
            assert!(text.contains("hr") && text.contains(said), "{script}\n{}", answer.out);
        }
        assert_eq!((lab.active().len(), lab.sent()), (6, Vec::<String>::new()), "{script}");
    }
    // And an empty one is complete, and still nobody.
    lab.write("export.sh", &listing(&[]));
    assert_eq!(lab.sync().exits(4).held(), ["empty"]);
    assert_eq!(lab.active().len(), 6);
}

#[test]
fn a_worthless_listing_between_two_good_ones_starts_the_waiting_over() {
    let lab = lab(&crowd(3));
    for script in [listing(&crowd(2)), listing(&crowd(3)), listing(&crowd(2)), "exit 1".to_owned()] {
        lab.write("export.sh", &script);
        lab.sync();
    }
    assert_eq!(lab.active().len(), 3);
}

/// What the program can reach of us: no key, no database, no lock; and the lock is not kept by what it leaves behind.
#[test]
fn a_program_inherits_nothing() {
    let lab = lab(&crowd(2));
    let spy = "env >env; ls -l /proc/$$/fd >fds; setsid sleep 1000 >/dev/null 2>&1 & echo $! >left;";
    lab.write("export.sh", &format!("{spy}\n{}", listing(&crowd(2))));
    let mut command = lab.command(&["sync"]);
    command.env("POSTMAN_SCIM_SYNC__POSTMAN__API_KEY", KEY).env("SOMEBODY_ELSE", "canary");
    command.env("CREDENTIALS_DIRECTORY", lab.folder.path()).env("NOTIFY_SOCKET", "/nowhere").env("LANG", "C.UTF-8");
    assert_eq!(command.stdin(Stdio::null()).status().unwrap().code(), Some(0));

    let read = |name: &str| std::fs::read_to_string(lab.path(name)).unwrap();
    let (env, fds) = (read("env"), read("fds"));
    for word in ["POSTMAN", "CREDENTIALS", "NOTIFY", "canary", "PMAK", KEY] {
        assert!(!env.contains(word), "{word}\n{env}");
    }
    assert!(env.contains("LANG=C.UTF-8") && env.contains("PATH="), "{env}");
    // What this test process itself was started with is passed on by every program that knows nothing of it.
    let from_outside = std::process::Command::new("sh").args(["-c", "ls -l /proc/$$/fd"]).output().unwrap();
    let from_outside = String::from_utf8_lossy(&from_outside.stdout).into_owned();
    let own = [lab.path("export.sh"), lab.path("fds"), "/dev/null".into()].map(|path| path.display().to_string());
    let expected = |target: &str| {
        own.iter().any(|own| own == target) || target.starts_with("pipe:") || from_outside.contains(target)
    };
    let open: Vec<&str> = fds.lines().filter_map(|line| line.split_once(" -> ")).map(|(_, target)| target).collect();
    assert!(open.len() >= 3 && open.iter().all(|target| expected(target)), "{fds}");

    // What left the group lives on, and holds no lock of ours.
    let left = read("left");
    assert!(std::path::Path::new(&format!("/proc/{}", left.trim())).exists());
    lab.sync().exits(0);
    std::process::Command::new("kill").args(["-9", left.trim()]).status().unwrap();
}

#[test]
fn a_cycle_that_is_killed_does_not_keep_the_lock_by_its_program() {
    let lab = lab(&crowd(2));
    lab.write("export.sh", "echo $$ >itself; exec sleep 1000");
    let mut cycle = lab.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let itself = (0..1200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        std::fs::read_to_string(lab.path("itself")).ok().filter(|text| text.ends_with('\n'))
    });
    cycle.kill().unwrap();
    cycle.wait().unwrap();
    // The program outlives a SIGKILL of ours, as whatever one starts does; the next cycle can start all the same.
    lab.write("export.sh", &listing(&crowd(2)));
    lab.sync().exits(0);
    std::process::Command::new("kill").args(["-9", itself.unwrap().trim()]).status().unwrap();
}

#[test]
fn another_command_voids_an_approval() {
    let mut lab = lab(&crowd(3));
    let before = lab.plan().plan_id();
    lab.source("type = \"exec\"\ncommand = [\"/bin/sh\", \"./export.sh\"]\nid = \"id\"\nactive = \"status\"");
    assert_ne!(lab.plan().plan_id(), before);
}
