//! `[[group]]`: which groups are pushed.
//!
//! Never: a key without a meaning.

use super::super::Key;
use super::super::Kind::*;
use super::super::Reach::*;
use super::super::Unset::*;
use super::key;

pub(super) const GROUPS: &[Key] = &[
    key(
        "group.source",
        Text,
        Problem,
        Plan,
        "a group of the directory, in the words that scope.groups has for it; or every group whose name matches, with one *",
    ),
    key("group.from", Text, Nothing, Plan, "the name of the [[source]] that has it; needed where there are several"),
    key(
        "group.postman",
        Text,
        Nothing,
        Plan,
        "its name at Postman; without it the directory's; of a pattern, * stands for what the other * stood for",
    ),
    key(
        "group.adopt",
        Flag,
        Default("false"),
        Plan,
        "whether a Postman group that has the name already comes under management; else `adopt --group` does it",
    ),
];
