//! Which people a list or a count asks for: `search`, `q`, single properties, `exact`, `enabled`.

use serde_json::Value;

use crate::directories::cloud::Asked;

const PROPERTIES: [&str; 4] = ["username", "email", "firstName", "lastName"];

pub fn matches(asked: &Asked, person: &Value) -> bool {
    let text = |name: &str| person[name].as_str().unwrap_or_default().to_lowercase();
    if let Some(search) = asked.param("search") {
        if let Some(ids) = search.strip_prefix("id:") {
            return ids.split_whitespace().any(|id| person["id"] == id);
        }
        // Every word has to be somewhere.
        let found = |word: &str| PROPERTIES.iter().any(|name| is_found(&text(name), &word.to_lowercase()));
        return has_flags(asked, person) && search.split_whitespace().all(found);
    }
    let is_exact = asked.param("exact") == Some("true");
    let fits = |name: &str| {
        asked.param(name).is_none_or(|wanted| {
            let wanted = wanted.to_lowercase();
            if is_exact { text(name) == wanted } else { text(name).contains(&wanted) }
        })
    };
    let has_attributes = asked.param("q").is_none_or(|q| {
        attributes(q)
            .iter()
            .all(|(name, value)| person["attributes"][name].as_array().into_iter().flatten().any(|one| one == value))
    });
    has_flags(asked, person) && PROPERTIES.into_iter().all(fits) && has_attributes
}

fn has_flags(asked: &Asked, person: &Value) -> bool {
    ["enabled", "emailVerified"]
        .iter()
        .all(|name| asked.param(name).is_none_or(|value| person[*name] == (value == "true")))
}

/// `foo` and `foo*` begin, `*foo*` is within, `"foo"` is all of it.
fn is_found(text: &str, word: &str) -> bool {
    if let Some(whole) = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
        return text == whole;
    }
    match word.strip_prefix('*') {
        Some(within) => text.contains(within.trim_end_matches('*')),
        None => text.starts_with(word.trim_end_matches('*')),
    }
}

/// `name:value name:"a value"`
pub fn attributes(q: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), q.trim());
    while let Some((name, after)) = rest.split_once(':') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        found.push((name.trim_matches('"').into(), value.into()));
        rest = after.trim_start();
    }
    found
}
