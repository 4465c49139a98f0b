//! `check`: which realm, who reads, rights that nobody needs.

use super::{in_step, nothing};
use crate::directories::keycloak::{CLIENT, REALM, REALM_ID};
use crate::support::{Lines, crowd};

#[test]
fn check_names_the_realm_and_warns_where_the_token_can_write() {
    let (lab, keycloak) = in_step(&crowd(3), "");
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains(&format!("Keycloak realm {REALM} ({REALM_ID}) as client {CLIENT}")), "{said}");
    assert!(said.contains("no role of realm-management that writes"), "{said}");
    keycloak.change(|realm| _ = realm.roles.insert("manage-users"));
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains("the token may write (manage-users)"), "{said}");
    // A token that says nothing of roles is none that cannot write.
    keycloak.change(|realm| realm.is_lightweight = true);
    let said = lab.run(&["check"]).out.flat();
    assert!(said.contains("whether the token may write cannot be told"), "{said}");
    assert!(!said.contains("no role of realm-management that writes"), "{said}");
    assert_eq!(keycloak.writes(), nothing());
}

#[test]
fn every_role_that_writes_is_told() {
    let (lab, keycloak) = in_step(&crowd(2), "");
    for role in ["manage-identity-providers", "manage-events", "create-client"] {
        keycloak.change(|realm| _ = realm.roles.insert(role));
        let said = lab.run(&["check"]).out.flat();
        assert!(said.contains(&format!("the token may write ({role})")), "{said}");
        keycloak.change(|realm| _ = realm.roles.remove(role));
    }
}
