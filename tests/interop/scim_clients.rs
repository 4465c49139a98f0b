//! The sandbox as SCIM clients see it that nobody here wrote: scim-sanity, scim2-tester, and the sequence Okta sends.
//!
//! They check RFC 7643 and RFC 7644. Postman's dialect differs, and the sandbox has to differ in the same places, so
//! every difference is in a table with Postman's word for it. A failure that is not in the table fails the test; so
//! does a row that nothing failed for.

use std::process::Command;

use serde_json::Value;

use crate::python;
use crate::sandbox_program::SandboxProgram;

/// No check is about rate limits, and the testers send hundreds of requests.
const NO_LIMITS: [&str; 4] = ["--writes-per-min", "1000000", "--reads-per-min", "1000000"];

/// One check, as its tool reports it.
struct Check {
    name: String,
    status: String,
    message: String,
}

/// A check that has to fail: its name, a part of what it says, and why that is right.
type Difference = (&'static str, &'static str, &'static str);

const UNROUTED: &str = "Postman API, SCIM: the reference lists /Users, /Groups, /ServiceProviderConfig and \
     /ResourceTypes with their methods; the gateway answers anything else with its own 404, which is no SCIM error";
const NO_SCHEMAS: &str = "Postman API, SCIM: /Schemas is not served";
const RESOURCE_TYPES: &str = "Postman API, \"Get resource types\": a bare array, no ListResponse";
const CONTENT_TYPE: &str = "Postman API, SCIM: every example answers with application/json";
const CREATED: &str = "Postman API, \"Create user\" and \"Create group\": the 201 has application/json and no Location";
const NO_DELETE: &str = "Postman API, SCIM: users are deactivated, never deleted; there is no DELETE /Users/{id}";
const PATCH_USER: &str = "Postman API, \"Update user's state\": PATCH takes `replace` of {active} without a path, or of \
     path userName, and nothing else";
const NO_PUT_GROUP: &str = "Postman API, SCIM: groups have POST, GET, PATCH and DELETE, and no PUT";
const PATCH_GROUP: &str = "Postman API, \"Update group\": PATCH takes `replace` of {displayName} without a path, `add` and \
     `replace` of path members, and `remove` of path members[value eq \"id\"]";
const ABSENT_MEMBER: &str = "Postman API, SCIM: users join the team before they can be put into groups";
const NO_ATTRIBUTES: &str = "Postman API, \"Get all users\": the parameters are startIndex, count and filter";
const THREE_ATTRIBUTES: &str = "Postman, SCIM provisioning overview: only the name, the userName and active are taken; \
     displayName is not kept";

/// Of scim2-tester, whatever it is told beforehand.
const DISCOVERY: &[Difference] = &[
    ("service_provider_config_endpoint_methods", "404 instead of 405", UNROUTED),
    ("query_all_resource_types", "not a JSON object", RESOURCE_TYPES),
    ("access_invalid_resource_type", "404 without a SCIM error", UNROUTED),
    ("resource_types_endpoint_methods", "404 instead of 405", UNROUTED),
    ("query_all_schemas", "404 without a SCIM error", NO_SCHEMAS),
    ("access_invalid_schema", "404 without a SCIM error", NO_SCHEMAS),
    ("schemas_endpoint_methods", "404 instead of 405", NO_SCHEMAS),
];

/// Of scim2-tester, told which attributes Postman documents.
const USERS: &[Difference] = &[
    ("random_url", "404 without a SCIM error", UNROUTED),
    ("User object_query_with_attributes", "excluded attribute 'active' still present", NO_ATTRIBUTES),
    ("User object_list_with_attributes", "excluded attribute 'active' still present", NO_ATTRIBUTES),
    ("User search_with_attributes", "404 without a SCIM error", UNROUTED),
    ("User object_deletion", "404 without a SCIM error", NO_DELETE),
    ("User check_add_attribute", "'externalId': You've used operation", PATCH_USER),
    ("User check_add_attribute", "'active': You've used operation", PATCH_USER),
    ("User check_remove_attribute", "'externalId': You've used operation", PATCH_USER),
    ("User check_remove_attribute", "'active': You've used operation", PATCH_USER),
    ("User check_replace_attribute", "'externalId': You've used operation", PATCH_USER),
    ("User check_replace_attribute", "'name': You've used operation", PATCH_USER),
    ("User check_replace_attribute", "'active': You've used operation", PATCH_USER),
];

/// Of scim2-tester, told the same of groups.
const GROUPS: &[Difference] = &[
    ("Group search_with_attributes", "404 without a SCIM error", UNROUTED),
    ("Group object_replacement", "404 without a SCIM error", NO_PUT_GROUP),
    ("Group check_add_attribute", "'externalId': You've used operation", PATCH_GROUP),
    ("Group check_remove_attribute", "'externalId': You've used operation", PATCH_GROUP),
    ("Group check_replace_attribute", "'externalId': You've used operation", PATCH_GROUP),
    ("Group check_replace_attribute", "'displayName': You've used operation", PATCH_GROUP),
];

fn scim_sanity() -> Vec<Check> {
    let sandbox = SandboxProgram::start(&NO_LIMITS);
    let mut command = Command::new(python::program("scim-sanity"));
    command.args(["probe", &sandbox.base_url, "--token", &sandbox.key, "--user-domain", "acme.example"]);
    command.args(["--json-output", "--i-accept-side-effects"]);
    let output = command.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&output.stderr)));
    checks(report["results"].as_array().unwrap(), &sandbox)
}

fn script(name: &str, arguments: &[&str], sandbox: &SandboxProgram) -> Vec<Check> {
    let mut command = Command::new(python::program("python"));
    command.arg(python::script(name)).args(arguments);
    command.env("BASE_URL", &sandbox.base_url).env("KEY", &sandbox.key);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    checks(&lines, sandbox)
}

fn checks(reported: &[Value], sandbox: &SandboxProgram) -> Vec<Check> {
    // What a check calls by the id of its subject, is called so here.
    let users = sandbox.ask("GET", "/Users?startIndex=1&count=100", "").json();
    let ids: Vec<&str> = users["Resources"].as_array().unwrap().iter().map(|u| u["id"].as_str().unwrap()).collect();
    let text = |value: &Value| {
        let plain = value.as_str().unwrap_or_default().to_owned();
        ids.iter().fold(plain, |text, id| text.replace(id, "{id}").replace(&id[..8], "{i}"))
    };
    let check = |report: &Value| Check {
        name: text(&report["name"]),
        status: text(&report["status"]).to_ascii_uppercase(),
        message: text(&report["message"]),
    };
    reported.iter().map(check).collect()
}

/// How many checks there were, so that none is lost in silence.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ran {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// Asserts that what failed is what has to fail, and how many checks ran.
#[track_caller]
fn differ_only_in(checks: &[Check], differences: &[Difference], expected: Ran) {
    let (mut ran, mut wrong) = (Ran::default(), Vec::new());
    let mut seen = vec![false; differences.len()];
    for Check { name, status, message } in checks {
        match status.as_str() {
            "PASS" | "SUCCESS" => ran.passed += 1,
            "SKIP" | "SKIPPED" => ran.skipped += 1,
            _ => {
                ran.failed += 1;
                // One check may have several complaints.
                for part in message.replace("; charset", ", charset").split("; ") {
                    let is_known = |at: &usize| *name == differences[*at].0 && part.contains(differences[*at].1);
                    let known: Vec<usize> = (0..differences.len()).filter(is_known).collect();
                    known.iter().for_each(|at| seen[*at] = true);
                    if known.is_empty() {
                        wrong.push(format!("unexpected: {name:?}, {status}: {part}"));
                    }
                }
            }
        }
    }
    for ((name, part, why), _) in differences.iter().zip(seen).filter(|(_, seen)| !seen) {
        wrong.push(format!("no longer so: {name:?} does not say {part:?}, expected because of: {why}"));
    }
    if ran != expected {
        let each: String = checks.iter().map(|check| format!("\n  {} {}", check.status, check.name)).collect();
        wrong.push(format!("{ran:?}, and not {expected:?}:{each}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scim_sanity_fails_only_where_postman_differs() {
    let differences = [
        ("GET /ServiceProviderConfig", "application/scim+json", CONTENT_TYPE),
        ("GET /Schemas", "got 404", NO_SCHEMAS),
        ("GET /ResourceTypes", "application/scim+json", CONTENT_TYPE),
        ("POST /Users", "application/scim+json", CREATED),
        ("POST /Users", "Location header should be present", CREATED),
        ("GET /Users/{id}", "application/scim+json", CONTENT_TYPE),
        ("PUT /Users/{id}", "application/scim+json", CONTENT_TYPE),
        ("GET /Users/{id} after PUT", "displayName", THREE_ATTRIBUTES),
        ("PATCH /Users/{id}", "got 400", PATCH_USER),
        ("GET /Users/{id} after PATCH", "active=false", PATCH_USER),
        ("DELETE /Users/{id}", "got 404", NO_DELETE),
        ("GET /Users/{id} after DELETE (expect 404)", "got 200", NO_DELETE),
        ("POST /Groups", "application/scim+json", CREATED),
        ("POST /Groups", "Location header should be present", CREATED),
        ("GET /Groups/{id}", "application/scim+json", CONTENT_TYPE),
        ("PUT /Groups/{id}", "got 404", NO_PUT_GROUP),
        ("GET /Groups/{id} after PUT", "displayName", NO_PUT_GROUP),
        ("PATCH /Groups/{id}", "got 400", PATCH_GROUP),
        ("PATCH /Groups/{id} add member", "got 403", ABSENT_MEMBER),
        ("PATCH /Groups/{id} remove members", "got 400", PATCH_GROUP),
        ("GET /Users (ListResponse)", "application/scim+json", CONTENT_TYPE),
    ];
    differ_only_in(&scim_sanity(), &differences, Ran { passed: 11, failed: 20, skipped: 3 });
}

#[test]
fn scim2_tester_fails_only_where_postman_differs() {
    let sandbox = SandboxProgram::start(&NO_LIMITS);
    let checks = script("run_scim2_tester.py", &[], &sandbox);
    differ_only_in(&checks, DISCOVERY, Ran { passed: 1, failed: 16, skipped: 0 });
    let checks = script("run_scim2_tester.py", &["User", "Group"], &sandbox);
    differ_only_in(&checks, &[DISCOVERY, USERS, GROUPS].concat(), Ran { passed: 14, failed: 34, skipped: 0 });
}

#[test]
fn what_okta_sends_is_answered_as_okta_wants_it() {
    let sandbox = SandboxProgram::start(&[&NO_LIMITS[..], &["--people", "250"]].concat());
    let checks = script("okta_sequence.py", &[], &sandbox);
    differ_only_in(&checks, &[], Ran { passed: 21, failed: 0, skipped: 0 });
}
