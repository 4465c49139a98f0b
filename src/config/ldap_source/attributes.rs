//! Which attributes may be asked for.
//!
//! Never: one that holds a password, a hash of one, or a key, whoever names it.

use super::super::findings::Findings;

/// Attributes that hold passwords, their hashes or keys, in any of these directories, in lower case.
const SECRETS: [&str; 46] = [
    "userpassword",
    "authpassword",
    "unicodepwd",
    "dbcspwd",
    "ntpwdhistory",
    "lmpwdhistory",
    "supplementalcredentials",
    "ms-mcs-admpwd",
    "mslaps-password",
    "mslaps-encryptedpassword",
    "msds-managedpassword",
    "pwdhistory",
    "passwordhistory",
    "sambantpassword",
    "sambalmpassword",
    "sambapasswordhistory",
    "krbprincipalkey",
    "krbpwdhistory",
    "krbmkey",
    "ipanthash",
    "ipatokenotpkey",
    "ipatokenhotpcounter",
    "userpkcs12",
    "oathsecret",
    "olcrootpw",
    "nsslapd-rootpw",
    "unixuserpassword",
    "mslaps-encryptedpasswordhistory",
    "mslaps-encrypteddsrmpassword",
    "mslaps-encrypteddsrmpasswordhistory",
    "msfve-recoverypassword",
    "msfve-keypackage",
    "currentvalue",
    "priorvalue",
    "initialauthincoming",
    "initialauthoutgoing",
    "trustauthincoming",
    "trustauthoutgoing",
    "msds-executescriptpassword",
    "mspki-credentialroamingtokens",
    "mspkiaccountcredentials",
    "mspkidpapimasterkeys",
    "nsmultiplexorcredentials",
    "nsds5replicacredentials",
    "sambacleartextpassword",
    "ipatokenradiussecret",
];

/// Only what is the name of one attribute (RFC 4512 §2.5), and of none that holds a password. An OID would be another name of it.
pub fn may_be_asked_for(name: &str) -> bool {
    let kind = name.split(';').next().unwrap_or_default();
    let is_name = kind.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ';' | '_'));
    is_name && !SECRETS.contains(&kind.to_ascii_lowercase().as_str())
}

/// One that a rule needs; without it there would be no rule.
pub(super) fn check(name: &str, place: &str, findings: &mut Findings) {
    if !may_be_asked_for(name) {
        let advice = "name one attribute, and none that holds a password or a key".to_owned();
        findings.wrong(place, format!("\"{name}\" is never asked for"), Some(advice));
    }
}
