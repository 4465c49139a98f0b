//! Groups in a plan: what, why, how many, and what a person has to look at before a yes.

use super::super::status::HeldPerson;
use super::super::{Status, health, plan_csv, plan_markdown, plan_text, status_text};
use super::fixture::*;
use super::{DRY, assert_text};
use crate::core::groups::*;
use crate::core::guard::{Class, Held, Window};
use crate::core::model::ScimId;
use crate::core::plan::{Change, Difference, Plan, PlannedChange};
use crate::core::snapshot::{Hold, HoldReason};
use crate::core::time::Moment;
use crate::engine::outcome::Proposal;

fn gid(id: &str) -> GroupId {
    GroupId::new("corp", id)
}

fn people(n: u32) -> Vec<Person> {
    (1..=n).map(|n| Person { id: id(n), user_name: user_name(&format!("p{n}")) }).collect()
}

fn planned(change: GroupChange, why: &str) -> PlannedChange {
    PlannedChange { change: Change::Group(change), why: why.into() }
}

fn grouped() -> Proposal {
    let changes = vec![
        planned(
            GroupChange::RemoveMembers {
                id: gid("1"),
                name: "Data".into(),
                part: 0,
                people: people(7),
                cause: Removal::Emptied,
            },
            "the directory shows nobody in pm-data",
        ),
        planned(GroupChange::CreateGroup { id: gid("2"), name: "Platform".into() }, "pm-platform at the directory"),
        planned(
            GroupChange::AddMembers { id: gid("2"), name: "Platform".into(), part: 0, people: people(3) },
            "in pm-platform at the directory",
        ),
    ];
    let difference = Some(Difference { new: vec![changes[2].change.keys()[1].clone()], ..Difference::default() });
    let group =
        TeamGroup { scim_id: ScimId("405".into()), name: "Ops".into(), members: Some(vec![ScimId("1".into())]) };
    let plan = Plan {
        changes,
        group_adoptions: vec![GroupAdoption { id: gid("3"), group }],
        difference,
        managed_groups: 4,
        memberships: 40,
        ..Plan::default()
    };
    let (class, window) = (Class::EmptyGroup, Window::Cycle);
    proposal(plan, vec![Held::OverLimit { class, changes: 7, approved: 0, window, limit: 0, used: 0 }])
}

#[test]
fn a_plan_says_of_groups_what_why_and_how_many() {
    let text = plan_text(&grouped(), &DRY);
    let (headline, _) = text.split_once("\nAttention").unwrap();
    let headline = headline.replace('\n', " ");
    let said =
        "7 members to take out of groups, 3 members to add to groups, 1 group to create; 1 group adopted (no request).";
    assert!(headline.ends_with(said), "{headline}");
    let from = text.find("Take most").unwrap();
    let to = text.find("\nHELD").unwrap();
    let expected = "Take most or all members out of a group (7) - HELD, see below\n\
        \x20 - Data  7 members: p1@acme.example, p2@acme.example, p3@acme.example, p4@acme.example, p5@acme.example and 2 more  \
        the directory shows nobody in pm-data\n\n\
        Create groups (1)\n  + Platform  new group  pm-platform at the directory\n\n\
        Add to groups (3)\n* + Platform  3 members: p1@acme.example, p2@acme.example, p3@acme.example  in pm-platform at the directory\n\
        \x20 Of members, the first five are named; `plan --format csv` names each, one a line.\n\n\
        Adopt groups, no request (1)\n  = Ops (1 member)  as it is in the team, at the directory corp/groups:3\n";
    assert_text(&text[from..to], expected);
    assert!(text.contains("all held. Always a person's to approve.\n    A group that is empty all at once"), "{text}");
    assert!(text.contains("Groups: 4 managed, with 40 memberships made true."), "{text}");
}

#[test]
fn a_membership_is_a_row_of_its_own_and_a_group_a_line_of_a_table() {
    let csv = plan_csv(&grouped(), NOW);
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(csv.as_bytes()).into_records().map(Result::unwrap).collect();
    let of = |kind: &str| rows.iter().filter(|row| &row[2] == kind).collect::<Vec<_>>();
    assert_eq!((of("remove_members").len(), of("add_members").len(), of("create_group").len()), (7, 3, 1), "{csv}");
    let row = of("add_members")[1];
    assert_eq!((&row[4], &row[6], &row[14], &row[15]), ("e-2", "p2@acme.example", "corp/groups:2", "Platform"));
    assert!(of("remove_members").iter().all(|row| &row[12] == "yes") && row[12] == *"no", "{csv}");
    assert_eq!(&of("adopt_group")[0][15], "Ops");
    let markdown = plan_markdown(&grouped(), &DRY);
    assert!(markdown.contains("\n|  | Platform | new group | pm-platform at the directory |\n"), "{markdown}");
    assert!(markdown.contains("\n|  | Ops | 1 member | `corp/groups:3` |\n"), "{markdown}");
}

#[test]
fn a_group_set_aside_is_no_person() {
    let hold =
        Hold { reason: HoldReason::RemovedByHand, since: Moment::at(NOW.unix_s - 60), until_unix_s: None, tries: 0 };
    let group = HeldPerson { id: gid("1").subject().clone(), user_name: None, group: Some("Data".into()), hold };
    let status = Status { now: NOW, holds: vec![group], managed_groups: 4, memberships: 40, ..Status::default() };
    let text = status_text(&status, &DRY);
    assert!(health(&status).reasons().iter().any(|reason| reason.text == "1 group is set aside"), "{text}");
    assert!(
        text.contains("Groups: 4 managed, 40 memberships; ended without approval: 0 in 24 h, 0 in 7 days"),
        "{text}"
    );
    assert!(text.contains("adopt --group Data"), "{text}");
}
