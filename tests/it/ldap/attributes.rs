//! What `check` says about attributes: those that nobody has, and a schema that cannot say who is locked.

use crate::directories::ldap::{Dialect, Entry, LdapServer, Request, World};
use crate::support::{Lines, crowd};

use super::lab;

fn company(dialect: Dialect) -> World {
    let mut world = World::new(dialect);
    world.set_people(&crowd(3));
    world
}

#[test]
fn a_slip_of_the_pen_in_the_mapping_is_told_with_what_people_have() {
    for dialect in [Dialect::OpenLdap, Dialect::Ds389, Dialect::ActiveDirectory] {
        let mut world = company(dialect);
        // Somebody without an address is no slip of the pen.
        let first = world.people_base();
        let at = world.entries.iter().position(|entry| entry.is_child_of(&first)).unwrap();
        world.entries[at] = world.entries[at].clone().without("givenName");
        let server = LdapServer::start(world);
        let mut lab = lab(&server, "");
        let said = lab.run(&["check"]).exits(0).out.flat();
        assert!(!said.contains("nobody shows"), "{said}");
        lab.set("mapping", "user_name = \"mial\"");
        server.clear_log();
        let said = lab.run(&["check"]).exits(1).out.flat();
        for part in [
            "warn source hr: nobody shows \"mial\", which [mapping] or source.attributes name; did you mean \"mail\"?",
            "employeeType, mail, object",
            "FAIL source hr",
            "0 understood",
        ] {
            assert!(said.contains(part), "{part:?} is missing in\n{said}");
        }
        // Whoever asks for everything asks for no value.
        let asks_for_all = |request: &Request| matches!(request, Request::Search { attributes, types_only: false, .. } if attributes.iter().any(|a| a == "*"));
        assert!(!server.log().iter().any(|logged| asks_for_all(&logged.request)), "{:#?}", server.log());
    }
}

#[test]
fn an_openldap_without_its_password_policy_is_told() {
    for (types, is_told) in [("'pwdAccountLockedTime'", false), ("'mail'", true)] {
        let mut world = company(Dialect::OpenLdap);
        let schema = Entry::new("cn=Subschema").with("objectClass", "subschema");
        world.entries.push(schema.with("attributeTypes", format!("( 1.2.3 NAME {types} )")));
        let server = LdapServer::start(world);
        let mut lab = lab(&server, "");
        let told =
            "the server has no pwdAccountLockedTime (its ppolicy module is not loaded), so everybody counts as active";
        let said = lab.run(&["check"]).exits(0).out.flat();
        assert_eq!(said.contains(told), is_told, "{said}");
        // With an attribute of one's own nobody needs it.
        lab.source(&format!(
            "{}active = \"employeeType\"\nactive_values = [\"active\"]\ninactive_values = [\"inactive\"]",
            server.source()
        ));
        let said = lab.run(&["check"]).exits(0).out.flat();
        assert!(!said.contains(told), "{said}");
    }
}
