//! JSON documents: a format number, what the document is, then the value as it is.
//!
//! Never: drops or cuts anything, or lets a character through that a terminal would obey.

use serde::Serialize;

use super::FORMAT;

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

/// They occur within strings only; between them are line breaks.
fn escaped(text: &str) -> String {
    crate::core::text::escaped(text, |c| c == '\n')
}
