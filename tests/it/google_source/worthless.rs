//! Listings that are not whole, or not of the account that was meant. Each would be the end of half the team, if it were
//! believed.

use super::{in_step, nothing, source};
use crate::directories::cloud::{CANARY, Failure};
use crate::directories::google::{Account, CUSTOMER, user, user_id};
use crate::support::{Lines, crowd};

type Turn = fn(&mut Account);

/// One page with that row.
const STRANGER: &str = r#"{"kind":"admin#directory#users","users":[{"id":"9","customerId":"C0other"}]}"#;
const NOBODYS: &str = r#"{"kind":"admin#directory#users","users":[{"id":"9"}]}"#;
const TWICE: &str = r#"{"kind":"admin#directory#users","users":[{"id":"x","id":"y"}]}"#;
const NO_ID: &str = r#"{"kind":"admin#directory#users","users":[{}]}"#;
const NO_ROW: &str = r#"{"kind":"admin#directory#users","users":[5]}"#;
const NO_TOKEN: &str = r#"{"kind":"admin#directory#users","nextPageToken":7}"#;
const NO_LIST: &str = r#"{"kind":"admin#directory#users","users":{}}"#;
const MEMBERS: &str = r#"{"kind":"admin#directory#members","members":[{"id":"x"}]}"#;

#[test]
fn nobody_is_removed_on_account_of_a_worthless_listing() {
    let (lab, google) = in_step(&crowd(8), "page_size = 2");
    let turns: &[(Turn, &str)] = &[
        (|account| always(account, Failure::Html(500)), "/users: HTTP 500: the server failed"),
        (|account| always(account, Failure::Html(502)), "/users: HTTP 502: the server failed"),
        (
            |account| always(account, Failure::Status(403)),
            "/users: HTTP 403: forbidden: the admin in `subject` may not",
        ),
        (|account| always(account, Failure::Status(404)), "/users: HTTP 404: notFound: it is not there"),
        (|account| always(account, Failure::Html(404)), "/users: HTTP 404: there is no such API; is `url` right?"),
        (|account| always(account, Failure::Cut), "no answer"),
        (|account| always(account, Failure::CutBehind), "no answer"),
        (|account| always(account, Failure::Redirect("https://evil.example/x".into())), "a redirect to evil.example"),
        (|account| always(account, Failure::Says("{}")), "users: an answer that is no page of it"),
        (|account| always(account, Failure::Says(MEMBERS)), "users: an answer that is no page of it"),
        (|account| always(account, Failure::Says("[]")), "JSON that is no object"),
        (|account| always(account, Failure::Says("<html>canary@acme.example")), "not JSON as it should be"),
        (|account| always(account, Failure::Says(NO_ID)), "users: a row without an `id`"),
        (|account| always(account, Failure::Says(NO_ROW)), "users: a row that is no object"),
        (|account| always(account, Failure::Says(NO_LIST)), "users: rows that are no list"),
        (|account| always(account, Failure::Says(TWICE)), "twice"),
        (|account| always(account, Failure::Says(STRANGER)), "people of two accounts are shown"),
        (|account| always(account, Failure::Says(NOBODYS)), "a person without a `customerId`"),
        (|account| always(account, Failure::Says(NO_TOKEN)), "users: a token of the next page that is no text"),
        (|account| account.common.paging.repeated = true, "users: an id came twice"),
        (|account| account.common.paging.circle = true, "users: an id came twice"),
        (|account| account.is_enabled = false, "accessNotConfigured: the Admin SDK API is not switched on"),
        (
            |account| account.unlisted = crowd(8).iter().map(|row| user_id(&row.id)).collect(),
            "Empty never means everybody left",
        ),
        (|account| account.becomes("C0other", crowd(3).iter().map(user).collect()), "another directory than until now"),
        (|account| account.customer = "C0other".into(), "another directory than until now"),
    ];
    for (turn, words) in turns {
        google.change(turn);
        let said = lab.run(&["sync"]);
        let text = format!("{} {}", said.out.flat(), said.err.flat());
        assert_eq!(said.code, 1, "{words}: {text}");
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains(CANARY) && !text.contains("p1@"), "{words}: {text}");
        assert_eq!((lab.active().len(), lab.sent()), (8, nothing()), "{words}");
        google.change(restore);
    }
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (8, nothing()));
}

fn always(account: &mut Account, failure: Failure) {
    account.common.always.push(("pageToken=", failure));
}

/// As it was before.
fn restore(account: &mut Account) {
    account.common.always.clear();
    account.common.paging = Default::default();
    account.unlisted.clear();
    account.is_enabled = true;
    account.customer = CUSTOMER.into();
    account.people = crowd(8).iter().map(user).collect();
}

#[test]
fn a_sentinel_that_is_not_shown_ends_the_reading() {
    let (mut lab, google) = in_step(&crowd(4), "");
    lab.source(&source(&google, &format!("sentinels = [\"{}\"]", user_id("2"))));
    lab.run(&["sync"]).exits(0);
    google.change(|account| account.person("2")["suspended"] = true.into());
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains(&format!("the sentinel {} was not shown active", user_id("2"))), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (4, nothing()));
}
