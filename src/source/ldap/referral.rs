//! Continuation references (SearchResultReference, RFC 4511 §4.5.3): "that part of the directory is on another server".
//!
//! Never: followed, or kept with more of an URL than the host and the DN.

use std::fmt;

use ldap3::asn1::StructureTag;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::config::ldap_source::Directory;

/// What to do about one.
pub const ADVICE: &str = "name bases that this server holds whole";
/// Where a domain controller refers to for what is no part of the domain, and holds no people ([MS-ADTS] 3.1.1.1.8).
const PARTITIONS: [&str; 3] = ["cn=configuration,", "dc=domaindnszones,", "dc=forestdnszones,"];
/// How much of a server's text is kept, in characters.
const SHOWN: usize = 160;

/// Where the rest is: a host, and the DN there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referral {
    host: String,
    dn: String,
}

impl Referral {
    /// The first of the URLs, which are equivalent; none where it breaks the protocol.
    pub fn parse(tag: StructureTag) -> Option<Self> {
        let first = tag.match_id(19)?.expect_constructed()?.into_iter().next()?;
        Some(Self::of(&String::from_utf8(first.expect_primitive()?).ok()?))
    }

    fn of(text: &str) -> Self {
        let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
        let Ok(url) = Url::parse(text) else { return Self { host: "an unreadable URL".into(), dn: String::new() } };
        let dn = percent_decode_str(url.path().trim_start_matches('/')).decode_utf8_lossy();
        Self { host: short(url.host_str().unwrap_or_default()), dn: short(&dn) }
    }

    /// Whether nobody can be there.
    pub fn is_of_no_people(&self, directory: Directory) -> bool {
        let dn = self.dn.to_lowercase();
        directory == Directory::ActiveDirectory && PARTITIONS.iter().any(|partition| dn.starts_with(partition))
    }
}

impl fmt::Display for Referral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.dn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_and_the_dn_are_kept_and_nothing_else() {
        for (url, shown) in [
            ("ldap://b.acme.example/ou=Berlin,dc=acme,dc=example??sub", "b.acme.example/ou=Berlin,dc=acme,dc=example"),
            (
                "ldap://u:canary@b.acme.example:390/ou=Z%C3%BCrich%20West,dc=acme??",
                "b.acme.example/ou=Zürich West,dc=acme",
            ),
            ("ldaps://b.acme.example", "b.acme.example/"),
            ("canary", "an unreadable URL/"),
        ] {
            assert_eq!(Referral::of(url).to_string(), shown);
        }
    }

    #[test]
    fn only_active_directory_has_partitions_without_people() {
        let of = |dn: &str| Referral::of(&format!("ldap://dc1.acme.example/{dn}"));
        for dn in ["CN=Configuration,DC=acme", "DC=DomainDnsZones,DC=acme", "dc=forestdnszones,dc=acme"] {
            assert!(of(dn).is_of_no_people(Directory::ActiveDirectory), "{dn}");
            assert!(!of(dn).is_of_no_people(Directory::OpenLdap), "{dn}");
        }
        for dn in ["DC=emea,DC=acme", "OU=Configuration,DC=acme", "OU=x,CN=Configuration,DC=acme", ""] {
            assert!(!of(dn).is_of_no_people(Directory::ActiveDirectory), "{dn}");
        }
    }
}
