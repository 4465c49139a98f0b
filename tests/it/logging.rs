//! The log: its two formats, its levels, and that it stays out of standard output.

use crate::support::{Lab, crowd, team};

fn lab(level: &str, format: &str) -> Lab {
    let mut lab = Lab::in_step(team(), &crowd(2));
    // Nothing to warn of.
    lab.set("safety", "settle_wait = \"2m\"");
    lab.set("log", &format!("level = \"{level}\""));
    lab.set("log", &format!("format = \"{format}\""));
    lab
}

/// One person more, and a cycle that creates them. Returns its log.
fn log_of_a_create(lab: &Lab) -> String {
    lab.export(&crowd(3));
    lab.run(&["sync"]).exits(0).err
}

#[test]
fn json_is_one_flat_object_a_line() {
    let log = log_of_a_create(&lab("debug", "json"));
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for line in &lines {
        let time = line["timestamp"].as_str().unwrap();
        let is_rfc_3339_utc = time.len() >= 20 && time.as_bytes()[10] == b'T' && time.ends_with('Z');
        assert!(is_rfc_3339_utc, "{time}");
        let is_flat = line.as_object().unwrap().values().all(|value| !value.is_object() && !value.is_array());
        assert!(is_flat && line["message"].is_string() && line["level"].is_string(), "{line}");
    }
    let ended: Vec<_> = lines.iter().filter(|line| line["message"] == "cycle ended").collect();
    assert_eq!(ended.len(), 1);
    assert_eq!((ended[0]["level"].as_str(), ended[0]["cycle.exit_code"].as_i64()), (Some("INFO"), Some(0)));
    assert_eq!((ended[0]["changes.done"].as_i64(), ended[0]["cycle.id"].as_i64()), (Some(1), Some(2)));
    assert_eq!(ended[0]["audit.head"].as_str().map(str::len), Some(64));
    let changes: Vec<_> = lines.iter().filter(|line| line["message"] == "change").collect();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0]["level"].as_str(), changes[0]["change.result"].as_str()), (Some("DEBUG"), Some("done")));
}

#[test]
fn text_is_for_people_and_has_no_colour_in_a_pipe() {
    let log = log_of_a_create(&lab("info", "text"));
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains(" INFO cycle ended cycle.id=2 cycle.exit_code=0 ") && !log.contains('\u{1b}'), "{log}");
}

#[test]
fn the_journal_keeps_the_time_itself() {
    use std::os::unix::fs::MetadataExt;
    let lab = lab("info", "text");
    for (is_journal, begins) in [(true, " INFO "), (false, "2")] {
        let log = std::fs::File::create(lab.path("log")).unwrap();
        let file = log.metadata().unwrap();
        let stream = format!("{}:{}", file.dev(), file.ino() + u64::from(!is_journal));
        lab.command(&["sync"]).env("JOURNAL_STREAM", stream).stderr(log).output().unwrap();
        let log = std::fs::read_to_string(lab.path("log")).unwrap();
        assert!(log.starts_with(begins), "{log}");
    }
}

#[test]
fn without_a_setting_a_command_logs_warnings_only_and_the_variable_wins() {
    let mut lab = Lab::in_step(team(), &crowd(2));
    assert!(lab.run(&["sync"]).err.contains("WARN safety.settle_wait is below 30s"));
    let quiet = |answer: String| assert!(!answer.contains("cycle ended"), "{answer}");
    quiet(lab.run(&["sync"]).err);
    lab.set("log", "level = \"error\"");
    assert_eq!(lab.run(&["sync"]).err, "");
    let with = |variable: &str| {
        let output = lab.command(&["sync"]).env("POSTMAN_SCIM_SYNC_LOG", variable).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(with("info").contains("cycle ended"));
    quiet(with(""));
    let unreadable = with("postman_scim_sync=loud");
    assert!(unreadable.contains("POSTMAN_SCIM_SYNC_LOG is ignored"), "{unreadable}");
    quiet(unreadable);
    let other = with("debug");
    assert!(!other.contains("tokio_cron_scheduler"), "{other}");
}

#[test]
fn a_failure_is_told_once() {
    let mut lab = lab("debug", "json");
    lab.unplug();
    let failed = lab.run(&["sync"]).exits(1);
    let told = |text: &str| text.matches("could not connect").count();
    assert_eq!((told(&failed.out), told(&failed.err)), (1, 1), "--- out\n{}\n--- err\n{}", failed.out, failed.err);
    let wrong = lab.command(&["sync"]).env("POSTMAN_SCIM_SYNC__LOG__FORMAT", "xml").output().unwrap();
    let wrong = String::from_utf8(wrong.stderr).unwrap();
    assert!(wrong.contains("\"xml\" is not one of \"text\", \"json\""), "{wrong}");
}
