//! C12 and C13: ids from the other side, and names that want to be more than a name. Each stays one segment of a path, or one
//! value of a filter, or is not sent.

use postman_scim_sync::sandbox::Standing;

use super::attacks::broken;
use super::beside;
use super::front::{Front, KINDS, map};
use super::gate::{Attack, Gate, segment};
use super::run::{none, run};
use crate::contract::groups::Group;
use crate::contract::{FIXTURES, Trouble};
use crate::reading;
use crate::support::{Lab, crowd, row, team};

/// Ids that are more than a segment, if they stand in a path as they are.
const IDS: [&str; 9] = [
    "a/b",
    "../Groups/1",
    "a?active=false",
    "a#b",
    "a%2f..%2fb",
    "a\r\nx-evil: 1\r\n\r\nDELETE /scim/v2/Users/b HTTP/1.1",
    "a b",
    "\u{ff0e}\u{ff0e}/\u{202e}b",
    "\\..\\b",
];

/// Those that can be no segment, or that nobody's id is as long as.
fn impossible() -> Vec<String> {
    vec![".".into(), "..".into(), "a".repeat(1_025), "/".repeat(10_240)]
}

/// A request line that an id has not bent.
fn is_straight(line: &str) -> bool {
    let path = line.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    line.split(' ').count() == 2
        && path.split('/').all(|part| part != ".." && part != ".")
        && !line.contains(['#', '\\'])
}

/// The same people, one of whom has that id in the team: adopted, and then they leave. Returns the lines, and what went wrong.
fn leaves(shown: &str) -> (Vec<String>, Vec<String>) {
    let mut lab = Lab::new(team().member("p1@acme.example", "Given1", "Family1"));
    let (gate, trap) = (Gate::before(&lab.door()), Gate::trap("127.0.0.1:0"));
    gate.call(&lab.sandbox.person("p1@acme.example").unwrap().id, shown);
    lab.set("postman", &format!("base_url = \"http://{}/scim/v2\"", gate.address));
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.wide_open();
    let mut people = crowd(4);
    lab.export(&people);
    lab.run(&["sync"]).exits(0);
    people[0].status = "inactive".into();
    people[1].status = "inactive".into();
    lab.export(&people);
    gate.lines();
    let ran = run(&lab, &["sync"], &trap);
    let possible = !impossible().contains(&shown.to_owned());
    let mut out: Vec<_> =
        lab.sandbox.standing(Standing::Deactivated).into_iter().map(|person| person.user_name).collect();
    out.sort();
    let expected = if possible { vec!["p1@acme.example", "p2@acme.example"] } else { vec!["p2@acme.example"] };
    let lines = gate.lines();
    let mut wrong = Vec::new();
    let code = if possible { 0 } else { 3 };
    if ran.code != Some(code)
        || out != expected
        || !lines.iter().all(|line| is_straight(line))
        || lines.iter().any(|line| line.starts_with("DELETE"))
    {
        wrong.push(format!("C12 {shown:.60?}: {:?}, {out:?} left, {lines:?}: {:.900}", ran.code, ran.said));
    }
    (lines, wrong)
}

#[test]
fn an_id_of_the_team_is_one_segment() {
    none(&beside(IDS.to_vec(), |shown| {
        let (lines, mut wrong) = leaves(shown);
        let patch = format!("PATCH /scim/v2/Users/{}", segment(shown));
        if !lines.contains(&patch) {
            wrong.push(format!("C12 {shown:?}: no {patch} in {lines:?}"));
        }
        wrong
    }));
}

#[test]
fn an_id_of_the_team_that_can_be_no_segment_is_not_sent_and_others_go_on() {
    none(&beside(impossible(), |shown| leaves(&shown).1));
}

/// Whoever is missing from the listing is asked about by id, all of these at once.
#[test]
fn an_id_of_a_directory_is_one_segment() {
    none(&beside(KINDS.to_vec(), |(kind, _)| {
        // Where a blank or a control character makes it no id at all, the reading ends before.
        let is_id = |id: &&str| kind != "scim" || !id.contains(|c: char| c.is_whitespace() || c.is_control());
        let ids: Vec<&str> = IDS.into_iter().filter(is_id).collect();
        let odd = ids.iter().enumerate().map(|(n, id)| row(id, "Odd", "Id", &format!("odd{n}")));
        let people: Vec<_> = crowd(5).into_iter().chain(odd).collect();
        let mut front = Front::of(kind, &people);
        front.directory.show(&front.lab, &people[..5], Trouble::None).unwrap();
        let ran = front.run();
        let lines = front.gate.lines();
        let unasked: Vec<_> = ids.iter().filter(|id| !lines.iter().any(|line| line.contains(&segment(id)))).collect();
        let bent: Vec<_> = lines.iter().filter(|line| !is_straight(line) || line.starts_with("DELETE")).collect();
        let others: Vec<_> = front.sent().into_iter().filter(|sent| !sent.starts_with("deactivate odd")).collect();
        let is_right = unasked.is_empty() && bent.is_empty() && others.is_empty();
        let what =
            || format!("C12 {kind}: {:?}, {unasked:?}, {bent:?}, {others:?}, {lines:?} {:.900}", ran.code, ran.said);
        (!is_right || ran.said.contains("panicked") || front.trap.connections() > 0).then(what).into_iter().collect()
    }));
}

/// All that a local part may hold (RFC 5322 `atext`), and a name beyond ASCII. Their creates had their effect and the answers were
/// lost, so that they are looked for by name.
#[test]
fn a_user_name_is_one_value_of_a_filter() {
    let mut lab = Lab::new(team());
    let (gate, trap) = (Gate::before(&lab.door()), Gate::trap("127.0.0.1:0"));
    lab.set("postman", &format!("base_url = \"http://{}/scim/v2\"", gate.address));
    lab.set("safety", "first_sync = \"apply\"");
    lab.set("safety", "settle_wait = \"0s\"");
    lab.wide_open();
    let locals = ["a'or'1'='1", "a&count=0#b", "a+b%22c", "a/b?c=d", "{a}|b`c", "a!$*^~b"];
    let people: Vec<_> =
        locals.iter().enumerate().map(|(n, local)| row(&format!("{n}"), "Given", "Family", local)).collect();
    lab.export(&people);
    let (_, steps) = broken().remove(0);
    for _ in 1..locals.len() {
        gate.meet_after(1, "POST ", Attack::Behind(steps.clone()));
    }
    let first = run(&lab, &["sync"], &trap);
    gate.peace();
    gate.lines();
    let second = run(&lab, &["sync"], &trap);
    let lines = gate.lines();
    let filters: Vec<String> = lines
        .iter()
        .filter_map(|line| line.split_once("?filter=")?.1.split_once("&startIndex="))
        .map(|(filter, _)| percent_encoding::percent_decode_str(filter).decode_utf8().unwrap().into_owned())
        .collect();
    assert!(!filters.is_empty(), "{lines:?} {}", first.said);
    let names: Vec<String> =
        people.iter().map(|row| format!("userName eq {}", serde_json::Value::from(row.mail.as_str()))).collect();
    assert!(filters.iter().all(|filter| names.contains(filter)), "{filters:?}");
    assert_eq!((second.code, lab.active().len()), (Some(0), locals.len()), "{}", second.said);
}

/// Names of groups that would be more than a name in the language of the directory they are looked for in.
const NAMES: [&str; 7] = [
    "Eng\" or displayName sw \"B",
    "O'Brien' or 'a' eq 'a",
    "back\\slash",
    "x)(cn=B",
    "a\\2a)(objectClass=",
    "100% + & # ? \u{fc}",
    "Eng\") or (active eq true",
];

/// Each is found as that one group, with its two members and nobody of the other; and none of them finds another where it is not there.
#[test]
fn a_name_of_a_group_is_one_value_of_a_filter() {
    let kinds = ["okta_users", "entra_everybody", "keycloak", "scim", "openldap", "active_directory"];
    none(&beside(kinds.to_vec(), |kind| {
        let (_, open) = FIXTURES.iter().find(|(name, _)| *name == kind).unwrap();
        let (mut directory, mut lab) = (open(), Lab::new(team()));
        let lines = directory.lines(&lab);
        map(&mut lab, directory.as_ref());
        let group = |id: &str, name: &str, people: &[&str]| Group {
            id: id.into(),
            name: name.into(),
            people: people.iter().map(|id| (*id).to_owned()).collect(),
        };
        let mut wrong = Vec::new();
        for name in NAMES {
            for is_there in [true, false] {
                let mut groups = vec![group("302", "Bystanders", &["3", "4", "5"])];
                groups.extend(is_there.then(|| group("301", name, &["1", "2"])));
                let asked = directory.asked(&group("301", name, &[]));
                directory.hold(&groups).unwrap();
                directory.show(&lab, &crowd(6), Trouble::None).unwrap();
                reading::ask(&mut lab, &lines, &[&asked]);
                let source = directory.adapter(&reading::config(&lab));
                let found = match reading::read_of(&lab, source.as_ref()) {
                    Ok(read) => read.found(),
                    Err(error) => vec![format!("the reading failed: {error}")],
                };
                let is_right = match &found[..] {
                    [one] if is_there => one.ends_with("has 2"),
                    [one] => one.ends_with(": Err"),
                    _ => false,
                };
                if !is_right {
                    wrong.push(format!("C13 {kind}, {name:?}, {is_there}: {found:?}"));
                }
            }
        }
        wrong
    }));
}
