//! Neutralises text from outside: names, addresses, reasons of servers. A directory entry must not be able to
//! colour, move, hide or reorder a line that a person decides by.
//!
//! Never: used for JSON, which keeps every character and escapes it.

pub(super) use crate::core::text::is_deceptive;

/// The longest piece of outside text on one line, in characters.
const CHARS_MAX: usize = 120;
/// An advice may be a command with four long paths in it, and is of no use when it is cut.
const REASON_CHARS_MAX: usize = 2_000;

/// Without control characters (C0, C1), ANSI sequences, bidi controls and invisible characters; cut to 120
/// characters. Line breaks and tabs become a space, so that words stay apart.
pub fn clean(text: &str) -> String {
    cleaned(text, CHARS_MAX)
}

/// The same for an error or an advice: cut to 2,000 characters, since its end says what to do.
pub fn clean_reason(text: &str) -> String {
    cleaned(text, REASON_CHARS_MAX)
}

fn cleaned(text: &str, chars_max: usize) -> String {
    let mut kept: Vec<char> = Stripped::of(text).take(chars_max + 1).collect();
    if kept.len() > chars_max {
        kept.truncate(chars_max - 3);
        kept.extend("...".chars());
    }
    kept.into_iter().collect::<String>().trim().to_owned()
}

/// A word for a command that a person will paste into a shell: quoted where needed. `WHO` where the text can't
/// be shown as it is, or would be taken for an option.
pub fn shell_word(text: &str) -> String {
    let shown_as_is = clean(text) == text && !text.is_empty() && !text.starts_with('-');
    if !shown_as_is {
        return "WHO".into();
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@._+:,/-".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// What is left of a text, character by character, so that a huge one costs only what is shown.
struct Stripped<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

impl<'a> Stripped<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text.chars().peekable() }
    }

    /// The parameters and the final byte of a control sequence (ECMA-48 §5.4). Other escapes lose only their
    /// escape character: what they carried stays visible, so that nothing hides behind an open one.
    fn skip_sequence(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' '..='?')).is_some() {}
        self.rest.next_if(|c| matches!(c, '@'..='~'));
    }
}

impl Iterator for Stripped<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        loop {
            match self.rest.next()? {
                '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => return Some(' '),
                '\u{1b}' if self.rest.next_if_eq(&'[').is_some() => self.skip_sequence(),
                '\u{9b}' => self.skip_sequence(),
                c if c.is_control() || is_deceptive(c) => {}
                c => return Some(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_a_terminal() {
        assert_eq!(clean("\u{1b}[31;1mAda\u{1b}[0m"), "Ada");
        assert_eq!(clean("\u{9b}2JAda"), "Ada");
        assert_eq!(clean("Ada\u{1b}]0;title\u{7} Lovelace"), "Ada]0;title Lovelace");
        assert_eq!(clean("one\r\ntwo\tthree\u{0}\u{8}\u{7f}\u{90}"), "one  two three");
        assert_eq!(clean("\u{202e}moc.elpmaxe\u{202c}\u{2066}x\u{2069}"), "moc.elpmaxex");
        assert_eq!(clean("a\u{200b}d\u{feff}a\u{2060}\u{ad}\u{e0041}"), "ada");
        assert_eq!(clean("José Łukasz 山田"), "José Łukasz 山田");
    }

    #[test]
    fn long_text_is_cut_in_characters() {
        assert_eq!(clean(&"é".repeat(120)), "é".repeat(120));
        let cut = clean(&"é".repeat(121));
        assert_eq!((cut.chars().count(), cut.ends_with("é...")), (120, true));
        assert_eq!(clean(&"\u{1b}[".repeat(10_000)), "");
    }

    #[test]
    fn a_word_cannot_leave_its_quotes() {
        assert_eq!(shell_word("ada@acme.example"), "ada@acme.example");
        assert_eq!(shell_word("corp:CN=Ada, OU=x"), "'corp:CN=Ada, OU=x'");
        assert_eq!(shell_word("$(reboot)@acme.example"), "'$(reboot)@acme.example'");
        assert_eq!(shell_word("o'neil@acme.example"), r"'o'\''neil@acme.example'");
        for hostile in ["--all", "", "a\nb", "\u{202e}x", " x", &"x".repeat(121)] {
            assert_eq!(shell_word(hostile), "WHO", "{hostile:?}");
        }
    }
}
