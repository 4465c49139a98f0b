//! Pages: their size, and every way in which one of them can be wrong.

use crate::directories::ldap::{
    Dialect, Fault, Knobs, LdapServer, LetterCase, Logged, PageCap, Rc, Request, What, World,
};
use crate::support::{Lab, Lines, crowd};

use super::{in_step, lab, plan, worthless};

/// Twelve people who are in the team; of today's eleven one is new and two are no longer there. Five on a page.
fn changed(dialect: Dialect) -> (Lab, LdapServer) {
    let mut world = World::new(dialect);
    world.set_people(&crowd(12));
    let (lab, server) = in_step(world, "page_size = 5");
    let mut today = crowd(13);
    today.drain(10..12);
    server.change(|world| world.set_people(&today));
    (lab, server)
}

/// The page sizes that were asked for below the people's base.
fn sizes(server: &LdapServer) -> Vec<i64> {
    let size = |logged: Logged| match logged.request {
        Request::Search { base, page_size, .. } if base.to_lowercase().starts_with("ou=people") => page_size,
        _ => None,
    };
    server.log().into_iter().filter_map(size).collect()
}

#[test]
fn a_page_is_as_large_as_the_server_lets_it_be() {
    let mut world = World::new(Dialect::ActiveDirectory);
    world.set_people(&crowd(130));
    world.knobs.page_cap = Some(PageCap::Clamp(60));
    let server = LdapServer::start(world);
    let lab = lab(&server, "");
    assert!(plan(&lab).contains("130 entries, 130 in scope"));
    assert_eq!(sizes(&server), [1_000; 3], "Active Directory gives less and says nothing");

    server.change(|world| world.knobs.page_cap = Some(PageCap::Refuse(60)));
    server.clear_log();
    let said = plan(&lab);
    assert!(said.contains("130 entries") && said.contains("pages of 50, since the server refused 1000"), "{said}");
    assert_eq!(sizes(&server), [1_000, 500, 250, 125, 62, 50, 50, 50], "slapd refuses the first page and says so");
    server.change(|world| world.knobs.page_cap = Some(PageCap::Refuse(49)));
    let said = worthless(&lab, "not even 50 entries at once are allowed");
    assert!(said.contains("or set a smaller source.page_size"), "{said}");
    // Where nobody else can do anything about it.
    server.change(|world| world.knobs.page_cap = Some(PageCap::Refuse(20)));
    let mut lab = lab;
    lab.source(&format!("{}page_size = 20", server.source()));
    assert!(plan(&lab).contains("130 entries"));
    server.change(|world| world.knobs.page_cap = Some(PageCap::Refuse(19)));
    worthless(&lab, "not even 20 entries at once are allowed");
}

#[test]
fn a_limit_on_the_whole_is_no_matter_of_page_size() {
    let (lab, server) = changed(Dialect::OpenLdap);
    for limit in [1, 5, 7, 10] {
        server.change(|world| world.knobs.size_limit = Some(limit));
        worthless(&lab, "let the account read everything at the server");
    }
}

#[test]
fn whatever_a_page_ends_with_but_success_counts_for_nothing() {
    let (lab, server) = changed(Dialect::OpenLdap);
    for (rc, words) in [
        (Rc::OperationsError, "result 1 operationsError"),
        (Rc::ProtocolError, "result 2 protocolError"),
        (Rc::TimeLimitExceeded, "result 3 timeLimitExceeded"),
        (Rc::SizeLimitExceeded, "let the account read everything"),
        (Rc::Referral, "result 10 referral"),
        (Rc::AdminLimitExceeded, "let the account read everything"),
        (Rc::UnavailableCriticalExtension, "result 12 "),
        (Rc::NoSuchObject, "does not exist or may not be seen"),
        (Rc::InsufficentAccessRights, "result 50 insufficientAccessRights"),
        (Rc::Busy, "result 51 busy"),
        (Rc::Unavailable, "result 52 unavailable"),
        (Rc::UnwillingToPerform, ""),
        (Rc::Other, "result 80 other"),
        (Rc::CompareTrue, "result 6 "),
        (Rc::EsyncRefreshRequired, "result 4096 "),
    ] {
        for page in [1, 2, 3] {
            for what in [What::Code(rc.clone()), What::EntriesThen(rc.clone())] {
                server.change(|world| world.knobs.faults = vec![Fault::page(page, what)]);
                worthless(&lab, words);
            }
        }
    }
    assert_eq!(server.writes(), [""; 0]);
}

#[test]
fn a_connection_that_ends_takes_the_reading_with_it() {
    let (lab, server) = changed(Dialect::ActiveDirectory);
    for page in [1, 2, 3] {
        for what in [What::Drop, What::DropAfterEntries] {
            server.change(|world| world.knobs.faults = vec![Fault::page(page, what)]);
            worthless(&lab, "ldap://127.0.0.1");
        }
    }
}

#[test]
fn a_search_that_does_not_get_on_is_ended() {
    let (lab, server) = changed(Dialect::OpenLdap);
    for fault in [Fault::page(2, What::Repeat), Fault::page(2, What::Repeat).times(1)] {
        server.change(|world| world.knobs.faults = vec![fault]);
        worthless(&lab, "the same page came twice");
    }
    let mut lab = lab;
    let lines = format!("{}page_size = 5\ntimeout = \"2s\"", server.source());
    lab.source(&lines);
    server.change(|world| world.knobs.faults = vec![Fault::page(3, What::NeverEnds)]);
    worthless(&lab, "not done in 2 s");
}

#[test]
fn an_acl_that_is_gone_is_no_empty_company() {
    let (lab, server) = changed(Dialect::OpenLdap);
    let knob = |change: fn(&mut World)| {
        server.change(|world| {
            world.knobs = Knobs::default();
            change(world);
        });
    };
    knob(|world| world.knobs.hidden_bases = vec![world.people_base()]);
    worthless(&lab, "does not exist or may not be seen");
    knob(|world| world.knobs.mute = true);
    worthless(&lab, "nobody is below");
    knob(|world| world.knobs.hidden_attributes = vec!["entryUUID".into()]);
    worthless(&lab, "entryUUID");
    // An attribute that the mapping reads: what nobody understands is held, and not believed.
    knob(|world| world.knobs.hidden_attributes = vec!["mail".into()]);
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("not understood (mapping)"), "{said}");
    assert_eq!((lab.sent(), lab.active().len()), (vec![], 12));
}

#[test]
fn a_state_that_may_no_longer_be_read_is_unknown() {
    let (lab, server) = changed(Dialect::ActiveDirectory);
    server.change(|world| {
        let mut today = crowd(12);
        today[0] = today[0].clone().inactive();
        world.set_people(&today);
        world.knobs.hidden_attributes = vec!["userAccountControl".into()];
    });
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains("not understood (active state)") && said.contains("may the account read it?"), "{said}");
    assert_eq!((lab.sent(), lab.active().len()), (vec![], 12));
}

#[test]
fn names_of_attributes_come_in_any_letter_case() {
    for dialect in [Dialect::OpenLdap, Dialect::Ds389, Dialect::ActiveDirectory] {
        let (lab, server) = changed(dialect);
        for case in [LetterCase::Upper, LetterCase::Lower] {
            server.change(|world| world.knobs.letter_case = case);
            let said = plan(&lab);
            assert!(said.contains("11 entries, 11 in scope, 0 inactive, 11 mapped, 11 with a known state"), "{said}");
        }
    }
}

/// A replica that lags: the listing does not show somebody, and the entry is there.
#[test]
fn whoever_is_found_by_id_is_not_gone() {
    for dialect in [Dialect::OpenLdap, Dialect::Ds389, Dialect::ActiveDirectory] {
        let (lab, server) = changed(dialect);
        server.change(|world| {
            world.set_people(&crowd(12));
            world.knobs.unlisted = vec![world.dn("3"), world.dn("4")];
        });
        for _ in 0..2 {
            let said = lab.sync().exits(3);
            assert_eq!(said.notes(), ["not_gone", "not_gone"]);
        }
        assert_eq!((lab.sent(), lab.active().len()), (vec![], 12));
    }
}

#[test]
fn nothing_is_asked_for_but_attributes_by_name() {
    let (lab, server) = changed(Dialect::ActiveDirectory);
    lab.run(&["sync"]).exits(0);
    let mut searches = 0;
    for logged in server.log() {
        if let Request::Search { attributes, base, .. } = logged.request {
            assert!(!attributes.is_empty() && !attributes.iter().any(|name| name == "*" || name == "+"), "{base}");
            searches += 1;
        }
    }
    assert!(searches > 3);
    assert_eq!(server.writes(), [""; 0]);
}
