//! Who is no longer listed is looked up by id before anything is taken away.

use serde_json::json;

use super::{begin, in_step, lab, nothing, source};
use crate::directories::cloud::Failure;
use crate::directories::okta::{APP, Org, group, group_id, user, user_id};
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
    // Not the API's own 404, and about that person alone: the witness is found.
    for failure in [Failure::Status(404), Failure::Html(404), Failure::Refuses(404, "{}")] {
        okta.change(|org| org.common.always = vec![("/users/00u00000000000000006?", failure)]);
        let said = lab.run(&["sync"]).exits(3).out.flat();
        assert!(said.contains("the look-up by id failed") && said.contains("HTTP 404"), "{said}");
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

/// Who is in a group the person's own groups say: a listing of members may move twice.
#[test]
fn whoever_fell_out_of_both_listings_of_a_group_stays() {
    let (mut lab, okta) = lab(&crowd(6));
    okta.change(|org| {
        org.groups.push(group("1", "Engineering", &["1", "2", "3", "4", "5", "6"]));
        org.people.push(user(&row("0", "A", "B", "p0")));
        (org.common.paging.most, org.common.paging.by_position) = (Some(2), true);
    });
    lab.source(&source(&okta, ""));
    lab.set("scope", "groups = [\"Engineering\"]");
    begin(&lab, &okta);
    fn out(org: &mut Org, row: &str) {
        org.groups[0].people.retain(|id| *id != user_id(row));
    }
    okta.change(|org| {
        // The third one is skipped by the reading, and by another one if there is one.
        org.common.before("after=", 1, |org| out(org, "1"));
        org.common.before("users?limit=200", 2, |org| org.groups[0].people.push(user_id("0")));
        org.common.before("after=", 3, |org| out(org, "0"));
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert_eq!(lab.sent(), nothing(), "{said}");
    let own = format!("/api/v1/users/{}/groups", user_id("3"));
    assert!(okta.requests().contains(&own));
}

/// Nor does somebody leave a group on the word of an API that shows nobody's groups.
#[test]
fn out_of_a_group_counts_only_where_a_member_is_in_it() {
    let (mut lab, okta) = lab(&crowd(6));
    okta.change(|org| {
        org.groups.push(group("1", "Engineering", &["1", "2", "3", "4", "5", "6"]));
        org.groups.extend((10..35).map(|i| group(&i.to_string(), &format!("Other {i}"), &["1", "5"])));
    });
    lab.source(&source(&okta, ""));
    lab.set("scope", "groups = [\"Engineering\"]");
    begin(&lab, &okta);
    okta.change(|org| {
        org.groups[0].people.truncate(5);
        org.hides_groups_of_people = true;
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("shows somebody who is not in it by their own groups"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    okta.change(|org| org.hides_groups_of_people = false);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p6@acme.example"]);
    // Twenty-six groups are two pages, and the wanted one may be on the second.
    okta.change(|org| {
        org.groups[0].shown["id"] = group_id("99").into();
        org.unlisted.insert(user_id("5"));
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("the listing did not show them, and a look-up by id did"), "{said}");
    assert_eq!(lab.sent(), nothing());
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
