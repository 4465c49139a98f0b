//! Planted bugs: small mistakes that only a test can switch on (feature `planted`), so that the tests are measured by the bugs
//! they find: `cargo test --features planted planted`. A place reads as one condition more; without the feature it is `false`
//! before the compiler is done with it.
//!
//! Never: in a release (it does not compile there), in a program that somebody runs, or switched on from outside a test.

#[cfg(all(feature = "planted", not(debug_assertions)))]
compile_error!("the feature `planted` is for tests; a release is built without it");

/// One mistake, by what the tool would do. Each stands in one place of `src`, and one test has to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    // Evidence: what is taken for a word of the directory.
    /// A reading that ended with an error counts as far as it came.
    BelievesABrokenReading,
    /// Nobody at all is a complete answer.
    BelievesAnEmptySource,
    /// Another directory under this one's name.
    BelievesAnyDirectory,
    /// A source that was not read has nobody, if another one was.
    BelievesHalfTheSources,
    /// Whoever has no state left.
    NullIsInactive,
    /// Whoever has a state that nobody explained to us left.
    UnheardOfIsInactive,
    /// Whoever's state is unknown left.
    UnknownIsInactive,
    /// Whoever is missing in one reading left.
    AbsentAtOnce,
    /// A reading that failed does not start the wait over.
    FailureKeepsTheWait,
    /// The wait is over when the wall clock says so.
    WaitsByTheWallClock,
    /// A group that could not be read is not there.
    BelievesAnUnreadGroup,
    /// Whoever a reading does not show left their groups.
    UnseenLeaveTheirGroups,

    // The guard: how much is too much.
    /// Deactivates while nobody is protected.
    AsksForNoProtected,
    /// Protected accounts are like others.
    TouchesTheProtected,
    /// Days and weeks have no limit.
    LimitsCyclesOnly,
    /// A share of the whole team, strangers among them.
    CountsStrangers,
    /// A request about a hundred memberships weighs one.
    CountsRequests,
    /// One yes is a yes to everything.
    ApprovesTheRest,
    /// A yes is as good the second time.
    ApprovesTwice,

    // The journal: what is remembered, and when.
    /// What was begun by a process that died is not known.
    MarksAfterSending,
    /// What has no answer was not charged.
    ChargesAtTheAnswer,
    /// What was begun by a process that died costs nothing.
    RefundsOnACrash,
    /// The row changes though nobody answered.
    RowBeforeTheAnswer,
    /// A lost answer is not told to the audit chain.
    DropsAnAuditRow,

    // Requests: what is sent, and what an answer is worth.
    /// A POST without an answer is sent again.
    RepeatsAPost,
    /// A lost request did not happen, from the first look on.
    LostIsNotDone,
    /// Plans for people about whom a request is open.
    ForgetsDoubts,
    /// Deactivates whatever account has the id by now.
    FiresWithoutAim,
    /// A 409 brings under management whoever the look-up finds, whatever the plan.
    AdoptsAtAConflict,
    /// Whoever a filter brings is whom it was to bring.
    BelievesTheFilter,
    /// Any 404 about a member means that they are gone.
    NotFoundIsGone,
    /// Any 404 about a group means that it is gone.
    NotFoundIsNoGroup,
    /// A refused key is one person's trouble.
    GoesOnAfterA401,
    /// A listing may be shorter than its total.
    SkipsTheTotal,
    /// The same member again counts as another one.
    CountsRepeats,

    // People and groups: whose is what.
    /// A newcomer at an address that somebody managed has gets an account.
    ReusedAddressIsFree,
    /// What somebody undoes is done again, for ever.
    FightsForEver,
    /// Members are replaced, and not added.
    ReplacesMembers,
}

#[cfg(not(feature = "planted"))]
impl Bug {
    pub const fn is_planted(self) -> bool {
        false
    }
}

#[cfg(feature = "planted")]
thread_local! {
    /// Of this thread: tests run side by side, and the simulation runs its engine where it was called.
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

#[cfg(feature = "planted")]
impl Bug {
    pub fn is_planted(self) -> bool {
        PLANTED.get() == Some(self)
    }

    /// Runs it with this bug in what it calls on this thread.
    pub fn during<R>(self, test: impl FnOnce() -> R) -> R {
        struct Dug;
        impl Drop for Dug {
            fn drop(&mut self) {
                PLANTED.set(None);
            }
        }
        PLANTED.set(Some(self));
        let _dug = Dug;
        test()
    }

    /// Fails unless this test, which passes, fails with the bug.
    pub fn is_caught_by(self, test: fn()) {
        assert!(std::panic::catch_unwind(|| self.during(test)).is_err(), "{self:?} goes unnoticed");
    }
}
