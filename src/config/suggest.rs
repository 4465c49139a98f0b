//! "Did you mean": the known word that is spelled most like an unknown one.
//!
//! Never: suggests an inline secret.

use super::schema::{KEYS, Kind};

/// The nearest of the candidates, when it is near enough to be a slip of the pen.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = normal(word);
    let near = (plain.len() / 3).max(1);
    let scored = candidates.map(|candidate| (distance(&plain, &normal(candidate)), candidate));
    scored.filter(|(distance, _)| *distance <= near).min().map(|(_, candidate)| candidate)
}

/// A key or section for the unknown `name` in `section`: one beside it, else one of that name elsewhere.
pub(super) fn key(section: &str, name: &str) -> Option<String> {
    let known = || KEYS.iter().filter(|key| key.kind != Kind::Secret);
    if let Some(beside) = nearest(name, known().filter_map(|key| child(section, key.path))) {
        return Some(beside.into());
    }
    known().find(|key| normal(key.name()) == normal(name)).map(|key| match key.path.strip_prefix("source.") {
        Some(name) => format!("{name} in a [[source]]"),
        None => key.path.into(),
    })
}

/// The part of the path that stands directly below the section.
fn child<'a>(section: &str, path: &'a str) -> Option<&'a str> {
    let rest = if section.is_empty() { path } else { path.strip_prefix(section)?.strip_prefix('.')? };
    rest.split('.').next()
}

/// `userName`, `user-name` and `user_name` are the same slip.
fn normal(word: &str) -> Vec<char> {
    word.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).take(64).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let other = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j - 1] + other).min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_key_and_other_words_find_nothing() {
        for (section, name, expected) in [
            ("postman", "base_ur", Some("base_url")),
            ("postman", "baseURL", Some("base_url")),
            ("postman", "protcted", Some("protected")),
            ("safety", "max_deactivatons", Some("deactivations")),
            ("safety.deactivations", "at-least", Some("at_least")),
            ("safety.deactivations", "atleast", Some("at_least")),
            ("safety", "protected", Some("postman.protected")),
            ("", "base_url", Some("postman.base_url")),
            ("", "postmann", Some("postman")),
            ("", "sources", Some("source")),
            ("", "manifest", Some("manifest in a [[source]]")),
            ("mapping", "userName", Some("user_name")),
            ("postman", "api_kye", None),
            ("postman", "colour", None),
            ("postman", "", None),
            ("postman", "🦀🦀🦀🦀🦀🦀", None),
        ] {
            assert_eq!(key(section, name).as_deref(), expected, "{section}.{name}");
        }
    }
}
