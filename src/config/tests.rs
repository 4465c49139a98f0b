//! Tests of loading: `good` loads, `wrong` does not, `servers`, `okta`, `entra`, `google` and `keycloak` have each of their type; `groups`
//! is about `[[group]]`.
//!
//! Never: read the environment of the test process.

mod entra;
mod good;
mod google;
mod groups;
mod keycloak;
mod okta;
mod servers;
mod wrong;

use std::path::Path;

use super::load::parse;
use super::{Config, Problem};

const MINIMAL: &str = r#"
[postman]
api_key_file = "scim.key"
protected = ["admin@acme.example"]
[[source]]
name = "hr"
type = "file"
path = "people.csv"
id = "id"
"#;

fn parsed(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
    let environment: Vec<_> = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    parse(text, Path::new("/etc/acme/config.toml"), &environment)
}

fn minimal() -> Config {
    parsed(MINIMAL, &[]).expect("loads")
}

/// The minimal configuration with a line added to one of its sections, or a section added.
fn with(section: &str, lines: &str) -> String {
    let header = if section == "source" { "[[source]]".to_owned() } else { format!("[{section}]") };
    match MINIMAL.contains(&header) {
        true => MINIMAL.replace(&header, &format!("{header}\n{lines}")),
        false => format!("{MINIMAL}{header}\n{lines}\n"),
    }
}

fn problems(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
    parsed(text, environment).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}
