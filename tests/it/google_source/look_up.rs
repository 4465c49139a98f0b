//! Who is no longer listed is looked up by id before anything is taken away.

use serde_json::json;

use super::{USERS, in_step, nothing};
use crate::directories::cloud::Failure;
use crate::directories::google::{CUSTOMER, group, user, user_id};
use crate::support::{Lines, crowd, row};

#[test]
fn who_fell_between_two_pages_stays_and_who_is_deleted_leaves_at_once() {
    let (lab, google) = in_step(&crowd(6), "page_size = 2");
    // The third is skipped: whoever leaves meanwhile moves the others.
    google.change(|account| {
        account.common.paging.by_position = true;
        account.common.before("pageToken=", 1, |account| account.delete("1"));
    });
    lab.run(&["sync"]).exits(3);
    assert_eq!(lab.sent(), nothing(), "who was skipped is there by id");
    let asked = google.requests();
    assert!(asked.iter().any(|asked| asked.starts_with(&format!("{USERS}/{}?", user_id("3")))), "{asked:?}");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

/// What Google says of some keys: "Type not supported: userKey".
const NOT_A_KEY: &str = r#"{"error":{"code":400,"message":"x","errors":[{"reason":"badRequest"}]}}"#;

/// An admin whose role was narrowed is told "not there" about people who are.
#[test]
fn not_there_counts_only_where_somebody_else_is_found() {
    let (lab, google) = in_step(&crowd(6), "");
    google.change(|account| _ = account.unlisted.insert(user_id("6")));
    let not_found = r#"{"error":{"code":404,"message":"x","errors":[{"reason":"notFound"}]}}"#;
    for (failure, words) in [
        (Failure::Html(404), "there is no such API"),
        (Failure::Refuses(404, "{}"), "there is no such API"),
        (Failure::Status(403), "forbidden: the admin in `subject` may not read that"),
        (Failure::Refuses(400, NOT_A_KEY), "badRequest: Google does not take the question"),
        // Everybody is unknown by id, the witness too.
        (Failure::Refuses(404, not_found), "is not found by id, so nobody is known to be gone"),
    ] {
        google.change(|account| account.common.always = vec![("/users/1", failure)]);
        let said = lab.run(&["sync"]).exits(3).out.flat();
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    }
    google.change(|account| {
        account.common.always.clear();
        account.delete("6");
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p6@acme.example"]);
}

/// Such as the ids that `adopt` makes up for people whom no directory has.
#[test]
fn an_id_that_google_does_not_take_keeps_nobody_else_waiting() {
    let (lab, google) = in_step(&crowd(6), "");
    google.change(|account| {
        account.delete("5");
        account.delete("6");
        account.common.always = vec![("/users/100000000000000000005", Failure::Refuses(400, NOT_A_KEY))];
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p6@acme.example"], "an id says so");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p5@acme.example"], "by a second reading");
}

/// A scope that was taken back, and a role that was narrowed to some org units, are no answer about one person.
#[test]
fn a_reader_who_may_less_than_before_says_nothing_of_anybody() {
    for (narrowed, why) in [
        (
            r#"{"error":{"code":403,"message":"x","errors":[{"reason":"insufficientPermissions"}]}}"#,
            "the token has not got the scope",
        ),
        (r#"{"error":{"code":403,"message":"x","errors":[{"reason":"forbidden"}]}}"#, "may not read that"),
    ] {
        let (lab, google) = in_step(&crowd(6), "");
        google.change(|account| {
            account.delete("6");
            account.common.always = vec![("/users/100000000000000000006", Failure::Refuses(403, narrowed))];
        });
        for _ in 0..2 {
            let said = lab.run(&["sync"]).exits(3).out.flat();
            assert!(said.contains(why), "{said}");
            assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
        }
    }
}

#[test]
fn an_answer_about_somebody_else_or_of_another_account_is_none() {
    let (lab, google) = in_step(&crowd(4), "");
    google.change(|account| {
        account.delete("1");
        account.person("2")["aliases"] = json!([user_id("1")]);
    });
    let refused = |words: &str| {
        let said = lab.run(&["sync"]).exits(3).out.flat();
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
    };
    refused("answered with another one than was asked for by id");
    // Between the listing and the look-up the key opens another account.
    google.change(|account| {
        account.person("2")["aliases"] = json!([]);
        account.common.before("maxResults=1&", 1, |account| account.customer = "C0other".into());
    });
    refused("C0other");
    // And the same between one person and the next.
    google.change(|account| {
        account.customer = CUSTOMER.into();
        account.people.push(user(&row("1", "Given1", "Family1", "p1")));
        account.unlisted.insert(user_id("1"));
        account.common.before("/users/1", 1, |account| account.customer = "C0other".into());
    });
    refused("people of two accounts are shown");
}

/// Deleted a moment ago, and still shown by id with the time of it.
#[test]
fn whoever_is_shown_as_deleted_is_gone() {
    let (lab, google) = in_step(&crowd(4), "");
    google.change(|account| {
        account.unlisted.insert(user_id("1"));
        account.person("1")["deletionTime"] = json!("2026-01-06T08:00:00.000Z");
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

/// A listing of members moved; read again, the person is in the group.
#[test]
fn who_fell_out_of_a_moving_list_of_members_stays() {
    let (mut lab, google) = in_step(&crowd(6), "page_size = 2");
    google.change(|account| account.groups = vec![group("1", "Team", &["1", "2", "3", "4", "5", "6"])]);
    lab.set("scope", "groups = [\"team@acme.example\"]");
    google.change(|account| {
        account.common.paging.by_position = true;
        account.common.before("members?", 2, |account| account.leave("1"));
    });
    lab.run(&["sync"]);
    assert_eq!(lab.sent(), nothing(), "the third was skipped, and is in the group");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}
