//! One integration binary: the built program against the sandbox team over HTTP, the engine in simulation, and
//! the rules of the code's structure.

mod bad_input;
mod check;
mod cli;
mod secrets;
mod state;
mod support;
mod tidy;
mod wire_errors;
