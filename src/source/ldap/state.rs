//! Whether an entry's person may work, and the fact that says so. Pure.
//!
//! Never: takes a missing or unheard-of value for yes or no, except where the absence of an attribute is how that kind of
//! directory says yes.

use super::entry::Entry;
use crate::config::ldap_source::{Directory, StateRule};
use crate::core::model::Active;
use crate::source::records::place::printable;

/// [MS-ADTS] 2.2.16, ADS_UF_ACCOUNT_DISABLE.
const ACCOUNT_DISABLED: i64 = 2;
/// Seconds from 1601-01-01, where Windows begins, to 1970-01-01.
const EPOCHS_APART_S: i64 = 11_644_473_600;
const TICKS_PER_S: i64 = 10_000_000;
/// draft-behera-ldap-password-policy §5.3.3: locked by an administrator, until one unlocks it.
/// Written with and without seconds and fractions.
const LOCKED_BY_HAND: &str = "00000101";

/// A state is a word or a number; what is longer may be anything, a hash of a password too, and this reaches reports.
const SHOWN: usize = 40;

/// What every person has to be asked for.
pub fn attributes(rule: &StateRule, directory: Directory) -> Vec<&str> {
    match (rule, directory) {
        (StateRule::Attribute { name, .. }, _) => vec![name],
        (StateRule::OfDirectory, Directory::ActiveDirectory) => vec!["userAccountControl", "accountExpires"],
        (StateRule::OfDirectory, Directory::Ds389 | Directory::FreeIpa) => vec!["nsAccountLock"],
        (StateRule::OfDirectory, Directory::OpenLdap) => vec!["pwdAccountLockedTime"],
        (StateRule::OfDirectory, Directory::Other) => Vec::new(),
    }
}

/// At `now_unix_s`.
pub fn state(rule: &StateRule, directory: Directory, entry: &Entry, now_unix_s: i64) -> (Active, String) {
    match (rule, directory) {
        (StateRule::Attribute { name, active_values, inactive_values }, _) => {
            by_values(entry, name, active_values, inactive_values)
        }
        (StateRule::OfDirectory, Directory::ActiveDirectory) => active_directory(entry, now_unix_s),
        (StateRule::OfDirectory, Directory::Ds389 | Directory::FreeIpa) => account_lock(entry),
        (StateRule::OfDirectory, Directory::OpenLdap) => password_policy(entry),
        (StateRule::OfDirectory, Directory::Other) => (Active::Yes, "every entry counts as active".into()),
    }
}

/// The one value, trimmed. `Err` says why there is not one.
fn one<'a>(entry: &'a Entry, name: &str) -> Result<Option<&'a str>, String> {
    match entry.bytes(name).as_slice() {
        [] => Ok(None),
        [value] => std::str::from_utf8(value).map(|text| Some(text.trim())).map_err(|_| format!("{name} is not text")),
        _ => Err(format!("{name} holds several values")),
    }
}

/// ` = "left"`, or how long the value is.
fn shown(text: &str) -> String {
    match text.chars().count() {
        0..=SHOWN => format!(" = \"{}\"", printable(text)),
        length => format!(" holds {length} characters"),
    }
}

fn active_directory(entry: &Entry, now_unix_s: i64) -> (Active, String) {
    let number = |name: &str| match one(entry, name) {
        Ok(None) => Err(format!("{name} is missing; may the account read it?")),
        Ok(Some(text)) => text.parse::<i64>().map_err(|_| format!("{name}{} is no number", shown(text))),
        Err(because) => Err(because),
    };
    let control = match number("userAccountControl") {
        Ok(control) if control & ACCOUNT_DISABLED != 0 => {
            return (Active::No, format!("userAccountControl {control}: disabled"));
        }
        Ok(control) => control,
        Err(because) => return (Active::Unknown, because),
    };
    match number("accountExpires") {
        Ok(ticks @ ..0) => (Active::Unknown, format!("accountExpires = {ticks}")),
        Ok(0 | i64::MAX) => (Active::Yes, format!("userAccountControl {control}")),
        Ok(ticks) => {
            let expires_s = ticks.div_euclid(TICKS_PER_S) - EPOCHS_APART_S;
            let day = chrono::DateTime::from_timestamp(expires_s, 0).map(|at| at.format("%Y-%m-%d").to_string());
            let day = day.unwrap_or_else(|| ticks.to_string());
            if expires_s <= now_unix_s {
                (Active::No, format!("accountExpires {day}: expired"))
            } else {
                (Active::Yes, format!("userAccountControl {control}, accountExpires {day}"))
            }
        }
        Err(because) => (Active::Unknown, because),
    }
}

/// Whoever is not locked has no such attribute.
fn account_lock(entry: &Entry) -> (Active, String) {
    match one(entry, "nsAccountLock") {
        Ok(None) => (Active::Yes, "no nsAccountLock".into()),
        Ok(Some(text)) if text.eq_ignore_ascii_case("true") => (Active::No, "nsAccountLock TRUE: locked".into()),
        Ok(Some(text)) if text.eq_ignore_ascii_case("false") => (Active::Yes, "nsAccountLock FALSE".into()),
        Ok(Some(text)) => (Active::Unknown, format!("nsAccountLock{}", shown(text))),
        Err(because) => (Active::Unknown, because),
    }
}

/// Whoever is not locked has no such attribute. A time is set by wrong passwords too, and says nothing of employment.
fn password_policy(entry: &Entry) -> (Active, String) {
    const NAME: &str = "pwdAccountLockedTime";
    match one(entry, NAME) {
        Ok(None) => (Active::Yes, format!("no {NAME}")),
        Ok(Some(time)) if time.starts_with(LOCKED_BY_HAND) => {
            (Active::No, format!("{NAME}{}: locked by an administrator", shown(time)))
        }
        Ok(Some(time)) => {
            let because = "locked out after wrong passwords, or by hand";
            (Active::Unknown, format!("{NAME}{}: {because}", shown(time)))
        }
        Err(because) => (Active::Unknown, because),
    }
}

fn by_values(entry: &Entry, name: &str, active: &[String], inactive: &[String]) -> (Active, String) {
    let text = match one(entry, name) {
        Ok(None) => return (Active::Unknown, format!("{name} is missing")),
        Ok(Some("")) => return (Active::Unknown, format!("{name} is empty")),
        Ok(Some(text)) => text,
        Err(because) => return (Active::Unknown, because),
    };
    let among = |values: &[String]| values.iter().any(|value| value.eq_ignore_ascii_case(text));
    let fact = format!("{name}{}", shown(text));
    match (among(active), among(inactive)) {
        (true, false) => (Active::Yes, fact),
        (false, true) => (Active::No, fact),
        (false, false) => (Active::Unknown, format!("{fact} (neither in active_values nor in inactive_values)")),
        (true, true) => (Active::Unknown, format!("{fact} (both in active_values and in inactive_values)")),
    }
}
