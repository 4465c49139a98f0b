//! Who is looked up by id before they are removed.

use super::*;
use crate::directories::cloud::Failure;

#[test]
fn an_index_that_lags_removes_nobody() {
    let in_group = |entra: &Entra| with_secret(entra, "[scope]\ngroups = [\"Postman\"]");
    let (lab, entra) = in_step(&crowd(4), in_group, |entra| {
        entra.change(|tenant| tenant.groups.push(group("1", "Postman", &["1", "2", "3", "4"].map(user_id))));
    });
    entra.change(|tenant| {
        tenant.groups[0].members.pop();
        tenant.freeze_index();
        tenant.groups[0].members.push(user_id("4"));
    });
    lab.run(&["sync"]).exits(3);
    assert_eq!(lab.sent(), nothing());
    entra.change(|tenant| {
        tenant.groups[0].members.pop();
        tenant.thaw_index();
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
}

#[test]
fn not_found_counts_only_as_graph_says_it_and_where_somebody_is_found() {
    let (lab, entra) = in_step(&crowd(4), |entra| with_secret(entra, ""), |_| {});
    entra.change(|tenant| tenant.delete("4"));
    // A proxy's 404, and a 404 for everybody.
    entra.change(|tenant| tenant.common.always.push(("/users/5e", Failure::Html(404))));
    lab.run(&["sync"]);
    assert_eq!(lab.sent(), nothing());
    entra.change(|tenant| tenant.common.always = vec![("/users?$select=id&$top=1", Failure::Says("{\"value\":[]}"))]);
    lab.run(&["sync"]);
    assert_eq!(lab.sent(), nothing());
    entra.change(|tenant| tenant.common.always.clear());
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
}

/// The list of assignments lags, whoever asks, so that asking it twice proves nothing.
#[test]
fn an_assignment_that_is_not_listed_for_a_while_removes_nobody() {
    let (lab, entra) = in_step(&crowd(4), assigned, |entra| {
        entra.change(|tenant| (1..=4).for_each(|i| tenant.assign("User", &user_id(&i.to_string()))));
    });
    entra.change(|tenant| tenant.not_yet_listed.insert(user_id("4")));
    assert_eq!(lab.sync().exits(0).notes(), ["due"]);
    assert_eq!(lab.sent(), nothing());
    entra.change(|tenant| tenant.not_yet_listed.clear());
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    // Missing, back, and missing again is no second reading in a row.
    entra.change(|tenant| tenant.assignments.retain(|assignment| assignment.principal != user_id("4")));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
}

/// Disabled, and with that out of the filter or the application: their own entry says it, so that one reading is enough.
#[test]
fn who_is_disabled_leaves_at_once_whatever_else_they_left() {
    let by_filter = |entra: &Entra| with_secret(entra, "filter = \"accountEnabled eq true\"");
    let (lab, entra) = in_step(&crowd(3), by_filter, |_| {});
    entra.change(|tenant| tenant.person("2")["accountEnabled"] = json!(false));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"]);

    let (lab, entra) = in_step(&crowd(3), assigned, |entra| {
        entra.change(|tenant| (1..=3).for_each(|i| tenant.assign("User", &user_id(&i.to_string()))));
    });
    entra.change(|tenant| {
        tenant.person("2")["accountEnabled"] = json!(false);
        tenant.assignments.remove(1);
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"]);
}

#[test]
fn an_application_that_nobody_is_assigned_to_removes_nobody() {
    let (lab, entra) = in_step(&crowd(4), assigned, |entra| {
        entra.change(|tenant| (1..=4).for_each(|i| tenant.assign("User", &user_id(&i.to_string()))));
    });
    let kept = entra.change(|tenant| std::mem::take(&mut tenant.assignments));
    lab.run(&["sync"]);
    assert_eq!(lab.sent(), nothing());
    entra.change(|tenant| tenant.assignments = kept);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}
