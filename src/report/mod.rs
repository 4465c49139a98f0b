//! Words for people: plans, cycles and the state of things as text and as JSON.
//!
//! Text is for a terminal or a mail, one line a person, so that it can be searched with `grep`. JSON holds
//! everything, in a documented order, and is what scripts should read.
//!
//! Never: decides, reads a clock, prints, or lets a character from outside command a terminal.

mod change;
mod clean;
mod csv;
pub mod cycle;
pub mod export;
mod facts;
mod groups;
mod held;
pub mod history;
mod json;
mod markdown;
mod notes;
mod page;
pub mod plan;
pub mod status;
mod summary;
pub mod team;

#[cfg(test)]
mod tests;
mod when;

pub use when::instant;

pub use self::csv::plan_csv;
pub use clean::{clean, clean_reason, shell_word};
pub use cycle::{cycle_json, cycle_text};
pub use json::json_line;
pub use markdown::plan_markdown;
pub use plan::{plan_json, plan_text};
pub use status::{Health, Status, health, status_json, status_text};
pub use summary::{summary_json, summary_text};

use std::path::Path;

use crate::core::time::Moment;

/// The version of every JSON document; it changes when a reader would have to. New fields don't change it.
pub const FORMAT: u32 = 1;

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    #[default]
    Never,
    /// ANSI SGR sequences (ECMA-48 §8.3.117).
    Ansi,
}

/// Whether anything may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CycleKind {
    /// Only reads.
    Dry,
    Real,
}

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions<'a> {
    pub colour: Colour,
    pub kind: CycleKind,
    /// For "3 h ago".
    pub now: Moment,
    /// The `--config` this was called with; the commands it names get it too.
    pub config: Option<&'a Path>,
}

/// What an exit code of this program means, for people.
pub fn exit_meaning(exit_code: u8) -> &'static str {
    match exit_code {
        0 => "in step, or everything was applied",
        1 => "the cycle failed",
        2 => "the command line or the configuration is wrong",
        3 => "applied, and some people are set aside",
        4 => "a part is held back until a person acts",
        5 => "the plan has changes",
        6 => "another instance holds the lock",
        7 => "the state database needs attention",
        _ => "an unexpected end",
    }
}

/// `1 change`, `2 changes`.
pub fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}
