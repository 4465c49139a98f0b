//! `sandbox` as people run it: the samples as they are shipped, asked over HTTP; how it starts, refuses and ends.

use std::path::PathBuf;

use postman_scim_sync::sandbox::{Knobs, Scenario};
use serde_json::Value;

use crate::sandbox_program::{Reply, SandboxProgram, command};
use crate::support::{Answer, Lab, crowd, team};

fn sample(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/sandbox").join(name);
    path.to_str().unwrap().to_owned()
}

fn served(name: &str) -> SandboxProgram {
    SandboxProgram::start(&["--scenario", &sample(name)])
}

fn user(user_name: &str) -> String {
    format!(r#"{{"userName":"{user_name}","name":{{"givenName":"A","familyName":"B"}},"active":true}}"#)
}

fn found(sandbox: &SandboxProgram, user_name: &str) -> Vec<Value> {
    let list = sandbox.ask("GET", &format!("/Users?filter=userName%20eq%20%22{user_name}%22"), "").json();
    list["Resources"].as_array().unwrap().clone()
}

#[track_caller]
fn says(reply: &Reply, status: u16, detail: &str) {
    assert!(reply.status == status && reply.body.contains(detail), "{} {}", reply.status, reply.body);
}

#[test]
fn acme_answers_as_documented() {
    let acme = served("acme.toml");
    for (key, status, detail) in [
        ("PMAK-active", 200, "Resources"),
        ("PMAK-previous", 200, "Resources"),
        ("PMAK-revoked", 401, "valid API key"),
        ("PMAK-orphaned", 403, "no longer on your team"),
        ("PMAK-never-made", 401, "valid API key"),
    ] {
        says(&acme.ask_as(key, "GET", "/Users", ""), status, detail);
    }
    let list = acme.ask("GET", "/Users", "");
    assert!(list.head.contains("content-type: application/json"), "{}", list.head);
    assert_eq!(list.json()["totalResults"], 6, "five members and one who was deactivated; invitations are hidden");

    // Filters compare capitals, uniqueness does not.
    assert_eq!(found(&acme, "mixed.case@acme.example").len(), 0);
    says(&acme.ask("POST", "/Users", &user("mixed.case@acme.example")), 409, "already a member");
    says(&acme.ask("POST", "/Users", &user("invited.by.hand@acme.example")), 409, "already a member");
    says(&acme.ask("POST", "/Users", &user("y@other.example")), 409, "another Postman team");
    // At an address of an unverified domain: invited, and not to be seen until it is accepted.
    assert_eq!(acme.ask("POST", "/Users", &user("x@gmail.example")).status, 201);
    assert_eq!(found(&acme, "x@gmail.example").len(), 0);
    let left = found(&acme, "left@acme.example").remove(0);
    assert_eq!(left["active"], false);
    let id = left["id"].as_str().unwrap();
    let patch = r#"{"Operations":[{"op":"replace","value":{"active":true}}]}"#;
    assert_eq!(acme.ask("PATCH", &format!("/Users/{id}"), patch).json()["active"], true);
    says(&acme.ask("DELETE", &format!("/Users/{id}"), ""), 404, "can't seem to find");
    says(&acme.ask("GET", "/Schemas", ""), 404, "can't seem to find");

    let groups = acme.ask("GET", "/Groups", "").json();
    let named = |name: &str| {
        let all = groups["Resources"].as_array().unwrap();
        all.iter().find(|group| group["displayName"] == name).unwrap().clone()
    };
    assert_eq!(named("Platform")["members"].as_array().unwrap().len(), 3);
    let quoted = "/Groups?filter=displayName%20eq%20%22%C3%9Cn%C3%AFcode%20%26%20%5C%22quotes%5C%22%22";
    assert_eq!(acme.ask("GET", quoted, "").json()["totalResults"], 1);
    let (super_group, member) = (named("Super"), named("Platform")["members"][1]["value"].clone());
    let add = format!(r#"{{"Operations":[{{"op":"add","path":"members","value":[{{"value":{member}}}]}}]}}"#);
    let path = format!("/Groups/{}", super_group["id"].as_str().unwrap());
    says(&acme.ask_as("PMAK-team-admin", "PATCH", &path, &add), 403, "not allowed to perform");
    assert_eq!(acme.ask_as("PMAK-active", "PATCH", &path, &add).status, 200);

    // Ten seats, of which six are taken now.
    for n in 7..=10 {
        assert_eq!(acme.ask("POST", "/Users", &user(&format!("new{n}@acme.example"))).status, 201);
    }
    says(&acme.ask("POST", "/Users", &user("new11@acme.example")), 400, "No slots available");
}

#[test]
fn solo_refuses_what_needs_enterprise() {
    let solo = served("solo.toml");
    assert_eq!(solo.ask("GET", "/Users", "").json()["totalResults"], 1);
    says(&solo.ask("POST", "/Users", &user("new@solo.example")), 400, "Enterprise plan");
}

#[test]
fn crowd_has_three_pages() {
    let many = served("crowd.toml");
    let pages: Vec<Value> =
        [1, 101, 201].map(|from| many.ask("GET", &format!("/Users?startIndex={from}&count=10000"), "").json()).into();
    let sizes: Vec<_> = pages.iter().map(|page| page["Resources"].as_array().unwrap().len()).collect();
    assert_eq!((sizes, &pages[0]["totalResults"]), (vec![100, 100, 51], &251.into()));
}

#[test]
fn weather_strikes_where_it_is_said_to() {
    let weather = served("weather.toml");
    let lost = weather.ask("POST", "/Users", &user("ada@acme.example"));
    assert_eq!(lost.status, 0, "the first create is done, and its answer lost: {}", lost.body);
    let again = weather.ask("POST", "/Users", &user("ada@acme.example"));
    assert!(matches!(again.status, 409 | 0 | 502), "{} {}", again.status, again.body);
    weather.ask("POST", "/Users", &user("grace@acme.example"));
    let third = weather.ask("POST", "/Users", &user("edsger@acme.example"));
    says(&third, 429, "attempts in less than a minute");
    assert!(third.head.contains("retry-after: 5"), "{}", third.head);
}

#[test]
fn its_limits_and_people_are_flags_too() {
    let sandbox = SandboxProgram::start(&["--people", "3", "--writes-per-min", "1", "--reads-per-min", "2"]);
    assert_eq!(sandbox.ask("GET", "/Users", "").json()["totalResults"], 4);
    assert_eq!(sandbox.ask("POST", "/Users", &user("a@acme.example")).status, 201);
    says(&sandbox.ask("POST", "/Users", &user("b@acme.example")), 429, "1 attempts");
    assert_eq!(sandbox.ask("GET", "/Users", "").status, 200);
    says(&sandbox.ask("GET", "/Users", ""), 429, "2 attempts");
}

#[test]
fn it_ends_when_asked_and_says_what_it_saw_without_keys_and_addresses() {
    for signal in ["INT", "TERM"] {
        let sandbox = SandboxProgram::start(&[]);
        assert_eq!(sandbox.ask("POST", "/Users", &user("ada@acme.example")).status, 201);
        assert_eq!(found(&sandbox, "ada@acme.example").len(), 1);
        let secret = sandbox.ask_as("PMAK-mistyped-real-key", "GET", "/%1b[31mUsers\u{202e}?a=hidden", "");
        assert_ne!(secret.status, 200);
        sandbox.ask("GET", "/Users/real.person@corp.example", "");
        sandbox.ask("GET", "/Users/real.person%40corp.example/", "");
        sandbox.ask("GET", "/real.person@corp.example", "");
        let id = "0123456789abcdef".repeat(3);
        sandbox.ask("GET", &format!("/Users/{id}"), "");
        let key = sandbox.key.clone();
        let ended = sandbox.end(signal);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        let lines: Vec<&str> = ended.err.lines().collect();
        assert_eq!(lines[..2], ["1 POST /Users create: 201, created", "2 GET /Users find: 200"]);
        let absent = format!("7 GET /Users/{id} get: 404");
        assert_eq!(
            lines[3..],
            ["4 GET /Users/{id} get: 404", "5 GET /Users/{id}/ get: 404", "6 GET /{unknown} other: 404", &absent]
        );
        assert!(ended.out.contains("Nothing was sent that a correct client does not send."), "{}", ended.out);
        assert!(ended.out.contains("after 7 requests: 1 create, 1 find, 3 get, 2 other."), "{}", ended.out);
        for hidden in ["ada@", "person", "corp", "mistyped", "Bearer", "\u{1b}", "\u{202e}", "hidden", key.as_str()] {
            assert!(!ended.err.contains(hidden), "{hidden}: {}", ended.err);
        }
    }
}

#[test]
fn it_stays_on_this_machine_and_says_why_it_does_not_start() {
    let run = |arguments: &[&str]| Answer::from(command(arguments).output().unwrap());
    for address in ["0.0.0.0:0", "192.0.2.1:8080", "[::]:8080"] {
        let refused = run(&["--listen", address]).exits(2);
        assert!(refused.err.contains("loopback") && refused.out.is_empty(), "{}", refused.err);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = run(&["--listen", &taken.local_addr().unwrap().to_string()]).exits(1);
    assert!(refused.err.contains("another port") && refused.out.is_empty(), "{}", refused.err);

    let lab = Lab::new(team());
    lab.write("wrong.toml", "[team]\nseets = 1\nplan = \"enterprice\"\n[knob]\ntotals = \"exact\"\n");
    let path = lab.path("wrong.toml");
    let refused = run(&["--scenario", path.to_str().unwrap()]).exits(2);
    for part in
        ["line 2: ", "mean `seats`?", "line 3: ", "mean `enterprise`?", "line 4: ", "mean `knobs`?", "docs/sandbox.md"]
    {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }
    assert!(run(&["--scenario", "/nowhere.toml"]).exits(2).err.contains("/nowhere.toml"));
    run(&["--print-config", "--listen", "127.0.0.1:0"]).exits(2);
    for people in ["1000001", "18446744073709551615"] {
        assert!(run(&["--people", people, "--listen", "127.0.0.1:0"]).exits(2).err.contains("at most"), "{people}");
    }
}

#[test]
fn the_configuration_it_prints_is_one_that_works() {
    let sandbox = SandboxProgram::start(&["--people", "2"]);
    let address = sandbox.base_url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let printed = Answer::from(command(&["--listen", &address, "--print-config"]).output().unwrap()).exits(0);
    let lab = Lab::new(team());
    lab.write("config.toml", &printed.out);
    lab.write("sandbox.key", &sandbox.key);
    lab.export(&crowd(1));
    let checked = lab.run(&["check"]).exits(0);
    assert!(checked.out.contains("a team of 3 members"), "{}", checked.out);
    assert!(lab.run(&["plan"]).exits(0).out.contains("p1@acme.example"));
}

#[test]
fn the_document_names_everything_a_scenario_may_say() {
    let text = crate::tidy::read("docs/sandbox.md");
    let knobs = serde_json::to_value(Knobs::default()).unwrap();
    for (knob, default) in knobs.as_object().unwrap() {
        let row = format!("| `{knob}` | `{}`", default.as_str().map_or_else(|| default.to_string(), str::to_owned));
        assert!(text.contains(&row), "docs/sandbox.md has no row that begins {row}");
    }
    // What a wrong word is answered with is everything that would have been right.
    let mut n_words = 0;
    for wrong in [
        "x = 1",
        "[team]\nx = 1",
        "[team.keys]\nk = \"x\"",
        "[team]\nplan = \"x\"",
        "[team]\nscim = \"x\"",
        "[team]\nexistence = \"x\"",
        "[limits]\nx = 1",
        "[[person]]\nx = 1",
        "[[group]]\nx = 1",
        "[[group]]\nname = \"x\"\nrole = \"x\"",
        "[[person]]\nstanding = \"x\"",
        "[[person]]\nelsewhere = \"x\"",
        "[[fault]]\nx = 1",
        "[[fault]]\nkind = \"x\"",
        "[[fault]]\nscope = \"x\"",
        "[[fault]]\nfailure = \"x\"",
        "[[fault]]\nfailure = { status = { status = 500, shape = \"x\" } }",
        "[[fault]]\nfailure = { bent = \"x\" }",
        "[storm]\nx = 1",
    ] {
        let problems = Scenario::read(wrong).unwrap_err();
        let words: Vec<&str> = problems.iter().flat_map(|p| p.message.split('`').skip(1).step_by(2)).collect();
        assert_eq!((words[0], words.len() > 2), ("x", true), "{wrong}: {problems:?}");
        for word in &words[1..] {
            let named = [format!("`{word}`"), format!("{word}]"), format!("\"{word}\""), format!("{{ {word} = ")];
            assert!(named.iter().any(|form| text.contains(form)), "docs/sandbox.md does not name {word} ({wrong})");
            n_words += 1;
        }
    }
    assert!(n_words > 60, "{n_words}");
    let knob_words: Vec<String> = knobs.as_object().unwrap().keys().cloned().collect();
    for knob in &knob_words {
        let problems = Scenario::read(&format!("[knobs]\n{knob} = \"x\"")).unwrap_err();
        let words: Vec<&str> = problems[0].message.split('`').skip(3).step_by(2).collect();
        assert!(
            words.iter().all(|word| text.contains(&format!("`{word}`")) || text.contains(&format!("{{ {word} = "))),
            "{knob}: {words:?}"
        );
    }
}
