//! The page a text is written on: headings, prose wrapped at 120 columns, one line a person, commands alone on
//! their line so that they can be copied.
//!
//! Never: cleans; whoever brings text from outside cleans it first, since colour is added here.

use anstyle::{AnsiColor, Style};

use super::{Colour, TextOptions, shell_word};

/// Columns of prose.
const WIDTH: usize = 120;

pub const HEADING: Style = Style::new().bold();
pub const COMMAND: Style = Style::new().bold();
pub const ALARM: Style = AnsiColor::Red.on_default().bold();
pub const WARNING: Style = AnsiColor::Yellow.on_default();
pub const AWAY: Style = AnsiColor::Red.on_default();
pub const NEW: Style = AnsiColor::Green.on_default();
pub const OTHER: Style = AnsiColor::Yellow.on_default();
pub const BACK: Style = AnsiColor::Cyan.on_default();

/// What every command of ours begins with.
const PROGRAM: &str = "postman-scim-sync ";

/// What to do about something: a sentence, and the very command where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub say: String,
    pub command: Option<String>,
    pub reach: Reach,
}

/// Whom a fix is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody in its group at once.
    All,
    /// One person; the others of the group need their own.
    One,
}

impl Fix {
    pub fn say(say: impl Into<String>) -> Self {
        Self { say: say.into(), command: None, reach: Reach::All }
    }
    /// `say` ends with a colon; the command follows on a line of its own.
    pub fn typing(say: impl Into<String>, command: impl Into<String>) -> Self {
        Self { say: say.into(), command: Some(command.into()), reach: Reach::All }
    }
}

/// A text in the making.
pub struct Page {
    text: String,
    colour: Colour,
    /// Put behind each command, so that it can be typed as it stands.
    config: Option<String>,
}

impl Page {
    pub fn new(options: &TextOptions<'_>) -> Self {
        let config = options.config.map(|path| shell_word(&path.display().to_string()));
        Self { text: String::new(), colour: options.colour, config }
    }

    pub fn paint(&self, style: Style, text: &str) -> String {
        match self.colour {
            Colour::Never => text.to_owned(),
            Colour::Ansi => format!("{style}{text}{style:#}"),
        }
    }

    /// One line, however long.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A blank line and a heading.
    pub fn heading(&mut self, style: Style, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let painted = self.paint(style, text);
        self.line(&painted);
    }

    /// Sentences, wrapped between words; following lines are indented like the first.
    pub fn prose(&mut self, style: Style, indent: usize, text: &str) {
        let mut line = String::new();
        let mut columns = 0;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let width = word.chars().count();
            if columns > 0 && indent + columns + 1 + width > WIDTH {
                self.indented(style, indent, &line);
                line.clear();
                columns = 0;
            }
            if columns > 0 {
                line.push(' ');
                columns += 1;
            }
            line.push_str(word);
            columns += width;
        }
        self.indented(style, indent, &line);
    }

    /// A sentence and the command below it.
    pub fn fix(&mut self, indent: usize, fix: &Fix) {
        self.prose(Style::new(), indent, &fix.say);
        let Some(command) = &fix.command else { return };
        match &self.config {
            Some(config) if command.starts_with(PROGRAM) => {
                self.indented(COMMAND, indent + 2, &format!("{command} --config {config}"));
            }
            _ => self.indented(COMMAND, indent + 2, command),
        }
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn indented(&mut self, style: Style, indent: usize, text: &str) {
        let painted = if style == Style::new() { text.to_owned() } else { self.paint(style, text) };
        self.line(&format!("{:indent$}{painted}", ""));
    }
}
