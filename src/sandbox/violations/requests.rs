//! Rules that one request breaks by itself.
//!
//! Never: asks what came of it.

use serde_json::Value;

use crate::sandbox::filter::{self, Filter};
use crate::sandbox::knobs::FilterSyntax;
use crate::sandbox::log::{Logged, Slip};

const COUNT_MAX: u64 = 100;

pub(super) fn user_delete(logged: &Logged) -> Option<String> {
    when(logged.method == "DELETE" && is_about(logged, "/Users"), "DELETE of a user")
}

pub(super) fn group_put(logged: &Logged) -> Option<String> {
    when(logged.method == "PUT" && is_about(logged, "/Groups"), "PUT of a group")
}

pub(super) fn count(logged: &Logged) -> Option<String> {
    let count = parameter(logged, "count")?;
    let fits = count.parse::<u64>().is_ok_and(|count| count <= COUNT_MAX);
    when(!fits, &format!("count={count}"))
}

pub(super) fn filter(logged: &Logged) -> Option<String> {
    let text = parameter(logged, "filter")?;
    let fits = match filter::parse(&text, FilterSyntax::Documented) {
        Some(Filter::UserName(_) | Filter::Active { .. }) => is_about(logged, "/Users"),
        Some(Filter::DisplayName(_)) => is_about(logged, "/Groups"),
        None => false,
    };
    when(!fits, &format!("filter {text}"))
}

/// `externalId`, `emails`, `password` and all the rest are of no use to Postman, and some of them are secrets.
pub(super) fn attributes(logged: &Logged) -> Option<String> {
    let body = json(logged)?;
    let operations = || body["Operations"].as_array().into_iter().flatten();
    let odd = match (logged.method.as_str(), is_about(logged, "/Groups")) {
        ("PATCH", false) => other_than(&body, &["schemas", "Operations"])
            .or_else(|| operations().find_map(|operation| other_than(operation, &["op", "path", "value"])))
            .or_else(|| operations().find_map(|operation| other_than(&operation["value"], &["active"]))),
        ("PATCH", true) => other_than(&body, &["schemas", "Operations"])
            .or_else(|| operations().find_map(|operation| other_than(&operation["value"], &["id", "displayName"]))),
        (_, false) => other_than(&body, &["schemas", "userName", "name", "active"])
            .or_else(|| other_than(&body["name"], &["givenName", "familyName"])),
        (_, true) => other_than(&body, &["schemas", "displayName", "members"]),
    };
    odd.map(|name| format!("attribute {name}"))
}

pub(super) fn one_operation(logged: &Logged) -> Option<String> {
    let body = json(logged).filter(|_| logged.method == "PATCH" && is_about(logged, "/Users"))?;
    let operations = body["Operations"].as_array().map_or(0, Vec::len);
    when(operations != 1, &format!("{operations} operations"))
}

pub(super) fn members_replaced(logged: &Logged) -> Option<String> {
    let body = json(logged).filter(|_| logged.method == "PATCH" && is_about(logged, "/Groups"))?;
    let replaces = |operation: &Value| {
        let op = operation["op"].as_str().unwrap_or_default();
        let all = operation["path"] == "members" || operation["value"].get("members").is_some();
        op.eq_ignore_ascii_case("replace") && all
    };
    when(body["Operations"].as_array().into_iter().flatten().any(replaces), "all members at once")
}

pub(super) fn content_type(logged: &Logged) -> Option<String> {
    when(logged.slips.contains(&Slip::ContentType), "a body that is not called JSON")
}

pub(super) fn accept(logged: &Logged) -> Option<String> {
    when(logged.slips.contains(&Slip::Accept), "JSON is not accepted")
}

pub(super) fn key_in_url(logged: &Logged) -> Option<String> {
    when(logged.slips.contains(&Slip::KeyInUrl), "a key in the URL")
}

pub(super) fn overlap(logged: &Logged) -> Option<String> {
    when(logged.slips.contains(&Slip::Overlaps), "a second PATCH before the first was answered")
}

pub(super) fn occupied(logged: &Logged) -> Option<String> {
    when(logged.slips.contains(&Slip::Occupied), "DELETE of a group with members")
}

pub(super) fn outsiders(logged: &Logged) -> Option<String> {
    when(logged.slips.contains(&Slip::Outsiders), "a new group with members who are not in the team")
}

fn when(broken: bool, what: &str) -> Option<String> {
    broken.then(|| what.to_owned())
}

fn is_about(logged: &Logged, endpoint: &str) -> bool {
    logged.path.starts_with(endpoint)
}

fn json(logged: &Logged) -> Option<Value> {
    serde_json::from_str(logged.body.as_deref()?).ok()
}

pub(super) fn parameter(logged: &Logged, name: &str) -> Option<String> {
    let (_, query) = logged.path.split_once('?')?;
    url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The first attribute of an object that is not one of these.
fn other_than(value: &Value, known: &[&str]) -> Option<String> {
    value.as_object()?.keys().find(|name| !known.contains(&name.as_str())).cloned()
}
