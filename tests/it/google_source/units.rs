//! Org units: whose people are read, with those below, and what is said where nobody is in one.

use serde_json::json;

use super::{begin, is_worthless, lab, nothing, sent, source};
use crate::directories::google::{Account, Google};
use crate::support::{Lab, Lines, crowd};

/// Six people, of whom the first three are in /Staff or below it.
fn staff(units: &str) -> (Lab, Google) {
    let (lab, google) = lab(&crowd(6), &format!("org_units = {units}"));
    google.change(|account| {
        for (row, path) in
            [("1", "/Staff"), ("2", "/Staff/North"), ("3", "/Staff/North/Sea"), ("4", "/Staffing"), ("5", "/staff")]
        {
            account.person(row)["orgUnitPath"] = json!(path);
        }
    });
    (lab, google)
}

fn moves(account: &mut Account, row: &str, path: &str) {
    account.person(row)["orgUnitPath"] = json!(path);
}

/// As offboarding usually has it.
fn leaves(account: &mut Account, row: &str) {
    moves(account, row, "/Leavers");
    account.person(row)["suspended"] = json!(true);
}

#[test]
fn people_of_an_org_unit_and_below() {
    let (lab, google) = staff("[\"/Staff\", \"/Staff/North/\"]");
    begin(&lab, &google);
    assert_eq!(lab.active(), [1, 2, 3].map(|i| format!("p{i}@acme.example")));
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert_eq!(lab.sent(), nothing());
    assert!(said.contains("org unit \"/Staff\": 3 people, org unit \"/Staff/North\": 2 people"), "{said}");
    google.change(|account| {
        moves(account, "5", "/Staff/South");
        leaves(account, "1");
        moves(account, "2", "/Contractors");
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(sent(&lab), ["create p5@acme.example", "deactivate p1@acme.example"], "suspended there");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"], "by a second reading, for the person works elsewhere");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

/// Out by the listing alone: nobody has to be asked for by id, and who works elsewhere is not handed over.
#[test]
fn a_leaver_is_one_wherever_they_were_moved_to() {
    let (lab, google) = staff("[\"/Staff\"]");
    begin(&lab, &google);
    google.change(|account| leaves(account, "1"));
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    assert!(said.contains("org unit \"/Staff\": 2 people"), "{said}");
    let asked = google.requests();
    assert!(!asked.iter().any(|asked| asked.contains("/users/")), "{asked:?}");
    let fetched = lab.run(&["fetch"]).exits(0).out;
    assert!(fetched.ends_with("{\"end\":true,\"count\":3}\n"), "two who are there and the leaver: {fetched}");
    // Nobody but a leaver is no org unit.
    google.change(|account| ["2", "3"].iter().for_each(|row| leaves(account, row)));
    is_worthless(&lab, 1, 2, "nobody is in the org unit \"/Staff\" or below it");
}

/// The other directory has them as active still, and decides about nobody whom Google has suspended.
#[test]
fn another_source_does_not_overrule_a_leaver_who_was_moved() {
    let (mut lab, google) = staff("[\"/Staff\"]");
    for (key, ours, theirs) in [
        ("user_name", "primaryEmail", "mail"),
        ("given_name", "attrs['name.givenName']", "given"),
        ("family_name", "attrs['name.familyName']", "family"),
    ] {
        lab.set("mapping", &format!("{key} = \"{{{{ {ours}|default({theirs}) }}}}\""));
    }
    let units = source(&google, "org_units = [\"/Staff\"]\nattributes = [\"name\"]");
    let file = "[[source]]\nname = \"file\"\ntype = \"file\"\npath = \"people.csv\"\nid = \"id\"\nactive = \"status\"";
    lab.source(&format!("{units}{file}"));
    lab.export(&crowd(3));
    begin(&lab, &google);
    assert_eq!(lab.active().len(), 3);
    google.change(|account| {
        leaves(account, "1");
        moves(account, "2", "/Contractors");
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
    for _ in 0..2 {
        lab.run(&["sync"]).exits(0);
        assert_eq!((lab.active().len(), lab.sent()), (2, nothing()), "who works elsewhere is the file's to keep");
    }
}

#[test]
fn an_org_unit_that_is_renamed_or_emptied_removes_nobody() {
    let (lab, google) = staff("[\"/Staff\"]");
    begin(&lab, &google);
    let to = |path: &'static str| {
        google.change(move |account| ["1", "2", "3"].iter().for_each(|row| moves(account, row, path)));
    };
    to("/Employees");
    is_worthless(&lab, 1, 3, "nobody is in the org unit \"/Staff\" or below it. Empty never means everybody left");
    to("/Staff");
    // In the middle of a reading, as far as that one is concerned: the look-up sees the new name.
    google.change(|account| {
        moves(account, "3", "/Employees");
        account
            .common
            .before("maxResults=1&", 1, |account| ["1", "2"].iter().for_each(|row| moves(account, row, "/Employees")));
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
    is_worthless(&lab, 1, 3, "nobody is in the org unit \"/Staff\"");
}

#[test]
fn a_path_that_is_not_shown_is_no_other_path() {
    let (lab, google) = staff("[\"/Staff\"]");
    begin(&lab, &google);
    google.change(|account| account.person("3").as_object_mut().unwrap().remove("orgUnitPath"));
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
    assert!(said.contains("orgUnitPath is missing"), "{said}");
}
