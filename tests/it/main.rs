//! One integration binary: the built program against the sandbox team over HTTP, the engine in simulation, and
//! the rules of the code's structure.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod bad_input;
mod check;
mod cli;
mod secrets;
mod simulation;
mod state;
mod support;
mod tidy;
mod wire_errors;
