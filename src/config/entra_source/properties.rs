//! Which properties of a user Graph v1.0 can be asked for in a listing (`$select`).
//!
//! Never: one that Graph gives for a single person only, or that is no property of its own.

use super::super::findings::Findings;

/// Always asked for: what the state, the reading and most mappings need.
pub const USUAL: [&str; 11] = [
    "id",
    "userPrincipalName",
    "mail",
    "displayName",
    "givenName",
    "surname",
    "accountEnabled",
    "userType",
    "employeeId",
    "department",
    "jobTitle",
];
/// What else there is (Graph, resource type user).
const MORE: [&str; 40] = [
    "ageGroup",
    "businessPhones",
    "city",
    "companyName",
    "country",
    "createdDateTime",
    "creationType",
    "employeeHireDate",
    "employeeLeaveDateTime",
    "employeeOrgData",
    "employeeType",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "faxNumber",
    "identities",
    "imAddresses",
    "isResourceAccount",
    "mailNickname",
    "mobilePhone",
    "officeLocation",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesExtensionAttributes",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
    "otherMails",
    "postalCode",
    "preferredDataLocation",
    "preferredLanguage",
    "proxyAddresses",
    "securityIdentifier",
    "showInAddressList",
    "state",
    "streetAddress",
    "usageLocation",
    "legalAgeGroupClassification",
];

/// What other directories call it.
const ELSEWHERE: [(&str, &str); 7] = [
    ("sn", "surname"),
    ("familyName", "surname"),
    ("lastName", "surname"),
    ("firstName", "givenName"),
    ("email", "mail"),
    ("upn", "userPrincipalName"),
    ("title", "jobTitle"),
];

/// Names that are no properties are findings at `place`.
pub fn check(name: &str, place: &str, findings: &mut Findings) {
    if is_known(name) {
        return;
    }
    let called = ELSEWHERE.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, name)| *name);
    let known = || USUAL.iter().chain(&MORE).find(|known| known.eq_ignore_ascii_case(name)).copied();
    let advice = match called.or_else(known) {
        Some(name) => format!("write `{name}`"),
        None => "take a property of Graph's resource type user, such as mail, givenName, surname".into(),
    };
    findings.wrong(place, format!("reads `{name}`, which is no property of a user in Entra"), Some(advice));
}

/// Directory extensions are `extension_APPID_NAME`.
fn is_known(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_extension = name.starts_with("extension_") && name.chars().all(is_plain);
    is_extension || USUAL.contains(&name) || MORE.contains(&name)
}

/// Each once, the usual ones first. What Graph does not know is left out: it would refuse the whole request.
pub fn select<'a>(more: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = USUAL.map(str::to_owned).to_vec();
    for name in more.filter(|name| is_known(name)) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
