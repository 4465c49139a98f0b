//! I11, one writer: sees by which process each write was sent. Once a process has written, no earlier one does.
//!
//! Never: counts reads.

use super::seen::Seen;

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    let late = seen.senders.windows(2).filter(|pair| pair[1] < pair[0]);
    late.map(|pair| format!("I11 process {} wrote after process {} had", pair[1], pair[0])).collect()
}
