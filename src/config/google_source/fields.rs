//! Which fields of a User the Directory API can be asked for (discovery document, revision 20261104).
//!
//! Never: one that holds a password, or its hash.

use super::super::findings::Findings;

const KNOWN: [&str; 44] = [
    "addresses",
    "agreedToTerms",
    "aliases",
    "archivalTime",
    "archived",
    "changePasswordAtNextLogin",
    "creationTime",
    "customSchemas",
    "emails",
    "externalIds",
    "gender",
    "guestAccountInfo",
    "id",
    "ims",
    "includeInGlobalAddressList",
    "ipWhitelisted",
    "isAdmin",
    "isDelegatedAdmin",
    "isEnforcedIn2Sv",
    "isEnrolledIn2Sv",
    "isGuestUser",
    "isMailboxSetup",
    "keywords",
    "languages",
    "lastLoginTime",
    "locations",
    "name",
    "nonEditableAliases",
    "notes",
    "orgUnitPath",
    "organizations",
    "phones",
    "posixAccounts",
    "primaryEmail",
    "recoveryEmail",
    "recoveryPhone",
    "relations",
    "sshPublicKeys",
    "suspended",
    "suspensionReason",
    "suspensionTime",
    "thumbnailPhotoEtag",
    "thumbnailPhotoUrl",
    "websites",
];

/// What the reading itself needs.
const USUAL: [&str; 7] = ["id", "customerId", "primaryEmail", "suspended", "archived", "orgUnitPath", "isGuestUser"];

/// What other directories call it.
const ELSEWHERE: [(&str, &str); 8] = [
    ("mail", "primaryEmail"),
    ("email", "primaryEmail"),
    ("givenName", "name.givenName"),
    ("firstName", "name.givenName"),
    ("sn", "name.familyName"),
    ("surname", "name.familyName"),
    ("familyName", "name.familyName"),
    ("lastName", "name.familyName"),
];

/// A name that is no field is a finding at `place`.
pub fn check(name: &str, place: &str, findings: &mut Findings) {
    // One that could not be read is empty, and told already.
    if name.is_empty() || field(name).is_some() {
        return;
    }
    let meant = ELSEWHERE.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, ours)| *ours);
    let advice = match meant {
        Some(ours) => format!("write \"{ours}\""),
        None => "write it as Google's Directory API has it (docs/sources/google.md)".into(),
    };
    findings.wrong(place, format!("\"{}\" is no field of a Google user", name.escape_debug()), Some(advice));
}

/// The top-level fields to ask for, each once, in order.
pub fn asked<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut fields: Vec<&str> = USUAL.into_iter().chain(names.filter_map(|name| field(name))).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.into_iter().map(str::to_owned).collect()
}

/// `name` of `name.givenName`. A mapping finds attributes in any letter case, and Google does not.
fn field(name: &str) -> Option<&'static str> {
    let first = name.split('.').next().unwrap_or_default();
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(first))
}
