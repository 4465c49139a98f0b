//! A SCIM User as an entry of the directory. Every attribute stays as the server sent it; beside them stand plain names that
//! a mapping can use: those of `name`, the e-mail that counts as `mail` and `email`, `sn`, and those of extensions.
//!
//! Never: takes a missing `active` for yes, or chooses among e-mails that are equally good.

use serde_json::{Map, Value};

use super::names::{boolean, id, spelled};
use crate::core::model::{Active, DirectoryUser, SourceId};
use crate::source::records::place::printable;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User:";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The entry, without its groups. Errors: why it is none.
pub fn person(source: &str, resource: Map<String, Value>) -> Result<DirectoryUser, &'static str> {
    let mut attributes = without_core_urn(resource)?;
    let Some(id) = id(&attributes) else { return Err("a User has no `id`, or an empty one") };
    attributes.remove("password");
    let (active, active_because) = active(attributes.get("active"));
    for (name, value) in plain(&attributes) {
        attributes.entry(name).or_insert(value);
    }
    let place = format!("User {id}");
    Ok(DirectoryUser {
        id: SourceId::new(source, id),
        attributes,
        active,
        active_because,
        groups: Vec::new(),
        in_groups: Vec::new(),
        place,
    })
}

/// `userName` of `urn:ietf:params:scim:schemas:core:2.0:User:userName`.
fn without_core_urn(resource: Map<String, Value>) -> Result<Map<String, Value>, &'static str> {
    let mut attributes = Map::new();
    for (name, value) in resource {
        let core = name.get(..CORE.len()).filter(|start| start.eq_ignore_ascii_case(CORE));
        let name = core.map_or_else(|| name.clone(), |start| spelled(&name[start.len()..]).to_owned());
        if attributes.insert(name, value).is_some() {
            return Err("a User has an attribute twice, with its URN and without; which one counts cannot be known");
        }
    }
    Ok(attributes)
}

fn active(value: Option<&Value>) -> (Active, String) {
    match value {
        None | Some(Value::Null) => (Active::Unknown, "active is missing".into()),
        Some(value) => match boolean(value) {
            Some(true) => (Active::Yes, "active = true".into()),
            Some(false) => (Active::No, "active = false".into()),
            None => (Active::Unknown, format!("active = {} is neither true nor false", printable(&value.to_string()))),
        },
    }
}

/// The names that the server has not, for what it has. Where several have one, the first counts: the parts of `name`, the
/// enterprise extension, then others in the order of their URNs.
fn plain(attributes: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut plain: Vec<(String, Value)> = fields(attributes.get("name"));
    if let Some((_, family)) = plain.iter().find(|(name, _)| name == "familyName") {
        plain.push(("sn".into(), family.clone()));
    }
    if let Some(email) = attributes.get("emails").and_then(email) {
        plain.push(("mail".into(), email.clone()));
        plain.push(("email".into(), email));
    }
    let mut extensions: Vec<_> = attributes.iter().filter(|(name, _)| is_urn(name)).collect();
    extensions.sort_by_key(|(name, _)| (!is_enterprise(name), name.to_ascii_lowercase()));
    for (name, value) in extensions {
        match value {
            Value::Object(_) => plain.extend(fields(Some(value))),
            value => plain.extend(name.rsplit_once(':').map(|(_, last)| (spelled(last).to_owned(), value.clone()))),
        }
    }
    plain
}

fn is_urn(name: &str) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

fn is_enterprise(name: &str) -> bool {
    name.get(..ENTERPRISE.len()).is_some_and(|start| start.eq_ignore_ascii_case(ENTERPRISE))
}

fn fields(value: Option<&Value>) -> Vec<(String, Value)> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The primary e-mail, else the one for work, else the only one. Where nothing says which one counts: all of them, which the
/// mapping then says.
fn email(emails: &Value) -> Option<Value> {
    let one = std::slice::from_ref(emails);
    let all = emails.as_array().map_or(one, Vec::as_slice);
    let is_primary = |email: &&Value| email.get("primary").and_then(boolean) == Some(true);
    let is_work = |email: &&Value| email["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
    let chosen = [of(all.iter().filter(is_primary)), of(all.iter().filter(is_work)), of(all.iter())];
    let chosen = chosen.into_iter().find(|chosen| !chosen.is_empty())?;
    Some(if chosen.len() == 1 { chosen[0].clone() } else { Value::Array(chosen) })
}

/// The addresses, each once.
fn of<'a>(emails: impl Iterator<Item = &'a Value>) -> Vec<Value> {
    let mut values = Vec::new();
    for email in emails {
        let value = email.as_str().or_else(|| email["value"].as_str()).map(str::trim).unwrap_or_default();
        let value = Value::from(value);
        if value != "" && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

#[cfg(test)]
mod tests;
