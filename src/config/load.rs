//! Layers, checks and collects every problem.
//!
//! Never: reads the process's environment by itself; the caller hands it over.

use std::path::{Path, PathBuf};

use super::check::check;
use super::findings::Findings;
use super::layers::layers;
use super::postman::{Given, Needs};
use super::{Config, Problem};

/// Where the configuration is when nobody says.
pub const DEFAULT_PATH: &str = "/etc/postman-scim-sync/config.toml";

/// Reads `path` (or `/etc/postman-scim-sync/config.toml`), then the environment.
/// Errors: all problems at once, never just the first.
pub fn load(path: Option<&Path>, environment: &[(String, String)]) -> Result<Config, Vec<Problem>> {
    read(path, environment, Needs::Key)
}

/// The same for verbs that only look into the state: the key may be where only the service can see it.
pub fn load_without_key(path: Option<&Path>, environment: &[(String, String)]) -> Result<Config, Vec<Problem>> {
    read(path, environment, Needs::NoKey)
}

fn read(path: Option<&Path>, environment: &[(String, String)], needs: Needs) -> Result<Config, Vec<Problem>> {
    let path = path.unwrap_or(Path::new(DEFAULT_PATH));
    let text = std::fs::read_to_string(path).map_err(|error| vec![unreadable(path, &error)])?;
    parse_for(&text, path, environment, needs)
}

/// Checks the text of a configuration file that stands, or will stand, at `path`.
/// Errors: all problems at once, never just the first.
pub fn parse(text: &str, path: &Path, environment: &[(String, String)]) -> Result<Config, Vec<Problem>> {
    parse_for(text, path, environment, Needs::Key)
}

fn parse_for(text: &str, path: &Path, environment: &[(String, String)], needs: Needs) -> Result<Config, Vec<Problem>> {
    let mut findings = Findings::default();
    let config = layers(text, environment, &mut findings).and_then(|layers| {
        let set = |(name, value): &&(String, String)| name == "CREDENTIALS_DIRECTORY" && !value.is_empty();
        let credentials = environment.iter().find(set).map(|(_, value)| PathBuf::from(value));
        check(&layers.values, Given { credentials, key: layers.key, needs }, path, &mut findings)
    });
    config.ok_or_else(|| findings.into_problems())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let advice = match error.kind() {
        std::io::ErrorKind::NotFound => Some("name the file with --config".into()),
        std::io::ErrorKind::InvalidData => Some("save it as UTF-8".into()),
        _ => None,
    };
    Problem { key: String::new(), line: None, message: format!("could not read {}: {error}", path.display()), advice }
}
