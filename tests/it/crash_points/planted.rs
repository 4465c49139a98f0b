//! Planted bugs: a tool that is wrong where it is killed has to be caught, and for the right reason.
//!
//! Never: changes the engine; each bug is done to the state file, or on the wire, from outside.

use super::run::Plant;
use super::scenes::{Scene, create, deactivate, invite, remove_members, rename};
use super::sweep::with_plant;

/// Dies at each point of the scene, with the bug; of the violations some have to be of each of these invariants.
#[track_caller]
fn assert_caught(scene: &Scene, plant: Plant, invariants: &[&str]) {
    let violations = with_plant(scene, plant);
    for invariant in invariants {
        let caught = violations.iter().filter(|violation| violation.starts_with(invariant)).count();
        println!("{plant:?} in {}: {caught} of {} violations are {invariant}", scene.name, violations.len());
        assert!(caught > 0, "{plant:?} goes unnoticed as {invariant} in {}: {violations:#?}", scene.name);
    }
}

#[test]
fn marks_after_sending() {
    assert_caught(&deactivate(), Plant::MarksAfterSending, &["I6", "I3"]);
    assert_caught(&remove_members(), Plant::MarksAfterSending, &["I3"]);
}

#[test]
fn unmarked_requests() {
    assert_caught(&create(), Plant::SendsUnmarked, &["I6"]);
}

#[test]
fn forgotten_marks() {
    assert_caught(&invite(), Plant::ForgetsMarks, &["I7"]);
    assert_caught(&rename(), Plant::ForgetsMarks, &["I7"]);
}

#[test]
fn refunds() {
    assert_caught(&deactivate(), Plant::Refunds, &["I3"]);
}

#[test]
fn replays() {
    assert_caught(&create(), Plant::Replays, &["I7"]);
    assert_caught(&deactivate(), Plant::Replays, &["I7"]);
}
