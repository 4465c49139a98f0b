//! Plans as files: Markdown and CSV for people, JSON for `sync --plan`, which applies exactly that or nothing.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::{Answer, Lab, Lines, crowd, row, team};

/// In step with six people; then one leaves, one has a new name, one is new.
fn lab() -> Lab {
    let mut people = crowd(6);
    let lab = Lab::in_step(team(), &people);
    people[0] = people[0].clone().inactive();
    people[1] = people[1].clone().named("Ada", "King");
    people.push(row("7", "New", "Comer", "p7"));
    lab.export(&people);
    lab
}

fn write_plan(lab: &Lab) -> String {
    let path = lab.path("plan.json").display().to_string();
    lab.run(&["plan", "--format", "json", "--out", &path]).exits(0);
    path
}

fn edit(lab: &Lab, change: impl Fn(&mut Value)) {
    let path = lab.path("plan.json");
    let mut plan: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut plan);
    lab.write("plan.json", &plan.to_string());
}

fn nothing_sent(lab: &Lab, answer: Answer) -> Answer {
    assert!(lab.sandbox.writes().is_empty(), "{:?}", lab.sandbox.writes());
    answer
}

#[test]
fn a_plan_file_is_applied_as_it_stands_and_its_yes_is_recorded() {
    let lab = lab();
    let path = write_plan(&lab);
    lab.run(&["sync", "--plan", &path, "--by", "reviewer"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example", "create p7@acme.example", "rename p2@acme.example"]);
    let approvals = lab.run(&["history", "--approvals", "--format", "json"]).exits(0).json();
    let last = approvals["entries"].as_array().unwrap().last().unwrap().clone();
    assert!(last["by"].as_str().unwrap().starts_with("reviewer (uid "), "{last}");
    assert_eq!((&last["changes"], &last["used"]), (&3.into(), &3.into()));
    // Once more: it has all been done.
    let again = lab.run(&["sync", "--plan", &path]);
    assert!(nothing_sent(&lab, again).out.contains("there is nothing left to do"));
}

#[test]
fn the_first_plan_of_a_team_can_be_given_as_a_file() {
    let lab = Lab::new(team());
    lab.export(&crowd(3));
    let path = write_plan(&lab);
    lab.run(&["sync", "--plan", &path]).exits(0);
    assert_eq!(lab.active().len(), 3);
}

#[test]
fn what_moved_since_is_named_and_nothing_is_applied() {
    let lab = lab();
    let path = write_plan(&lab);
    let mut people = crowd(6);
    people[1] = people[1].clone().named("Ada", "King");
    people[2] = people[2].clone().inactive();
    people.push(row("7", "New", "Comer", "p7"));
    lab.export(&people);
    let answer = lab.run(&["sync", "--plan", &path]);
    let answer = nothing_sent(&lab, answer).exits(4);
    let text = answer.out.flat();
    assert!(text.contains("not in the one that was approved (1) - p3@acme.example"), "{}", answer.out);
    assert!(text.contains("approved, and not now (1) - p1@acme.example"), "{}", answer.out);
    assert!(
        !answer
            .out
            .contains("~ p2@acme.example  Given2 Family2 -> Ada King  the directory's name (people.csv line 3)\n\nIn")
    );
    let json = lab.run(&["sync", "--plan", &path, "--format", "json"]).exits(4).json();
    assert_eq!(json["moved"]["appeared"]["changes"][0]["user_name"], "p3@acme.example");
    assert_eq!(json["moved"]["gone"]["changes"][0]["user_name"], "p1@acme.example");
    assert!(lab.sandbox.writes().is_empty());
}

#[test]
fn a_file_of_other_settings_or_of_another_team_is_refused() {
    let mut lab = lab();
    let path = write_plan(&lab);
    lab.set("postman", "verified_domains = [\"acme.example\", \"new.example\"]");
    let answer = lab.run(&["sync", "--plan", &path]);
    let answer = nothing_sent(&lab, answer).exits(4);
    assert!(answer.out.flat().contains("the changes are the same, and the settings or the team are others"));
}

#[test]
fn an_edited_file_smuggles_nothing() {
    let lab = lab();
    let path = write_plan(&lab);
    let find = |plan: &Value, kind: &str| {
        plan["plan"]["changes"].as_array().unwrap().iter().position(|change| change["kind"] == kind).unwrap()
    };
    // Another name, another address, a change less: the id no longer fits.
    for pointer in ["/plan/changes/1/account/user_name", "/plan/changes/1/account/name/given"] {
        write_plan(&lab);
        edit(&lab, |plan| *plan.pointer_mut(pointer).unwrap() = "mallory@acme.example".into());
        let answer = lab.run(&["sync", "--plan", &path]);
        assert!(nothing_sent(&lab, answer).exits(2).err.contains("the file was edited"), "{pointer}");
    }
    write_plan(&lab);
    edit(&lab, |plan| {
        plan["plan"]["changes"].as_array_mut().unwrap().remove(0);
    });
    assert!(lab.run(&["sync", "--plan", &path]).exits(2).err.contains("the file was edited"));
    // The same request under another person's name: the id is the same, and what was read is not.
    write_plan(&lab);
    edit(&lab, |plan| {
        let at = find(plan, "deactivate");
        plan["plan"]["changes"][at]["user_name"] = "somebody-else@acme.example".into();
    });
    let answer = lab.run(&["sync", "--plan", &path]);
    let answer = nothing_sent(&lab, answer).exits(4);
    assert!(answer.out.contains("somebody-else@acme.example") && answer.out.contains("- p1@acme.example"));
    // An id of its own that fits its changes is the id of another plan.
    write_plan(&lab);
    edit(&lab, |plan| {
        let mut shorter: postman_scim_sync::core::plan::Plan = serde_json::from_value(plan["plan"].clone()).unwrap();
        shorter.changes.remove(0);
        plan["plan_id"] = shorter.id().into();
        plan["plan"] = serde_json::to_value(shorter).unwrap();
    });
    let answer = lab.run(&["sync", "--plan", &path]);
    nothing_sent(&lab, answer).exits(4);
}

#[test]
fn a_file_that_is_no_plan_is_said_to_be_none() {
    let lab = lab();
    let path = write_plan(&lab);
    let whole = std::fs::read_to_string(&path).unwrap();
    let cycle = lab.run(&["sync", "--approve", "0000000000", "--format", "json"]).out;
    let cases = [
        ("", "not JSON"),
        ("id,given\n", "not JSON"),
        (&whole[..whole.len() / 2], "not JSON, or cut off"),
        ("[]", "no document of this program"),
        ("{\"a\": 1}", "no document of this program"),
        (cycle.as_str(), "a cycle document, and not a plan"),
        (&whole.replace("\"format\": 1", "\"format\": 2"), "format 2 of a plan"),
        (&whole.replace("\"changes\":", "\"chances\":"), "not a plan as this version writes it"),
        ("{\"format\": 1, \"document\": \"plan\"}", "not a plan as this version writes it"),
    ];
    for (text, says) in cases {
        lab.write("plan.json", text);
        let answer = lab.run(&["sync", "--plan", &path]);
        let answer = nothing_sent(&lab, answer).exits(2);
        assert!(answer.err.contains(says) && answer.err.contains("plan --format json --out"), "{says}: {}", answer.err);
        assert!(!answer.err.contains("acme.example"), "{}", answer.err);
    }
    let huge = std::fs::File::create(lab.path("huge.json")).unwrap();
    huge.set_len((512 << 20) + 1).unwrap();
    for (name, says) in [("huge.json", "larger than any plan"), ("state", "not a regular file"), ("none", "cannot be")]
    {
        let answer = lab.run(&["sync", "--plan", lab.path(name).to_str().unwrap()]).exits(2);
        assert!(answer.err.contains(says), "{}", answer.err);
    }
}

#[test]
fn markdown_and_csv_are_written_to_files_for_their_owner_whole() {
    let lab = lab();
    for (format, begins, has) in [
        (
            "markdown",
            "Dry run: nothing was changed; nothing was sent but reads.\n",
            "| `p1@acme.example` | deactivate |",
        ),
        (
            "csv",
            "plan_id,row,kind,source,source_id,scim_id,user_name,",
            ",change,create,hr,7,,p7@acme.example,New,Comer,",
        ),
    ] {
        let path = lab.path(format);
        std::fs::write(&path, "what was there before, and is longer than nothing").unwrap();
        lab.run(&["plan", "--format", format, "--out", path.to_str().unwrap()]).exits(0);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(begins) && text.contains(has), "{text}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(lab.run(&["plan", "--format", format]).exits(0).out, text);
    }
    let left = std::fs::read_dir(lab.folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".new"));
    assert_eq!(left.count(), 0, "a file in the making was left");
}
