//! Active or not, for each kind of directory.

use super::entry;
use crate::config::ldap_source::{Directory, StateRule};
use crate::core::model::Active;
use crate::source::ldap::entry::Entry;
use crate::source::ldap::state::{attributes, state};

/// 2026-01-01T00:00:00Z.
const NOW: i64 = 1_767_225_600;
/// The same in ticks of 100 ns since 1601-01-01.
const NOW_TICKS: i64 = 134_116_992_000_000_000;

#[track_caller]
fn says(directory: Directory, found: &[(&str, &[&str])], expected: Active, because: &str) {
    let (active, fact) = state(&StateRule::OfDirectory, directory, &entry(found), NOW);
    assert_eq!((active, fact.as_str()), (expected, because));
}

#[test]
fn active_directory_has_a_bit_and_a_day() {
    let says = |control: &[&str], expires: &[&str], expected, because| {
        let found = [("USERACCOUNTCONTROL", control), ("accountExpires", expires)];
        says(Directory::ActiveDirectory, &found, expected, because);
    };
    let never = i64::MAX.to_string();
    let (before, after) = (NOW_TICKS.to_string(), (NOW_TICKS + 10_000_000).to_string());
    says(&["512"], &["0"], Active::Yes, "userAccountControl 512");
    says(&["66048"], &[&never], Active::Yes, "userAccountControl 66048");
    says(&["514"], &["0"], Active::No, "userAccountControl 514: disabled");
    says(&["514"], &[], Active::No, "userAccountControl 514: disabled");
    says(&["512"], &[&before], Active::No, "accountExpires 2026-01-01: expired");
    says(&["512"], &[&after], Active::Yes, "userAccountControl 512, accountExpires 2026-01-01");
    says(&["512"], &[], Active::Unknown, "accountExpires is missing; may the account read it?");
    says(&[], &["0"], Active::Unknown, "userAccountControl is missing; may the account read it?");
    says(&["x"], &["0"], Active::Unknown, "userAccountControl = \"x\" is no number");
    says(
        &["512"],
        &["99999999999999999999"],
        Active::Unknown,
        "accountExpires = \"99999999999999999999\" is no number",
    );
    says(&["512", "514"], &["0"], Active::Unknown, "userAccountControl holds several values");
    says(&["512"], &["-5"], Active::Unknown, "accountExpires = -5");
    says(&["512"], &["9223372036854775806"], Active::Yes, "userAccountControl 512, accountExpires +30828-09-14");
}

#[test]
fn the_389_family_locks_by_an_attribute_that_others_do_not_have() {
    for directory in [Directory::Ds389, Directory::FreeIpa] {
        says(directory, &[], Active::Yes, "no nsAccountLock");
        says(directory, &[("nsaccountlock", &["false"])], Active::Yes, "nsAccountLock FALSE");
        says(directory, &[("nsAccountLock", &["TRUE"])], Active::No, "nsAccountLock TRUE: locked");
        says(directory, &[("nsAccountLock", &["maybe"])], Active::Unknown, "nsAccountLock = \"maybe\"");
        says(
            directory,
            &[("nsAccountLock", &["TRUE", "FALSE"])],
            Active::Unknown,
            "nsAccountLock holds several values",
        );
    }
}

#[test]
fn openldap_tells_a_lock_by_hand_from_wrong_passwords() {
    let says = |found: &[(&str, &[&str])], expected, because: &str| {
        says(Directory::OpenLdap, found, expected, because);
    };
    says(&[], Active::Yes, "no pwdAccountLockedTime");
    let by_hand = "pwdAccountLockedTime = \"000001010000Z\": locked by an administrator";
    says(&[("pwdAccountLockedTime", &["000001010000Z"])], Active::No, by_hand);
    for time in ["00000101000000Z", "00000101000000.0Z", "0000010100Z"] {
        let because = by_hand.replace("000001010000Z", time);
        says(&[("pwdAccountLockedTime", &[time])], Active::No, &because);
    }
    let by_passwords = "pwdAccountLockedTime = \"20260101000000Z\": locked out after wrong passwords, or by hand";
    says(&[("pwdAccountLockedTime", &["20260101000000Z"])], Active::Unknown, by_passwords);
}

#[test]
fn an_attribute_with_values_wins_over_the_kind_of_directory() {
    let rule = StateRule::Attribute {
        name: "employeeType".into(),
        active_values: vec!["staff".into()],
        inactive_values: vec!["left".into()],
    };
    for (values, expected, because) in [
        (&["Staff "][..], Active::Yes, "employeeType = \"Staff\""),
        (&["LEFT"], Active::No, "employeeType = \"LEFT\""),
        (&["guest"], Active::Unknown, "employeeType = \"guest\" (neither in active_values nor in inactive_values)"),
        (
            &["{SSHA512}a-false-hash-that-is-longer-than-any-state"],
            Active::Unknown,
            "employeeType holds 51 characters (neither in active_values nor in inactive_values)",
        ),
        (&[" "], Active::Unknown, "employeeType is empty"),
        (&[], Active::Unknown, "employeeType is missing"),
        (&["staff", "left"], Active::Unknown, "employeeType holds several values"),
    ] {
        let found = entry(&[("employeetype", values), ("userAccountControl", &["514"])]);
        let said = state(&rule, Directory::ActiveDirectory, &found, NOW);
        assert_eq!(said, (expected, because.to_owned()));
    }
    assert_eq!(attributes(&rule, Directory::ActiveDirectory), ["employeeType"]);
}

#[test]
fn another_directory_without_a_rule_has_active_people_only() {
    says(Directory::Other, &[], Active::Yes, "every entry counts as active");
    assert!(attributes(&StateRule::OfDirectory, Directory::Other).is_empty());
}

#[test]
fn octets_are_no_state() {
    let found = Entry::of("cn=ada", &[("nsAccountLock", &[&[0xff]])]);
    let said = state(&StateRule::OfDirectory, Directory::Ds389, &found, NOW);
    assert_eq!(said, (Active::Unknown, "nsAccountLock is not text".to_owned()));
}
