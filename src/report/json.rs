//! JSON documents: a format number, what the document is, then the value as it is.
//!
//! Never: drops or cuts anything, or lets a character through that a terminal would obey.

use serde::Serialize;

use super::FORMAT;
use super::clean::is_deceptive;

#[derive(Serialize)]
struct Document<'a, T> {
    format: u32,
    document: &'a str,
    #[serde(flatten)]
    value: &'a T,
}

/// `{"format": 1, "document": name, ...fields of value}`, pretty, in the order of the types' fields, with a
/// newline at the end.
pub fn document<T: Serialize>(name: &str, value: &T) -> String {
    let document = Document { format: FORMAT, document: name, value };
    let text = serde_json::to_string_pretty(&document)
        .expect("the reports' types have string keys and no serializer of their own that fails");
    escaped(&text) + "\n"
}

/// One value as one line, with a newline at the end: JSON Lines.
pub fn json_line<T: Serialize>(value: &T) -> String {
    let text = serde_json::to_string(value).expect("the values have string keys and no serializer that fails");
    escaped(&text) + "\n"
}

/// Control and deceptive characters outside ASCII as `\uXXXX` (RFC 8259 §7): the same value, and safe to look at.
/// They occur within strings only.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() && c != '\n') || is_deceptive(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}
