//! Groups in the history: a person's story has the groups they came into, and an approval counts each membership.

use serde_json::json;

use super::*;
use crate::core::groups::{GroupAdoption, GroupChange, GroupId, KnownGroup, Person};

fn add(people: &[&str]) -> Change {
    let person =
        |id: &&str| Person { id: SourceId::new("hr", *id), user_name: UserName::new(format!("p{id}@acme.example")) };
    let people = people.iter().map(person).collect();
    Change::Group(GroupChange::AddMembers { id: GroupId::new("hr", "g1"), name: "Platform".into(), part: 0, people })
}

#[test]
fn a_story_has_the_groups_that_somebody_came_into_and_nobody_elses() {
    let mut chain = Chain::default();
    chain.begin(1, 1, &add(&["1", "2"]), None);
    chain.end(1, 1, &add(&["1", "2"]), "done", None);
    chain.begin(1, 2, &add(&["3"]), None);
    chain.end(1, 2, &add(&["3"]), "done", None);
    let who = UserName::new("p2@acme.example");
    let people: BTreeSet<String> = chain.0.iter().flat_map(|row| ids_with(row, &who)).collect();
    let (entries, _) = chain.changes(Wanted { people: Some(people), ..Wanted::default() }, 10);
    let told: Vec<_> = entries.iter().map(|entry| (entry.kind.as_str(), entry.id.to_string())).collect();
    assert_eq!(told, [("add_members", "hr/groups:g1".to_owned())]);
    let Some(Change::Group(change)) = &entries[0].change else { panic!("{entries:?}") };
    assert_eq!(change.people().len(), 1, "of the two who came, the one who was asked about");
}

#[test]
fn an_approval_counts_memberships_and_a_group_that_was_adopted_under_it() {
    let mut chain = Chain::default();
    let (change, scim_id) = (add(&["1", "2"]), ScimId("g-scim".into()));
    let group = GroupId::new("hr", "g2");
    let mut keys = change.keys();
    keys.push(GroupAdoption::key_of(&group, &scim_id));
    chain.approve_keys(keys, "ada", "f");
    chain.begin(1, 1, &change, Some("ada"));
    chain.end(1, 1, &change, "done", Some("ada"));
    let (origin, name) = (Origin::Adopted, "Search".to_owned());
    let known = KnownGroup { id: group, scim_id, name, origin, absent: None, undone: 0 };
    chain.push(Some(1), "group", "hr/groups:g2", json!(known));
    assert_eq!(chain.approvals().iter().map(|entry| (entry.changes, entry.used)).collect::<Vec<_>>(), [(3, 3)]);
    let (entries, _) = chain.changes(Wanted::default(), 10);
    let adopted = entries.iter().find(|entry| entry.kind == "adopt_group").unwrap();
    assert_eq!(adopted.approved_by.as_deref(), Some("ada"));
}
