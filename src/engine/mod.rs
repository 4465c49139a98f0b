//! The engine: one cycle, one direction. The only place where effects are ordered.
//!
//! Never: words things for people, knows SCIM JSON, or decides what the core decides.

pub mod outcome;
