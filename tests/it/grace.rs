//! `safety.grace`: whoever vanishes is announced with a due date, which stays where it is.

use crate::support::{Answer, Lab, Lines, crowd, team};

const HOUR: i64 = 3_600;

fn graceful() -> Lab {
    let mut lab = Lab::in_step(team(), &crowd(3));
    lab.set("safety", "grace = \"2h\"");
    lab
}

/// Who is due when, in the plan: seconds since 1970 UTC.
fn in_plan(lab: &Lab) -> Vec<(String, i64)> {
    let plan = lab.plan().json();
    let notes = plan["plan"]["notes"].as_array().unwrap().iter().filter(|note| note["note"] == "due");
    notes.map(person).collect()
}

fn in_status(status: &Answer) -> Vec<(String, i64)> {
    status.json()["due_first"].as_array().unwrap().iter().map(person).collect()
}

fn person(json: &serde_json::Value) -> (String, i64) {
    (json["user_name"].as_str().unwrap().to_owned(), json["due_unix_s"].as_i64().unwrap())
}

fn status(lab: &Lab) -> Answer {
    lab.run(&["status", "--format", "json"])
}

#[test]
fn whoever_vanishes_is_due_in_plan_and_status_until_seen_again() {
    let lab = graceful();
    lab.export(&crowd(2));
    lab.sync().exits(0);
    let shown = status(&lab).exits(0);
    let now = shown.json()["now"]["unix_s"].as_i64().unwrap();
    let due = in_status(&shown);
    assert_eq!((due.len(), due[0].0.as_str(), shown.json()["due"].as_i64()), (1, "p3@acme.example", Some(1)));
    assert!((now + 2 * HOUR - 60..=now + 2 * HOUR).contains(&due[0].1), "{due:?} at {now}");
    assert_eq!(in_plan(&lab), due, "one date, wherever it is shown");
    // Each cycle sees them missing again, and the date does not move.
    for _ in 0..3 {
        std::thread::sleep(std::time::Duration::from_millis(400));
        lab.sync().exits(0);
        assert_eq!((in_status(&status(&lab)), in_plan(&lab)), (due.clone(), due.clone()));
    }
    let date = chrono::DateTime::from_timestamp(due[0].1, 0).unwrap();
    let date = date.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    for verb in ["plan", "status", "sync"] {
        let text = lab.run(&[verb]).exits(0).out.flat();
        assert!(text.contains("will be deactivated unless seen again"), "{verb}: {text}");
        assert!(text.contains(&format!("p3@acme.example due {date} (in ")), "{verb}: {text}");
    }
    lab.export(&crowd(3));
    assert_eq!(in_plan(&lab), []);
    lab.sync().exits(0);
    assert_eq!((in_plan(&lab), in_status(&status(&lab))), (vec![], vec![]));
    assert_eq!(lab.sent(), [""; 0]);
}

#[test]
fn the_dismissed_get_no_grace() {
    let lab = graceful();
    let mut people = crowd(3);
    people[0] = people[0].clone().inactive();
    lab.export(&people);
    lab.sync().exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    assert_eq!(in_status(&status(&lab)), []);
}

#[test]
fn a_long_list_ends_and_says_how_many_more() {
    let mut lab = Lab::in_step(team(), &crowd(60));
    lab.set("safety", "grace = \"2h\"");
    lab.export(&crowd(35));
    lab.sync().exits(0);
    let shown = status(&lab);
    assert_eq!((in_status(&shown).len(), shown.json()["due"].as_i64()), (20, Some(25)));
    let text = lab.run(&["status"]).out;
    assert!(
        text.contains("Missing at the directory (25)") && text.contains("  and 5 more; `plan` names them"),
        "{text}"
    );
}

#[test]
fn who_is_protected_or_never_deactivated_is_not_announced() {
    let mut lab = graceful();
    lab.export(&crowd(1));
    lab.sync().exits(0);
    assert_eq!(in_status(&status(&lab)).len(), 2);
    lab.set("postman", "protected = [\"admin@acme.example\", \"p2@acme.example\"]");
    assert_eq!(in_status(&status(&lab)).len(), 1);
    lab.set("provisioning", "deactivate_users = false");
    assert_eq!(in_status(&status(&lab)), []);
}

#[test]
fn silence_is_an_alarm_from_when_the_configuration_says() {
    let mut lab = graceful();
    status(&lab).exits(0);
    // The last good cycle and the last change are a second old by the time this was waited for.
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    lab.set("safety", "no_change_alarm = \"1s\"");
    let text = lab.run(&["status"]).exits(3).out;
    assert!(text.flat().contains("! no change in the team within 1 s; the last one was"), "{text}");
    lab.set("safety", "silence = \"1s\"");
    let text = lab.run(&["status"]).exits(1).out;
    assert!(text.flat().contains("! no good cycle within 1 s; the last one ended"), "{text}");
}
