//! The ldap source through the built program, on the wire: what servers cap, refuse, repeat, hide and break, and that none
//! of it removes anybody. What every source must do is in `contract`; real servers are in tests/interop.

mod attributes;
mod doubts;
mod groups;
mod high_water;
mod pages;
mod pushed;
mod sessions;

use crate::directories::ldap::{LdapServer, PASSWORD, World};
use crate::support::{Lab, Lines, team};

/// A lab whose directory is this server; nothing is written yet, and no limit holds anything.
fn lab(server: &LdapServer, more: &str) -> Lab {
    let mut lab = Lab::new(team());
    lab.write("ldap.password", PASSWORD);
    for (key, attribute) in [("given_name", "givenName"), ("family_name", "sn")] {
        lab.set("mapping", &format!("{key} = \"{attribute}\""));
    }
    for line in ["first_sync = \"apply\"", "settle_wait = \"0s\"", "absence_wait = \"0s\""] {
        lab.set("safety", line);
    }
    lab.wide_open();
    lab.source(&format!("{}{more}", server.source()));
    lab
}

/// The same after its first cycle.
fn in_step(world: World, more: &str) -> (Lab, LdapServer) {
    let server = LdapServer::start(world);
    let lab = lab(&server, more);
    lab.run(&["sync"]).exits(0);
    lab.sandbox.clear_log();
    server.clear_log();
    (lab, server)
}

/// What a plan says that read everything.
fn plan(lab: &Lab) -> String {
    lab.run(&["plan"]).exits(0).out.flat()
}

/// A reading that counts for nothing, and what is said about it: the cycle fails, and the team hears of no change.
#[track_caller]
fn worthless(lab: &Lab, words: &str) -> String {
    let said = lab.run(&["sync"]).exits(1).out.flat();
    assert!(said.contains(words) && said.contains("its members stay as they are"), "not \"{words}\": {said}");
    assert_eq!(lab.sent(), [""; 0]);
    said
}
