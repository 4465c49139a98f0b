//! Scenarios as texts: what they make, and how they are refused.

use super::*;
use crate::sandbox::{Apostrophes, Failure, RetryHeader, Shape, Totals};

#[track_caller]
fn problems(text: &str) -> Vec<String> {
    Scenario::read(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_text_is_an_empty_team_with_postmans_limits() {
    let scenario = Scenario::read("").unwrap();
    let team = scenario.team();
    assert_eq!((team.people().len(), team.seats, team.limits), (0, None, Some(Limits::default())));
    assert_eq!((scenario.key(), team.knobs), (DEFAULT_KEY, Knobs::default()));
    assert_eq!(Scenario::with_admin().team().people().len(), 1);
}

#[test]
fn every_section_arrives() {
    let scenario = Scenario::read(
        r#"
        person = []
        [team]
        name = "T"
        plan = "basic"
        scim = "off"
        existence = "deleted"
        seats = 3
        verified_domains = ["T.example"]
        crowd = 2
        keys = { a-revoked = "revoked", b-works = "previous" }
        [limits]
        writes_per_min = 7
        [knobs]
        totals = "unfiltered"
        apostrophes = "typographic"
        lag_requests = 4
        retry_header = { other = { name = "Retry-After", value = "soon" } }
        [storm]
        per_mille = 1000
        failures = ["reset_before"]
        "#,
    )
    .unwrap();
    let team = scenario.team();
    assert_eq!(
        (team.name.as_str(), team.plan, team.scim, team.existence),
        ("T", Plan::Basic, Scim::Off, Existence::Deleted)
    );
    assert_eq!((team.seats, team.people().len(), scenario.key()), (Some(3), 2, "b-works"));
    assert_eq!(team.limits, Some(Limits { writes_per_min: 7, ..Limits::default() }));
    let retry_header = RetryHeader::Other { name: "Retry-After".into(), value: "soon".into() };
    let knobs = Knobs {
        totals: Totals::Unfiltered,
        apostrophes: Apostrophes::Typographic,
        lag_requests: 4,
        retry_header,
        ..Knobs::default()
    };
    assert_eq!(team.knobs, knobs);
    assert_eq!(scenario.storm.unwrap().failures, [Failure::ResetBefore]);
}

#[test]
fn people_stand_as_they_are_said_to() {
    let scenario = Scenario::read(
        r#"
        [[person]]
        user_name = "a@acme.example"
        given_name = "A"
        family_name = "B"
        [[person]]
        user_name = "c@other.example"
        given_name = "C"
        family_name = "D"
        standing = "outside"
        elsewhere = "other_team"
        "#,
    )
    .unwrap();
    let team = scenario.team();
    let standing = |name: &str| team.find(name).map(|person| (person.standing, person.elsewhere)).unwrap();
    assert_eq!(standing("a@acme.example"), (Standing::Active, Elsewhere::NoTeam));
    assert_eq!(standing("c@other.example"), (Standing::Outside, Elsewhere::OtherTeam));
}

#[test]
fn groups_hold_active_members_only() {
    let group = |members: &str| {
        Scenario::read(&format!(
            "[team]\ncrowd = 1\n[[group]]\nname = \"G\"\nrole = \"super_admin\"\nmembers = [{members}]"
        ))
    };
    let team = group("\"member0001@acme.example\"").unwrap().team();
    let made = team.find_group("G").unwrap();
    assert_eq!((made.role, team.members_of(made)), (Role::SuperAdmin, vec!["member0001@acme.example"]));
    let problems = group("\"nobody@acme.example\"").unwrap_err();
    assert!(problems[0].line == 3 && problems[0].message.contains("nobody@acme.example"), "{problems:?}");
}

#[test]
fn every_failure_can_be_written() {
    let read = |failure: &str| {
        let text = format!("[[fault]]\nfailure = {failure}");
        Scenario::read(&text).unwrap_or_else(|problems| panic!("{failure}: {problems:?}")).fault[0].failure.clone()
    };
    assert_eq!(read("\"reset_after\""), Failure::ResetAfter);
    assert_eq!(read("{ scim = \"no_seat\" }"), Failure::Scim(crate::sandbox::ScimError::NoSeat));
    assert_eq!(read("{ scim = { too_many = 9 } }"), Failure::Scim(crate::sandbox::ScimError::TooMany(9)));
    assert_eq!(read("{ reset_late = { requests = 3 } }"), Failure::ResetLate { requests: 3 });
    assert_eq!(read("{ hang_after = 0.25 }"), Failure::HangAfter(std::time::Duration::from_millis(250)));
    assert_eq!(read("{ redirect = { location = \"/x\" } }"), Failure::Redirect { location: "/x".into() });
    let status = Failure::Status { status: 502, shape: Shape::Html };
    assert_eq!(read("{ status = { status = 502, shape = \"html\" } }"), status);
    for failure in Failure::menu() {
        let written = serde_json::to_value(&failure).unwrap();
        let again: Failure = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(again, failure, "{written}");
    }
}

#[test]
fn all_that_is_wrong_is_told_with_its_line() {
    let text = r#"[teem]
x = 1
[team]
naem = "x"
seats = "ten"
[knobs]
totls = "exact"
totals = "exactly"
[[person]]
user_name = "a@b.example"
given_name = "x"
[[fault]]
failure = "reset_aftr"
[[fault]]
failure = { hang_after = 1e300 }
[[fault]]
failure = { status = { status = 503, shap = "html" } }
"#;
    let found = problems(text);
    let expected = [
        "line 1: unknown field `teem`, expected one of `team`",
        "line 4: unknown field `naem`, expected one of `name`",
        "line 5: invalid type: string \"ten\"",
        "line 7: unknown field `totls`",
        "line 8: unknown variant `exactly`, expected `exact` or `unfiltered`",
        "line 9: missing field `family_name`",
        "line 13: unknown variant `reset_aftr`",
        "line 15: ",
        "line 17: unexpected keys in table: shap",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
    assert_eq!(problems("a = ["), ["line 1: no TOML: unclosed array, expected `]`"]);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let text = r#"
[[person]]
user_name = "a@acme.example"
given_name = "A"
family_name = "B"
elsewhere = "other_team"
[[person]]
user_name = "A@acme.example"
given_name = "A"
family_name = "B"
[[fault]]
kind = "create"
scope = "writes"
failure = "reset_after"
[[fault]]
always = true
times = 2
failure = "reset_after"
[[fault]]
nth = 0
failure = "reset_after"
"#;
    let found = problems(text);
    let lines: Vec<_> = found.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["line 2", "line 7", "line 11", "line 15", "line 19"], "{found:#?}");
    assert!(found[1].contains("in line 2 already"), "{found:#?}");
}

#[test]
fn a_crowd_has_its_bounds_and_nobody_twice() {
    let named = "[[person]]\nuser_name = \"Member0002@acme.example\"\ngiven_name = \"A\"\nfamily_name = \"B\"\n";
    let found = problems(&format!("{named}[team]\ncrowd = 2"));
    assert_eq!(found, ["line 1: Member0002@acme.example is one of the crowd of 2 already"]);
    let mut scenario = Scenario::read(&format!("{named}[team]\ncrowd = 1")).unwrap();
    assert!(scenario.add_people(1).unwrap_err().contains("Member0002"));
    for crowd in [CROWD_MAX + 1, i64::MAX as usize] {
        let found = problems(&format!("\n[team]\ncrowd = {crowd}"));
        assert!(found.len() == 1 && found[0].starts_with("line 2: ") && found[0].contains("at most"), "{found:?}");
    }
    assert!(scenario.add_people(usize::MAX).is_err());
}

#[test]
fn no_text_makes_it_panic() {
    for text in [
        "team = 1",
        "person = 1",
        "[[team]]",
        "[person]",
        "fault = [1]",
        "[[storm]]",
        "[team]\nseats = -1",
        "\u{feff}",
        "x",
    ] {
        if let Err(problems) = Scenario::read(text) {
            assert!(!problems.is_empty(), "{text}");
        }
    }
    assert!(Scenario::read("[team]\nseats = -1").is_err());
}
