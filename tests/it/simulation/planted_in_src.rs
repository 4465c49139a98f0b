//! Bugs in the tool itself (`src/planted.rs`): with each of these, one of the everyday seeds ends wrong. The bugs that other tests
//! are there for are named beside those tests, `planted_bugs_are_found`; `cargo test --features planted planted` runs them all.
//!
//! Never: tells the world or the auditor which bug it is.

use postman_scim_sync::planted::Bug;

use super::seeds;
use super::wire;
use super::world::simulate;

/// Without a bug every one of these seeds ends well, so one that does not is enough.
fn is_caught(bug: Bug) {
    let ends_wrong = |seed: &u64| !simulate(*seed, wire::Bug::None).violations.is_empty();
    let seed = bug.during(|| seeds().find(ends_wrong));
    println!("{bug:?}: seed {seed:?}");
    assert!(seed.is_some(), "{bug:?} goes unnoticed");
}

macro_rules! caught {
    ($($name:ident: $bug:expr;)*) => {
        $(#[test]
        fn $name() {
            is_caught($bug);
        })*
    };
}

caught! {
    a_broken_reading_is_believed: Bug::BelievesABrokenReading;
    any_directory_is_believed: Bug::BelievesAnyDirectory;
    unknown_is_inactive: Bug::UnknownIsInactive;
    absent_at_once: Bug::AbsentAtOnce;
    a_failure_keeps_the_wait: Bug::FailureKeepsTheWait;
    the_protected_are_touched: Bug::TouchesTheProtected;
    members_are_replaced: Bug::ReplacesMembers;
}
