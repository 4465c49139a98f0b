//! The daemon: the built program with its schedule, real signals, a service manager's socket and commands beside it.

mod asked;
mod ended;
mod kept;
mod told;
mod trouble;
