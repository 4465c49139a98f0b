//! Against servers and clients that nobody here wrote. They are installed by name, `.ci/run` shows how; a test whose
//! server is missing fails and says which package it needs. Samba has fixed ports and needs root; each test gives it an
//! address of its own in 127.0.0.0/8. Everything else takes free ports and any user.
//!
//! `cargo test --features interop --test interop`

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

#[path = "../it/asked_groups.rs"]
#[allow(dead_code, reason = "what the other binary needs of it")]
mod asked_groups;
#[path = "../it/canary.rs"]
#[allow(dead_code, reason = "what the other binary needs of it")]
mod canary;
mod clouds;
mod corpora;
#[allow(dead_code, unused_imports, reason = "what the other binary needs of it")]
mod directories;
mod directory;
mod ds389;
mod node;
mod oauth;
mod python;
#[path = "../it/reading.rs"]
#[allow(dead_code, reason = "what the other binary needs of it")]
mod reading;
mod samba;
#[path = "../it/sandbox_program.rs"]
#[allow(dead_code, reason = "what the other binary needs of it")]
mod sandbox_program;
mod scim_clients;
mod scim_source;
mod slapd;
#[path = "../it/support.rs"]
#[allow(dead_code, reason = "what the other binary needs of it")]
mod support;
