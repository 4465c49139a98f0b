//! Sessions: whom the password is given to, which server is asked next, and servers that talk nonsense or hardly at all.

use std::net::TcpListener;
use std::time::Duration;

use crate::directories::ldap::{Dialect, Knobs, LdapServer, PASSWORD, Rc, Request, World};
use crate::support::{Lab, Lines, crowd};

use super::{in_step, lab, plan, worthless};

fn people(dialect: Dialect) -> World {
    let mut world = World::new(dialect);
    world.set_people(&crowd(4));
    world
}

/// The source asks these servers in their order.
pub fn urls(lab: &mut Lab, servers: &[&LdapServer], more: &str) {
    let all: Vec<String> = servers.iter().map(|server| format!("\"{}\"", server.url())).collect();
    let first = format!("urls = [\"{}\"]", servers[0].url());
    let lines = servers[0].source().replace(&first, &format!("urls = [{}]", all.join(", ")));
    lab.source(&format!("{lines}{more}"));
}

fn binds(server: &LdapServer) -> usize {
    server.log().iter().filter(|logged| matches!(logged.request, Request::Bind { .. })).count()
}

#[test]
fn a_wrong_password_is_tried_once_and_at_one_server() {
    let (first, second) = (LdapServer::start(people(Dialect::OpenLdap)), LdapServer::start(people(Dialect::OpenLdap)));
    let mut lab = lab(&first, "");
    urls(&mut lab, &[&first, &second], "");
    lab.run(&["sync"]).exits(0);
    lab.sent();
    assert_eq!((binds(&first), binds(&second)), (1, 0));
    lab.write("ldap.password", "another-false-password");
    let said = worthless(&lab, "the account or its password is wrong (49 invalidCredentials)");
    assert_eq!((binds(&first), binds(&second)), (2, 0), "no account is locked by us");
    assert!(!said.contains("another-false-password"));
    // With an empty one, many servers say yes and mean nobody.
    lab.write("ldap.password", "\n");
    lab.run(&["sync"]).exits(1);
    assert_eq!((binds(&first), binds(&second), lab.sent()), (2, 0, vec![]));
}

#[test]
fn start_tls_that_is_refused_ends_it_before_the_password() {
    let (mut lab, server) = in_step(people(Dialect::OpenLdap), "");
    lab.source(&server.source().replace("allow_plaintext = true\n", ""));
    for refused in [Rc::ProtocolError, Rc::Unavailable, Rc::UnwillingToPerform] {
        server.change(|world| world.knobs.start_tls = Some(refused));
        worthless(&lab, "StartTLS");
    }
    let requests: Vec<Request> = server.log().into_iter().map(|logged| logged.request).collect();
    assert_eq!(requests, [Request::StartTls, Request::StartTls, Request::StartTls]);
}

#[test]
fn the_next_server_is_asked_when_one_cannot_be_reached_or_is_busy() {
    let (first, second) = (LdapServer::start(people(Dialect::OpenLdap)), LdapServer::start(people(Dialect::OpenLdap)));
    let mut lab = lab(&first, "");
    urls(&mut lab, &[&first, &second], "");
    lab.run(&["sync"]).exits(0);
    lab.sent();
    second.change(|world| world.set_people(&crowd(5)));
    drop(first);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["create p5@acme.example"]);
    let gone = second.url();
    drop(second);
    let said = worthless(&lab, "no server answers");
    assert!(said.contains(&format!("{gone}: Connection refused")), "each is named: {said}");
}

#[test]
fn another_directory_behind_the_second_name_is_not_this_one() {
    let mut other = World::tenant(Dialect::OpenLdap, *b"XYZ-");
    other.set_people(&crowd(3));
    let (first, second) = (LdapServer::start(people(Dialect::OpenLdap)), LdapServer::start(other));
    let mut lab = lab(&first, "");
    urls(&mut lab, &[&first, &second], "");
    lab.run(&["sync"]).exits(0);
    lab.sent();
    drop(first);
    worthless(&lab, "another directory than until now");
    assert_eq!(lab.active().len(), 4);
}

#[test]
fn whoever_else_reads_is_not_who_read_before() {
    let (lab, server) = in_step(people(Dialect::ActiveDirectory), "");
    server.change(|world| {
        world.set_people(&crowd(3));
        world.knobs.principal = Some("u:ACME\\guest".into());
    });
    worthless(&lab, "another account than until now");
    // Bound, and nobody all the same.
    server.change(|world| world.knobs.principal = Some(String::new()));
    worthless(&lab, "takes us for nobody");
    server.change(|world| world.knobs.principal = None);
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
}

#[test]
fn a_server_of_another_kind_is_told_apart() {
    let (mut lab, server) = in_step(people(Dialect::ActiveDirectory), "");
    for (is, written) in [("active_directory", "openldap"), ("active_directory", "389ds")] {
        lab.source(&server.source().replace(&format!("\"{is}\""), &format!("\"{written}\"")));
        worthless(&lab, "write directory = \"active_directory\"");
    }
}

#[test]
fn a_root_dse_may_be_hidden_and_must_not_fail() {
    let (lab, server) = in_step(people(Dialect::Ds389), "");
    for hidden in [Rc::NoSuchObject, Rc::InsufficentAccessRights] {
        server.change(|world| world.knobs.root_dse = Some(hidden));
        // Without pages and without a naming context: another directory by name, and not an unreachable one.
        worthless(&lab, "another directory than until now");
    }
    for failed in [Rc::Busy, Rc::OperationsError, Rc::Referral] {
        server.change(|world| world.knobs.root_dse = Some(failed));
        worthless(&lab, "what it says about itself (root DSE) failed: result");
    }
}

/// As ldap tools take it, it is a part of the filters that look people up.
#[test]
fn a_filter_without_its_parentheses_finds_the_same_people() {
    let (mut lab, server) = in_step(people(Dialect::OpenLdap), "");
    lab.source(&format!("{}filter = \"objectClass=person\"\n", server.source()));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), [""; 0]);
    server.change(|world| world.set_people(&crowd(3)));
    lab.run(&["sync"]).exits(0);
    assert_eq!(lab.sent(), ["deactivate p4@acme.example"]);
}

/// The line says which server it is, and does not say it again.
#[test]
fn a_server_is_named_once() {
    let (lab, server) = in_step(people(Dialect::OpenLdap), "");
    server.change(|world| world.knobs.mute = true);
    let url = server.url();
    worthless(&lab, &format!("hr 4 members: {url}: nobody is below"));
    server.change(|world| world.knobs = Knobs { principal: Some("dn:cn=other".into()), ..Knobs::default() });
    worthless(&lab, &format!("hr 4 members: OpenLDAP {url}: another account"));
    let said = lab.run(&["check"]).exits(1).out.flat();
    assert!(said.contains(&format!("source hr (OpenLDAP {url})")) && !said.contains(&format!("{url}: ")), "{said}");
}

#[test]
fn referrals_are_reported_and_not_followed() {
    let elsewhere = LdapServer::start(people(Dialect::ActiveDirectory));
    let (lab, server) = in_step(people(Dialect::ActiveDirectory), "");
    server.change(|world| world.knobs.references = vec![format!("{}/OU=People,DC=acme,DC=example", elsewhere.url())]);
    let said = plan(&lab);
    assert!(said.contains("continuation references not followed: 127.0.0.1/OU=People,DC=acme,DC=example"), "{said}");
    server.change(|world| world.knobs.referral = Some(format!("{}/DC=acme", elsewhere.url())));
    worthless(&lab, "referral");
    assert_eq!(elsewhere.log(), [], "with our password least of all");
}

#[test]
fn nonsense_is_an_error_and_no_panic() {
    let (lab, server) = in_step(people(Dialect::OpenLdap), "timeout = \"2s\"");
    let http = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";
    let cases: [&[u8]; 8] = [
        http,
        &[0; 64],
        &[0xff; 64],
        // A sequence of four gigabytes.
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01],
        // A sequence with nothing in it, and one with the wrong things.
        &[0x30, 0x00],
        &[0x30, 0x03, 0x02, 0x01, 0x7f],
        &[0x30, 0x05, 0x02, 0x01, 0x02, 0x65, 0x00],
        // The indefinite length, which LDAP does not have (RFC 4511 §5.1).
        &[0x30, 0x80, 0x30, 0x80, 0x30, 0x80, 0x30, 0x80],
    ];
    for garbage in cases {
        server.change(|world| world.knobs.garbage = Some(garbage.to_vec()));
        worthless(&lab, "ldap://127.0.0.1");
    }
}

/// Whoever hardly talks is left when the time for the whole reading is over, however often a byte comes.
#[test]
fn a_server_that_hardly_talks_has_as_long_as_a_reading_may_take() {
    let (mut lab, server) = in_step(people(Dialect::OpenLdap), "");
    lab.source(&format!("{}timeout = \"2s\"", server.source()));
    server.change(|world| world.knobs.drip = Duration::from_millis(100));
    worthless(&lab, "not done in 2 s");
    server.change(|world| {
        world.knobs.drip = Duration::ZERO;
        world.knobs.delay = Duration::from_secs(600);
    });
    worthless(&lab, "not done in 2 s");
}

/// A port that takes connections and says nothing.
#[test]
fn a_server_that_says_nothing_is_no_server() {
    let (mut lab, server) = in_step(people(Dialect::OpenLdap), "");
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", deaf.local_addr().unwrap());
    lab.source(&format!("{}timeout = \"2s\"", server.source().replace(&server.url(), &url)));
    worthless(&lab, "not done in 2 s");
}

#[test]
fn the_password_is_in_nothing_that_is_said() {
    let (lab, server) = in_step(people(Dialect::OpenLdap), "");
    server.change(|world| world.accounts.clear());
    for verb in ["check", "plan", "sync"] {
        let answer = lab.run(&[verb]).exits(1);
        assert!(!answer.out.flat().contains(PASSWORD) && !answer.err.contains(PASSWORD));
    }
}
