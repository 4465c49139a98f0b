//! `history`: cycles, changes and approvals as they were, of a team that lived through a few of each.

use postman_scim_sync::sandbox::{Failure, Fault, Kind};
use serde_json::Value;

use crate::support::{Answer, Lab, Lines, crowd, row, team};

fn entries(answer: &Answer) -> Vec<Value> {
    let json = answer.json();
    assert_eq!((&json["format"], &json["document"]), (&1.into(), &"history".into()));
    json["entries"].as_array().unwrap().clone()
}

/// `["create done p1@acme.example"]`.
fn told(answer: &Answer) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line =
        |entry: &Value| format!("{} {} {}", text(&entry["kind"]), text(&entry["outcome"]), text(&entry["user_name"]));
    entries(answer).iter().map(line).collect()
}

/// Three people approved at once; one gets a new address, then leaves; one create is refused.
fn lived() -> Lab {
    let mut lab = Lab::new(team());
    lab.set("safety", "settle_wait = \"0s\"");
    let mut people = crowd(3);
    lab.export(&people);
    let plan = lab.sync().exits(4).plan_id();
    lab.run(&["sync", "--approve", &plan, "--by", "boss"]).exits(0);
    people[0].mail = "ada.king@acme.example".into();
    lab.export(&people);
    lab.sync().exits(0);
    people[0] = people[0].clone().inactive();
    people.push(row("4", "New", "Comer", "p4"));
    lab.export(&people);
    lab.sandbox.fault(
        Fault::on(Kind::Create, Failure::Status { status: 409, shape: postman_scim_sync::sandbox::Shape::Scim })
            .always(),
    );
    lab.sync();
    lab.sandbox.faults_off();
    lab
}

#[test]
fn cycles_tell_what_each_did_and_held() {
    let lab = lived();
    let answer = lab.run(&["history"]).exits(0);
    let lines: Vec<&str> = answer.out.lines().collect();
    assert!(lines[0].trim_start().starts_with("1  20") && lines[0].contains("exit code 4"), "{}", answer.out);
    assert!(lines[1].contains("held: The first plan for this team: 3 changes wait for a yes."), "{}", answer.out);
    assert!(answer.out.contains("3 done (3 create)") && answer.out.contains("1 done (1 readdress)"), "{}", answer.out);
    let cycles = entries(&lab.run(&["history", "--format", "json"]).exits(0));
    assert_eq!(cycles.iter().map(|cycle| cycle["cycle"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(cycles[1]["summary"]["done"]["create"], 3);
    let short = lab.run(&["history", "--limit", "1"]).exits(0);
    assert!(
        short.out.lines().next().unwrap().trim_start().starts_with("4  ") && short.out.contains("3 earlier; --limit")
    );
    let lines = lab.run(&["history", "--format", "jsonl", "--limit", "2"]).exits(0);
    assert_eq!(lines.out.lines().count(), 2);
    assert!(lines.err.contains("2 earlier entries are left out"), "{}", lines.err);
}

#[test]
fn a_persons_story_is_whole_under_each_of_their_addresses() {
    let lab = lived();
    let story =
        ["create done p1@acme.example", "readdress done p1@acme.example", "deactivate done ada.king@acme.example"];
    for who in ["p1@acme.example", "ADA.KING@acme.example", "hr:1"] {
        let answer = lab.run(&["history", "--changes", "--who", who, "--format", "json"]).exits(0);
        assert_eq!(told(&answer), story, "{who}");
    }
    let text = lab.run(&["history", "--changes", "--who", "p1@acme.example"]).exits(0).out;
    assert!(text.contains("p1@acme.example -> ada.king@acme.example  done  hr:1"), "{text}");
    assert!(text.contains("cycle 2  create") && text.contains("approved by boss (uid "), "{text}");
    let nobody = lab.run(&["history", "--changes", "--who", "nobody@acme.example"]).exits(0).out;
    assert_eq!(nobody, "Nothing of that is recorded.\n");
}

#[test]
fn changes_can_be_asked_for_by_cycle_and_time() {
    let lab = lived();
    let changes = |more: &[&str]| {
        let arguments = [&["history", "--changes", "--format", "json"], more].concat();
        told(&lab.run(&arguments).exits(0))
    };
    assert_eq!(changes(&[]).len(), 6);
    assert_eq!(changes(&["--cycle", "3"]), ["readdress done p1@acme.example"]);
    let last = changes(&["--cycle", "4"]);
    assert!(last.contains(&"create rejected p4@acme.example".to_owned()), "{last:?}");
    assert_eq!((changes(&["--since", "1h"]).len(), changes(&["--since", "2000-01-01"]).len()), (6, 6));
    assert_eq!(changes(&["--since", "2999-12-31T00:00:00Z"]).len(), 0);
    assert_eq!(changes(&["--limit", "2"]).len(), 2);
    let json = lab.run(&["history", "--changes", "--limit", "2", "--format", "json"]).exits(0).json();
    assert_eq!((&json["earlier"], &json["what"]), (&4.into(), &"changes".into()));
    for wrong in [&["--since", "yesterday"][..], &["--since", "-1d"], &["--approvals"], &["--limit", "0"]] {
        let arguments = [&["history", "--changes"], wrong].concat();
        assert!(lab.run(&arguments).exits(2).out.is_empty(), "{wrong:?}");
    }
    let told = |arguments: &[&str]| lab.run(arguments).exits(0).out;
    assert_eq!(
        told(&["history", "--cycle", "3"]),
        told(&["history", "--changes", "--cycle", "3"]),
        "only changes have one"
    );
}

#[test]
fn approvals_tell_who_when_and_how_much_was_used() {
    let lab = lived();
    let all = entries(&lab.run(&["history", "--approvals", "--format", "json"]).exits(0));
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["changes"], &all[0]["used"]), (&3.into(), &3.into()));
    let text = lab.run(&["history", "--approvals"]).exits(0).out;
    assert!(text.contains("by boss (uid ") && text.contains("3 entries, 3 done under it\n"), "{text}");
}

#[test]
fn a_lost_answer_is_no_done_until_it_was_read_back() {
    let lab = Lab::in_step(team(), &crowd(2));
    lab.export(&crowd(3));
    lab.die_at(Kind::Create, 1);
    let now = |lab: &Lab| told(&lab.run(&["history", "--changes", "--who", "hr:3", "--format", "json"]).exits(0));
    assert_eq!(now(&lab), ["create no_answer p3@acme.example"]);
    assert!(lab.run(&["history"]).exits(0).out.contains("has not ended: at work, or interrupted"));
    lab.sync().exits(0);
    assert_eq!(now(&lab), ["create settled_done p3@acme.example"]);
}

#[test]
fn it_changes_nothing_and_says_what_is_wrong_with_a_database() {
    let lab = Lab::new(team());
    lab.export(&crowd(1));
    assert!(lab.run(&["history"]).exits(1).err.flat().contains("there is no state at"));
    let lab = lived();
    let before = std::fs::read(lab.path("state/state.db")).unwrap();
    for what in [&["history"][..], &["history", "--changes"], &["history", "--approvals"]] {
        lab.run(what).exits(0);
    }
    assert_eq!(std::fs::read(lab.path("state/state.db")).unwrap(), before);
    // Another program's file, and half of one.
    for text in [&b"SQLite format 3\0and then nothing of the kind"[..], b"a letter", &before[..before.len() / 2]] {
        let _ = std::fs::remove_file(lab.path("state/state.db-wal"));
        let _ = std::fs::remove_file(lab.path("state/state.db-shm"));
        std::fs::write(lab.path("state/state.db"), text).unwrap();
        let answer = lab.run(&["history", "--changes"]);
        assert!(answer.code == 7 && answer.err.contains("error: "), "{}: {} {}", answer.code, answer.out, answer.err);
    }
}

#[test]
fn it_reads_while_another_instance_has_the_lock() {
    let lab = Lab::in_step(team(), &crowd(2));
    lab.export(&crowd(3));
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::HangAfter(std::time::Duration::from_secs(60))).always());
    let before = lab.sandbox.effects();
    let (out, err) = (std::process::Stdio::null(), std::process::Stdio::null());
    let mut cycle = lab.command(&["sync"]).stdout(out).stderr(err).spawn().unwrap();
    lab.wait(lab.sandbox.wait_for_effects(before + 1));
    let answer = lab.run(&["history", "--changes", "--format", "json"]).exits(0);
    assert_eq!(told(&answer).last().unwrap(), "create no_answer p3@acme.example");
    cycle.kill().unwrap();
    cycle.wait().unwrap();
}

#[test]
fn an_unknown_answer_is_counted_as_what_it_is() {
    let lab = Lab::in_step(team(), &crowd(2));
    lab.export(&crowd(3));
    lab.sandbox.fault(Fault::on(Kind::Create, Failure::ResetAfter).always());
    let answer = lab.sync();
    lab.sandbox.faults_off();
    assert_eq!(answer.json()["outcomes"][0]["result"]["ended"], "unknown");
    let last = entries(&lab.run(&["history", "--format", "json"]).exits(0)).pop().unwrap();
    assert_eq!((&last["summary"]["unknown"], &last["summary"]["not_done"]), (&1.into(), &0.into()));
    assert!(lab.run(&["history"]).exits(0).out.contains("1 answer unknown, read back before anything else"));
    let status = lab.run(&["status"]);
    assert!(status.out.contains("answer unknown") && !status.out.contains("no effect"), "{}", status.out);
}

#[test]
fn adoptions_use_the_first_approval_up_and_name_who_gave_it() {
    let lab = Lab::new(team().member("p1@acme.example", "Given1", "Family1"));
    lab.export(&crowd(3));
    let plan = lab.sync().exits(4).plan_id();
    lab.run(&["approve", &plan, "--by", "boss"]).exits(0);
    lab.sync().exits(0);
    let approval = entries(&lab.run(&["history", "--approvals", "--format", "json"]).exits(0)).pop().unwrap();
    assert_eq!((&approval["changes"], &approval["used"]), (&3.into(), &3.into()));
    assert_eq!(lab.run(&["status", "--format", "json"]).json()["approved"], 0);
    let changes = entries(&lab.run(&["history", "--changes", "--format", "json"]).exits(0));
    assert!(changes.iter().any(|change| change["kind"] == "adopt"), "{changes:?}");
    for change in changes {
        assert!(change["approved_by"].as_str().is_some_and(|by| by.starts_with("boss")), "{change}");
        assert_eq!(change["approved_plan"], plan.as_str());
    }
}

#[test]
fn lines_alone_still_say_that_the_chain_is_broken() {
    let lab = lived();
    let state = rusqlite::Connection::open(lab.path("state/state.db")).unwrap();
    state.execute_batch("DROP TRIGGER audit_no_update; UPDATE audit SET subject = 'x' WHERE seq = 2").unwrap();
    drop(state);
    let answer = lab.run(&["history", "--format", "jsonl"]).exits(1);
    assert!(answer.err.contains("the audit chain is broken at record 2"), "{}", answer.err);
}
