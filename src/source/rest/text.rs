//! Small words of JSON and of URLs that every adapter behind a REST API needs.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// Of RFC 3986 §2.3: what needs no percent.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Text as a part of a URL.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// A text as messages show it, and search expressions write it.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The text under that name, unless it is empty.
pub fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// What is nested, at any depth, under names with dots: `profile.email`.
pub fn flat(attributes: &Map<String, Value>) -> Map<String, Value> {
    let mut flat = Map::new();
    let mut waiting: Vec<(String, &Map<String, Value>)> = objects("", attributes).collect();
    while let Some((path, object)) = waiting.pop() {
        for (name, value) in object.iter().filter(|(_, value)| !value.is_object()) {
            flat.insert(format!("{path}.{name}"), value.clone());
        }
        waiting.extend(objects(&format!("{path}."), object));
    }
    flat
}

fn objects<'a>(before: &str, of: &'a Map<String, Value>) -> impl Iterator<Item = (String, &'a Map<String, Value>)> {
    let named = of.iter().filter_map(|(name, value)| Some((name, value.as_object()?)));
    named.map(move |(name, object)| (format!("{before}{name}"), object)).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_more_of_a_url_than_text() {
        assert_eq!(encoded("a b'&$/?#%ü"), "a%20b%27%26%24%2F%3F%23%25%C3%BC");
        assert_eq!(encoded("A-z.0_9~"), "A-z.0_9~");
    }
}
