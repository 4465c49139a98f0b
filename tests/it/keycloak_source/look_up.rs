//! Who is no longer listed is looked up by id before anything is taken away.

use serde_json::json;

use super::{in_step, nothing};
use crate::directories::cloud::Failure;
use crate::directories::keycloak::{user, user_id};
use crate::support::{Lines, crowd, row};

/// One was hidden by the other: as many as before, and not the same. The look-up knows better.
#[test]
fn who_fell_between_two_pages_is_there_by_id() {
    let (lab, keycloak) = in_step(&crowd(6), "page_size = 2");
    keycloak.change(|realm| {
        realm.common.before("first=2&", 1, |realm| {
            realm.delete("1");
            realm.people.push(user(&row("9", "New", "Comer", "p9")));
        });
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("users: 6 in 3 pages, as many as were counted before and after"), "{said}");
    assert_eq!(lab.sent(), ["create p9@acme.example"], "the third is in no page, and there");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

/// By id a lockout of some minutes looks like a dismissal.
#[test]
fn who_is_locked_out_stays() {
    let (lab, keycloak) = in_step(&crowd(6), "");
    keycloak.change(|realm| {
        realm.unlisted.insert(user_id("6"));
        realm.locked = ["5", "6"].map(user_id).into();
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("the listing did not show them, and a look-up by id did"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    keycloak.change(|realm| {
        realm.unlisted.clear();
        realm.person("6")["enabled"] = json!(false);
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p6@acme.example"], "the listing says it");
}

/// Asked about nobody else: the witness is found in any case.
const ABSENT: &str = "/users/00000000-0000-4000-8000-000000000006";

#[test]
fn gone_is_what_keycloak_says_in_its_own_words() {
    let (lab, keycloak) = in_step(&crowd(6), "");
    keycloak.change(|realm| _ = realm.unlisted.insert(user_id("6")));
    for failure in [Failure::Html(404), Failure::Status(404), Failure::Refuses(404, "{}")] {
        keycloak.change(|realm| realm.common.always = vec![(ABSENT, failure)]);
        let said = lab.run(&["sync"]).exits(3).out.flat();
        assert!(said.contains("the look-up by id failed") && said.contains("HTTP 404"), "{said}");
        assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    }
    // Of everybody, those who are listed too.
    let not_found = Failure::Refuses(404, "{\"error\":\"User not found\"}");
    keycloak.change(|realm| realm.common.always = vec![("/users/0", not_found.clone())]);
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("somebody who is listed is not found by id"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
    keycloak.change(|realm| realm.common.always = vec![(ABSENT, not_found)]);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p6@acme.example"], "and now nothing but that is new");
}

/// Whoever is shown for somebody else is not the one who was asked for.
#[test]
fn another_one_than_was_asked_for_is_no_answer() {
    const OTHER: &str = r#"{"id":"00000000-0000-4000-8000-000000000005","enabled":true}"#;
    let (lab, keycloak) = in_step(&crowd(6), "");
    keycloak.change(|realm| {
        realm.delete("6");
        realm.common.always = vec![(ABSENT, Failure::Says(OTHER))];
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("answered with another one than was asked for"), "{said}");
    assert_eq!((lab.active().len(), lab.sent()), (6, nothing()));
}
