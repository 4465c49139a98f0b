//! postman-scim-sync: keeps a Postman team in step with a company directory.
//!
//! `ARCHITECTURE.md` tells which folder does what and what each must never do.

pub mod cli;
pub mod clock;
pub mod config;
pub mod core;
pub mod daemon;
pub mod engine;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod http;
pub mod lifeline;
pub mod planted;
pub mod postman;
pub mod report;
pub mod sandbox;
pub mod source;
pub mod store;
