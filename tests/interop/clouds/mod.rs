//! The emulated directories that companies rent, proved by their vendors' own libraries.

mod entra;
mod google;
mod keycloak;
mod okta;

use std::process::Command;

use serde_json::Value;

use crate::python;

/// Runs a script of this folder. Each line that it writes is what a step has seen.
fn ran(script: &str, arguments: &[&str]) -> Vec<(String, Value)> {
    let mut command = Command::new(python::clouds());
    let output = command.arg(python::script("clouds").join(script)).args(arguments).output().unwrap();
    let (out, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}: {}\n{out}\n{told}", output.status);
    let step = |line: &str| {
        let step: Value = serde_json::from_str(line).unwrap();
        (step["name"].as_str().unwrap().to_owned(), step["seen"].clone())
    };
    out.lines().map(step).collect()
}

#[track_caller]
fn seen(steps: &[(String, Value)], name: &str) -> Value {
    let found = steps.iter().find(|(found, _)| found == name);
    found.unwrap_or_else(|| panic!("no step {name}: {steps:#?}")).1.clone()
}
