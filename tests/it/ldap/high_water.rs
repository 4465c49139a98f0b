//! High-water marks: the right directory in an older state knows everybody but the newcomers, and a look-up there says that
//! those are gone. Nobody is removed for it, neither by a reading nor by a look-up that came to such a server.

use crate::directories::ldap::{Dialect, LdapServer, World};
use crate::support::{Lab, Lines, crowd};

use super::sessions::urls;
use super::{in_step, lab, worthless};

/// The first 4 people of the company as of `minute`.
fn openldap(people: usize, minute: u32) -> World {
    let mut world = World::new(Dialect::OpenLdap);
    world.set_people(&crowd(people));
    world.knobs.csns = csns(minute);
    world
}

/// Of two servers where changes are made; the first did nothing since long.
fn csns(minute: u32) -> Vec<String> {
    ["20261101000000.000000Z#000000#001".into(), format!("202611230900{minute:02}.000000Z#000000#002")]
        .map(|csn: String| format!("{csn}#000000"))
        .into()
}

/// The server shows this state from now on.
fn at(server: &LdapServer, people: usize, minute: u32) {
    server.change(|world| {
        world.set_people(&crowd(people));
        world.knobs.csns = csns(minute);
    });
}

fn sent(lab: &Lab) -> Vec<String> {
    lab.run(&["sync"]).exits(0);
    lab.sent()
}

#[test]
fn a_state_of_yesterday_removes_no_newcomer() {
    let (mut lab, server) = in_step(openldap(4, 10), "");
    at(&server, 5, 20);
    assert_eq!(sent(&lab), ["create p5@acme.example"]);
    at(&server, 4, 10);
    let said = worthless(&lab, "its data went back");
    let marks = "server 002 of dc=acme,dc=example is at 2026-11-23 09:00:10.000000 UTC #000000#000000, and was at \
                 2026-11-23 09:00:20.000000 UTC";
    assert!(said.contains(marks) && said.contains("set restored to today's date"), "{said}");
    // `plan` and `check` say the same, and nothing of it is taken for granted by being seen often.
    for verb in ["plan", "check"] {
        let said = lab.run(&[verb]).exits(1).out.flat();
        assert!(said.contains("its data went back"), "{said}");
    }
    worthless(&lab, "its data went back");
    // As good as a state of yesterday: a server that says nothing, or nothing of one of the others.
    server.change(|world| world.knobs.csns.clear());
    worthless(&lab, "no longer says how far its data have come");
    server.change(|world| world.knobs.csns = csns(30).split_off(1));
    worthless(&lab, "server 001 of dc=acme,dc=example was at 2026-11-01");
    assert_eq!(lab.active().len(), 5);
    // Replication caught up.
    at(&server, 5, 30);
    assert_eq!(sent(&lab), [""; 0]);
    // It was restored on purpose, once for each time that somebody says so.
    for (restored, minute) in [("2026-11-23", 20), ("2026-11-23, again", 10)] {
        at(&server, 4, minute);
        worthless(&lab, "its data went back");
        lab.source(&format!("{}restored = \"{restored}\"\n", server.source()));
        assert_eq!(sent(&lab), ["deactivate p5@acme.example"]);
        at(&server, 5, minute + 5);
        assert_eq!(sent(&lab), ["reactivate p5@acme.example"]);
        at(&server, 4, minute);
        worthless(&lab, "its data went back");
    }
}

#[test]
fn a_first_plan_that_nobody_approved_keeps_no_mark_of_another_directory() {
    let first = LdapServer::start(openldap(4, 30));
    let mut lab = lab(&first, "");
    lab.set("safety", "first_sync = \"approve\"");
    lab.run(&["sync"]).exits(4);
    let mut other = World::tenant(Dialect::OpenLdap, *b"XYZ-");
    other.set_people(&crowd(3));
    other.knobs.csns = csns(10);
    let second = LdapServer::start(other);
    lab.source(&second.source());
    lab.run(&["sync"]).exits(4);
}

#[test]
fn domain_controllers_count_each_for_itself() {
    let mut world = World::new(Dialect::ActiveDirectory);
    world.set_people(&crowd(4));
    let (lab, server) = in_step(world, "");
    let at = |controller: &str, usn| {
        server.change(|world| world.knobs.controller = Some((controller.to_owned(), usn)));
    };
    at("DC1", 99_999);
    assert_eq!(sent(&lab), [""; 0]);
    // Another one, whose number says nothing about the first one's.
    at("DC2", 7);
    assert_eq!(sent(&lab), [""; 0]);
    // More digits are more.
    at("DC1", 100_000);
    assert_eq!(sent(&lab), [""; 0]);
    server.change(|world| world.set_people(&crowd(3)));
    for (controller, usn, before) in [("DC1", 99_999, 100_000), ("DC2", 6, 7)] {
        at(controller, usn);
        let said = worthless(&lab, "its data went back");
        assert!(said.contains(&format!("is at USN {usn}, and was at USN {before}")), "{said}");
    }
    at("DC2", 8);
    assert_eq!(sent(&lab), ["deactivate p4@acme.example"]);
}

/// The listing does not show p4; the first server is busy when the look-up comes, so the second one is asked.
fn looked_up_at(second: World) -> (Lab, String) {
    let mut first = openldap(4, 20);
    first.knobs.binds_left = Some(2);
    let (first, second) = (LdapServer::start(first), LdapServer::start(second));
    let mut lab = lab(&first, "");
    urls(&mut lab, &[&first, &second], "");
    lab.run(&["sync"]).exits(0);
    lab.sent();
    first.change(|world| world.knobs.unlisted = vec![world.dn("4")]);
    let said = lab.run(&["sync"]).out.flat();
    (lab, said)
}

#[test]
fn a_look_up_that_came_to_another_server_counts_where_that_one_may_speak() {
    // Who left in this very minute.
    let (lab, said) = looked_up_at(openldap(3, 21));
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"], "{said}");

    let (lab, said) = looked_up_at(openldap(3, 19));
    assert_eq!(lab.sent(), [""; 0], "an older replica: {said}");
    assert!(said.contains("a server whose data are behind those that were read"), "{said}");

    let mut other = World::tenant(Dialect::OpenLdap, *b"XYZ-");
    other.set_people(&crowd(3));
    other.knobs.csns = csns(21);
    let (lab, said) = looked_up_at(other);
    assert_eq!(lab.sent(), [""; 0], "another directory: {said}");
    assert!(said.contains("another directory or account than the reading"), "{said}");
}
