//! One integration binary: the built program against the sandbox team over HTTP, the engine in simulation, and
//! the rules of the code's structure.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod adopt;
#[allow(dead_code, reason = "what the other binary needs of it")]
mod asked_groups;
mod bad_input;
mod canary;
mod changes;
mod check;
mod cli;
mod contract;
mod crash;
mod crash_points;
mod daemon;
mod damage;
mod directories;
mod disk;
mod drift;
mod dry_run;
mod entra_source;
mod exec;
mod fetch;
mod first_sync;
mod google_source;
mod grace;
mod groups;
mod history;
mod hostile;
mod https;
mod keycloak_source;
mod kills;
mod ldap;
mod ledger;
mod limits;
mod logging;
mod oauth;
mod okta_source;
mod plan_files;
mod reading;
mod sandbox;
mod sandbox_program;
mod scim_source;
mod secrets;
mod several;
mod simulation;
mod state;
mod support;
mod team;
mod tidy;
mod wire_errors;
