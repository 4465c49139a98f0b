//! Servers that contradict themselves, tell a part, or say that the rest is elsewhere: nobody leaves on account of it.

use std::net::TcpListener;

use crate::directories::ldap::{Dialect, Fault, LdapServer, Request, What, World};
use crate::support::{Lab, Lines, crowd};

use super::{in_step, lab, plan, worthless};

fn people(dialect: Dialect, count: usize) -> World {
    let mut world = World::new(dialect);
    world.set_people(&crowd(count));
    world
}

/// Four people in a group, by `memberOf`; in step with it.
fn in_a_group(dialect: Dialect) -> (Lab, LdapServer) {
    let mut world = people(dialect, 4);
    world.member_of = true;
    staff(&mut world, &["1", "2", "3", "4"]);
    let server = LdapServer::start(world);
    let mut lab = lab(&server, "membership = \"member_of\"");
    lab.set("scope", "groups = [\"Staff\"]");
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.active().len(), 4);
    lab.sandbox.clear_log();
    (lab, server)
}

fn staff(world: &mut World, ids: &[&str]) {
    let members: Vec<String> = ids.iter().map(|id| world.dn(id)).collect();
    world.set_group("Staff", &members);
}

/// Replaces an attribute of a person.
fn set(world: &mut World, id: &str, name: &str, value: &[u8]) {
    let dn = world.dn(id);
    let entry = world.entries.iter_mut().find(|entry| entry.dn == dn).unwrap();
    *entry = entry.clone().without(name).with(name, value);
}

/// Active Directory sends the first 1,500 groups of a person, in an attribute of another name.
#[test]
fn a_part_of_member_of_takes_nobody_out_of_scope() {
    let (lab, server) = in_a_group(Dialect::ActiveDirectory);
    server.change(|world| {
        for name in ["One", "Two", "Three"] {
            let one = world.dn("1");
            world.set_group(name, &[one]);
        }
        staff(world, &["1", "2", "3", "4"]);
        world.knobs.value_cap = Some(3);
    });
    let said = lab.run(&["sync"]).exits(3).out.flat();
    assert!(said.contains("only a part of memberOf"), "{said}");
    assert_eq!((lab.sent(), lab.active().len()), (vec![], 4));
    // Who is disabled leaves all the same.
    server.change(|world| {
        let mut today = crowd(4);
        today[0] = today[0].clone().inactive();
        world.set_people(&today);
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p1@acme.example"]);
}

/// A replica that is being filled, or a plug-in that was switched off: the group has her, and her entry does not say so.
#[test]
fn a_group_that_lists_whom_member_of_does_not_is_no_reason_to_leave() {
    let (lab, server) = in_a_group(Dialect::Ds389);
    server.change(|world| world.member_of = false);
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("memberOf does not name the group"), "{said}");
    assert_eq!((lab.sent(), lab.active().len()), (vec![], 4));
    // Both say that she is out.
    server.change(|world| {
        world.member_of = true;
        staff(world, &["1", "2", "3"]);
    });
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
}

#[test]
fn a_primary_group_of_another_domain_is_another_group() {
    for membership in ["chain", "member", "member_of"] {
        let mut world = people(Dialect::ActiveDirectory, 4);
        world.set_primary_group();
        let elsewhere = World::tenant(Dialect::ActiveDirectory, *b"XYZ-").sid(Some(10_000));
        set(&mut world, "4", "objectSid", &elsewhere);
        let server = LdapServer::start(world);
        let mut lab = lab(&server, &format!("membership = \"{membership}\""));
        lab.set("scope", "groups = [\"Domain Users\"]");
        let said = plan(&lab);
        assert!(said.contains("4 entries, 3 in scope"), "{membership}: {said}");
    }
}

/// `ou=Berlin` was moved to a server of its own, and a referral stands in its place.
#[test]
fn whoever_may_be_on_another_server_is_not_gone() {
    let refers = |server: &LdapServer, url: &str| {
        let urls = vec![url.to_owned()];
        server.change(|world| {
            world.set_people(&crowd(3));
            world.knobs.references = urls;
        });
    };
    for (dialect, url) in [
        (Dialect::OpenLdap, "ldap://b.acme.example/ou=Berlin,ou=People,dc=acme,dc=example??sub"),
        (Dialect::Ds389, "ldap://b.acme.example/DC=DomainDnsZones,dc=acme,dc=example"),
        (Dialect::ActiveDirectory, "ldap://emea.acme.example/DC=emea,DC=acme,DC=example"),
    ] {
        let (lab, server) = in_step(people(dialect, 4), "");
        refers(&server, url);
        for _ in 0..2 {
            let said = lab.run(&["sync"]).exits(3).out.flat();
            let elsewhere = url.trim_start_matches("ldap://").trim_end_matches("??sub");
            assert!(said.contains(elsewhere) && said.contains("name bases that this server holds whole"), "{said}");
            assert_eq!((lab.sent(), lab.active().len()), (vec![], 4));
        }
        server.change(|world| world.knobs.references.clear());
        lab.run(&["sync"]).exits(0);
        assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
    }
    let (lab, server) = in_step(people(Dialect::ActiveDirectory, 4), "");
    refers(&server, "ldap://acme.example/CN=Configuration,DC=acme,DC=example");
    let said = lab.run(&["sync"]).exits(0).out.flat();
    assert!(!said.contains("continuation"), "{said}");
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"], "there are no people");
}

/// Servers compare a `uid` without regard to case, and an id is one text.
#[test]
fn an_id_that_comes_back_in_another_letter_case_is_not_gone() {
    let (lab, server) = in_step(people(Dialect::OpenLdap, 4), "id = \"uid\"");
    server.change(|world| {
        set(world, "1", "uid", b"P1");
        set(world, "1", "mail", b"new@acme.example");
    });
    let said = lab.run(&["sync"]).out.flat();
    assert!(said.contains("not even in letter case"), "{said}");
    assert_eq!((lab.sent(), lab.active().len()), (vec!["create new@acme.example".to_owned()], 5));
}

#[test]
fn whoever_cannot_be_looked_up_is_no_witness() {
    let mut world = people(Dialect::OpenLdap, 4);
    set(&mut world, "1", "entryUUID", b"no-uuid");
    let (lab, server) = in_step(world, "");
    server.change(|world| {
        world.set_people(&crowd(3));
        set(world, "1", "entryUUID", b"no-uuid");
    });
    let said = lab.run(&["sync"]).out.flat();
    assert!(said.contains("has no UUID in entryUUID"), "{said}");
    assert_eq!((lab.sent(), lab.active().len()), (vec![], 4));
}

#[test]
fn a_connection_that_is_gone_is_asked_again_without_a_panic() {
    let (mut lab, server) = in_step(people(Dialect::OpenLdap, 4), "");
    let base = format!("bases = [\"{}\"]", people(Dialect::OpenLdap, 1).people_base());
    let two = base.replace(']', &format!(", \"{}\"]", people(Dialect::OpenLdap, 1).groups_base()));
    lab.source(&server.source().replace(&base, &two));
    server.change(|world| world.knobs.faults = vec![Fault::page(1, What::Drop)]);
    let said = lab.run(&["check"]).exits(1);
    assert!(said.out.contains("the server closed the connection"), "{}", said.out);
    assert!(!said.err.contains("panicked"), "{}", said.err);
}

/// While a page is understood, the next one is on its way: this one is not even good.
#[test]
fn the_next_page_is_asked_for_before_this_one_is_understood() {
    let (lab, server) = in_step(people(Dialect::OpenLdap, 12), "page_size = 5");
    server.change(|world| world.knobs.hidden_attributes = vec!["entryUUID".into()]);
    worthless(&lab, "has no entryUUID");
    let goes_on = |request: &Request| matches!(request, Request::Search { goes_on: true, .. });
    let asked = || server.log().iter().any(|logged| goes_on(&logged.request));
    // What was sent is in the server's socket, whether or not the client is still there.
    for _ in 0..200 {
        if asked() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{:#?}", server.log());
}

#[test]
fn after_a_server_that_says_nothing_the_next_is_asked() {
    let (mut lab, server) = in_step(people(Dialect::OpenLdap, 4), "");
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let (own, first) = (format!("\"{}\"", server.url()), format!("\"ldap://{}\"", deaf.local_addr().unwrap()));
    let lines = server.source().replace(&own, &format!("{first}, {own}")).replace("allow_plaintext = true\n", "");
    lab.source(&lines);
    let said = worthless(&lab, "no connection in 10 s");
    assert!(said.contains("StartTLS is refused"), "{said}");
    assert_eq!(server.log().len(), 1);
}

/// Then only its name tells it from another, such as a copy.
#[test]
fn check_says_when_a_directory_shows_no_id_of_its_own() {
    let mut world = people(Dialect::OpenLdap, 4);
    let suffix = world.suffix.clone();
    let server = LdapServer::start(world.clone());
    let before = lab(&server, "").run(&["check"]).out.flat();
    assert!(!before.contains("shows no id"), "{before}");
    world.entries.iter_mut().filter(|entry| entry.dn == suffix).for_each(|top| *top = top.clone().without("entryUUID"));
    let server = LdapServer::start(world);
    let said = lab(&server, "").run(&["check"]).out.flat();
    assert!(said.contains("dc=acme,dc=example shows no id") && said.contains("entryUUID"), "{said}");
}
