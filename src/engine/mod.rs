//! The engine: one cycle, one direction. The only place where effects are ordered.
//!
//! Never: words things for people, knows SCIM JSON, or decides what the core decides.

pub mod apply;
pub mod cycle;
pub mod fold;
pub mod groups;
pub mod high_water;
pub mod identity;
mod look_up;
pub mod moved;
pub mod nesting;
pub mod observe;
pub mod outcome;
mod pin;
pub mod refresh;
mod send;
pub mod settle;
pub mod team_groups;
