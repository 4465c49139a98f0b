//! Groups: named by path, by id and by name, with those within them, of servers old and new.

use super::{begin, is_worthless, lab, nothing, source};
use crate::directories::cloud::Failure;
use crate::directories::keycloak::{Realm, group, user_id};
use crate::support::crowd;

const NO_GROUP: Failure = Failure::Refuses(404, "{\"error\":\"Could not find group by id\"}");

#[test]
fn groups_by_name_and_path_with_those_within_them() {
    let (mut lab, keycloak) = lab(&crowd(6), "page_size = 2");
    keycloak.change(|realm| {
        realm.groups =
            vec![group("1", "Engineering", None, &["1"]), group("2", "Backend", Some("1"), &["2", "3", "4"])];
        realm.groups.push(group("3", "Sales", None, &["5"]));
        realm.groups.push(group("4", "Backend", Some("3"), &["6"]));
        realm.groups.extend((10..23).map(|i| group(&i.to_string(), &format!("T{i}"), Some("2"), &[])));
        realm.groups.push(group("30", "Deep", Some("22"), &["5"]));
    });
    lab.set("scope", "groups = [\"engineering\"]");
    begin(&lab, &keycloak);
    assert_eq!(
        lab.active(),
        [1, 2, 3, 4, 5].map(|i| format!("p{i}@acme.example")),
        "thirteen groups, and one in the last"
    );
    // A listing of members moved; the person's own groups say that they are in one.
    keycloak.change(|realm| realm.common.before("members?first=2&", 1, |realm| realm.rename("2", "zoe")));
    let said = lab.run(&["sync"]);
    assert_eq!(lab.sent(), nothing(), "{}", said.out);
    keycloak.change(|realm| realm.leave("3"));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p3@acme.example"]);
    for (name, words) in [
        ("Backend", "is there more than once; write its path into scope.groups"),
        ("Nothing", "is not there, or may not be read"),
        ("/Nothing", "is not there, or may not be read"),
        ("T10", "has no members, or they may not be read"),
    ] {
        lab.set("scope", &format!("groups = [\"{name}\"]"));
        is_worthless(&lab, 1, 4, words);
    }
    // Of a server that shows fewer groups than it counts.
    lab.set("scope", "groups = [\"/Engineering/Backend\"]");
    keycloak.change(|realm| realm.common.always = vec![("children?first=2&", Failure::Says("[]"))]);
    is_worthless(&lab, 1, 4, "a group has 13 groups within it and 11 are shown");
}

#[test]
fn old_servers_have_the_tree_in_the_group_and_live_under_auth() {
    let (mut lab, keycloak) = lab(&crowd(4), "");
    keycloak.change(|realm| {
        (realm.prefix, realm.is_before_23) = ("/auth", true);
        realm.groups = vec![group("1", "Engineering", None, &["1"]), group("2", "Backend", Some("1"), &["2"])];
    });
    lab.source(&source(&keycloak, "").replace("\"\nrealm", "/auth\"\nrealm"));
    lab.set("scope", "groups = [\"Engineering\"]");
    begin(&lab, &keycloak);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example"]);
}

/// By its path a group comes with all that is in it, whatever the server tells at that address.
#[test]
fn a_group_by_its_path_has_the_groups_within_it() {
    let turns: [fn(&mut Realm); 3] = [|_| {}, |realm| realm.is_23_to_26_0 = true, |realm| realm.is_before_23 = true];
    for turn in turns {
        let (mut lab, keycloak) = lab(&crowd(4), "");
        keycloak.change(|realm| {
            realm.groups = vec![group("1", "Engineering", None, &["1"]), group("2", "Backend", Some("1"), &["2"])];
            realm.groups.push(group("3", "Team", Some("2"), &["3"]));
            turn(realm);
        });
        lab.set("scope", "groups = [\"/Engineering\"]");
        begin(&lab, &keycloak);
        assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example", "p3@acme.example"]);
        // Out of sight for a moment, and in a group within by their own account.
        keycloak.change(|realm| _ = realm.unlisted.insert(user_id("3")));
        lab.run(&["sync"]).exits(3);
        assert_eq!(lab.sent(), nothing());
    }
}

/// A row without its count is asked for by id, and is no leaf.
#[test]
fn a_group_that_does_not_say_how_many_it_has_is_asked() {
    const ROW: &str = "[{\"id\":\"99000000-0000-4000-8000-000000000002\",\"name\":\"Backend\",\"subGroups\":[]}]";
    let (mut lab, keycloak) = lab(&crowd(3), "");
    keycloak.change(|realm| {
        realm.groups = vec![group("1", "Engineering", None, &["1"]), group("2", "Backend", Some("1"), &[])];
        realm.groups.push(group("3", "Team", Some("2"), &["2"]));
        realm.common.always = vec![("000000000001/children", Failure::Says(ROW))];
    });
    lab.set("scope", "groups = [\"Engineering\"]");
    begin(&lab, &keycloak);
    assert_eq!(lab.active(), ["p1@acme.example", "p2@acme.example"]);
    keycloak.change(|realm| realm.common.always.push(("groups/99000000-0000-4000-8000-000000000002", NO_GROUP)));
    is_worthless(&lab, 1, 2, "a group went while groups were read");
}

#[test]
fn members_of_groups_within_count_unless_they_are_not_to() {
    let (mut lab, keycloak) = lab(&crowd(3), "nested_groups = false");
    keycloak.change(|realm| {
        realm.groups = vec![group("1", "Engineering", None, &["1"]), group("2", "Backend", Some("1"), &["2"])];
    });
    lab.set("scope", "groups = [\"/Engineering\"]");
    begin(&lab, &keycloak);
    assert_eq!(lab.active(), ["p1@acme.example"]);
    // Moved further in: out of the group itself, by the person's own groups.
    keycloak.change(|realm| {
        realm.groups[0].members.push(user_id("3"));
        realm.leave("1");
        realm.groups[1].members.push(user_id("1"));
    });
    lab.run(&["sync"]).exits(0);
    let mut sent = lab.sent();
    sent.sort();
    assert_eq!(sent, ["create p3@acme.example", "deactivate p1@acme.example"]);
}
