//! Request bodies into what they ask for: POST and PUT attributes, PATCH operations (RFC 7644 §3.3 and §3.5).
//!
//! Never: guesses. A shape Postman does not document is an error, unless a knob is lenient.

use serde_json::{Map, Value};

use super::errors::ScimError;
use super::knobs::{Patch, Put};
use super::people::{NewUser, Update};

/// POST: `userName` and both names are required; `displayName`, `emails` and the like are ignored.
pub(super) fn new_user(json: Option<&Value>) -> Result<NewUser, ScimError> {
    let body = json.and_then(Value::as_object).ok_or(ScimError::Syntax)?;
    let name = body.get("name").and_then(Value::as_object).ok_or(ScimError::Syntax)?;
    Ok(NewUser {
        user_name: filled(body, "userName")?.ok_or(ScimError::Syntax)?,
        given: filled(name, "givenName")?.ok_or(ScimError::Syntax)?,
        family: filled(name, "familyName")?.ok_or(ScimError::Syntax)?,
        active: flag(body.get("active"), Patch::Strict)?.unwrap_or(true),
        external_id: body.get("externalId").and_then(Value::as_str).map(str::to_owned),
        groups: body.get("groups").and_then(Value::as_array).into_iter().flatten().filter_map(group_id).collect(),
    })
}

/// A bare id, or `{"value": id}` as elsewhere in SCIM.
fn group_id(group: &Value) -> Option<String> {
    group.get("value").unwrap_or(group).as_str().map(str::to_owned)
}

/// PUT: partial bodies are documented; an attribute left out stays as it is.
pub(super) fn put(json: Option<&Value>, knob: Put, leniency: Patch) -> Result<Update, ScimError> {
    let body = json.and_then(Value::as_object).ok_or(ScimError::Syntax)?;
    let (given, family) = match body.get("name") {
        None => (None, None),
        Some(name) => {
            let name = name.as_object().filter(|name| !name.is_empty()).ok_or(ScimError::Syntax)?;
            (filled(name, "givenName")?, filled(name, "familyName")?)
        }
    };
    let update =
        Update { user_name: filled(body, "userName")?, given, family, active: flag(body.get("active"), leniency)? };
    if update == Update::default() {
        return Err(ScimError::Syntax);
    }
    Ok(match knob {
        Put::Full => update,
        Put::NamesOnly => Update { user_name: None, active: None, ..update },
    })
}

/// PATCH: `replace` of `{"active"}` without a path, or of `path: userName`. Anything else is not supported.
pub(super) fn patch(json: Option<&Value>, leniency: Patch) -> Result<Update, ScimError> {
    let body = json.ok_or(ScimError::Syntax)?;
    let operations = body.get("Operations").and_then(Value::as_array).filter(|all| !all.is_empty());
    let mut update = Update::default();
    for operation in operations.ok_or(ScimError::Operation)? {
        fold(&mut update, operation, leniency).ok_or(ScimError::Operation)?;
    }
    Ok(update)
}

/// Whether a PATCH names a schema that Postman's documents show: `PatchOp`, or by a slip of 2023 `PutOp`.
pub(super) fn names_patch_schema(json: Option<&Value>) -> bool {
    let schemas = json.and_then(|body| body.get("schemas")).and_then(Value::as_array).into_iter().flatten();
    let known = ["urn:ietf:params:scim:api:messages:2.0:PatchOp", "urn:ietf:params:scim:api:messages:2.0:PutOp"];
    schemas.filter_map(Value::as_str).any(|schema| known.contains(&schema))
}

/// Later operations win, as if applied in order.
fn fold(update: &mut Update, operation: &Value, leniency: Patch) -> Option<()> {
    let op = operation.get("op")?.as_str()?;
    let is_replace = op == "replace" || (leniency == Patch::Lenient && op.eq_ignore_ascii_case("replace"));
    let value = operation.get("value").filter(|_| is_replace)?;
    match operation.get("path").map(Value::as_str) {
        None => {
            let attributes = value.as_object().filter(|all| all.len() == 1)?;
            update.active = Some(flag(attributes.get("active"), leniency).ok()??);
        }
        Some(Some("userName")) => update.user_name = Some(value.as_str()?.to_owned()),
        Some(Some("active")) if leniency == Patch::Lenient => update.active = Some(flag(Some(value), leniency).ok()??),
        Some(_) => return None,
    }
    Some(())
}

/// A string that is there and not blank; `Err` if it is there and is anything else.
fn filled(object: &Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(ScimError::Syntax),
    }
}

/// A boolean, or where that is wanted the strings Entra sent until 2023.
fn flag(value: Option<&Value>, leniency: Patch) -> Result<Option<bool>, ScimError> {
    match (value, leniency) {
        (None, _) => Ok(None),
        (Some(Value::Bool(flag)), _) => Ok(Some(*flag)),
        (Some(Value::String(text)), Patch::Lenient) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        (Some(Value::String(text)), Patch::Lenient) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        (Some(_), _) => Err(ScimError::Syntax),
    }
}
