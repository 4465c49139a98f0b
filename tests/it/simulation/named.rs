//! Seeds that once failed, with what they found. They run with every change.
//!
//! Never: loses a line. Where a change of the worlds gives a seed another meaning, the line stays: it costs a second.

use super::wire::Bug;
use super::world::simulate;

const FOUND: &[(u64, &str)] = &[
    (113, "the auditor took a group that Postman only said it had made for somebody else's"),
    (538, "the auditor told two people apart whom the tool had joined"),
    (659, "after a restart with a clock that had been ahead the team was not listed again for years"),
    (1347, "the auditor let another directory group adopt one that is managed already"),
];

#[test]
fn seeds_that_failed_once_stay_right() {
    for (seed, found) in FOUND {
        let ending = simulate(*seed, Bug::None);
        assert!(ending.violations.is_empty(), "seed {seed}, which found that {found}: {:#?}", ending.violations);
    }
}
