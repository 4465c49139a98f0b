//! The contract finds bad adapters: each of these is wrong in one way, and the scene that is about it fails.

use super::exec::Exec;
use super::stage::{Outcome, Stage};
use super::{Directory, scenes};

/// Which of a few scenes fail.
fn found_out(open: impl Fn() -> Box<dyn Directory>) -> Vec<&'static str> {
    let few = ["several_pages", "disabled", "page_three_fails", "shown_and_lost"];
    let scenes = scenes::ALL.iter().filter(|(name, _)| few.contains(name));
    let failed = scenes.filter(|(_, scene)| matches!(Stage::play(open(), *scene), Outcome::Failed(_)));
    failed.map(|(name, _)| *name).collect()
}

#[test]
fn a_program_that_swallows_the_error_of_page_three() {
    let failed = found_out(|| Box::new(Exec::that_swallows_errors()));
    assert_eq!(failed, ["page_three_fails", "shown_and_lost"]);
}

#[test]
fn a_program_that_says_active_of_everybody() {
    let failed = found_out(|| Box::new(Exec::that_is_deaf_to_states()));
    assert_eq!(failed, ["disabled"]);
}
