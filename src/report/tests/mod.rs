//! The reports, read as a person and as a script would.

mod cycle;
mod fixture;
mod golden;
mod groups;
mod hostile;
mod json;
mod plan;
mod status;

use super::{Colour, CycleKind, TextOptions};

const DRY: TextOptions<'_> =
    TextOptions { colour: Colour::Never, kind: CycleKind::Dry, now: fixture::NOW, config: None };
const REAL: TextOptions<'_> =
    TextOptions { colour: Colour::Never, kind: CycleKind::Real, now: fixture::NOW, config: None };

/// Compares line by line, so that a failure names the first line that differs.
fn assert_text(actual: &str, expected: &str) {
    for (number, (actual, expected)) in actual.lines().zip(expected.lines()).enumerate() {
        assert_eq!(actual, expected, "line {}", number + 1);
    }
    assert_eq!(actual, expected);
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default().trim()
}
