//! The page a text is written on: headings, prose wrapped at 120 columns, one line a person, commands alone on
//! their line so that they can be copied.
//!
//! Never: cleans; whoever brings text from outside cleans it first, since colour is added here.

use anstyle::{AnsiColor, Style};

use super::markdown::inline;
use super::{Colour, TextOptions, shell_word};

/// Columns of prose.
pub const WIDTH: usize = 120;

pub const PLAIN: Style = Style::new();

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

/// What the page is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Markup {
    /// A terminal or a mail.
    Text,
    /// Markdown: prose below the margin and lines become lists, commands fenced blocks.
    Markdown,
}

/// A text in the making.
pub struct Page {
    text: String,
    markup: Markup,
    colour: Colour,
    /// Put behind each command, so that it can be typed as it stands.
    config: Option<String>,
}

impl Page {
    pub fn new(options: &TextOptions<'_>) -> Self {
        let config = options.config.map(|path| shell_word(&path.display().to_string()));
        Self { text: String::new(), markup: Markup::Text, colour: options.colour, config }
    }

    /// The same words as Markdown.
    pub fn markdown(options: &TextOptions<'_>) -> Self {
        Self { markup: Markup::Markdown, colour: Colour::Never, ..Self::new(options) }
    }

    pub fn paint(&self, style: Style, text: &str) -> String {
        match self.colour {
            Colour::Never => text.to_owned(),
            Colour::Ansi => format!("{style}{text}{style:#}"),
        }
    }

    /// Text that is as it should be already.
    pub fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// One line, however long.
    pub fn line(&mut self, text: &str) {
        if self.markup == Markup::Markdown {
            let indent = text.len() - text.trim_start().len();
            return self.item(indent, text);
        }
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A blank line and a heading.
    pub fn heading(&mut self, style: Style, text: &str) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        if self.markup == Markup::Markdown {
            return self.raw(&format!("### {}\n\n", inline(text)));
        }
        let painted = self.paint(style, text);
        self.line(&painted);
    }

    /// Sentences, wrapped between words; following lines are indented like the first.
    pub fn prose(&mut self, style: Style, indent: usize, text: &str) {
        if self.markup == Markup::Markdown {
            return self.item(indent, text);
        }
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
        let command = match &self.config {
            Some(config) if command.starts_with(PROGRAM) => format!("{command} --config {config}"),
            _ => command.clone(),
        };
        match self.markup {
            Markup::Text => self.indented(COMMAND, indent + 2, &command),
            Markup::Markdown => self.fenced(indent, &command),
        }
    }

    /// A paragraph at the margin, else an item of a list two levels deep.
    fn item(&mut self, indent: usize, text: &str) {
        let text = inline(text);
        match indent {
            0 if text.is_empty() => self.raw("\n"),
            0 => self.raw(&format!("{text}\n\n")),
            1..4 => self.raw(&format!("- {text}\n")),
            _ => self.raw(&format!("  - {text}\n")),
        }
    }

    /// A command is one line that begins with a word of ours, so that it cannot close its block.
    fn fenced(&mut self, indent: usize, command: &str) {
        let margin = match indent {
            0 => "",
            1..4 => "  ",
            _ => "    ",
        };
        self.raw(&format!("{margin}```sh\n{margin}{command}\n{margin}```\n"));
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn indented(&mut self, style: Style, indent: usize, text: &str) {
        let painted = if style == Style::new() { text.to_owned() } else { self.paint(style, text) };
        self.line(&format!("{:indent$}{painted}", ""));
    }
}
