//! What the account could write or should not see. Asked, where the directory can be asked; else told by its name.
//!
//! Never: a write to find out, or a password's hash, not even to count it.

use ldap3::controls::RawControl;

use crate::config::ldap_source::{Bind, Directory, LdapSettings, StateRule};
use crate::source::ldap::dn::{Dn, Key};
use crate::source::ldap::entry::Entry;
use crate::source::ldap::groups;
use crate::source::ldap::session::{NO_ATTRIBUTES, Session};
use crate::source::{Finding, SourceError};

/// 389 Directory Server: Get Effective Rights (draft-ietf-ldapext-acl-model-08 §4).
const EFFECTIVE_RIGHTS: &str = "1.3.6.1.4.1.42.2.27.9.5.2";
/// What is asked about there; nothing secret, since the values come too.
const ASKED: [&str; 7] = ["cn", "givenName", "sn", "mail", "uid", "nsAccountLock", "description"];
/// Names of accounts that may do everything.
const ADMINISTRATORS: [&str; 5] = ["admin", "administrator", "directory manager", "manager", "root"];
/// Attributes that are named.
const NAMED: usize = 4;

/// Who is locked; nobody else has it.
const LOCK: &str = "nsAccountLock";

/// What could be written.
#[derive(Debug, Default, PartialEq, Eq)]
struct Writable {
    /// Attributes of a person.
    of_person: Vec<String>,
    /// To a person, or at the base: `create entries`.
    more: Vec<&'static str>,
    /// Whether the state of people may not be read.
    is_blind: bool,
}

/// What the rights of the account are. Where nothing can be asked, nothing is said.
pub async fn of(session: &mut Session, settings: &LdapSettings) -> Vec<Finding> {
    let directory = session.root().kind().unwrap_or(settings.directory);
    let asked = match directory {
        Directory::ActiveDirectory => active_directory(session, settings).await,
        Directory::Ds389 | Directory::FreeIpa => effective_rights(session, settings).await,
        Directory::OpenLdap | Directory::Other => Ok(None),
    };
    let mut findings = Vec::new();
    // The reading will say what is wrong, if anything is.
    if let Ok(Some(writable)) = asked {
        findings.push(writable.finding());
        if writable.is_blind && settings.state == StateRule::OfDirectory {
            let what = format!("the account may not read {LOCK}, so that everybody seems to be active");
            findings.push(Finding::Wrong(what, format!("give it the right to read and search {LOCK}")));
        }
    } else if let Some(name) = administrator(settings) {
        let what = format!("the account is called {name}, as the ones that may write everything are; {READ_ONLY}");
        findings.push(Finding::Unwise(what));
    }
    if directory != Directory::ActiveDirectory {
        findings.extend(hashes(session, settings).await);
    }
    findings
}

const READ_ONLY: &str = "use one that may only read";

/// `allowedAttributesEffective` and `allowedChildClassesEffective` are computed for whoever asks ([MS-ADTS] 3.1.1.4.5.19).
async fn active_directory(session: &mut Session, settings: &LdapSettings) -> Result<Option<Writable>, SourceError> {
    const ATTRIBUTES: &str = "allowedAttributesEffective";
    const CHILDREN: &str = "allowedChildClassesEffective";
    let Some(person) = somebody(session, settings, &[ATTRIBUTES]).await? else { return Ok(None) };
    let mut writable = Writable { of_person: owned(&person.texts(ATTRIBUTES)), more: Vec::new(), is_blind: false };
    for base in &settings.bases {
        if session.entry(base, &[CHILDREN]).await?.is_some_and(|entry| entry.has(CHILDREN)) {
            writable.more = vec!["create entries"];
        }
    }
    Ok(Some(writable))
}

async fn effective_rights(session: &mut Session, settings: &LdapSettings) -> Result<Option<Writable>, SourceError> {
    let Some(dn) = session.principal().strip_prefix("dn:").map(|dn| dn.trim().to_owned()) else { return Ok(None) };
    if !session.root().has_control(EFFECTIVE_RIGHTS) {
        return Ok(None);
    }
    let Some(person) = somebody(session, settings, &[NO_ATTRIBUTES]).await? else { return Ok(None) };
    let mut entries = Vec::new();
    for place in std::iter::once(&person.dn).chain(&settings.bases) {
        let value = format!("dn: {dn}").into_bytes();
        let control = RawControl { ctype: EFFECTIVE_RIGHTS.into(), crit: true, val: Some(value) };
        entries.extend(session.entry_with(place, &ASKED, control).await?);
    }
    Ok(by_effective_rights(&entries))
}

/// A person first, then the bases. None: the server said nothing.
fn by_effective_rights(entries: &[Entry]) -> Option<Writable> {
    let person = entries.first().filter(|entry| entry.has("entryLevelRights"))?;
    let attributes = person.texts("attributeLevelRights").join(",");
    let may_write = |rights: &str| rights.contains(['w', 'o']) && rights != "none";
    let rights = || attributes.split(',').filter_map(|one| one.trim().split_once(':'));
    let may_not_read = |rights: &str| rights == "none" || !rights.contains('r');
    let is_blind = rights().any(|(name, rights)| name.eq_ignore_ascii_case(LOCK) && may_not_read(rights));
    let of_person = rights();
    let of_person = of_person.filter(|(_, rights)| may_write(rights)).map(|(name, _)| name.to_owned()).collect();
    let has = |letter: char| {
        let rights = entries.iter().flat_map(|entry| entry.texts("entryLevelRights"));
        rights.filter(|rights| *rights != "none").any(|rights| rights.contains(letter))
    };
    let words = [('a', "create entries"), ('d', "delete entries"), ('n', "rename entries")];
    Some(Writable {
        of_person,
        more: words.into_iter().filter(|(letter, _)| has(*letter)).map(|(_, word)| word).collect(),
        is_blind,
    })
}

impl Writable {
    fn finding(&self) -> Finding {
        let mut could = Vec::new();
        if !self.of_person.is_empty() {
            let some = self.of_person.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = self.of_person.len().saturating_sub(NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            could.push(format!("change {some}{more} of a person"));
        }
        could.extend(self.more.iter().map(|word| (*word).to_owned()));
        if could.is_empty() {
            return Finding::Good("the account may read, and no right to write was found".into());
        }
        Finding::Unwise(format!("the account may {}; {READ_ONLY}", could.join(", ")))
    }
}

/// Some person who is not the account itself: many may write a little of their own entry.
async fn somebody(
    session: &mut Session,
    settings: &LdapSettings,
    attributes: &[&str],
) -> Result<Option<Entry>, SourceError> {
    let own = match &settings.bind {
        Bind::Simple { dn, .. } => dn.as_str(),
        Bind::External { .. } | Bind::Anonymous => "",
    };
    let filter = match session.root().kind() {
        Some(Directory::ActiveDirectory) if !own.is_empty() => {
            let name = own.rsplit('\\').next().unwrap_or(own);
            let (own, name) = (ldap3::ldap_escape(own), ldap3::ldap_escape(name));
            let not_us = format!("(!(|(userPrincipalName={own})(sAMAccountName={name})(distinguishedName={own})))");
            groups::people(settings, &not_us)
        }
        _ => settings.filter.clone(),
    };
    for base in &settings.bases {
        let found = session.any(base, &filter, attributes).await?;
        if let Some(person) = found.filter(|person| Key::of(&person.dn) != Key::of(own)) {
            return Ok(Some(person));
        }
    }
    Ok(None)
}

/// The name of the account, if it is one that may usually do everything.
fn administrator(settings: &LdapSettings) -> Option<String> {
    let Bind::Simple { dn, .. } = &settings.bind else { return None };
    let name = Dn::parse(dn)?.name()?;
    ADMINISTRATORS.contains(&name.as_str()).then_some(name)
}

/// Whether the account may search by passwords' hashes, which it would need a right for that it should not have.
async fn hashes(session: &mut Session, settings: &LdapSettings) -> Option<Finding> {
    let filter = groups::people(settings, "(userPassword=*)");
    for base in &settings.bases {
        // Some servers refuse such a search, and that is as good.
        if let Ok(Some(_)) = session.any(base, &filter, &[NO_ATTRIBUTES]).await {
            let what = "the account may search by userPassword; deny it, since nothing here needs it";
            return Some(Finding::Unwise(what.into()));
        }
    }
    None
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(level: &str, attributes: &str) -> Entry {
        let (level, attributes) = (level.as_bytes(), attributes.as_bytes());
        Entry::of("uid=ada", &[("entryLevelRights", &[level]), ("attributeLevelRights", &[attributes])])
    }

    #[test]
    fn effective_rights_are_read_as_389_writes_them() {
        let found = |person: &Entry, base: &str| {
            by_effective_rights(&[person.clone(), entry(base, "*:none")]).map(|writable| writable.finding())
        };
        let reader = entry("v", "cn:rsc, mail:rsc, nsAccountLock:none");
        assert!(matches!(found(&reader, "v"), Some(Finding::Good(_))));
        let is_blind = |person: &Entry| by_effective_rights(std::slice::from_ref(person)).unwrap().is_blind;
        assert!(is_blind(&reader) && is_blind(&entry("v", "cn:rsc, nsaccountlock:sc")));
        assert!(!is_blind(&entry("v", "cn:rsc, nsAccountLock:rsc")) && !is_blind(&entry("v", "cn:none")));
        assert!(matches!(found(&entry("none", "cn:none"), "none"), Some(Finding::Good(_))));
        let text = |finding| match finding {
            Some(Finding::Unwise(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(text(found(&reader, "va")).contains("may create entries;"));
        let writer = entry("vadn", "cn:rscwo, mail:rsc, sn:rscw, uid:rsco");
        assert!(text(found(&writer, "v")).contains("change cn, sn, uid of a person, create entries, delete entries"));
        assert_eq!(found(&Entry::default(), "v"), None);
    }

    #[test]
    fn many_attributes_are_named_in_part() {
        let of_person = ["a", "b", "c", "d", "e", "f"].map(String::from).to_vec();
        let Finding::Unwise(text) = (Writable { of_person, more: Vec::new(), is_blind: false }).finding() else {
            panic!()
        };
        assert!(text.contains("change a, b, c, d and 2 more of a person"), "{text}");
    }
}
