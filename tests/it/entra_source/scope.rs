//! Who is read: by assignment, by group, by filter; guests; and in how many requests.

use serde_json::json;

use super::*;
use crate::directories::entra::guest;

fn in_groups(entra: &Entra, lines: &str) -> String {
    with_secret(entra, &format!("{lines}\n[scope]\ngroups = [\"Outer\"]"))
}

/// p1 in the outer group, p2 in the inner one, p3 in none.
fn nested(entra: &Entra) {
    entra.change(|tenant| {
        tenant.groups.push(group("1", "Outer", &[user_id("1"), group_id("2")]));
        tenant.groups.push(group("2", "Inner", &[user_id("2")]));
    });
}

#[test]
fn an_assignment_does_not_reach_groups_inside_and_a_group_of_the_scope_does() {
    let (mut lab, entra) = in_step(&crowd(3), |entra| in_groups(entra, ""), nested);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example"]);
    lab.source(&in_groups(&entra, "nested_groups = false"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"]);

    let (lab, _) = in_step(&crowd(3), assigned, |entra| {
        nested(entra);
        entra.change(|tenant| tenant.assign("Group", &group_id("1")));
    });
    assert_eq!(lab.active(), ["p1@acme.example"]);
}

/// Each page of a cast is asked for with the header; without it Graph refuses, or sends members of every kind.
#[test]
fn a_cast_is_asked_for_as_graph_wants_it_on_every_page() {
    use crate::directories::entra::PlainCast;
    for plain_cast in [PlainCast::Refused, PlainCast::Ignored, PlainCast::Served] {
        let (lab, entra) = in_step(
            &crowd(5),
            |entra| in_groups(entra, "page_size = 1"),
            |entra| {
                nested(entra);
                entra.change(|tenant| tenant.plain_cast = plain_cast);
            },
        );
        assert_eq!(lab.active().len(), 2);
        lab.run(&["plan"]).exits(0);
        assert_eq!(asked(&entra, "/transitiveMembers/microsoft.graph.user?$count=true").len(), 2);
    }
}

#[test]
fn a_group_is_found_once_or_the_reading_fails() {
    let (mut lab, entra) = lab(&crowd(2));
    nested(&entra);
    let failing = |lab: &mut Lab, name: &str, words: &str| {
        lab.source(&with_secret(&entra, &format!("[scope]\ngroups = [\"{name}\"]")));
        let said = lab.run(&["plan"]).exits(1).out.flat();
        assert!(said.contains(words), "{words}: {said}");
    };
    failing(&mut lab, "Nobody's", "is not there");
    failing(&mut lab, &group_id("9"), "is not there");
    entra.change(|tenant| tenant.groups.push(group("3", "Empty", &[])));
    failing(&mut lab, "Empty", "is empty, or its members may not be read");
    entra.change(|tenant| tenant.groups.push(group("4", "outer", &[user_id("2")])));
    failing(&mut lab, "Outer", "several groups");
    lab.source(&with_secret(&entra, &format!("[scope]\ngroups = [\"{}\"]", group_id("1"))));
    lab.run(&["plan"]).exits(0);
}

#[test]
fn guests_are_out_unless_they_are_wanted() {
    let set_up = |entra: &Entra| entra.change(|tenant| tenant.people[0] = guest(tenant.people[0].clone()));
    let (mut lab, entra) = in_step(&crowd(3), |entra| with_secret(entra, ""), set_up);
    assert_eq!(lab.active(), ["p2@acme.example", "p3@acme.example"]);
    lab.source(&with_secret(&entra, "guests = true"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["create p1@acme.example"]);
    // Who becomes a guest leaves, and is found as one when they are looked up.
    lab.source(&with_secret(&entra, ""));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

#[test]
fn a_filter_lets_through_whom_graph_says() {
    let lines = |entra: &Entra| with_secret(entra, "filter = \"department ne 'Sales' and accountEnabled eq true\"");
    let (lab, entra) = in_step(&crowd(3), lines, |entra| {
        entra.change(|tenant| tenant.person("1")["department"] = json!("Sales"));
    });
    assert_eq!(lab.active(), ["p2@acme.example", "p3@acme.example"]);
    // Who no longer matches is there still: two readings.
    entra.change(|tenant| tenant.person("2")["department"] = json!("Sales"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"]);
}

/// So many people assigned by themselves, in so large a tenant, at so many in a page: in so many requests of each kind.
#[test]
fn people_who_are_assigned_by_themselves_take_the_fewest_requests() {
    for (tenant_size, assigned_to, page, listed, filtered) in [
        (40, 15, 5, 0, 1),
        // The first page has five of them; the other fifteen fit into one filter, and the listing has seven pages more.
        (40, 20, 5, 1, 1),
        (40, 40, 20, 2, 0),
        (10, 10, 5, 0, 1),
    ] {
        let (mut lab, entra) = lab(&crowd(tenant_size));
        entra.change(|tenant| (1..=assigned_to).for_each(|i| tenant.assign("User", &user_id(&i.to_string()))));
        lab.source(&format!("{}page_size = {page}\n", assigned(&entra)));
        assert_eq!(fetched(&lab), assigned_to);
        let users = asked(&entra, "/users?");
        let by_filter = users.iter().filter(|line| line.contains("filter=")).count();
        let told = (users.len() - by_filter, by_filter);
        assert_eq!(told, (listed, filtered), "{assigned_to} of {tenant_size}: {users:#?}");
    }
}
