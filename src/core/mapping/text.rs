//! What counts as one text: attribute values as text, and the shape of an e-mail address.
//!
//! Never: folds, normalizes or repairs a letter; two directories would do it differently.

use serde_json::Value;

use crate::core::text::is_deceptive;

/// An attribute's value, as far as a target can use it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Absent, null, or nothing but whitespace.
    Nothing,
    One(String),
    /// Several values, or an object: nothing says which one counts.
    Several(usize),
}

/// Strings, numbers and booleans are text; an array is what its non-empty values are.
pub(super) fn piece(value: &Value) -> Piece {
    match value {
        Value::Null => Piece::Nothing,
        Value::String(text) => one(text),
        Value::Bool(flag) => Piece::One(flag.to_string()),
        Value::Number(number) => Piece::One(number.to_string()),
        Value::Object(fields) if fields.is_empty() => Piece::Nothing,
        Value::Object(fields) => Piece::Several(fields.len()),
        Value::Array(values) => {
            let mut pieces: Vec<Piece> = values.iter().map(piece).filter(|piece| *piece != Piece::Nothing).collect();
            match pieces.len() {
                1 => pieces.remove(0),
                0 => Piece::Nothing,
                several => Piece::Several(several),
            }
        }
    }
}

fn one(text: &str) -> Piece {
    match text.trim() {
        "" => Piece::Nothing,
        text => Piece::One(text.into()),
    }
}

/// An address as an identity provider sends it: `local@domain`, at most 64 and 254 bytes (RFC 5321 §4.5.3.1),
/// without quoting, comments or display names. Postman documents no grammar; a dot in the domain is not required.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let hidden = |c: char| c.is_whitespace() || c.is_control() || is_deceptive(c);
    text.len() <= 254
        && !text.chars().any(hidden)
        && (1..=64).contains(&local.len())
        && !local.contains(['(', ')', '<', '>', '[', ']', ':', ';', ',', '\\', '"'])
        && domain.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || !c.is_ascii())
}
