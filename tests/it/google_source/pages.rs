//! Page tokens: one that dies or comes twice is no end, and what was read before and after is never mixed.

use serde_json::json;

use super::{USERS, in_step, is_worthless, nothing};
use crate::directories::cloud::Failure;
use crate::directories::google::{Account, group, user};
use crate::support::{Lines, crowd, row};

const SMALL: &str = "page_size = 2";

/// Before the nth page behind the first one is answered.
fn at(account: &mut Account, nth: usize, change: impl FnOnce(&mut Account) + Send + 'static) {
    account.common.before("pageToken=", nth, change);
}

#[test]
fn a_token_that_dies_makes_the_reading_begin_again() {
    let (lab, google) = in_step(&crowd(8), SMALL);
    google.change(|account| {
        account.person("8")["name"]["familyName"] = json!("Married");
        at(account, 2, |account| account.common.paging.forget());
    });
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert_eq!(lab.sent(), ["rename p8@acme.example"]);
    assert!(said.contains("users: 8 in 4 pages, read from the beginning 2 times"), "{said}");
    let listing = google.requests().into_iter().filter(|asked| asked.starts_with(USERS)).count();
    assert_eq!(listing, 3 + 4, "two pages, a token that died, and the whole");
    assert_eq!(lab.active().len(), 8);
    // Gone is what is gone from the second reading.
    google.change(|account| {
        account.delete("1");
        at(account, 1, |account| account.common.paging.forget());
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

/// Whoever was shown before it began again is not shown since, or as somebody else: half of each is no reading.
#[test]
fn two_readings_are_never_mixed() {
    let (lab, google) = in_step(&crowd(8), SMALL);
    let changes: [fn(&mut Account); 3] = [
        |account| account.delete("1"),
        |account| account.person("2")["name"]["familyName"] = json!("Married"),
        |account| account.person("1")["suspended"] = json!(true),
    ];
    for change in changes {
        google.change(|account| {
            at(account, 2, move |account| {
                account.common.paging.forget();
                change(account);
            });
        });
        is_worthless(
            &lab,
            1,
            8,
            "users: it was read again from its beginning, and somebody had changed or gone meanwhile",
        );
        google.change(|account| account.people = crowd(8).iter().map(user).collect());
    }
    // Who came meanwhile is whole in the second reading.
    google.change(|account| {
        at(account, 2, |account| {
            account.common.paging.forget();
            account.people.push(user(&row("0", "New", "Comer", "a0")));
        });
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["create a0@acme.example"]);
}

#[test]
fn tokens_that_die_again_and_again_end_the_reading() {
    let (lab, google) = in_step(&crowd(8), SMALL);
    for failure in [Failure::Status(400), Failure::Status(410)] {
        google.change(|account| account.common.always = vec![("pageToken=", failure)]);
        is_worthless(
            &lab,
            1,
            8,
            "users: the token of a page was no good, 3 times in a row; the next cycle reads it again",
        );
        let listing = google.requests().into_iter().filter(|asked| asked.starts_with(USERS)).count();
        assert_eq!(listing, 6, "three times two pages, and no more");
    }
    // The same token for ever.
    let circle = r#"{"kind":"admin#directory#users","nextPageToken":"again"}"#;
    google.change(|account| account.common.always = vec![("pageToken=", Failure::Says(circle))]);
    is_worthless(&lab, 1, 8, "users: the token of a page was no good, 3 times in a row");
    google.change(|account| account.common.always.clear());
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), nothing());
}

#[test]
fn a_token_of_members_that_dies_is_no_end_of_a_group() {
    let (mut lab, google) = in_step(&crowd(6), SMALL);
    google.change(|account| account.groups.push(group("1", "Engineering", &["1", "2", "3", "4", "5", "6"])));
    lab.set("scope", "groups = [\"engineering@acme.example\"]");
    google.change(|account| account.common.before("members?", 3, |account| account.common.paging.forget()));
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    google.change(|account| {
        account.common.before("members?", 3, |account| {
            account.common.paging.forget();
            account.leave("1");
        });
    });
    is_worthless(&lab, 1, 6, "members of the group \"engineering@acme.example\": it was read again from its beginning");
}

#[test]
fn an_empty_page_with_a_next_one_goes_on() {
    let (lab, google) = in_step(&crowd(8), SMALL);
    for page in [1, 2, 4] {
        google.change(|account| account.common.paging.empty = Some(page));
        lab.run(&["sync"]).exits(0);
        assert_eq!((lab.active().len(), lab.sent()), (8, nothing()));
        assert_eq!(google.requests().into_iter().filter(|asked| asked.starts_with(USERS)).count(), 5);
    }
}
