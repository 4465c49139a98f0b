//! The auditor can fail: for each invariant a bug where wire, directory, state or configuration can lie, and the everyday seeds
//! that end wrong because of it, with that invariant's name.
//!
//! Never: counts a seed that ends wrong for another reason.

use super::seeds;
use super::wire::Bug;
use super::world::simulate;

/// Seeds that have to end wrong before a bug counts as caught.
const ENOUGH: usize = 1;

/// Runs the everyday seeds with this bug until enough of them ended wrong.
fn assert_caught(bug: Bug, invariant: &str) {
    let mut wrong = Vec::new();
    for seed in seeds() {
        let ending = simulate(seed, bug);
        if let Some(violation) = ending.violations.iter().find(|violation| violation.contains(invariant)) {
            wrong.push((seed, violation.clone()));
        }
        if wrong.len() == ENOUGH {
            break;
        }
    }
    println!("{bug:?}: {wrong:#?}");
    assert!(wrong.len() == ENOUGH, "{bug:?} goes unnoticed: only these end wrong: {wrong:?}");
}

macro_rules! caught {
    ($($name:ident: $bug:ident, $invariant:literal;)*) => {
        $(
            #[test]
            fn $name() {
                assert_caught(Bug::$bug, $invariant);
            }
        )*
    };
}

caught! {
    i1_half_a_listing_counts_as_whole: BelievesHalfAListing, "I1";
    i1_another_directory_is_taken_for_this_one: TakesAnyDirectory, "I1";
    i1_a_look_up_is_as_wrong_as_the_listing: LooksUpOldGroups, "I1";
    i1_half_a_group_counts_as_whole: BelievesHalfAGroup, "I1";
    i2_an_empty_listing_counts: BelievesTheEmpty, "I2";
    i3_limits_are_not_looked_at: HasNoLimits, "I3";
    i4_a_stranger_is_written_to: AimsAtStrangers, "I4";
    i5_the_protected_account_is_forgotten: ForgetsTheProtected, "I5";
    i6_a_request_has_no_mark: SendsUnmarked, "I6";
    i7_lost_writes_are_sent_again: Replays, "I11";
    i8_somebody_is_never_shown: NeverShowsSomebody, "I8";
    i9_marks_are_forgotten: ForgetsMarks, "";
    i10_a_lost_state_is_acted_on: KeepsActingOnALostState, "I10";
    i12_an_approval_covers_more: ApprovesMore, "I12";
    i13_a_dry_run_applies: DryRunApplies, "I13";
    i17_a_refused_key_does_not_stop_it: GoesOnWhenRefused, "I17";
    i22_failures_count_as_done: CallsFailuresDone, "I22";
    i23_the_look_is_from_memory: AimsFromMemory, "I23";
}
