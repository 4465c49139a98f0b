//! Partial responses: the `fields` of every Google API, `nextPageToken,users(id,name/givenName)`.

use serde_json::{Value, json};

use crate::directories::cloud::Reply;

use super::Account;

pub fn masked(reply: Reply, mask: &str, account: &Account) -> Reply {
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    match parse(mask) {
        Some(mask) => Reply::json(reply.status, &kept(&body, &mask)),
        None => account.error(400, "global", "invalidParameter", &format!("Invalid field selection {mask}")),
    }
}

/// A name, and what of it; nothing means all.
type Mask = Vec<(String, Vec<Part>)>;

struct Part(Mask);

fn parse(text: &str) -> Option<Mask> {
    let (mut found, mut depth, mut begin) = (Vec::new(), 0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                found.push(one(&text[begin..at])?);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push(one(&text[begin..])?);
    (depth == 0).then_some(found)
}

fn one(text: &str) -> Option<(String, Vec<Part>)> {
    let end = text.find(['/', '(']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let inner = match rest.chars().next() {
        None => return (!name.is_empty()).then(|| (name.into(), Vec::new())),
        Some('/') => &rest[1..],
        Some(_) => rest.strip_prefix('(')?.strip_suffix(')')?,
    };
    (!name.is_empty()).then_some(())?;
    Some((name.into(), vec![Part(parse(inner)?)]))
}

fn kept(value: &Value, mask: &Mask) -> Value {
    if let Some(list) = value.as_array() {
        return Value::Array(list.iter().map(|one| kept(one, mask)).collect());
    }
    if mask.iter().any(|(name, _)| name == "*") {
        return value.clone();
    }
    let mut shown = json!({});
    for (name, parts) in mask {
        let Some(member) = value.get(name) else { continue };
        shown[name.as_str()] = match parts.first() {
            None => member.clone(),
            Some(Part(mask)) => kept(member, mask),
        };
    }
    shown
}
