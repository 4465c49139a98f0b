//! I2, empty is never everyone: sees what the directory held and that it showed nobody. Nothing is taken away by such a reading,
//! approved or not.
//!
//! Never: judges a reading that showed somebody; that is I1.

use super::seen::{Seen, is_destructive, what};

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    if seen.reading.is_none_or(|reading| !reading.empty) {
        return Vec::new();
    }
    let taken = seen.writes().filter(|write| is_destructive(write));
    taken.map(|write| format!("I2 {}, and the directory showed nobody", what(write))).collect()
}
