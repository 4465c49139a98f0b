//! I11, one writer: sees by which process each write was sent. Once a process is at work, no earlier one writes.
//!
//! Never: counts reads.

use super::seen::Seen;

pub fn check(seen: &Seen<'_>) -> Vec<String> {
    let late = seen.senders.iter().filter(|(sender, at_work)| sender != at_work);
    late.map(|(sender, at_work)| format!("I11 process {sender} wrote while process {at_work} was at work")).collect()
}
