//! Who is no longer listed is looked up by id before anything is taken away.

use serde_json::json;

use super::{begin, in_step, lab, nothing, source};
use crate::directories::cloud::Failure;
use crate::directories::okta::{APP, user, user_id};
use crate::support::{Lines, crowd, row};

#[test]
fn who_is_unassigned_leaves_at_once_and_who_fell_between_two_pages_stays() {
    let (lab, okta) = in_step(&crowd(6));
    // The second one is skipped: whoever leaves meanwhile moves the others.
    okta.change(|org| {
        org.common.paging.most = Some(2);
        org.common.paging.by_position = true;
        org.common.before("after=", 1, |org| org.unassign("1"));
    });
    lab.run(&["sync"]).exits(3);
    assert_eq!(lab.sent(), nothing(), "who was skipped is there by id");
    let app = format!("/api/v1/apps/{APP}/users");
    assert!(okta.requests().contains(&format!("{app}/{}?expand=user", user_id("3"))));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

/// A role that was narrowed is told "not there" about people who are.
#[test]
fn not_there_counts_only_where_somebody_else_is_found() {
    let (lab, okta) = in_step(&crowd(6));
    okta.change(|org| {
        org.unassign("6");
        org.unlisted.insert(user_id("6"));
    });
    // Not the API's own 404.
    for failure in [Failure::Status(404), Failure::Html(404)] {
        okta.change(|org| org.common.always = vec![("?expand=user", failure)]);
        lab.run(&["sync"]).exits(3);
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    }
    // Everybody is unknown by id, the witness too.
    let not_found = r#"{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: x (AppUser)"}"#;
    okta.change(|org| org.common.always = vec![("?expand=user", Failure::Refuses(404, not_found))]);
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("is not found by id, so nobody is known to be gone"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    // Between the listing and the look-up everybody was unassigned, or the app put out of use.
    okta.change(|org| {
        org.common.always.clear();
        org.common.before("?expand=user", 1, |org| org.apps[0].status = "INACTIVE");
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("is INACTIVE and not ACTIVE"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    okta.change(|org| org.apps[0].status = "ACTIVE");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p6@acme.example"]);
}

#[test]
fn deleted_people_and_deactivated_ones_leave_where_everybody_is_read() {
    let (mut lab, okta) = lab(&crowd(5));
    lab.source(&source(&okta, ""));
    begin(&lab, &okta);
    okta.change(|org| {
        org.delete("1");
        org.person("2")["status"] = json!("DEPROVISIONED");
        org.unlisted.insert(user_id("3"));
    });
    lab.run(&["sync"]).exits(3);
    let mut sent = lab.sent();
    sent.sort();
    assert_eq!(sent, ["deactivate p1@acme.example", "deactivate p2@acme.example"]);
}

/// The index of a search lags: who it does not show any more may be there, and two readings decide.
#[test]
fn a_search_that_lags_removes_nobody() {
    let (mut lab, okta) = lab(&crowd(4));
    okta.change(|org| org.people.iter_mut().for_each(|person| person["profile"]["department"] = json!("Engines")));
    lab.source(&source(&okta, "filter = 'profile.department eq \"Engines\"'"));
    begin(&lab, &okta);
    let listing = |okta: &crate::directories::okta::Okta| {
        okta.requests().into_iter().filter(|asked| asked.contains("sortBy=id")).collect::<Vec<_>>()
    };
    // The search shows yesterday: whoever was deleted is in it, with all that is old.
    okta.change(|org| {
        org.freeze_search();
        org.people.push(user(&row("5", "New", "Comer", "new")));
        org.delete("1");
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
    assert_eq!(listing(&okta).len(), 1);
    okta.change(|org| {
        org.thaw_search();
        org.person("2")["profile"]["department"] = json!("Sales");
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"], "deleted, and the id says so");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p2@acme.example"], "by a second reading, for the person is there");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

#[test]
fn the_login_of_somebody_else_is_no_id() {
    let (mut lab, okta) = lab(&crowd(3));
    lab.source(&source(&okta, ""));
    begin(&lab, &okta);
    okta.change(|org| {
        org.delete("1");
        org.person("2")["profile"]["login"] = json!(user_id("1"));
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("answered with another one than was asked for by id"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (3, nothing()));
}
