//! Readings that are not whole, or not of the realm that was meant: none removes anybody.

use std::net::TcpListener;

use serde_json::json;

use super::{in_step, is_worthless, lab, nothing, source};
use crate::directories::cloud::Failure;
use crate::directories::keycloak::{Realm, user_id};
use crate::support::{Lines, crowd};

type Turn = fn(&mut Realm);

fn always(realm: &mut Realm, part: &'static str, failure: Failure) {
    realm.common.always.push((part, failure));
}

#[test]
fn nobody_is_removed_on_account_of_a_worthless_listing() {
    let (lab, keycloak) = in_step(&crowd(6), "page_size = 2");
    let turns: &[(Turn, &str)] = &[
        (|realm| always(realm, "first=2&", Failure::Html(500)), "/users: HTTP 500: the server failed"),
        (|realm| always(realm, "first=2&", Failure::Status(403)), "/users: HTTP 403: the client may not read that"),
        (|realm| always(realm, "first=2&", Failure::Throttled(3_600)), "asked to be left alone for 3600 s"),
        (|realm| always(realm, "first=2&", Failure::Crowded), "HTTP 503: the server is busy, also at the 5th try"),
        (|realm| always(realm, "first=2&", Failure::Cut), "no answer"),
        (|realm| always(realm, "first=2&", Failure::Says("{}")), "JSON that is no list"),
        (|realm| always(realm, "first=2&", Failure::Says("[{}]")), "users: a row without an `id`"),
        (|realm| always(realm, "first=2&", Failure::Says("[5]")), "users: a row that is no object"),
        (|realm| always(realm, "first=2&", Failure::Says("[]")), "6 people were counted, 4 were shown"),
        (|realm| always(realm, "/users/count", Failure::Says("{}")), "/users/count is no number"),
        (|realm| always(realm, "/users/count", Failure::Says("\"6\"")), "/users/count is no number"),
        (|realm| realm.name = "elsewhere".into(), "no access token (HTTP 404)"),
        (
            |realm| realm.common.before("/admin/realms", 1, |realm| realm.name = "elsewhere".into()),
            "there is no such realm",
        ),
    ];
    for (turn, words) in turns {
        keycloak.change(turn);
        is_worthless(&lab, 1, 6, words);
        keycloak.change(|realm| {
            realm.common.always.clear();
            realm.name = "acme".into();
        });
    }
    lab.run(&["sync"]).exits(0);
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
}

/// Once, or a few times, is nothing: as long as it asks for.
#[test]
fn what_may_pass_is_asked_again() {
    let (lab, keycloak) = in_step(&crowd(6), "page_size = 2");
    for failure in [Failure::Html(500), Failure::Html(502), Failure::Crowded, Failure::Cut, Failure::Throttled(1)] {
        let said = format!("{failure:?}");
        keycloak.change(|realm| realm.common.trouble = vec![("first=2&", failure)]);
        lab.run(&["sync"]).exits(0);
        assert!(keycloak.change(|realm| realm.common.trouble.is_empty()), "{said}");
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()), "{said}");
    }
}

#[test]
fn a_sentinel_that_is_not_shown_ends_the_reading() {
    let (mut lab, keycloak) = in_step(&crowd(4), "");
    keycloak.change(|realm| realm.person("3")["enabled"] = json!(false));
    let of = |key: &str, row: &str| format!("{key} = [\"{}\"]", user_id(row));
    for (lines, words) in [
        (of("sentinels", "3"), format!("the sentinel {} was not shown active", user_id("3"))),
        (of("inactive_sentinels", "2"), format!("the sentinel {} was not shown inactive", user_id("2"))),
        (of("sentinels", "9"), format!("the sentinel {} was not shown active", user_id("9"))),
    ] {
        lab.source(&source(&keycloak, &lines));
        is_worthless(&lab, 1, 4, &words);
    }
    lab.source(&source(&keycloak, &format!("{}\n{}", of("sentinels", "1"), of("inactive_sentinels", "3"))));
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"], "{said}");
}

/// Connections are taken, and nothing ever comes.
#[test]
fn a_server_that_never_answers_ends_the_reading() {
    let (mut lab, keycloak) = lab(&crowd(2), "");
    super::begin(&lab, &keycloak);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}", silent.local_addr().unwrap());
    lab.source(&source(&keycloak, "timeout = \"1s\"").replace(&keycloak.url(), &elsewhere));
    is_worthless(&lab, 1, 2, "not read to the end after 1 s");
}
