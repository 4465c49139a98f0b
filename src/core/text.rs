//! Which characters are not what they look like, and how a text is written where they would do harm.
//!
//! Never: changes a text that is compared or sent; who shows or refuses it does.

/// Characters that change how others look, or look like nothing at all: soft hyphen, bidi controls, line and paragraph
/// separators, zero-width, invisible operators, interlinear annotation, variation selectors, tag characters.
pub fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The text with its control and deceptive characters as `\uXXXX` (RFC 8259 §7), but for those to keep: within strings of JSON
/// the same value, and safe to look at.
pub fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() || is_deceptive(c)) && !keep(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// The text as a basic string of TOML, in quotes.
pub fn toml_string(text: &str) -> String {
    let mut string = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => string.extend(['\\', c]),
            c if c.is_control() || is_deceptive(c) => string.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => string.push(c),
        }
    }
    string.push('"');
    string
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_means_the_text_to_toml() {
        let odd = "a \"b\" c\\d\n\t\u{7f}\u{1b}[31m é山 \u{202e}\u{e0041}'";
        let string = toml_string(odd);
        assert!(string.chars().all(|c| !c.is_control() && !is_deceptive(c)), "{string}");
        let line = format!("x = {string}");
        let document: toml_edit::Document<&str> = toml_edit::Document::parse(line.as_str()).unwrap();
        assert_eq!(document["x"].as_str(), Some(odd));
    }
}
