//! Who should be in the team, and how much may happen at once.
//!
//! Never: a key without a meaning.

use super::super::Key;
use super::super::Kind::*;
use super::super::Reach::*;
use super::super::Unset::*;
use super::{DAY_S, key};

pub(super) const PEOPLE: &[Key] = &[
    key(
        "mapping.user_name",
        Mapping,
        Default("mail"),
        Plan,
        "attribute with the e-mail, or an expression such as \"{{ uid }}@acme.example\"",
    ),
    key("mapping.given_name", Mapping, Default("givenName"), Plan, "attribute with the first name, or an expression"),
    key("mapping.family_name", Mapping, Default("sn"), Plan, "attribute with the last name, or an expression"),
    key(
        "scope.groups",
        Texts,
        Default(""),
        Plan,
        "members of one of these groups are in scope; without groups and include everybody is",
    ),
    key("scope.include", Patterns, Default(""), Plan, "e-mails that are in scope besides"),
    key("scope.exclude", Patterns, Default(""), Plan, "e-mails that are out of scope whatever else says"),
    key(
        "safety.deactivations.cycle",
        Share,
        Default("5%"),
        Plan,
        "how many people may be deactivated in one cycle without approval",
    ),
    key(
        "safety.deactivations.day",
        Share,
        Default("10%"),
        Plan,
        "how many people may be deactivated in 24 hours without approval",
    ),
    key(
        "safety.deactivations.week",
        Share,
        Default("20%"),
        Plan,
        "how many people may be deactivated in 7 days without approval",
    ),
    key(
        "safety.deactivations.at_least",
        Whole { min: 0, max: 1_000 },
        Default("3"),
        Plan,
        "what a team may always do in one cycle, however small it is",
    ),
    key("safety.deactivations.i_accept_no_limit", Flag, Default("false"), Plan, "must be true for a limit of 100%"),
    key(
        "safety.creates.cycle",
        Share,
        Default("20%"),
        Plan,
        "how many people may be created (and, counted apart, reactivated) in one cycle without approval",
    ),
    key(
        "safety.creates.at_least",
        Whole { min: 0, max: 1_000 },
        Default("10"),
        Plan,
        "what a team may always do in one cycle, however small it is",
    ),
    key("safety.creates.i_accept_no_limit", Flag, Default("false"), Plan, "must be true for a limit of 100%"),
    key(
        "safety.renames.cycle",
        Share,
        Default("30%"),
        Plan,
        "how many people may be renamed in one cycle without approval",
    ),
    key(
        "safety.renames.at_least",
        Whole { min: 0, max: 1_000 },
        Default("10"),
        Plan,
        "what a team may always do in one cycle, however small it is",
    ),
    key("safety.renames.i_accept_no_limit", Flag, Default("false"), Plan, "must be true for a limit of 100%"),
    key(
        "safety.readdresses.cycle",
        Share,
        Default("10%"),
        Plan,
        "how many people may be given another e-mail in one cycle without approval",
    ),
    key(
        "safety.readdresses.at_least",
        Whole { min: 0, max: 1_000 },
        Default("3"),
        Plan,
        "what a team may always do in one cycle, however small it is",
    ),
    key("safety.readdresses.i_accept_no_limit", Flag, Default("false"), Plan, "must be true for a limit of 100%"),
    key(
        "safety.absence_wait",
        Duration { max_s: 30 * DAY_S },
        Default("1h"),
        Plan,
        "how far apart two readings must be that miss a person before it counts",
    ),
    key(
        "safety.grace",
        Duration { max_s: 90 * DAY_S },
        Default("0s"),
        Plan,
        "how long absent people wait, with a visible due date; explicitly inactive people never do",
    ),
    key(
        "safety.understood_least_percent",
        Whole { min: 0, max: 100 },
        Default("80"),
        Plan,
        "how much of the last reading's understood share the next one needs; lower it once when a smaller share is right",
    ),
    key(
        "safety.settle_wait",
        Duration { max_s: DAY_S },
        Default("2m"),
        Elsewhere,
        "how long a request whose answer was lost may still take effect",
    ),
    key(
        "safety.silence",
        Duration { max_s: 30 * DAY_S },
        Default("24h"),
        Elsewhere,
        "how long without a good cycle until `status` says failing",
    ),
    key(
        "safety.no_change_alarm",
        Duration { max_s: 365 * DAY_S },
        Default("0s"),
        Elsewhere,
        "how long without any change in the team until `status` asks for attention; 0s never does",
    ),
    key(
        "safety.first_sync",
        Choice(&["approve", "apply"]),
        Default("approve"),
        Plan,
        "whether the very first plan waits for a person",
    ),
];
