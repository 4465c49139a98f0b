//! Bodies of group requests into what they ask for: POST, and the four documented shapes of PATCH.
//!
//! Never: guesses. A shape Postman does not document is an error, unless a knob is lenient.

use serde_json::{Map, Value};

use super::errors::ScimError;
use super::groups::GroupChange;
use super::knobs::Patch;

/// POST: a name, and members by SCIM id; `display` and whatever else stands beside is ignored.
pub(super) fn new_group(json: Option<&Value>) -> Result<(String, Vec<String>), ScimError> {
    let body = json.and_then(Value::as_object).ok_or(ScimError::Syntax)?;
    let name = name(body)?.ok_or(ScimError::Syntax)?;
    let members = body.get("members").map_or(Ok(Vec::new()), |members| ids(members).ok_or(ScimError::Syntax))?;
    Ok((name, members))
}

/// PATCH: rename (replace without a path), add, remove one, replace all. The order counts.
pub(super) fn changes(json: Option<&Value>, leniency: Patch) -> Result<Vec<GroupChange>, ScimError> {
    let operations = json.and_then(|body| body.get("Operations")).and_then(Value::as_array);
    let operations = operations.filter(|all| !all.is_empty()).ok_or(ScimError::Syntax)?;
    operations.iter().map(|operation| change(operation, leniency)).collect()
}

fn change(operation: &Value, leniency: Patch) -> Result<GroupChange, ScimError> {
    let op = operation.get("op").and_then(Value::as_str).ok_or(ScimError::Syntax)?;
    let op = if leniency == Patch::Lenient { op.to_ascii_lowercase() } else { op.to_owned() };
    let path = operation.get("path").and_then(Value::as_str);
    let value = operation.get("value");
    let listed = || value.and_then(ids).ok_or(ScimError::Syntax);
    match (op.as_str(), path) {
        ("replace", None) => {
            let attributes = value.and_then(Value::as_object).ok_or(ScimError::Syntax)?;
            Ok(GroupChange::Rename(name(attributes)?.ok_or(ScimError::Syntax)?))
        }
        ("add", Some("members")) => Ok(GroupChange::Add(listed()?)),
        // Undocumented; Entra sends it.
        ("remove", Some("members")) if leniency == Patch::Lenient => Ok(GroupChange::Remove(listed()?)),
        ("remove", Some(path)) => Ok(GroupChange::Remove(vec![selected(path).ok_or(ScimError::Operation)?])),
        // A client in the wild leaves the value out when nobody remains.
        ("replace", Some("members")) if value.is_none() => Ok(GroupChange::Replace(Vec::new())),
        ("replace", Some("members")) => Ok(GroupChange::Replace(listed()?)),
        ("replace", Some("displayName")) if leniency == Patch::Lenient => {
            let name = value.and_then(Value::as_str).filter(|name| !name.trim().is_empty());
            Ok(GroupChange::Rename(name.ok_or(ScimError::Syntax)?.to_owned()))
        }
        _ => Err(ScimError::Operation),
    }
}

/// The id in `members[value eq "..."]`.
fn selected(path: &str) -> Option<String> {
    let inside = path.strip_prefix("members[")?.strip_suffix(']')?;
    serde_json::from_str(inside.trim().strip_prefix("value eq ")?.trim()).ok()
}

fn name(object: &Map<String, Value>) -> Result<Option<String>, ScimError> {
    match object.get("displayName") {
        None => Ok(None),
        Some(Value::String(name)) if !name.trim().is_empty() => Ok(Some(name.clone())),
        Some(_) => Err(ScimError::Syntax),
    }
}

/// The `value`s of a list of members; null is a list of nobody.
fn ids(members: &Value) -> Option<Vec<String>> {
    if members.is_null() {
        return Some(Vec::new());
    }
    let id = |member: &Value| member.get("value").and_then(Value::as_str).map(str::to_owned);
    members.as_array()?.iter().map(id).collect()
}
