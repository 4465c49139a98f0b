//! Layers, checks and collects every problem.

use std::path::Path;

use super::{Config, Problem};

/// Reads `path` (or `/etc/postman-scim-sync/config.toml`), then the environment.
/// Errors: all problems at once, never just the first.
pub fn load(path: Option<&Path>, environment: &[(String, String)]) -> Result<Config, Vec<Problem>> {
    let _ = (path, environment);
    todo!("config helper")
}
