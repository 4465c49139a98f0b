//! The pure core: what should be, what is, and the plan between them. Values in, values out.
//!
//! Never: tokio, reqwest, rusqlite, files, or reading a clock. It cannot fail: rejections, notes and refusals
//! are values. `tests/it/tidy.rs` holds this.

pub mod backoff;
pub mod dn;
pub mod evidence;
pub mod groups;
pub mod guard;
pub mod mapping;
pub mod model;
pub mod pattern;
pub mod plan;
pub mod policy;
pub mod pseudonym;
pub mod reading;
pub mod scope;
pub mod snapshot;
pub mod text;
pub mod time;

#[cfg(test)]
mod tests;
