//! Which characters are not what they look like.
//!
//! Never: changes a text; who shows it does.

/// Characters that change how others look, or look like nothing at all: soft hyphen, bidi controls,
/// zero-width, invisible operators, variation and tag characters.
pub fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
