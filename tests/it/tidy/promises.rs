//! What the texts beside the code promise: documents, unit files and sample configurations name only what exists.

use std::collections::BTreeSet;
use std::fs;

use super::{read, root};
use crate::cli::VERBS;
use crate::support::{Answer, Lab, crowd, team};

/// Runs one command line of a document, with `--help` behind it, so that nothing happens.
fn understood(line: &str) -> Answer {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postman-scim-sync"));
    let words = line.split_whitespace().skip(1).map(|word| word.trim_matches(['"', '\'']));
    command.args(words).arg("--help").env_clear().output().unwrap().into()
}

#[track_caller]
fn check_command(place: &str, line: &str) {
    let answer = understood(line);
    assert_eq!(answer.code, 0, "{place}: {line}\n{}", answer.err);
    let verb = line.split_whitespace().nth(1).unwrap_or_default();
    assert!(VERBS.contains(&verb) || verb.starts_with('-'), "{place}: {line}: there is no such verb");
    // `--help` ends the parsing early, so flags are looked up in what it prints.
    for flag in line.split_whitespace().filter(|word| word.starts_with("--")) {
        let flag = flag.split('=').next().unwrap();
        assert!(answer.out.contains(flag), "{place}: {line}: {verb} has no {flag}\n{}", answer.out);
    }
}

/// The commands of a document's fenced blocks, a prompt before them or not, up to a comment or a pipe.
fn commands(text: &str) -> Vec<String> {
    let fenced = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    let lines = fenced.map(|line| line.trim().trim_start_matches("$ ").trim_start_matches("sudo "));
    let ours = lines.filter(|line| line.starts_with("postman-scim-sync "));
    ours.map(|line| line.split([';', '|', '&', '>', '#']).next().unwrap().trim().to_owned()).collect()
}

fn documents() -> Vec<String> {
    let mut names = vec!["README.md".to_owned()];
    for folder in ["docs", "docs/sources"] {
        let docs = fs::read_dir(root().join(folder)).unwrap();
        let docs = docs.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.extend(docs.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")));
    }
    names.sort();
    names
}

#[test]
fn every_command_in_the_documents_is_one_that_exists() {
    let mut checked = 0;
    for name in documents() {
        for line in commands(&read(&name)) {
            check_command(&name, &line);
            checked += 1;
        }
    }
    assert!(checked > 0, "the documents show no command, or they are no longer found");
}

#[test]
fn every_file_a_document_links_to_exists() {
    for name in documents() {
        let folder = root().join(&name).parent().unwrap().to_owned();
        let text = read(&name);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            let is_file = !path.is_empty() && !link.contains("://");
            assert!(!is_file || folder.join(path).exists(), "{name}: a link to {link}, which is not there");
        }
    }
}

#[test]
fn the_units_start_what_exists() {
    for name in ["systemd/postman-scim-sync.service", "systemd/postman-scim-sync-once.service"] {
        let unit = read(name);
        let starts: Vec<&str> = unit.lines().filter_map(|line| line.strip_prefix("ExecStart=")).collect();
        assert!(!starts.is_empty());
        for start in starts {
            assert!(start.starts_with("/usr/bin/postman-scim-sync "), "{start}");
            check_command(name, start);
        }
        for quoted in unit.split('`').skip(1).step_by(2).filter(|text| text.starts_with("postman-scim-sync ")) {
            check_command(name, quoted);
        }
        // The credential has the name that the configuration looks for.
        let key = fs::read_to_string(root().join("config/reference.toml")).unwrap();
        let credential = unit.lines().find_map(|line| line.strip_prefix("LoadCredential=")).unwrap();
        let credential = credential.split(':').next().unwrap();
        assert!(key.contains(&format!("`{credential}`")), "config/reference.toml does not name {credential}");
        assert!(!unit.contains("\nProcSubset=pid"), "{name}: the time since boot is read from /proc");
    }
    let daemon = read("systemd/postman-scim-sync.service");
    for line in ["Type=notify", "WatchdogSec=5min", "Restart=on-failure", "TimeoutStopSec=30s", "[Install]"] {
        assert!(daemon.lines().any(|found| found == line), "the daemon's unit has no {line}");
    }
    let once = read("systemd/postman-scim-sync-once.service");
    assert!(once.contains("SuccessExitStatus=3 4"), "people set aside and held parts are no failure of the unit");
    let timer = read("systemd/postman-scim-sync-once.timer");
    assert!(timer.contains("Persistent=true") && timer.contains("[Install]"));
}

/// The image starts the daemon with the paths that the configuration has by default.
#[test]
fn the_image_starts_what_exists() {
    let image = read("container/Dockerfile");
    for instruction in ["ENTRYPOINT", "CMD", "HEALTHCHECK"] {
        assert!(image.lines().any(|line| line.starts_with(instruction)), "no {instruction}");
    }
    let words = |line: &str| -> String {
        let list = &line[line.find('[').unwrap()..];
        serde_json::from_str::<Vec<String>>(list).unwrap().join(" ")
    };
    let line = |start: &str| image.lines().map(str::trim).find(|line| line.starts_with(start)).map(words).unwrap();
    let entry = line("ENTRYPOINT [");
    assert_eq!(entry, "/usr/bin/postman-scim-sync");
    check_command("container/Dockerfile", &format!("postman-scim-sync {}", line("CMD [\"run\"")));
    check_command("container/Dockerfile", &line("CMD [\"/usr/bin/postman-scim-sync\""));
    assert!(image.contains("STOPSIGNAL SIGTERM") && image.contains("USER 65532:65532"));
    assert!(image.contains("VOLUME [\"/var/lib/postman-scim-sync\"]"));
}

#[test]
fn the_architecture_names_every_folder_and_no_other() {
    let text = read("ARCHITECTURE.md");
    let entries = fs::read_dir(root().join("src")).unwrap().map(|entry| entry.unwrap());
    let folders: BTreeSet<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| format!("src/{}/", entry.file_name().to_str().unwrap()))
        .collect();
    for folder in &folders {
        assert!(text.contains(&format!("`{folder}`")), "ARCHITECTURE.md does not name {folder}");
    }
    for named in text.split('`').skip(1).step_by(2).filter(|name| name.starts_with("src/") && name.ends_with('/')) {
        assert!(
            root().join(named).exists() || named.contains('*'),
            "ARCHITECTURE.md names {named}, which is not there"
        );
    }
}

/// Each sample loads as it stands, and its source can be opened; what it cannot know (the team, the export) fails.
#[test]
fn every_sample_configuration_is_one_the_program_takes() {
    let lab = Lab::new(team());
    lab.export(&crowd(1));
    let mut n_samples = 0;
    for entry in fs::read_dir(root().join("config")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".toml") {
            continue;
        }
        n_samples += 1;
        lab.write("config.toml", &read(&format!("config/{name}")));
        let mut command = lab.command(&["status"]);
        let state = lab.path("state/none.db");
        command.env("POSTMAN_SCIM_SYNC__STATE__PATH", state);
        let answer: Answer = command.output().unwrap().into();
        // No state there: the configuration was taken, and nothing was sent.
        assert!(answer.err.contains("there is no state"), "{name}: exit {}\n{}", answer.code, answer.err);
    }
    assert!(n_samples >= 3, "{n_samples} samples");
    assert!(lab.sandbox.log().is_empty());
}
